//! The consumer protocol's membership: joining, reconciling, leaving, being put out.

use super::script::{ME, Script, config, tp};
use crate::consumer::{ConsumerInput, Membership, MembershipState};
use millrace_model::config::consumer::{ConsumerConfig, GroupProtocol};
use millrace_model::protocol::ConsumerGroupHeartbeatRequest;
use millrace_model::*;

fn modern() -> ConsumerConfig {
    ConsumerConfig { group_protocol: GroupProtocol::Consumer, ..config() }
}

/// A member with both partitions, its positions known, a fetch waiting at the broker.
fn stable(config: ConsumerConfig) -> Script {
    let mut script = Script::stable(config);
    assert_eq!(script.consumer.membership_state(), Some(MembershipState::Stable));
    script.requests.clear();
    script
}

fn beats(script: &Script) -> Vec<ConsumerGroupHeartbeatRequest> {
    let beat = |request: &Request| match request {
        Request::ConsumerGroupHeartbeat(beat) => Some(beat.clone()),
        _ => None,
    };
    script.requests.iter().filter_map(beat).collect()
}

/// Without what reads and positions say.
fn group_lines(script: &mut Script) -> Vec<String> {
    let hum =
        ["> Fetch", "Fetched", "FetchDiscarded", "Position", "> OffsetFetch", "CommittedOffsets", "> List"];
    script.take().into_iter().filter(|line| !hum.iter().any(|start| line.starts_with(start))).collect()
}

#[test]
fn the_first_join() {
    let mut script = Script::new(modern());
    script.subscribe_and_poll();
    script.run();
    assert_eq!(
        group_lines(&mut script),
        [
            "Subscribed",
            "MetadataWanted",
            "PollStarted",
            "> Metadata",
            "> FindCoordinator",
            "UNSUBSCRIBED -> JOINING",
            "MetadataUpdated",
            "CoordinatorFound 1",
            "> ConsumerGroupHeartbeat",
            "EpochReceived 1",
            "TargetReceived [orders-0, orders-1]",
            "JOINING -> RECONCILING",
            "ReconciliationStarted [orders-0, orders-1]",
            "PartitionsAssigned 1 [orders-0, orders-1]",
            "ReconciliationFinished",
            "RECONCILING -> ACKNOWLEDGING",
            "> ConsumerGroupHeartbeat",
            "ACKNOWLEDGING -> STABLE",
            "EpochReceived 1",
        ]
    );
    let beats = beats(&script);
    let [join, acknowledge] = &*beats else { panic!("two heartbeats: {beats:?}") };
    assert_eq!(join.member, MemberId::unknown());
    assert_eq!(join.rebalance_timeout, Some(Span::from_secs(300)));
    assert_eq!(join.subscribed_topic_names.as_deref(), Some(&["orders".into()][..]));
    assert_eq!(join.topic_partitions.as_deref(), Some(&[][..]));
    assert_eq!((&acknowledge.member, acknowledge.member_epoch), (&ME.into(), GroupEpoch(1)));
    assert_eq!(acknowledge.topic_partitions.as_deref(), Some(&[tp(0), tp(1)][..]));
    assert_eq!((acknowledge.rebalance_timeout, &acknowledge.subscribed_topic_names), (None, &None));
    assert_eq!(script.consumer.membership(), Membership::Stable);
    assert_eq!(script.consumer.generation(), Generation(1));
}

#[test]
fn heartbeats_keep_the_brokers_interval_and_say_nothing_new() {
    let mut script = stable(modern());
    script.wait(Span::from_secs(11));
    let beats = beats(&script);
    assert_eq!(beats.len(), 2);
    assert!(beats.iter().all(ConsumerGroupHeartbeatRequest::is_plain));
}

#[test]
fn giving_up_comes_before_taking_and_before_saying_so() {
    let mut script = stable(modern());
    script.beats.push_back((1, Some(vec![tp(0)])));
    script.beats.push_back((2, None));
    script.wait(Span::from_secs(6));
    assert_eq!(
        group_lines(&mut script),
        [
            "> ConsumerGroupHeartbeat",
            "EpochReceived 1",
            "TargetReceived [orders-0]",
            "STABLE -> RECONCILING",
            "ReconciliationStarted [orders-0]",
            "PartitionsRevoked [orders-1]",
            "PartitionsAssigned 1 []",
            "ReconciliationFinished",
            "RECONCILING -> ACKNOWLEDGING",
            "> ConsumerGroupHeartbeat",
            "ACKNOWLEDGING -> STABLE",
            "EpochReceived 2",
        ]
    );
    assert_eq!(beats(&script)[1].topic_partitions.as_deref(), Some(&[tp(0)][..]));
    assert_eq!(script.consumer.generation(), Generation(2));
}

#[test]
fn auto_commit_comes_before_giving_up() {
    let mut script = stable(ConsumerConfig { enable_auto_commit: true, ..modern() });
    script.beats.push_back((1, Some(vec![tp(0)])));
    script.wait(Span::from_millis(4_900));
    script.take();
    script.log_end = 3;
    script.wait(Span::from_millis(50));
    script.input(&ConsumerInput::Poll);
    script.run();
    script.wait(Span::from_millis(200));
    let lines = group_lines(&mut script);
    let at = |wanted: &str| lines.iter().position(|line| line.starts_with(wanted)).expect(wanted);
    assert!(at("ReconciliationStarted") < at("CommitSent AutoBeforeRevocation"));
    assert!(
        at("OffsetsCommitted AutoBeforeRevocation orders-0@3 orders-1@3")
            < at("PartitionsRevoked [orders-1]")
    );
}

#[test]
fn callbacks_wait_for_poll_and_heartbeats_go_on() {
    let mut script = stable(modern());
    script.log_end = 1;
    script.wait(Span::from_millis(500));
    assert!(!script.consumer.is_in_poll());
    script.take();
    script.beats.push_back((1, Some(vec![tp(0)])));
    script.wait(Span::from_secs(20));
    let lines = group_lines(&mut script);
    assert_eq!(lines.iter().filter(|line| *line == "> ConsumerGroupHeartbeat").count(), 4, "{lines:?}");
    assert!(!lines.iter().any(|line| line.starts_with("Partitions")), "{lines:?}");
    script.input(&ConsumerInput::Poll);
    script.run();
    let lines = group_lines(&mut script);
    assert!(lines.contains(&"PartitionsRevoked [orders-1]".to_owned()), "{lines:?}");
}

#[test]
fn who_does_not_poll_leaves_and_comes_back_with_nothing() {
    let mut script = stable(ConsumerConfig { max_poll_interval: Span::from_secs(8), ..modern() });
    script.log_end = 1;
    script.wait(Span::from_millis(500));
    script.take();
    script.requests.clear();
    script.wait(Span::from_secs(8));
    assert_eq!(
        group_lines(&mut script),
        [
            "> ConsumerGroupHeartbeat",
            "EpochReceived 1",
            "PollTimeoutExpired 12:00:08.000",
            "STABLE -> PREPARE_LEAVING",
            "PREPARE_LEAVING -> LEAVING",
            "> ConsumerGroupHeartbeat, the last",
            "LEAVING -> STALE",
        ]
    );
    assert_eq!(beats(&script)[1].member_epoch, GroupEpoch::LEAVE);
    assert_eq!(script.consumer.membership(), Membership::Lost);
    // It commits in vain: it says neither who it is nor its epoch.
    script.fail("OffsetCommit", ErrorCode::UnknownMemberId);
    script.input(&ConsumerInput::CommitSync(None));
    script.run();
    assert!(script.take().contains(
        &"CommitFailed Sync CommitFailedException: OffsetCommit failed with unknown member ID. The coordinator ".to_owned()
    ));
    let committed = script.requests.iter().find_map(|request| match request {
        Request::OffsetCommit(commit) => Some((commit.member.clone(), commit.generation)),
        _ => None,
    });
    assert_eq!(committed, Some((MemberId::unknown(), Generation::NONE)));
    script.beats.push_back((4, Some(Vec::new())));
    script.input(&ConsumerInput::Poll);
    script.run();
    assert_eq!(
        group_lines(&mut script),
        [
            "PollStarted",
            "PartitionsLost [orders-0, orders-1]",
            "AssignmentCleared",
            "STALE -> JOINING",
            "> ConsumerGroupHeartbeat",
            "EpochReceived 4",
            "TargetReceived []",
            "JOINING -> RECONCILING",
            "ReconciliationStarted []",
            "PartitionsAssigned 4 []",
            "ReconciliationFinished",
            "RECONCILING -> ACKNOWLEDGING",
            "> ConsumerGroupHeartbeat",
            "ACKNOWLEDGING -> STABLE",
            "EpochReceived 4",
        ]
    );
}

#[test]
fn fenced_members_lose_everything_and_join_again() {
    for error in [ErrorCode::FencedMemberEpoch, ErrorCode::UnknownMemberId] {
        let mut script = stable(modern());
        script.fail("ConsumerGroupHeartbeat", error);
        script.wait(Span::from_millis(5_500));
        let lines = group_lines(&mut script);
        assert_eq!(
            lines[..7],
            [
                "> ConsumerGroupHeartbeat",
                &format!("HeartbeatFailed {error}"),
                "STABLE -> FENCED",
                "PartitionsLost [orders-0, orders-1]",
                "AssignmentCleared",
                "FENCED -> JOINING",
                "> ConsumerGroupHeartbeat",
            ]
        );
        let join = &beats(&script)[1];
        assert_eq!((&join.member, join.member_epoch), (&ME.into(), GroupEpoch::JOIN), "its id is kept");
        assert_eq!(script.consumer.membership_state(), Some(MembershipState::Stable));
    }
}

#[test]
fn errors_without_a_way_out_are_thrown_once() {
    for (error, exception) in [
        (ErrorCode::UnsupportedAssignor, "UnsupportedAssignorException"),
        (ErrorCode::UnreleasedInstanceId, "UnreleasedInstanceIdException"),
        (ErrorCode::GroupMaxSizeReached, "GroupMaxSizeReachedException"),
        (ErrorCode::InvalidRequest, "InvalidRequestException"),
    ] {
        let mut script = Script::new(modern());
        script.fail("ConsumerGroupHeartbeat", error);
        script.subscribe_and_poll();
        script.run();
        let lines = group_lines(&mut script);
        assert_eq!(lines[lines.len() - 1], format!("PollFailed {exception}: {}", error.message()));
        script.input(&ConsumerInput::Poll);
        script.wait(Span::from_secs(30));
        assert_eq!(group_lines(&mut script), ["PollStarted"]);
        assert_eq!(script.consumer.membership_state(), Some(MembershipState::Fatal));
    }
}

#[test]
fn a_lost_heartbeat_is_followed_by_one_that_tells_everything() {
    let mut script = stable(modern());
    script.silent.push("ConsumerGroupHeartbeat");
    script.wait(Span::from_secs(34));
    script.silent.clear();
    script.waiting.retain(|out| out.request.api() != "ConsumerGroupHeartbeat");
    script.wait(Span::from_secs(3));
    let lines = group_lines(&mut script);
    assert!(
        lines.contains(&"CoordinatorMarkedUnknown: ConsumerGroupHeartbeat got no answer".to_owned()),
        "{lines:?}"
    );
    let beats = beats(&script);
    assert!(beats[0].is_plain());
    assert_eq!(beats[1].topic_partitions.as_deref(), Some(&[tp(0), tp(1)][..]));
    assert_eq!(beats[1].subscribed_topic_names.as_deref(), Some(&["orders".into()][..]));
}

#[test]
fn unsubscribe_and_close_say_goodbye() {
    let mut script = stable(modern());
    script.input(&ConsumerInput::Subscribe(Vec::new()));
    script.run();
    assert_eq!(
        group_lines(&mut script),
        [
            "STABLE -> PREPARE_LEAVING",
            "PartitionsRevoked [orders-0, orders-1]",
            "AssignmentCleared",
            "PREPARE_LEAVING -> LEAVING",
            "> ConsumerGroupHeartbeat, the last",
            "LEAVING -> UNSUBSCRIBED",
            "Subscribed",
        ]
    );
    let config = ConsumerConfig { group_instance_id: Some("i".into()), ..modern() };
    let mut script = stable(config);
    script.input(&ConsumerInput::Close);
    script.run();
    assert_eq!(
        group_lines(&mut script),
        [
            "CloseStarted",
            "CommitStarted AutoOnClose",
            "OffsetsCommitted AutoOnClose",
            "STABLE -> PREPARE_LEAVING",
            "PartitionsRevoked [orders-0, orders-1]",
            "AssignmentCleared",
            "PREPARE_LEAVING -> LEAVING",
            "> ConsumerGroupHeartbeat, the last",
            "LEAVING -> UNSUBSCRIBED",
            "CloseLeft",
            "Closed",
        ]
    );
    assert_eq!(beats(&script)[0].member_epoch, GroupEpoch::LEAVE_STATIC);
}

#[test]
fn a_changed_subscription_goes_with_the_next_heartbeat() {
    let mut script = stable(modern());
    script.input(&ConsumerInput::Subscribe(vec!["orders".into(), "more".into()]));
    script.wait(Span::from_secs(4));
    assert_eq!(beats(&script).len(), 0);
    script.wait(Span::from_secs(2));
    let topics = beats(&script)[0].subscribed_topic_names.clone();
    assert_eq!(topics.as_deref(), Some(&["more".into(), "orders".into()][..]));
}

#[test]
fn commits_and_their_fetches_carry_the_epoch() {
    let mut script = stable(modern());
    script.input(&ConsumerInput::CommitSync(Some(vec![(tp(0), Offset(0))])));
    script.run();
    let commit = script.requests.iter().find_map(|request| match request {
        Request::OffsetCommit(commit) => Some((commit.member.clone(), commit.generation)),
        _ => None,
    });
    assert_eq!(commit, Some((ME.into(), Generation(1))));
    script.take();
    script.fail("OffsetCommit", ErrorCode::StaleMemberEpoch);
    script.input(&ConsumerInput::CommitSync(Some(vec![(tp(0), Offset(0))])));
    script.run();
    assert!(script.take().contains(
        &"CommitFailed Sync CommitFailedException: OffsetCommit failed with stale member epoch.The member epoch".to_owned()
    ));
}
