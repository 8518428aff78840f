//! Several brokers with their controller: who lives, and what is on its way between them.
//!
//! A world with one broker has none of this: there the broker decides by itself what a controller would.

mod act;
mod channel;
mod controllers;
mod peers;
mod right;
mod wires;

use super::World;
use millrace_broker::controller::Controller;
use millrace_broker::{Broker, Call, PartitionLog, RequestId};
use millrace_model::protocol::{ControllerResponse, MetadataDelta};
use millrace_model::{
    BrokerEpoch, BrokerId, ErrorCode, Map, Offset, Request, Response, Span, Time, TopicPartition,
};
use std::sync::Arc;

use crate::trace::EntryId;
use controllers::Controllers;
use std::hash::{Hash, Hasher};
use wires::Wire;

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Cluster {
    controller: Arc<Controller>,
    lives: Map<BrokerId, Life>,
    /// The requests that brokers and the controller have in hand.
    asked: Map<RequestId, Asked>,
    /// How many processes were ever started.
    started: u64,
    /// The links between nodes that are not like the others, the lesser number first.
    wires: Map<(BrokerId, BrokerId), Wire>,
    /// Where there are several controllers.
    controllers: Option<Box<Controllers>>,
}

/// A cluster with one controller hashes as it did before there could be several.
impl Hash for Cluster {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Cluster { controller, lives, asked, started, wires, controllers } = self;
        controller.hash(state);
        lives.hash(state);
        asked.hash(state);
        started.hash(state);
        wires.hash(state);
        if let Some(controllers) = controllers {
            controllers.hash(state);
        }
    }
}

/// A broker's process.
#[derive(Clone, Debug, Hash)]
struct Life {
    /// Which of its lives; what was sent to an earlier one is lost.
    incarnation: u64,
    is_down: bool,
    /// How much of the controller's log was sent to it.
    sent: Offset,
    /// The epoch under which it last stopped cleanly.
    stopped_under: BrokerEpoch,
    /// What waits while it stands still.
    held: Vec<PeerFlight>,
    /// How much longer it takes to write something down there.
    disk: Span,
}

impl Default for Life {
    /// It was never started.
    fn default() -> Life {
        Life {
            incarnation: 0,
            is_down: true,
            sent: Offset(0),
            stopped_under: BrokerEpoch::NONE,
            held: Vec::new(),
            disk: Span::ZERO,
        }
    }
}

/// A request that somebody has in hand.
#[derive(Clone, Debug, Hash)]
struct Asked {
    /// Who.
    of: BrokerId,
    /// The broker that asked, in which life, and what; `None`: a client, whose address the network knows.
    by: Option<(BrokerId, u64, Call)>,
    /// Kafka's name of the API.
    api: &'static str,
}

/// A message between brokers, or between a broker and the controller.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PeerFlight {
    /// When it left.
    pub depart: Time,
    /// Who sent it.
    pub from: BrokerId,
    /// Who gets it.
    pub to: BrokerId,
    /// In which life of its the broker opened the connection: the sender of a request, the receiver of anything else.
    pub incarnation: u64,
    /// What it is.
    pub payload: PeerPayload,
    /// The entry of its departure.
    pub cause: Option<EntryId>,
}

/// What nodes of a cluster send each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PeerPayload {
    /// Something is asked.
    Request {
        /// Comes back with the answer.
        call: Call,
        /// What.
        request: Request,
    },
    /// It is answered.
    Response {
        /// What was asked.
        call: Call,
        /// The answer; `None`: the connection broke.
        response: Option<Response>,
    },
    /// The controller's log goes on.
    Metadata(MetadataDelta),
    /// One of several controllers is the active one.
    Leader {
        /// Under which epoch.
        epoch: u32,
    },
}

/// The first partition that the controller has refused, and why.
pub(super) fn refusal(response: &ControllerResponse) -> Option<Arc<str>> {
    if let ControllerResponse::UnregisterBroker(error, words) = response {
        let words = words.clone().unwrap_or_else(|| error.message().into());
        return (*error != ErrorCode::None).then_some(words);
    }
    let (ControllerResponse::ElectLeaders(answers)
    | ControllerResponse::AlterPartitionReassignments(answers)) = response
    else {
        return None;
    };
    let (tp, error, words) = answers.iter().find(|(_, error, _)| *error != ErrorCode::None)?;
    Some(format!("{tp}: {}", words.as_deref().unwrap_or(error.message())).into())
}

impl World {
    /// The controller, or what several have in common; none if there is one broker only, which decides by itself.
    pub fn controller(&self) -> Option<&Controller> {
        self.cluster.as_ref().map(|cluster| &*cluster.controller)
    }

    /// True while there is no process of a broker.
    pub fn is_broker_down(&self, id: BrokerId) -> bool {
        self.life(id).is_some_and(|life| life.is_down)
    }

    /// A broker that can be asked: the first that is there; the first of all where none is.
    pub fn asked_broker(&self) -> Option<&Broker> {
        self.any_broker().and_then(|id| self.broker(id)).or_else(|| self.brokers().next())
    }

    /// A partition's log as its leader has it, or as the first of the brokers that are there has it while nobody leads.
    pub fn log(&self, tp: &TopicPartition) -> Option<&PartitionLog> {
        if self.cluster.is_none() {
            return self.brokers().find_map(|broker| broker.log(tp));
        }
        let leader = self.controller().and_then(|controller| controller.partition(tp)?.leader);
        let leader = leader.and_then(|id| self.broker(id)).or_else(|| self.asked_broker());
        leader.and_then(|broker| broker.log(tp))
    }

    /// What is on its way between brokers and their controller, with its arrival.
    pub fn peer_flights(&self) -> impl Iterator<Item = (Time, &PeerFlight)> {
        self.queue.peer_flights()
    }

    /// A broker to ask: the first that is there.
    pub(super) fn any_broker(&self) -> Option<BrokerId> {
        self.brokers.keys().copied().find(|id| !self.is_broker_down(*id))
    }

    fn life(&self, id: BrokerId) -> Option<&Life> {
        self.cluster.as_ref()?.lives.get(&id)
    }

    fn cluster_mut(&mut self) -> Option<&mut Cluster> {
        self.cluster.as_mut().map(Arc::make_mut)
    }

    fn life_mut(&mut self, id: BrokerId) -> Option<&mut Life> {
        self.cluster_mut()?.lives.get_mut(&id)
    }

    /// In which life a connection of that broker would be opened now; a controller has one only.
    fn incarnation(&self, id: BrokerId) -> u64 {
        self.life(id).map_or(0, |life| life.incarnation)
    }
}
