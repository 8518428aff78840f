//! What an administrator changes and deletes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails shall panic"
)]

mod support;

use millrace_broker::log::segments::FetchIsolation;
use millrace_model::protocol::*;
use millrace_model::*;
use support::*;

fn ask(world: &mut World, request: AdminRequest) -> String {
    let Response::Admin(answer) = world.ask(Request::Admin(request)) else { panic!() };
    let partitions = answer.partitions.iter().map(|(tp, error, low)| format!(" {tp} {error} {low}"));
    let words = answer.words.as_deref().unwrap_or_default();
    format!("{} {words}{}", answer.error, partitions.collect::<String>())
}

fn alter(world: &mut World, kind: ResourceKind, name: &str, changes: &[(&str, Option<&str>)]) -> String {
    let changes = changes.iter().map(|(key, value)| ((*key).into(), value.map(Into::into))).collect();
    let resource = ConfigResource::new(kind, name);
    ask(world, AdminRequest::IncrementalAlterConfigs { resource, changes })
}

#[test]
fn settings_are_checked_with_those_that_are_there() {
    let mut world = World::ready(1);
    let topic = ResourceKind::Topic;
    assert_eq!(alter(&mut world, topic, "orders", &[("max.compaction.lag.ms", Some("10"))]), "NONE ");
    assert_eq!(
        alter(&mut world, topic, "orders", &[("min.compaction.lag.ms", Some("11"))]),
        "INVALID_CONFIG conflict topic config setting min.compaction.lag.ms (11) > max.compaction.lag.ms (10)"
    );
    assert_eq!(
        alter(
            &mut world,
            topic,
            "orders",
            &[("max.compaction.lag.ms", None), ("min.insync.replicas", Some("2"))]
        ),
        "NONE "
    );
    assert_eq!(world.broker.topic("orders").unwrap().config().min_insync_replicas, 2);
    assert_eq!(
        alter(&mut world, topic, "nope", &[("retention.ms", Some("1"))]),
        "UNKNOWN_TOPIC_OR_PARTITION "
    );
    assert_eq!(
        alter(&mut world, topic, "", &[("retention.ms", Some("1"))]),
        "INVALID_REQUEST Default topic resources are not allowed."
    );
    assert_eq!(
        alter(&mut world, ResourceKind::Broker, "1", &[("broker.id", Some("5"))]),
        "INVALID_REQUEST Cannot update these configs dynamically: Set(broker.id)"
    );
    world.check(
        "0 ConfigsAltered Topic orders max.compaction.lag.ms=10
         0 -> 2 IncrementalAlterConfigs
         0 Rejected IncrementalAlterConfigs orders INVALID_CONFIG: conflict topic config setting min.compaction.lag.ms (11) > max.compaction.lag.ms (10)
         0 -> 3 IncrementalAlterConfigs
         0 ConfigsAltered Topic orders -max.compaction.lag.ms min.insync.replicas=2
         0 -> 4 IncrementalAlterConfigs
         0 Rejected IncrementalAlterConfigs nope UNKNOWN_TOPIC_OR_PARTITION: \n         0 -> 5 IncrementalAlterConfigs
         0 Rejected IncrementalAlterConfigs  INVALID_REQUEST: Default topic resources are not allowed.
         0 -> 6 IncrementalAlterConfigs
         0 Rejected IncrementalAlterConfigs 1 INVALID_REQUEST: Cannot update these configs dynamically: Set(broker.id)
         0 -> 7 IncrementalAlterConfigs",
    );
}

#[test]
fn what_is_taken_back_leaves_no_trace() {
    let mut world = World::ready(1);
    let hash = |world: &World| StableHasher::of(&world.broker);
    let before = hash(&world);
    let quota = ConfigResource::quota([("users", Some("alice")), ("clients", None)]);
    let set = |value: Option<&str>| AdminRequest::IncrementalAlterConfigs {
        resource: quota.clone(),
        changes: vec![("producer_byte_rate".into(), value.map(Into::into))],
    };
    assert_eq!(ask(&mut world, set(Some("5.0"))), "NONE ");
    assert_eq!(world.broker.configs().get(&quota).unwrap().len(), 1);
    assert_ne!(hash(&world), before);
    assert_eq!(ask(&mut world, set(None)), "NONE ");
    assert_eq!(hash(&world), before);
}

#[test]
fn a_log_begins_later_and_never_earlier() {
    let mut world = World::ready(1);
    let tp = TopicPartition::new("orders", 0);
    for value in 0..6 {
        world.ask(produce(0, &[&format!("v{value}")]));
    }
    let delete = |offset| AdminRequest::DeleteRecords {
        offsets: vec![(TopicPartition::new("orders", 0), Offset(offset))],
    };
    assert_eq!(ask(&mut world, delete(2)), "NONE  orders-0 NONE 2");
    assert_eq!(ask(&mut world, delete(1)), "NONE  orders-0 NONE 2");
    let log = world.broker.log(&tp).unwrap();
    assert_eq!((log.log_start_offset(), log.record_count()), (Offset(2), 4));
    assert_eq!(ask(&mut world, delete(7)), "NONE  orders-0 OFFSET_OUT_OF_RANGE -1");
    assert_eq!(ask(&mut world, delete(-5)), "NONE  orders-0 OFFSET_OUT_OF_RANGE -1");
    assert_eq!(ask(&mut world, delete(-1)), "NONE  orders-0 NONE 6");
    let log = world.broker.log(&tp).unwrap();
    assert_eq!((log.log_start_offset(), log.record_count()), (Offset(6), 0));
    // The bytes go with their segment, and that is still the active one.
    assert_eq!((log.records_held(), log.size_in_bytes()), (6, 6 * 70));
    world.ask(produce(0, &["v6"]));
    let log = world.broker.log(&tp).unwrap();
    assert_eq!((log.record_count(), log.batches_from(Offset(0)).count()), (1, 1));
    let unknown =
        AdminRequest::DeleteRecords { offsets: vec![(TopicPartition::new("orders", 9), Offset(0))] };
    assert_eq!(ask(&mut world, unknown), "NONE  orders-9 UNKNOWN_TOPIC_OR_PARTITION -1");
}

#[test]
fn a_group_and_its_offsets_go_when_nobody_is_in_it() {
    let mut world = World::ready(2);
    let commit = |partition| {
        let offsets = vec![(
            TopicPartition::new("orders", partition),
            CommittedOffset { offset: Offset(1), leader_epoch: None, metadata: "".into() },
        )];
        Request::OffsetCommit(OffsetCommitRequest {
            group: "g".into(),
            generation: Generation::NONE,
            member: MemberId::unknown(),
            group_instance_id: None,
            offsets,
        })
    };
    world.ask(commit(0));
    world.ask(commit(1));
    let group = || GroupId::from("g");
    let partitions = vec![TopicPartition::new("orders", 1), TopicPartition::new("orders", 9)];
    assert_eq!(
        ask(&mut world, AdminRequest::OffsetDelete { group: group(), partitions }),
        "NONE  orders-1 NONE -1 orders-9 UNKNOWN_TOPIC_OR_PARTITION -1"
    );
    assert_eq!(world.broker.group("g").unwrap().offsets().len(), 1);
    assert_eq!(ask(&mut world, AdminRequest::DeleteGroups { group: group() }), "NONE ");
    assert!(world.broker.group("g").is_none());
    assert_eq!(ask(&mut world, AdminRequest::DeleteGroups { group: group() }), "GROUP_ID_NOT_FOUND ");
}

#[test]
fn an_empty_log_takes_over_the_offsets_of_another_cluster() {
    let mut world = World::ready(1);
    let tp = TopicPartition::new("orders", 0);
    let import = |start, end| AdminRequest::ImportLogs {
        offsets: vec![(TopicPartition::new("orders", 0), Offset(start), Offset(end))],
    };
    let words = "orders-0: offsets are imported into empty logs only, from a start of at least 0 to an end behind it.";
    assert_eq!(ask(&mut world, import(9, 8)), format!("OFFSET_OUT_OF_RANGE {words}"));
    assert_eq!(ask(&mut world, import(100, 5_000_000_000)), "NONE  orders-0 NONE 100");
    let log = world.broker.log(&tp).unwrap();
    assert_eq!((log.log_start_offset(), log.log_end_offset().0), (Offset(100), 5_000_000_000));
    assert_eq!((log.unknown_count(), log.record_count()), (4_999_999_900, 0));
    assert!(log.read(Offset(200), FetchIsolation::LogEnd, 1_000, true).batches.is_empty());
    assert_eq!(ask(&mut world, import(0, 1)), format!("INVALID_REQUEST {words}"));
    // What is deleted of the unknown was no record that is counted here.
    let offsets = vec![(tp.clone(), Offset(4_000_000_000))];
    ask(&mut world, AdminRequest::DeleteRecords { offsets });
    let log = world.broker.log(&tp).unwrap();
    assert_eq!((log.unknown_count(), log.record_count()), (1_000_000_000, 0));
}
