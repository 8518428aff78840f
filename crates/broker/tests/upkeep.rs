//! What a broker does to its logs on virtual time: segments roll, go, and are compacted, at Kafka's beats and at no other.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails shall panic"
)]

mod support;

use millrace_broker::PartitionLog;
use millrace_model::config::producer::Acks;
use millrace_model::config::topic::TopicConfig;
use millrace_model::protocol::*;
use millrace_model::*;
use std::sync::Arc;
use support::World;

/// A broker with topic `t` of one partition and these settings.
fn world(settings: &[(&str, &str)]) -> World {
    let mut world = World::new();
    let mut config = TopicConfig::default();
    for (key, value) in settings {
        config.set(key, Some(value));
    }
    let topic = NewTopic { name: "t".into(), partitions: Some(1), replication_factor: None, config };
    world.ask(Request::CreateTopics(CreateTopicsRequest { topics: vec![topic] }));
    world.lines.clear();
    world
}

fn tp() -> TopicPartition {
    TopicPartition::new("t", 0)
}

/// One batch of one record, timestamped now: 70 bytes and what key and value take.
fn put(world: &mut World, key: Option<&str>, value: Option<&str>) -> ErrorCode {
    let at = world.now.timestamp();
    put_at(world, at, key, value)
}

fn put_at(world: &mut World, at: Timestamp, key: Option<&str>, value: Option<&str>) -> ErrorCode {
    let record = Record::new(at, key.map(str::as_bytes), value.map(str::as_bytes));
    let data = vec![(tp(), Arc::new(Batch::new(vec![record])))];
    let request = Request::Produce(ProduceRequest {
        acks: Acks::One,
        timeout: Span::from_secs(30),
        data,
        transaction: None,
    });
    match world.ask(request) {
        Response::Produce(answer) => answer.partitions[0].error,
        other => panic!("{other:?}"),
    }
}

fn log(world: &World) -> &PartitionLog {
    world.broker.log(&tp()).unwrap()
}

fn bases(world: &World) -> Vec<i64> {
    log(world).segments().iter().map(|segment| segment.base_offset().0).collect()
}

fn alter(world: &mut World, kind: ResourceKind, name: &str, key: &str, value: Option<&str>) {
    let resource = ConfigResource::new(kind, name);
    let changes = [(Arc::from(key), value.map(Arc::from))].into_iter().collect();
    world.ask(Request::Admin(AdminRequest::IncrementalAlterConfigs { resource, changes }));
}

#[test]
fn nothing_is_looked_at_where_nobody_has_asked_for_it() {
    let mut world = world(&[]);
    for _ in 0..3 {
        put(&mut world, None, Some("v"));
    }
    assert_eq!(world.broker.next_timer(), None);
    world.lines.clear();
    world.wait(1_000 * 86_400 * 30);
    world.check("");
    assert_eq!((bases(&world), log(&world).record_count()), (vec![0], 3));
}

#[test]
fn segments_roll_with_the_batch_that_finds_them_full_or_old() {
    let mut world = world(&[("segment.bytes", "150"), ("segment.ms", "1000")]);
    for _ in 0..3 {
        put(&mut world, None, Some("v"));
    }
    world.wait(1_001);
    put(&mut world, None, Some("v"));
    put(&mut world, None, Some(&"v".repeat(100)));
    world.check(
        "0 BatchAppended t-0 @0 x1
         0 -> 1 Produce [\"t-0 NONE @0\"]
         0 BatchAppended t-0 @1 x1
         0 -> 2 Produce [\"t-0 NONE @1\"]
         0 SegmentRolled t-0 @2 Size
         0 BatchAppended t-0 @2 x1
         0 -> 3 Produce [\"t-0 NONE @2\"]
         1001 SegmentRolled t-0 @3 Time
         1001 BatchAppended t-0 @3 x1
         1001 -> 4 Produce [\"t-0 NONE @3\"]
         1001 ProduceRejected t-0 RECORD_LIST_TOO_LARGE
         1001 -> 5 Produce [\"t-0 RECORD_LIST_TOO_LARGE @-1\"]",
    );
    assert_eq!(bases(&world), [0, 2, 3]);
}

/// The beats are 30 s, 5 min 30 s, 10 min 30 s; at the others there is nothing to do, so that nobody wakes up.
#[test]
fn retention_by_time_takes_what_is_due_at_the_next_beat() {
    let mut world = world(&[("segment.bytes", "150"), ("retention.ms", "60000")]);
    for _ in 0..5 {
        put(&mut world, None, Some("v"));
        world.wait(20_000);
    }
    world.lines.clear();
    world.wait(1_000_000);
    world.check(
        "330000 SegmentsDeleted t-0 until 5: @0 Time @2 Time @4 Time
         330000 LogsChecked",
    );
    assert_eq!((bases(&world), log(&world).record_count()), (vec![5], 0));
    assert_eq!(world.broker.next_timer(), None);
    put(&mut world, None, Some("v"));
    assert_eq!(log(&world).log_end_offset(), Offset(6));
}

#[test]
fn retention_by_size_and_by_a_moved_start_takes_whole_segments() {
    let mut world = world(&[("segment.bytes", "150"), ("retention.bytes", "300")]);
    for _ in 0..7 {
        put(&mut world, None, Some("v"));
    }
    world.lines.clear();
    world.wait(30_000);
    world.check(
        "30000 SegmentsDeleted t-0 until 2: @0 Size
         30000 LogsChecked",
    );
    let offsets = vec![(tp(), Offset(5))];
    world.ask(Request::Admin(AdminRequest::DeleteRecords { offsets }));
    assert_eq!((bases(&world), log(&world).record_count()), (vec![2, 4, 6], 2));
    world.lines.clear();
    world.wait(300_000);
    world.check(
        "330000 SegmentsDeleted t-0 until 5: @2 StartOffset
         330000 LogsChecked",
    );
}

/// Settings that are changed hold from the next beat on: the broker's too, as long as the topic has none of its own.
#[test]
fn a_setting_that_is_changed_is_heard() {
    let mut world = world(&[]);
    put(&mut world, None, Some("v"));
    alter(&mut world, ResourceKind::Broker, "", "log.retention.ms", Some("1000"));
    let due = |world: &World| world.broker.next_timer().map(|(at, _)| at.0 / 1_000_000);
    assert_eq!(due(&world), Some(30));
    alter(&mut world, ResourceKind::Topic, "t", "retention.ms", Some("400000"));
    assert_eq!(due(&world), Some(630));
    alter(&mut world, ResourceKind::Topic, "t", "retention.ms", None);
    alter(&mut world, ResourceKind::Broker, "", "log.retention.ms", None);
    assert_eq!(due(&world), None);
    alter(&mut world, ResourceKind::Topic, "t", "internal.segment.bytes", Some("100"));
    put(&mut world, None, Some("v"));
    assert_eq!(bases(&world), [0, 1]);
}

#[test]
fn a_compacted_topic_is_cleaned_at_the_cleaners_beat_and_takes_no_record_without_key() {
    let mut world =
        world(&[("cleanup.policy", "compact"), ("segment.bytes", "150"), ("delete.retention.ms", "100")]);
    assert_eq!(put(&mut world, None, Some("v")), ErrorCode::InvalidRecord);
    for (key, value) in [("a", Some("1")), ("b", Some("1")), ("a", Some("2")), ("b", None), ("c", Some("1"))]
    {
        assert_eq!(put(&mut world, Some(key), value), ErrorCode::None);
    }
    world.lines.clear();
    world.wait(1_000_000);
    world.check(
        "15000 Cleaned t-0 until 4: 2 of 4
         15000 LogsChecked",
    );
    // Nothing is left of the first segment but its place; a reader sees the gap, the log's start does not move.
    assert_eq!((bases(&world), log(&world).log_start_offset()), (vec![0, 2, 4], Offset(0)));
    let fetch = FetchRequest {
        max_wait: Span::ZERO,
        min_bytes: 1,
        max_bytes: 1 << 20,
        isolation_level: IsolationLevel::ReadUncommitted,
        rack_id: None,
        partitions: vec![FetchPartition {
            tp: tp(),
            fetch_offset: Offset(1),
            current_leader_epoch: None,
            partition_max_bytes: 1 << 20,
        }],
    };
    let Response::Fetch(answer) = world.ask(Request::Fetch(fetch)) else { panic!() };
    let offsets: Vec<i64> = answer.partitions[0].batches.iter().map(|stored| stored.base_offset.0).collect();
    assert_eq!(offsets, [2, 3]);
    // The tombstone goes when there is something new to clean, its horizon being over.
    for value in ["2", "3", "4", "5"] {
        put(&mut world, Some("c"), Some(value));
    }
    world.lines.clear();
    world.wait(100_000);
    let text = world.text();
    assert!(text.starts_with("1005000 Cleaned t-0 until 8: 2 of 6"), "{text}");
}

#[test]
fn records_stay_as_they_are_for_min_compaction_lag_and_no_longer_than_max_compaction_lag() {
    let lagging = [
        ("cleanup.policy", "compact"),
        ("segment.bytes", "150"),
        ("min.compaction.lag.ms", "40000"),
        ("min.cleanable.dirty.ratio", "0"),
    ];
    let mut world = world(&lagging);
    for n in 0..3 {
        put(&mut world, Some("a"), Some(&n.to_string()));
    }
    world.lines.clear();
    world.wait(1_000_000);
    world.check(
        "45000 Cleaned t-0 until 2: 1 of 2
         45000 LogsChecked",
    );
    let hurried = [
        ("cleanup.policy", "compact"),
        ("max.compaction.lag.ms", "50000"),
        ("min.cleanable.dirty.ratio", "1"),
    ];
    let mut world = self::world(&hurried);
    put(&mut world, Some("a"), Some("1"));
    world.wait(50_001);
    put(&mut world, Some("a"), Some("2"));
    world.lines.clear();
    world.wait(1_000_000);
    world.check(
        "60000 Cleaned t-0 until 1: 1 of 1
         60000 LogsChecked",
    );
}

#[test]
fn a_timestamp_outside_of_what_the_topic_allows_is_refused() {
    let mut world =
        world(&[("message.timestamp.before.max.ms", "1000"), ("message.timestamp.after.max.ms", "10")]);
    world.wait(5_000);
    let now = world.now.timestamp().0;
    let codes = [now - 1_001, now - 1_000, now + 10, now + 11]
        .map(|at| put_at(&mut world, Timestamp(at), None, Some("v")));
    let (refused, taken) = (ErrorCode::InvalidTimestamp, ErrorCode::None);
    assert_eq!(codes, [refused, taken, taken, refused]);
}
