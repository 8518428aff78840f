//! Stages whose functions make many records of one, or one of many: what they send, what they refuse, and that they
//! are the builder's own operations.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // Helpers of tests.

use millrace_model::{Offset, Partition, Record, Timestamp, TopicName};
use millrace_streams::language::Pipeline;
use millrace_streams::task::Failure;
use millrace_streams::topology::builder::{Grouped, Materialized, Table};
use millrace_streams::topology::function::{Aggregation, Aggregator, FlatMapper, Merger, Reducer};
use millrace_streams::topology::{EmitStrategy, SessionWindows, TimeWindows, TopologyBuilder};
use millrace_streams::{Input, OutputKind, Task, TaskEvent, TaskId, TaskOutcome, Topology, Value};
use proptest::prelude::*;
use std::collections::VecDeque;
use std::sync::Arc;

/// All tasks of a topology over one partition, with its internal topics between them.
struct Driver {
    topology: Arc<Topology>,
    tasks: Vec<Task>,
    events: Vec<TaskEvent>,
}

impl Driver {
    fn new(topology: Topology) -> Driver {
        let topology = Arc::new(topology);
        let task = |subtopology| Task::new(topology.clone(), TaskId { subtopology, partition: Partition(0) });
        let tasks = (0..u32::try_from(topology.subtopologies().len()).unwrap()).map(task).collect();
        Driver { topology, tasks, events: Vec::new() }
    }

    fn of(stages: &str) -> Driver {
        Driver::new(Pipeline::parse(stages).unwrap().topology("app").unwrap())
    }

    /// What one record of a topic sends: `topic key value @seconds`; windowed keys with their window in seconds.
    fn feed(&mut self, topic: &str, key: &str, value: Option<&str>, second: i64) -> Vec<String> {
        let key = (key != "null").then_some(key.as_bytes());
        let record = Record::new(Timestamp(second * 1_000), key, value.map(str::as_bytes));
        let mut queue = VecDeque::from([(TopicName::from(topic), record)]);
        let mut sent = Vec::new();
        while let Some((topic, record)) = queue.pop_front() {
            let mut outcome = TaskOutcome::default();
            let timestamp = record.timestamp;
            let (partition, offset) = (Partition(0), Offset(0));
            for task in &mut self.tasks {
                let own = &self.topology.subtopologies()[task.id().subtopology as usize];
                if self.topology.source_of(&topic).is_some_and(|source| own.nodes.contains(&source)) {
                    let input = Input { topic: &topic, partition, offset, timestamp, record: &record };
                    task.process([input], &mut outcome);
                }
            }
            self.events.extend(outcome.events);
            for output in &outcome.outputs {
                let OutputKind::Sink { topic } = &output.kind else { continue };
                if self.topology.source_of(topic).is_some() {
                    queue.push_back((topic.clone(), output.record(&self.topology)));
                    continue;
                }
                let text = |value: Option<String>| value.unwrap_or_else(|| "null".to_owned());
                let key = text(output.key.as_ref().map(|key| match key.window() {
                    Some(w) => format!(
                        "{}@{}-{}",
                        String::from_utf8_lossy(key.inner()),
                        w.start.0 / 1_000,
                        w.end.0 / 1_000
                    ),
                    None => key.text().into_owned(),
                }));
                let value = text(output.value.as_ref().map(|v| v.to_text().into_owned()));
                sent.push(format!("{topic} {key} {value} @{}", output.timestamp.0 / 1_000));
            }
        }
        sent
    }

    fn failure(&self) -> Option<String> {
        self.tasks.iter().find_map(Task::failure).map(ToString::to_string)
    }
}

#[test]
fn one_record_becomes_the_items_of_a_list() {
    let mut words = Driver::of("stream in | flat map values split(value, \" \") | to out");
    assert_eq!(words.feed("in", "k", Some("to be"), 1), ["out k to @1", "out k be @1"]);
    assert_eq!(words.feed("in", "k", None, 2), [] as [&str; 0]);
    let mut items = Driver::of("stream in | flat map values value.items | to out");
    let said = items.feed("in", "null", Some(r#"{"items": [{"n": 1}, "x", null, 2.50]}"#), 1);
    assert_eq!(said, [r#"out null {"n":1} @1"#, "out null x @1", "out null null @1", "out null 2.5 @1"]);
    assert_eq!(items.feed("in", "k", Some("{}"), 2), [] as [&str; 0]);
    assert_eq!(items.feed("in", "k", Some(r#"{"items": 3}"#), 3), [] as [&str; 0]);
    assert_eq!(items.failure().unwrap(), "flat map values wants a list, found a number");
}

#[test]
fn one_record_becomes_others_with_keys_of_their_own() {
    let transfer = "[{key: value.from, value: -value.n}, {key: value.to, value: value.n}]";
    let mut book =
        Driver::of(&format!("stream in | flat map {transfer} | group by key | sum value | to out"));
    let value = |from: &str, to: &str, n: i64| format!(r#"{{"from": "{from}", "to": "{to}", "n": {n}}}"#);
    assert_eq!(book.feed("in", "1", Some(&value("a", "b", 5)), 1), ["out a -5 @1", "out b 5 @1"]);
    assert_eq!(book.feed("in", "2", Some(&value("b", "c", 2)), 2), ["out b 3 @2", "out c 2 @2"]);
    let mut map = Driver::of("stream in | map {value: key, key: value.id} | to out");
    assert_eq!(map.feed("in", "k", Some(r#"{"id": 7}"#), 1), ["out 7 k @1"]);
    assert_eq!(map.feed("in", "null", Some("{}"), 1), ["out null null @1"]);
    let mut wrong = Driver::of("stream in | flat map value | to out");
    assert_eq!(wrong.feed("in", "k", Some("[1]"), 1), [] as [&str; 0]);
    assert_eq!(wrong.failure().unwrap(), "flat map wants a map of `key` and `value`, found a number");
}

#[test]
fn a_peek_shows_a_record_and_hands_it_on() {
    let mut driver = Driver::of("stream in | peek before | filter not value == \"x\" | peek after | to out");
    assert_eq!(driver.feed("in", "k", Some("x"), 1), [] as [&str; 0]);
    assert_eq!(driver.feed("in", "k", Some("y"), 2), ["out k y @2"]);
    let shown: Vec<String> = driver
        .events
        .iter()
        .filter_map(|event| match event {
            TaskEvent::RecordPeeked { label, key, value, timestamp, .. } => {
                Some(format!("{label} {} {} {}", key.as_ref().unwrap(), value.as_ref().unwrap(), timestamp.0))
            }
            _ => None,
        })
        .collect();
    assert_eq!(shown, ["before k x 1000", "before k y 2000", "after k y 2000"]);
}

#[test]
fn a_reduction_keeps_the_type_of_its_values() {
    let most = "reduce if value.n > aggregate.n then value else aggregate";
    let mut driver = Driver::of(&format!("stream in | group by key | {most} | to out"));
    assert_eq!(driver.feed("in", "k", Some(r#"{"n": 2}"#), 1), [r#"out k {"n": 2} @1"#]);
    assert_eq!(driver.feed("in", "k", Some(r#"{"n": 3}"#), 2), [r#"out k {"n":3} @2"#]);
    assert_eq!(driver.feed("in", "k", Some(r#"{"n": 1}"#), 1), [r#"out k {"n":3} @2"#]);
    // Counts stay counts: eight bytes in the store and in the topic.
    let mut counts =
        Driver::of("stream in | group by key | count | group by key | reduce aggregate + value | to out");
    for (n, sum) in [(1, 1), (2, 3), (3, 6)] {
        assert_eq!(counts.feed("in", "k", Some("x"), n), [format!("out k {sum} @{n}")]);
    }
    let mut half = Driver::of("stream in | group by key | count | group by key | reduce value / 2 | to out");
    half.feed("in", "k", Some("x"), 1);
    half.feed("in", "k", Some("x"), 2);
    assert_eq!(half.failure(), None);
    half.feed("in", "k", Some("x"), 3);
    assert_eq!(half.failure().unwrap(), "counts reduce to a whole number");
}

#[test]
fn an_aggregate_starts_from_a_constant_and_sessions_merge_it() {
    let of = "aggregate {n: 0, last: null} with {n: aggregate.n + 1, last: value}";
    let mut driver = Driver::of(&format!("stream in | group by key | {of} | to out"));
    assert_eq!(driver.feed("in", "k", Some("a"), 1), [r#"out k {"n":1,"last":"a"} @1"#]);
    assert_eq!(driver.feed("in", "k", Some("b"), 2), [r#"out k {"n":2,"last":"b"} @2"#]);
    let merge = "merge {n: aggregate.n + value.n, last: value.last}";
    let mut driver =
        Driver::of(&format!("stream in | group by key | window session 5s grace 1m | {of} {merge} | to out"));
    assert_eq!(driver.feed("in", "k", Some("a"), 1), [r#"out k@1-1 {"n":1,"last":"a"} @1"#]);
    assert_eq!(driver.feed("in", "k", Some("c"), 9), [r#"out k@9-9 {"n":1,"last":"c"} @9"#]);
    assert_eq!(
        driver.feed("in", "k", Some("b"), 5),
        ["out k@1-1 null @1", "out k@9-9 null @9", r#"out k@1-9 {"n":3,"last":"b"} @9"#]
    );
    // The same in windows by expression, whose sessions merge as well.
    let stages = format!("window session by 5000 up to 5s grace 1m | {of} {merge}");
    let mut driver = Driver::of(&format!("stream in | group by key | {stages} | to out"));
    driver.feed("in", "k", Some("a"), 1);
    driver.feed("in", "k", Some("c"), 9);
    assert_eq!(driver.feed("in", "k", Some("b"), 5)[2], r#"out k@1-9 {"n":3,"last":"b"} @9"#);
}

#[test]
fn a_row_leaves_its_group_as_it_came() {
    for stage in [
        "reduce {n: aggregate.n + value.n} subtract {n: aggregate.n - value.n}",
        "aggregate {n: 0} with {n: aggregate.n + value.n} subtract {n: aggregate.n - value.n}",
    ] {
        let mut driver = Driver::of(&format!(
            "table in | group table by value.of | {stage} | map values value.n | to out"
        ));
        let row = |of: &str, n: i64| format!(r#"{{"of": "{of}", "n": {n}}}"#);
        driver.feed("in", "1", Some(&row("a", 5)), 1);
        assert_eq!(driver.feed("in", "2", Some(&row("a", 2)), 2), ["out a 7 @2"]);
        assert_eq!(driver.feed("in", "1", Some(&row("b", 5)), 3), ["out a 2 @3", "out b 5 @3"], "{stage}");
        assert_eq!(driver.feed("in", "2", None, 4), ["out a 0 @4"]);
    }
}

#[test]
fn a_record_names_its_topic() {
    let mut driver = Driver::of("stream in | to by \"to-\" + value.country | filter value.n > 1 | to big");
    let sent = driver.feed("in", "k", Some(r#"{"country": "DE", "n": 2}"#), 1);
    assert_eq!(sent, [r#"to-DE k {"country": "DE", "n": 2} @1"#, r#"big k {"country": "DE", "n": 2} @1"#]);
    driver.feed("in", "k", Some("{}"), 1);
    assert!(driver.tasks.iter().any(|task| task.failure() == Some(&Failure::SinkTopic)));
}

#[test]
fn names_are_given_to_stores_and_repartition_topics() {
    let stages = "stream in | select key value.id | repartition as by-id partitions 3 | group by key | count store counts \
                  | filter table value > 1 store many | to out";
    let topology = Pipeline::parse(stages).unwrap().topology("app").unwrap();
    let stores: Vec<&str> = topology.stores().iter().map(|store| &*store.name).collect();
    assert_eq!(stores, ["counts", "many"]);
    let topics: Vec<_> =
        topology.repartition_topics().iter().map(|t| (t.topic.as_str(), t.partitions)).collect();
    assert_eq!(topics, [("app-by-id-repartition", Some(3))]);
    // By Kafka's numbers: a named store takes none, a named repartition three as ever.
    assert_eq!(
        topology.describe(),
        "Topologies:\n   Sub-topology: 0\n    Source: KSTREAM-SOURCE-0000000000 (topics: [in])\n      --> KSTREAM-KEY-SELECT-0000000001\n    \
         Processor: KSTREAM-KEY-SELECT-0000000001 (stores: [])\n      --> by-id-repartition-filter\n      <-- KSTREAM-SOURCE-0000000000\n    \
         Processor: by-id-repartition-filter (stores: [])\n      --> by-id-repartition-sink\n      <-- KSTREAM-KEY-SELECT-0000000001\n    \
         Sink: by-id-repartition-sink (topic: by-id-repartition)\n      <-- by-id-repartition-filter\n\n  \
         Sub-topology: 1\n    Source: by-id-repartition-source (topics: [by-id-repartition])\n      --> KSTREAM-AGGREGATE-0000000005\n    \
         Processor: KSTREAM-AGGREGATE-0000000005 (stores: [counts])\n      --> KTABLE-FILTER-0000000006\n      <-- by-id-repartition-source\n    \
         Processor: KTABLE-FILTER-0000000006 (stores: [many])\n      --> KTABLE-TOSTREAM-0000000007\n      <-- KSTREAM-AGGREGATE-0000000005\n    \
         Processor: KTABLE-TOSTREAM-0000000007 (stores: [])\n      --> KSTREAM-SINK-0000000008\n      <-- KTABLE-FILTER-0000000006\n    \
         Sink: KSTREAM-SINK-0000000008 (topic: out)\n      <-- KTABLE-TOSTREAM-0000000007\n\n"
    );
}

/// What a user of the builder would have written.
type Written = fn(&mut TopologyBuilder, Grouped) -> Table;

fn concat() -> Aggregation {
    Aggregation::Aggregate { init: Value::text("i"), aggregator: Aggregator::Concat }
}

const TEN: i64 = 10_000;

/// Stages behind `stream in | group by key`, and the builder's calls with functions in Rust.
const SAME: [(&str, Written); 6] = [
    ("reduce aggregate + \",\" + value", |b, g| {
        b.aggregate(g, Aggregation::Reduce(Reducer::Concat), Materialized::default()).unwrap()
    }),
    ("window tumbling 10s grace 5s | reduce aggregate + \",\" + value", |b, g| {
        let windows = TimeWindows::tumbling(TEN, 5_000).unwrap();
        let windowed = b.windowed_by(g, windows, EmitStrategy::OnWindowUpdate);
        b.aggregate_windows(windowed, Aggregation::Reduce(Reducer::Concat), Materialized::default()).unwrap()
    }),
    ("window session 10s grace 5s | reduce aggregate + \",\" + value", |b, g| {
        let windows = SessionWindows::new(TEN, 5_000).unwrap();
        let windowed = b.windowed_by(g, windows, EmitStrategy::OnWindowUpdate);
        b.aggregate_windows(windowed, Aggregation::Reduce(Reducer::Concat), Materialized::default()).unwrap()
    }),
    (
        "window session 10s grace 5s | emit on window close | aggregate \"i\" with aggregate + \"+\" + value merge \"(\" + aggregate + \"&\" + value + \")\"",
        |b, g| {
            let windows = SessionWindows::new(TEN, 5_000).unwrap();
            let windowed = b.windowed_by(g, windows, EmitStrategy::OnWindowClose);
            b.aggregate_sessions(windowed, concat(), Merger::Concat, Materialized::default()).unwrap()
        },
    ),
    ("window hopping 10s every 4s | aggregate \"i\" with aggregate + \"+\" + value", |b, g| {
        let windows = TimeWindows::tumbling(TEN, 0).unwrap().advance_by(4_000).unwrap();
        let windowed = b.windowed_by(g, windows, EmitStrategy::OnWindowUpdate);
        b.aggregate_windows(windowed, concat(), Materialized::default()).unwrap()
    }),
    ("reduce if value == \"x\" then null else aggregate + \",\" + value store kept", |b, g| {
        let materialized = Materialized { store: Some("kept".to_owned()), retention_ms: None };
        b.aggregate(g, Aggregation::Reduce(Reducer::NullOnX), materialized).unwrap()
    }),
];

proptest! {
    /// Names, results, drops and stores are those of the operations that the golden vectors hold to Kafka's.
    #[test]
    fn expressions_are_the_builders_functions(
        which in 0..SAME.len(),
        records in proptest::collection::vec((0_u8..3, "[a-x]( [a-x]){0,2}", 0_i64..60), 0..30),
    ) {
        let (stages, written) = SAME[which];
        let mut b = TopologyBuilder::new("app");
        let stream = b.stream(&["in".into()]).unwrap();
        let words = b.flat_map_values(stream, FlatMapper::Words).unwrap();
        let grouped = b.group_by_key(words, None);
        let table = written(&mut b, grouped);
        let stream = b.to_stream(table).unwrap();
        b.to(stream, &"out".into()).unwrap();
        let mut by_hand = Driver::new(b.build());
        let mut by_text =
            Driver::of(&format!("stream in | flat map values split(value, \" \") | group by key | {stages} | to out"));
        prop_assert_eq!(by_text.topology.describe(), by_hand.topology.describe());
        for (key, value, second) in records {
            let key = ["a", "b", "null"][usize::from(key)];
            let sent = by_text.feed("in", key, Some(&value), second);
            prop_assert_eq!(sent, by_hand.feed("in", key, Some(&value), second));
        }
        for (one, other) in by_text.tasks.iter().zip(&by_hand.tasks) {
            prop_assert_eq!(one.dropped_total(), other.dropped_total());
            for store in 0..by_text.topology.stores().len() {
                let store = millrace_streams::StoreId(u32::try_from(store).unwrap());
                prop_assert_eq!(one.table(store), other.table(store));
            }
        }
    }
}
