//! The consumer protocol (KIP-848), step by step, as whole event lists.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails shall panic"
)]

mod support;

use millrace_broker::{ConsumerGroupState, MemberState};
use millrace_model::config::broker::BrokerConfig;
use millrace_model::protocol::*;
use millrace_model::*;
use support::member::*;
use support::*;

#[test]
fn a_member_alone_has_everything_after_one_heartbeat() {
    let mut world = World::ready(2);
    let mut a = Member::new("a", &["orders"]);
    a.join(&mut world);
    a.acknowledge(&mut world);
    world.check(
        "0 g Created
         0 g MemberSubscribed a [\"orders\"]
         0 g SubscriptionMetadataUpdated [\"orders x2\"]
         0 g GroupEpochBumped 1 (member a joins)
         0 g TargetAssigned a [orders-0, orders-1]
         0 g TargetAssignmentComputed 1 uniform
         0 g MemberReconciled a epoch=1 STABLE [orders-0, orders-1]
         0 g HeartbeatReceived a until 45000
         0 g Empty -> Stable
         0 BatchAppended __consumer_offsets-3 @0 x6
         0 -> 2 ConsumerGroupHeartbeat NONE a epoch=1 [orders-0, orders-1]
         0 g HeartbeatReceived a until 45000
         0 -> 3 ConsumerGroupHeartbeat NONE a epoch=1 -",
    );
}

#[test]
fn a_second_member_waits_until_the_first_has_given_up() {
    let mut world = World::ready(2);
    let (mut a, mut b) = (Member::new("a", &["orders"]), Member::new("b", &["orders"]));
    a.join(&mut world);
    world.lines.clear();
    b.join(&mut world);
    assert_eq!(state(&world), ConsumerGroupState::Reconciling);
    a.beat(&mut world);
    // It has not said that it gave up: nobody moves.
    b.beat(&mut world);
    a.beat(&mut world);
    a.acknowledge(&mut world);
    b.beat(&mut world);
    assert_eq!(state(&world), ConsumerGroupState::Stable);
    world.check(
        "0 g MemberSubscribed b [\"orders\"]
         0 g GroupEpochBumped 2 (member b joins)
         0 g TargetAssigned a [orders-0]
         0 g TargetAssigned b [orders-1]
         0 g TargetAssignmentComputed 2 uniform
         0 g MemberReconciled b epoch=2 UNRELEASED_PARTITIONS []
         0 g HeartbeatReceived b until 45000
         0 g Stable -> Reconciling
         0 BatchAppended __consumer_offsets-3 @6 x6
         0 -> 3 ConsumerGroupHeartbeat NONE b epoch=2 []
         0 g MemberReconciled a epoch=1 UNREVOKED_PARTITIONS [orders-0] revoking [orders-1]
         0 g HeartbeatReceived a until 45000
         0 BatchAppended __consumer_offsets-3 @12 x1
         0 -> 4 ConsumerGroupHeartbeat NONE a epoch=1 [orders-0]
         0 g MemberReconciled b epoch=2 UNRELEASED_PARTITIONS []
         0 g HeartbeatReceived b until 45000
         0 BatchAppended __consumer_offsets-3 @13 x1
         0 -> 5 ConsumerGroupHeartbeat NONE b epoch=2 -
         0 g HeartbeatReceived a until 45000
         0 -> 6 ConsumerGroupHeartbeat NONE a epoch=1 -
         0 g MemberReconciled a epoch=2 STABLE [orders-0]
         0 g HeartbeatReceived a until 45000
         0 BatchAppended __consumer_offsets-3 @14 x1
         0 -> 7 ConsumerGroupHeartbeat NONE a epoch=2 -
         0 g MemberReconciled b epoch=2 STABLE [orders-1]
         0 g HeartbeatReceived b until 45000
         0 g Reconciling -> Stable
         0 BatchAppended __consumer_offsets-3 @15 x1
         0 -> 8 ConsumerGroupHeartbeat NONE b epoch=2 [orders-1]",
    );
}

#[test]
fn who_leaves_leaves_the_next_target_to_the_others() {
    let mut world = World::ready(2);
    let (mut a, mut b) = pair(&mut world);
    b.leave(&mut world);
    assert_eq!(state(&world), ConsumerGroupState::Assigning);
    a.beat(&mut world);
    a.leave(&mut world);
    assert_eq!(state(&world), ConsumerGroupState::Empty);
    world.check(
        "0 g MemberRemoved b Left
         0 g GroupEpochBumped 3 (member b is out: it left)
         0 g Stable -> Assigning
         0 BatchAppended __consumer_offsets-3 @15 x4
         0 -> 7 ConsumerGroupHeartbeat NONE b epoch=-1 -
         0 g TargetAssigned a [orders-0, orders-1]
         0 g TargetAssignmentComputed 3 uniform
         0 g MemberReconciled a epoch=3 STABLE [orders-0, orders-1]
         0 g HeartbeatReceived a until 45000
         0 g Assigning -> Stable
         0 BatchAppended __consumer_offsets-3 @19 x3
         0 -> 8 ConsumerGroupHeartbeat NONE a epoch=3 [orders-0, orders-1]
         0 g MemberRemoved a Left
         0 g SubscriptionMetadataUpdated []
         0 g GroupEpochBumped 4 (member a is out: it left)
         0 g Stable -> Empty
         0 BatchAppended __consumer_offsets-3 @22 x5
         0 -> 9 ConsumerGroupHeartbeat NONE a epoch=-1 -",
    );
}

#[test]
fn without_a_heartbeat_a_member_is_out_after_the_session_timeout() {
    let mut world = World::ready(2);
    let (mut a, mut b) = pair(&mut world);
    world.wait(30_000);
    a.beat(&mut world);
    world.wait(20_000);
    assert_eq!(b.send(&mut world, b.clone().plain()), ErrorCode::UnknownMemberId);
    world.check(
        "30000 g HeartbeatReceived a until 75000
         30000 -> 7 ConsumerGroupHeartbeat NONE a epoch=2 -
         45000 g MemberRemoved b SessionTimeout
         45000 g GroupEpochBumped 3 (member b is out: the member session expired)
         45000 g Stable -> Assigning
         45000 BatchAppended __consumer_offsets-3 @15 x4
         50000 Rejected ConsumerGroupHeartbeat g UNKNOWN_MEMBER_ID: Member b is not a member of group g.
         50000 -> 8 ConsumerGroupHeartbeat UNKNOWN_MEMBER_ID b epoch=0 (Member b is not a member of group g.)",
    );
    // It comes back under its old id.
    b.join(&mut world);
    assert_eq!(b.epoch, GroupEpoch(4));
    world.wait(400_000);
    assert_eq!(state(&world), ConsumerGroupState::Empty);
}

#[test]
fn who_does_not_give_up_in_time_is_out() {
    let config = BrokerConfig {
        group_consumer_session_timeout: Span::from_secs(900),
        ..BrokerConfig::defaults(Profile::V4)
    };
    let mut world = World::with(config);
    world.ask(create("orders", Some(2)));
    world.ask(Request::FindCoordinator(FindCoordinatorRequest { group: "g".into() }));
    let (mut a, mut b) = (Member::new("a", &["orders"]), Member::new("b", &["orders"]));
    a.join(&mut world);
    b.join(&mut world);
    a.beat(&mut world);
    world.lines.clear();
    world.wait(299_999);
    a.beat(&mut world);
    world.lines.clear();
    world.wait(1);
    world.check(
        "300000 g MemberRemoved a RebalanceTimeout
         300000 g GroupEpochBumped 3 (member a is out: it did not give up its partitions within the rebalance timeout)
         300000 g Reconciling -> Assigning
         300000 BatchAppended __consumer_offsets-3 @13 x4",
    );
    b.beat(&mut world);
    assert_eq!((b.epoch, b.owned.len()), (GroupEpoch(3), 2));
    assert_eq!(a.send(&mut world, a.clone().plain()), ErrorCode::UnknownMemberId);
}

#[test]
fn a_static_member_comes_back_to_what_it_had() {
    let mut world = World::ready(2);
    let mut a = Member { instance: Some("ia"), ..Member::new("a", &["orders"]) };
    let mut b = Member { instance: Some("ib"), ..Member::new("b", &["orders"]) };
    a.join(&mut world);
    b.join(&mut world);
    a.beat(&mut world);
    a.acknowledge(&mut world);
    b.beat(&mut world);
    world.lines.clear();
    // Nobody takes a name that is in use.
    let mut thief = Member { id: "d".into(), instance: Some("ib"), ..Member::new("d", &["orders"]) };
    assert_eq!(thief.send(&mut world, thief.clone().full()), ErrorCode::UnreleasedInstanceId);
    b.leave(&mut world);
    assert_eq!(state(&world), ConsumerGroupState::Reconciling);
    a.beat(&mut world);
    let mut again = Member { instance: Some("ib"), ..Member::new("b2", &["orders"]) };
    again.join(&mut world);
    assert_eq!(state(&world), ConsumerGroupState::Stable);
    // The old one is a stranger now.
    b.epoch = GroupEpoch(2);
    assert_eq!(b.send(&mut world, b.clone().plain()), ErrorCode::FencedInstanceId);
    world.check(
        "0 Rejected ConsumerGroupHeartbeat g UNRELEASED_INSTANCE_ID: Static member d with instance id ib cannot join the group because the instance id is owned by b member.
         0 -> 7 ConsumerGroupHeartbeat UNRELEASED_INSTANCE_ID d epoch=0 (Static member d with instance id ib cannot join the group because the instance id is owned by b member.)
         0 g StaticMemberLeft { member: \"b\" }
         0 g Stable -> Reconciling
         0 BatchAppended __consumer_offsets-3 @15 x1
         0 -> 8 ConsumerGroupHeartbeat NONE b epoch=-2 -
         0 g HeartbeatReceived a until 45000
         0 -> 9 ConsumerGroupHeartbeat NONE a epoch=2 -
         0 g StaticMemberReplaced ib b -> b2
         0 g MemberSubscribed b2 [\"orders\"]
         0 g MemberReconciled b2 epoch=2 STABLE [orders-1]
         0 g HeartbeatReceived b2 until 45000
         0 g Reconciling -> Stable
         0 BatchAppended __consumer_offsets-3 @16 x6
         0 -> 10 ConsumerGroupHeartbeat NONE b2 epoch=2 [orders-1]
         0 Rejected ConsumerGroupHeartbeat g FENCED_INSTANCE_ID: Static member b with instance id ib was fenced by member b2.
         0 -> 11 ConsumerGroupHeartbeat FENCED_INSTANCE_ID b epoch=0 (Static member b with instance id ib was fenced by member b2.)",
    );
    // One that stays away is out when its session ends.
    again.leave(&mut world);
    world.wait(30_000);
    a.beat(&mut world);
    world.wait(15_000);
    assert_eq!(world.broker.group("g").unwrap().consumer().unwrap().members().len(), 1);
    a.beat(&mut world);
    assert_eq!(a.owned.len(), 2);
}

#[test]
fn a_topic_that_grows_or_comes_to_be_moves_the_epoch() {
    let mut world = World::ready(1);
    let mut a = Member::new("a", &["later", "orders"]);
    a.join(&mut world);
    world.lines.clear();
    world.ask(Request::CreatePartitions(CreatePartitionsRequest { topics: vec![("orders".into(), 2)] }));
    a.beat(&mut world);
    world.ask(create("later", Some(1)));
    a.beat(&mut world);
    world.check(
        "0 PartitionsAdded orders 1 -> 2
         0 -> 3 CreatePartitions
         0 g SubscriptionMetadataUpdated [\"orders x2\"]
         0 g GroupEpochBumped 2 (the topics that the group reads have changed)
         0 g TargetAssigned a [orders-0, orders-1]
         0 g TargetAssignmentComputed 2 uniform
         0 g MemberReconciled a epoch=2 STABLE [orders-0, orders-1]
         0 g HeartbeatReceived a until 45000
         0 BatchAppended __consumer_offsets-3 @6 x5
         0 -> 4 ConsumerGroupHeartbeat NONE a epoch=2 [orders-0, orders-1]
         0 TopicCreated later x1
         0 -> 5 CreateTopics
         0 g SubscriptionMetadataUpdated [\"later x1\", \"orders x2\"]
         0 g GroupEpochBumped 3 (the topics that the group reads have changed)
         0 g TargetAssigned a [later-0, orders-0, orders-1]
         0 g TargetAssignmentComputed 3 uniform
         0 g MemberReconciled a epoch=3 STABLE [later-0, orders-0, orders-1]
         0 g HeartbeatReceived a until 45000
         0 BatchAppended __consumer_offsets-3 @11 x5
         0 -> 6 ConsumerGroupHeartbeat NONE a epoch=3 [later-0, orders-0, orders-1]",
    );
}

#[test]
fn a_changed_subscription_gives_up_what_is_not_wanted_any_more() {
    let mut world = World::ready(1);
    world.ask(create("other", Some(1)));
    let mut a = Member::new("a", &["orders"]);
    a.join(&mut world);
    a.topics = vec!["other".into()];
    world.lines.clear();
    let request =
        ConsumerGroupHeartbeatRequest { subscribed_topic_names: Some(a.topics.clone().into()), ..a.plain() };
    assert_eq!(a.send(&mut world, request), ErrorCode::None);
    assert_eq!((a.epoch, a.owned.len()), (GroupEpoch(1), 0));
    let member =
        |world: &World| world.broker.group("g").unwrap().consumer().unwrap().member("a").unwrap().clone();
    assert_eq!(member(&world).state, MemberState::UnrevokedPartitions);
    a.acknowledge(&mut world);
    assert_eq!((a.epoch, &*a.owned), (GroupEpoch(2), &[TopicPartition::new("other", 0)][..]));
    assert_eq!(member(&world).state, MemberState::Stable);
}

#[test]
fn the_most_votes_choose_the_assignor() {
    let mut world = World::ready(4);
    let mut members: Vec<Member> = [("a", "range"), ("b", "range"), ("c", "uniform")]
        .map(|(id, assignor)| Member { assignor: Some(assignor), ..Member::new(id, &["orders"]) })
        .into();
    for member in &mut members {
        member.join(&mut world);
    }
    let assignor =
        |world: &World| world.broker.group("g").unwrap().consumer().unwrap().assignor().map(str::to_owned);
    assert_eq!(assignor(&world).as_deref(), Some("range"));
    members[0].leave(&mut world);
    members[1].leave(&mut world);
    members[2].beat(&mut world);
    assert_eq!(assignor(&world).as_deref(), Some("uniform"));
    let mut odd = Member { assignor: Some("nope"), ..Member::new("d", &["orders"]) };
    world.lines.clear();
    assert_eq!(odd.send(&mut world, odd.clone().full()), ErrorCode::UnsupportedAssignor);
    world.check(
        "0 Rejected ConsumerGroupHeartbeat g UNSUPPORTED_ASSIGNOR: ServerAssignor nope is not supported. Supported assignors: uniform, range.
         0 -> 8 ConsumerGroupHeartbeat UNSUPPORTED_ASSIGNOR d epoch=0 (ServerAssignor nope is not supported. Supported assignors: uniform, range.)",
    );
}

#[test]
fn a_hundred_members_over_a_thousand_partitions_settle() {
    for assignor in ["uniform", "range"] {
        let mut world = World::ready(1_000);
        let ids: Vec<String> = (0..100).map(|n| format!("m{n:02}")).collect();
        let mut members: Vec<Member> = ids
            .iter()
            .map(|id| Member {
                id: id.as_str().into(),
                assignor: Some(assignor),
                ..Member::new("c", &["orders"])
            })
            .collect();
        for member in &mut members {
            member.join(&mut world);
            world.lines.clear();
        }
        let mut rounds = 0;
        while state(&world) != ConsumerGroupState::Stable {
            rounds += 1;
            assert!(rounds < 10, "{assignor}");
            for member in &mut members {
                member.acknowledge(&mut world);
                world.lines.clear();
            }
        }
        assert!(members.iter().all(|member| member.owned.len() == 10), "{assignor}");
    }
}
