//! Windows by expression: local days, gaps by key, and what they refuse.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // Helpers of tests.

use millrace_model::{Offset, Partition, Record, Timestamp, TopicName};
use millrace_streams::language::Pipeline;
use millrace_streams::task::Failure;
use millrace_streams::task::view::WindowPhase;
use millrace_streams::{Input, Key, OutputKind, Task, TaskId, TaskOutcome};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

const HOUR: i64 = 3_600_000;
/// 2026-03-29, the day on which Berlin's clocks skip an hour, at 00:00 UTC.
const MARCH_29: i64 = 1_774_742_400_000;
const BERLIN: &str = "group by key | window from day_start(timestamp, \"Europe/Berlin\") \
                      to day_end(timestamp, \"Europe/Berlin\") up to 25h";

fn task(stages: &str) -> Task {
    let topology =
        Pipeline::parse(&format!("stream in | {stages} | to out")).unwrap().topology("app").unwrap();
    Task::new(Arc::new(topology), TaskId { subtopology: 0, partition: Partition(0) })
}

/// Key, window's start and end, value.
type Sent = (String, i64, i64, String);

fn feed(task: &mut Task, key: &str, value: &str, timestamp: i64) -> Vec<Sent> {
    let topic = TopicName::from("in");
    let record = Record::new(Timestamp(timestamp), Some(key.as_bytes()), Some(value.as_bytes()));
    let (partition, offset) = (Partition(0), Offset(0));
    let input = Input { topic: &topic, partition, offset, timestamp: record.timestamp, record: &record };
    let mut outcome = TaskOutcome::default();
    task.process([input], &mut outcome);
    let sinks = outcome.outputs.iter().filter(|o| matches!(o.kind, OutputKind::Sink { .. }));
    sinks
        .map(|o| {
            let Some(Key::Windowed { key, window }) = &o.key else { panic!("no window") };
            let value = o.value.as_ref().map_or("null".to_owned(), ToString::to_string);
            (String::from_utf8_lossy(key).into_owned(), window.start.0, window.end.0, value)
        })
        .collect()
}

fn sent(key: &str, start: i64, end: i64, value: &str) -> Sent {
    (key.to_owned(), start, end, value.to_owned())
}

#[test]
fn a_day_in_berlin_has_23_hours_in_march() {
    let mut task = task(&format!("{BERLIN} | sum value"));
    // The day begins at 23:00 UTC and ends at 22:00 UTC; ends are printed inclusively.
    let (start, end) = (MARCH_29 - HOUR, MARCH_29 + 22 * HOUR - 1);
    assert_eq!(feed(&mut task, "shop", "5", start - 1), [sent("shop", start - 24 * HOUR, start - 1, "5")]);
    assert_eq!(feed(&mut task, "shop", "7", start), [sent("shop", start, end, "7")]);
    assert_eq!(feed(&mut task, "shop", "8", end), [sent("shop", start, end, "15")]);
    assert_eq!(feed(&mut task, "shop", "1", end + 1), [sent("shop", end + 1, end + 24 * HOUR, "1")]);
    // Its day is over: without grace it is late.
    assert_eq!(feed(&mut task, "shop", "9", end), []);
    assert_eq!((task.dropped_total(), task.failure()), (1, None));
}

#[test]
fn a_suppressed_day_speaks_once_it_is_over() {
    let mut task = task(&format!("{BERLIN} grace 1h | count | suppress until window closes"));
    let (start, end) = (MARCH_29 - HOUR, MARCH_29 + 22 * HOUR);
    feed(&mut task, "shop", "5", start);
    assert_eq!(feed(&mut task, "shop", "5", end + HOUR - 1), []);
    // In time still, by a millisecond.
    assert_eq!(feed(&mut task, "shop", "5", end - 1), []);
    assert_eq!(task.dropped_total(), 0);
    assert_eq!(feed(&mut task, "shop", "5", end + HOUR), [sent("shop", start, end - 1, "2")]);
    assert_eq!(feed(&mut task, "shop", "5", end - 1), []);
    assert_eq!(task.dropped_total(), 1);
}

#[test]
fn each_key_has_its_own_gap() {
    let stage =
        "group by key | window session by if key == \"vip\" then 60000 else 10000 up to 1m grace 5s | count";
    let mut task = task(stage);
    let ends = |found: Vec<Sent>| -> Vec<(i64, i64, String)> {
        found.into_iter().map(|(_, start, end, value)| (start / 1_000, end / 1_000, value)).collect()
    };
    assert_eq!(ends(feed(&mut task, "vip", "", 0)), [(0, 0, "1".to_owned())]);
    assert_eq!(ends(feed(&mut task, "guest", "", 1_000)), [(1, 1, "1".to_owned())]);
    assert_eq!(ends(feed(&mut task, "guest", "", 12_000)), [(12, 12, "1".to_owned())]);
    // The late record joins both of the guest's sessions.
    let both = vec![(1, 1, "null".to_owned()), (12, 12, "null".to_owned()), (1, 12, "3".to_owned())];
    assert_eq!(ends(feed(&mut task, "guest", "", 6_000)), both);
    assert_eq!(
        ends(feed(&mut task, "vip", "", 50_000)),
        [(0, 0, "null".to_owned()), (0, 50, "2".to_owned())]
    );
    // Gap and grace have passed for a guest, not for the other.
    assert_eq!(ends(feed(&mut task, "guest", "", 30_000)), []);
    assert_eq!(
        ends(feed(&mut task, "vip", "", 30_000)),
        [(0, 50, "null".to_owned()), (0, 50, "3".to_owned())]
    );
    assert_eq!(task.dropped_total(), 1);
}

#[test]
fn a_window_that_is_none_stops_the_task() {
    for stage in [
        "window from timestamp + 1 to timestamp + 5 up to 1m",
        "window from timestamp to timestamp up to 1m",
        "window from timestamp to timestamp + 60001 up to 1m",
        "window from value.x to timestamp + 1 up to 1m",
        "window session by 0 up to 1m",
        "window session by 60001 up to 1m",
        "window session by number(key) / 2 up to 1m",
    ] {
        let mut task = task(&format!("group by key | {stage} | count"));
        assert_eq!(feed(&mut task, "1", "{}", 1_000), [], "{stage}");
        assert_eq!(task.failure(), Some(&Failure::CustomWindow { longest_ms: 60_000 }), "{stage}");
    }
    let said = Failure::CustomWindow { longest_ms: 60_000 }.to_string();
    assert_eq!(said, "the expression makes no window of at most 60000 ms with the record in it");
}

#[test]
fn the_picture_sees_them_open_and_close() {
    let mut task = task(
        "group by key | window from timestamp - timestamp % 100 to timestamp - timestamp % 100 + 100 up to 1s | count",
    );
    let node = millrace_streams::NodeId(1);
    feed(&mut task, "a", "", 50);
    let phases = |task: &Task| -> Vec<(i64, WindowPhase)> {
        task.windows(node).into_iter().map(|row| (row.window.start.0, row.phase)).collect()
    };
    assert_eq!(phases(&task), [(0, WindowPhase::Open)]);
    feed(&mut task, "a", "", 99);
    assert_eq!(phases(&task), [(0, WindowPhase::Open)]);
    // The window takes no more from the very millisecond of its end on.
    feed(&mut task, "a", "", 100);
    assert_eq!(phases(&task), [(0, WindowPhase::Closed), (100, WindowPhase::Open)]);
}

proptest! {
    /// Windows that an expression lays out as a tumbling window would are a tumbling window's: its counts, by the
    /// definition with the late rule in order of arrival.
    #[test]
    fn spans_are_those_of_the_definition(
        given in proptest::collection::vec((0_u8..3, 0_i64..150), 0..60), size in 1_i64..30, grace in 0_i64..40,
    ) {
        let start = format!("timestamp - timestamp % {size}");
        let stage = format!("group by key | window from {start} to {start} + {size} up to 1s grace {grace}ms | count");
        let mut task = task(&stage);
        let (mut found, mut expected) = (BTreeMap::new(), BTreeMap::new());
        let (mut stream_time, mut late) = (-1, 0);
        for (key, at) in given {
            stream_time = stream_time.max(at);
            let start = at - at % size;
            if start + size > stream_time - grace {
                *expected.entry((key.to_string(), start)).or_insert(0) += 1;
            } else {
                late += 1;
            }
            for (key, start, end, value) in feed(&mut task, &key.to_string(), "", at) {
                prop_assert_eq!(end, start + size - 1);
                found.insert((key, start), value.parse::<i32>().unwrap());
            }
        }
        prop_assert_eq!(found, expected);
        prop_assert_eq!(task.dropped_total(), late);
    }
}
