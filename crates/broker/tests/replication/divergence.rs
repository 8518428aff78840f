//! Logs that part, and how they come together again (KIP-101, KIP-279).

use crate::net::Net;
use millrace_broker::Stopped;
use millrace_model::config::producer::Acks;
use millrace_model::{BrokerId, Span, TopicPartition};

const MS: fn(u64) -> Span = Span::from_millis;

fn two() -> Net {
    let mut net = Net::new(2, 3, false);
    net.controller.create("a", &[1, 2], 1);
    net.run(MS(2_000));
    net
}

/// KIP-101, scenario 1: a follower that has a record but has not learnt the high watermark restarts; it may not take the
/// record back before it has asked, or the record is lost with the leader.
#[test]
fn a_restarted_follower_does_not_truncate_to_its_high_watermark() {
    let mut net = two();
    net.produce(1, "a", Acks::All, "m1");
    net.run(MS(700));
    let m2 = net.produce(1, "a", Acks::All, "m2");
    net.run(MS(12));
    assert_eq!(net.answered(m2), Some(Ok(1)));
    assert_eq!(net.ends(2, "a"), (2, 1), "the follower learns it one fetch later");
    net.kill(2);
    net.restart(2, Stopped::Killed);
    net.kill(1);
    net.run(MS(100));
    net.controller.lead(&TopicPartition::new("a", 0), BrokerId(2));
    net.run(MS(7_000));
    assert_eq!(net.read(2, "a"), ["m1", "m2"]);
    net.restart(1, Stopped::Killed);
    net.run(MS(3_000));
    assert_eq!(net.read(1, "a"), ["m1", "m2"]);
    assert_eq!(net.contradictions, [] as [String; 0]);
}

/// KIP-101, scenario 2: both lose what was not flushed, at different places; they diverge at the same offsets and must not
/// stay so.
#[test]
fn logs_that_differ_at_the_same_offset_come_together() {
    let mut net = two();
    net.produce(1, "a", Acks::All, "m1");
    net.run(MS(700));
    net.hang(2);
    net.run(MS(700));
    net.produce(1, "a", Acks::One, "m2");
    net.run(MS(20));
    net.kill(1);
    net.go_on(2);
    net.run(MS(7_000));
    let other = net.produce(2, "a", Acks::One, "m3");
    net.run(MS(20));
    assert_eq!(net.answered(other), Some(Ok(1)));
    assert_eq!((net.ends(1, "a").0, net.ends(2, "a").0), (2, 2));
    net.restart(1, Stopped::Killed);
    net.run(MS(3_000));
    assert_eq!(
        (net.read(1, "a"), net.read(2, "a")),
        (vec!["m1".into(), "m3".into()], vec!["m1".into(), "m3".into()])
    );
    net.check_logs_agree();
}

/// KIP-279: after quick elections a follower has records of an epoch that the leader never heard of; it goes back epoch by
/// epoch.
#[test]
fn a_follower_goes_back_over_epochs_that_its_leader_does_not_know() {
    let mut net = two();
    let tp = TopicPartition::new("a", 0);
    net.produce(1, "a", Acks::All, "both");
    net.run(MS(700));
    // Each leads for itself, and the other never hears of it.
    net.cut.push((BrokerId(1), BrokerId(2)));
    for round in 0..3 {
        net.controller.lead(&tp, BrokerId(1));
        net.run(MS(30));
        for n in 0..2 {
            net.produce(1, "a", Acks::One, &format!("one-{round}-{n}"));
        }
        net.run(MS(30));
        net.controller.lead(&tp, BrokerId(2));
        net.run(MS(30));
        net.produce(2, "a", Acks::One, &format!("two-{round}"));
        net.run(MS(30));
    }
    assert_eq!((net.ends(1, "a").0, net.ends(2, "a").0), (7, 4));
    net.lines.clear();
    net.cut.clear();
    net.run(MS(35_000));
    assert_eq!(net.read(1, "a"), ["both", "two-0", "two-1", "two-2"]);
    assert_eq!(net.read(2, "a"), net.read(1, "a"));
    let steps = net.lines.iter().filter(|line| line.contains("1 truncated")).count();
    assert!(steps >= 2, "{:?}", net.lines);
    let log = |id: i32| net.nodes[&BrokerId(id)].broker.log(&tp).unwrap().leader_epochs().entries().to_vec();
    assert_eq!(log(1), log(2));
    net.check_logs_agree();
}

/// A disk that is lost comes back empty and is filled again; a power cut takes the unflushed end.
#[test]
fn lost_disks_and_lost_pages_are_copied_again() {
    for how in [Stopped::DiskLost, Stopped::PowerLost, Stopped::Cleanly] {
        let mut net = two();
        for n in 0..5 {
            net.produce(1, "a", Acks::All, &format!("v{n}"));
        }
        net.run(MS(700));
        net.kill(2);
        net.restart(2, how);
        let left = net.ends(2, "a");
        assert_eq!(left, if how == Stopped::Cleanly { (5, 5) } else { (0, 0) });
        net.run(MS(3_000));
        assert_eq!((net.ends(2, "a"), net.state("a").as_str()), ((5, 5), "leader=1 isr=1,2"), "{how:?}");
        net.check_logs_agree();
    }
}
