//! Counts what the trace says, entry by entry, in its order. It looks at nothing else: going through the same trace twice
//! comes to the same.

use super::letters::Letters;
use super::logs::Logs;
use super::window::Meter;
use millrace_broker::{Event as BrokerEvent, GroupChange};
use millrace_client::Correlation;
use millrace_client::consumer::{ConsumerEvent, Purpose};
use millrace_client::listener::guard::GuardDeed;
use millrace_client::listener::{Fate, Handled, InstanceEvent, Port};
use millrace_client::producer::{BatchNumber, ProducerEvent, RequestEnd};
use millrace_model::{GroupId, Map, Pattern, Set, Span, Time, TopicName, TopicPartition};
use millrace_sim::node::streams::StreamsEvent;
use millrace_sim::{Actor, Branch, Command, Entry, EntryId, Fact, NodeId};
use std::sync::Arc;

/// A client, as exporters name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// `client.id`.
    pub name: Arc<str>,
    /// The group that it works for.
    pub group: Option<GroupId>,
    /// Whether it is there to produce.
    pub is_producer: bool,
}

/// What an application did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupMeters {
    topics: Vec<TopicName>,
    pattern: Option<Arc<Pattern>>,
    /// Whether it is one of our applications, or only a group that commits.
    pub is_app: bool,
    /// Side effects done; the measure is the end-to-end latency.
    pub done: Meter,
    /// Deliveries that threw.
    pub failed: Meter,
    /// Failed records that are to be tried again: published to a retry topic, or delivered again in place.
    pub retried: Meter,
    /// Failed records that became dead letters.
    pub dead: Meter,
    /// Failed records that were given up with a line in the log.
    pub skipped: Meter,
    /// Records that an idempotent consumer recognised.
    pub dropped: Meter,
    /// The next offset to read, by partition.
    pub committed: Map<TopicPartition, i64>,
}

/// What a client did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientMeters {
    /// Records that poll returned.
    pub consumed: Meter,
    /// Commits; the measure is how long the coordinator took to answer.
    pub commit: Meter,
    /// Records sent, each time they are sent.
    pub sent: Meter,
    /// Records that will be sent again.
    pub resent: Meter,
    /// Records that were given up.
    pub errors: Meter,
    /// Produce requests that were answered; the measure is how long that took.
    pub request: Meter,
    positions: Map<TopicPartition, (i64, i64)>,
    commits: Map<(Port, Correlation), Time>,
    batches: Map<BatchNumber, u64>,
}

impl ClientMeters {
    /// Kafka's `records-lag-max`: the largest distance of any position from the high watermark last told; none before a
    /// first fetch.
    pub fn records_lag_max(&self) -> Option<u64> {
        let lags = self.positions.values().map(|(end, position)| end.saturating_sub(*position));
        lags.max().map(|lag| u64::try_from(lag).unwrap_or(0))
    }
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fold {
    /// The clients by their numbers.
    pub who: Vec<Who>,
    /// The groups.
    pub groups: Map<GroupId, GroupMeters>,
    /// The clients.
    pub clients: Map<NodeId, ClientMeters>,
    /// Records that were appended, by topic; the measure is their bytes.
    pub topics: Map<TopicName, Meter>,
    /// The logs.
    pub logs: Logs,
    /// The dead letters.
    pub letters: Letters,
    suffixes: Vec<String>,
    internal: Set<TopicName>,
}

impl Fold {
    /// Counts an entry.
    pub fn look_at(&mut self, entry: &Entry, branch: &Branch) {
        let client = match entry.actor {
            Actor::Node(id) => Some(id),
            Actor::Learner | Actor::Broker(_) => None,
        };
        match &entry.fact {
            Fact::Commanded(command) => self.commanded(command),
            Fact::Broker(event) => self.broker(event, entry.at, branch),
            Fact::Instance(event) => {
                if let Some(id) = client {
                    self.instance(id, event, entry.at);
                }
            }
            Fact::Producer(event) | Fact::Streams(StreamsEvent::Producer(event)) => {
                if let Some(id) = client {
                    produced(self.clients.entry(id).or_default(), event, entry.at);
                }
            }
            Fact::Streams(StreamsEvent::Consumer(event)) => {
                if let Some(id) = client {
                    consumed(self.clients.entry(id).or_default(), Port::MAIN, event, entry.at);
                }
            }
            _ => {}
        }
    }

    /// Forgets what no window reaches any more.
    pub fn forget(&mut self, now: Time) {
        for group in self.groups.values_mut() {
            let meters = [
                &mut group.done,
                &mut group.failed,
                &mut group.retried,
                &mut group.dead,
                &mut group.skipped,
                &mut group.dropped,
            ];
            meters.into_iter().for_each(|meter| meter.forget(now));
        }
        for client in self.clients.values_mut() {
            let meters = [
                &mut client.consumed,
                &mut client.commit,
                &mut client.sent,
                &mut client.resent,
                &mut client.errors,
                &mut client.request,
            ];
            meters.into_iter().for_each(|meter| meter.forget(now));
        }
        self.topics.values_mut().for_each(|meter| meter.forget(now));
    }

    /// What a group reads: the topics of its application, else what it has committed.
    pub fn read_by(&self, group: &GroupMeters) -> Vec<TopicPartition> {
        if !group.is_app {
            return group.committed.keys().cloned().collect();
        }
        let is_read = |topic: &&TopicName| match &group.pattern {
            Some(pattern) => pattern.matches(topic.as_str()) && !self.internal.contains(*topic),
            None => group.topics.contains(topic),
        };
        self.logs.topics().filter(is_read).flat_map(|topic| self.logs.partitions(topic)).collect()
    }

    fn commanded(&mut self, command: &Command) {
        match command {
            Command::StartApp { app, .. } => {
                let group = self.groups.entry(app.group.clone()).or_default();
                group.is_app = true;
                group.topics = app.topics.clone();
                group.pattern = app.pattern.clone();
                let suffix = app.retry.retry_topics().map_or("-dlt", |retry| &retry.dlt_suffix).to_owned();
                if !self.suffixes.contains(&suffix) {
                    self.suffixes.push(suffix);
                }
            }
            Command::DeskWork(work) => self.letters.worked(work),
            _ => {}
        }
    }

    fn broker(&mut self, event: &BrokerEvent, at: Time, branch: &Branch) {
        match event {
            BrokerEvent::TopicCreated { topic, partitions, internal, .. } => {
                self.logs.topic(topic, *partitions);
                if *internal || crate::is_internal(topic.as_str()) {
                    self.internal.insert(topic.clone());
                }
            }
            BrokerEvent::PartitionsAdded { topic, to, .. } => self.logs.topic(topic, *to),
            BrokerEvent::TopicDeleted { topic, .. } => self.logs.gone(topic),
            BrokerEvent::BatchAppended { tp, stored } => {
                for (offset, record) in stored.records_from(stored.base_offset) {
                    let sent = branch.entry(EntryId(record.origin.0)).map_or(at, |entry| entry.at);
                    self.logs.appended(tp, offset, sent.min(at), at);
                }
                let meter = self.topics.entry(tp.topic.clone()).or_default();
                // Bytes belong to the batch: they are counted with its first record.
                meter.add(at, stored.batch.size_in_bytes as u64, 1);
                meter.tick(at, (stored.batch.len() as u64).saturating_sub(1));
                self.letters.appended(tp, stored, &self.suffixes);
            }
            BrokerEvent::Group { group, change: GroupChange::OffsetCommitted { offsets, .. }, .. } => {
                let group = self.groups.entry(group.clone()).or_default();
                for (tp, committed) in offsets {
                    group.committed.insert(tp.clone(), committed.offset.0);
                }
            }
            BrokerEvent::Group { group, change: GroupChange::OffsetsRemoved { partitions, .. }, .. } => {
                if let Some(group) = self.groups.get_mut(group) {
                    group.committed.retain(|tp, _| !partitions.contains(tp));
                }
            }
            _ => {}
        }
    }

    fn instance(&mut self, id: NodeId, event: &InstanceEvent, at: Time) {
        let client = self.clients.entry(id).or_default();
        match event {
            InstanceEvent::Consumer { port, event } => return consumed(client, *port, event, at),
            InstanceEvent::Producer(event) => return produced(client, event, at),
            _ => {}
        }
        let Some(group) = self.who.get(id.0 as usize).and_then(|who| who.group.clone()) else { return };
        let group = self.groups.entry(group).or_default();
        match event {
            InstanceEvent::Handled(handled) => deeds(group, &self.logs, handled),
            InstanceEvent::Published { failure, .. } => match failure.fate {
                Fate::DeadLetter { .. } => group.dead.tick(at, 1),
                Fate::Retry { .. } | Fate::Skip | Fate::Redeliver { .. } => group.retried.tick(at, 1),
            },
            InstanceEvent::RedeliveryScheduled { .. } => group.retried.tick(at, 1),
            InstanceEvent::Skipped { .. } => group.skipped.tick(at, 1),
            InstanceEvent::Guarded { guarded, .. } if guarded.deed == GuardDeed::Dropped => {
                group.dropped.tick(at, 1);
            }
            _ => {}
        }
    }
}

/// The end-to-end latency of what was done: from the call of `send` to the listener method's return.
fn deeds(group: &mut GroupMeters, logs: &Logs, handled: &Handled) {
    let at = handled.at;
    if handled.port == Port::MAIN {
        for range in &handled.ranges {
            for (sent, times) in logs.sendings(&range.tp, range.from, range.to) {
                group.done.add(at, at.since(sent).0, times);
            }
        }
    }
    for record in &handled.retried {
        let (tp, offset) = &record.original;
        let sent = logs.sent(tp, *offset).unwrap_or(at);
        group.done.add(at, at.since(sent).0, 1);
    }
    if handled.failure.is_some() {
        group.failed.tick(at, 1);
    }
}

fn consumed(client: &mut ClientMeters, port: Port, event: &ConsumerEvent, at: Time) {
    match event {
        ConsumerEvent::PollReturned { polled, .. } => {
            client.consumed.tick(at, polled.count as u64);
            for part in &polled.records {
                if let Some((_, position)) = client.positions.get_mut(&part.tp) {
                    *position = part.to.0;
                }
            }
        }
        ConsumerEvent::Fetched { tp, from, high_watermark, .. } => {
            client.positions.insert(tp.clone(), (high_watermark.0, from.0));
        }
        ConsumerEvent::PartitionsRevoked { partitions, .. }
        | ConsumerEvent::PartitionsLost { partitions, .. } => {
            client.positions.retain(|tp, _| !partitions.contains(tp));
        }
        ConsumerEvent::Requested { correlation, purpose: Purpose::OffsetCommit { .. }, at, .. } => {
            client.commits.insert((port, *correlation), *at);
        }
        ConsumerEvent::Answered { correlation, at } => {
            if let Some(sent) = client.commits.remove(&(port, *correlation)) {
                client.commit.add(*at, at.since(sent).0, 1);
            }
        }
        ConsumerEvent::Disconnected { correlation, .. } => {
            client.commits.remove(&(port, *correlation));
        }
        _ => {}
    }
}

fn produced(client: &mut ClientMeters, event: &ProducerEvent, now: Time) {
    match event {
        ProducerEvent::RequestSent { batches, .. } => {
            for batch in batches {
                client.sent.tick(now, batch.records as u64);
                client.batches.insert(batch.batch, batch.records as u64);
            }
        }
        ProducerEvent::RequestEnded { how: RequestEnd::Answered, took, .. } => {
            client.request.add(now, took.0, 1)
        }
        ProducerEvent::BatchAcknowledged { number, .. } | ProducerEvent::BatchSplit { number, .. } => {
            client.batches.remove(number);
        }
        ProducerEvent::BatchRetried { number, .. } => {
            client.resent.tick(now, client.batches.get(number).copied().unwrap_or(0));
        }
        ProducerEvent::RecordsFailed { origins, .. } => client.errors.tick(now, origins.len() as u64),
        _ => {}
    }
}

impl Fold {
    /// `kafka_consumergroup_lag` of each partition that a group reads; what was never committed counts from the start.
    pub fn lags(&self, group: &GroupMeters) -> Vec<(TopicPartition, u64)> {
        let lag = |tp: TopicPartition| {
            let committed = group.committed.get(&tp).copied().unwrap_or(0);
            let lag = u64::try_from(self.logs.end(&tp).saturating_sub(committed)).unwrap_or(0);
            (tp, lag)
        };
        self.read_by(group).into_iter().map(lag).collect()
    }

    /// How long the oldest record that is not committed has been in its log, over all partitions.
    pub fn lag_time(&self, group: &GroupMeters, now: Time) -> Span {
        let waited = |tp: TopicPartition| {
            let committed = group.committed.get(&tp).copied().unwrap_or(0);
            self.logs.appended_at(&tp, committed).map(|appended| now.since(appended))
        };
        self.read_by(group).into_iter().filter_map(waited).max().unwrap_or(Span::ZERO)
    }
}
