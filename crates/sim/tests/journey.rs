//! The whole way of a record, at the level of the world: produced, placed, read, committed, retried, dead, counted.

mod common;

use common::{Run, app, instance, record};
use millrace_broker::Event;
use millrace_client::listener::{
    ClientProfile, CommitMode, Errand, FailureRule, RetryPolicy, RetryTopics, headers,
};
use millrace_model::{ErrorCode, Offset, Span, Time, Timestamp, TopicPartition};
use millrace_sim::{AppConfig, Command, Fact, InstanceAction, NewRecord};

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

/// A process stands still for longer than its session. Somebody else does its work; then it goes on as if nothing had
/// been: its side effect happens, its commit does not.
#[test]
fn a_zombies_side_effect_happens_and_its_commit_is_fenced() {
    let mut run = Run::new();
    run.topic("orders", 1);
    let mut config = AppConfig { commit: CommitMode::Record, ..app("billing", "orders") };
    config.work = Span::from_secs(2);
    config.consumer.session_timeout = Span::from_secs(10);
    run.start(config, 2);
    run.wait(Span::from_secs(10));
    run.produce("orders", record("alice", "1"));
    run.wait(Span::from_secs(1));
    run.dispatch(instance("billing", "c1", InstanceAction::Freeze));
    run.wait(Span::from_secs(30));
    let tp = TopicPartition::new("orders", 0);
    assert_eq!(run.assignment("billing"), ["c2: orders-0"]);
    assert_eq!(run.committed("billing", &tp), Some(Offset(1)));
    let done = |run: &Run| run.timeline.world().ledger("billing").unwrap().totals().done;
    assert_eq!(done(&run), 1);
    run.dispatch(instance("billing", "c1", InstanceAction::Thaw));
    run.wait(Span::from_secs(5));
    assert_eq!(done(&run), 2, "the same record twice");
    let entries = run.timeline.branch().entries_before(u64::MAX);
    let refused = entries.filter_map(|entry| match &entry.fact {
        Fact::Broker(Event::Rejected(rejection)) if rejection.api == "OffsetCommit" => Some(rejection.error),
        _ => None,
    });
    let refused: Vec<ErrorCode> = refused.collect();
    assert!(!refused.is_empty() && refused.iter().all(|e| *e == ErrorCode::UnknownMemberId), "{refused:?}");
}

/// Six members, one of which is too slow again and again: each time it leaves everybody rebalances, and each time it is
/// back everybody does so once more.
#[test]
fn one_slow_member_makes_six_rebalance_again_and_again() {
    let mut run = Run::new();
    run.topic("orders", 6);
    let mut config = app("billing", "orders");
    config.consumer.heartbeat_interval = Span::from_secs(1);
    config.consumer.max_poll_interval = Span::from_secs(5);
    run.start(config, 6);
    run.wait(Span::from_secs(10));
    let generation = |run: &Run| {
        let broker = run.timeline.world().brokers().next().unwrap();
        broker.group("billing").unwrap().generation().0
    };
    assert_eq!(generation(&run), 1);
    for storm in 1..=4 {
        let errand = Errand::Block(Span::from_secs(8));
        run.dispatch(Command::Errand { group: "billing".into(), name: "c6".into(), errand });
        run.wait(Span::from_secs(12));
        assert_eq!(generation(&run), 1 + 2 * storm);
        assert_eq!(run.assignment("billing").len(), 6);
    }
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
        config: Box::default(),
        instances: 1,
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
