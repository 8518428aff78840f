//! What changelogs are good for: folded they are the store, and a task that comes back from them goes on as if nothing
//! had happened, but for what it does twice (at_least_once). And: in how many tasks the input is cut does not matter as
//! long as nothing is late.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test may.

use millrace_model::{Map, Offset, Partition, Record, Timestamp, TopicName};
use millrace_streams::language::Pipeline;
use millrace_streams::topology::StreamsConfig;
use millrace_streams::{Input, Key, OutputKind, StoreId, Task, TaskId, TaskOutcome, Topology};
use proptest::prelude::*;
use std::sync::Arc;

/// Pipelines with every kind of store that the pipe language makes in a task that reads the users' topics.
const PIPELINES: &[&str] = &[
    "stream a | group by key | count | to out",
    "stream a | group by key | window tumbling 10s grace 5s | count | to out",
    "stream a | group by key | window hopping 10s every 5s | sum value.n | to out",
    "stream a | group by key | window sliding 4s grace 2s | count | to out",
    "stream a | group by key | window session 3s grace 1s | count | to out",
    "stream a | group by key | window tumbling 10s grace 5s | count | suppress until window closes | to out",
    "stream a | group by key | window session 3s | count | suppress until window closes | to out",
    "stream a | group by key | count | suppress until time limit 4s max records 3 | to out",
    "stream a | group by key | reduce {n: aggregate.n + value.n} | to out",
    "stream a | flat map values [value, value] | group by key | window tumbling 10s grace 5s | reduce {n: value.n - aggregate.n} | to out",
    "stream a | group by key | window hopping 10s every 5s | aggregate {n: 0} with {n: aggregate.n + 1, last: value} store ns | to out",
    "stream a | group by key | window session 3s grace 1s | aggregate {n: 0} with {n: aggregate.n + 1} merge {n: aggregate.n + value.n} | to out",
    "stream a | as table store rows | filter table value.n > 2 store big | to out",
    "stream a | outer join stream b within 5s grace 1s | to out",
    "stream a | left join table b | to out",
    "table a | outer join table b | to out",
];

fn topology(pipeline: &str, caching: bool) -> Arc<Topology> {
    let config = StreamsConfig { caching, ..StreamsConfig::default() };
    let pipeline = Pipeline::parse(pipeline).unwrap();
    Arc::new(pipeline.topology_with("app", config).unwrap())
}

const TASK: TaskId = TaskId { subtopology: 0, partition: Partition(0) };

/// One record: topic `a` or `b`, a key, a value (none in six), seconds.
type Sent = (bool, u8, Option<u8>, i64);

fn sent() -> impl Strategy<Value = Sent> {
    (any::<bool>(), 0_u8..4, prop_oneof![1 => Just(None), 5 => (0_u8..9).prop_map(Some)], 0_i64..60)
}

fn record(sent: &Sent) -> (TopicName, Record) {
    let topic = if sent.0 { "a" } else { "b" };
    let value = sent.2.map(|n| format!("{{\"n\": {n}}}").into_bytes());
    let key = [b'k', b'0' + sent.1];
    (topic.into(), Record::new(Timestamp(sent.3 * 1_000), Some(&key), value.as_deref()))
}

/// A task, what it wrote into changelogs, and what it sent.
struct Run {
    task: Task,
    changes: Vec<(StoreId, Record)>,
    results: Vec<(Key, String)>,
    offsets: Map<TopicName, i64>,
}

impl Run {
    fn new(task: Task) -> Run {
        Run { task, changes: Vec::new(), results: Vec::new(), offsets: Map::new() }
    }

    fn process(&mut self, sent: &Sent) {
        let (topic, record) = record(sent);
        if self.task.topology().source_of(&topic).is_none() {
            return;
        }
        let offset = self.offsets.entry(topic.clone()).or_insert(0);
        let input = Input {
            topic: &topic,
            partition: Partition(0),
            offset: Offset(*offset),
            timestamp: record.timestamp,
            record: &record,
        };
        *offset += 1;
        let mut outcome = TaskOutcome::default();
        self.task.process([input], &mut outcome);
        self.keep(outcome);
    }

    fn commit(&mut self) {
        let outcome = self.task.decide_commit();
        outcome.events.iter().for_each(|event| self.task.apply(event));
        self.keep(outcome);
    }

    fn keep(&mut self, outcome: TaskOutcome) {
        let topology = self.task.topology().clone();
        for output in outcome.outputs {
            match output.kind {
                OutputKind::Changelog { store } => self.changes.push((store, output.record(&topology))),
                OutputKind::Sink { .. } => {
                    let value = output.value.as_ref().map_or("null".into(), |v| v.to_text().into_owned());
                    self.results.extend(output.key.clone().map(|key| (key, value)));
                }
            }
        }
    }

    /// The same task, from nothing but its changelogs.
    fn restored(&self) -> Task {
        let mut task = Task::new(self.task.topology().clone(), self.task.id());
        for (store, record) in &self.changes {
            let event = task.decide_restore(*store, record, record.timestamp);
            task.apply(&event.expect("a changelog record restores"));
        }
        task
    }

    fn assert_restorable(&self) {
        let restored = self.restored();
        for (store, _) in self.task.topology().changelogs(TASK) {
            assert!(
                self.task.has_same(store, &restored),
                "{:?}: {:?} is not {:?}",
                self.task.topology().store(store),
                restored.table(store),
                self.task.table(store)
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// `fold(changelog)` equals the store after every record.
    #[test]
    fn folded_changelogs_are_the_stores(records in proptest::collection::vec(sent(), 0..40)) {
        for pipeline in PIPELINES {
            let mut run = Run::new(Task::new(topology(pipeline, false), TASK));
            for record in &records {
                run.process(record);
                run.assert_restorable();
            }
        }
    }

    /// With caches it does so after every commit.
    #[test]
    fn folded_changelogs_are_the_stores_at_each_commit(records in proptest::collection::vec(sent(), 0..40), every in 1_usize..6) {
        for pipeline in PIPELINES {
            let mut run = Run::new(Task::new(topology(pipeline, true), TASK));
            for batch in records.chunks(every) {
                batch.iter().for_each(|record| run.process(record));
                run.commit();
                run.assert_restorable();
            }
        }
    }

    /// A crash loses what was not committed, and the records since then are done again: exactly so where nothing was
    /// in between, at least so often otherwise.
    #[test]
    fn a_crash_does_records_again_and_loses_none(
        records in proptest::collection::vec((0_u8..4, 0_i64..60), 1..40),
        crash in 0_usize..40,
        lost in 0_usize..6,
    ) {
        let records: Vec<Sent> = records.into_iter().map(|(key, at)| (true, key, Some(1), at)).collect();
        let crash = crash.min(records.len());
        let counts = |run: &Run| -> Map<Key, i64> {
            let rows = run.task.table(StoreId(0)).into_iter();
            rows.map(|row| (row.key, row.value.to_text().parse().unwrap())).collect()
        };
        let whole = topology("stream a | group by key | count | to out", false);
        let mut calm = Run::new(Task::new(whole.clone(), TASK));
        records.iter().for_each(|record| calm.process(record));
        for again in [0, lost.min(crash)] {
            let mut before = Run::new(Task::new(whole.clone(), TASK));
            records[..crash].iter().for_each(|record| before.process(record));
            let mut after = Run::new(before.restored());
            records[crash - again..].iter().for_each(|record| after.process(record));
            let (calm, shaken) = (counts(&calm), counts(&after));
            prop_assert_eq!(calm.keys().collect::<Vec<_>>(), shaken.keys().collect::<Vec<_>>());
            let more: i64 = shaken.values().sum::<i64>() - calm.values().sum::<i64>();
            prop_assert_eq!(more, i64::try_from(again).unwrap());
            prop_assert!(calm.iter().all(|(key, count)| shaken.get(key) >= Some(count)));
        }
    }

    /// Grace covers the largest disorder, so nothing is late: however the keys are spread over partitions, the final
    /// counts are those of the definition.
    #[test]
    fn any_partitioning_gives_the_same_final_counts(
        records in proptest::collection::vec((0_u8..5, 0_i64..50), 1..60),
        homes in proptest::collection::vec(0_usize..4, 5),
    ) {
        let disorder = largest_disorder(&records);
        let grace = (disorder + 999) / 1_000;
        let wanted = by_definition(&records);
        for homes in [homes, vec![0; 5], vec![0, 1, 2, 3, 0]] {
            let (found, dropped) = final_counts(&records, &homes, grace);
            prop_assert_eq!(dropped, 0);
            prop_assert_eq!(&found, &wanted);
        }
    }
}

/// How far any record lies behind the latest one before it, in milliseconds.
fn largest_disorder(records: &[(u8, i64)]) -> i64 {
    let (mut latest, mut most) = (0, 0);
    for (_, at) in records {
        latest = latest.max(at * 1_000);
        most = most.max(latest - at * 1_000);
    }
    most
}

/// Records by key and window of ten seconds.
fn by_definition(records: &[(u8, i64)]) -> Map<(u8, i64), i64> {
    let mut counts = Map::new();
    for (key, at) in records {
        *counts.entry((*key, at / 10 * 10_000)).or_insert(0) += 1;
    }
    counts
}

/// Final results of one task for each partition, and how many records were dropped as late. In the end every task gets
/// a record that closes everything.
fn final_counts(records: &[(u8, i64)], homes: &[usize], grace: i64) -> (Map<(u8, i64), i64>, u64) {
    let text = format!(
        "stream a | group by key | window tumbling 10s grace {grace}s | count | suppress until window closes | to out"
    );
    let topology = topology(&text, false);
    let mut counts = Map::new();
    let mut dropped = 0;
    for home in 0..4 {
        let mut run = Run::new(Task::new(topology.clone(), TASK));
        for (key, at) in records.iter().filter(|(key, _)| homes[usize::from(*key)] == home) {
            run.process(&(true, *key, Some(1), *at));
        }
        run.process(&(true, 9, Some(1), 10_000));
        for (key, value) in &run.results {
            let (name, window) = (key.inner()[1] - b'0', key.window().unwrap());
            let before = counts.insert((name, window.start.0), value.parse().unwrap());
            assert_eq!(before, None, "a final result comes once");
        }
        dropped += run.task.dropped_total();
    }
    (counts, dropped)
}

/// With too little grace the cut decides: alone, k0's second record is in time; behind k1's it is late.
#[test]
fn with_too_little_grace_the_partitioning_shows() {
    let records = [(0, 1), (1, 20), (0, 5)];
    assert_eq!(largest_disorder(&records), 15_000);
    let one = final_counts(&records, &[0, 0, 0, 0, 0], 4);
    let two = final_counts(&records, &[0, 1, 0, 0, 0], 4);
    assert_eq!(one, (Map::from([((0, 0), 1), ((1, 20_000), 1)]), 1));
    assert_eq!(two, (Map::from([((0, 0), 2), ((1, 20_000), 1)]), 0));
    assert_eq!(final_counts(&records, &[0, 0, 0, 0, 0], 15).0, by_definition(&records));
}
