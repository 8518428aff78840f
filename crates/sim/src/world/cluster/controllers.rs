//! Several controllers in the world: what is done to their processes, what follows from an election, and what comes to one that
//! stands still, is gone, or is not the active one.

use super::channel::Channel;
use super::{PeerFlight, PeerPayload};
use crate::cluster::ControllerAction;
use crate::trace::{Actor, EntryId, Fact, Lifecycle, Message, Recorder, Timer};
use crate::world::{Refusal, World};
use millrace_broker::CONTROLLER;
use millrace_broker::controller::{ControllerEvent, ControllerInput};
use millrace_broker::quorum::{Quorum, QuorumEvent, QuorumInput, VoterState};
use millrace_client::Correlation;
use millrace_model::{BrokerId, ErrorCode, Map, Request, Time};

/// As many as a playground shows.
const CONTROLLERS: u32 = 5;

/// See the module.
#[derive(Clone, Debug, Hash)]
pub(super) struct Controllers {
    quorum: Quorum,
    /// What has come to one that stands still, or to the active one while no majority is there.
    held: Map<BrokerId, Vec<PeerFlight>>,
    pub(super) channels: Map<BrokerId, Channel>,
    /// When the administrator gives up what it has asked last under a number.
    deadlines: Map<Correlation, Time>,
}

impl Controllers {
    /// So many; none where one is enough.
    pub(super) fn of(count: u32) -> Option<Box<Controllers>> {
        let ids = (0..i32::try_from(count).unwrap_or(1)).map(|n| BrokerId(CONTROLLER.0.saturating_add(n)));
        (count > 1).then(|| {
            let quorum = Quorum::new(ids);
            Box::new(Controllers { quorum, held: Map::new(), channels: Map::new(), deadlines: Map::new() })
        })
    }
}

pub(super) fn check_count(count: u32) -> Result<(), Refusal> {
    crate::world::checks::in_range("controllers", u64::from(count), 1, u64::from(CONTROLLERS))
}

impl World {
    /// The quorum of controllers; none where there is one controller, or none.
    pub fn quorum(&self) -> Option<&Quorum> {
        Some(&self.cluster.as_ref()?.controllers.as_ref()?.quorum)
    }

    /// The controller that answers brokers now.
    pub fn active_controller(&self) -> Option<BrokerId> {
        match self.quorum() {
            Some(quorum) => quorum.active(),
            None => self.cluster.as_ref().map(|_| CONTROLLER),
        }
    }

    /// Whether the cluster can change anything of its metadata now: a broker alone can, one of several if there is an active
    /// controller with a majority behind it.
    pub fn can_decide(&self) -> bool {
        self.quorum().is_none_or(Quorum::can_commit)
    }

    /// Whether that number is a controller's.
    pub fn is_controller(&self, id: BrokerId) -> bool {
        match self.quorum() {
            Some(quorum) => quorum.voters().contains_key(&id),
            None => id == CONTROLLER,
        }
    }

    pub(super) fn act_on_controller(
        &mut self,
        id: BrokerId,
        action: ControllerAction,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let Some(log_end) = self.controller().map(|controller| controller.end()) else { return };
        let (state, lifecycle) = match action {
            ControllerAction::Crash => (VoterState::Crashed, Lifecycle::Crashed),
            ControllerAction::Stop => (VoterState::Stopped, Lifecycle::Stopped),
            ControllerAction::Restart => (VoterState::Running, Lifecycle::Started),
            ControllerAction::Pause => (VoterState::Paused, Lifecycle::Frozen),
            ControllerAction::Resume => (VoterState::Running, Lifecycle::Thawed),
        };
        let cause = recorder.record(Actor::Broker(id), Some(cause), Fact::Lifecycle(lifecycle));
        self.quorum_decides(&QuorumInput::Changed { voter: id, state, log_end }, cause, recorder);
        if !state.is_up() {
            self.break_held(id, cause, recorder);
        }
        if action == ControllerAction::Resume {
            self.release_held(id);
            if self.active_controller() == Some(id) {
                // Who has started meanwhile has not heard of it.
                self.introduce_all(cause, recorder);
            }
        }
        self.arm_controller(Some(cause));
    }

    fn quorum_decides(&mut self, input: &QuorumInput, cause: EntryId, recorder: &mut Recorder) {
        let (now, dice) = (self.now, self.dice);
        let Some(controllers) = self.cluster_mut().and_then(|cluster| cluster.controllers.as_mut()) else {
            return;
        };
        let events = controllers.quorum.decide(now, input, &dice);
        for event in &events {
            controllers.quorum.apply(event);
        }
        for event in events {
            let who = match &event {
                QuorumEvent::VoterChanged { voter, .. }
                | QuorumEvent::CampaignPlanned { voter, .. }
                | QuorumEvent::CampaignLost { voter, .. }
                | QuorumEvent::LeaderFenced { voter, .. } => Some(*voter),
                QuorumEvent::LeaderElected { leader, .. } | QuorumEvent::LeaderResigned { leader, .. } => {
                    Some(*leader)
                }
                QuorumEvent::MajorityChecked { .. } => self.quorum().and_then(Quorum::leader),
            };
            let actor = Actor::Broker(who.unwrap_or(CONTROLLER));
            let told = recorder.record(actor, Some(cause), Fact::Quorum(Box::new(event.clone())));
            match event {
                QuorumEvent::LeaderElected { .. } => self.become_active(told, recorder),
                QuorumEvent::LeaderResigned { leader, .. } => self.break_held(leader, told, recorder),
                QuorumEvent::MajorityChecked { resigns_at: None } => {
                    if let Some(active) = self.active_controller() {
                        self.release_held(active);
                    }
                }
                _ => {}
            }
        }
    }

    /// It was elected: it goes on with the log, and tells the brokers.
    fn become_active(&mut self, cause: EntryId, recorder: &mut Recorder) {
        self.controller_decides(&ControllerInput::Activated, cause, recorder);
        self.introduce_all(cause, recorder);
    }

    fn introduce_all(&mut self, cause: EntryId, recorder: &mut Recorder) {
        let ids: Vec<BrokerId> = self.brokers.keys().copied().collect();
        for id in ids {
            if !self.is_broker_down(id) {
                self.introduce(id, Some(cause), recorder);
            }
        }
    }

    /// The active controller tells a broker of itself, and what of the log that one has not read. What another has sent before
    /// may be on its way still: what is read twice is left out.
    pub(super) fn introduce(&mut self, to: BrokerId, cause: Option<EntryId>, recorder: &mut Recorder) {
        let Some((from, epoch)) = self.quorum().and_then(|quorum| Some((quorum.active()?, quorum.epoch())))
        else {
            return;
        };
        if self.is_cut_between(from, to) {
            return;
        }
        let (depart, incarnation) = (self.now, self.incarnation(to));
        let payload = PeerPayload::Leader { epoch };
        self.send_peer(PeerFlight { depart, from, to, incarnation, payload, cause }, recorder);
        let read = self.broker(to).and_then(|broker| Some(broker.member()?.metadata_end()));
        if let (Some(read), Some(life)) = (read, self.life_mut(to)) {
            life.sent = life.sent.min(read);
        }
        self.send_metadata(to, cause, recorder);
    }

    /// Takes a message to a controller that is not answered now, and gives back one that is.
    pub(super) fn obstruct_controller(
        &mut self,
        flight: PeerFlight,
        message: Message,
        recorder: &mut Recorder,
    ) -> Option<PeerFlight> {
        let Some(quorum) = self.quorum() else { return Some(flight) };
        let to = flight.to;
        let state = quorum.voters().get(&to).map(|voter| voter.state);
        let is_active = quorum.active() == Some(to);
        match state {
            Some(VoterState::Running) if is_active && quorum.can_commit() => return Some(flight),
            Some(VoterState::Paused) => {}
            Some(VoterState::Running) if is_active => {}
            Some(VoterState::Running) => {
                let from = Actor::Broker(flight.from);
                let arrived =
                    recorder.record(Actor::Broker(to), flight.cause, Fact::Arrived { from, message });
                self.not_controller(flight, arrived, recorder);
                return None;
            }
            Some(VoterState::Stopped | VoterState::Crashed) | None => {
                let from = Actor::Broker(flight.from);
                let lost = recorder.record(Actor::Broker(to), flight.cause, Fact::Lost { from, message });
                self.break_request(flight, lost, recorder);
                return None;
            }
        }
        if let Some(controllers) = self.cluster_mut().and_then(|cluster| cluster.controllers.as_mut()) {
            controllers.held.entry(to).or_default().push(flight);
        }
        None
    }

    /// A controller that is not the active one is asked (`NotControllerException`).
    fn not_controller(&mut self, flight: PeerFlight, cause: EntryId, recorder: &mut Recorder) {
        let PeerPayload::Request { request, .. } = &flight.payload else { return };
        let api = match request {
            Request::Controller(request) => request.api(),
            other => other.api(),
        };
        let why = match self.active_controller() {
            Some(active) => format!("The active controller appears to be node {active}."),
            None => "No controller appears to be active.".to_owned(),
        };
        let refused = ControllerEvent::Rejected {
            api,
            subject: format!("broker-{}", flight.from).into(),
            error: ErrorCode::NotController,
            why: Some(why.into()),
        };
        let fact = Fact::Controller(Box::new(refused));
        let told = recorder.record(Actor::Broker(flight.to), Some(cause), fact);
        self.break_request(flight, told, recorder);
    }

    fn break_request(&mut self, flight: PeerFlight, cause: EntryId, recorder: &mut Recorder) {
        if let PeerPayload::Request { call, .. } = flight.payload {
            self.break_peer((flight.from, flight.incarnation), flight.to, call, Some(cause), recorder);
        }
    }

    fn take_held(&mut self, id: BrokerId) -> Vec<PeerFlight> {
        let controllers = self.cluster_mut().and_then(|cluster| cluster.controllers.as_mut());
        controllers.and_then(|controllers| controllers.held.remove(&id)).unwrap_or_default()
    }

    /// What was held breaks: nobody will answer it.
    fn break_held(&mut self, id: BrokerId, cause: EntryId, recorder: &mut Recorder) {
        for flight in self.take_held(id) {
            self.break_request(flight, cause, recorder);
        }
    }

    /// What was held arrives now.
    fn release_held(&mut self, id: BrokerId) {
        for flight in self.take_held(id) {
            self.queue.hand_over_peer(self.now, flight);
        }
    }

    /// When something is due at the controllers, or in the brokers' channels to them.
    pub(super) fn controllers_timer(&self) -> Option<Time> {
        let own =
            self.controller().filter(|_| self.can_decide()).and_then(|controller| controller.next_timer());
        let quorum = self.quorum().and_then(Quorum::next_timer);
        own.into_iter().chain(quorum).chain(self.channels_timer()).min()
    }

    /// When a broker gives up what it has asked; one that stands still does nothing.
    fn channels_timer(&self) -> Option<Time> {
        let controllers = self.cluster.as_ref()?.controllers.as_ref()?;
        let awake = controllers.channels.iter().filter(|(id, _)| !self.is_broker_paused(**id));
        awake.filter_map(|(_, channel)| channel.next_timer()).min()
    }

    /// What is due in the quorum or in a channel; false if nothing is.
    pub(super) fn wake_quorum(&mut self, cause: Option<EntryId>, recorder: &mut Recorder) -> bool {
        let Some(quorum) = self.quorum() else { return false };
        let is_due = |at: Option<Time>| at.is_some_and(|at| at <= self.now);
        let is_election = is_due(quorum.next_timer());
        if !is_election && !is_due(self.channels_timer()) {
            return false;
        }
        let actor = Actor::Broker(self.active_controller().unwrap_or(CONTROLLER));
        let woke = recorder.record(actor, cause, Fact::Woke(Timer::Controller));
        if is_election {
            let log_end = self.controller().map_or(millrace_model::Offset(0), |controller| controller.end());
            self.quorum_decides(&QuorumInput::Timer { log_end }, woke, recorder);
        } else {
            self.give_up_waiting(woke, recorder);
        }
        self.arm_controller(Some(woke));
        true
    }

    pub(in crate::world) fn set_deadline(&mut self, of: Correlation, at: Time) {
        if let Some(controllers) = self.cluster_mut().and_then(|cluster| cluster.controllers.as_mut()) {
            controllers.deadlines.insert(of, at);
        }
    }

    /// Whether it is over now, and nothing was asked again since.
    pub(in crate::world) fn take_deadline(&mut self, of: Correlation) -> bool {
        let now = self.now;
        let controllers = self.cluster_mut().and_then(|cluster| cluster.controllers.as_mut());
        let Some(controllers) = controllers else { return false };
        let is_over = controllers.deadlines.get(&of).is_some_and(|at| *at <= now);
        is_over && controllers.deadlines.remove(&of).is_some()
    }

    pub(super) fn check_controller(&self, id: BrokerId, action: ControllerAction) -> Result<(), Refusal> {
        let refuse = |why| Err(Refusal::Not { name: format!("controller-{id}"), why });
        let Some(quorum) = self.quorum() else {
            return refuse("is the only one, and never fails: begin with `cluster start --controllers 3`");
        };
        let Some(voter) = quorum.voters().get(&id) else {
            return refuse("is no controller of this cluster: they are numbered from 100 on");
        };
        match (action, voter.state) {
            (ControllerAction::Restart, VoterState::Stopped | VoterState::Crashed)
            | (ControllerAction::Resume, VoterState::Paused)
            | (ControllerAction::Crash, VoterState::Running | VoterState::Paused)
            | (ControllerAction::Stop | ControllerAction::Pause, VoterState::Running) => Ok(()),
            (ControllerAction::Restart, VoterState::Running | VoterState::Paused)
            | (ControllerAction::Resume, VoterState::Running) => refuse("is running already"),
            (ControllerAction::Stop | ControllerAction::Pause, VoterState::Paused) => refuse("stands still"),
            (_, VoterState::Stopped | VoterState::Crashed) => refuse("is not running"),
        }
    }
}
