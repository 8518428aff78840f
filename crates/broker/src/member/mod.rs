//! A broker as a member of a cluster with a controller: it registers, says that it is alive, reads the controller's log, and
//! forwards what only the controller may decide. A broker that is alone in its cluster is no member and runs none of this.
//!
//! Not here: what a broker does as leader or follower of a partition.

mod forward;
mod image;
mod lifecycle;

pub(crate) use forward::request;
pub use lifecycle::{BrokerState, Lifecycle};

use crate::controller::Registration;
use crate::timer::Timers;
use crate::{Broker, Call, Event, Input, Outcome, Sent, Stopped, Timer, replica, txn};
use millrace_model::config::cluster::ClusterConfig;
use millrace_model::protocol::{
    ConfigResource, ControllerRequest, ControllerResponse, PartitionRegistration,
};
use millrace_model::{
    BrokerEpoch, BrokerId, Map, Offset, Request, Response, Time, TopicId, TopicName, TopicPartition,
};
use std::sync::Arc;

/// What a broker knows as a member of its cluster.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClusterMember {
    config: Arc<ClusterConfig>,
    lifecycle: Lifecycle,
    /// How much of the controller's log it has read: the offset of the next record.
    metadata_end: Offset,
    registrations: Map<BrokerId, Registration>,
    topics: Map<TopicName, (TopicId, bool)>,
    partitions: Map<TopicPartition, PartitionRegistration>,
    configs: Map<ConfigResource, Map<Arc<str>, Arc<str>>>,
}

impl ClusterMember {
    fn new(config: Arc<ClusterConfig>, lifecycle: Lifecycle) -> ClusterMember {
        ClusterMember {
            config,
            lifecycle,
            metadata_end: Offset(0),
            registrations: Map::new(),
            topics: Map::new(),
            partitions: Map::new(),
            configs: Map::new(),
        }
    }

    /// The cluster's settings.
    pub fn config(&self) -> &ClusterConfig {
        &self.config
    }

    /// Where it is in its life.
    pub fn lifecycle(&self) -> &Lifecycle {
        &self.lifecycle
    }

    /// The number of its registration.
    pub fn broker_epoch(&self) -> BrokerEpoch {
        self.lifecycle.epoch
    }

    /// The offset of the next record of the controller's log that it reads.
    pub fn metadata_end(&self) -> Offset {
        self.metadata_end
    }

    /// The brokers as it knows them, fenced ones as well.
    pub fn registrations(&self) -> &Map<BrokerId, Registration> {
        &self.registrations
    }

    /// A partition as it knows it.
    pub fn partition(&self, tp: &TopicPartition) -> Option<&PartitionRegistration> {
        self.partitions.get(tp)
    }

    /// Every partition as it knows it.
    pub fn partitions(&self) -> &Map<TopicPartition, PartitionRegistration> {
        &self.partitions
    }
}

impl Broker {
    /// Makes it a broker of a cluster with a controller; it has not started yet.
    pub fn in_cluster(mut self, config: Arc<ClusterConfig>) -> Broker {
        self.brokers = Arc::new([]);
        self.replicas = Some(Arc::new(crate::ReplicaManager::new(config.clone())));
        self.member = Some(Arc::new(ClusterMember::new(config, Lifecycle::default())));
        self
    }

    /// What is left of it when its process has ended: what was written, and nothing of its memory. If the controller had let
    /// it go, it has stopped cleanly; otherwise it was killed.
    pub fn after_death(&self) -> Broker {
        let let_go = self.member().is_some_and(|m| m.lifecycle().state == BrokerState::ShuttingDown);
        self.after_stop(if let_go { Stopped::Cleanly } else { Stopped::Killed }, Time::ZERO)
    }

    /// What is left of it when it has stopped in that way, `now`.
    pub fn after_stop(&self, how: Stopped, now: Time) -> Broker {
        let mut left = self.clone();
        left.groups = Map::new();
        left.purgatory = crate::api::Purgatory::default();
        left.timers = Timers::default();
        left.retention_check = None;
        left.txn = self.txn.after_stop();
        left.guards = txn::Guards::default();
        left.log_checks = crate::upkeep::LogChecks::default();
        left.brokers = Arc::new([]);
        left.member = self
            .member
            .as_ref()
            .map(|member| Arc::new(ClusterMember::new(member.config.clone(), Lifecycle::default())));
        for topic in left.topics.values_mut() {
            Arc::make_mut(topic).forget_leaders();
        }
        replica::reload(self, &mut left, how, now);
        left
    }

    /// What it knows as a member of a cluster; none if it is alone.
    pub fn member(&self) -> Option<&ClusterMember> {
        self.member.as_deref()
    }
}

/// What `input` comes to; it is none that a broker alone could get.
pub(crate) fn decide(broker: &Broker, now: Time, input: &Input) -> Outcome {
    let Some(member) = broker.member() else { return Outcome::default() };
    match input {
        Input::Start { incarnation, previous_broker_epoch } => {
            lifecycle::start(broker, member, *incarnation, *previous_broker_epoch)
        }
        Input::Stop => lifecycle::stop(broker, member, now),
        Input::Reply { from, call: call @ (Call::AlterPartition | Call::Fetch(_)), response } => {
            replica::reply(broker, now, *from, *call, response.as_deref())
        }
        Input::Reply { call: Call::WriteTxnMarkers(number), response, .. } => {
            txn::markers_answered(broker, now, *number, response.as_deref())
        }
        Input::Reply { call: Call::AddPartitionsToTxn(number), response, .. } => {
            txn::coordinator_answered(broker, now, *number, response.as_deref())
        }
        Input::Reply { call, response, .. } => {
            replica::after_answer(broker, now, reply(broker, member, now, *call, response.as_deref()))
        }
        Input::Metadata(delta) => {
            replica::after_metadata(broker, now, delta, image::metadata(broker, now, delta))
        }
        Input::Request { .. } | Input::Timer(_) => Outcome::default(),
    }
}

fn reply(
    broker: &Broker,
    member: &ClusterMember,
    now: Time,
    call: Call,
    response: Option<&Response>,
) -> Outcome {
    let response = match response {
        Some(Response::Controller(response)) => Some(&**response),
        Some(_) | None => None,
    };
    match (call, response) {
        (Call::Registration, Some(ControllerResponse::BrokerRegistration(answer))) => {
            lifecycle::registered(broker, member, now, *answer)
        }
        (Call::Heartbeat, Some(ControllerResponse::BrokerHeartbeat(answer))) => {
            lifecycle::heartbeat_answered(member, now, *answer)
        }
        (Call::Registration | Call::Heartbeat, _) => lifecycle::failed(member, now),
        (Call::Forwarded(from), Some(response)) => forward::answered(from, response),
        // The controller is out of reach: the client's connection is closed (`ForwardingManager`).
        (Call::Forwarded(from), None) => Outcome::reply(from, Response::Disconnected(call.api())),
        (Call::CreateTopic, _) => Outcome::default(),
        // Replication's, and the transaction coordinator's.
        (
            Call::AlterPartition
            | Call::Fetch(_)
            | Call::LeaderEpochEnd(_)
            | Call::WriteTxnMarkers(_)
            | Call::AddPartitionsToTxn(_),
            _,
        ) => Outcome::default(),
    }
}

/// It is time to speak to the controller.
pub(crate) fn communicate(broker: &Broker, now: Time) -> Outcome {
    match broker.member() {
        Some(member) => lifecycle::communicate(broker, member, now),
        None => Outcome::default(),
    }
}

pub(crate) fn ask_controller(call: Call, request: ControllerRequest) -> Sent {
    Sent { to: crate::CONTROLLER, call, request: Request::Controller(Box::new(request)) }
}

/// Takes a member's event in.
pub(crate) fn apply(broker: &mut Broker, event: &Event) {
    match event {
        Event::Lifecycle(lifecycle) => {
            let Some(member) = broker.member.as_mut().map(Arc::make_mut) else { return };
            let old = std::mem::replace(&mut member.lifecycle, **lifecycle);
            broker.timers.replace(old.next, lifecycle.next, || Timer::CommunicationDue);
        }
        Event::MetadataRead { at, delta } => image::apply(broker, *at, delta),
        _ => {}
    }
}
