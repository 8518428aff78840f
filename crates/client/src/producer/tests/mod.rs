//! A producer, a clock and a scripted broker; what happens is compared as whole lists of lines.

mod appending;
mod blocking;
mod failing;
mod idempotence;
mod leaving;
mod lost_brokers;
mod packing;
mod properties;
mod retrying;
mod transactions;
mod transactions_v2;

use super::*;
use crate::{Outgoing, Reply};
use millrace_model::config::producer::Acks;
use millrace_model::dice::FixedDice;
use millrace_model::protocol::{MetadataResponse, ProduceResponse, ProducedPartition};
use millrace_model::{
    BrokerInfo, ErrorCode, LeaderEpoch, Offset, Origin, PartitionInfo, Profile, Request, Response, Span,
    StableHasher, TopicInfo,
};

/// A producer on a bench: `now` moves only when a test says so.
pub(super) struct Rig {
    pub(super) producer: Producer,
    pub(super) now: Time,
    pub(super) dice: FixedDice,
    /// Requests that left and that the test has not answered.
    pub(super) sent: Vec<Outgoing>,
    origins: u32,
}

/// The defaults, but without sequence numbers: no id is asked for. `idempotence`, `transactions` and `retrying` have them.
pub(super) fn defaults() -> ProducerConfig {
    ProducerConfig { enable_idempotence: Some(false), ..ProducerConfig::defaults(Profile::V4) }
}

pub(super) fn millis(ms: u64) -> Time {
    Time::ZERO + Span::from_millis(ms)
}

/// A cluster in which partition i of each topic is led by the i-th of the leaders given.
pub(super) fn cluster(topics: &[(&str, &[Option<i32>])]) -> ClusterMetadata {
    let broker = |id| BrokerInfo { id: BrokerId(id), host: "b".into(), port: 9092, rack: None };
    let partition = |leader: &Option<i32>| PartitionInfo {
        leader: leader.map(BrokerId),
        leader_epoch: LeaderEpoch(0),
        replicas: vec![BrokerId(1)],
        isr: vec![BrokerId(1)],
        ..PartitionInfo::default()
    };
    let topic = |(name, leaders): &(&str, &[Option<i32>])| {
        let partitions = leaders.iter().map(partition).collect();
        (TopicName::from(*name), TopicInfo { partitions, internal: false })
    };
    ClusterMetadata { brokers: vec![broker(1), broker(2)], topics: topics.iter().map(topic).collect() }
}

/// A record to `orders`; `key` or `value` may be empty for null.
pub(super) fn record(key: &str, value: &str) -> ProducerRecord {
    let bytes = |text: &str| (!text.is_empty()).then(|| text.as_bytes().to_vec());
    ProducerRecord::new("orders", bytes(key).as_deref(), bytes(value).as_deref())
}

/// A keyless record whose size in a batch is exactly `size` bytes (at offset delta 0 to 63, at the same moment).
pub(super) fn sized(size: usize) -> ProducerRecord {
    (0..size)
        .map(|length| record("", &"x".repeat(length)))
        .find(|record| size::in_batch(size::payload(record), 0, 0) == size)
        .unwrap()
}

impl Rig {
    /// A producer that has never heard of any topic.
    pub(super) fn new(config: ProducerConfig) -> Rig {
        let producer = Producer::new(ClientId::from("p"), config, vec![BrokerId(1)]);
        Rig { producer, now: Time::ZERO, dice: FixedDice(0), sent: Vec::new(), origins: 0 }
    }

    /// A producer that knows these topics.
    pub(super) fn knowing(config: ProducerConfig, topics: &[(&str, &[Option<i32>])]) -> Rig {
        let mut rig = Rig::new(config);
        rig.producer.apply(&ProducerEvent::MetadataUpdated {
            at: Time::ZERO,
            correlation: Correlation(0),
            cluster: Arc::new(cluster(topics)),
            missing: vec![],
            next_not_before: Time::ZERO,
            roll: 0,
        });
        rig.producer.next_correlation = 1;
        rig
    }

    /// A producer that knows the topic `orders` with three partitions led by broker 1.
    pub(super) fn orders(config: ProducerConfig) -> Rig {
        Rig::knowing(config, &[("orders", &[Some(1); 3])])
    }

    /// One step; its events as lines.
    pub(super) fn step(&mut self, input: ProducerInput) -> Vec<String> {
        let before = StableHasher::of(&self.producer);
        let outcome = self.producer.decide(self.now, &input, &self.dice);
        assert_eq!(before, StableHasher::of(&self.producer));
        for event in &outcome.events {
            self.producer.apply(event);
        }
        self.sent.extend(outcome.requests);
        outcome.events.iter().map(describe).collect()
    }

    pub(super) fn send(&mut self, records: Vec<ProducerRecord>) -> Vec<String> {
        let number = |record: ProducerRecord| {
            self.origins += 1;
            ProducerRecord { origin: Origin(self.origins), ..record }
        };
        let records = records.into_iter().map(number).collect();
        self.step(ProducerInput::Send { records })
    }

    /// Runs every timer up to `until` and stops there.
    pub(super) fn run(&mut self, until: Time) -> Vec<String> {
        let mut lines = Vec::new();
        for _ in 0..10_000 {
            match self.producer.next_timer().filter(|(due, _)| *due <= until) {
                Some((due, timer)) => {
                    self.now = self.now.max(due);
                    lines.extend(self.step(ProducerInput::Timer(timer)));
                }
                None => {
                    self.now = until;
                    return lines;
                }
            }
        }
        panic!("timers without end: {:?}", self.producer.next_timer());
    }

    /// Runs what is due now.
    pub(super) fn due(&mut self) -> Vec<String> {
        self.run(self.now)
    }

    pub(super) fn answer(&mut self, correlation: u64, response: Response) -> Vec<String> {
        let index = self.sent.iter().position(|sent| sent.correlation.0 == correlation).unwrap();
        let from = self.sent.remove(index).to;
        self.step(ProducerInput::Reply(Reply { correlation: Correlation(correlation), from, response }))
    }

    /// Answers a Produce request with the same error for every batch; offsets begin at `base`.
    pub(super) fn produced(&mut self, correlation: u64, error: ErrorCode, base: i64) -> Vec<String> {
        let sent = self.sent.iter().find(|sent| sent.correlation.0 == correlation).unwrap();
        let Request::Produce(request) = &sent.request else { panic!("not a Produce request: {sent:?}") };
        let partition = |(tp, _): &(TopicPartition, Arc<millrace_model::Batch>)| ProducedPartition {
            tp: tp.clone(),
            error,
            base_offset: Offset(base),
            log_append_time: None,
            log_start_offset: Offset(0),
        };
        let partitions = request.data.iter().map(partition).collect();
        self.answer(correlation, Response::Produce(ProduceResponse { partitions }))
    }

    pub(super) fn metadata(
        &mut self,
        correlation: u64,
        topics: &[(&str, &[Option<i32>])],
        errors: &[(&str, ErrorCode)],
    ) -> Vec<String> {
        let errors = errors.iter().map(|(name, error)| (TopicName::from(*name), *error)).collect();
        let cluster = cluster(topics);
        self.answer(correlation, Response::Metadata(MetadataResponse { cluster, errors }))
    }

    /// The values of the records of the only request that left, by partition, and forgets it.
    pub(super) fn take_produce(&mut self) -> Vec<(String, Vec<String>)> {
        let sent = self.sent.pop().unwrap();
        let Request::Produce(request) = sent.request else { panic!("not a Produce request") };
        let text = |record: &millrace_model::Record| {
            let value = record.value.as_ref().map(|value| value.to_vec()).unwrap_or_default();
            String::from_utf8(value).unwrap()
        };
        let batch = |(tp, batch): (TopicPartition, Arc<millrace_model::Batch>)| {
            (tp.to_string(), batch.records.iter().map(text).collect())
        };
        request.data.into_iter().map(batch).collect()
    }
}

fn describe_id(event: &ProducerIdEvent) -> String {
    match event {
        ProducerIdEvent::Requested { correlation, to, .. } => format!("id? c{} from {to}", correlation.0),
        ProducerIdEvent::Received { id: (id, epoch), .. } => format!("id {id} epoch {epoch}"),
        ProducerIdEvent::RequestFailed { error, .. } => format!("no id: {}", error.name()),
        ProducerIdEvent::EpochBumpRequested { tp, .. } => format!("bump for {tp}"),
        ProducerIdEvent::SequenceUnresolved { tp, next, .. } => format!("unresolved {tp} before {next}"),
        ProducerIdEvent::SequencesResolved { tp, all_acked, .. } => format!("resolved {tp} {all_acked}"),
        ProducerIdEvent::EpochBumped { id, .. } => format!("epoch {:?}", id.map(|(_, epoch)| epoch.0)),
    }
}

/// One line for one event.
pub(super) fn describe(event: &ProducerEvent) -> String {
    let join = |parts: Vec<String>| parts.join(", ");
    match event {
        ProducerEvent::RecordsAppended { runs, .. } => {
            let run = |run: &AppendedRun| {
                let why = |appended: &Appended| match appended.reason {
                    PartitionReason::Keyed { hash } => format!("{}:key {hash}", appended.index),
                    PartitionReason::Crc32 { hash } => format!("{}:crc32 {hash}", appended.index),
                    PartitionReason::Sticky => format!("{}:sticky", appended.index),
                    PartitionReason::Explicit => format!("{}:explicit", appended.index),
                    PartitionReason::RoundRobin { turn } => format!("{}:turn {turn}", appended.index),
                    PartitionReason::Ruled { .. } => format!("{}:ruled", appended.index),
                };
                let new = if run.opened.is_some() { "new " } else { "" };
                let whys: Vec<String> = run.records.iter().map(why).collect();
                format!("{} {new}#{} {}B [{}]", run.tp, run.batch.0, run.batch_bytes, whys.join(" "))
            };
            format!("appended {}", join(runs.iter().map(run).collect()))
        }
        ProducerEvent::StickyPartitionSwitched { topic, from, to, bytes, .. } => match from {
            Some(from) => format!("sticky {topic} {from} -> {to} after {bytes}B"),
            None => format!("sticky {topic} -> {to}"),
        },
        ProducerEvent::SendBlocked { number, topic, reason, records, .. } => {
            format!("blocked w{} {topic} {} on {reason:?}", number.0, records.len())
        }
        ProducerEvent::SendUnblocked { number, records, waited, rest, .. } => match rest {
            None => format!("unblocked w{} {records} after {waited}", number.0),
            Some(rest) => format!("unblocked w{} {records} after {waited}, rest on {rest:?}", number.0),
        },
        ProducerEvent::BatchClosed { tp, batch, reason, records, bytes, waited } => {
            format!("closed {tp} #{} {reason:?} {records}r {bytes}B {waited}", batch.0)
        }
        ProducerEvent::RequestSent { correlation, to, batches, resume_at, .. } => {
            let batch = |b: &SentBatch| {
                let sequence = b.producer.map(|p| format!(" e{} s{}", p.epoch, p.base_sequence));
                let sequence = sequence.unwrap_or_default();
                format!("{} #{} {}r try {}{sequence}", b.tp, b.batch.0, b.records, b.attempt)
            };
            let resume = resume_at.as_ref().map(|tp| format!(" then {tp}")).unwrap_or_default();
            format!("sent c{} to {to}: {}{resume}", correlation.0, join(batches.iter().map(batch).collect()))
        }
        ProducerEvent::RequestEnded { correlation, how, took, .. } => {
            format!("ended c{} {how:?} {took}", correlation.0)
        }
        ProducerEvent::BatchAcknowledged { tp, number, base_offset, batch, .. } => {
            format!("acked {tp} #{} {}r at {base_offset}", number.0, batch.len())
        }
        ProducerEvent::BatchRetried { tp, number, error, attempt, backoff, .. } => {
            format!("retry {attempt} {tp} #{} {} in {backoff}", number.0, error.name())
        }
        ProducerEvent::BatchSplit { tp, number, into, .. } => {
            let part = |(number, batch): &(BatchNumber, _)| {
                let batch: &Arc<millrace_model::Batch> = batch;
                format!("#{} {}r", number.0, batch.len())
            };
            format!("split {tp} #{} into {}", number.0, join(into.iter().map(part).collect()))
        }
        ProducerEvent::RecordsFailed { origins, failure, .. } => {
            let origins: Vec<String> = origins.iter().map(|origin| origin.0.to_string()).collect();
            let class = failure.class.rsplit('.').next().unwrap();
            format!("failed [{}] {class}: {}", origins.join(" "), failure.message)
        }
        ProducerEvent::MetadataRefreshRequested { reason, .. } => format!("refresh {reason:?}"),
        ProducerEvent::MetadataRequested { correlation, to, topics, reason, .. } => {
            let topics: Vec<&str> = topics.iter().map(TopicName::as_str).collect();
            format!("metadata c{} from {to} [{}] {reason:?}", correlation.0, topics.join(" "))
        }
        ProducerEvent::MetadataUpdated { cluster, missing, .. } => {
            let topics: Vec<&str> = cluster.topics.keys().map(TopicName::as_str).collect();
            let missing: Vec<String> = missing.iter().map(|(name, why)| format!(" -{name} {why}")).collect();
            format!("metadata is [{}]{}", topics.join(" "), missing.join(""))
        }
        ProducerEvent::MetadataRequestFailed { correlation, .. } => {
            format!("metadata c{} failed", correlation.0)
        }
        ProducerEvent::BrokerDisconnected { broker, timed_out, .. } => {
            format!("disconnected {broker}{}", if *timed_out { " timeout" } else { "" })
        }
        ProducerEvent::ReplyIgnored { correlation, from, api } => {
            format!("ignored c{} {api} from {from}", correlation.0)
        }
        ProducerEvent::Throttled { broker, until, .. } => format!("throttled by {broker} until {until}"),
        ProducerEvent::FlushStarted { up_to, .. } => format!("flush up to {:?}", up_to.map(|n| n.0)),
        ProducerEvent::FlushCompleted { .. } => "flushed".into(),
        ProducerEvent::CloseStarted { .. } => "closing".into(),
        ProducerEvent::Closed { .. } => "closed".into(),
        ProducerEvent::ProducerId(event) => describe_id(event),
        ProducerEvent::Transaction(event) => transactions::describe(event),
    }
}
