//! The thread of a container: work, commits, blocking retries, the way out.

use super::{at, config, rule, start};
use crate::listener::{BlockingRetries, CommitMode, InstanceInput, Port, RetryPolicy};
use millrace_model::{Offset, Record, Span, TopicPartition};

fn batch(values: &[&str]) -> Vec<Record> {
    let value = |v: &&str| Record::new(at(0).timestamp(), None, Some(v.as_bytes()));
    values.iter().map(value).collect()
}

#[test]
fn without_rules_and_without_work_a_poll_is_one_event() {
    let mut world = start(config(&[], RetryPolicy::default()), 2);
    world.append(TopicPartition::new("orders", 0), batch(&["a", "b", "c"]));
    world.append(TopicPartition::new("orders", 1), batch(&["d"]));
    world.run(at(2_000));
    assert_eq!(
        world.lines,
        [
            "1002 0 handled orders-0@0..3",
            "1002 commit billing orders-0 3",
            "1004 0 handled orders-1@0..1",
            "1004 commit billing orders-1 1",
        ]
    );
}

#[test]
fn work_takes_its_time_record_by_record() {
    let mut settings = config(&[], RetryPolicy::default());
    settings.work = Span::from_millis(100);
    let mut world = start(settings, 1);
    world.append(TopicPartition::new("orders", 0), batch(&["a", "b"]));
    world.run(at(1_150));
    let main = world.instance.container(Port::MAIN).unwrap();
    let (tp, offset, since, until) = main.handling().unwrap();
    assert_eq!(
        (tp.to_string(), offset, since, until),
        ("orders-0".to_owned(), Offset(1), at(1_102), at(1_202))
    );
    assert_eq!(main.in_hand(), 1);
    world.run(at(2_000));
    assert_eq!(
        world.lines,
        [
            "1002 0 calls orders-0@0 until 1102",
            "1102 0 handled orders-0@0..1",
            "1102 0 calls orders-0@1 until 1202",
            "1202 0 handled orders-0@1..2",
            "1202 commit billing orders-0 2",
        ]
    );
}

#[test]
fn ack_mode_record_commits_each_record_and_waits() {
    let mut settings = config(&[], RetryPolicy::default());
    settings.commit = CommitMode::Record;
    let mut world = start(settings, 1);
    world.append(TopicPartition::new("orders", 0), batch(&["a", "b"]));
    world.run(at(2_000));
    assert_eq!(
        world.lines,
        [
            "1002 0 handled orders-0@0..1",
            "1002 commit billing orders-0 1",
            "1004 0 handled orders-0@1..2",
            "1004 commit billing orders-0 2",
        ]
    );
}

/// Spring without retry topics: ten deliveries, then the error is logged and the record skipped. Each one blocks.
#[test]
fn blocking_retries_deliver_ten_times_and_then_skip() {
    let mut world = start(config(&["value == \"bad\""], RetryPolicy::default()), 1);
    world.append(TopicPartition::new("orders", 0), batch(&["good", "bad", "later"]));
    world.run(at(20_000));
    let deliveries: Vec<String> = world.lines.iter().filter(|l| l.contains("Exception")).cloned().collect();
    assert_eq!(deliveries.len(), 10);
    assert!(deliveries[8].ends_with("orders-0@1 #9: again"), "{deliveries:?}");
    assert!(deliveries[9].ends_with("orders-0@1 #10: skip"), "{deliveries:?}");
    assert_eq!(world.committed("billing", "orders", 0), Some(3));
    assert_eq!(world.ledger.totals().done, 2);
}

#[test]
fn blocking_retries_sleep_between_deliveries_and_fatal_exceptions_have_none() {
    let retries = BlockingRetries { attempts: 2, interval: Span::from_secs(3), ..BlockingRetries::default() };
    let mut settings = config(&["value == \"bad\""], RetryPolicy::Blocking(retries));
    settings.failures.push(rule("value == \"worse\""));
    settings.failures[1].exception = "ClassCastException".into();
    let mut world = start(settings, 1);
    world.append(TopicPartition::new("orders", 0), batch(&["bad"]));
    world.run(at(6_000));
    world.append(TopicPartition::new("orders", 0), batch(&["worse"]));
    world.run(at(8_000));
    assert_eq!(
        world.lines,
        [
            "1002 0 IllegalStateException orders-0@0 #1: again",
            "1002 0 sleeps until 4002",
            "4002 0 slept",
            "4002 0 seeks orders-0@0",
            "4004 0 IllegalStateException orders-0@0 #2: skip",
            "4004 0 skipped orders-0@0",
            "4004 commit billing orders-0 1",
            "6002 0 ClassCastException orders-0@1 #1: skip",
            "6002 0 skipped orders-0@1",
            "6002 commit billing orders-0 2",
        ]
    );
}

#[test]
fn the_listener_can_be_mended_while_it_runs() {
    let mut world = start(config(&["true"], RetryPolicy::None), 1);
    world.append(TopicPartition::new("orders", 0), batch(&["a"]));
    world.run(at(2_000));
    world.tell(InstanceInput::Reconfigure { work: Span::ZERO, failures: vec![] });
    world.append(TopicPartition::new("orders", 0), batch(&["b"]));
    world.run(at(3_000));
    let totals = world.ledger.totals();
    assert_eq!((totals.done, totals.skipped), (1, 1));
}

#[test]
fn close_finishes_what_is_in_hand_commits_and_leaves() {
    let mut settings = config(&[], RetryPolicy::default());
    settings.work = Span::from_millis(100);
    let mut world = start(settings, 1);
    world.append(TopicPartition::new("orders", 0), batch(&["a", "b"]));
    world.run(at(1_050));
    world.tell(InstanceInput::Close);
    assert!(!world.instance.is_closed());
    world.run(at(10_000));
    assert!(world.instance.is_closed());
    assert_eq!(
        world.lines,
        [
            "1002 0 calls orders-0@0 until 1102",
            "1050 close",
            "1102 0 handled orders-0@0..1",
            "1102 0 calls orders-0@1 until 1202",
            "1202 0 handled orders-0@1..2",
            "1202 commit billing orders-0 2",
            "1204 0 closes",
            "1206 producer closes",
        ]
    );
    assert_eq!(world.instance.next_timer(), None);
}

/// A poll loop that is given nonsense does nothing with it.
#[test]
fn inputs_that_fit_nothing_are_ignored() {
    let mut world = start(config(&[], RetryPolicy::default()), 1);
    let before = world.instance.clone();
    use crate::listener::InstanceTimer;
    for port in [0, 1, 2, 255] {
        world.tell(InstanceInput::Timer(InstanceTimer::Thread(Port(port))));
        world
            .tell(InstanceInput::Timer(InstanceTimer::Backoff(Port(port), TopicPartition::new("orders", 0))));
    }
    world.tell(InstanceInput::Start);
    world.tell(InstanceInput::Resume);
    assert_eq!(world.instance, before);
    assert_eq!(world.events, []);
}
