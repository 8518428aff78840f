//! When a container commits, by `AckMode`, and what a thread pool makes of that.

use super::broker::World;
use super::{at, config, start};
use crate::listener::{CommitMode, Instance, InstanceInput, ListenerConfig, RetryPolicy};
use millrace_model::{BrokerId, Record, Span, TopicPartition};

fn with(commit: CommitMode, change: impl FnOnce(&mut ListenerConfig)) -> ListenerConfig {
    let mut settings = config(&[], RetryPolicy::default());
    settings.commit = commit;
    change(&mut settings);
    settings
}

/// Five records at 1000, `work` each; what is committed when.
fn commits(settings: ListenerConfig, until: u64) -> Vec<String> {
    let mut world = start(settings, 1);
    append(&mut world, 5);
    world.run(at(until));
    world.lines.into_iter().filter(|line| line.contains("commit")).collect()
}

fn append(world: &mut World, records: usize) {
    let record = |_| Record::new(at(0).timestamp(), None, Some(b"v"));
    world.append(TopicPartition::new("orders", 0), (0..records).map(record).collect());
}

fn slow(settings: &mut ListenerConfig) {
    settings.work = Span::from_millis(1_000);
}

#[test]
fn batch_and_manual_commit_before_the_next_poll() {
    for mode in [CommitMode::Batch, CommitMode::Manual] {
        assert_eq!(commits(with(mode, slow), 9_000), ["6002 commit billing orders-0 5"], "{mode:?}");
    }
}

#[test]
fn manual_immediate_commits_each_record() {
    let five = commits(with(CommitMode::ManualImmediate, slow), 9_000);
    assert_eq!(five.len(), 5);
    assert_eq!(five.first().map(String::as_str), Some("2002 commit billing orders-0 1"));
}

/// After two records, after two more, and the rest when a poll of five seconds has come back empty.
#[test]
fn count_commits_after_so_many_records_and_after_an_empty_poll() {
    let said = commits(
        with(CommitMode::Count, |settings| {
            slow(settings);
            settings.ack_count = 2;
        }),
        20_000,
    );
    assert_eq!(
        said,
        [
            "3002 commit billing orders-0 2",
            "5004 commit billing orders-0 4",
            "11006 commit billing orders-0 5"
        ]
    );
}

/// `last` is when the container started, at 0; the first record that ends more than `ackTime` later has it committed.
#[test]
fn time_commits_once_ack_time_is_over_and_looks_between_records() {
    let said = commits(
        with(CommitMode::Time, |settings| {
            slow(settings);
            settings.ack_time = Span::from_secs(3);
        }),
        20_000,
    );
    assert_eq!(said, ["3002 commit billing orders-0 2", "6004 commit billing orders-0 5"]);
}

#[test]
fn count_time_commits_by_whichever_comes_first() {
    let said = commits(
        with(CommitMode::CountTime, |settings| {
            slow(settings);
            settings.ack_count = 4;
            settings.ack_time = Span::from_millis(2_500);
        }),
        20_000,
    );
    assert_eq!(said, ["3002 commit billing orders-0 2", "6004 commit billing orders-0 5"],);
}

/// The crash comes while the first record is in work: it is committed already, and handled by nobody.
#[test]
fn before_commits_what_poll_returned_and_a_crash_loses_it() {
    let settings = with(CommitMode::Before, slow);
    let mut world = start(settings.clone(), 1);
    append(&mut world, 5);
    world.run(at(1_500));
    assert_eq!(world.lines, ["1002 commit billing orders-0 5", "1004 0 calls orders-0@0 until 2004"]);
    world.crash_and_start(Instance::new("c1".into(), "/host".into(), settings, vec![BrokerId(1)]));
    world.run(at(20_000));
    assert_eq!(world.ledger.totals().done, 0);
    assert_eq!(world.committed("billing", "orders", 0), Some(5));
}

/// The loop does not wait: the second poll's records are in work before the first commit is answered.
#[test]
fn async_goes_on_without_the_answer() {
    let mut world = start(with(CommitMode::Async, |settings| settings.consumer.max_poll_records = 2), 1);
    append(&mut world, 4);
    world.run(at(2_000));
    assert_eq!(
        world.lines,
        [
            "1002 0 handled orders-0@0..2",
            "1002 commit billing orders-0 2",
            "1002 0 handled orders-0@2..4",
            "1002 commit billing orders-0 4",
        ]
    );
}

/// Two threads: polled, submitted, committed at once. What the crash finds in the pool is lost.
#[test]
fn a_pool_is_done_with_a_record_when_it_has_it_so_a_crash_loses_what_is_in_it() {
    let settings = with(CommitMode::Batch, |settings| {
        slow(settings);
        settings.threads = 2;
    });
    let mut world = start(settings.clone(), 1);
    append(&mut world, 5);
    world.run(at(2_500));
    assert_eq!(
        world.lines,
        [
            "1002 0 submits orders-0@0..5",
            "1002 commit billing orders-0 5",
            "1002 0 thread 1 calls orders-0@0 until 2002",
            "1002 0 thread 2 calls orders-0@1 until 2002",
            "2002 0 thread 1 handled orders-0@0..1",
            "2002 0 thread 2 handled orders-0@1..2",
            "2002 0 thread 1 calls orders-0@2 until 3002",
            "2002 0 thread 2 calls orders-0@3 until 3002",
        ]
    );
    assert_eq!(world.instance.containers().map(|(_, c)| c.in_hand()).sum::<usize>(), 3);
    world.crash_and_start(Instance::new("c1".into(), "/host".into(), settings, vec![BrokerId(1)]));
    world.run(at(20_000));
    assert_eq!(world.ledger.totals().done, 2);
}

/// Acknowledged by hand when it is done: nothing is lost.
#[test]
fn a_pool_that_acknowledges_by_hand_loses_nothing() {
    let settings = with(CommitMode::ManualImmediate, |settings| {
        slow(settings);
        settings.threads = 1;
    });
    let mut world = start(settings.clone(), 1);
    append(&mut world, 3);
    world.run(at(2_500));
    assert_eq!(world.committed("billing", "orders", 0), Some(1));
    world.crash_and_start(Instance::new("c1".into(), "/host".into(), settings, vec![BrokerId(1)]));
    world.run(at(20_000));
    assert_eq!(world.ledger.totals().done, 3);
    assert_eq!(world.ledger.repeated(), 0);
    assert_eq!(world.committed("billing", "orders", 0), Some(3));
}

/// What is thrown in the pool is seen by nobody; a closing instance waits for its pool.
#[test]
fn a_pool_swallows_exceptions_and_is_waited_for() {
    let mut settings = config(&["offset == 1"], RetryPolicy::default());
    slow(&mut settings);
    settings.threads = 3;
    let mut world = start(settings, 1);
    append(&mut world, 3);
    world.run(at(1_100));
    world.tell(InstanceInput::Close);
    world.run(at(1_900));
    assert!(!world.instance.is_closed());
    world.run(at(2_100));
    assert!(world.instance.is_closed());
    let ended: Vec<&String> = world.lines.iter().filter(|line| line.starts_with("2002")).collect();
    assert_eq!(
        ended,
        [
            "2002 0 thread 1 handled orders-0@0..1",
            "2002 0 thread 2 IllegalStateException orders-0@1 #1: skip",
            "2002 0 thread 3 handled orders-0@2..3",
        ]
    );
    assert_eq!(world.ledger.totals().done, 2);
}

/// Acknowledgements that are pending when the container stops are committed on the way out.
#[test]
fn a_stopping_container_commits_what_is_pending() {
    let mut world = start(with(CommitMode::Time, |settings| settings.ack_time = Span::from_secs(60)), 1);
    append(&mut world, 3);
    world.run(at(2_000));
    assert_eq!(world.committed("billing", "orders", 0), None);
    world.tell(InstanceInput::Close);
    world.run(at(3_000));
    assert_eq!(world.committed("billing", "orders", 0), Some(3));
}
