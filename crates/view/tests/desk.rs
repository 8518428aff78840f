//! The desk of a streams application, as text and numbers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

mod common;

use common::{tell, told};
use millrace_model::{Offset, Timestamp};
use millrace_sim::Timeline;
use millrace_view::desk::{DotFate, JoinFate, apart, graph, join, retime, tables, timing};
use millrace_view::{Scene, Target, Viewport, scene};

const BEGIN: &str = "network latency 20ms
kafka-topics --create --topic orders --partitions 1
producer start checkout --topic orders
";
const COUNT: &str = "streams start analytics --statestore-cache-max-bytes 0 'stream orders | filter value > 0 | group by key | window tumbling 10s grace 5s | count | to n'
wait 10s
";

fn counted(times: &[&str]) -> Timeline {
    let mut timeline = told(&format!("{BEGIN}{COUNT}"));
    for at in times {
        tell(&mut timeline, &format!("produce orders alice 1 --timestamp 12:00:{at}\nwait 1s\n"));
    }
    timeline
}

fn stage(timeline: &Timeline) -> Scene {
    scene(timeline.world(), Viewport { width: 1_000.0, is_touch: false })
}

fn says(timeline: &Timeline) -> Vec<String> {
    let stage = stage(timeline);
    stage.boards[0].rows.iter().flat_map(|row| &row.bars).map(|bar| bar.label.clone()).collect()
}

#[test]
fn records_stand_at_both_times_and_say_what_became_of_them() {
    let timeline = counted(&["11", "24.999", "13", "26", "14"]);
    let timing = timing(&timeline, "analytics", None, 800.0).unwrap();
    let fates: Vec<DotFate> = timing.dots.iter().map(|dot| dot.fate).collect();
    use DotFate::{Dropped, InOrder, Late};
    assert_eq!(fates, [InOrder, InOrder, Late, InOrder, Dropped]);
    assert!(timing.dots.iter().all(|dot| dot.can_move));
    for pair in timing.dots.windows(2) {
        assert!(pair[0].at.y > pair[1].at.y, "later is higher");
        assert_eq!(pair[0].at.x < pair[1].at.x, pair[0].timestamp < pair[1].timestamp);
    }
    assert!(
        timing.dots[4].label.contains("came late: its window [12:00:10, 12:00:20)"),
        "{}",
        timing.dots[4].label
    );
    let windows: Vec<(&str, bool)> =
        timing.windows.iter().map(|window| (window.text.as_str(), window.is_closed)).collect();
    assert_eq!(windows, [("[12:00:10, 12:00:20)", true), ("[12:00:20, 12:00:30)", false)]);
    assert_eq!(timing.stair.text, "12:00:26");
    assert!(
        timing.stair.line.windows(2).all(|p| p[0].x <= p[1].x && p[0].y >= p[1].y),
        "time never goes back"
    );
    assert_eq!(timing.results.len(), 4);
    assert!(timing.results.iter().all(|result| !result.is_final));
}

#[test]
fn windows_by_expression_are_boxes_and_marked_as_ours() {
    let start = "stream orders | group by key | window from timestamp - timestamp % 10000 to timestamp - timestamp % 10000 + 10000 up to 15s grace 5s";
    let sessions = "stream orders | group by key | window session by if key == \"alice\" then 10000 else 20000 up to 20s";
    let drawn = |pipeline: &str, ours: &str, expected: &[(&str, bool)], final_bar: &str| {
        let mut timeline = told(&format!(
            "{BEGIN}streams start analytics --statestore-cache-max-bytes 0 '{pipeline} | count | to n'\nwait 10s\n"
        ));
        for at in ["11", "14.999", "26", "36.000"] {
            tell(&mut timeline, &format!("produce orders alice 1 --timestamp 12:00:{at}\nwait 1s\n"));
        }
        let timing = timing(&timeline, "analytics", None, 800.0).unwrap();
        assert_eq!(timing.extension, Some("windows that Kafka Streams has not"));
        let windows: Vec<(&str, bool)> =
            timing.windows.iter().map(|window| (window.text.as_str(), window.is_closed)).collect();
        assert_eq!(windows, expected);
        let subtitle = &stage(&timeline).boards[0].subtitle;
        assert!(subtitle.starts_with(&format!("windows that Kafka Streams has not{ours}")), "{subtitle}");
        assert!(says(&timeline).iter().any(|bar| bar == final_bar), "{:?}", says(&timeline));
    };
    drawn(
        start,
        " by expression, of at most 15 s · grace 5 s · count by key",
        &[("[12:00:10, 12:00:20)", true), ("[12:00:20, 12:00:30)", true), ("[12:00:30, 12:00:40)", false)],
        "alice, window [12:00:10, 12:00:20): 2, final",
    );
    drawn(
        sessions,
        ": sessions whose gap the key decides, of at most 20 s · no grace · count by key",
        // Of two that have grown together the first is gone, and none of those is final.
        &[
            ("[12:00:11, 12:00:11]", false),
            ("[12:00:11, 12:00:14.999]", true),
            ("[12:00:26, 12:00:26]", false),
            ("[12:00:26, 12:00:36]", false),
        ],
        "alice, window [12:00:11, 12:00:14.999]: 2, final",
    );
    assert_eq!(timing(&counted(&["11"]), "analytics", None, 800.0).unwrap().extension, None);
}

#[test]
fn what_the_record_cache_holds_back_comes_out_with_the_commit() {
    let mut timeline = told(&format!("{BEGIN}{}", COUNT.replace(" --statestore-cache-max-bytes 0", "")));
    tell(
        &mut timeline,
        "produce orders alice 1 --timestamp 12:00:11\nwait 1s\nproduce orders alice 1 --timestamp 12:00:12\nwait 1s\n",
    );
    let results = |timeline: &Timeline| -> Vec<String> {
        let timing = timing(timeline, "analytics", None, 800.0).unwrap();
        timing.results.into_iter().map(|result| result.text).collect()
    };
    assert_eq!(results(&timeline), [] as [String; 0]);
    tell(&mut timeline, "wait 30s\n");
    assert_eq!(results(&timeline), ["alice [12:00:10, 12:00:20)"], "one result of two updates");
}

#[test]
fn final_results_are_told_from_updates() {
    let pipeline = "streams start analytics --statestore-cache-max-bytes 0 'stream orders | group by key | window tumbling 10s | count | suppress until window closes | to n'\nwait 10s\n";
    let mut timeline = told(&format!("{BEGIN}{pipeline}"));
    tell(
        &mut timeline,
        "produce orders alice 1 --timestamp 12:00:11\nwait 1s\nproduce orders alice 1 --timestamp 12:00:21\nwait 1s\n",
    );
    let results: Vec<bool> =
        timing(&timeline, "analytics", None, 800.0).unwrap().results.iter().map(|r| r.is_final).collect();
    assert_eq!(results, [true]);
}

#[test]
fn a_moved_record_is_late_in_another_history_and_undo_brings_the_first_one_back() {
    let mut timeline = counted(&["11", "12", "26"]);
    let before = timeline.world().state_hash();
    assert_eq!(says(&timeline)[0], "alice, window [12:00:10, 12:00:20): 2, final");
    let Target::Record(tp, offset) =
        timing(&timeline, "analytics", None, 800.0).unwrap().dots[1].target.clone()
    else {
        panic!("dots are records")
    };
    assert_eq!(offset, Offset(1));
    // Behind the third one, which then is late but in time for its window.
    let second = timing(&timeline, "analytics", None, 800.0).unwrap().dots[1].timestamp;
    let shifted = |ms: i64| Timestamp(second.0 + ms);
    let moved = retime(&timeline, &tp, offset, shifted(15_000)).unwrap();
    assert_eq!(timeline.rewrite(moved.index, moved.command), Ok(vec![]));
    assert_eq!(says(&timeline)[0], "alice, window [12:00:10, 12:00:20): 1, final");
    let fates = |timeline: &Timeline| -> Vec<DotFate> {
        timing(timeline, "analytics", None, 800.0).unwrap().dots.iter().map(|dot| dot.fate).collect()
    };
    assert_eq!(fates(&timeline), [DotFate::InOrder, DotFate::InOrder, DotFate::Late]);
    assert_eq!(timeline.branches().len(), 2);
    let undoable = timeline.undoable().map(|command| format!("{command:?}"));
    assert!(undoable.is_some_and(|command| command.contains("Produce")), "undo says what it takes back");
    // The last one to before everything: its window has closed by then.
    let moved = retime(&timeline, &tp, Offset(2), shifted(-9_000)).unwrap();
    assert_eq!(timeline.rewrite(moved.index, moved.command), Ok(vec![]));
    assert_eq!(fates(&timeline)[2], DotFate::Dropped);
    assert!(timeline.undo() && timeline.undo());
    assert_eq!(timeline.world().state_hash(), before);
    assert_eq!(retime(&timeline, &tp, Offset(1), second).unwrap_err(), "it has this time already");
}

#[test]
fn the_graph_has_layers_stores_tasks_and_drops() {
    let timeline = counted(&["11", "31", "12"]);
    let graph = graph(&timeline, "analytics").unwrap();
    let nodes: Vec<String> = graph
        .nodes
        .iter()
        .map(|n| format!("{} {} ({}, {}) {} {}", n.kind, n.label, n.rect.x, n.rect.y, n.detail, n.drops))
        .collect();
    assert_eq!(
        nodes,
        [
            "source orders (16, 28) 3 · 0.3/s 0",
            "processor filter (208, 28) 3 · 0.3/s 0",
            "state count (400, 28) 3 · 0.3/s 1",
            "processor toStream (592, 28) 2 · 0.2/s 0",
            "sink n (784, 28) 2 records 0",
        ]
    );
    assert_eq!(
        graph.edges.iter().map(|edge| edge.kind).collect::<Vec<_>>(),
        ["flow", "flow", "flow", "store", "flow"]
    );
    let newest: Vec<&str> = graph.nodes.iter().filter(|n| n.is_newest).map(|n| n.label.as_str()).collect();
    assert_eq!(newest, ["orders", "filter", "count"], "the last record is late: nothing left the count");
    let flows: Vec<bool> = graph.edges.iter().map(|edge| edge.is_newest).collect();
    assert_eq!(flows, [true, true, false, false, false]);
    assert_eq!((graph.stores.len(), graph.stores[0].entries), (1, 1));
    let tasks: Vec<&str> = graph.subs[0].tasks.iter().map(|task| task.task.as_str()).collect();
    assert_eq!(tasks, ["0_0"]);
    assert_eq!(graph.subs[0].tasks[0].detail, "stream time 12:00:31 · 1 dropped");
}

#[test]
fn a_store_is_the_newest_of_its_log() {
    let timeline = counted(&["11", "12", "21"]);
    let stores = tables(&timeline, "analytics");
    let [store] = &stores[..] else { panic!("one store") };
    assert_eq!(
        store.rows,
        [["alice [12:00:10, 12:00:20)", "2", "0_0"], ["alice [12:00:20, 12:00:30)", "1", "0_0"]]
    );
    assert_eq!(
        store.changelog.as_deref(),
        Some("analytics-KSTREAM-AGGREGATE-STATE-STORE-0000000003-changelog")
    );
    let log: Vec<(&str, &str, &str, bool)> =
        store.log.iter().map(|l| (l.place.as_str(), l.key.as_str(), l.value.as_str(), l.is_newest)).collect();
    assert_eq!(
        log,
        [
            ("P0 @0", "alice [12:00:10, 12:00:20)", "1", false),
            ("P0 @1", "alice [12:00:10, 12:00:20)", "2", true),
            ("P0 @2", "alice [12:00:20, 12:00:30)", "1", true),
        ]
    );
}

#[test]
fn a_join_shows_who_met_who_waits_and_who_waited_in_vain() {
    let mut timeline = told(
        "network latency 20ms
kafka-topics --create --topic orders --partitions 1
kafka-topics --create --topic payments --partitions 1
producer start checkout --topic orders
streams start shop --statestore-cache-max-bytes 0 'stream orders | join stream payments within 5s | to paid'
wait 10s
produce orders alice 1 --timestamp 12:00:10
wait 1s
produce payments alice 2 --timestamp 12:00:12
wait 1s
produce orders bob 3 --timestamp 12:00:13
wait 1s
",
    );
    let fates = |timeline: &Timeline| -> Vec<Vec<JoinFate>> {
        let board = join(timeline, "shop", 0, 800.0).unwrap();
        board.lanes.iter().map(|lane| lane.dots.iter().map(|dot| dot.fate).collect()).collect()
    };
    assert_eq!(fates(&timeline), [vec![JoinFate::Matched(1), JoinFate::Waiting], vec![JoinFate::Matched(1)]]);
    tell(&mut timeline, "produce orders carol 4 --timestamp 12:00:30\nwait 1s\n");
    assert_eq!(
        fates(&timeline),
        [vec![JoinFate::Matched(1), JoinFate::Expired, JoinFate::Waiting], vec![JoinFate::Matched(1)]]
    );
    let board = join(&timeline, "shop", 0, 800.0).unwrap();
    assert_eq!(board.matches.len(), 1);
    assert_eq!((board.lanes[0].name.as_str(), board.lanes[1].name.as_str()), ("orders", "payments"));
    assert_eq!(board.title, "inner join · a right record may be 5 s older or 5 s younger · no grace");
    assert_eq!(
        board.reasons[0],
        "bob at 12:00:13 (left): nothing came out, because no record of its key from 12:00:08 to 12:00:18 was there in time"
    );
}

/// Kafka compares counts of partitions and nothing else: the desk says what nobody says.
#[test]
fn keys_that_a_join_never_brings_together_are_named() {
    let timeline = told(
        "kafka-topics --create --topic orders --partitions 3
kafka-topics --create --topic payments --partitions 3
producer start bank --topic payments --partitioner consistent-random
producer start shop --topic orders
streams start match 'stream orders | join stream payments within 10s | to paid'
streams start enrich 'stream orders | join table payments | to enriched'
wait 5s
produce --producer bank --key alice --value 1
produce --producer shop --key alice --value 2
produce --producer bank --key carol --value 1
produce --producer shop --key carol --value 2
wait 5s
",
    );
    let said = "alice lies in orders-0 and in payments-2: no task reads both, so it finds no partner, and nothing complains";
    assert_eq!(apart(&timeline, "match"), [said]);
    let reasons = join(&timeline, "match", 0, 800.0).unwrap().reasons;
    assert_eq!(reasons.last().map(String::as_str), Some(said));
    let details = |name: &str| -> Vec<String> {
        let nodes = graph(&timeline, name).unwrap().nodes;
        let joins =
            nodes.into_iter().filter(|node| node.label.starts_with("join") && node.kind == "processor");
        joins.map(|node| node.detail).collect()
    };
    assert_eq!(details("enrich"), ["1 key apart"]);
    assert_eq!(details("match"), ["1 key apart", "1 key apart"]);
}

#[test]
fn a_peek_speaks_in_the_trace() {
    let mut timeline =
        told(&format!("{BEGIN}streams start analytics 'stream orders | peek seen | to n'\nwait 10s\n"));
    tell(&mut timeline, "produce orders alice 7 --timestamp 12:00:11\nwait 1s\n");
    let world = timeline.world();
    let entries = timeline.branch().steps().iter().flat_map(|step| step.entries.iter());
    let lines: Vec<String> = entries
        .filter_map(|entry| millrace_view::text::line(entry, world))
        .filter(|line| line.contains("analytics: seen"))
        .collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].ends_with(": seen: alice = 7"), "{lines:?}");
}
