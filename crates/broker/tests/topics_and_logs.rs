//! Topics, produce, fetch and offsets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails shall panic"
)]

mod support;

use millrace_model::config::broker::BrokerConfig;
use millrace_model::config::producer::Acks;
use millrace_model::config::topic::TopicConfig;
use millrace_model::protocol::*;
use millrace_model::*;
use std::sync::Arc;
use support::*;

#[test]
fn topics_are_created_with_kafkas_rules_and_words() {
    let mut world = World::new();
    world.ask(create("orders", Some(3)));
    world.ask(create("a.b", None));
    let long = "x".repeat(250);
    let cases = [
        ("orders", Some(3)),
        ("", Some(1)),
        (".", Some(1)),
        ("bad name", Some(1)),
        (long.as_str(), Some(1)),
        ("a_b", Some(1)),
        ("zero", Some(0)),
        ("minus", Some(-2)),
        ("many", Some(1_001)),
        ("default", Some(-1)),
    ];
    let answers: Vec<String> = cases
        .iter()
        .map(|(name, partitions)| {
            let Response::CreateTopics(response) = world.ask(create(name, *partitions)) else { panic!() };
            let (_, code, words) = &response.topics[0];
            format!("{code} {}", words.as_deref().unwrap_or(""))
        })
        .collect();
    assert_eq!(
        answers,
        [
            "TOPIC_ALREADY_EXISTS Topic 'orders' already exists.".to_owned(),
            "INVALID_TOPIC_EXCEPTION Topic name is invalid: the empty string is not allowed".into(),
            "INVALID_TOPIC_EXCEPTION Topic name is invalid: '.' is not allowed".into(),
            "INVALID_TOPIC_EXCEPTION Topic name is invalid: 'bad name' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'".into(),
            format!("INVALID_TOPIC_EXCEPTION Topic name is invalid: the length of '{long}' is longer than the max allowed length 249"),
            "INVALID_TOPIC_EXCEPTION Topic 'a_b' collides with existing topic: a.b".into(),
            "INVALID_PARTITIONS Number of partitions was set to an invalid non-positive value.".into(),
            "INVALID_PARTITIONS Number of partitions was set to an invalid non-positive value.".into(),
            "INVALID_PARTITIONS A topic has at most 1000 partitions here.".into(),
            "NONE ".into(),
        ]
    );
    assert_eq!(world.broker.topic("orders").unwrap().partition_count(), 3);
    assert_eq!(world.broker.topic("default").unwrap().partition_count(), 1);
}

#[test]
fn a_replication_factor_needs_as_many_brokers() {
    let mut world = World::new();
    let topics = vec![NewTopic {
        name: "t".into(),
        partitions: Some(1),
        replication_factor: Some(3),
        config: TopicConfig::default(),
    }];
    let Response::CreateTopics(response) = world.ask(Request::CreateTopics(CreateTopicsRequest { topics }))
    else {
        panic!()
    };
    let words = "Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be reached because only 1 broker(s) are registered.";
    assert_eq!(response.topics[0], ("t".into(), ErrorCode::InvalidReplicationFactor, Some(words.into())));
}

#[test]
fn partitions_only_grow() {
    let mut world = World::ready(3);
    let grow = |topic: &str, count| {
        Request::CreatePartitions(CreatePartitionsRequest { topics: vec![(topic.into(), count)] })
    };
    for (topic, count) in [("orders", 2), ("orders", 3), ("orders", 5), ("nowhere", 2)] {
        world.send(grow(topic, count));
    }
    world.check(
        "0 Rejected CreatePartitions orders INVALID_PARTITIONS: The topic orders currently has 3 partition(s); 2 would not be an increase.
         0 -> 2 CreatePartitions
         0 Rejected CreatePartitions orders INVALID_PARTITIONS: Topic already has 3 partition(s).
         0 -> 3 CreatePartitions
         0 PartitionsAdded orders 3 -> 5
         0 -> 4 CreatePartitions
         0 Rejected CreatePartitions nowhere UNKNOWN_TOPIC_OR_PARTITION: This server does not host this topic-partition.
         0 -> 5 CreatePartitions",
    );
}

#[test]
fn a_missing_topic_is_created_behind_the_first_metadata_answer() {
    let ask = |name: &str, allow| {
        let topics = Some(vec![name.into()]);
        Request::Metadata(MetadataRequest { topics, allow_auto_topic_creation: allow })
    };
    let mut config = BrokerConfig::defaults(Profile::V4);
    config.num_partitions = 4;
    let mut world = World::with(config);
    let mut answer = |name: &str, allow| match world.ask(ask(name, allow)) {
        Response::Metadata(r) => (r.cluster.partition_count(name), r.errors.first().map(|(_, e)| *e)),
        other => panic!("{other:?}"),
    };
    assert_eq!(answer("new", false), (None, Some(ErrorCode::UnknownTopicOrPartition)));
    assert_eq!(answer("new", true), (None, Some(ErrorCode::UnknownTopicOrPartition)));
    assert_eq!(answer("new", true), (Some(4), None));
    assert_eq!(answer("not allowed", true), (None, Some(ErrorCode::InvalidTopicException)));
    assert_eq!(answer("__consumer_offsets", true), (None, Some(ErrorCode::UnknownTopicOrPartition)));
    assert_eq!(answer("__consumer_offsets", true), (Some(50), None));
}

#[test]
fn produce_gives_offsets_or_says_why_not() {
    let mut world = World::ready(2);
    world.send(produce(0, &["a", "b"]));
    world.send(produce(0, &["c"]));
    world.send(produce(1, &["d"]));
    world.send(produce(2, &["e"]));
    world.send(produce(0, &[]));
    world.send(produce(0, &["x".repeat(1_048_588).as_str()]));
    let internal = TopicPartition::new("__consumer_offsets", 0);
    world.send(produce_with(Acks::All, internal, batch(&["f"])));
    world.send(produce_with(Acks::Zero, TopicPartition::new("orders", 1), batch(&["g"])));
    world.check(
        "0 BatchAppended orders-0 @0 x2
         0 -> 2 Produce [\"orders-0 NONE @0\"]
         0 BatchAppended orders-0 @2 x1
         0 -> 3 Produce [\"orders-0 NONE @2\"]
         0 BatchAppended orders-1 @0 x1
         0 -> 4 Produce [\"orders-1 NONE @0\"]
         0 ProduceRejected orders-2 UNKNOWN_TOPIC_OR_PARTITION
         0 -> 5 Produce [\"orders-2 UNKNOWN_TOPIC_OR_PARTITION @-1\"]
         0 ProduceRejected orders-0 INVALID_RECORD
         0 -> 6 Produce [\"orders-0 INVALID_RECORD @-1\"]
         0 ProduceRejected orders-0 MESSAGE_TOO_LARGE
         0 -> 7 Produce [\"orders-0 MESSAGE_TOO_LARGE @-1\"]
         0 ProduceRejected __consumer_offsets-0 INVALID_TOPIC_EXCEPTION
         0 -> 8 Produce [\"__consumer_offsets-0 INVALID_TOPIC_EXCEPTION @-1\"]
         0 BatchAppended orders-1 @1 x1",
    );
}

#[test]
fn one_request_may_name_a_partition_twice() {
    let mut world = World::ready(1);
    let tp = TopicPartition::new("orders", 0);
    world.send(Request::Produce(ProduceRequest {
        acks: Acks::One,
        timeout: Span::from_secs(1),
        data: vec![(tp.clone(), batch(&["a", "b"])), (tp.clone(), batch(&["c"]))],
        transaction: None,
    }));
    world.check(
        "0 BatchAppended orders-0 @0 x2
         0 BatchAppended orders-0 @2 x1
         0 -> 2 Produce [\"orders-0 NONE @0\", \"orders-0 NONE @2\"]",
    );
}

#[test]
fn a_fetch_waits_for_its_bytes_or_its_time() {
    let mut world = World::ready(1);
    world.send(Request::Fetch(fetch(0, 1, 500)));
    world.wait(499);
    world.send(produce(0, &["a"]));
    world.send(Request::Fetch(fetch(1, 150, 500)));
    world.wait(100);
    world.send(produce(0, &["b"]));
    world.send(produce(0, &["c"]));
    world.wait(400);
    world.send(produce(0, &["d"]));
    world.send(Request::Fetch(fetch(4, 1, 500)));
    world.wait(1_000);
    world.send(Request::Fetch(fetch(5, 1, 500)));
    world.send(Request::Fetch(fetch(-1, 1, 500)));
    world.send(Request::Fetch(fetch(4, 1, 0)));
    world.check(
        "0 FetchHeld 2 until 500
         499 BatchAppended orders-0 @0 x1
         499 -> 3 Produce [\"orders-0 NONE @0\"]
         499 FetchAnswered 2 x1
         499 -> 2 Fetch [\"orders-0 NONE x1 hw=1\"]
         499 FetchHeld 4 until 999
         599 BatchAppended orders-0 @1 x1
         599 -> 5 Produce [\"orders-0 NONE @1\"]
         599 BatchAppended orders-0 @2 x1
         599 -> 6 Produce [\"orders-0 NONE @2\"]
         999 FetchAnswered 4 x2
         999 -> 4 Fetch [\"orders-0 NONE x2 hw=3\"]
         999 BatchAppended orders-0 @3 x1
         999 -> 7 Produce [\"orders-0 NONE @3\"]
         999 FetchHeld 8 until 1499
         1499 FetchAnswered 8 x0
         1499 -> 8 Fetch [\"orders-0 NONE x0 hw=4\"]
         1999 FetchAnswered 9 x0
         1999 -> 9 Fetch [\"orders-0 OFFSET_OUT_OF_RANGE x0 hw=-1\"]
         1999 FetchAnswered 10 x0
         1999 -> 10 Fetch [\"orders-0 OFFSET_OUT_OF_RANGE x0 hw=-1\"]
         1999 FetchAnswered 11 x0
         1999 -> 11 Fetch [\"orders-0 NONE x0 hw=4\"]",
    );
    assert_eq!(world.broker.held_fetches().count(), 0);
    assert_eq!(world.broker.next_timer(), None);
}

#[test]
fn limits_hold_except_for_the_first_batch() {
    let mut world = World::ready(2);
    for partition in [0, 0, 0, 1] {
        world.ask(produce(partition, &["x".repeat(100).as_str()]));
    }
    let mut counts = |max_bytes, partition_max_bytes| {
        let mut request = fetch(0, 1, 0);
        request.max_bytes = max_bytes;
        request.partitions[0].partition_max_bytes = partition_max_bytes;
        let mut second = request.partitions[0].clone();
        second.tp = TopicPartition::new("orders", 1);
        request.partitions.push(second);
        match world.ask(Request::Fetch(request)) {
            Response::Fetch(r) => r.partitions.iter().map(|p| p.batches.len()).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        }
    };
    let size = batch(&["x".repeat(100).as_str()]).size_in_bytes;
    assert_eq!(counts(usize::MAX, usize::MAX), [3, 1]);
    assert_eq!(counts(0, 0), [1, 0]);
    assert_eq!(counts(size, size), [1, 0]);
    assert_eq!(counts(2 * size, size), [1, 1]);
    assert_eq!(counts(3 * size - 1, usize::MAX), [2, 0]);
    assert_eq!(counts(4 * size, 2 * size), [2, 1]);
}

#[test]
fn a_wrong_leader_epoch_is_fenced_or_unknown() {
    let mut world = World::ready(1);
    let codes = [-1, 0, 1].map(|epoch| {
        let mut request = fetch(0, 0, 0);
        request.partitions[0].current_leader_epoch = Some(LeaderEpoch(epoch));
        match world.ask(Request::Fetch(request)) {
            Response::Fetch(r) => r.partitions[0].error,
            other => panic!("{other:?}"),
        }
    });
    assert_eq!(codes, [ErrorCode::FencedLeaderEpoch, ErrorCode::None, ErrorCode::UnknownLeaderEpoch]);
}

#[test]
fn offsets_are_found_by_timestamp() {
    let mut world = World::ready(1);
    let tp = TopicPartition::new("orders", 0);
    for values in [&[("a", 90), ("b", 97)][..], &[("c", 60), ("d", 120), ("e", 120)], &[("f", 100)]] {
        world.ask(produce_with(Acks::All, tp.clone(), batch_at(values)));
    }
    let mut found = |spec| {
        let partitions = vec![(tp.clone(), spec)];
        let isolation_level = IsolationLevel::ReadUncommitted;
        match world.ask(Request::ListOffsets(ListOffsetsRequest { isolation_level, partitions })) {
            Response::ListOffsets(r) => (r.partitions[0].offset.0, r.partitions[0].timestamp.0),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(found(OffsetSpec::Earliest), (0, -1));
    assert_eq!(found(OffsetSpec::Latest), (6, -1));
    assert_eq!(found(OffsetSpec::MaxTimestamp), (3, 120));
    let by_time = [0, 91, 97, 98, 120, 121].map(|t| found(OffsetSpec::Timestamp(Timestamp(t))));
    assert_eq!(by_time, [(0, 90), (1, 97), (1, 97), (3, 120), (3, 120), (-1, -1)]);
}

#[test]
fn log_append_time_replaces_the_timestamps() {
    let mut world = World::new();
    let config =
        TopicConfig { message_timestamp_type: TimestampType::LogAppendTime, ..TopicConfig::default() };
    let topics =
        vec![NewTopic { name: "orders".into(), partitions: Some(1), replication_factor: None, config }];
    world.ask(Request::CreateTopics(CreateTopicsRequest { topics }));
    world.wait(1_234);
    let Response::Produce(response) = world.ask(produce(0, &["a"])) else { panic!() };
    assert_eq!(response.partitions[0].log_append_time, Some(Timestamp(Time::EPOCH.0 + 1_234)));
    let log = world.broker.log(&TopicPartition::new("orders", 0)).unwrap();
    let found = log.offset_for_timestamp(Timestamp(1)).unwrap();
    assert_eq!(found.timestamp, Timestamp(Time::EPOCH.0 + 1_234));
}

#[test]
fn the_coordinator_is_there_at_the_second_question() {
    let mut world = World::new();
    let mut ask = |group: &str| match world
        .ask(Request::FindCoordinator(FindCoordinatorRequest { group: group.into() }))
    {
        Response::FindCoordinator(r) => (r.error, r.coordinator, r.offsets_partition.0),
        other => panic!("{other:?}"),
    };
    assert_eq!(ask("hello"), (ErrorCode::CoordinatorNotAvailable, None, 22));
    assert_eq!(ask("hello"), (ErrorCode::None, Some(BrokerId(1)), 22));
}

#[test]
fn a_full_log_refuses_and_loses_nothing() {
    let mut world = World::ready(1);
    let big = Arc::new(Batch::new(vec![Record::new(Timestamp(0), None, None); 100_000]));
    let tp = TopicPartition::new("orders", 0);
    for _ in 0..limits::RECORDS_PER_PARTITION / 100_000 {
        world.ask(produce_with(Acks::All, tp.clone(), Arc::clone(&big)));
    }
    world.lines.clear();
    world.ask(produce(0, &["one more"]));
    world.check(
        "0 ProduceRejected orders-0 KAFKA_STORAGE_ERROR
         0 -> 42 Produce [\"orders-0 KAFKA_STORAGE_ERROR @-1\"]",
    );
    assert_eq!(world.broker.log(&tp).unwrap().log_end_offset(), Offset(4_000_000));
}

/// A clone is a picture of its moment, and equal histories have equal hashes.
#[test]
fn a_clone_stays_behind_and_hashes_follow_the_history() {
    let mut world = World::ready(1);
    for _ in 0..300 {
        world.ask(produce(0, &["a"]));
    }
    let (copy, before) = (world.broker.clone(), StableHasher::of(&world.broker));
    assert_eq!(StableHasher::of(&copy), before);
    let mut hashes = vec![before];
    for value in ["a", "b"] {
        let mut branch = World::ready(1);
        branch.broker = copy.clone();
        branch.ask(produce(0, &[value]));
        hashes.push(StableHasher::of(&branch.broker));
    }
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), 3, "another record, another hash");
    let tp = TopicPartition::new("orders", 0);
    world.ask(produce(0, &["c"]));
    assert_eq!(copy.log(&tp).unwrap().log_end_offset(), Offset(300));
    assert_eq!(world.broker.log(&tp).unwrap().log_end_offset(), Offset(301));
    assert_eq!(StableHasher::of(&copy), before);
}

/// `Partition.effectiveMinIsr`: one replica cannot be outvoted by two that are not there.
#[test]
fn min_insync_replicas_is_never_more_than_the_replicas() {
    let mut world = World::new();
    let mut new = NewTopic {
        name: "orders".into(),
        partitions: Some(1),
        replication_factor: None,
        config: TopicConfig::default(),
    };
    new.config.set("min.insync.replicas", Some("2"));
    world.ask(Request::CreateTopics(CreateTopicsRequest { topics: vec![new] }));
    let Response::Produce(answer) = world.ask(produce(0, &["a"])) else { panic!() };
    assert_eq!(answer.partitions[0].error, ErrorCode::None);
}
