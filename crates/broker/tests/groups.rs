//! The classic protocol, phase by phase, as whole event lists.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails shall panic"
)]

mod support;

use millrace_broker::GroupState;
use millrace_model::protocol::*;
use millrace_model::*;
use support::*;

#[test]
fn two_members_come_up_within_the_initial_delay() {
    let mut world = World::ready(2);
    let a = named(&mut world, "a");
    let b = named(&mut world, "b");
    world.send(Request::JoinGroup(join("a", &a)));
    world.wait(1_000);
    world.send(Request::JoinGroup(join("b", &b)));
    world.wait(10_000);
    world.send(sync(&b, 1, &[]));
    world.send(sync(&a, 1, &[(&a, 0), (&b, 1)]));
    world.check(
        "0 g Created
         0 g MemberIdAssigned a-1 pending=true
         0 BatchAppended __consumer_offsets-3 @0 x1
         0 -> 2 JoinGroup MEMBER_ID_REQUIRED a-1 gen=-1 members=0
         0 g MemberIdAssigned b-2 pending=true
         0 -> 3 JoinGroup MEMBER_ID_REQUIRED b-2 gen=-1 members=0
         0 g MemberJoined a-1
         0 g RebalanceStarted (Adding new member a-1 with group instance id null; client reason: not provided) company until 3000
         0 g Empty -> PreparingRebalance
         1000 g MemberJoined b-2
         3000 g InitialDelayExtended until 6000 left 294s
         6000 g GenerationStarted 1 range leader=a-1 members=[\"a-1\", \"b-2\"]
         6000 g PreparingRebalance -> CompletingRebalance
         6000 -> 4 JoinGroup NONE a-1 gen=1 members=2
         6000 -> 5 JoinGroup NONE b-2 gen=1 members=0
         11000 g SyncReceived b-2
         11000 g SyncReceived a-1
         11000 BatchAppended __consumer_offsets-3 @1 x1
         11000 g AssignmentDistributed [(\"a-1\", [orders-0]), (\"b-2\", [orders-1])]
         11000 g CompletingRebalance -> Stable
         11000 -> 7 SyncGroup NONE [orders-0]
         11000 -> 6 SyncGroup NONE [orders-1]",
    );
}

#[test]
fn a_member_alone_waits_three_seconds_and_no_longer() {
    let mut world = World::ready(2);
    let a = named(&mut world, "a");
    world.lines.clear();
    world.send(Request::JoinGroup(join("a", &a)));
    world.wait(10_000);
    world.check(
        "0 g MemberJoined a-1
         0 g RebalanceStarted (Adding new member a-1 with group instance id null; client reason: not provided) company until 3000
         0 g Empty -> PreparingRebalance
         3000 g GenerationStarted 1 range leader=a-1 members=[\"a-1\"]
         3000 g PreparingRebalance -> CompletingRebalance
         3000 -> 3 JoinGroup NONE a-1 gen=1 members=1",
    );
}

#[test]
fn a_third_member_makes_the_others_join_again() {
    let mut world = World::ready(2);
    let ids = stable(&mut world, &["a", "b"]);
    let c = named(&mut world, "c");
    world.send(Request::JoinGroup(join("c", &c)));
    world.send(heartbeat(&ids[0], 1));
    world.send(Request::JoinGroup(join("a", &ids[0])));
    world.send(Request::JoinGroup(join("b", &ids[1])));
    world.send(heartbeat(&ids[0], 1));
    world.send(heartbeat(&ids[0], 2));
    world.check(
        "6000 g MemberIdAssigned c-3 pending=true
         6000 -> 8 JoinGroup MEMBER_ID_REQUIRED c-3 gen=-1 members=0
         6000 g MemberJoined c-3
         6000 g RebalanceStarted (Adding new member c-3 with group instance id null; client reason: not provided) members until 306000
         6000 g Stable -> PreparingRebalance
         6000 g HeartbeatReceived a-1 until 51000
         6000 Rejected Heartbeat g REBALANCE_IN_PROGRESS: The group is rebalancing, so a rejoin is needed.
         6000 -> 10 Heartbeat REBALANCE_IN_PROGRESS
         6000 g MemberRejoined a-1
         6000 g MemberRejoined b-2
         6000 g GenerationStarted 2 range leader=a-1 members=[\"a-1\", \"b-2\", \"c-3\"]
         6000 g PreparingRebalance -> CompletingRebalance
         6000 -> 11 JoinGroup NONE a-1 gen=2 members=3
         6000 -> 12 JoinGroup NONE b-2 gen=2 members=0
         6000 -> 9 JoinGroup NONE c-3 gen=2 members=0
         6000 Rejected Heartbeat g ILLEGAL_GENERATION: Specified group generation id is not valid.
         6000 -> 13 Heartbeat ILLEGAL_GENERATION
         6000 g HeartbeatReceived a-1 until 51000
         6000 -> 14 Heartbeat NONE",
    );
}

#[test]
fn a_silent_member_is_out_after_its_session_timeout_and_not_before() {
    let mut world = World::ready(2);
    let ids = stable(&mut world, &["a", "b"]);
    world.wait(44_999);
    world.check("");
    world.send(heartbeat(&ids[0], 1));
    world.lines.clear();
    world.wait(1);
    world.send(heartbeat(&ids[0], 1));
    world.send(heartbeat(&ids[1], 1));
    world.send(Request::JoinGroup(join("a", &ids[0])));
    world.check(
        "51000 g MemberRemoved b-2 SessionTimeout
         51000 g RebalanceStarted (removing member b-2 on heartbeat expiration.) members until 351000
         51000 g Stable -> PreparingRebalance
         51000 g HeartbeatReceived a-1 until 96000
         51000 Rejected Heartbeat g REBALANCE_IN_PROGRESS: The group is rebalancing, so a rejoin is needed.
         51000 -> 9 Heartbeat REBALANCE_IN_PROGRESS
         51000 Rejected Heartbeat g UNKNOWN_MEMBER_ID: The coordinator is not aware of this member.
         51000 -> 10 Heartbeat UNKNOWN_MEMBER_ID
         51000 g MemberRejoined a-1
         51000 g GenerationStarted 2 range leader=a-1 members=[\"a-1\"]
         51000 g PreparingRebalance -> CompletingRebalance
         51000 -> 11 JoinGroup NONE a-1 gen=2 members=1",
    );
}

#[test]
fn who_does_not_join_again_is_out_at_the_rebalance_timeout() {
    let mut world = World::ready(2);
    let ids = stable(&mut world, &["a", "b"]);
    world.send(Request::JoinGroup(join("a", &ids[0])));
    for _ in 0..20 {
        world.wait(15_000);
        world.send(heartbeat(&ids[1], 1));
    }
    let last = world.lines.split_off(world.lines.len() - 8);
    world.lines.truncate(4);
    world.lines.extend(last);
    world.check(
        "6000 g MemberRejoined a-1
         6000 g RebalanceStarted (Leader a-1 re-joining group during Stable; client reason: not provided) members until 306000
         6000 g Stable -> PreparingRebalance
         21000 g HeartbeatReceived b-2 until 66000
         291000 Rejected Heartbeat g REBALANCE_IN_PROGRESS: The group is rebalancing, so a rejoin is needed.
         291000 -> 27 Heartbeat REBALANCE_IN_PROGRESS
         306000 g MemberRemoved b-2 RebalanceTimeout
         306000 g GenerationStarted 2 range leader=a-1 members=[\"a-1\"]
         306000 g PreparingRebalance -> CompletingRebalance
         306000 -> 8 JoinGroup NONE a-1 gen=2 members=1
         306000 Rejected Heartbeat g UNKNOWN_MEMBER_ID: The coordinator is not aware of this member.
         306000 -> 28 Heartbeat UNKNOWN_MEMBER_ID",
    );
}

#[test]
fn the_last_one_leaves_and_the_group_is_empty() {
    let mut world = World::ready(2);
    let ids = stable(&mut world, &["a", "b"]);
    world.send(leave(&ids[0]));
    world.send(Request::JoinGroup(join("b", &ids[1])));
    world.send(leave(&ids[1]));
    world.send(leave(&ids[1]));
    world.check(
        "6000 g MemberRemoved a-1 Left(\"the consumer is being closed\")
         6000 g RebalanceStarted (explicit `LeaveGroup` request for (a-1) members.) members until 306000
         6000 g Stable -> PreparingRebalance
         6000 -> 8 LeaveGroup NONE
         6000 g MemberRejoined b-2
         6000 g GenerationStarted 2 range leader=b-2 members=[\"b-2\"]
         6000 g PreparingRebalance -> CompletingRebalance
         6000 -> 9 JoinGroup NONE b-2 gen=2 members=1
         6000 g MemberRemoved b-2 Left(\"the consumer is being closed\")
         6000 g AssignmentDropped
         6000 g RebalanceStarted (explicit `LeaveGroup` request for (b-2) members.) members until 6000
         6000 g CompletingRebalance -> PreparingRebalance
         6000 -> 10 LeaveGroup NONE
         6000 g GenerationStarted 3 null leader=null members=[]
         6000 g PreparingRebalance -> Empty
         6000 BatchAppended __consumer_offsets-3 @2 x1
         6000 Rejected LeaveGroup g UNKNOWN_MEMBER_ID: The coordinator is not aware of this member.
         6000 -> 11 LeaveGroup UNKNOWN_MEMBER_ID",
    );
}

#[test]
fn who_never_asks_for_its_assignment_is_out() {
    let mut world = World::ready(2);
    let a = named(&mut world, "a");
    world.send(Request::JoinGroup(JoinGroupRequest {
        rebalance_timeout: Span::from_secs(10),
        ..join("a", &a)
    }));
    world.wait(3_000);
    world.lines.clear();
    world.wait(60_000);
    world.check(
        "13000 g MemberRemoved a-1 SyncTimeout
         13000 g AssignmentDropped
         13000 g RebalanceStarted (Removing [a-1] on pending sync request expiration) members until 13000
         13000 g CompletingRebalance -> PreparingRebalance
         13000 g GenerationStarted 2 null leader=null members=[]
         13000 g PreparingRebalance -> Empty
         13000 BatchAppended __consumer_offsets-3 @1 x1",
    );
}

#[test]
fn a_member_that_is_only_named_is_forgotten() {
    let mut world = World::ready(2);
    let a = named(&mut world, "a");
    world.lines.clear();
    world.wait(60_000);
    world.send(Request::JoinGroup(join("a", &a)));
    world.check(
        "45000 g PendingMemberRemoved a-1 SessionTimeout
         60000 Rejected JoinGroup g UNKNOWN_MEMBER_ID: The coordinator is not aware of this member.
         60000 -> 3 JoinGroup UNKNOWN_MEMBER_ID a-1 gen=-1 members=0",
    );
}

#[test]
fn joining_again_without_need_disturbs_nobody_unless_the_leader_does_it() {
    let mut world = World::ready(2);
    let ids = stable(&mut world, &["a", "b"]);
    world.send(Request::JoinGroup(join("b", &ids[1])));
    world.send(Request::JoinGroup(join("a", &ids[0])));
    world.check(
        "6000 g JoinAnswered { member: \"b-2\" }
         6000 -> 8 JoinGroup NONE b-2 gen=1 members=0
         6000 g MemberRejoined a-1
         6000 g RebalanceStarted (Leader a-1 re-joining group during Stable; client reason: not provided) members until 306000
         6000 g Stable -> PreparingRebalance",
    );
}

#[test]
fn a_rebalance_overtakes_the_assignment() {
    let mut world = World::ready(2);
    let a = named(&mut world, "a");
    let b = named(&mut world, "b");
    world.send(Request::JoinGroup(join("a", &a)));
    world.send(Request::JoinGroup(join("b", &b)));
    world.wait(6_000);
    world.send(sync(&b, 1, &[]));
    world.lines.clear();
    world.send(commit(&b, 1, 5));
    world.send(leave(&a));
    world.send(sync(&b, 1, &[]));
    world.check(
        "6000 Rejected OffsetCommit g REBALANCE_IN_PROGRESS: The group is rebalancing, so a rejoin is needed.
         6000 -> 7 OffsetCommit [\"REBALANCE_IN_PROGRESS\"]
         6000 g MemberRemoved a-1 Left(\"the consumer is being closed\")
         6000 g AssignmentDropped
         6000 g RebalanceStarted (explicit `LeaveGroup` request for (a-1) members.) members until 306000
         6000 g CompletingRebalance -> PreparingRebalance
         6000 -> 6 SyncGroup REBALANCE_IN_PROGRESS []
         6000 -> 8 LeaveGroup NONE
         6000 Rejected SyncGroup g REBALANCE_IN_PROGRESS: The group is rebalancing, so a rejoin is needed.
         6000 -> 9 SyncGroup REBALANCE_IN_PROGRESS []",
    );
}

#[test]
fn commits_are_fenced_and_kept() {
    let mut world = World::ready(2);
    let nobody = MemberId::unknown();
    world.send(commit(&nobody, -1, 3));
    world.send(commit(&nobody, 4, 3));
    let ids = stable(&mut world, &["a"]);
    world.send(commit(&ids[0], 1, 7));
    world.send(commit(&ids[0], 0, 8));
    world.send(commit(&nobody, -1, 9));
    world.send(commit(&"stranger".into(), 1, 10));
    world.check(
        "6000 g HeartbeatReceived a-1 until 51000
         6000 BatchAppended __consumer_offsets-3 @2 x1
         6000 g OffsetCommitted [\"orders-0=7\"]
         6000 -> 7 OffsetCommit [\"NONE\"]
         6000 Rejected OffsetCommit g ILLEGAL_GENERATION: Specified group generation id is not valid.
         6000 -> 8 OffsetCommit [\"ILLEGAL_GENERATION\"]
         6000 Rejected OffsetCommit g UNKNOWN_MEMBER_ID: The coordinator is not aware of this member.
         6000 -> 9 OffsetCommit [\"UNKNOWN_MEMBER_ID\"]
         6000 Rejected OffsetCommit g UNKNOWN_MEMBER_ID: The coordinator is not aware of this member.
         6000 -> 10 OffsetCommit [\"UNKNOWN_MEMBER_ID\"]",
    );
    let orders = |p| TopicPartition::new("orders", p);
    let fetched = world.ask(Request::OffsetFetch(OffsetFetchRequest {
        group: "g".into(),
        member: None,
        partitions: Some(vec![orders(0), orders(1)]),
        require_stable: true,
    }));
    let committed = CommittedOffset { offset: Offset(7), leader_epoch: None, metadata: "".into() };
    let partitions = vec![(orders(0), Some(committed)), (orders(1), None)];
    let expected = OffsetFetchResponse { error: ErrorCode::None, partitions };
    assert_eq!(fetched, Response::OffsetFetch(expected));
}

#[test]
fn every_commit_is_a_record_that_can_be_read() {
    let mut world = World::ready(1);
    world.send(commit(&MemberId::unknown(), -1, 3));
    let mut request = fetch(0, 1, 0);
    request.partitions[0].tp = TopicPartition::new("__consumer_offsets", 3);
    let Response::Fetch(response) = world.ask(Request::Fetch(request)) else { panic!() };
    let text = |bytes: &Option<Bytes>| String::from_utf8(bytes.clone().unwrap().to_vec()).unwrap();
    let records: Vec<_> = response.partitions[0]
        .batches
        .iter()
        .flat_map(|stored| &stored.batch.records)
        .map(|record| (text(&record.key), text(&record.value)))
        .collect();
    let value =
        "OffsetAndMetadata(offset=3, leaderEpoch=Optional.empty, metadata=, commitTimestamp=1767268800000)";
    assert_eq!(records, [("[g,orders,0]".to_owned(), value.to_owned())]);
}

#[test]
fn a_static_member_comes_back_without_a_rebalance_and_fences_its_double() {
    let mut world = World::ready(2);
    let fixed =
        |member: &MemberId| JoinGroupRequest { group_instance_id: Some("i1".into()), ..join("a", member) };
    let nobody = MemberId::unknown();
    world.send(Request::JoinGroup(fixed(&nobody)));
    world.wait(3_000);
    let old = world.broker.group("g").unwrap().leader().unwrap().clone();
    world.send(sync(&old, 1, &[(&old, 0)]));
    world.lines.clear();
    world.send(Request::JoinGroup(fixed(&nobody)));
    world.send(Request::Heartbeat(HeartbeatRequest {
        group: "g".into(),
        generation: Generation(1),
        member: old.clone(),
        group_instance_id: Some("i1".into()),
    }));
    world.check(
        "3000 g MemberIdAssigned i1-2 pending=false
         3000 g StaticMemberReplaced { group_instance_id: \"i1\", old: \"i1-1\", new: \"i1-2\" }
         3000 g MemberRejoined i1-2
         3000 BatchAppended __consumer_offsets-3 @2 x1
         3000 g JoinAnswered { member: \"i1-2\" }
         3000 -> 4 JoinGroup NONE i1-2 gen=1 members=1
         3000 Rejected Heartbeat g FENCED_INSTANCE_ID: The broker rejected this static consumer since another consumer with the same group.instance.id has registered with a different member.id.
         3000 -> 5 Heartbeat FENCED_INSTANCE_ID",
    );
    let group = world.broker.group("g").unwrap();
    assert_eq!(group.state(), GroupState::Stable);
    assert_eq!(group.members().map(|m| m.assignment.partitions.len()).collect::<Vec<_>>(), [1]);
}

/// What is turned down before the group is looked at, and what a group turns down.
#[test]
fn bad_joins_are_turned_down_with_kafkas_codes() {
    let mut world = World::ready(1);
    let nobody = MemberId::unknown();
    let base = || join("a", &nobody);
    let cases: Vec<(JoinGroupRequest, ErrorCode)> = vec![
        (JoinGroupRequest { group: "".into(), ..base() }, ErrorCode::InvalidGroupId),
        (
            JoinGroupRequest { session_timeout: Span::from_millis(5_999), ..base() },
            ErrorCode::InvalidSessionTimeout,
        ),
        (
            JoinGroupRequest { session_timeout: Span::from_secs(1_801), ..base() },
            ErrorCode::InvalidSessionTimeout,
        ),
        (JoinGroupRequest { member: "x".into(), ..base() }, ErrorCode::UnknownMemberId),
        (JoinGroupRequest { protocols: vec![], ..base() }, ErrorCode::InconsistentGroupProtocol),
        (base(), ErrorCode::MemberIdRequired),
    ];
    for (request, expected) in cases {
        let Response::JoinGroup(response) = world.ask(Request::JoinGroup(request)) else { panic!() };
        assert_eq!(response.error, expected);
    }
    stable(&mut world, &["b"]);
    let other = vec![("roundrobin".into(), Subscription::default())];
    let request = JoinGroupRequest { protocols: other, ..base() };
    let Response::JoinGroup(response) = world.ask(Request::JoinGroup(request)) else { panic!() };
    assert_eq!(response.error, ErrorCode::InconsistentGroupProtocol);
}

#[test]
fn a_broker_that_does_not_lead_the_groups_partition_is_not_its_coordinator() {
    let mut world = World::new();
    let member = MemberId::new("m");
    let Response::JoinGroup(joined) = world.ask(Request::JoinGroup(join("a", &MemberId::unknown()))) else {
        panic!()
    };
    assert_eq!(joined.error, ErrorCode::NotCoordinator);
    let codes = [heartbeat(&member, 1), leave(&member), sync(&member, 1, &[]), commit(&member, 1, 0)].map(
        |request| match world.ask(request) {
            Response::Heartbeat(r) => r.error,
            Response::LeaveGroup(r) => r.error,
            Response::SyncGroup(r) => r.error,
            Response::OffsetCommit(r) => r.partitions[0].1,
            other => panic!("{other:?}"),
        },
    );
    assert_eq!(codes, [ErrorCode::NotCoordinator; 4]);
}

#[test]
fn a_full_group_lets_nobody_else_in() {
    let mut world = World::ready(1);
    for n in 0..limits::MEMBERS_PER_GROUP {
        let id = named(&mut world, &format!("c{n:04}"));
        world.send(Request::JoinGroup(join("c", &id)));
    }
    let request = join("late", &MemberId::unknown());
    let Response::JoinGroup(response) = world.ask(Request::JoinGroup(request)) else { panic!() };
    assert_eq!(response.error, ErrorCode::GroupMaxSizeReached);
}
