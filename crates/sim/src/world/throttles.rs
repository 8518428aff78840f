//! Quotas at work: whose connection is not read from, and what a client makes of it (`ClientQuotaManager.throttle`, KIP-219).
//!
//! The broker's side counts when it answers. The answer leaves at once, its connection is muted for as long as it says, and the
//! client sends nothing on it once it has the answer: a producer's batches wait in its buffer, every other client's next
//! request waits before it leaves.

use super::World;
use super::load::response_bytes;
use super::outside::{Due, Job};
use crate::node::producer::ProducerCommand;
use crate::node::{Activity, Kind, NodeInput};
use crate::trace::{Actor, EntryId, Fact, NodeId, Recorder};
use millrace_broker::quota::{self, ClientQuotas, QuotaKind};
use millrace_broker::{Broker, RequestId};
use millrace_client::Outgoing;
use millrace_client::listener::Port;
use millrace_model::{BrokerId, Map, Request, Response, Span, Time};
use std::sync::Arc;

/// One connection: a client's to a broker. What goes to a group's coordinator has one of its own, as in Kafka's consumer, so that
/// heartbeats do not wait for what a fetch has cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Connection {
    pub node: NodeId,
    pub port: Port,
    pub broker: BrokerId,
    is_coordinators: bool,
}

impl Connection {
    /// The connection on which requests of that API go.
    pub fn of(node: NodeId, port: Port, broker: BrokerId, api: &str) -> Connection {
        let is_coordinators = matches!(
            api,
            "JoinGroup"
                | "SyncGroup"
                | "Heartbeat"
                | "LeaveGroup"
                | "OffsetCommit"
                | "OffsetFetch"
                | "ConsumerGroupHeartbeat"
        );
        Connection { node, port, broker, is_coordinators }
    }
}

/// What a request has cost so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Cost {
    of: BrokerId,
    bytes: u64,
    thread: Span,
}

/// See the module. There is one as soon as a quota was ever set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Throttles {
    counted: Map<BrokerId, ClientQuotas>,
    costs: Map<RequestId, Cost>,
    /// Until when a broker does not read.
    muted: Map<Connection, Time>,
    /// Until when a client that is no producer sends nothing.
    quiet: Map<Connection, Time>,
    /// What answers on their way say, by the entry of their departure.
    told: Map<EntryId, Span>,
    /// How long each client was told to wait, in all.
    waited: Map<Arc<str>, Span>,
}

impl World {
    /// How long a client was told to wait in all (`throttle_time_ms`), by its `client.id`.
    pub fn throttled(&self, client: &str) -> Span {
        let waited = self.throttles.as_ref().and_then(|throttles| throttles.waited.get(client));
        waited.copied().unwrap_or(Span::ZERO)
    }

    /// Until when a client sends nothing to a broker, or is not read from by it; none if it may.
    pub fn muted_until(&self, node: NodeId) -> Option<Time> {
        let throttles = self.throttles.as_ref()?;
        let all = throttles.muted.iter().chain(&throttles.quiet);
        all.filter(|(of, until)| of.node == node && **until > self.now).map(|(_, until)| *until).max()
    }

    /// `client.id`: a producer's name, `GROUP-INSTANCE`, a streams application's name; the administrator has no quota.
    pub fn client_id(&self, id: NodeId) -> Option<Arc<str>> {
        let node = self.node(id)?;
        match &node.kind {
            Kind::Admin => None,
            Kind::Producer(_) | Kind::Streams(_) => Some(node.name.clone()),
            Kind::Instance { group, .. } => Some(format!("{group}-{}", node.name).into()),
        }
    }

    /// Keeps a request back that may not leave yet: true if it is kept.
    pub(super) fn keep_back(
        &mut self,
        node: NodeId,
        port: Port,
        outgoing: &Outgoing,
        cause: Option<EntryId>,
    ) -> bool {
        let Some(throttles) = &self.throttles else { return false };
        let connection = Connection::of(node, port, outgoing.to, outgoing.request.api());
        let Some(until) = throttles.quiet.get(&connection).copied().filter(|until| *until > self.now) else {
            return false;
        };
        let Outgoing { correlation, to, request } = outgoing.clone();
        let job = Job::Send(node, port, correlation, to, Box::new(request));
        self.schedule(Due { at: until, cause: cause.unwrap_or_default(), job });
        true
    }

    /// Sends what was kept back, if its client is still there.
    pub(super) fn send_kept(
        &mut self,
        job: (NodeId, Port, Outgoing),
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let (node, port, outgoing) = job;
        if self.node(node).is_some_and(|node| node.activity() != Activity::Gone) {
            self.send_request(node, port, outgoing, Some(cause), recorder);
        }
    }

    /// Until when a broker does not read a request that has arrived.
    pub(super) fn muted(&self, connection: Connection) -> Option<Time> {
        let until = self.throttles.as_ref()?.muted.get(&connection)?;
        (*until > self.now).then_some(*until)
    }

    /// A broker begins to work on a request: what it costs, and what of it is cut short.
    pub(super) fn count_request(
        &mut self,
        (broker, node): (BrokerId, NodeId),
        id: RequestId,
        request: &mut Request,
    ) {
        let Some(configs) = self.broker(broker).map(Broker::configs).filter(|configs| quota::any(configs))
        else {
            return;
        };
        let bytes = match &*request {
            Request::Produce(produce) => {
                produce.data.iter().map(|(_, batch)| batch.size_in_bytes as u64).sum()
            }
            _ => 0,
        };
        if let (Request::Fetch(fetch), Some(client)) = (&mut *request, self.client_id(node))
            && let Some(most) = ClientQuotas::most_at_once(configs, &client)
        {
            fetch.max_bytes = fetch.max_bytes.min(most);
            fetch.min_bytes = fetch.min_bytes.min(fetch.max_bytes);
        }
        let thread = self.thread_time(broker, request);
        let throttles = Arc::make_mut(self.throttles.get_or_insert_default());
        throttles.costs.insert(id, Cost { of: broker, bytes, thread });
    }

    /// Counts an answer that is about to leave; how long its client has to be quiet, and by which quota. What is above
    /// `consumer_byte_rate` is answered with nothing.
    pub(super) fn count_response(
        &mut self,
        (broker, request): (BrokerId, RequestId),
        node: NodeId,
        response: &mut Response,
    ) -> Option<(Span, QuotaKind)> {
        let cost = Arc::make_mut(self.throttles.as_mut()?).costs.remove(&request)?;
        let client = self.client_id(node)?;
        let configs = self.brokers.get(&broker)?.configs();
        let now = self.now;
        let counted = Arc::make_mut(self.throttles.as_mut()?).counted.entry(broker).or_default();
        let by_time = counted.record(configs, (QuotaKind::Request, &client), cost.thread.0, now);
        let (kind, bytes) = match response {
            Response::Produce(_) => (QuotaKind::Produce, cost.bytes),
            Response::Fetch(_) => (QuotaKind::Fetch, response_bytes(response)),
            _ => (QuotaKind::Request, 0),
        };
        let by_bytes =
            if kind == QuotaKind::Request { 0 } else { counted.record(configs, (kind, &client), bytes, now) };
        let (throttle, kind) =
            if by_bytes > by_time { (by_bytes, kind) } else { (by_time, QuotaKind::Request) };
        if throttle <= 0 {
            return None;
        }
        if let Response::Fetch(fetch) = response {
            counted.unrecord((QuotaKind::Fetch, &client), bytes, now);
            fetch.partitions.iter_mut().for_each(|partition| partition.batches.clear());
        }
        Some((Span::from_millis(u64::try_from(throttle).unwrap_or(0)), kind))
    }

    /// The answer has left: its connection is muted, and the client will hear of it.
    pub(super) fn mute(
        &mut self,
        connection: Connection,
        sent: Option<EntryId>,
        (by, kind): (Span, QuotaKind),
        cause: Option<EntryId>,
        recorder: &mut Recorder,
    ) {
        let Connection { node, broker, .. } = connection;
        let Some(client) = self.client_id(node) else { return };
        let is_told = sent.is_some() && self.is_producer(node);
        let until = self.now + by;
        let throttles = Arc::make_mut(self.throttles.get_or_insert_default());
        throttles.muted.insert(connection, until);
        let waited = throttles.waited.entry(client.clone()).or_insert(Span::ZERO);
        *waited = *waited + by;
        if let Some(sent) = sent {
            throttles.told.insert(sent, by);
        }
        let fact = Fact::Throttled { client, by, quota: kind.key(), is_told };
        recorder.record(Actor::Broker(broker), cause, fact);
    }

    /// Counts a Produce request that is not answered (`acks=0`).
    pub(super) fn count_unanswered(
        &mut self,
        connection: Connection,
        id: RequestId,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let Connection { node, broker, .. } = connection;
        let mut none =
            Response::Produce(millrace_model::protocol::ProduceResponse { partitions: Vec::new() });
        if let Some(throttle) = self.count_response((broker, id), node, &mut none) {
            self.mute(connection, None, throttle, Some(cause), recorder);
        }
    }

    /// An answer has come in: what it says of waiting. A producer is told; for others it is kept.
    pub(super) fn take_throttle(
        &mut self,
        connection: Connection,
        sent: Option<EntryId>,
    ) -> Option<NodeInput> {
        let Connection { node, broker, .. } = connection;
        let (now, is_producer) = (self.now, self.is_producer(node));
        let throttles = self.throttles.as_mut().map(Arc::make_mut)?;
        let until = now + throttles.told.remove(&sent?)?;
        if is_producer {
            return Some(NodeInput::Producer(ProducerCommand::Throttled { broker, until }));
        }
        throttles.quiet.insert(connection, until);
        None
    }

    fn is_producer(&self, node: NodeId) -> bool {
        self.node(node).is_some_and(|node| matches!(node.kind, Kind::Producer(_)))
    }

    /// A broker's process has ended: it forgets what it has counted, and its connections are new.
    pub(super) fn forget_throttles(&mut self, broker: BrokerId) {
        if let Some(throttles) = self.throttles.as_mut().map(Arc::make_mut) {
            throttles.counted.remove(&broker);
            throttles.costs.retain(|_, cost| cost.of != broker);
            throttles.muted.retain(|of, _| of.broker != broker);
            throttles.quiet.retain(|of, _| of.broker != broker);
        }
    }
}
