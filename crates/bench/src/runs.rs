//! The runs, each a function of a clock that tells milliseconds.

use millrace_model::config::cluster::ClusterConfig;
use millrace_model::config::producer::ProducerConfig;
use millrace_model::{Profile, Span, Time, TopicPartition};
use millrace_sim::{AppConfig, ClusterCommand, Command, Setup, Skew, Timeline, Workload};
use std::fmt;
use std::sync::Arc;

/// One measured figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What was measured.
    pub name: &'static str,
    /// The figure.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Line { name, value, unit } = self;
        write!(f, "{name}\t{value:.3}\t{unit}")?;
        crate::kafka::figure(name).map_or(Ok(()), |kafka| write!(f, "\t{kafka}"))
    }
}

/// Runs everything; `clock` tells milliseconds, `memory` the bytes that the process holds.
pub fn all(clock: &dyn Fn() -> f64, memory: &dyn Fn() -> f64) -> Vec<Line> {
    // First, while little else has been asked of the allocator.
    let mut lines = crate::streams::tumbling_count(clock, memory);
    lines.extend(crate::broker::all(clock, memory));
    lines.extend(crate::records::all(clock));
    lines.extend(replicated(clock));
    lines.extend(throughput(clock));
    lines.extend(interactive(clock));
    lines.extend(far(clock, memory));
    lines.extend(crate::assignors::all(clock));
    lines
}

fn command(timeline: &mut Timeline, command: Command) {
    // A refused command would make the run measure nothing; the figures would say so at once (0 records).
    let _ = timeline.dispatch(command);
}

fn run_for(timeline: &mut Timeline, span: Span) {
    let target = timeline.world().now() + span;
    while timeline.halt().is_none() && timeline.run_until(target, 100_000) == 100_000 {}
}

/// A world with a topic, a group and a producer.
fn world(partitions: i32, instances: u32) -> Timeline {
    let mut timeline = Timeline::new(Setup::default());
    let profile = Profile::default();
    command(
        &mut timeline,
        Command::CreateTopic {
            topic: "orders".into(),
            partitions: Some(partitions),
            replication_factor: None,
            config: Default::default(),
        },
    );
    run_for(&mut timeline, Span::from_millis(100));
    let app = AppConfig::new("billing".into(), vec!["orders".into()], profile);
    command(&mut timeline, Command::StartApp { app: Box::new(app), instances });
    command(
        &mut timeline,
        Command::StartProducer {
            name: "checkout".into(),
            topic: "orders".into(),
            config: Box::new(ProducerConfig::defaults(profile)),
        },
    );
    run_for(&mut timeline, Span::from_secs(10));
    timeline
}

fn workload(rate: u32) -> Command {
    let keys: Vec<Arc<str>> = (0..1_000).map(|n| format!("customer-{n}").into()).collect();
    Command::SetWorkload {
        producer: "checkout".into(),
        workload: Some(Workload {
            rate,
            keys,
            skew: Skew::Even,
            value: "{\"amount\": ${1..60}}".into(),
            late_percent: 0,
            late_by: Span::ZERO,
            topic: None,
            is_per_record: false,
        }),
    }
}

fn committed(timeline: &Timeline, partitions: i32) -> u64 {
    let Some(broker) = timeline.world().brokers().next() else { return 0 };
    let of = |p| broker.committed("billing", &TopicPartition::new("orders", p));
    (0..partitions).filter_map(of).map(|c| u64::try_from(c.offset.0).unwrap_or(0)).sum()
}

/// Produce → append → fetch → process → commit at 500,000 records a second of virtual time.
fn throughput(clock: &dyn Fn() -> f64) -> Vec<Line> {
    const PARTITIONS: i32 = 6;
    let mut timeline = world(PARTITIONS, 2);
    command(&mut timeline, workload(500_000));
    let (before, steps) = (clock(), timeline.world().steps());
    run_for(&mut timeline, Span::from_secs(2));
    let seconds = ((clock() - before) / 1_000.0).max(1e-9);
    let records = committed(&timeline, PARTITIONS) as f64;
    let steps = (timeline.world().steps() - steps) as f64;
    vec![
        Line { name: "end to end, produce to commit", value: records / seconds, unit: "records/s" },
        Line { name: "end to end, records committed", value: records, unit: "records" },
        Line { name: "end to end, steps", value: steps / seconds, unit: "steps/s" },
    ]
}

/// Produce with acks=all to three replicas → fetch → commit, in batches of 16 KiB, at a million records of 100 bytes a second
/// of virtual time.
fn replicated(clock: &dyn Fn() -> f64) -> Vec<Line> {
    const PARTITIONS: i32 = 6;
    let mut timeline = Timeline::new(Setup::default());
    let profile = Profile::default();
    let start = ClusterCommand::Start {
        brokers: 3,
        controllers: 1,
        racks: Vec::new(),
        config: ClusterConfig::default(),
    };
    command(&mut timeline, Command::Cluster(Box::new(start)));
    run_for(&mut timeline, Span::from_secs(2));
    command(
        &mut timeline,
        Command::CreateTopic {
            topic: "orders".into(),
            partitions: Some(PARTITIONS),
            replication_factor: Some(3),
            config: Default::default(),
        },
    );
    run_for(&mut timeline, Span::from_secs(1));
    let app = AppConfig::new("billing".into(), vec!["orders".into()], profile);
    command(&mut timeline, Command::StartApp { app: Box::new(app), instances: 2 });
    let producer = Command::StartProducer {
        name: "checkout".into(),
        topic: "orders".into(),
        config: Box::new(ProducerConfig::defaults(profile)),
    };
    command(&mut timeline, producer);
    run_for(&mut timeline, Span::from_secs(10));
    let mut load = workload(1_000_000);
    if let Command::SetWorkload { workload: Some(workload), .. } = &mut load {
        workload.value = "0123456789".repeat(10).into();
        workload.keys.clear();
    }
    command(&mut timeline, load);
    let before = clock();
    run_for(&mut timeline, Span::from_secs(1));
    command(&mut timeline, Command::SetWorkload { producer: "checkout".into(), workload: None });
    // The network's latency bounds the pace on virtual time; the clock counts until the last record is read and committed.
    let mut read = 0;
    for _ in 0..60 {
        run_for(&mut timeline, Span::from_secs(1));
        let now = timeline.world().ledger("billing").map_or(0, |ledger| ledger.totals().done);
        if now == read {
            break;
        }
        read = now;
    }
    let seconds = ((clock() - before) / 1_000.0).max(1e-9);
    let read = read as f64;
    vec![
        Line { name: "acks=all, 3 replicas, to commit", value: read / seconds, unit: "records/s" },
        Line { name: "acks=all, 3 replicas, records read", value: read, unit: "records" },
    ]
}

/// A run as a learner makes it: 50 records a second, and going anywhere in its first 10,000 steps.
fn interactive(clock: &dyn Fn() -> f64) -> Vec<Line> {
    const STEPS: u64 = 10_000;
    let mut timeline = world(6, 2);
    command(&mut timeline, workload(50));
    let (before, steps) = (clock(), timeline.world().steps());
    while timeline.world().steps() < STEPS && timeline.halt().is_none() {
        timeline.step();
    }
    let seconds = ((clock() - before) / 1_000.0).max(1e-9);
    let made = (timeline.world().steps() - steps) as f64;
    let mut worst: f64 = 0.0;
    let mut total: f64 = 0.0;
    // Strides by a number that shares no factor with the count visit every part of the run in no useful order.
    const SEEKS: u64 = 200;
    for n in 0..SEEKS {
        let before = clock();
        timeline.seek_step(n * 7_919 % STEPS);
        let took = clock() - before;
        worst = worst.max(took);
        total += took;
    }
    let before = clock();
    for _ in 0..1_000 {
        std::hint::black_box(timeline.world().state_hash());
    }
    let hashing = clock() - before;
    timeline.seek(Time::ZERO);
    vec![
        Line { name: "as a learner runs it, steps", value: made / seconds, unit: "steps/s" },
        Line { name: "seek in 10,000 steps, mean", value: total / SEEKS as f64, unit: "ms" },
        Line { name: "seek in 10,000 steps, worst", value: worst, unit: "ms" },
        Line { name: "state hash", value: hashing, unit: "us" },
    ]
}

/// Going anywhere in a run of 100,000 steps: the first time, when none of its beginning was kept, and ever after. Also
/// what it costs to play so far: the longest that a slice of steps takes, as a frame makes them, and the memory.
fn far(clock: &dyn Fn() -> f64, memory: &dyn Fn() -> f64) -> Vec<Line> {
    const STEPS: u64 = 100_000;
    const SLICE: u64 = 64;
    let held = memory();
    let mut timeline = world(6, 2);
    command(&mut timeline, workload(50));
    let mut slowest: f64 = 0.0;
    while timeline.world().steps() < STEPS && timeline.halt().is_none() {
        let (before, until) = (clock(), timeline.world().steps() + SLICE);
        while timeline.world().steps() < until && timeline.step() {}
        slowest = slowest.max(clock() - before);
    }
    let steps = timeline.world().steps();
    let mut seek = |step: u64| {
        let before = clock();
        timeline.seek_step(step);
        clock() - before
    };
    // The last step of what nobody kept, as far from every checkpoint as can be.
    let first = seek(4_095);
    const SEEKS: u64 = 300;
    let took: Vec<f64> = (0..SEEKS).map(|n| seek(n * 77_773 % steps)).collect();
    let worst = took.iter().copied().fold(first, f64::max);
    vec![
        Line { name: "100,000 steps, longest 64 of them", value: slowest, unit: "ms" },
        Line { name: "seek in 100,000 steps, the first", value: first, unit: "ms" },
        Line {
            name: "seek in 100,000 steps, mean",
            value: took.iter().sum::<f64>() / SEEKS as f64,
            unit: "ms",
        },
        Line { name: "seek in 100,000 steps, worst", value: worst, unit: "ms" },
        Line { name: "100,000 steps, memory", value: (memory() - held) / 1_048_576.0, unit: "MiB" },
    ]
}
