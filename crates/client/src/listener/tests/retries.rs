//! Retry topics and dead letters, line by line.

use super::{World, at, config, start};
use crate::listener::{CommitMode, Deed, InstanceInput, Ledger, Port, RetryPolicy, RetryTopics, Totals};
use millrace_model::{Offset, Span, TopicName, TopicPartition};

fn retry_topics() -> RetryPolicy {
    RetryPolicy::RetryTopics(RetryTopics::default())
}

/// The values of a topic's partition, with the attempt header of each.
fn log(world: &World, topic: &str, partition: i32) -> Vec<(String, u32)> {
    let log = world.logs.get(&TopicPartition::new(topic, partition));
    let records = log.into_iter().flatten().flat_map(|b| &b.batch.records);
    records
        .map(|r| {
            let value = String::from_utf8_lossy(r.value.as_deref().unwrap_or_default()).into_owned();
            (value, crate::listener::headers::attempts(r))
        })
        .collect()
}

/// The first publication takes a round trip for metadata more. The fetch that was on its way when the thread sought back is answered first: 500 ms, as in Kafka.
#[test]
fn a_record_that_fails_twice_goes_through_two_retry_topics() {
    let mut world = start(config(&["value.amount < 0 and attempt <= 2"], retry_topics()), 1);
    world.produce("orders", 0, &[r#"{"amount": 1}"#, r#"{"amount": -1}"#, r#"{"amount": 3}"#]);
    world.run(at(6_000));
    assert_eq!(
        world.lines,
        [
            "1002 0 handled orders-0@0..1",
            "1002 commit billing orders-0 1",
            "1004 0 IllegalStateException orders-0@1 #1: to orders-retry-0 for 1s",
            "1008 1 waits orders-retry-0-0@0 until 2004",
            "1008 1 seeks orders-retry-0-0@0",
            "1008 1 pauses [orders-retry-0-0]",
            "1008 0 published orders-retry-0-0@0",
            "1008 0 seeks orders-0@2",
            "1008 commit billing orders-0 2",
            "1506 0 handled orders-0@2..3",
            "1506 commit billing orders-0 3",
            "2004 1 due orders-retry-0-0",
            "2004 1 resumes [orders-retry-0-0]",
            "2006 1 IllegalStateException orders-retry-0-0@0 #2: to orders-retry-1 for 2s",
            "2008 2 waits orders-retry-1-0@0 until 4006",
            "2008 2 seeks orders-retry-1-0@0",
            "2008 2 pauses [orders-retry-1-0]",
            "2008 1 published orders-retry-1-0@0",
            "2008 commit billing-retry-0 orders-retry-0-0 1",
            "4006 2 due orders-retry-1-0",
            "4006 2 resumes [orders-retry-1-0]",
            "4008 2 handled orders-retry-1-0@0..1",
            "4008 commit billing-retry-1 orders-retry-1-0 1",
        ]
    );
    let orders = TopicPartition::new("orders", 0);
    let times = [0, 1, 2, 3].map(|o| world.ledger.times(&orders, Offset(o)));
    assert_eq!(times, [1, 1, 1, 0]);
    assert_eq!(world.ledger.totals(), Totals { done: 3, failed: 2, retried: 2, dead: 0, skipped: 0 });
    let about: Vec<(u32, bool)> =
        world.ledger.about(&orders, Offset(1)).map(|e| (e.attempt, e.deed == Deed::Done)).collect();
    assert_eq!(about, [(1, false), (1, false), (2, false), (2, false), (3, true)]);
}

#[test]
fn the_last_attempt_ends_in_the_dead_letters() {
    let mut world = start(config(&["value.amount < 0"], retry_topics()), 3);
    world.produce("orders", 2, &[r#"{"amount": -1}"#]);
    world.run(at(8_000));
    // One partition only in the topics that the instance creates: the producer chooses it for partition 2.
    assert_eq!(log(&world, "orders-retry-0", 0), [(r#"{"amount": -1}"#.to_owned(), 2)]);
    assert_eq!(log(&world, "orders-retry-1", 0), [(r#"{"amount": -1}"#.to_owned(), 3)]);
    assert_eq!(log(&world, "orders-dlt", 0), [(r#"{"amount": -1}"#.to_owned(), 4)]);
    let dead = &world.logs[&TopicPartition::new("orders-dlt", 0)][0].batch.records[0];
    let original = crate::listener::headers::original(dead);
    assert_eq!(original, Some((TopicPartition::new("orders", 2), Offset(0))));
    let sent = &world.logs[&TopicPartition::new("orders", 2)][0].batch.records[0];
    assert_eq!(dead.origin, sent.origin);
    assert_eq!(world.ledger.totals(), Totals { done: 0, failed: 3, retried: 2, dead: 1, skipped: 0 });
    assert_eq!(world.committed("billing-retry-1", "orders-retry-1", 0), Some(1));
    let port = |n| world.instance.container(Port(n)).unwrap().counts();
    assert_eq!((port(0).retried, port(1).retried, port(2).dead), (1, 1, 1));
}

#[test]
fn records_keep_their_partition_where_the_retry_topic_has_it() {
    let retry = RetryTopics { partitions: 3, ..RetryTopics::default() };
    let mut world = start(config(&["true"], RetryPolicy::RetryTopics(retry)), 3);
    assert_eq!(world.instance.config().required_topics().last(), Some(&(TopicName::from("orders-dlt"), 3)));
    world.produce("orders", 2, &["a"]);
    world.run(at(8_000));
    for topic in ["orders-retry-0", "orders-retry-1", "orders-dlt"] {
        assert_eq!(log(&world, topic, 2).len(), 1, "{topic}");
    }
}

#[test]
fn poison_bytes_and_declared_exceptions_go_straight_to_the_dead_letters() {
    let mut settings = config(&["value.amount < 0"], retry_topics());
    settings.failures[0].fatal = true;
    let mut world = start(settings, 1);
    world.produce("orders", 0, &[r#"{"amount": -1}"#]);
    let mut poison = millrace_model::Record::new(world.now.timestamp(), None, Some(&[0xff, 0x00]));
    poison.origin.0 = 99;
    world.append(TopicPartition::new("orders", 0), vec![poison]);
    world.run(at(3_000));
    assert_eq!(log(&world, "orders-retry-0", 0), []);
    assert_eq!(log(&world, "orders-dlt", 0).len(), 2);
    let fates: Vec<&String> = world.lines.iter().filter(|l| l.contains("to orders-dlt")).collect();
    assert_eq!(fates.len(), 2, "{fates:?}");
    assert!(fates[1].contains("DeserializationException"), "{fates:?}");
    assert_eq!(world.committed("billing", "orders", 0), Some(2));
}

/// What cannot be published is not committed: it is delivered again, and again.
#[test]
fn a_record_that_cannot_be_published_is_delivered_again() {
    let mut world = start(config(&["value == \"bad\""], retry_topics()), 1);
    world.refuses = Some("orders-retry-0".into());
    world.produce("orders", 0, &["good", "bad", "later"]);
    world.run(at(2_900));
    let deliveries = |world: &World| world.lines.iter().filter(|l| l.contains("orders-0@1 #1")).count();
    assert!(deliveries(&world) >= 2, "{:#?}", world.lines);
    assert_eq!(world.committed("billing", "orders", 0), Some(1));
    world.refuses = None;
    world.run(at(9_000));
    assert_eq!(world.committed("billing", "orders", 0), Some(3));
    assert_eq!(log(&world, "orders-dlt", 0).len(), 1);
    assert_eq!(world.ledger.times(&TopicPartition::new("orders", 0), Offset(2)), 1);
}

#[test]
fn others_on_the_same_partition_wait_behind_a_record_that_is_not_due() {
    let retry = RetryTopics { delay: Span::from_secs(2), ..RetryTopics::default() };
    let mut world = start(config(&["attempt == 1"], RetryPolicy::RetryTopics(retry)), 1);
    world.produce("orders", 0, &["a"]);
    world.run(at(2_000));
    world.produce("orders", 0, &["b"]);
    world.run(at(2_500));
    let retry_0 = world.instance.container(Port(1)).unwrap();
    let waiting: Vec<(String, i64)> =
        retry_0.waiting().iter().map(|(tp, w)| (tp.to_string(), w.offset.0)).collect();
    assert_eq!(waiting, [("orders-retry-0-0".to_owned(), 0)]);
    world.run(at(9_000));
    let waits: Vec<&String> = world.lines.iter().filter(|l| l.contains("waits")).collect();
    assert_eq!(waits.len(), 2, "{waits:?}");
    assert_eq!(world.committed("billing-retry-0", "orders-retry-0", 0), Some(2));
    assert_eq!(world.ledger.totals().done, 2);
}

#[test]
fn a_crash_before_the_commit_does_the_side_effect_twice_and_the_ledger_knows() {
    let settings = config(&[], retry_topics());
    let mut world = start(settings.clone(), 1);
    world.produce("orders", 0, &["a"]);
    // The record is handled at 1002 ms; its commit is on its way when the process dies: forget it.
    world.run(at(1_002));
    world.committed.clear();
    let fresh = super::Instance::new("c2".into(), "/10.0.0.2".into(), settings, vec![super::BrokerId(1)]);
    world.crash_and_start(fresh);
    world.run(at(5_000));
    assert_eq!(world.ledger.times(&TopicPartition::new("orders", 0), Offset(0)), 2);
    assert_eq!(world.ledger.repeated(), 1);
    assert_eq!(world.committed("billing", "orders", 0), Some(1));
}

#[test]
fn without_dead_letters_the_record_is_gone_after_the_last_attempt() {
    let retry = RetryTopics { dlt: false, attempts: 1, ..RetryTopics::default() };
    let mut world = start(config(&["true"], RetryPolicy::RetryTopics(retry)), 1);
    world.produce("orders", 0, &["a"]);
    world.run(at(2_000));
    assert_eq!(
        world.lines,
        [
            "1002 0 IllegalStateException orders-0@0 #1: skip",
            "1002 0 skipped orders-0@0",
            "1002 commit billing orders-0 1"
        ]
    );
}

/// Every record ends exactly once: done, dead or skipped, or it is still under way.
#[test]
fn every_record_is_accounted_for_under_all_policies_and_commit_modes() {
    let policies = [RetryPolicy::None, RetryPolicy::default(), retry_topics()];
    for (index, retry) in policies.into_iter().enumerate() {
        for commit in [CommitMode::Auto, CommitMode::Batch, CommitMode::Record] {
            for work in [0, 30] {
                let rules = ["value.n % 5 == 0", "value.n % 3 == 0 and attempt <= 2"];
                let mut settings = config(&rules, retry.clone());
                settings.commit = commit;
                settings.work = Span::from_millis(work);
                let mut world = start(settings, 2);
                for n in 0..20 {
                    world.produce("orders", n % 2, &[&format!("{{\"n\": {n}}}")]);
                    let now = world.now;
                    world.run(now + Span::from_millis(7));
                }
                world.run(at(60_000));
                let totals = world.ledger.totals();
                let ended = totals.done + totals.dead + totals.skipped;
                assert_eq!(ended, 20, "policy {index} {commit:?} {work}: {totals:?} {:#?}", world.lines);
                assert_eq!(done_at_most_once(&world.ledger), totals.done);
                let done = if index == 0 { 11 } else { 16 };
                let dead = if index == 2 { 4 } else { 0 };
                assert_eq!((totals.dead, totals.done), (dead, done));
                let in_hand: usize = world.instance.containers().map(|(_, c)| c.in_hand()).sum();
                assert_eq!(in_hand, 0);
                for partition in [0, 1] {
                    assert_eq!(world.committed("billing", "orders", partition), Some(10));
                }
            }
        }
    }
}

fn done_at_most_once(ledger: &Ledger) -> u64 {
    assert_eq!(ledger.repeated(), 0);
    ledger.done().values().flat_map(|i| i.runs()).map(|run| run.to.since(run.from)).sum()
}

#[test]
fn pause_keeps_the_membership_and_the_records() {
    let mut world = start(config(&[], retry_topics()), 1);
    world.tell(InstanceInput::Pause);
    world.run(at(1_500));
    world.produce("orders", 0, &["a"]);
    world.run(at(3_000));
    world.tell(InstanceInput::Resume);
    world.run(at(4_000));
    assert_eq!(
        world.lines,
        [
            "1000 pause",
            "1000 0 pauses [orders-0]",
            "1000 1 pauses [orders-retry-0-0]",
            "1000 2 pauses [orders-retry-1-0]",
            "3000 resume",
            "3000 0 resumes [orders-0]",
            "3000 1 resumes [orders-retry-0-0]",
            "3000 2 resumes [orders-retry-1-0]",
            "3002 0 handled orders-0@0..1",
            "3002 commit billing orders-0 1",
        ]
    );
}
