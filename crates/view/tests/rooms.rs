//! The brokers of a cluster as rooms, as text: who leads, who is behind, what is waited for, what was taken back.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{tell, told};
use millrace_sim::Timeline;
use millrace_view::desk::rooms::{Role, RoomState, Rooms, elections, rooms, text};

/// Three brokers in three racks, one partition that broker 1 leads.
const THREE: &str = "
network latency 100ms
cluster start --brokers 3 --racks a,b,c --override broker.session.timeout.ms=6000 --override auto.leader.rebalance.enable=false
wait 3s
kafka-topics --create --topic orders --replica-assignment 1:2:3
wait 1s
";

fn seen(timeline: &Timeline) -> Rooms {
    rooms(timeline, 720.0, None).unwrap()
}

fn picture(timeline: &Timeline) -> String {
    text::picture(&seen(timeline))
}

/// What the log says, without its times, from `since` on.
fn said(timeline: &Timeline, since: &str) -> Vec<String> {
    let entries: Vec<_> = timeline.branch().entries_before(u64::MAX).collect();
    let lines = entries.into_iter().rev().filter_map(|entry| {
        let line = millrace_view::text::line(entry, timeline.world())?;
        let (time, text) = line.split_once("  ")?;
        (time >= since).then(|| text.to_owned())
    });
    lines.collect()
}

const WRITER: &str = "producer start checkout --topic orders --acks all
produce orders x 0
wait 2s
";

#[test]
fn a_world_of_one_broker_has_no_rooms() {
    let timeline = told("kafka-topics --create --topic orders --partitions 1\n");
    assert_eq!(rooms(&timeline, 720.0, None), None);
}

#[test]
fn acks_all_waits_until_the_followers_have_asked_again() {
    let mut timeline = told(THREE);
    tell(&mut timeline, WRITER);
    tell(&mut timeline, "produce orders a 1\nwait 150ms\n");
    assert_eq!(
        picture(&timeline),
        "controller · its log ends at 8 · 3 of 3 brokers take part
orders-0: leader 1 · leader epoch 0 · in sync 1, 2, 3 · high watermark 1 · waits for 2 (1+ 2- 3-)
broker-1 rack a [running] broker epoch 0 · leads 1 of 1
  orders-0 (leader) x|a
broker-2 rack b [running] broker epoch 1 · leads 0 of 1
  orders-0 (follower · 1 behind) x|_
broker-3 rack c [running] broker epoch 2 · leads 0 of 1
  orders-0 (follower · 1 behind) x|_
"
    );
    // The copies have arrived; the leader does not know it yet.
    tell(&mut timeline, "wait 100ms\n");
    let rows = |timeline: &Timeline| {
        let lines = picture(timeline);
        lines.lines().filter(|line| line.contains("orders-0")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        rows(&timeline),
        [
            "orders-0: leader 1 · leader epoch 0 · in sync 1, 2, 3 · high watermark 1 · waits for 2 (1+ 2- 3-)",
            "  orders-0 (leader) x|a",
            "  orders-0 (follower) x|a",
            "  orders-0 (follower) x|a",
        ]
    );
    // They have asked from offset 2 on: that is their acknowledgement. They learn the high watermark with the answer.
    tell(&mut timeline, "wait 100ms\n");
    assert_eq!(
        rows(&timeline),
        [
            "orders-0: leader 1 · leader epoch 0 · in sync 1, 2, 3 · high watermark 2",
            "  orders-0 (leader) xa|",
            "  orders-0 (follower) x'a|",
            "  orders-0 (follower) x'a|",
        ]
    );
    let told = said(&timeline, "12:00:06.1");
    let from = told.iter().position(|line| line.contains("has appended")).unwrap();
    assert_eq!(
        told[from..from + 5],
        [
            "orders-0: broker-1 has appended 1 record, its log ends at 2",
            "broker-1 holds its answer (acks=all) until the high watermark has come to orders-0 @2",
            "orders-0: broker-2 has copied 1 record, its log ends at 2",
            "orders-0: broker-3 has copied 1 record, its log ends at 2",
            "orders-0: high watermark 2: every in-sync replica has what lies below it",
        ]
    );
}

/// `b` and `c` are acknowledged by the leader alone; `c` has not been copied when it dies.
const LOST: &str = "producer start checkout --topic orders --acks 1
produce orders a 1
wait 2s
produce orders b 1
wait 50ms
produce orders c 2
wait 120ms
broker crash broker-1
";

#[test]
fn a_crash_is_noticed_after_the_session_and_another_is_elected() {
    let mut timeline = told(THREE);
    tell(&mut timeline, LOST);
    let dead = seen(&timeline);
    assert_eq!(dead.rooms[0].state, RoomState::Crashed);
    assert!(
        dead.rooms[0].detail.contains("not noticed yet: the controller waits until 12:00:1"),
        "{}",
        dead.rooms[0].detail
    );
    assert_eq!((dead.rooms[0].replicas[0].role, dead.rooms[0].replicas[0].is_in_sync), (Role::OnDisk, true));
    let lines = |of: &Rooms| of.rooms[0].deeds.iter().map(|deed| deed.line.clone()).collect::<Vec<_>>();
    assert_eq!(lines(&dead), ["broker restart broker-1"]);
    tell(&mut timeline, "wait 8s\n");
    // The high watermark was not yet written to disk (every five seconds): there it is still 0.
    assert_eq!(
        picture(&timeline),
        "controller · its log ends at 10 · 2 of 3 brokers take part
orders-0: leader 2 · leader epoch 1 · in sync 2, 3 · high watermark 2
broker-1 rack a [crashed] broker epoch 0 · fenced by the controller
  orders-0 <log on disk · 1 that the leader does not have · not in sync> 'ab|c
broker-2 rack b [running] broker epoch 1 · leads 1 of 1
  orders-0 (leader) ab|
broker-3 rack c [running] broker epoch 2 · leads 0 of 1
  orders-0 (follower) ab|
"
    );
    let told: Vec<String> = seen(&timeline).told.into_iter().map(|told| told.text).collect();
    assert_eq!(
        told[..3],
        [
            "orders-0: broker-2 leads from offset 2 on, under leader epoch 1",
            "controller: broker-2 is elected leader of orders-0 out of the in-sync replicas 1, 2, 3; in sync now 2, 3, \
             leader epoch 1, and 1 more changes with it",
            "broker-1 was killed: it says nothing more",
        ]
    );
}

#[test]
fn what_only_the_dead_leader_had_falls_when_it_comes_back() {
    let mut timeline = told(THREE);
    tell(&mut timeline, LOST);
    tell(&mut timeline, "wait 8s\nproduce orders d 1\nwait 2s\nbroker restart broker-1\nwait 900ms\n");
    let now = seen(&timeline);
    let back = &now.rooms[0].replicas[0];
    assert_eq!(back.fallen.len(), 1);
    let fallen = &back.fallen[0];
    assert_eq!((fallen.letter.as_str(), fallen.offset.0), ("c", 2));
    // It falls from its place in the log to the floor of its own room.
    assert!(fallen.curve[0].y > back.rect.y && fallen.curve[3].y > back.rect.bottom());
    assert!(fallen.rect.bottom() <= now.rooms[0].rect.bottom());
    assert!(
        picture(&timeline).contains("orders-0 <follower · 1 behind · not in sync> 'ab_|"),
        "{}",
        picture(&timeline)
    );
    assert!(picture(&timeline).contains("†c"), "{}", picture(&timeline));
    let sentence =
        "orders-0: broker-1 takes back 1 record that its leader does not have: its log ends at 2, not at 3";
    assert!(said(&timeline, "12:00").iter().any(|line| line == sentence));
    // A while later it has the others' record, is in sync again, and the floor is clean.
    tell(&mut timeline, "wait 13s\n");
    assert!(picture(&timeline).contains("  orders-0 (follower) abd|\n"), "{}", picture(&timeline));
    assert!(elections(&seen(&timeline)).iter().any(|deed| {
        deed.line == "kafka-leader-election --election-type preferred --topic orders --partition 0"
    }));
}

#[test]
fn a_leader_that_stood_still_takes_itself_for_the_leader() {
    let mut timeline = told(THREE);
    tell(&mut timeline, WRITER);
    tell(&mut timeline, "broker pause broker-1\nwait 1s\n");
    let paused = seen(&timeline);
    assert_eq!((paused.rooms[0].state, paused.rooms[0].replicas[0].role), (RoomState::Paused, Role::Leader));
    let lines: Vec<&str> = paused.rooms[0].deeds.iter().map(|deed| deed.line.as_str()).collect();
    assert_eq!(lines, ["broker resume broker-1", "broker crash broker-1"]);
    tell(&mut timeline, "wait 8s\n");
    let zombie = seen(&timeline);
    assert_eq!(zombie.rooms[0].replicas[0].role, Role::Zombie);
    assert!(zombie.rooms[0].detail.contains("fenced by the controller"), "{}", zombie.rooms[0].detail);
    tell(&mut timeline, "broker resume broker-1\n");
    assert_eq!(seen(&timeline).rooms[0].state, RoomState::Fenced);
    tell(&mut timeline, "wait 2s\n");
    let back = seen(&timeline);
    assert_eq!((back.rooms[0].state, back.rooms[0].replicas[0].role), (RoomState::Running, Role::Follower));
}

#[test]
fn a_clean_stop_gives_away_first_and_a_restart_begins_fenced() {
    let mut timeline = told(THREE);
    tell(&mut timeline, "broker stop broker-1\nwait 150ms\n");
    assert_eq!(seen(&timeline).rooms[0].state, RoomState::Stopping);
    // It asks once more with its next heartbeat, two seconds later.
    tell(&mut timeline, "wait 3s\n");
    assert_eq!(seen(&timeline).rooms[0].state, RoomState::Stopped);
    assert_eq!(seen(&timeline).rooms[1].replicas[0].role, Role::Leader);
    tell(&mut timeline, "broker restart broker-1\nwait 250ms\n");
    let starting = seen(&timeline);
    assert_eq!(starting.rooms[0].state, RoomState::Starting);
    assert!(starting.rooms[0].detail.contains("fenced by the controller"), "{}", starting.rooms[0].detail);
}

#[test]
fn without_an_in_sync_replica_nobody_leads_unless_it_is_told_to_be_unclean() {
    let mut timeline = told(THREE);
    tell(&mut timeline, WRITER);
    tell(&mut timeline, "broker crash broker-2\nbroker crash broker-3\nwait 40s\n");
    tell(
        &mut timeline,
        "produce orders a 1\nwait 1s\nbroker crash broker-1\nbroker restart broker-2\nwait 9s\n",
    );
    let alone = seen(&timeline);
    assert_eq!(alone.partitions[0].state.leader, None);
    assert!(alone.partitions[0].title.starts_with("no leader"), "{}", alone.partitions[0].title);
    let deeds: Vec<_> = elections(&alone).into_iter().map(|deed| deed.line).collect();
    assert_eq!(deeds, ["kafka-leader-election --election-type unclean --topic orders --partition 0"]);
    tell(&mut timeline, &format!("{}\nwait 1s\n", deeds[0]));
    assert_eq!(seen(&timeline).rooms[1].replicas[0].role, Role::Leader);
    let told = said(&timeline, "12:00");
    let unclean =
        "controller: broker-2 is elected leader of orders-0 though only 1 were in sync: an unclean election";
    assert!(told.iter().any(|line| line.starts_with(unclean)), "{}", told.join("\n"));
    assert!(
        told.iter().any(|line| line.starts_with("controller: orders-0 has no leader any more")),
        "{}",
        told.join("\n")
    );
}

#[test]
fn fewer_in_sync_than_min_insync_replicas_is_said() {
    let mut timeline = told(
        "network latency 10ms
cluster start --brokers 3 --override broker.session.timeout.ms=6000
wait 3s
kafka-topics --create --topic orders --replica-assignment 1:2:3 --config min.insync.replicas=2
wait 1s
",
    );
    assert!(!seen(&timeline).partitions[0].is_below_min);
    tell(&mut timeline, "broker crash broker-2\nbroker crash broker-3\nwait 9s\n");
    let now = seen(&timeline);
    assert!(now.partitions[0].is_below_min);
    assert_eq!(now.partitions[0].in_sync, "in sync 1 · fewer in sync than min.insync.replicas (2)");
}

#[test]
fn an_offset_has_the_same_place_in_every_room() {
    let mut timeline = told(THREE);
    tell(&mut timeline, WRITER);
    tell(&mut timeline, "produce orders a 1\nwait 150ms\n");
    let now = seen(&timeline);
    let of = &now.partitions[0];
    let behind = &now.rooms[1].replicas[0];
    assert_eq!(now.rooms[0].replicas[0].records[0].rect.x, behind.records[0].rect.x);
    // The lag is the way from the one end to the other, as long as a record.
    let lag = behind.lag.unwrap();
    assert_eq!((lag.x, lag.right()), (of.x(behind.range.1), of.x(of.leader_end.unwrap())));
    // The high watermark lies between what is committed and what is not.
    let records = &now.rooms[0].replicas[0].records;
    assert!(records[0].is_committed && !records[1].is_committed);
    assert!(records[0].rect.right() <= of.watermark_x && of.watermark_x <= records[1].rect.x);
}

#[test]
fn a_narrow_page_shows_fewer_partitions_and_any_of_them() {
    let timeline = told(
        "cluster start --brokers 3
wait 3s
kafka-topics --create --topic orders --partitions 3 --replication-factor 3
wait 1s
",
    );
    let shown = |width, from: Option<usize>| {
        let all = rooms(&timeline, 1_200.0, None).unwrap().all;
        let found = rooms(&timeline, width, from.map(|n| &all[n])).unwrap();
        let names: Vec<String> = found.partitions.iter().map(|of| of.tp.to_string()).collect();
        assert!(found.partitions.iter().all(|of| of.rect.x >= 0.0 && of.rect.right() <= width));
        (names.join(" "), found.more)
    };
    assert_eq!(shown(1_200.0, None), ("orders-0 orders-1 orders-2".to_owned(), None));
    let more = Some("and 2 more partitions: choose the first one above".to_owned());
    assert_eq!(shown(334.0, None), ("orders-0".to_owned(), more));
    assert_eq!(shown(334.0, Some(2)), ("orders-2".to_owned(), None));
}

#[test]
fn a_cut_link_and_a_slow_disk_are_said_in_the_rooms_that_they_concern() {
    let mut timeline = told(THREE);
    tell(
        &mut timeline,
        "network cut broker-1 broker-2\nnetwork slow broker-3 controller 2s\nbroker slow broker-3 300ms\nwait 1s\n",
    );
    let details: Vec<String> = seen(&timeline).rooms.into_iter().map(|room| room.detail).collect();
    assert_eq!(
        details,
        [
            "broker epoch 0 · leads 1 of 1 · cut off from broker-2",
            "broker epoch 1 · leads 0 of 1 · cut off from broker-1",
            "broker epoch 2 · leads 0 of 1 · its disk takes 300 ms longer · controller is 2 s away",
        ]
    );
}

#[test]
fn several_controllers_are_a_strip_above_the_rooms() {
    let mut timeline = told(
        "cluster start --brokers 3 --controllers 3
wait 3s
kafka-topics --create --topic orders --replica-assignment 1:2:3
wait 1s
",
    );
    let strip = |timeline: &Timeline| -> Vec<String> {
        picture(timeline).lines().skip(1).take(2).map(str::to_owned).collect()
    };
    assert_eq!(
        strip(&timeline),
        [
            "controllers · controller-100 is active under epoch 1 · 3 of 3 run",
            "controller-100 [active, epoch 1] controller-101 [standby] controller-102 [standby]",
        ]
    );
    let deeds = |timeline: &Timeline, n: usize| -> Vec<String> {
        let quorum = seen(timeline).quorum.unwrap();
        quorum.seats[n].deeds.iter().map(|deed| deed.line.clone()).collect()
    };
    assert_eq!(
        deeds(&timeline, 1),
        [
            "controller pause controller-101",
            "controller stop controller-101",
            "controller crash controller-101"
        ]
    );
    tell(&mut timeline, "controller stop controller-101\ncontroller crash controller-102\nwait 5s\n");
    assert_eq!(deeds(&timeline, 2), ["controller restart controller-102"]);
    assert_eq!(
        strip(&timeline),
        [
            "controllers · no majority: 1 of 3 run, 2 are needed. Nothing is created or changed, no leader is elected; who \
             writes and reads goes on",
            "controller-100 [standby] controller-101 [stopped] controller-102 [crashed]",
        ]
    );
    assert!(seen(&timeline).quorum.unwrap().is_stuck);
    // A broker that dies now is not waited for by anybody.
    tell(&mut timeline, "broker crash broker-1\nwait 1s\n");
    assert!(!seen(&timeline).rooms[0].detail.contains("not noticed"), "{}", seen(&timeline).rooms[0].detail);
    let told = said(&timeline, "12:00");
    for sentence in [
        "controller-101 has stopped",
        "controller-102 was killed: it says nothing more",
        "controller-100 has no majority behind it any more: nothing that it writes is committed, and at 12:00:07",
        "controller-100 is not the active controller any more: no majority has read from it for 3 s",
    ] {
        assert!(told.iter().any(|line| line.starts_with(sentence)), "{sentence}\n{}", told.join("\n"));
    }
    tell(&mut timeline, "controller restart controller-102\nwait 5s\n");
    assert!(
        said(&timeline, "12:00")
            .iter()
            .any(|line| line.contains("is the active controller from now on, under epoch 2"))
    );
    assert!(!seen(&timeline).quorum.unwrap().is_stuck);
}

#[test]
fn one_controller_has_no_strip() {
    assert_eq!(seen(&told(THREE)).quorum, None);
}
