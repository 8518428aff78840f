//! One broker without a network: append, fetch and compaction, in batches of 16 KiB; and what a million records weigh.

use crate::runs::Line;
use millrace_broker::{Broker, Input, RequestId, Timer};
use millrace_model::config::broker::BrokerConfig;
use millrace_model::config::producer::Acks;
use millrace_model::config::topic::TopicConfig;
use millrace_model::protocol::{
    CreateTopicsRequest, FetchPartition, FetchRequest, IsolationLevel, NewTopic, ProduceRequest,
};
use millrace_model::{
    Batch, BrokerId, BrokerInfo, Bytes, Offset, Profile, Record, Request, Response, Span, Time, Timestamp,
    TopicPartition,
};
use millrace_sim::SeededDice;
use std::sync::Arc;

/// Records of 100 bytes in a batch of 16 KiB.
const BATCH: usize = 16_384 / 110;
/// Records of one run.
const RECORDS: usize = 1_000_000;
const DICE: SeededDice = SeededDice { seed: 1 };

/// Every figure.
pub fn all(clock: &dyn Fn() -> f64, memory: &dyn Fn() -> f64) -> Vec<Line> {
    let mut lines = appended_and_fetched(clock, memory);
    lines.push(compacted(clock));
    lines
}

struct Alone {
    broker: Broker,
    now: Time,
    next: u64,
}

impl Alone {
    fn new(config: TopicConfig) -> Alone {
        let info = BrokerInfo { id: BrokerId(1), host: "broker-1".into(), port: 9092, rack: None };
        let profile = Profile::default();
        let broker = Broker::new(info, BrokerConfig::defaults(profile), profile);
        let mut alone = Alone { broker, now: Time::ZERO, next: 0 };
        let topic = NewTopic { name: "orders".into(), partitions: Some(1), replication_factor: None, config };
        alone.ask(Request::CreateTopics(CreateTopicsRequest { topics: vec![topic] }));
        alone
    }

    fn ask(&mut self, request: Request) -> Option<Response> {
        let from = RequestId(self.next);
        self.next += 1;
        let outcome = self.broker.decide(self.now, &Input::Request { from, request }, &DICE);
        outcome.events.iter().for_each(|event| self.broker.apply(event));
        outcome.replies.into_iter().next().map(|(_, response)| response)
    }

    fn produce(&mut self, batch: &Arc<Batch>) {
        let data = vec![(TopicPartition::new("orders", 0), Arc::clone(batch))];
        self.ask(Request::Produce(ProduceRequest {
            acks: Acks::All,
            timeout: Span::from_secs(30),
            data,
            transaction: None,
        }));
    }
}

/// A value of its own for each record: 100 bytes.
fn record(key: Option<&str>, n: usize) -> Record {
    let value = format!("{n:0100}");
    Record::new(Timestamp(Time::EPOCH.0), key.map(str::as_bytes), Some(value.as_bytes()))
}

fn line(name: &'static str, count: usize, milliseconds: f64) -> Line {
    Line { name, value: count as f64 / (milliseconds / 1_000.0).max(1e-9), unit: "records/s" }
}

fn appended_and_fetched(clock: &dyn Fn() -> f64, memory: &dyn Fn() -> f64) -> Vec<Line> {
    let held = memory();
    let batches: Vec<Arc<Batch>> = (0..RECORDS / BATCH)
        .map(|at| Arc::new(Batch::new((0..BATCH).map(|n| record(None, at * BATCH + n)).collect())))
        .collect();
    let count = batches.len() * BATCH;
    let mut alone = Alone::new(TopicConfig::default());
    let before = clock();
    batches.iter().for_each(|batch| alone.produce(batch));
    let append = clock() - before;
    drop(batches);
    let weight = (memory() - held) / count as f64;
    let before = clock();
    let (mut next, mut read, mut sum) = (Offset(0), 0, 0_usize);
    loop {
        let fetch = FetchPartition {
            tp: TopicPartition::new("orders", 0),
            fetch_offset: next,
            current_leader_epoch: None,
            partition_max_bytes: 1 << 20,
        };
        let request = FetchRequest {
            max_wait: Span::ZERO,
            min_bytes: 1,
            max_bytes: 50 << 20,
            isolation_level: IsolationLevel::ReadUncommitted,
            rack_id: None,
            partitions: vec![fetch],
        };
        let Some(Response::Fetch(answer)) = alone.ask(Request::Fetch(request)) else { break };
        let batches = answer.partitions.into_iter().flat_map(|partition| partition.batches);
        let from = next;
        for stored in batches {
            next = stored.next_offset();
            for (_, record) in stored.records_from(from) {
                read += 1;
                sum += record.value.as_ref().map_or(0, |value: &Bytes| value.len());
            }
        }
        if next == from {
            break;
        }
    }
    let fetch = clock() - before;
    let is_whole = std::hint::black_box(sum) == count * 100;
    vec![
        line("broker append, 16 KiB", count, append),
        line("broker fetch", if is_whole { read } else { 0 }, fetch),
        Line { name: "a record of 100 bytes in a log", value: weight, unit: "bytes" },
    ]
}

/// 200,000 records under 1,000 keys, in segments of a megabyte, through the cleaner once.
fn compacted(clock: &dyn Fn() -> f64) -> Line {
    const KEYED: usize = 200_000;
    let mut config = TopicConfig::default();
    config.set("cleanup.policy", Some("compact"));
    config.set("segment.bytes", Some("1048576"));
    let mut alone = Alone::new(config);
    for at in 0..KEYED / BATCH {
        let of = |n: usize| record(Some(&format!("key-{}", n * 7_919 % 1_000)), n);
        alone.produce(&Arc::new(Batch::new((0..BATCH).map(|n| of(at * BATCH + n)).collect())));
    }
    let count = KEYED / BATCH * BATCH;
    let mut took = 0.0;
    for _ in 0..100 {
        let Some((due, timer)) = alone.broker.next_timer() else { break };
        alone.now = alone.now.max(due);
        let before = clock();
        let outcome = alone.broker.decide(alone.now, &Input::Timer(timer.clone()), &DICE);
        outcome.events.iter().for_each(|event| alone.broker.apply(event));
        took = clock() - before;
        if timer == Timer::LogCleanerDue {
            break;
        }
    }
    let left = alone.broker.log(&TopicPartition::new("orders", 0)).map_or(count, |log| log.records_held());
    // What was not compacted was not measured.
    line("compaction, 1,000 keys", if left < count / 2 { count } else { 0 }, took)
}
