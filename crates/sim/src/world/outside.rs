//! What surrounds brokers and clients: faults that wait for their moment, links, a supervisor.
//!
//! It is empty until a learner breaks something, and then costs a look per message.

use super::desk::{Again, Alert, Desk};
use super::networks::Attempt;
use super::queue::Flight;
use super::trap::Trap;
use crate::command::Name;
use crate::fault::{Leg, Party};
use crate::service::Service;
use crate::trace::{EntryId, NodeId};
use millrace_client::Correlation;
use millrace_client::listener::{Port, RecordRef, Seen};
use millrace_model::{BrokerId, GroupId, Map, Request, Span, Time};
use std::sync::Arc;

/// Messages that will be lost.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Loss {
    pub party: Party,
    pub leg: Leg,
    pub api: Option<Name>,
    pub left: u32,
}

/// A link that is not like the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Link {
    /// How long a message takes one way, if not as long as elsewhere.
    pub latency: Option<Span>,
    /// Nothing gets through.
    pub is_cut: bool,
}

/// Something that the surroundings do at their time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Job {
    /// A supervisor starts a process again.
    Restart(GroupId, Name),
    /// A worker does what a row of an inbox asks for.
    Inbox(GroupId, Arc<str>, Box<RecordRef>),
    /// A dead letter is sent again.
    Redrive(GroupId, Box<Again>),
    /// Alarms are looked at.
    Alerts,
    /// The administrator asks again.
    Ask(Correlation),
    /// A request leaves that was kept back for its client's quota.
    Send(NodeId, Port, Correlation, BrokerId, Box<Request>),
    /// A client tries an address, or hears that there is nobody.
    Dial(Box<Attempt>),
    /// The administrator waits no longer for an answer.
    Overdue(Correlation),
}

/// A job with its time and what it follows from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Due {
    pub at: Time,
    pub cause: EntryId,
    pub job: Job,
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Outside {
    pub traps: Vec<Trap>,
    pub losses: Vec<Loss>,
    pub links: Map<Party, Link>,
    /// Brokers that stand still, each with what has arrived meanwhile.
    pub paused: Map<BrokerId, Vec<Flight>>,
    /// In the order in which they were set.
    pub agenda: Vec<Due>,
    /// The ids in the applications' databases.
    pub seen: Map<GroupId, Arc<Seen>>,
    /// What the desks have dealt with.
    pub desks: Map<GroupId, Desk>,
    pub alerts: Vec<Alert>,
    pub services: Map<Name, Service>,
}

impl Outside {
    /// When its next job is due.
    pub fn next_due(&self) -> Option<(Time, EntryId)> {
        self.agenda.iter().map(|due| (due.at, due.cause)).min_by_key(|(at, _)| *at)
    }

    /// Takes the first job that is due.
    pub fn take_due(&mut self, now: Time) -> Option<Due> {
        let first = self.agenda.iter().enumerate().filter(|(_, due)| due.at <= now);
        let (at, _) = first.min_by_key(|(i, due)| (due.at, *i))?;
        Some(self.agenda.remove(at))
    }
}
