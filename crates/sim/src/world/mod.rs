//! One moment of the simulated world: brokers, clients, what is on its way between them, and what is due.
//!
//! A world never looks ahead and never remembers: history is `timeline`'s. It is cheap to clone, because logs share
//! their sealed batches, so checkpoints and branches cost kilobytes.

pub mod account;
mod admin;
mod apps;
mod checks;
mod cluster;
mod dashboards;
pub mod desk;
mod execute;
mod faults;
pub mod letters;
mod load;
mod network;
mod networks;
mod order;
mod outputs;
mod outside;
mod producers;
pub mod queue;
mod reset;
mod services;
mod step;
mod strays;
mod streams;
mod throttles;
mod traffic;
mod trap;
mod volume;
mod work_queues;

pub use account::{Account, Fortune, Outcome};
pub use checks::Refusal;
pub use cluster::{PeerFlight, PeerPayload};
pub use dashboards::Dashboard;
pub use desk::{Alert, Closed, Letter};
pub use letters::{Cause, Caused, Dangers, Overload};
pub use networks::{BrokerHost, Reach, Reached};
pub use queue::{Flight, Payload};
pub use strays::Stray;
pub use volume::Volume;

use crate::command::Name;
use crate::dice::SeededDice;
use crate::limits;
use crate::node::Node;
use crate::trace::NodeId;
use crate::traffic::Traffic;
use admin::AdminDesk;
pub use apps::{App, StreamsApp};
use cluster::Cluster;
use millrace_broker::{Broker, RequestId};
use millrace_client::Correlation;
use millrace_client::listener::{Ledger, Port};
use millrace_model::config::broker::BrokerConfig;
use millrace_model::{BrokerId, BrokerInfo, GroupId, Map, Profile, Span, StableHasher, Time};
pub use outside::Link;
use outside::Outside;
use queue::Queue;
use std::hash::Hash;
use std::sync::Arc;

/// What a run begins with. Together with the command log it is the whole truth.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Setup {
    /// Keys the dice.
    pub seed: u64,
    /// The version of Kafka whose defaults hold.
    pub profile: Profile,
}

impl Default for Setup {
    fn default() -> Self {
        Setup { seed: 1, profile: Profile::default() }
    }
}

/// Why time does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Halt {
    /// [`limits::STEPS_PER_BRANCH`] have happened: start over, or go back.
    StepLimit,
    /// [`limits::STEPS_PER_INSTANT`] happened without time going on: a defect of the engine, worth a report.
    Livelock,
}

/// Where the answer to a request goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct ReturnAddress {
    node: NodeId,
    port: Port,
    correlation: Correlation,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct World {
    profile: Profile,
    dice: SeededDice,
    now: Time,
    steps: u64,
    steps_at_now: u32,
    halt: Option<Halt>,
    latency: Span,
    queue: Queue,
    brokers: Map<BrokerId, Arc<Broker>>,
    nodes: Vec<Arc<Node>>,
    apps: Map<GroupId, App>,
    streams: Map<Name, StreamsApp>,
    dashboards: Map<Name, Dashboard>,
    ledgers: Map<GroupId, Arc<Ledger>>,
    admin: AdminDesk,
    next_request: u64,
    awaiting: Map<RequestId, ReturnAddress>,
    outside: Outside,
    traffic: Option<Arc<Traffic>>,
    /// The controller and the brokers' processes, where there are several.
    cluster: Option<Arc<Cluster>>,
    /// What the machines carry, if that is modelled.
    load: Option<Arc<load::Load>>,
    /// Who has to wait, once there was a quota.
    throttles: Option<Arc<throttles::Throttles>>,
    /// Where processes run, once somebody was told an address.
    networks: Option<Arc<networks::Networks>>,
}

impl World {
    /// A world with one broker, nobody else, at noon.
    pub fn new(setup: &Setup) -> World {
        let info = BrokerInfo { id: BrokerId(1), host: "broker-1".into(), port: 9092, rack: None };
        let broker = Broker::new(info, BrokerConfig::defaults(setup.profile), setup.profile);
        World {
            profile: setup.profile,
            dice: SeededDice { seed: setup.seed },
            now: Time::ZERO,
            steps: 0,
            steps_at_now: 0,
            halt: None,
            latency: Span::from_millis(1),
            queue: Queue::default(),
            brokers: Map::from([(BrokerId(1), Arc::new(broker))]),
            nodes: vec![Arc::new(Node::admin())],
            apps: Map::new(),
            streams: Map::new(),
            dashboards: Map::new(),
            ledgers: Map::new(),
            admin: AdminDesk::default(),
            next_request: 0,
            awaiting: Map::new(),
            outside: Outside::default(),
            traffic: None,
            cluster: None,
            load: None,
            throttles: None,
            networks: None,
        }
    }

    /// What the clock shows.
    pub fn now(&self) -> Time {
        self.now
    }

    /// How many steps have happened.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Why time has stopped, if it has.
    pub fn halt(&self) -> Option<Halt> {
        self.halt
    }

    /// When the next thing happens by itself.
    pub fn next_time(&self) -> Option<Time> {
        self.queue.next_time().map(|time| time.max(self.now))
    }

    /// The version of Kafka whose defaults hold.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// How long a message takes one way.
    pub fn latency(&self) -> Span {
        self.latency
    }

    /// The brokers.
    pub fn brokers(&self) -> impl Iterator<Item = &Broker> {
        self.brokers.values().map(|broker| &**broker)
    }

    /// One broker.
    pub fn broker(&self, id: BrokerId) -> Option<&Broker> {
        self.brokers.get(&id).map(|broker| &**broker)
    }

    /// The clients, the administrator (number 0) included.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate().map(|(i, node)| (NodeId(i as u32), &**node))
    }

    /// One client.
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0 as usize).map(|node| &**node)
    }

    /// The applications by group.
    pub fn apps(&self) -> &Map<GroupId, App> {
        &self.apps
    }

    /// The streams applications by name.
    pub fn streams_apps(&self) -> &Map<Name, StreamsApp> {
        &self.streams
    }

    /// What an application has done in the world outside: it outlives every crash.
    pub fn ledger(&self, group: &str) -> Option<&Ledger> {
        self.ledgers.get(group).map(|ledger| &**ledger)
    }

    /// Everything on its way, with its arrival.
    pub fn flights(&self) -> impl Iterator<Item = (Time, &Flight)> {
        self.queue.flights()
    }

    /// True while an administrator's request has not been answered.
    pub fn is_administering(&self) -> bool {
        self.admin.is_busy()
    }

    /// Moves the clock on; never back, and never past something that is still to happen.
    pub fn advance_clock(&mut self, to: Time) {
        let to = self.queue.next_time().map_or(to, |next| to.min(next));
        if to > self.now {
            self.now = to;
            self.steps_at_now = 0;
        }
    }

    /// A number that is equal for equal worlds, natively and in wasm. What the clock shows between two steps is not part
    /// of it.
    pub fn state_hash(&self) -> u64 {
        let mut hasher = StableHasher::default();
        (self.profile, self.dice, self.steps, self.latency, &self.queue).hash(&mut hasher);
        (&self.brokers, &self.nodes, &self.apps, &self.streams, &self.ledgers).hash(&mut hasher);
        (&self.admin, self.next_request, &self.awaiting, &self.outside).hash(&mut hasher);
        if !self.dashboards.is_empty() {
            self.dashboards.hash(&mut hasher);
        }
        if let Some(traffic) = &self.traffic {
            traffic.hash(&mut hasher);
        }
        if let Some(cluster) = &self.cluster {
            cluster.hash(&mut hasher);
        }
        if let Some(load) = &self.load {
            load.hash(&mut hasher);
        }
        if let Some(throttles) = &self.throttles {
            throttles.hash(&mut hasher);
        }
        if let Some(networks) = &self.networks {
            networks.hash(&mut hasher);
        }
        std::hash::Hasher::finish(&hasher)
    }

    fn count_step(&mut self) {
        self.steps += 1;
        self.steps_at_now += 1;
        if self.steps_at_now > limits::STEPS_PER_INSTANT {
            self.halt = Some(Halt::Livelock);
        } else if self.steps >= limits::STEPS_PER_BRANCH {
            self.halt = Some(Halt::StepLimit);
        }
    }

    fn node_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(id.0 as usize).map(Arc::make_mut)
    }

    /// The brokers that a client is told to begin with (`bootstrap.servers`).
    fn bootstrap(&self) -> Vec<BrokerId> {
        self.brokers.keys().copied().collect()
    }
}
