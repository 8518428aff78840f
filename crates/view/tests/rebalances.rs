//! Rebalances as stories: what is told of them, and who reads what meanwhile. And the group in numbers.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::{tell, told};
use millrace_model::{GroupId, Span};
use millrace_sim::Timeline;
use millrace_view::group_panel;
use millrace_view::rebalance::{self, MoveKind, PhaseKind, Stories};

/// Two members of four partitions; a third one comes.
fn grown(strategy: &str) -> Timeline {
    let mut timeline = told(&format!(
        "network latency 20ms
kafka-topics --create --topic orders --partitions 4
producer start checkout --topic orders
app start billing --topic orders --instances 2 {strategy}
wait 12s
"
    ));
    tell(&mut timeline, "consumer add billing\nwait 12s");
    timeline
}

fn last(timeline: &Timeline) -> Vec<String> {
    let stories = Stories::of(timeline.branch());
    let course = stories.group("billing").unwrap();
    let story = rebalance::tell(course, course.rebalances.last().unwrap(), timeline.world().now());
    story.lines().map(str::to_owned).collect()
}

#[test]
fn an_eager_rebalance_stops_everything_for_a_moment() {
    assert_eq!(
        last(&grown("--partition-assignment-strategy range")),
        [
            "billing · generation 2 · took 140 ms",
            "12:00:12.140  PreparingRebalance · 80 ms · waits for its members to join",
            "12:00:12.220  CompletingRebalance · 40 ms · waits for the leader's assignment",
            "12:00:12.260  Stable · 20 ms · the assignment is on its way to the members",
            "12:00:12.140  c3 joins",
            "12:00:12.140  the coordinator begins: Adding new member c3 with group instance id null; client reason: need to re-join with the given member-id: c3; everybody is to join again, at the latest by 12:05:12.140",
            "12:00:12.200  c1 is to join again: group is already rebalancing",
            "12:00:12.200  c2 is to join again: group is already rebalancing",
            "12:00:12.200  c1 gives up orders-0 and orders-1 (onPartitionsRevoked)",
            "12:00:12.200  c2 gives up orders-2 and orders-3 (onPartitionsRevoked)",
            "12:00:12.220  c1 joins again",
            "12:00:12.220  c2 joins again",
            "12:00:12.220  generation 2: c1, c2 and c3; c2 leads and runs the range assignor",
            "12:00:12.260  the assignment is there: c1 orders-0 and orders-1, c2 orders-2 and c3 orders-3",
            "12:00:12.280  c1 takes orders-0 and orders-1 (onPartitionsAssigned)",
            "12:00:12.280  c2 takes orders-2 (onPartitionsAssigned)",
            "12:00:12.280  c3 takes orders-3 (onPartitionsAssigned)",
            "12:00:12.200  nobody reads any of 4 partitions for 80 ms",
        ]
    );
}

#[test]
fn a_cooperative_rebalance_has_two_rounds_and_stops_only_what_moves() {
    let timeline = grown("--partition-assignment-strategy cooperative-sticky");
    let told = last(&timeline);
    assert_eq!(told[0], "billing · generation 3 · took 3.2 s · 2 rounds");
    assert_eq!(told.last().unwrap(), "12:00:12.280  nobody reads 1 of 4 partitions for 3 s");
    let given_up: Vec<&String> = told.iter().filter(|line| line.contains("gives up")).collect();
    assert_eq!(given_up, ["12:00:12.280  c2 gives up orders-3 (onPartitionsRevoked)"]);
    let stories = Stories::of(timeline.branch());
    let course = stories.group("billing").unwrap();
    let story = course.rebalances.last().unwrap();
    assert_eq!((story.rounds, story.revocations, story.number), (2, 1, 3));
    assert!(story.reason.starts_with("Adding new member c3"), "{}", story.reason);
    assert_eq!(course.standstill(story, timeline.world().now()), Span::from_millis(3_080));
    // Who keeps a partition reads it all the time.
    let c1 = story.lanes.iter().find(|lane| &*lane.member == "c1").unwrap();
    assert!(c1.stretches.iter().all(|stretch| stretch.from < story.from), "{:?}", c1.stretches);
}

#[test]
fn the_consumer_protocol_reconciles_member_by_member() {
    let mut timeline = told(
        "network latency 20ms
kafka-topics --create --topic orders --partitions 4
app start billing --topic orders --instances 2 --group-protocol consumer
wait 12s
consumer add billing --group-protocol consumer
wait 12s
",
    );
    let told = last(&timeline);
    assert_eq!(told[0], "billing · epoch 3 · took 5 s");
    for line in [
        "12:00:12.100  c3 shall have orders-3",
        "12:00:12.100  c3 is in epoch 3 and waits for what others still hold",
        "12:00:15.325  c1 stays in epoch 2 until it has given up orders-3",
        "12:00:15.345  c1 gives up orders-3 (onPartitionsRevoked)",
        "12:00:17.160  c3 takes orders-3 (onPartitionsAssigned)",
    ] {
        assert!(told.iter().any(|other| other == line), "{line}\n{}", told.join("\n"));
    }
    let panel = group_panel(timeline.world(), &GroupId::from("billing")).unwrap();
    assert_eq!((panel.states[panel.state], panel.is_modern), ("Stable", true));
    assert_eq!(panel.members[2].identity[1], ("member epoch", "3 · STABLE".to_owned()));
    // An empty group is Stable for nobody.
    tell(
        &mut timeline,
        "consumer stop billing/c1\nconsumer stop billing/c2\nconsumer stop billing/c3\nwait 5s",
    );
    let panel = group_panel(timeline.world(), &GroupId::from("billing")).unwrap();
    assert_eq!(panel.states[panel.state], "Empty");
}

#[test]
fn the_standstill_begins_with_the_crash_not_with_the_rebalance() {
    let mut timeline = grown("--partition-assignment-strategy range");
    tell(&mut timeline, "consumer crash billing/c1\nwait 60s");
    let stories = Stories::of(timeline.branch());
    let course = stories.group("billing").unwrap();
    let story = course.rebalances.last().unwrap();
    assert_eq!(story.reason, "c1 is out: no heartbeat for session.timeout.ms");
    assert_eq!(course.window(story).to_string(), "12:00:24.040");
    assert!(story.from.since(course.window(story)) > Span::from_secs(40));
    let still: Vec<(usize, usize)> = course.still_in(story).map(|still| (still.stopped, still.of)).collect();
    assert_eq!(still, [(2, 4), (4, 4)]);
    let phases: Vec<PhaseKind> = story.phases.iter().map(|phase| phase.kind).collect();
    assert_eq!(phases, [PhaseKind::PreparingRebalance, PhaseKind::CompletingRebalance, PhaseKind::Settling]);
    let moves = |kind: MoveKind| story.lanes.iter().flat_map(|l| &l.moves).filter(|m| m.kind == kind).count();
    assert_eq!((moves(MoveKind::Revoked), moves(MoveKind::Assigned), moves(MoveKind::Out)), (2, 2, 1));
}

#[test]
fn phases_have_no_gaps_and_steps_that_lie_in_the_story() {
    for strategy in ["range", "sticky", "cooperative-sticky"] {
        let timeline = grown(&format!("--partition-assignment-strategy {strategy}"));
        let stories = Stories::of(timeline.branch());
        for story in &stories.group("billing").unwrap().rebalances {
            assert_eq!(story.phases.first().unwrap().from, story.from);
            assert_eq!(story.phases.last().unwrap().until, story.until);
            for pair in story.phases.windows(2) {
                assert_eq!(pair[0].until, Some(pair[1].from), "{strategy}");
                assert!(pair[0].step < pair[1].step);
            }
        }
    }
}

#[test]
fn the_stories_of_a_branch_are_the_same_however_often_it_is_looked_at() {
    let mut timeline = Timeline::new(millrace_sim::Setup::default());
    let mut stories = Stories::default();
    for line in [
        "kafka-topics --create --topic orders --partitions 4",
        "app start billing --topic orders --instances 2",
        "wait 8s",
        "consumer add billing",
        "wait 8s",
        "consumer stop billing/c1",
        "wait 8s",
    ] {
        tell(&mut timeline, line);
        stories.read(timeline.branch());
    }
    assert_eq!(stories, Stories::of(timeline.branch()));
    assert!(!stories.read(timeline.branch()));
    assert_eq!(stories.group("billing").unwrap().rebalances.len(), 3);
}

#[test]
fn the_panel_shows_clocks_lag_and_the_coordinators_place() {
    let mut timeline = grown("--work 400ms");
    tell(&mut timeline, "produce orders alice 1\nproduce orders bob 2\nproduce orders carol 3\nwait 10s");
    let id = GroupId::from("billing");
    let panel = group_panel(timeline.world(), &id).unwrap();
    assert_eq!(panel.states[panel.state], "Stable");
    assert_eq!(panel.coordinator.to_string(), "abs(hash(\"billing\") = -109829509) % 50 = 9");
    assert_eq!(panel.coordinator.partition.to_string(), "__consumer_offsets-9");
    assert_eq!(panel.members.len(), 3);
    let clocks: Vec<&str> =
        panel.members[0].clocks.iter().filter_map(|c| Some(c.drain.as_ref()?.what)).collect();
    assert_eq!(clocks[0], "session.timeout.ms");
    assert!(panel.partitions.iter().all(|line| line.lag == 0 && line.owner.is_some()));
    assert!(panel.progress.is_some_and(|at| timeline.world().now().since(at) < Span::from_secs(10)));
    assert!(panel.commits[0].key.starts_with("[billing,orders,"), "{:?}", panel.commits[0]);
    assert!(group_panel(timeline.world(), &GroupId::from("nobody")).is_none());
}
