//! The contract of every client state machine.
//!
//! ```text
//! let outcome = client.decide(now, input, dice);      // thinks, cannot mutate
//! for event in &outcome.events { client.apply(event) } // mutates, cannot fail
//! send(outcome.requests); wake_at(client.next_timer());
//! ```
//!
//! What has to follow at once from a changed state (a reply freed a slot, so the next batch may go) is not a second
//! decision inside the first: `next_timer` answers with a moment that has already come, and the next step does it.
//! So each step stays one small decision that a learner can look at.

use millrace_model::{BrokerId, Request, Response};

/// The number by which a client recognises the reply to its request; unique per client, from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Correlation(pub u64);

/// What a decision comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome<Event> {
    /// What happened, in order; the owner applies each and keeps it in the trace.
    pub events: Vec<Event>,
    /// What leaves for a broker, in order.
    pub requests: Vec<Outgoing>,
}

/// A request on its way out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Outgoing {
    /// Which reply will belong to it.
    pub correlation: Correlation,
    /// The broker it goes to.
    pub to: BrokerId,
    /// The request.
    pub request: Request,
}

/// A reply that has come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The request it answers. A client ignores a correlation that it no longer waits for.
    pub correlation: Correlation,
    /// The broker that answered.
    pub from: BrokerId,
    /// The answer.
    pub response: Response,
}

impl<Event> Outcome<Event> {
    /// Nothing happened, nothing leaves.
    pub fn nothing() -> Self {
        Self { events: Vec::new(), requests: Vec::new() }
    }
}

impl<Event> Default for Outcome<Event> {
    fn default() -> Self {
        Self::nothing()
    }
}
