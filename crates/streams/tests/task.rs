//! A task's events and outputs, and what holds for any input.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // Helpers of tests.

use millrace_model::{Offset, Partition, Record, StableHasher, Timestamp, TopicName};
use millrace_streams::language::Pipeline;
use millrace_streams::store::Store;
use millrace_streams::task::view::WindowPhase;
use millrace_streams::{
    DropReason, Input, Key, OutputKind, Task, TaskEvent, TaskId, TaskOutcome, Value, Window,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

fn task(pipeline: &str) -> Task {
    let topology = Pipeline::parse(pipeline).unwrap().topology("app").unwrap();
    Task::new(Arc::new(topology), TaskId { subtopology: 0, partition: Partition(0) })
}

/// Decides and applies, checking that deciding and processing agree.
fn feed(
    task: &mut Task,
    offset: i64,
    key: Option<&[u8]>,
    value: Option<&[u8]>,
    timestamp: i64,
) -> TaskOutcome {
    let topic = TopicName::from("in");
    let record = Record::new(Timestamp(timestamp), key, value);
    let (partition, offset) = (Partition(0), Offset(offset));
    let input = Input { topic: &topic, partition, offset, timestamp: record.timestamp, record: &record };
    let decided = task.decide(&input);
    let mut processed = TaskOutcome::default();
    task.process([input], &mut processed);
    assert_eq!(decided, processed);
    processed
}

const COUNT: &str = "stream in | group by key | window tumbling 10ms grace 5ms | count | to out";

#[test]
fn a_window_opens_grows_closes_and_then_drops_the_late_record() {
    let mut task = task(COUNT);
    let (node, windows, store) = task.windowed_nodes().next().unwrap();
    let window = Window::time(0, 10);
    let opened = feed(&mut task, 0, Some(b"a"), Some(b"1"), 3);
    assert_eq!(opened.events.len(), 3);
    assert_eq!(
        opened.events[1..],
        [
            TaskEvent::StreamTimeAdvanced { node, from: Timestamp(-1), to: Timestamp(3) },
            TaskEvent::WindowUpdated {
                node,
                store,
                key: b"a"[..].into(),
                window,
                old: None,
                new: Some(Value::Long(1)),
                timestamp: Timestamp(3),
                origin: Default::default(),
            }
        ]
    );
    feed(&mut task, 1, Some(b"a"), Some(b"1"), 14);
    assert_eq!(task.windows(node)[0].phase, WindowPhase::Grace);
    let closing = feed(&mut task, 2, Some(b"b"), Some(b"1"), 15);
    assert!(closing.events.contains(&TaskEvent::WindowClosed { node, window }));
    let late = feed(&mut task, 3, Some(b"a"), Some(b"1"), 9);
    let [
        TaskEvent::RecordConsumed { .. },
        TaskEvent::RecordDropped { reason, topic, partition, offset, timestamp, .. },
    ] = &late.events[..]
    else {
        panic!("{late:?}")
    };
    assert_eq!(
        *reason,
        DropReason::LateWindow { window, stream_time: Timestamp(15), grace_ms: 5, close_time: Timestamp(10) }
    );
    assert_eq!(
        reason.log_line(topic, *partition, *offset, *timestamp),
        "Skipping record for expired window. topic=[in] partition=[0] offset=[3] timestamp=[9] window=[0,10) \
         expiration=[10] streamTime=[15]"
    );
    assert_eq!((task.dropped_total(), late.outputs.len()), (1, 0));
    assert_eq!(windows.closes_at(window), 15);
}

#[test]
fn a_suppressed_result_waits_for_its_window_and_says_until_when() {
    let mut task = task(
        "stream in | group by key | window tumbling 10ms grace 5ms | count | suppress until window closes | to out",
    );
    let sinks = |o: &TaskOutcome| o.outputs.iter().filter(|o| !o.is_changelog()).count();
    assert_eq!(sinks(&feed(&mut task, 0, Some(b"a"), None, 3)), 0);
    let waiting = task.waiting();
    assert_eq!((waiting[0].results, waiting[0].leaves_at, waiting[0].stream_time.0), (1, Timestamp(15), 3));
    assert_eq!(sinks(&feed(&mut task, 1, Some(b"b"), None, 14)), 0);
    assert_eq!(sinks(&feed(&mut task, 2, Some(b"b"), None, 15)), 1);
    assert_eq!(task.waiting()[0].leaves_at, Timestamp(25));
}

#[test]
fn sums_are_exact_and_what_is_no_number_stops_the_task() {
    let mut task = task("stream in | group by key | sum value.amount | to out");
    for (offset, amount) in [(0, "0.1"), (1, "0.2"), (2, "null")] {
        feed(&mut task, offset, Some(b"a"), Some(format!("{{\"amount\":{amount}}}").as_bytes()), 0);
    }
    let table = task.table(task.topology().store_named("KSTREAM-AGGREGATE-STATE-STORE-0000000001").unwrap());
    assert_eq!(table[0].value.to_string(), "0.3");
    feed(&mut task, 3, Some(b"a"), Some(br#"{"amount":"much"}"#), 0);
    assert_eq!(task.failure().unwrap().to_string(), "sum wants a number, found a text");
    assert_eq!(feed(&mut task, 4, Some(b"a"), None, 0), TaskOutcome::default());
}

#[test]
fn a_changed_key_goes_through_a_repartition_topic() {
    let pipeline = "stream in | group by value.country | count | to out";
    let topology = Arc::new(Pipeline::parse(pipeline).unwrap().topology("app").unwrap());
    assert_eq!(topology.subtopologies().len(), 2);
    let internal = topology.repartition_topics()[0].topic.clone();
    assert_eq!(internal.as_str(), "app-KSTREAM-AGGREGATE-STATE-STORE-0000000003-repartition");
    let mut task = task(pipeline);
    let outputs = feed(&mut task, 0, Some(b"x"), Some(br#"{"country":"NO"}"#), 0).outputs;
    assert_eq!(outputs.len(), 1);
    assert_eq!(outputs[0].kind, OutputKind::Sink { topic: internal });
    assert_eq!(outputs[0].key, Some(Key::plain(b"NO")));
    assert_eq!(feed(&mut task, 1, Some(b"x"), Some(b"{}"), 0).outputs.len(), 0);
}

proptest! {
    /// What the changelog says, key by key, is what the store holds.
    #[test]
    fn the_changelog_folds_into_the_store(given in proptest::collection::vec((0_u8..4, 0_i64..200), 0..80)) {
        let mut task = task(COUNT);
        let (.., store) = task.windowed_nodes().next().unwrap();
        let mut folded = BTreeMap::new();
        for (offset, (key, timestamp)) in (0..).zip(given) {
            for output in feed(&mut task, offset, Some(&[key]), None, timestamp).outputs {
                if output.is_changelog() {
                    folded.insert(output.key.unwrap(), (output.value.unwrap(), output.timestamp));
                }
            }
        }
        for row in task.table(store) {
            prop_assert_eq!(folded.get(&row.key), Some(&(row.value, row.timestamp)));
        }
        // What the log has and the store does not show must be beyond retention: start <= newest start - 15.
        let newest = folded.keys().filter_map(|k| k.window()).map(|w| w.start.0).max().unwrap_or(0);
        let shown: Vec<Key> = task.table(store).into_iter().map(|r| r.key).collect();
        for key in folded.keys().filter(|k| k.window().unwrap().start.0 > newest - 15) {
            prop_assert!(shown.contains(key));
        }
    }

    /// With a grace that covers all disorder the final counts are those of the definition.
    #[test]
    fn without_late_records_counts_are_those_of_the_definition(
        given in proptest::collection::vec((0_u8..4, 0_i64..200), 0..80), hopping in any::<bool>(),
    ) {
        let (kind, advance) = if hopping { ("hopping 10ms every 4ms", 4) } else { ("tumbling 10ms", 10) };
        let mut task = task(&format!("stream in | group by key | window {kind} grace 1s | count | to out"));
        let mut last: BTreeMap<(u8, i64), i64> = BTreeMap::new();
        for (offset, (key, timestamp)) in (0..).zip(&given) {
            for output in feed(&mut task, offset, Some(&[*key]), None, *timestamp).outputs {
                if let (OutputKind::Sink { .. }, Some(Key::Windowed { key, window }), Some(Value::Long(n))) =
                    (&output.kind, &output.key, &output.value)
                {
                    last.insert((key[0], window.start.0), *n);
                }
            }
        }
        let mut naive: BTreeMap<(u8, i64), i64> = BTreeMap::new();
        for (key, t) in given {
            for start in (0..=t).filter(|s| s % advance == 0 && t < s + 10) {
                *naive.entry((key, start)).or_default() += 1;
            }
        }
        prop_assert_eq!(task.dropped_total(), 0);
        prop_assert_eq!(last, naive);
    }

    /// Any bytes and any timestamp: no panic, and the same hash for the same history.
    #[test]
    fn no_record_makes_a_task_panic(
        records in proptest::collection::vec((any::<Option<Vec<u8>>>(), any::<Option<Vec<u8>>>(), any::<i64>()), 0..20),
    ) {
        for pipeline in [
            COUNT,
            "stream in | filter value.a > 1 | map values value.b + 1 | to out",
            "stream in | group by key | window hopping 7ms every 2ms | sum value | suppress until window closes | to out",
        ] {
            let (mut one, mut other) = (task(pipeline), task(pipeline));
            for (offset, (key, value, timestamp)) in (0..).zip(&records) {
                let outcome = feed(&mut one, offset, key.as_deref(), value.as_deref(), *timestamp);
                for event in &outcome.events {
                    other.apply(event);
                }
                for output in outcome.outputs {
                    output.record(one.topology());
                }
                one.waiting();
            }
            prop_assert_eq!(StableHasher::of(&one), StableHasher::of(&other));
            prop_assert_eq!(one, other);
        }
    }
}

/// A clone keeps its own state: what one writes the other does not see.
#[test]
fn a_clone_is_another_history() {
    let mut one = task(COUNT);
    feed(&mut one, 0, Some(b"a"), None, 0);
    let kept = one.clone();
    feed(&mut one, 1, Some(b"a"), None, 0);
    let (node, ..) = one.windowed_nodes().next().unwrap();
    assert_eq!(
        (one.windows(node)[0].value.clone(), kept.windows(node)[0].value.clone()),
        (Value::Long(2), Value::Long(1))
    );
    assert_ne!(StableHasher::of(&one), StableHasher::of(&kept));
}

#[test]
fn a_split_sends_a_record_to_the_first_branch_that_takes_it() {
    let sent_to = |pipeline: &str, value: &str| {
        let outcome = feed(&mut task(pipeline), 0, Some(b"a"), Some(value.as_bytes()), 3);
        let topics = outcome.outputs.iter().map(|output| match &output.kind {
            OutputKind::Sink { topic } => topic.to_string(),
            OutputKind::Changelog { store } => format!("changelog of {store:?}"),
        });
        (topics.collect::<Vec<_>>(), outcome.passed.iter().map(|node| node.0).collect::<Vec<_>>())
    };
    let all = "stream in | split value.x > 10 to big, value.x > 1 to middle, else to small";
    let branch = |topic: &str, node| (vec![topic.to_owned()], vec![0, 1, node, node + 1]);
    assert_eq!(sent_to(all, "{\"x\": 11}"), branch("big", 2));
    assert_eq!(sent_to(all, "{\"x\": 10}"), branch("middle", 4));
    assert_eq!(sent_to(all, "{\"x\": 1}"), branch("small", 6));
    let one = "stream in | split value.x > 10 to big";
    assert_eq!(sent_to(one, "{\"x\": 1}"), (vec![], vec![0, 1]), "no branch takes it");
}

/// The number is pinned: a task's digest is part of every state hash, and one that changes ends every saved link.
#[test]
fn the_digest_of_a_known_run_never_changes() {
    let mut task = task(
        "stream in | group by key | window tumbling 10s grace 1s | count | suppress until window closes | to out",
    );
    for at in [1_000, 2_000, 11_500, 3_000, 25_000] {
        feed(&mut task, at, Some(b"a"), Some(b"x"), at);
    }
    assert_eq!(format!("{:016x}", task.digest()), "37d5433c34243ed9");
}

/// What a store weighs grows with its rows and not with their updates.
#[test]
fn a_window_store_says_what_it_holds() {
    let mut task = task(COUNT);
    let (.., store) = task.windowed_nodes().next().unwrap();
    let held = |task: &Task| match task.store(store) {
        Some(Store::Window(windows)) => windows.held(),
        other => panic!("{other:?}"),
    };
    assert_eq!(held(&task), (0, 0));
    for key in 0..20 {
        feed(&mut task, key, Some(&[u8::try_from(key).unwrap()]), None, 0);
    }
    let (rows, bytes) = held(&task);
    assert_eq!(rows, 20);
    assert!(bytes >= 20 * size_of::<Value>(), "{bytes}");
    feed(&mut task, 20, Some(&[0]), None, 0);
    assert_eq!(held(&task), (rows, bytes));
}
