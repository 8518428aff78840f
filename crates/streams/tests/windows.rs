//! Window results against naive references, which know nothing of stores: they keep every record, sort and split by the
//! definition, and apply the late rule in the order of arrival.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // Helpers of tests.

use millrace_model::{Offset, Partition, Record, Timestamp, TopicName};
use millrace_streams::topology::builder::Materialized;
use millrace_streams::topology::function::{Aggregation, Reducer};
use millrace_streams::topology::{
    EmitStrategy, SessionWindows, SlidingWindows, TimeWindows, TopologyBuilder, Windows,
};
use millrace_streams::{Input, Key, OutputKind, Task, TaskId, TaskOutcome};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Key and timestamp; a record's value is its place in the input.
type Given = (u8, i64);
/// What a window holds, by key, start and end: the places of its records.
type Windowed = BTreeMap<(u8, i64, i64), BTreeSet<usize>>;

/// `groupByKey().windowedBy(windows).emitStrategy(emit).reduce(join with commas)`.
fn task(windows: Windows, emit: EmitStrategy) -> Task {
    task_keeping(windows, emit, None)
}

/// The same with `Materialized.withRetention`.
fn task_keeping(windows: Windows, emit: EmitStrategy, retention_ms: Option<i64>) -> Task {
    let mut builder = TopologyBuilder::new("app");
    let stream = builder.stream(&["in".into()]).unwrap();
    let grouped = builder.group_by_key(stream, None);
    let windowed = builder.windowed_by(grouped, windows, emit);
    let reduce = Aggregation::Reduce(Reducer::Concat);
    let materialized = Materialized { retention_ms, ..Materialized::default() };
    let table = builder.aggregate_windows(windowed, reduce, materialized).unwrap();
    let out = builder.to_stream(table).unwrap();
    builder.to(out, &"out".into()).unwrap();
    Task::new(Arc::new(builder.build()), TaskId { subtopology: 0, partition: Partition(0) })
}

/// The last result of every window.
#[derive(Default)]
struct Results(Windowed);

impl Results {
    fn feed(&mut self, task: &mut Task, place: usize, (key, timestamp): Given) {
        let topic = TopicName::from("in");
        let record = Record::new(Timestamp(timestamp), Some(&[key]), Some(place.to_string().as_bytes()));
        let offset = Offset(i64::try_from(place).unwrap());
        let input = Input {
            topic: &topic,
            partition: Partition(0),
            offset,
            timestamp: record.timestamp,
            record: &record,
        };
        let mut outcome = TaskOutcome::default();
        task.process([input], &mut outcome);
        for output in outcome.outputs {
            let (OutputKind::Sink { .. }, Some(Key::Windowed { key, window })) = (output.kind, output.key)
            else {
                continue;
            };
            let at = (key[0], window.start.0, window.end.0);
            match output.value {
                None => self.0.remove(&at),
                Some(value) => {
                    let places = value.to_text().split(',').map(|n| n.parse().unwrap()).collect();
                    self.0.insert(at, places)
                }
            };
        }
    }

    fn of(windows: impl Into<Windows>, given: &[Given]) -> (Windowed, u64) {
        let mut task = task(windows.into(), EmitStrategy::OnWindowUpdate);
        let mut results = Results::default();
        for (place, record) in given.iter().enumerate() {
            results.feed(&mut task, place, *record);
        }
        assert_eq!(task.failure(), None);
        (results.0, task.dropped_total())
    }
}

/// A record belongs to each window with `start <= t < start + size` and `start` a multiple of the advance, unless stream
/// time minus grace has reached the window's end.
fn naive_time(size: i64, advance: i64, grace: i64, given: &[Given]) -> (Windowed, u64) {
    let (mut windows, mut dropped, mut stream_time) = (Windowed::new(), 0, -1);
    for (place, &(key, t)) in given.iter().enumerate() {
        stream_time = stream_time.max(t);
        for start in (0..=t).filter(|start| start % advance == 0 && t < start + size) {
            if start + size <= stream_time - grace {
                dropped += 1;
            } else {
                windows.entry((key, start, start + size)).or_default().insert(place);
            }
        }
    }
    (windows, dropped)
}

/// Sorted timestamps split where the gap is larger than allowed; a record whose session ended before stream time minus gap
/// and grace is late. A session that ended so long ago can no more be extended.
fn naive_sessions(gap: i64, grace: i64, given: &[Given]) -> (Windowed, u64) {
    let (mut dropped, mut stream_time) = (0, -1);
    let mut finals = Windowed::new();
    let mut living: BTreeMap<u8, Vec<(i64, usize)>> = BTreeMap::new();
    for (place, &(key, t)) in given.iter().enumerate() {
        for (&key, records) in &mut living {
            for (at, places) in split(key, gap, records) {
                if at.2 <= stream_time - gap - grace {
                    records.retain(|(_, place)| !places.contains(place));
                    finals.insert(at, places);
                }
            }
        }
        stream_time = stream_time.max(t);
        let records = living.entry(key).or_default();
        records.push((t, place));
        let sessions = split(key, gap, records);
        let ((.., end), _) = sessions.iter().find(|(_, places)| places.contains(&place)).unwrap();
        if *end < stream_time - gap - grace {
            records.pop();
            dropped += 1;
        }
    }
    for (key, records) in living {
        finals.extend(split(key, gap, &records));
    }
    (finals, dropped)
}

fn split(key: u8, gap: i64, records: &[(i64, usize)]) -> Windowed {
    let mut sorted = records.to_vec();
    sorted.sort_unstable();
    let mut sessions = Windowed::new();
    for session in sorted.chunk_by(|(a, _), (b, _)| b - a <= gap) {
        let (start, end) = (session[0].0, session[session.len() - 1].0);
        sessions.insert((key, start, end), session.iter().map(|(_, place)| *place).collect());
    }
    sessions
}

/// With nothing late: a window of this length ends with each record (records too early for that share the first window),
/// and one begins right after each record that another follows within it. Both ends count.
fn naive_sliding(length: i64, given: &[Given]) -> Windowed {
    let mut windows = Windowed::new();
    for &(key, t) in given {
        for start in [(t - length).max(0), t + 1] {
            let within =
                |(_, (of, at)): &(usize, &Given)| *of == key && (start..=start + length).contains(at);
            let places: BTreeSet<usize> =
                given.iter().enumerate().filter(within).map(|(place, _)| place).collect();
            if !places.is_empty() {
                windows.insert((key, start, start + length), places);
            }
        }
    }
    windows
}

fn records(most: i64) -> impl Strategy<Value = Vec<Given>> {
    proptest::collection::vec((0_u8..3, 0..most), 0..60)
}

proptest! {
    #[test]
    fn tumbling_and_hopping_windows_are_those_of_the_definition(
        given in records(120), size in 1_i64..30, advance in 1_i64..30, grace in 0_i64..40,
    ) {
        let advance = advance.min(size);
        let windows = TimeWindows::tumbling(size, grace).unwrap().advance_by(advance).unwrap();
        prop_assert_eq!(Results::of(windows, &given), naive_time(size, advance, grace, &given));
    }

    #[test]
    fn sessions_are_those_of_the_definition(given in records(150), gap in 1_i64..20, grace in 0_i64..40) {
        let windows = SessionWindows::new(gap, grace).unwrap();
        prop_assert_eq!(Results::of(windows, &given), naive_sessions(gap, grace, &given));
    }

    #[test]
    fn sliding_windows_are_those_of_the_definition(given in records(150), length in 1_i64..40) {
        let windows = SlidingWindows::new(length, 1_000).unwrap();
        prop_assert_eq!(Results::of(windows, &given), (naive_sliding(length, &given), 0));
    }

    /// A record that comes before its own left window closes is in it.
    #[test]
    fn a_record_in_time_is_in_the_window_that_ends_with_it(
        given in records(150), length in 1_i64..40, grace in 0_i64..40,
    ) {
        let (found, _) = Results::of(SlidingWindows::new(length, grace).unwrap(), &given);
        let mut stream_time = -1;
        for (place, &(key, t)) in given.iter().enumerate() {
            stream_time = stream_time.max(t);
            let start = (t - length).max(0);
            if start + length >= stream_time - grace {
                prop_assert!(found[&(key, start, start + length)].contains(&place));
            }
        }
    }

    /// What leaves on window close is what the last update before it said, as long as the store keeps it until then.
    #[test]
    fn final_results_are_the_last_updates(given in records(120), grace in 0_i64..30, kind in 0..3) {
        let windows: Windows = match kind {
            0 => TimeWindows::tumbling(20, grace).unwrap().advance_by(7).unwrap().into(),
            1 => SessionWindows::new(9, grace).unwrap().into(),
            _ => SlidingWindows::new(20, grace).unwrap().into(),
        };
        // A record of another key, long after, closes every window of the others.
        let given: Vec<Given> = given.into_iter().chain([(9, 10_000)]).collect();
        let [updates, finals] = [EmitStrategy::OnWindowUpdate, EmitStrategy::OnWindowClose].map(|emit| {
            // The store finds sessions to emit by segment; and if it showed one for longer than it is open, a record at
            // its edge would still extend what was final.
            let retention_ms = (!matches!(windows, Windows::Session(_))).then_some(20_000);
            let mut task = task_keeping(windows, emit, retention_ms);
            let mut results = Results::default();
            for (place, record) in given.iter().enumerate() {
                results.feed(&mut task, place, *record);
            }
            results.0.retain(|(key, ..), _| *key != 9);
            results.0
        });
        prop_assert_eq!(finals, updates);
    }

    /// When grace covers all disorder, tasks of any number say together what one says alone.
    #[test]
    fn with_enough_grace_partitions_do_not_matter(given in records(100), tasks in 1_u8..4, kind in 0..2) {
        let windows: Windows = match kind {
            0 => TimeWindows::tumbling(20, 100).unwrap().into(),
            _ => SessionWindows::new(9, 100).unwrap().into(),
        };
        prop_assert_eq!(partitioned(windows, &given, tasks), partitioned(windows, &given, 1));
    }
}

/// The last results of tasks that share the keys among them.
fn partitioned(windows: Windows, given: &[Given], tasks: u8) -> Windowed {
    let mut together = Windowed::new();
    for partition in 0..tasks {
        let mut task = task(windows, EmitStrategy::OnWindowUpdate);
        let mut results = Results::default();
        for (place, record) in given.iter().enumerate().filter(|(_, (key, _))| key % tasks == partition) {
            results.feed(&mut task, place, *record);
        }
        together.extend(results.0);
    }
    together
}

/// Kafka's own: the record that closes a window by a jump of stream time also ages the store, and the window is gone
/// before its final result is looked up.
#[test]
fn a_jump_of_stream_time_loses_final_results() {
    let finals = |given: &[Given]| {
        let windows = TimeWindows::tumbling(20, 0).unwrap().into();
        let (mut task, mut finals) = (task(windows, EmitStrategy::OnWindowClose), Results::default());
        for (place, record) in given.iter().enumerate() {
            finals.feed(&mut task, place, *record);
        }
        finals.0
    };
    assert_eq!(finals(&[(0, 5), (1, 39)]), Windowed::from([((0, 0, 20), BTreeSet::from([0]))]));
    assert_eq!(finals(&[(0, 5), (1, 40)]), Windowed::new());
}

/// Kafka's own: a left window takes over the aggregate of the window before it. Where a late record has made no left
/// window, that one begins too early, and the new window holds a record that lies outside of it.
#[test]
fn a_sliding_window_may_hold_what_does_not_belong_to_it() {
    let windows = SlidingWindows::new(23, 28).unwrap();
    let (found, _) = Results::of(windows, &[(0, 79), (0, 131), (0, 80), (0, 95), (0, 116)]);
    assert_eq!(found[&(0, 93, 116)], BTreeSet::from([2, 3, 4]));
}

/// Too little grace: stream time is a task's own, so a record that one task takes is late for another.
#[test]
fn with_too_little_grace_partitions_matter() {
    let windows = Windows::from(TimeWindows::tumbling(20, 0).unwrap());
    let given = [(0, 5), (1, 30), (0, 6)];
    let alone = partitioned(windows, &given, 1);
    let together = partitioned(windows, &given, 2);
    assert_eq!(alone[&(0, 0, 20)], BTreeSet::from([0]));
    assert_eq!(together[&(0, 0, 20)], BTreeSet::from([0, 2]));
}

/// Kafka's own difference from the definition, kept: a session that ended exactly gap and grace ago is not closed for a
/// late record, but the store does not show it any more, so that the record opens a session beside it.
#[test]
fn a_session_at_the_very_edge_is_not_found() {
    let windows = SessionWindows::new(10, 0).unwrap();
    let given = [(0, 10), (1, 20), (0, 12)];
    let (found, dropped) = Results::of(windows, &given);
    let keys: Vec<(u8, i64, i64)> = found.into_keys().collect();
    assert_eq!((keys, dropped), (vec![(0, 10, 10), (0, 12, 12), (1, 20, 20)], 0));
}

/// What a record between two sessions does to them, each result with its window: `key start..end value`.
fn bridging(retention_ms: Option<i64>, emit: EmitStrategy, given: &[Given]) -> (Vec<String>, u64) {
    let windows = SessionWindows::new(10, 5).unwrap().into();
    let mut task = task_keeping(windows, emit, retention_ms);
    let mut said = Vec::new();
    for (place, (key, timestamp)) in given.iter().enumerate() {
        let (topic, value) = (TopicName::from("in"), place.to_string());
        let record = Record::new(Timestamp(*timestamp), Some(&[*key]), Some(value.as_bytes()));
        let (partition, offset) = (Partition(0), Offset(0));
        let input = Input { topic: &topic, partition, offset, timestamp: record.timestamp, record: &record };
        let mut outcome = TaskOutcome::default();
        task.process([input], &mut outcome);
        for output in outcome.outputs.iter().filter(|output| !output.is_changelog()) {
            let Some(Key::Windowed { key, window }) = &output.key else { continue };
            let value = output.value.as_ref().map_or("null".into(), |value| value.to_text().into_owned());
            said.push(format!("{} {}..{} {value}", key[0], window.start.0, window.end.0));
        }
    }
    (said, task.dropped_total())
}

/// Sessions [10, 10] and [24, 24] of key 0, gap 10, grace 5; key 1 moves time; then key 0 at 18, within the gap of both.
/// `KStreamSessionWindowAggregate` looks at the end of what comes of the merge and at nothing else: the record is late
/// only if even that has closed. Whether the first session takes part, although it has closed, the store decides: it
/// shows what ended less than its retention ago (`AbstractRocksDBSegmentedBytesStore.getActualFrom`).
#[test]
fn a_record_between_two_sessions_bridges_what_the_store_still_shows() {
    let update = EmitStrategy::OnWindowUpdate;
    let between = |at: i64| [(0, 10), (0, 24), (1, at), (0, 18)];
    let said = |last: &[&str], at: i64| {
        let first = ["0 10..10 0".to_owned(), "0 24..24 1".to_owned(), format!("1 {at}..{at} 2")];
        first.into_iter().chain(last.iter().map(|said| (*said).to_owned())).collect::<Vec<_>>()
    };
    let both = ["0 10..10 null", "0 24..24 null", "0 10..24 0,1,3"];
    let second = ["0 24..24 null", "0 18..24 1,3"];
    // 24: both are open and in sight.
    assert_eq!(bridging(None, update, &between(24)), (said(&both, 24), 0));
    // 25: the first one is open for the last time, and already out of sight. 27: it has closed. It stays as it was.
    assert_eq!(bridging(None, update, &between(25)), (said(&second, 25), 0));
    assert_eq!(bridging(None, update, &between(27)), (said(&second, 27), 0));
    // A store that keeps more than gap and grace shows it, closed as it is: its result is taken back.
    assert_eq!(bridging(Some(1_000), update, &between(27)), (said(&both, 27), 0));
    assert_eq!(bridging(Some(1_000), update, &between(39)), (said(&both, 39), 0));
    // 40: what comes of the merge has closed, too: the record is late.
    assert_eq!(bridging(Some(1_000), update, &between(40)), (said(&[], 40), 1));
    // Without more retention that is so at 39: the second session is out of sight, and the record alone is late.
    assert_eq!(bridging(None, update, &between(38)), (said(&second, 38), 0));
    assert_eq!(bridging(None, update, &between(39)), (said(&[], 39), 1));
    // On window close the first one's final result is out at 27; what the wide store makes of it comes as another one.
    let end = [(0, 10), (0, 24), (1, 27), (0, 18), (1, 60)];
    let finals = |retention| bridging(retention, EmitStrategy::OnWindowClose, &end).0;
    assert_eq!(finals(None), ["0 10..10 0", "0 18..24 1,3", "1 27..27 2"]);
    assert_eq!(finals(Some(1_000)), ["0 10..10 0", "0 10..24 0,1,3", "1 27..27 2"]);
}
