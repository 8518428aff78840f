//! What goes into a broker's decision and what comes out. The machine itself is [`crate::Broker`].

use crate::{Event, Timer};
use millrace_model::{Request, Response};

/// A request as the network numbered it; a reply names it. Unique over the whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// What a broker reacts to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A request has arrived.
    Request {
        /// Which one.
        from: RequestId,
        /// What it asks.
        request: Request,
    },
    /// A moment that [`crate::Broker::next_timer`] named has come.
    Timer(Timer),
}

/// What a decision comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What happened, in order; the owner applies each and keeps it in the trace.
    pub events: Vec<Event>,
    /// What is answered now. A request without a reply here is held, unless it is a produce with acks=0.
    pub replies: Vec<(RequestId, Response)>,
}

impl Outcome {
    /// Only an answer.
    pub(crate) fn reply(to: RequestId, response: Response) -> Outcome {
        Outcome { events: Vec::new(), replies: vec![(to, response)] }
    }
}
