//! What happened, in order, each entry with its cause: the learner's "why?" walks these back to a click.
//!
//! A trace is derived from the command log; it holds no state of its own.

use crate::command::Command;
use crate::connection::ConnectionEvent;
use crate::letter::AlertRule;
use crate::node::streams::{StreamsEvent, StreamsTimer};
use crate::work_queue::QueueEvent;
use millrace_broker as broker;
use millrace_client::listener::{InstanceEvent, InstanceTimer, Port};
use millrace_client::producer::{ProducerEvent, ProducerTimer};
use millrace_model::protocol::{ControllerRequest, ControllerResponse};
use millrace_model::{BrokerId, Request, Response, Span, Time};
use std::sync::Arc;

/// The number of an entry in its branch's trace, from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub u32);

/// The number of a client in its world, from 0, in the order in which they started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    /// The learner (or the script).
    Learner,
    /// A broker.
    Broker(BrokerId),
    /// A client.
    Node(NodeId),
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub id: EntryId,
    /// When.
    pub at: Time,
    /// Who.
    pub actor: Actor,
    /// The entry that led to it; `None` only for what the learner did.
    pub cause: Option<EntryId>,
    /// What.
    pub fact: Fact,
}

/// What happened. The first entry of a step is always a command, an arrival or a wakeup; the rest follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The learner did something.
    Commanded(Arc<Command>),
    /// A request or response set out.
    Sent {
        /// Where to.
        to: Actor,
        /// When it will arrive.
        arrives: Time,
        /// What it is.
        message: Message,
    },
    /// A request or response came in.
    Arrived {
        /// Where from.
        from: Actor,
        /// What it is.
        message: Message,
    },
    /// A message came to a client that is not there any more.
    Lost {
        /// Where from.
        from: Actor,
        /// What it is.
        message: Message,
    },
    /// A timer ran out.
    Woke(Timer),
    /// A client started, stopped, crashed, froze or went on.
    Lifecycle(Lifecycle),
    /// A broker's own event.
    Broker(broker::Event),
    /// A producer's own event.
    Producer(ProducerEvent),
    /// An application instance's own event.
    Instance(InstanceEvent),
    /// A streams application's own event.
    Streams(StreamsEvent),
    /// An alarm began or ceased to fire.
    Alarmed(Alarm),
    /// The cluster's answer to an administrator's request.
    Administered {
        /// What it was about: `CreateTopics orders`.
        what: Arc<str>,
        /// Kafka's sentence, if it was refused.
        refused: Option<Arc<str>>,
    },
    /// Somebody outside who has called a service waits no longer.
    Answered {
        /// The service.
        service: Arc<str>,
        /// Since when.
        since: Time,
        /// The exception's class, if it was to no avail.
        error: Option<&'static str>,
    },
    /// Something happened in a queue beside the log.
    Queue(Box<QueueEvent>),
    /// Something happened at the controller of several brokers.
    Controller(Box<broker::controller::ControllerEvent>),
    /// A broker does not read from a client for a while: its quota is violated.
    Throttled {
        /// Its `client.id`.
        client: Arc<str>,
        /// For how long (`throttle_time_ms`).
        by: Span,
        /// The setting.
        quota: &'static str,
        /// Whether the client will tell of it, too.
        is_told: bool,
    },
    /// A client has reached an address that it was given, or has not.
    Connection(Box<ConnectionEvent>),
    /// Something happened in the quorum of several controllers.
    Quorum(Box<broker::quorum::QuorumEvent>),
}

/// A change of an alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Its rule.
    pub rule: Arc<AlertRule>,
    /// What the gauge showed.
    pub value: u64,
    /// Whether it fires now.
    pub is_firing: bool,
}

/// A message without its payload: enough to name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Message {
    /// Kafka's name of the API.
    pub api: &'static str,
    /// Request or response.
    pub is_response: bool,
    /// How many records it carries.
    pub records: u32,
    /// Quiet messages are the background hum: heartbeats, fetches that found nothing.
    pub quiet: bool,
}

/// A timer of any machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Timer {
    /// A broker's.
    Broker(broker::Timer),
    /// A producer's.
    Producer(ProducerTimer),
    /// A workload's next records are due.
    Workload,
    /// An instance's.
    Instance(InstanceTimer),
    /// A streams application's.
    Streams(StreamsTimer),
    /// The surroundings': a supervisor's, a schedule's.
    Outside,
    /// The controllers': a session is over, leaders are looked after, an election is due.
    Controller,
    /// That of a producer that was made for one record; which connection it has.
    PerRecord(Port, ProducerTimer),
}

/// The life of a client's process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lifecycle {
    /// It runs.
    Started,
    /// It is closing: it says goodbye first.
    Closing,
    /// It has ended.
    Stopped,
    /// It was killed.
    Crashed,
    /// It stands still.
    Frozen,
    /// It goes on.
    Thawed,
}

impl Message {
    /// A request's summary.
    pub fn request(request: &Request) -> Message {
        let records = match request {
            Request::Produce(produce) => produce.data.iter().map(|(_, batch)| batch.len()).sum(),
            _ => 0,
        };
        let quiet = match request {
            Request::Fetch(_) | Request::Heartbeat(_) => true,
            Request::ConsumerGroupHeartbeat(heartbeat) => heartbeat.is_plain(),
            Request::Controller(request) => matches!(**request, ControllerRequest::BrokerHeartbeat(_)),
            _ => false,
        };
        Message { api: request.api(), is_response: false, records: small(records), quiet }
    }

    /// A response's summary.
    pub fn response(response: &Response) -> Message {
        let records = match response {
            Response::Fetch(fetch) => {
                fetch.partitions.iter().flat_map(|p| &p.batches).map(|b| b.batch.len()).sum()
            }
            _ => 0,
        };
        let quiet = match response {
            Response::Fetch(fetch) => records == 0 && fetch.partitions.iter().all(|p| p.error.code() == 0),
            Response::Heartbeat(heartbeat) => heartbeat.error.code() == 0,
            Response::ConsumerGroupHeartbeat(heartbeat) => {
                heartbeat.error.code() == 0 && heartbeat.assignment.is_none()
            }
            Response::Controller(response) => {
                matches!(**response, ControllerResponse::BrokerHeartbeat(Ok(_)))
            }
            _ => false,
        };
        Message { api: response.api(), is_response: true, records: small(records), quiet }
    }
}

fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Collects the entries of one step.
#[derive(Debug)]
pub struct Recorder {
    next: u32,
    at: Time,
    entries: Vec<Entry>,
}

impl Recorder {
    /// A recorder whose first entry will have the number `next`.
    pub fn new(next: EntryId, at: Time) -> Recorder {
        Recorder { next: next.0, at, entries: Vec::new() }
    }

    /// Writes an entry down.
    pub fn record(&mut self, actor: Actor, cause: Option<EntryId>, fact: Fact) -> EntryId {
        let id = EntryId(self.next);
        self.next = self.next.saturating_add(1);
        self.entries.push(Entry { id, at: self.at, actor, cause, fact });
        id
    }

    /// The number of the entry written last, if any was.
    pub fn last(&self) -> Option<EntryId> {
        self.entries.last().map(|entry| entry.id)
    }

    /// The number that the next entry will have.
    pub fn upcoming(&self) -> EntryId {
        EntryId(self.next)
    }

    /// All entries of the step.
    pub fn finish(self) -> Vec<Entry> {
        self.entries
    }
}
