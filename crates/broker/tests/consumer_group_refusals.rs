//! The consumer protocol (KIP-848): what the coordinator turns down, and in which words.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails shall panic"
)]

mod support;

use millrace_broker::ConsumerGroupState;
use millrace_model::protocol::*;
use millrace_model::*;
use support::member::*;
use support::*;

#[test]
fn epochs_fence() {
    let mut world = World::ready(2);
    let (mut a, mut b) = pair(&mut world);
    let mut ahead = Member { epoch: GroupEpoch(3), ..a.clone() };
    assert_eq!(ahead.send(&mut world, ahead.clone().plain()), ErrorCode::FencedMemberEpoch);
    // `a` was in epoch 1 before. Who says so and nothing more is fenced …
    let mut behind = Member { epoch: GroupEpoch(1), ..a.clone() };
    assert_eq!(behind.send(&mut world, behind.clone().plain()), ErrorCode::FencedMemberEpoch);
    // … who owns what it may not is fenced, too …
    let mut greedy = Member { owned: vec![TopicPartition::new("orders", 1)], ..behind.clone() };
    assert_eq!(greedy.send(&mut world, greedy.clone().full()), ErrorCode::FencedMemberEpoch);
    // … but an answer may have been lost.
    assert_eq!(behind.send(&mut world, behind.clone().full()), ErrorCode::None);
    assert_eq!((behind.epoch, &behind.owned), (GroupEpoch(2), &a.owned));
    world.lines.retain(|line| line.contains("Rejected"));
    world.check(
        "0 Rejected ConsumerGroupHeartbeat g FENCED_MEMBER_EPOCH: The consumer group member has a greater member epoch (3) than the one known by the group coordinator (2). The member must abandon all its partitions and rejoin.
         0 Rejected ConsumerGroupHeartbeat g FENCED_MEMBER_EPOCH: The consumer group member has a smaller member epoch (1) than the one known by the group coordinator (2). The member must abandon all its partitions and rejoin.
         0 Rejected ConsumerGroupHeartbeat g FENCED_MEMBER_EPOCH: The consumer group member has a smaller member epoch (1) than the one known by the group coordinator (2). The member must abandon all its partitions and rejoin.",
    );
    a.beat(&mut world);
    b.beat(&mut world);
}

#[test]
fn commits_and_their_fetches_carry_the_epoch() {
    let mut world = World::ready(2);
    let (a, b) = pair(&mut world);
    let codes = |world: &mut World, request| match world.ask(request) {
        Response::OffsetCommit(answer) => answer.partitions[0].1,
        Response::OffsetFetch(answer) => answer.error,
        other => panic!("{other:?}"),
    };
    assert_eq!(codes(&mut world, commit(&a.id, 2, 5)), ErrorCode::None);
    assert_eq!(codes(&mut world, commit(&a.id, 1, 6)), ErrorCode::StaleMemberEpoch);
    assert_eq!(codes(&mut world, commit(&a.id, 3, 6)), ErrorCode::StaleMemberEpoch);
    assert_eq!(codes(&mut world, commit(&"x".into(), 2, 6)), ErrorCode::UnknownMemberId);
    // An administrator, while somebody is in.
    assert_eq!(codes(&mut world, commit(&MemberId::unknown(), -1, 6)), ErrorCode::UnknownMemberId);
    let fetch = |member| {
        Request::OffsetFetch(OffsetFetchRequest {
            group: "g".into(),
            member,
            partitions: None,
            require_stable: false,
        })
    };
    assert_eq!(codes(&mut world, fetch(Some((b.id.clone(), GroupEpoch(2))))), ErrorCode::None);
    assert_eq!(codes(&mut world, fetch(Some((b.id.clone(), GroupEpoch(1))))), ErrorCode::StaleMemberEpoch);
    assert_eq!(codes(&mut world, fetch(Some(("x".into(), GroupEpoch(2))))), ErrorCode::UnknownMemberId);
    assert_eq!(codes(&mut world, fetch(None)), ErrorCode::None);
    let orders = TopicPartition::new("orders", 0);
    assert_eq!(world.broker.committed("g", &orders).unwrap().offset, Offset(5));
    world.wait(400_000);
    assert_eq!(codes(&mut world, commit(&MemberId::unknown(), -1, 7)), ErrorCode::None);
}

#[test]
fn requests_that_make_no_sense_are_refused_in_kafkas_words() {
    let mut world = World::ready(1);
    let a = Member::new("a", &["orders"]);
    let full = a.full();
    let cases = [
        (ConsumerGroupHeartbeatRequest { group: "".into(), ..full.clone() }, "GroupId can't be empty."),
        (
            ConsumerGroupHeartbeatRequest { group_instance_id: Some("".into()), ..full.clone() },
            "InstanceId can't be empty.",
        ),
        (ConsumerGroupHeartbeatRequest { rack: Some("".into()), ..full.clone() }, "RackId can't be empty."),
        (a.plain(), "RebalanceTimeoutMs must be provided in first request."),
        (
            ConsumerGroupHeartbeatRequest { topic_partitions: None, ..full.clone() },
            "TopicPartitions must be empty when (re-)joining.",
        ),
        (
            ConsumerGroupHeartbeatRequest { subscribed_topic_names: Some([].into()), ..full.clone() },
            "SubscribedTopicNames must be set in first request.",
        ),
        (
            ConsumerGroupHeartbeatRequest { member_epoch: GroupEpoch::LEAVE_STATIC, ..full.clone() },
            "InstanceId can't be null.",
        ),
        (
            ConsumerGroupHeartbeatRequest {
                member: MemberId::unknown(),
                member_epoch: GroupEpoch(1),
                ..full.clone()
            },
            "MemberId can't be empty.",
        ),
        (
            ConsumerGroupHeartbeatRequest { member_epoch: GroupEpoch(-3), ..full.clone() },
            "MemberEpoch is invalid.",
        ),
        (
            ConsumerGroupHeartbeatRequest { member_epoch: GroupEpoch(1), ..full },
            "Consumer group g not found.",
        ),
    ];
    for (request, words) in cases {
        let Response::ConsumerGroupHeartbeat(answer) = world.ask(Request::ConsumerGroupHeartbeat(request))
        else {
            panic!("another API answered")
        };
        assert_eq!(answer.error_message.as_deref(), Some(words));
    }
    assert_eq!(world.broker.groups().len(), 0, "nothing of that has made a group");
}

#[test]
fn a_group_changes_its_protocol_only_while_it_is_empty() {
    let mut world = World::ready(2);
    stable(&mut world, &["c"]);
    let mut a = Member::new("a", &["orders"]);
    assert_eq!(a.send(&mut world, a.clone().full()), ErrorCode::GroupIdNotFound);
    world.ask(commit(&world.broker.group("g").unwrap().leader().unwrap().clone(), 1, 5));
    world.wait(60_000);
    a.join(&mut world);
    assert_eq!(a.epoch, GroupEpoch(1));
    let orders = TopicPartition::new("orders", 0);
    assert_eq!(
        world.broker.committed("g", &orders).unwrap().offset,
        Offset(5),
        "offsets outlive the protocol"
    );
    world.lines.clear();
    match world.ask(Request::JoinGroup(join("c", &MemberId::unknown()))) {
        Response::JoinGroup(answer) => assert_eq!(answer.error, ErrorCode::InconsistentGroupProtocol),
        other => panic!("{other:?}"),
    }
    a.leave(&mut world);
    named(&mut world, "c");
    let group = world.broker.group("g").unwrap();
    assert!(group.consumer().is_none() && group.pending_members().len() == 1);
    assert_eq!(group.committed(&orders).unwrap().offset, Offset(5));
    // Who was only named is forgotten when the group changes again.
    a.join(&mut world);
    assert_eq!(world.broker.group("g").unwrap().pending_members().len(), 0);
    world.wait(100_000);
    assert_eq!(state(&world), ConsumerGroupState::Empty);
}

#[test]
fn a_nameless_member_is_named_by_the_coordinator() {
    let mut world = World::ready(1);
    let mut a = Member { id: MemberId::unknown(), ..Member::new("a", &["orders"]) };
    let mut b = a.clone();
    a.join(&mut world);
    b.join(&mut world);
    assert_eq!(a.id.as_str(), "AAAAAAAAAAAAAAAAAAAAAQ");
    assert_eq!(b.id.as_str(), "AAAAAAAAAAIAAAAAAAAAAw");
}
