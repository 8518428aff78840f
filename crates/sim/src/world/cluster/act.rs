//! What is done to the brokers of a cluster, and what follows for their connections.

use super::super::admin::Then;
use super::super::queue::{Flight, Payload};
use super::controllers::{self, Controllers};
use super::{Cluster, Life, PeerPayload};
use crate::cluster::{BrokerAction, ClusterCommand};
use crate::trace::{Actor, EntryId, Fact, Lifecycle, Recorder};
use crate::world::{Refusal, World};
use millrace_broker::controller::Controller;
use millrace_broker::{Broker, BrokerState, Input, RequestId, Stopped};
use millrace_model::config::cluster::ClusterConfig;
use millrace_model::protocol::{ControllerRequest, CreateTopicsRequest, NewTopic};
use millrace_model::{BrokerEpoch, BrokerId, BrokerInfo, Map, Offset, Profile, Request, Response};
use std::sync::Arc;

/// As many as a playground shows.
const BROKERS: u64 = 9;

fn info(id: BrokerId, rack: Option<&str>) -> BrokerInfo {
    BrokerInfo { id, host: format!("broker-{id}"), port: 9092, rack: rack.map(str::to_owned) }
}

impl World {
    pub(in crate::world) fn act_on_cluster(
        &mut self,
        command: &ClusterCommand,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        match command {
            ClusterCommand::Start { brokers, controllers, racks, config } => {
                self.start_cluster((*brokers, *controllers), racks, config, cause, recorder);
            }
            ClusterCommand::CreateTopic { topic, config, replicas } => {
                let new = NewTopic {
                    name: topic.clone(),
                    partitions: None,
                    replication_factor: None,
                    config: config.clone(),
                };
                let assigned = Map::from([(topic.clone(), replicas.clone())]);
                let request = CreateTopicsRequest { topics: vec![new] };
                let request = ControllerRequest::CreateTopics(request, assigned);
                self.ask_controller(format!("CreateTopics {topic}"), request, cause, recorder);
            }
            ClusterCommand::ElectLeaders(request) => {
                let request = ControllerRequest::ElectLeaders(request.clone());
                self.ask_controller("ElectLeaders".to_owned(), request, cause, recorder);
            }
            ClusterCommand::Broker { id, action: BrokerAction::Crash } => {
                self.broker_crashed(*id, Stopped::Killed, cause, recorder);
            }
            ClusterCommand::Broker { id, action: BrokerAction::CrashUnflushed } => {
                self.broker_crashed(*id, Stopped::PowerLost, cause, recorder);
            }
            ClusterCommand::Broker { id, action: BrokerAction::CrashDiskLost } => {
                self.broker_crashed(*id, Stopped::DiskLost, cause, recorder);
            }
            ClusterCommand::Broker { id, action: BrokerAction::Stop } => {
                recorder.record(Actor::Broker(*id), Some(cause), Fact::Lifecycle(Lifecycle::Closing));
                self.broker_decides(*id, &Input::Stop, cause, recorder);
            }
            ClusterCommand::Broker { id, action: BrokerAction::Restart } => {
                self.start_broker(*id, cause, recorder);
            }
            ClusterCommand::Reassign(request) => {
                let names: Vec<String> = request.partitions.iter().map(|(tp, _)| tp.to_string()).collect();
                let request = ControllerRequest::AlterPartitionReassignments(request.clone());
                let what = format!("AlterPartitionReassignments {}", names.join(", "));
                self.ask_controller(what, request, cause, recorder);
            }
            ClusterCommand::AddBroker { id, rack } => {
                self.add_broker(*id, rack.as_deref());
                self.start_broker(*id, cause, recorder);
            }
            ClusterCommand::Controller { id, action } => {
                self.act_on_controller(*id, *action, cause, recorder);
            }
            ClusterCommand::Unregister(id) => {
                let request = ControllerRequest::UnregisterBroker(*id);
                self.ask_controller(format!("UnregisterBroker {id}"), request, cause, recorder);
            }
        }
    }

    /// A machine with an empty disk, set up as the others are.
    fn add_broker(&mut self, id: BrokerId, rack: Option<&str>) {
        let settings = self.brokers.values().next().map(|broker| broker.config().clone());
        let config = self.controller().map(|controller| controller.config().clone());
        let (Some(settings), Some(config)) = (settings, config) else { return };
        let broker = Broker::new(info(id, rack), settings, self.profile).in_cluster(config);
        self.brokers.insert(id, Arc::new(broker));
        if let Some(cluster) = self.cluster_mut() {
            cluster.lives.insert(id, Life::default());
        }
    }

    fn broker_crashed(&mut self, id: BrokerId, how: Stopped, cause: EntryId, recorder: &mut Recorder) {
        self.broker_died(id, BrokerEpoch::NONE, (Lifecycle::Crashed, how), cause, recorder);
    }

    fn ask_controller(
        &mut self,
        what: String,
        request: ControllerRequest,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let request = Request::Controller(Box::new(request));
        self.administer(what, request, Then::Nothing, cause, recorder);
    }

    fn start_cluster(
        &mut self,
        (count, controllers): (u32, u32),
        racks: &[Arc<str>],
        config: &ClusterConfig,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let Some(settings) = self.brokers.values().next().map(|broker| broker.config().clone()) else {
            return;
        };
        let config = Arc::new(config.clone());
        let controller = Controller::new(config.clone(), settings.num_partitions);
        let ids = (1..=i32::try_from(count).unwrap_or(1)).map(BrokerId);
        let mut lives = Map::new();
        let mut brokers = Map::new();
        for (n, id) in ids.enumerate() {
            let info = info(id, racks.get(n.checked_rem(racks.len()).unwrap_or(0)).map(|rack| &**rack));
            let broker = Broker::new(info, settings.clone(), self.profile).in_cluster(config.clone());
            brokers.insert(id, Arc::new(broker));
            lives.insert(id, Life::default());
        }
        let ids: Vec<BrokerId> = brokers.keys().copied().collect();
        self.brokers = brokers;
        let controller = Arc::new(controller);
        let wires = Map::new();
        let controllers = Controllers::of(controllers);
        let cluster = Cluster { controller, lives, asked: Map::new(), started: 0, wires, controllers };
        self.cluster = Some(Arc::new(cluster));
        for id in ids {
            self.start_broker(id, cause, recorder);
        }
    }

    fn start_broker(&mut self, id: BrokerId, cause: EntryId, recorder: &mut Recorder) {
        let Some(cluster) = self.cluster_mut() else { return };
        cluster.started += 1;
        let incarnation = cluster.started;
        let Some(life) = cluster.lives.get_mut(&id) else { return };
        (life.incarnation, life.is_down, life.sent) = (incarnation, false, Offset(0));
        let previous_broker_epoch = std::mem::replace(&mut life.stopped_under, BrokerEpoch::NONE);
        recorder.record(Actor::Broker(id), Some(cause), Fact::Lifecycle(Lifecycle::Started));
        if self.quorum().is_some() {
            self.introduce(id, Some(cause), recorder);
        } else {
            self.send_metadata(id, Some(cause), recorder);
        }
        self.broker_decides(id, &Input::Start { incarnation, previous_broker_epoch }, cause, recorder);
    }

    /// The process has ended: its memory is gone, and its connections are broken.
    fn broker_died(
        &mut self,
        id: BrokerId,
        stopped_under: BrokerEpoch,
        (how, left): (Lifecycle, Stopped),
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let died = recorder.record(Actor::Broker(id), Some(cause), Fact::Lifecycle(how));
        self.forget_throttles(id);
        self.close_channel(id);
        let now = self.now;
        if let Some(broker) = self.brokers.get_mut(&id) {
            *broker = Arc::new(broker.after_stop(left, now));
        }
        self.queue.set_wake(Actor::Broker(id), None, None);
        let Some(life) = self.life_mut(id) else { return };
        life.is_down = true;
        life.stopped_under = stopped_under;
        let held = std::mem::take(&mut life.held);
        for flight in held {
            if let PeerPayload::Request { call, .. } = flight.payload {
                self.break_peer((flight.from, flight.incarnation), id, call, Some(died), recorder);
            }
        }
        for flight in self.outside.paused.remove(&id).unwrap_or_default() {
            self.refuse(&flight, Some(died), recorder);
        }
        self.break_what_was_asked(id, died, recorder);
    }

    fn break_what_was_asked(&mut self, id: BrokerId, died: EntryId, recorder: &mut Recorder) {
        let Some(cluster) = self.cluster_mut() else { return };
        let asked: Vec<RequestId> =
            cluster.asked.iter().filter(|(_, asked)| asked.of == id).map(|(request, _)| *request).collect();
        for request in asked {
            let Some(asked) = self.cluster_mut().and_then(|cluster| cluster.asked.remove(&request)) else {
                continue;
            };
            match asked.by {
                Some((by, incarnation, call)) => {
                    self.break_peer((by, incarnation), id, call, Some(died), recorder);
                }
                None => {
                    self.send_response(id, request, Response::Disconnected(asked.api), Some(died), recorder)
                }
            }
        }
    }

    /// A request has come to a broker that is not there: the connection is refused.
    pub(in crate::world) fn refuse(
        &mut self,
        flight: &Flight,
        cause: Option<EntryId>,
        recorder: &mut Recorder,
    ) {
        let Payload::Request(request) = &flight.payload else { return };
        let from = self.expect_answer(flight, request);
        self.send_response(flight.broker, from, Response::Disconnected(request.api()), cause, recorder);
    }

    /// What follows from a broker's step for its process: who was let go ends.
    pub(in crate::world) fn after_broker_step(
        &mut self,
        id: BrokerId,
        because: Option<EntryId>,
        recorder: &mut Recorder,
    ) {
        let life = self.broker(id).and_then(Broker::member).map(|member| *member.lifecycle());
        if let (Some(life), Some(because)) = (life, because)
            && life.state == BrokerState::ShuttingDown
        {
            let how = (Lifecycle::Stopped, Stopped::Cleanly);
            self.broker_died(id, life.epoch, how, because, recorder);
        }
    }

    fn check_has_several(&self) -> Result<(), Refusal> {
        match self.cluster {
            Some(_) => Ok(()),
            None => Err(Refusal::Not {
                name: "this cluster".to_owned(),
                why: "has one broker only: begin with `cluster start --brokers 3`",
            }),
        }
    }

    pub(in crate::world) fn check_cluster(&self, command: &ClusterCommand) -> Result<(), Refusal> {
        match command {
            ClusterCommand::Start { brokers, controllers, config, .. } => {
                self.check_nothing_there()?;
                controllers::check_count(*controllers)?;
                if config.eligible_leader_replicas && self.profile == Profile::V39 {
                    let why = "3.9 has no feature eligible.leader.replicas.version".to_owned();
                    return Err(Refusal::Malformed { what: "settings", why });
                }
                self.check_transaction_version(config.transaction_version)?;
                if self.cluster.is_some() {
                    return Err(Refusal::Taken { kind: "cluster", name: "of brokers".to_owned() });
                }
                crate::world::checks::in_range("brokers", u64::from(*brokers), 1, BROKERS)
            }
            ClusterCommand::Controller { id, action } => {
                self.check_has_several()?;
                self.check_controller(*id, *action)
            }
            ClusterCommand::CreateTopic { .. }
            | ClusterCommand::ElectLeaders(_)
            | ClusterCommand::Unregister(_)
            | ClusterCommand::Reassign(_) => self.check_has_several(),
            ClusterCommand::AddBroker { id, .. } => {
                self.check_has_several()?;
                let number = u64::try_from(id.0).unwrap_or(0);
                crate::world::checks::in_range("a broker's number", number, 1, BROKERS)?;
                match self.broker(*id) {
                    Some(_) => Err(Refusal::Taken { kind: "broker", name: format!("broker-{id}") }),
                    None => Ok(()),
                }
            }
            ClusterCommand::Broker { id, action } => {
                let refuse = |why| Err(Refusal::Not { name: format!("broker-{id}"), why });
                if self.broker(*id).is_none() {
                    return Err(self.no_broker(*id));
                }
                if self.cluster.is_none() {
                    return refuse("is alone: begin with `cluster start --brokers 3`");
                }
                match (action, self.is_broker_down(*id)) {
                    (BrokerAction::Restart, true) => Ok(()),
                    (_, true) => refuse("is not running"),
                    (BrokerAction::Restart, false) => refuse("is running already"),
                    (BrokerAction::Stop, false) if self.is_broker_paused(*id) => refuse("stands still"),
                    (
                        BrokerAction::Crash
                        | BrokerAction::CrashUnflushed
                        | BrokerAction::CrashDiskLost
                        | BrokerAction::Stop,
                        false,
                    ) => Ok(()),
                }
            }
        }
    }
}
