//! What goes into a broker's decision and what comes out. The machine itself is [`crate::Broker`].

use crate::{Event, Timer};
use millrace_model::protocol::MetadataDelta;
use millrace_model::{BrokerEpoch, BrokerId, Request, Response};

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
    /// What this broker has asked another node ([`Outcome::sends`]) is answered.
    Reply {
        /// The node that was asked.
        from: BrokerId,
        /// What was asked.
        call: Call,
        /// The answer; `None`: the connection broke, or the node is not there.
        response: Option<Box<Response>>,
    },
    /// The controller's log goes on.
    Metadata(MetadataDelta),
    /// The process has started.
    Start {
        /// Tells this life of the process from others.
        incarnation: u64,
        /// The epoch under which it last stopped cleanly, if the last thing it did was that.
        previous_broker_epoch: BrokerEpoch,
    },
    /// The process was asked to stop (SIGTERM): it asks the controller to be let go.
    Stop,
}

/// What a broker asks of another node: it comes back with the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Call {
    /// BrokerRegistration, of the controller.
    Registration,
    /// BrokerHeartbeat, of the controller.
    Heartbeat,
    /// AlterPartition, of the controller.
    AlterPartition,
    /// A client's request, forwarded to the controller.
    Forwarded(RequestId),
    /// CreateTopics for a topic that somebody has asked for before it was there.
    CreateTopic,
    /// A follower's fetch, of a leader; the number is the fetcher's own.
    Fetch(u64),
    /// OffsetsForLeaderEpoch, of a leader; the number is the fetcher's own.
    LeaderEpochEnd(u64),
    /// WriteTxnMarkers, of a leader; the number is the coordinator's own.
    WriteTxnMarkers(u64),
    /// AddPartitionsToTxn, of a transaction coordinator; the number is the leader's own.
    AddPartitionsToTxn(u64),
}

impl Call {
    /// Kafka's name of the API.
    pub fn api(self) -> &'static str {
        match self {
            Call::Registration => "BrokerRegistration",
            Call::Heartbeat => "BrokerHeartbeat",
            Call::AlterPartition => "AlterPartition",
            Call::Forwarded(_) => "Envelope",
            Call::CreateTopic => "CreateTopics",
            Call::Fetch(_) => "Fetch",
            Call::LeaderEpochEnd(_) => "OffsetForLeaderEpoch",
            Call::WriteTxnMarkers(_) => "WriteTxnMarkers",
            Call::AddPartitionsToTxn(_) => "AddPartitionsToTxn",
        }
    }
}

/// A request to another node of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sent {
    /// The node: a broker, or [`CONTROLLER`].
    pub to: BrokerId,
    /// Comes back with the answer.
    pub call: Call,
    /// What is asked.
    pub request: Request,
}

/// The controller's `node.id`.
pub const CONTROLLER: BrokerId = BrokerId(100);

/// What a decision comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What happened, in order; the owner applies each and keeps it in the trace.
    pub events: Vec<Event>,
    /// What is answered now. A request without a reply here is held, unless it is a produce with acks=0.
    pub replies: Vec<(RequestId, Response)>,
    /// What is asked of other nodes of the cluster; nothing in a cluster of one.
    pub sends: Vec<Sent>,
}

impl Outcome {
    /// Only an answer.
    pub(crate) fn reply(to: RequestId, response: Response) -> Outcome {
        Outcome { replies: vec![(to, response)], ..Outcome::default() }
    }
}
