//! The network: messages take their time, and answers find their way back.

use super::throttles::Connection;
use super::{Flight, Payload, ReturnAddress, World};
use crate::fault::Leg;
use crate::trace::{Actor, EntryId, Fact, Message, NodeId, Recorder};
use millrace_broker::RequestId;
use millrace_client::Outgoing;
use millrace_client::listener::Port;
use millrace_model::config::producer::Acks;
use millrace_model::{BrokerId, Request, Response};

impl World {
    /// Sends a client's request on its way.
    pub(super) fn send_request(
        &mut self,
        node: NodeId,
        port: Port,
        outgoing: Outgoing,
        cause: Option<EntryId>,
        recorder: &mut Recorder,
    ) {
        if self.keep_back(node, port, &outgoing, cause) {
            return;
        }
        if self.networks.is_some() && self.dial((node, port), &outgoing, cause, recorder) {
            return;
        }
        self.launch((node, port), outgoing, cause, recorder);
    }

    /// The request leaves for the broker that it names.
    pub(super) fn launch(
        &mut self,
        (node, port): (NodeId, Port),
        outgoing: Outgoing,
        cause: Option<EntryId>,
        recorder: &mut Recorder,
    ) {
        let message = Message::request(&outgoing.request);
        let disk = self.disk_delay_for(outgoing.to, &outgoing.request);
        let depart = self.now;
        let way = self.latency_of(node) + disk;
        let arrives = self.carry_request((node, outgoing.to), &outgoing.request, (depart, way));
        let is_lost = self.will_be_lost(node, Leg::Request, &message);
        let to = Actor::Broker(outgoing.to);
        let sent = recorder.record(Actor::Node(node), cause, Fact::Sent { to, arrives, message });
        let flight = Flight {
            depart,
            node,
            port,
            correlation: outgoing.correlation,
            broker: outgoing.to,
            payload: Payload::Request(outgoing.request),
            cause: Some(sent),
            is_lost,
        };
        self.queue.send(arrives, flight);
    }

    /// Sends a broker's answer back to whoever asked.
    pub(super) fn send_response(
        &mut self,
        broker: BrokerId,
        request: RequestId,
        mut response: Response,
        cause: Option<EntryId>,
        recorder: &mut Recorder,
    ) {
        let Some(back) = self.awaiting.remove(&request) else {
            if self.cluster.is_some() {
                self.answer_peer(broker, request, response, cause, recorder);
            }
            return;
        };
        if self.cluster.is_some() {
            self.forget_asked(request);
        }
        let throttle = self.count_response((broker, request), back.node, &mut response);
        if self.networks.is_some() {
            self.advertise((back.node, back.port), back.correlation, &mut response);
        }
        let message = Message::response(&response);
        let way = self.latency_of(back.node);
        let arrives = self.carry_response((back.node, broker), &response, way);
        let is_lost = self.will_be_lost(back.node, Leg::Response, &message);
        let to = Actor::Node(back.node);
        let sent = recorder.record(Actor::Broker(broker), cause, Fact::Sent { to, arrives, message });
        let flight = Flight {
            depart: self.now,
            node: back.node,
            port: back.port,
            correlation: back.correlation,
            broker,
            payload: Payload::Response(response),
            cause: Some(sent),
            is_lost,
        };
        self.queue.send(arrives, flight);
        if let Some(throttle) = throttle {
            let connection = Connection::of(back.node, back.port, broker, message.api);
            self.mute(connection, Some(sent), throttle, Some(sent), recorder);
        }
    }

    /// Gives a request that has arrived its number and remembers where the answer goes; acks=0 is never answered.
    pub(super) fn expect_answer(&mut self, flight: &Flight, request: &Request) -> RequestId {
        let id = RequestId(self.next_request);
        self.next_request += 1;
        if !matches!(request, Request::Produce(produce) if produce.acks == Acks::Zero) {
            let back =
                ReturnAddress { node: flight.node, port: flight.port, correlation: flight.correlation };
            self.awaiting.insert(id, back);
            if self.cluster.is_some() {
                self.remember_asked(id, flight.broker, request.api());
            }
        }
        id
    }
}
