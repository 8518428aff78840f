//! The whole way of a record, at the level of the world: produced, placed, read, committed, retried, dead, counted.

mod common;

use common::{Run, app, instance, record};
use millrace_client::listener::{ClientProfile, CommitMode, FailureRule, RetryPolicy, RetryTopics, headers};
use millrace_model::{Offset, Span, Time, Timestamp, TopicPartition};
use millrace_sim::{AppConfig, Command, InstanceAction, NewRecord};

#[test]
fn five_keyed_records_land_where_kafka_puts_them_and_are_read_and_committed() {
    let mut run = Run::new();
    run.topic("orders", 3);
    run.start(app("billing", "orders"), 2);
    run.wait(Span::from_secs(10));
    for key in ["alice", "bob", "carol", "dave", "alice"] {
        run.produce("orders", record(key, "{\"amount\": 12}"));
    }
    run.wait(Span::from_secs(10));
    assert_eq!(run.keys("orders"), [vec!["alice", "bob", "alice"], vec!["dave"], vec!["carol"]]);
    let committed = |p| run.committed("billing", &TopicPartition::new("orders", p));
    assert_eq!([0, 1, 2].map(committed), [Some(Offset(3)), Some(Offset(1)), Some(Offset(1))]);
}

#[test]
fn a_crashed_consumers_partitions_move_after_the_session_timeout_and_not_before() {
    let mut run = Run::new();
    run.topic("orders", 3);
    run.start(app("billing", "orders"), 2);
    run.wait(Span::from_secs(10));
    assert_eq!(run.assignment("billing"), ["c1: orders-0 orders-1", "c2: orders-2"]);
    run.dispatch(instance("billing", "c1", InstanceAction::Crash));
    run.wait(Span::from_secs(41));
    assert_eq!(run.assignment("billing"), ["c1: orders-0 orders-1", "c2: orders-2"]);
    run.wait(Span::from_secs(9));
    assert_eq!(run.assignment("billing"), ["c2: orders-0 orders-1 orders-2"]);
}

/// Both commit by themselves every second; a record takes four. The Java client commits inside poll only, so what it was
/// given and had not finished comes again; librdkafka commits in the background what it has given away, which is lost.
#[test]
fn a_crash_in_the_middle_repeats_with_java_and_loses_with_librdkafka() {
    let done = |client| {
        let mut run = Run::new();
        run.topic("orders", 1);
        let mut config = AppConfig { client, commit: CommitMode::Auto, ..app("billing", "orders") };
        config.work = Span::from_secs(4);
        config.consumer.auto_commit_interval = Span::from_secs(1);
        run.start(config, 1);
        run.wait(Span::from_secs(10));
        run.produce("orders", record("alice", "1"));
        run.wait(Span::from_secs(3));
        run.dispatch(instance("billing", "c1", InstanceAction::Crash));
        let committed = run.committed("billing", &TopicPartition::new("orders", 0));
        run.dispatch(instance("billing", "c1", InstanceAction::Restart));
        run.wait(Span::from_secs(120));
        (committed, run.timeline.world().ledger("billing").unwrap().totals().done)
    };
    assert_eq!(done(ClientProfile::Java), (Some(Offset(0)), 1));
    assert_eq!(done(ClientProfile::Librdkafka), (Some(Offset(1)), 0));
}

#[test]
fn a_record_that_keeps_failing_waits_in_each_retry_topic_and_ends_dead_with_its_headers() {
    let mut run = Run::new();
    run.topic("orders", 3);
    let config = AppConfig {
        failures: vec![FailureRule {
            when: "value.amount < 0".parse().unwrap(),
            exception: "IllegalArgumentException".into(),
            message: "amount is negative".into(),
            fatal: false,
        }],
        retry: RetryPolicy::RetryTopics(RetryTopics::default()),
        ..app("billing", "orders")
    };
    run.start(config, 1);
    run.wait(Span::from_secs(10));
    run.produce("orders", record("alice", "{\"amount\": 12}"));
    run.produce("orders", record("carol", "{\"amount\": -1}"));
    run.wait(Span::from_secs(30));
    assert_eq!(run.keys("orders-retry-0").concat(), ["carol"]);
    assert_eq!(run.keys("orders-dlt").concat(), ["carol"]);
    let dead = run.records("orders-dlt").remove(0);
    let text = |name: &str| String::from_utf8_lossy(dead.header(name).unwrap()).into_owned();
    assert_eq!(text("kafka_original-topic"), "orders");
    assert_eq!(headers::original(&dead), Some((TopicPartition::new("orders", 2), Offset(0))));
    // Spring counts one more at each hop, the last one included: three deliveries leave a 4 in the dead letter.
    assert_eq!(headers::attempts(&dead), 4);
    assert!(
        text("kafka_exception-message").contains("amount is negative"),
        "{}",
        text("kafka_exception-message")
    );
    let ledger = run.timeline.world().ledger("billing").unwrap();
    assert_eq!(ledger.times(&TopicPartition::new("orders", 0), Offset(0)), 1);
    assert_eq!(ledger.times(&TopicPartition::new("orders", 2), Offset(0)), 0);
}

#[test]
fn a_window_closes_when_stream_time_reaches_its_end_plus_grace_and_not_before() {
    let mut run = Run::new();
    run.topic("orders", 1);
    run.dispatch(Command::StartStreams {
        name: "analytics".into(),
        pipeline: "stream orders | group by key | window tumbling 10s grace 5s | count | suppress until window closes | to per-customer".into(),
    });
    run.wait(Span::from_secs(5));
    let at = |ms: i64| Some(Timestamp(Time::EPOCH.0 + ms));
    for ms in [1_000, 4_000, 14_999] {
        run.produce("orders", NewRecord { timestamp: at(ms), ..record("alice", "1") });
    }
    run.wait(Span::from_secs(60));
    assert_eq!(run.records("per-customer").len(), 0);
    run.produce("orders", NewRecord { timestamp: at(15_000), ..record("alice", "1") });
    run.wait(Span::from_secs(60));
    assert_eq!(run.records("per-customer").len(), 1);
}
