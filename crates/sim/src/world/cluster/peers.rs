//! The network between brokers and their controller.

use super::{Asked, PeerFlight, PeerPayload};
use crate::trace::{Actor, EntryId, Fact, Message, Recorder};
use crate::world::World;
use millrace_broker::controller::ControllerInput;
use millrace_broker::{self as broker, CONTROLLER, Call, RequestId, Sent};
use millrace_model::protocol::MetadataDelta;
use millrace_model::{BrokerId, Request, Response, Time};
use std::sync::Arc;

impl PeerFlight {
    fn message(&self) -> Message {
        match &self.payload {
            PeerPayload::Request { request, .. } => Message::request(request),
            PeerPayload::Response { response: Some(response), .. } => Message::response(response),
            PeerPayload::Response { call, response: None } => {
                Message { api: call.api(), is_response: true, records: 0, quiet: true }
            }
            PeerPayload::Metadata(delta) => Message {
                api: "__cluster_metadata",
                is_response: true,
                records: u32::try_from(delta.records.len()).unwrap_or(u32::MAX),
                quiet: false,
            },
            PeerPayload::Leader { .. } => {
                Message { api: "__cluster_metadata", is_response: true, records: 0, quiet: true }
            }
        }
    }
}

impl World {
    pub(super) fn send_peer(&mut self, mut flight: PeerFlight, recorder: &mut Recorder) {
        let arrives = self.peer_arrival(&flight);
        let (to, message) = (Actor::Broker(flight.to), flight.message());
        let sent =
            recorder.record(Actor::Broker(flight.from), flight.cause, Fact::Sent { to, arrives, message });
        flight.cause = Some(sent);
        self.queue.send_peer(arrives, flight);
    }

    /// When a message is there. The controller's machine is none that is modelled.
    fn peer_arrival(&mut self, flight: &PeerFlight) -> Time {
        let (ends, way) = ((flight.from, flight.to), self.latency_between(flight));
        if self.is_controller(flight.from) || self.is_controller(flight.to) {
            return self.now + way;
        }
        match &flight.payload {
            PeerPayload::Request { .. } => self.carry_peer_request(ends, way),
            PeerPayload::Response { response, .. } => self.carry_peer_response(ends, response.as_ref(), way),
            PeerPayload::Metadata(_) | PeerPayload::Leader { .. } => self.now + way,
        }
    }

    /// What a broker asks of other nodes leaves it.
    pub(in crate::world) fn send_sent(
        &mut self,
        from: BrokerId,
        sends: Vec<Sent>,
        cause: Option<EntryId>,
        recorder: &mut Recorder,
    ) {
        let (depart, incarnation) = (self.now, self.incarnation(from));
        for Sent { to, call, request } in sends {
            if to == CONTROLLER && self.quorum().is_some() {
                self.ask_active_controller(from, (call, request), cause, recorder);
                continue;
            }
            let payload = PeerPayload::Request { call, request };
            self.send_peer(PeerFlight { depart, from, to, incarnation, payload, cause }, recorder);
        }
    }

    /// A connection between two nodes has broken: who asked is told.
    pub(super) fn break_peer(
        &mut self,
        (to, incarnation): (BrokerId, u64),
        from: BrokerId,
        call: Call,
        cause: Option<EntryId>,
        recorder: &mut Recorder,
    ) {
        let (depart, payload) = (self.now, PeerPayload::Response { call, response: None });
        self.send_peer(PeerFlight { depart, from, to, incarnation, payload, cause }, recorder);
    }

    /// The answer to a request that no client has sent goes to the broker that did.
    pub(in crate::world) fn answer_peer(
        &mut self,
        from: BrokerId,
        request: RequestId,
        response: Response,
        cause: Option<EntryId>,
        recorder: &mut Recorder,
    ) {
        let asked = self.cluster_mut().and_then(|cluster| cluster.asked.remove(&request));
        let Some((to, incarnation, call)) = asked.and_then(|asked| asked.by) else { return };
        let (depart, payload) = (self.now, PeerPayload::Response { call, response: Some(response) });
        self.send_peer(PeerFlight { depart, from, to, incarnation, payload, cause }, recorder);
    }

    /// Remembers who has a request in hand, so that it can break.
    pub(in crate::world) fn remember_asked(&mut self, id: RequestId, of: BrokerId, api: &'static str) {
        if let Some(cluster) = self.cluster_mut() {
            cluster.asked.insert(id, Asked { of, by: None, api });
        }
    }

    pub(in crate::world) fn forget_asked(&mut self, id: RequestId) {
        if let Some(cluster) = self.cluster_mut() {
            cluster.asked.remove(&id);
        }
    }

    pub(in crate::world) fn peer_arrives(&mut self, flight: PeerFlight, recorder: &mut Recorder) {
        let (from, to) = (Actor::Broker(flight.from), Actor::Broker(flight.to));
        let message = flight.message();
        let is_request = matches!(flight.payload, PeerPayload::Request { .. });
        if self.is_cut_between(flight.from, flight.to) {
            recorder.record(to, flight.cause, Fact::Lost { from, message });
            return self.lost_between(flight);
        }
        let is_to_controller = self.is_controller(flight.to);
        let flight = if is_to_controller {
            let Some(flight) = self.obstruct_controller(flight, message, recorder) else { return };
            flight
        } else {
            flight
        };
        if !is_to_controller {
            let is_down = self.is_broker_down(flight.to);
            let is_late = !is_request && flight.incarnation != self.incarnation(flight.to);
            if is_down || is_late {
                let lost = recorder.record(to, flight.cause, Fact::Lost { from, message });
                if let PeerPayload::Request { call, .. } = flight.payload {
                    let back = (flight.from, flight.incarnation);
                    self.break_peer(back, flight.to, call, Some(lost), recorder);
                }
                return;
            }
            if self.is_broker_paused(flight.to) {
                if let Some(life) = self.life_mut(flight.to) {
                    life.held.push(flight);
                }
                return;
            }
            if self.is_ahead(&flight) {
                recorder.record(to, flight.cause, Fact::Lost { from, message });
                return;
            }
        }
        let arrived = recorder.record(to, flight.cause, Fact::Arrived { from, message });
        let at = flight.to;
        match flight.payload {
            PeerPayload::Request { call, request } => {
                let id = RequestId(self.next_request);
                self.next_request += 1;
                let asked =
                    Asked { of: at, by: Some((flight.from, flight.incarnation, call)), api: request.api() };
                if let Some(cluster) = self.cluster_mut() {
                    cluster.asked.insert(id, asked);
                }
                match &request {
                    Request::Controller(request) if is_to_controller => {
                        let input = ControllerInput::Request { from: id, request };
                        self.controller_decides(&input, arrived, recorder);
                    }
                    _ => {
                        let input = broker::Input::Request { from: id, request };
                        self.broker_decides(at, &input, arrived, recorder);
                    }
                }
            }
            PeerPayload::Response { call, response } => {
                let is_told = !self.is_controller(flight.from)
                    || self.is_for_broker(at, (flight.from, call, response.as_ref()), recorder);
                if !is_told {
                    return;
                }
                let response = response.map(Box::new);
                let input = broker::Input::Reply { from: flight.from, call, response };
                self.broker_decides(at, &input, arrived, recorder);
            }
            PeerPayload::Metadata(delta) => {
                if let Some(delta) = self.unread(at, delta) {
                    self.broker_decides(at, &broker::Input::Metadata(delta), arrived, recorder);
                }
            }
            PeerPayload::Leader { epoch } => self.controller_known(at, (flight.from, epoch), recorder),
        }
    }

    pub(in crate::world) fn wake_controller(&mut self, cause: Option<EntryId>, recorder: &mut Recorder) {
        if self.wake_quorum(cause, recorder) {
            return;
        }
        let Some(due) = self.controllers_timer() else { return };
        if due > self.now {
            return self.arm_controller(cause);
        }
        let timer = crate::trace::Timer::Controller;
        let active = self.active_controller().unwrap_or(CONTROLLER);
        let woke = recorder.record(Actor::Broker(active), cause, Fact::Woke(timer));
        self.controller_decides(&ControllerInput::Timer, woke, recorder);
    }

    pub(super) fn arm_controller(&mut self, cause: Option<EntryId>) {
        let due = self.controllers_timer().map(|due| due.max(self.now));
        self.queue.set_wake(Actor::Broker(CONTROLLER), due, cause);
    }

    pub(super) fn controller_decides(
        &mut self,
        input: &ControllerInput<'_>,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let (now, dice) = (self.now, self.dice);
        let active = self.active_controller().unwrap_or(CONTROLLER);
        let Some(cluster) = self.cluster_mut() else { return };
        let end = cluster.controller.end();
        let controller = Arc::make_mut(&mut cluster.controller);
        let outcome = controller.decide(now, input, &dice);
        for event in outcome.events {
            controller.apply(&event);
            recorder.record(Actor::Broker(active), Some(cause), Fact::Controller(Box::new(event)));
        }
        let is_longer = controller.end() != end;
        let because = recorder.last();
        for (request, response) in outcome.replies {
            let response = Response::Controller(Box::new(response));
            self.answer_peer(active, request, response, because, recorder);
        }
        if is_longer {
            let ids: Vec<BrokerId> = self.brokers.keys().copied().collect();
            for id in ids {
                if !self.is_broker_down(id) {
                    self.send_metadata(id, because, recorder);
                }
            }
        }
        self.arm_controller(because);
    }

    /// Sends a broker what of the controller's log was not sent to it yet.
    pub(super) fn send_metadata(&mut self, to: BrokerId, cause: Option<EntryId>, recorder: &mut Recorder) {
        let (depart, incarnation) = (self.now, self.incarnation(to));
        let Some(active) = self.active_controller() else { return };
        if self.is_cut_between(active, to) {
            // Like a broker that fetches the log and gets no answer: it goes on where it was.
            return;
        }
        let Some(cluster) = self.cluster_mut() else { return };
        let Some(life) = cluster.lives.get_mut(&to) else { return };
        let from = life.sent;
        let records: Vec<_> =
            cluster.controller.records_from(from).flat_map(|delta| delta.records.iter().cloned()).collect();
        if records.is_empty() {
            return;
        }
        let delta = MetadataDelta { base_offset: from, records: records.into() };
        life.sent = delta.end();
        let payload = PeerPayload::Metadata(delta);
        self.send_peer(PeerFlight { depart, from: active, to, incarnation, payload, cause }, recorder);
    }

    /// A broker goes on: what has waited for it arrives now.
    pub(in crate::world) fn release_peers(&mut self, id: BrokerId) {
        let held = self.life_mut(id).map(|life| std::mem::take(&mut life.held)).unwrap_or_default();
        // What arrives at this very moment has left behind it.
        let later = self.queue.take_peers(self.now, id);
        for flight in held.into_iter().chain(later) {
            self.queue.hand_over_peer(self.now, flight);
        }
        if self.quorum().is_some() {
            self.arm_controller(None);
        }
    }
}
