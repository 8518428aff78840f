//! Patterns over a key's records: what they find, what they keep, what order and time do to them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // Helpers of tests.

use millrace_model::{Offset, Partition, Record, Timestamp, TopicName};
use millrace_streams::language::Pipeline;
use millrace_streams::{DropReason, Input, OutputKind, Task, TaskId, TaskOutcome};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

const DECLINES: &str = "detect sequence value == \"declined\" times 3 followed by value == \"ok\" within 60s";

fn task(stage: &str) -> Task {
    let topology =
        Pipeline::parse(&format!("stream in | {stage} | to out")).unwrap().topology("app").unwrap();
    Task::new(Arc::new(topology), TaskId { subtopology: 0, partition: Partition(0) })
}

/// What comes out: key, value, timestamp.
type Found = Vec<(String, String, i64)>;

fn sent(outcome: &TaskOutcome) -> Found {
    let sinks = outcome.outputs.iter().filter(|o| matches!(o.kind, OutputKind::Sink { .. }));
    sinks
        .map(|o| {
            let (key, value) = (o.key.as_ref().unwrap(), o.value.as_ref().unwrap());
            (key.to_string(), value.to_string(), o.timestamp.0)
        })
        .collect()
}

fn feed(task: &mut Task, key: &str, value: &str, seconds: i64) -> Found {
    let topic = TopicName::from("in");
    let timestamp = Timestamp(seconds * 1_000);
    let record = Record::new(timestamp, Some(key.as_bytes()), Some(value.as_bytes()));
    let input =
        Input { topic: &topic, partition: Partition(0), offset: Offset(0), timestamp, record: &record };
    let mut outcome = TaskOutcome::default();
    task.process([input], &mut outcome);
    assert_eq!(task.failure(), None);
    sent(&outcome)
}

fn all(task: &mut Task, given: &[(&str, &str, i64)]) -> Found {
    given.iter().flat_map(|(key, value, seconds)| feed(task, key, value, *seconds)).collect()
}

fn found(key: &str, value: &str, at: i64) -> (String, String, i64) {
    (key.to_owned(), value.to_owned(), at)
}

/// The pattern's store: each key's row.
fn rows(task: &Task) -> BTreeMap<String, String> {
    let store = task.topology().store_named("pattern-1").unwrap();
    task.table(store).into_iter().map(|row| (row.key.to_string(), row.value.to_string())).collect()
}

#[test]
fn three_declines_and_a_success_are_found_for_each_key_and_its_state_can_be_read() {
    let mut task = task(DECLINES);
    let given = [("a", "declined", 1), ("b", "declined", 2), ("a", "other", 3), ("a", "declined", 4)];
    assert_eq!(all(&mut task, &given), []);
    assert_eq!(
        rows(&task),
        BTreeMap::from([
            ("a".to_owned(), "{\"seen\":[[1000,1],[4000,1]]}".to_owned()),
            ("b".to_owned(), "{\"seen\":[[2000,1]]}".to_owned()),
        ])
    );
    assert_eq!(all(&mut task, &[("b", "ok", 5), ("a", "declined", 6)]), []);
    assert_eq!(
        feed(&mut task, "a", "ok", 7),
        [found("a", "{\"from\":1000,\"to\":7000,\"events\":[1000,4000,6000,7000]}", 7_000)]
    );
    // What led to it counts no more.
    assert_eq!(feed(&mut task, "a", "ok", 8), []);
    assert_eq!(rows(&task).keys().collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn a_sequence_has_its_time_and_takes_the_latest_records() {
    let edge = |last: i64| {
        let mut task = task(DECLINES);
        all(&mut task, &[("a", "declined", 0), ("a", "declined", 5), ("a", "declined", 6), ("a", "ok", last)])
    };
    assert_eq!(edge(60).len(), 1);
    assert_eq!(edge(61), []);
    let mut task = task(DECLINES);
    let given: Vec<(&str, &str, i64)> =
        (0..5).map(|s| ("a", "declined", s * 20)).chain([("a", "ok", 90)]).collect();
    assert_eq!(
        all(&mut task, &given),
        [found("a", "{\"from\":40000,\"to\":90000,\"events\":[40000,60000,80000,90000]}", 90_000)]
    );
}

/// Out of order without grace: the late record is dropped, and counted, and the match with it. With grace it is found,
/// once stream time has gone on.
#[test]
fn order_is_that_of_the_timestamps_if_there_is_grace() {
    let given = [("a", "declined", 1), ("a", "declined", 2), ("a", "ok", 9), ("a", "declined", 3)];
    let mut strict = task(DECLINES);
    assert_eq!(all(&mut strict, &given), []);
    assert_eq!(strict.dropped_total(), 1);
    let reason = &strict.dropped().next().unwrap().reason;
    assert_eq!(*reason, DropReason::LateForPattern { stream_time: Timestamp(9_000), grace_ms: 0 });
    let mut patient = task(&format!("{DECLINES} grace 10s"));
    assert_eq!(all(&mut patient, &given), []);
    let expected = found("a", "{\"from\":1000,\"to\":9000,\"events\":[1000,2000,3000,9000]}", 9_000);
    // Any key's record moves the time.
    assert_eq!(all(&mut patient, &[("b", "declined", 19)]), []);
    assert_eq!(all(&mut patient, &[("b", "declined", 20)]), [expected]);
    assert_eq!(patient.dropped_total(), 0);
}

#[test]
fn an_absence_is_told_once_when_stream_time_has_come_so_far() {
    let mut task = task("detect absence value == \"beat\" for 30s");
    assert_eq!(all(&mut task, &[("a", "beat", 0), ("b", "beat", 10), ("a", "noise", 29)]), []);
    let expected = found("a", "{\"last\":0,\"absent\":30000}", 30_000);
    assert_eq!(feed(&mut task, "b", "beat", 30), [expected]);
    assert_eq!(rows(&task)["a"], "{\"last\":0,\"absent\":true}");
    assert_eq!(feed(&mut task, "b", "beat", 50), []);
    // Back again, and gone again: this time its own next record tells.
    assert_eq!(feed(&mut task, "a", "beat", 51), []);
    let expected = [
        found("a", "{\"last\":51000,\"absent\":81000}", 81_000),
        found("b", "{\"last\":50000,\"absent\":80000}", 80_000),
    ];
    assert_eq!(feed(&mut task, "a", "beat", 90), expected);
}

#[test]
fn by_the_wall_clock_an_absence_needs_no_record() {
    let mut task = task("detect absence true for 30s on wall clock");
    let tell = |task: &mut Task, seconds: i64| {
        let outcome = task.decide_wall_clock(Timestamp(seconds * 1_000));
        outcome.events.iter().for_each(|event| task.apply(event));
        sent(&outcome)
    };
    assert_eq!(tell(&mut task, 1_000), []);
    // The record's own timestamp does not matter.
    assert_eq!(feed(&mut task, "a", "x", 5), []);
    assert_eq!(tell(&mut task, 1_029), []);
    assert_eq!(tell(&mut task, 1_030), [found("a", "{\"last\":1000000,\"absent\":1030000}", 1_030_000)]);
    assert_eq!(tell(&mut task, 1_060), []);
}

#[test]
fn a_threshold_raises_after_its_time_and_clears_below_another_limit() {
    let mut task = task("detect threshold value > 80 for 20s until value < 60");
    let given = [("a", "90", 0), ("a", "70", 10), ("a", "85", 11), ("a", "95", 30)];
    assert_eq!(all(&mut task, &given), []);
    assert_eq!(rows(&task)["a"], "{\"since\":11000}");
    assert_eq!(
        feed(&mut task, "a", "81", 31),
        [found("a", "{\"alert\":\"raised\",\"since\":11000,\"at\":31000}", 31_000)]
    );
    // Trembling around the limit tells nothing more.
    assert_eq!(all(&mut task, &[("a", "79", 32), ("a", "81", 33), ("a", "60", 60), ("a", "99", 90)]), []);
    assert_eq!(feed(&mut task, "a", "59", 91), [found("a", "{\"alert\":\"cleared\",\"at\":91000}", 91_000)]);
    assert_eq!(rows(&task), BTreeMap::new());
}

#[test]
fn the_changelog_holds_the_state() {
    let mut task = task(DECLINES);
    let topic = TopicName::from("in");
    let mut fold: BTreeMap<String, String> = BTreeMap::new();
    for (n, value) in ["declined", "ok", "declined", "declined", "ok", "declined"].into_iter().enumerate() {
        let record = Record::new(Timestamp(n as i64), Some(b"a"), Some(value.as_bytes()));
        let (partition, offset) = (Partition(0), Offset(0));
        let input = Input { topic: &topic, partition, offset, timestamp: record.timestamp, record: &record };
        let mut outcome = TaskOutcome::default();
        task.process([input], &mut outcome);
        for change in outcome.outputs.iter().filter(|o| o.is_changelog()) {
            let key = change.key.as_ref().unwrap().to_string();
            match &change.value {
                None => drop(fold.remove(&key)),
                Some(value) => drop(fold.insert(key, value.to_string())),
            }
        }
        assert_eq!(fold, rows(&task));
    }
}

#[test]
fn a_key_remembers_so_many_records() {
    let mut task = task("detect sequence value == \"a\" followed by value == \"b\" within 1d");
    for second in 0..1_010 {
        feed(&mut task, "k", "a", second);
    }
    assert_eq!(rows(&task)["k"].matches('[').count(), 1 + millrace_streams::limits::PATTERN_RECORDS);
    assert_eq!(feed(&mut task, "k", "b", 1_010).len(), 1);
}

/// Every sequence of a key by its definition: over the records by timestamp, the first record that ends one, from the
/// latest that fits before it; then on behind it.
fn naive(given: &[(u8, i64)], within: i64) -> Vec<(i64, i64)> {
    let mut sorted = given.to_vec();
    sorted.sort_by_key(|(_, time)| *time);
    let (mut from, mut found) = (0, Vec::new());
    for last in 0..sorted.len() {
        if sorted[last].0 != 1 {
            continue;
        }
        let declines: Vec<i64> =
            sorted[from..last].iter().filter(|(kind, _)| *kind == 0).map(|(_, t)| *t).collect();
        let Some(first) = declines.len().checked_sub(2).map(|at| declines[at]) else { continue };
        if sorted[last].1 - first <= within {
            found.push((first, sorted[last].1));
            from = last + 1;
        }
    }
    found
}

proptest! {
    /// With grace for all disorder, any order of arrival finds what the definition finds.
    #[test]
    fn sequences_are_those_of_the_definition(
        kinds in proptest::collection::vec(0_u8..3, 0..20), within in 1_i64..15, seed in any::<u64>(),
    ) {
        let given: Vec<(u8, i64)> = kinds.into_iter().zip(0..).collect();
        // Shuffled by a generator of its own: arrival is any order.
        let mut arrival = given.clone();
        let mut state = seed | 1;
        for at in (1..arrival.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            arrival.swap(at, (state >> 33) as usize % (at + 1));
        }
        let stage = format!("detect sequence value == 0 times 2 followed by value == 1 within {within}s");
        let results = |order: &[(u8, i64)], grace: &str| {
            let mut task = task(&format!("{stage}{grace}"));
            let mut found: Found = order.iter().flat_map(|(kind, t)| feed(&mut task, "k", &kind.to_string(), *t)).collect();
            found.extend(feed(&mut task, "other", "0", 1_000));
            assert_eq!(task.dropped_total(), 0);
            found
        };
        let expected: Vec<(i64, i64)> = naive(&given, within);
        let in_order = results(&given, "");
        let bounds: Vec<(i64, i64)> = in_order.iter().map(|(_, value, at)| {
            let from = value.split_once(':').unwrap().1.split_once(',').unwrap().0.parse::<i64>().unwrap();
            (from / 1_000, at / 1_000)
        }).collect();
        prop_assert_eq!(bounds, expected);
        prop_assert_eq!(results(&arrival, " grace 20s"), in_order);
    }
}
