//! One step: one arrival or one wakeup, everything it decides, and the timers it leaves behind.

use super::World;
use super::admin::ADMIN;
use super::queue::{Flight, Payload, Pending};
use crate::node::{Activity, NodeInput, Requests};
use crate::trace::{Actor, EntryId, Fact, Lifecycle, Message, NodeId, Recorder, Timer};
use millrace_broker as broker;
use millrace_client::Reply;
use millrace_model::{BrokerId, Origin};
use std::sync::Arc;

impl World {
    /// Lets the next thing happen. False if there is nothing, or the world has halted.
    pub fn step(&mut self, recorder: &mut Recorder) -> bool {
        if self.halt.is_some() {
            return false;
        }
        let Some((time, pending)) = self.queue.pop() else { return false };
        if time > self.now {
            self.now = time;
            self.steps_at_now = 0;
        }
        self.count_step();
        match pending {
            Pending::Flight(flight) => self.arrive(flight, recorder),
            Pending::Peer(flight) => self.peer_arrives(*flight, recorder),
            Pending::Wake { actor: Actor::Broker(id), cause } => self.wake_broker(id, cause, recorder),
            Pending::Wake { actor: Actor::Node(id), cause } => self.wake_node(id, cause, recorder),
            Pending::Wake { actor: Actor::Learner, .. } => self.wake_outside(recorder),
        }
        true
    }

    fn arrive(&mut self, flight: Flight, recorder: &mut Recorder) {
        let Some(flight) = self.obstruct(flight, recorder) else { return };
        let node = Actor::Node(flight.node);
        match &flight.payload {
            Payload::Request(_) if self.is_broker_down(flight.broker) => {
                self.refuse(&flight, flight.cause, recorder);
            }
            Payload::Request(request) => {
                if let Some(until) = self.muted(flight.connection_of(request.api())) {
                    self.queue.hand_over(until, flight);
                    return;
                }
                let message = Message::request(request);
                let to = Actor::Broker(flight.broker);
                let arrived = recorder.record(to, flight.cause, Fact::Arrived { from: node, message });
                let from = self.expect_answer(&flight, request);
                let mut request = request.clone();
                self.count_request((flight.broker, flight.node), from, &mut request);
                let is_answered = self.awaiting.contains_key(&from);
                self.broker_decides(
                    flight.broker,
                    &broker::Input::Request { from, request },
                    arrived,
                    recorder,
                );
                if !is_answered {
                    let connection = flight.connection_of("Produce");
                    self.count_unanswered(connection, from, arrived, recorder);
                }
            }
            Payload::Response(response) => {
                let message = Message::response(response);
                let from = Actor::Broker(flight.broker);
                let activity = self.node(flight.node).map_or(Activity::Gone, |n| n.activity());
                match activity {
                    Activity::Gone => {
                        recorder.record(node, flight.cause, Fact::Lost { from, message });
                    }
                    Activity::Frozen => {
                        // The socket keeps it until the process goes on.
                        if let Some(node) = self.node_mut(flight.node) {
                            node.hold(flight);
                        }
                    }
                    Activity::Running => {
                        let arrived = recorder.record(node, flight.cause, Fact::Arrived { from, message });
                        let connection = flight.connection_of(response.api());
                        let throttled = self.take_throttle(connection, flight.cause);
                        let asked = match self.networks {
                            Some(_) => self.take_addresses(&flight, arrived, recorder),
                            None => Some(flight.broker),
                        };
                        let (Flight { node, port, correlation, payload, .. }, Some(broker)) = (flight, asked)
                        else {
                            return;
                        };
                        let Payload::Response(response) = payload else { return };
                        let reply = Reply { correlation, from: broker, response };
                        if node == ADMIN {
                            self.admin_answered(&reply, arrived, recorder);
                        } else {
                            self.node_decides(node, NodeInput::Reply { port, reply }, arrived, recorder);
                        }
                        if let Some(throttled) = throttled {
                            self.node_decides(node, throttled, arrived, recorder);
                        }
                    }
                }
            }
        }
    }

    fn wake_broker(&mut self, id: BrokerId, cause: Option<EntryId>, recorder: &mut Recorder) {
        let Some((due, timer)) = self.broker(id).and_then(broker::Broker::next_timer) else {
            if id == broker::CONTROLLER {
                self.wake_controller(cause, recorder);
            }
            return;
        };
        if due > self.now {
            self.arm_broker(id, cause);
            return;
        }
        let woke = recorder.record(Actor::Broker(id), cause, Fact::Woke(Timer::Broker(timer.clone())));
        self.broker_decides(id, &broker::Input::Timer(timer), woke, recorder);
    }

    fn wake_node(&mut self, id: NodeId, cause: Option<EntryId>, recorder: &mut Recorder) {
        let Some(node) = self.node(id) else { return };
        if node.activity() != Activity::Running {
            return;
        }
        let Some((due, timer)) = node.next_timer() else { return };
        if due > self.now {
            self.arm_node(id, cause);
            return;
        }
        let woke = recorder.record(Actor::Node(id), cause, Fact::Woke(timer.clone()));
        self.node_decides(id, NodeInput::Timer(timer), woke, recorder);
    }

    pub(super) fn broker_decides(
        &mut self,
        id: BrokerId,
        input: &broker::Input,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let (now, dice) = (self.now, self.dice);
        let Some(broker) = self.brokers.get_mut(&id).map(Arc::make_mut) else { return };
        let outcome = broker.decide(now, input, &dice);
        for event in outcome.events {
            broker.apply(&event);
            recorder.record(Actor::Broker(id), Some(cause), Fact::Broker(event));
        }
        let because = recorder.last();
        for (request, response) in outcome.replies {
            self.send_response(id, request, response, because, recorder);
        }
        if self.cluster.is_some() {
            self.send_sent(id, outcome.sends, because, recorder);
            self.after_broker_step(id, because, recorder);
        }
        self.arm_broker(id, because);
    }

    /// Hands a client its input, keeps what it says, sends what it sends, and sets its next timer.
    pub(super) fn node_decides(
        &mut self,
        id: NodeId,
        input: NodeInput,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        if self.is_watched(id) {
            return self.watched_decides(id, input, cause, recorder);
        }
        let (now, dice, ledgers) = (self.now, self.dice, &mut self.ledgers);
        let Some(node) = self.nodes.get_mut(id.0 as usize).map(Arc::make_mut) else { return };
        let mut ledger = node.group().and_then(|group| ledgers.get_mut(group));
        let name = node.name.clone();
        let requests = node.handle(now, input, Origin(cause.0), &dice, |fact| {
            if let (Some(ledger), Fact::Instance(event)) = (&mut ledger, &fact) {
                Arc::make_mut(ledger).apply(&name, now, event);
            }
            recorder.record(Actor::Node(id), Some(cause), fact);
        });
        self.after_decision(id, requests, cause, recorder);
    }

    /// What a client has decided leaves it.
    pub(super) fn after_decision(
        &mut self,
        id: NodeId,
        requests: Requests,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let Some(node) = self.nodes.get_mut(id.0 as usize) else { return };
        if node.has_finished() {
            Arc::make_mut(node).set_lifecycle(Lifecycle::Stopped);
            recorder.record(Actor::Node(id), Some(cause), Fact::Lifecycle(Lifecycle::Stopped));
        }
        let because = recorder.last();
        for (port, outgoing) in requests {
            self.send_request(id, port, outgoing, because, recorder);
        }
        self.arm_node(id, because);
    }

    pub(super) fn arm_broker(&mut self, id: BrokerId, cause: Option<EntryId>) {
        let broker = self.broker(id).filter(|_| !self.is_broker_paused(id));
        let due = broker.and_then(broker::Broker::next_timer).map(|(due, _)| due.max(self.now));
        self.queue.set_wake(Actor::Broker(id), due, cause);
    }

    pub(super) fn arm_node(&mut self, id: NodeId, cause: Option<EntryId>) {
        let due = self
            .node(id)
            .filter(|node| node.activity() == Activity::Running)
            .and_then(|node| node.next_timer())
            .map(|(due, _)| due.max(self.now));
        self.queue.set_wake(Actor::Node(id), due, cause);
    }
}
