//! What a learner can break: a message, a link, a broker, a process at an exact point.
//!
//! A fault is data without behaviour: `world::faults` says what it does, `millrace-script` how it is written.

use crate::command::Name;
use crate::trace::EntryId;
use millrace_client::listener::CrashPoint;
use millrace_model::{BrokerId, GroupId, Span};
use std::fmt;

/// One end of a link to the brokers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// A producer.
    Producer(Name),
    /// One instance of an application.
    Instance(GroupId, Name),
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Party::Producer(name) => f.write_str(name),
            Party::Instance(group, name) => write!(f, "{group}/{name}"),
        }
    }
}

/// Which half of an exchange is lost. A lost request never happened for the broker; after a lost response it has
/// happened, and the client does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Leg {
    /// From the client to the broker.
    Request,
    /// From the broker to the client: the acknowledgement.
    Response,
}

/// One thing that is broken, or mended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The process of an instance dies as soon as it passes a point.
    CrashAt {
        /// The group.
        group: GroupId,
        /// The instance.
        name: Name,
        /// Where.
        point: CrashPoint,
        /// At which passing, from 1: records at the points around the effect, steps at the others.
        nth: u64,
        /// A supervisor starts it again so long after.
        restart: Option<Span>,
    },
    /// The next messages of a client are lost on their way. Heartbeats, fetches and metadata do not count unless they
    /// are named.
    LoseNext {
        /// Whose.
        party: Party,
        /// Which half.
        leg: Leg,
        /// Of which API, under Kafka's name.
        api: Option<Name>,
        /// How many.
        count: u32,
    },
    /// A message that is on its way now is lost.
    LoseSent(EntryId),
    /// A message that is on its way now arrives so much later; what is behind it on the same connection waits for it.
    DelaySent(EntryId, Span),
    /// A link is slower than the others, or no longer (`None`).
    SlowLink(Party, Option<Span>),
    /// What goes over a link is lost from now on.
    CutLink(Party),
    /// A link works again.
    HealLink(Party),
    /// A broker stands still: what arrives waits, no timer of its own runs out.
    PauseBroker(BrokerId),
    /// It goes on.
    ResumeBroker(BrokerId),
    /// A message between two nodes of the cluster, brokers or the controller, takes so long, or no longer (`None`).
    SlowPeers(BrokerId, BrokerId, Option<Span>),
    /// What goes between two nodes of the cluster is lost from now on.
    CutPeers(BrokerId, BrokerId),
    /// The link between them works again.
    HealPeers(BrokerId, BrokerId),
    /// A broker's disk is slow: what is to be written there takes so much longer, or no longer (`None`).
    SlowDisk(BrokerId, Option<Span>),
}
