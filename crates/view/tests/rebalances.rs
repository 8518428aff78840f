//! Rebalances as stories: what is told of them, and who reads what meanwhile. And the group in numbers.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::{tell, told};
use millrace_broker as broker;
use millrace_model::{GroupId, Span};
use millrace_sim::{Command, Fact, Timeline};
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
fn what_a_rebalance_cost_is_one_sentence() {
    let summary = |timeline: &Timeline| {
        let stories = Stories::of(timeline.branch());
        let course = stories.group("billing").unwrap();
        rebalance::summary(course, course.rebalances.last().unwrap(), timeline.world().now())
    };
    assert_eq!(
        summary(&grown("--partition-assignment-strategy range")),
        "for 80 ms nobody read any of 4 partitions; 1 of 4 got another reader"
    );
    assert_eq!(
        summary(&grown("--partition-assignment-strategy cooperative-sticky")),
        "for 3 s nobody read 1 of 4 partitions, the other 3 were read all the while; 1 of 4 got another reader"
    );
    // Eager, but each member gets back what it had as far as balance allows.
    assert_eq!(
        summary(&grown("--partition-assignment-strategy sticky")),
        "for 80 ms nobody read any of 4 partitions; 1 of 4 got another reader"
    );
    let mut timeline = grown("--partition-assignment-strategy range");
    tell(&mut timeline, "consumer crash billing/c1\nwait 60s");
    assert_eq!(
        summary(&timeline),
        "for 42.3 s nobody read 2 to 4 of 4 partitions, nothing at all for 80 ms of it; 3 of 4 got other readers"
    );
    tell(&mut timeline, "consumer add billing\nwait 100ms");
    assert_eq!(summary(&timeline), "every partition was read all the while; 0 of 4 got other readers");
}

#[test]
fn two_branches_are_compared_on_the_same_events() {
    let mut timeline = told(
        "network latency 20ms
kafka-topics --create --topic orders --partitions 4
producer start checkout --topic orders
app start billing --topic orders --instances 2 --partition-assignment-strategy range
producer rate checkout 5 --keys a,b,c,d,e,f --value '${1..60}'
wait 12s
consumer add billing
wait 12s
",
    );
    let (billing, here) = (GroupId::from("billing"), timeline.branch().id);
    let log = timeline.branch().log();
    let index = log.iter().position(|logged| matches!(*logged.command, Command::StartApp { .. })).unwrap();
    let Command::StartApp { mut app, instances } = (*log[index].command).clone() else { unreachable!() };
    app.consumer.partition_assignment_strategy = ["cooperative-sticky".into()].into();
    let other = timeline.retell(index, Command::StartApp { app, instances }).unwrap();
    let both: Vec<Vec<String>> = [here, other]
        .iter()
        .map(|id| {
            let branches = timeline.branches();
            let branch = branches.iter().find(|branch| branch.id == *id).unwrap();
            // What was written is the same, byte for byte and moment for moment.
            let appended = branch.steps().iter().flat_map(|step| step.entries.iter());
            let sent = appended.filter_map(|entry| match &entry.fact {
                Fact::Broker(broker::Event::BatchAppended { tp, stored })
                    if tp.topic.as_str() == "orders" =>
                {
                    let records = stored.batch.records.iter().map(|r| (r.key.clone(), r.value.clone()));
                    Some(format!("{} {tp} {:?}", entry.at, records.collect::<Vec<_>>()))
                }
                _ => None,
            });
            sent.collect()
        })
        .collect();
    assert!(both[0].len() > 50, "{}", both[0].len());
    assert!(both[0] == both[1]);
    let said = |timeline: &Timeline| {
        let branches = timeline.branches();
        let of = |id| branches.iter().find(|branch| branch.id == id).unwrap();
        rebalance::alike(of(here), of(other), &billing)
    };
    assert_eq!(
        said(&timeline),
        "The same 6 commands at the same times in both: only how billing hands out its partitions differs."
    );
    tell(&mut timeline, "consumer add billing\nwait 1s");
    assert_eq!(said(&timeline), "Not the same events: 5 of 7 commands are the same in both.");
}

#[test]
fn a_group_that_stands_still_says_so_up_to_the_moment_that_is_looked_at() {
    let mut timeline = grown("--partition-assignment-strategy range");
    tell(&mut timeline, "consumer crash billing/c1\nwait 60s");
    let stories = Stories::of(timeline.branch());
    let course = stories.group("billing").unwrap();
    let said = |ms: u64| -> Vec<String> {
        let now = millrace_model::Time::ZERO + Span::from_millis(ms);
        course.pauses(now).iter().map(rebalance::Pause::says).collect()
    };
    let first = "for 80 ms nobody read any of 4 partitions";
    assert_eq!(said(12_100), [""; 0]);
    assert_eq!(said(12_300), [first]);
    assert_eq!(said(30_000), [first, "since 12:00:24.040 nobody reads 2 of 4 partitions"]);
    assert_eq!(said(90_000).len(), 2);
    assert!(course.pauses(timeline.world().now()).iter().all(|pause| pause.is_all()));
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
    // Another history on stage, whose first branch has the same number.
    let mut other = grown("--partition-assignment-strategy cooperative-sticky");
    tell(&mut other, "wait 60s");
    assert!(other.branch().steps().len() > timeline.branch().steps().len());
    stories.read(other.branch());
    assert_eq!(stories, Stories::of(other.branch()));
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

#[test]
fn lag_says_what_it_does_not_tell() {
    let mut timeline = grown("--work 400ms");
    let blind = |timeline: &Timeline, group: &str| -> Vec<String> {
        let panel = group_panel(timeline.world(), &GroupId::from(group)).unwrap();
        let lines = panel.partitions.iter();
        lines.filter_map(|p| Some(format!("{} {}: {}", p.tp, p.lag, p.blind.as_ref()?))).collect()
    };
    assert_eq!(blind(&timeline, "billing"), [""; 0]);
    tell(&mut timeline, "produce orders alice 1\nwait 10s");
    assert_eq!(blind(&timeline, "billing"), [""; 0]);
    tell(&mut timeline, "produce orders alice 2\nproduce orders alice 3\nwait 500ms");
    let said = blind(&timeline, "billing");
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("has been given all of it: what lacks is the commit"), "{said:?}");
    let (partition, _) = said[0].split_once(' ').unwrap();
    let panel = group_panel(timeline.world(), &GroupId::from("billing")).unwrap();
    let line = panel.partitions.iter().find(|line| line.tp.to_string() == partition).unwrap();
    let name = line.owner.clone().unwrap();
    tell(&mut timeline, &format!("wait 10s\nconsumer crash billing/{name}\nproduce orders alice 4\nwait 1s"));
    let counted = format!("{partition} 1: {name} is counted as its reader, but reads nothing");
    assert!(blind(&timeline, "billing").contains(&counted), "{:?}", blind(&timeline, "billing"));
    let left = ["c1", "c2", "c3"].into_iter().filter(|other| **other != *name);
    let stops: Vec<String> = left.map(|other| format!("consumer stop billing/{other}\n")).collect();
    tell(&mut timeline, &format!("wait 90s\n{}wait 5s", stops.concat()));
    let nobody = format!("{partition} 0: lag 0, and yet nobody reads it: nothing new has come");
    assert!(blind(&timeline, "billing").contains(&nobody), "{:?}", blind(&timeline, "billing"));
    tell(&mut timeline, "app start late --topic orders --work 60s --auto-offset-reset earliest\nwait 10s");
    let first = format!(
        "{partition} 4: nothing committed: Kafka's tool shows - as its lag, and auto.offset.reset decides what is read"
    );
    assert_eq!(blind(&timeline, "late"), [first]);
}
