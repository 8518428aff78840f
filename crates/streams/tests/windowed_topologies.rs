//! Building windowed aggregations: Kafka's refusals word for word, cogroups, and where suppressions find their grace.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // Helpers of tests.

use millrace_model::{Offset, Partition, Record, Timestamp, TopicName};
use millrace_streams::language::Pipeline;
use millrace_streams::topology::builder::{Materialized, TopologyBuilder};
use millrace_streams::topology::function::{Aggregation, Aggregator, KeyMapper, Merger};
use millrace_streams::topology::{
    EmitStrategy, Operator, SessionWindows, SlidingWindows, SuppressUntil, TimeWindows, Topology,
    TopologyError, Windows,
};
use millrace_streams::{Input, OutputKind, Task, TaskId, TaskOutcome, Value};
use std::sync::Arc;

/// Feeds (topic, key, timestamp) and gives the results as `key@start-end=value`.
fn results(topology: Topology, given: &[(&str, &str, i64)]) -> (Vec<String>, Task) {
    let mut task = Task::new(Arc::new(topology), TaskId { subtopology: 0, partition: Partition(0) });
    let mut outcome = TaskOutcome::default();
    for (offset, (topic, key, timestamp)) in (0..).zip(given) {
        let topic = TopicName::from(*topic);
        let record = Record::new(Timestamp(*timestamp), Some(key.as_bytes()), Some(b"x"));
        let (partition, offset) = (Partition(0), Offset(offset));
        let timestamp = record.timestamp;
        task.process([Input { topic: &topic, partition, offset, timestamp, record: &record }], &mut outcome);
    }
    let sinks = outcome.outputs.iter().filter(|o| matches!(o.kind, OutputKind::Sink { .. }));
    let text = sinks.map(|o| {
        let value = o.value.as_ref().map_or("null".into(), Value::to_text);
        format!("{}={value}", o.key.as_ref().unwrap().text())
    });
    (text.collect(), task)
}

fn pipeline(text: &str) -> Topology {
    Pipeline::parse(text).unwrap().topology("app").unwrap()
}

fn refusal(windows: impl Into<Windows>, retention_ms: i64) -> String {
    let mut builder = TopologyBuilder::new("app");
    let stream = builder.stream(&["in".into()]).unwrap();
    let grouped = builder.group_by_key(stream, None);
    let windowed = builder.windowed_by(grouped, windows, EmitStrategy::OnWindowUpdate);
    let materialized = Materialized { store: Some("st".into()), retention_ms: Some(retention_ms) };
    builder.aggregate_windows(windowed, Aggregation::Count, materialized).unwrap_err().to_string()
}

#[test]
fn a_store_must_keep_what_is_open() {
    assert_eq!(
        refusal(TimeWindows::tumbling(10, 5).unwrap(), 14),
        "The retention period of the window store st must be no smaller than its window size plus the grace period. \
         Got size=[10], grace=[5], retention=[14]"
    );
    assert_eq!(
        refusal(SlidingWindows::new(10, 5).unwrap(), 24),
        "The retention period of the window store st must be no smaller than 2 * time difference plus the grace \
         period. Got time difference=[10], grace=[5], retention=[24]"
    );
    assert_eq!(
        refusal(SessionWindows::new(10, 5).unwrap(), 14),
        "The retention period of the session store st must be no smaller than the session inactivity gap plus the \
         grace period. Got gap=[10], grace=[5], retention=[14]"
    );
}

#[test]
fn factories_refuse_as_kafkas_do() {
    for (refused, text) in [
        (SlidingWindows::new(-1, 0).map(drop), "Window time difference must not be negative."),
        (SlidingWindows::new(1, -1).map(drop), "Window grace period must not be negative."),
        (SessionWindows::new(0, 0).map(drop), "Gap time cannot be zero or negative."),
        (SessionWindows::new(1, -1).map(drop), "Grace period must not be negative."),
    ] {
        assert_eq!(refused.unwrap_err().to_string(), text);
    }
}

#[test]
fn a_sliding_window_of_no_length_fails_with_the_first_record() {
    let topology = pipeline("stream in | group by key | window sliding 0ms | count | to out");
    let (found, task) = results(topology, &[("in", "a", 5)]);
    let failure = task.failure().unwrap().to_string();
    assert_eq!((found.len(), &*failure), (0, "Window endMs must be greater than window startMs."));
}

fn waits(topology: &Topology) -> Vec<SuppressUntil> {
    let until = |node: &millrace_streams::topology::Node| match node.operator {
        Operator::Suppress { until, .. } => Some(until),
        _ => None,
    };
    topology.nodes().iter().filter_map(until).collect()
}

#[test]
fn a_suppression_waits_as_long_as_its_windows_say() {
    for (window, grace_ms) in
        [("tumbling 10ms grace 3ms", 3), ("sliding 10ms grace 4ms", 4), ("session 10ms grace 5ms", 15)]
    {
        let text = format!(
            "stream in | group by key | window {window} | count | suppress until window closes | to out"
        );
        assert_eq!(waits(&pipeline(&text)), [SuppressUntil::WindowCloses { grace_ms }], "{window}");
    }
}

#[test]
fn without_windows_there_is_no_grace_to_find() {
    let mut builder = TopologyBuilder::new("app");
    let stream = builder.stream(&["in".into()]).unwrap();
    let grouped = builder.group_by_key(stream, None);
    let table = builder.aggregate(grouped, Aggregation::Count, Materialized::default()).unwrap();
    let refused = builder.suppress_until_window_closes(table, None, None).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "Invalid topology: Window close time is only defined for windowed computations. Got \
         [root->KSTREAM-SOURCE-0000000000->KSTREAM-AGGREGATE-0000000003]."
    );
}

#[test]
fn cogrouped_streams_share_their_windows() {
    let given = [("a", "k", 0), ("b", "k", 4), ("a", "k", 20), ("b", "j", 21)];
    let text = "stream a | group by key | cogroup b by key | window session 5ms grace 100ms | count | to out";
    let sessions = ["k@0-0=1", "k@0-0=null", "k@0-4=2", "k@20-20=1", "j@21-21=1"];
    assert_eq!(results(pipeline(text), &given).0, sessions);
    let text =
        "stream a | group by key | cogroup b by key | window tumbling 10ms grace 100ms | count | to out";
    assert_eq!(results(pipeline(text), &given).0, ["k@0-10=1", "k@0-10=2", "k@20-30=1", "j@20-30=1"]);
    let text = "stream a | group by key | cogroup b by key | count | to out";
    assert_eq!(results(pipeline(text), &given).0, ["k=1", "k=2", "k=3", "j=1"]);
}

/// Each stream with an aggregator of its own, behind repartition topics where keys were changed.
#[test]
fn a_cogroup_numbers_its_nodes_as_kafka_does() {
    let mut builder = TopologyBuilder::new("app");
    let streams = ["a", "b"].map(|topic| builder.stream(&[topic.into()]).unwrap());
    let plain = builder.group_by_key(streams[0], None);
    let changed = builder.group_by(streams[1], KeyMapper::FromValue, None).unwrap();
    let cogrouped = builder.cogroup(vec![(plain, Aggregator::Concat), (changed, Aggregator::KeyValue)]);
    let windowed = builder.cogroup_windowed_by(cogrouped, SessionWindows::new(10, 0).unwrap());
    let no_merger = builder.clone().aggregate_windowed_cogroup(
        windowed.clone(),
        Value::text(""),
        None,
        Materialized::default(),
    );
    assert_eq!(no_merger.unwrap_err(), TopologyError::NoMerger);
    let merger = Some(Merger::Concat);
    builder.aggregate_windowed_cogroup(windowed, Value::text(""), merger, Materialized::default()).unwrap();
    let topology = builder.build();
    let names: Vec<&str> = topology.nodes().iter().map(|node| &*node.name).collect();
    assert_eq!(
        names,
        [
            "KSTREAM-SOURCE-0000000000",
            "KSTREAM-SOURCE-0000000001",
            "KSTREAM-KEY-SELECT-0000000002",
            // Only prefixes that begin with KSTREAM are numbered (`matches("KSTREAM.*-[0-9]{10}")`).
            "COGROUPKSTREAM-AGGREGATE-STATE-STORE-0000000003-repartition-filter",
            "COGROUPKSTREAM-AGGREGATE-STATE-STORE-0000000003-repartition-sink",
            "COGROUPKSTREAM-AGGREGATE-STATE-STORE-0000000003-repartition-source",
            "COGROUPKSTREAM-AGGREGATE-0000000007",
            "COGROUPKSTREAM-AGGREGATE-0000000008",
            "COGROUPKSTREAM-MERGE-0000000009",
        ]
    );
    assert_eq!(topology.stores()[0].name.as_ref(), "COGROUPKSTREAM-AGGREGATE-STATE-STORE-0000000003");
}
