//! Joining, heartbeats, rebalances, leaving.

use super::script::{Script, config, tp};
use crate::consumer::{ConsumerInput, Membership};
use millrace_model::protocol::Response;
use millrace_model::{ErrorCode, Generation, Offset, Request, Span, Time};

/// A rejoin after a rebalance, from JoinGroup to the next fetch; the positions come from `reset`.
fn rejoined(generation: i32, reset: &[&str]) -> Vec<String> {
    let mut lines = vec![
        "> JoinGroup".to_owned(),
        format!("GroupJoined {generation} leader"),
        "AssignmentComputed c-1=[orders-0, orders-1]".to_owned(),
        "> SyncGroup".to_owned(),
        format!("PartitionsAssigned {generation} [orders-0, orders-1]"),
        "> OffsetFetch".to_owned(),
        "CommittedOffsetsFetched".to_owned(),
    ];
    lines.extend(reset.iter().map(|line| line.to_string()));
    lines
}

#[test]
fn the_first_join() {
    let mut script = Script::new(config());
    script.subscribe_and_poll();
    script.run();
    assert_eq!(
        script.take(),
        [
            "Subscribed",
            "MetadataWanted",
            "PollStarted",
            "> Metadata",
            "> FindCoordinator",
            "MetadataUpdated",
            "CoordinatorFound 1",
            "JoinPrepareFinished",
            "> JoinGroup",
            "MemberIdAssigned c-1",
            "RejoinRequested: need to re-join with the given member-id: c-1",
            "> JoinGroup",
            "GroupJoined 1 leader",
            "AssignmentComputed c-1=[orders-0, orders-1]",
            "> SyncGroup",
            "PartitionsAssigned 1 [orders-0, orders-1]",
            "> OffsetFetch",
            "CommittedOffsetsFetched",
            "PositionResetNeeded orders-0 NoCommittedOffset(Earliest)",
            "PositionResetNeeded orders-1 NoCommittedOffset(Earliest)",
            "> ListOffsets",
            "PositionReset orders-0@0 NoCommittedOffset(Earliest)",
            "PositionReset orders-1@0 NoCommittedOffset(Earliest)",
            "> Fetch orders-0@0 orders-1@0",
        ]
    );
    assert_eq!(script.consumer.membership(), Membership::Stable);
    assert_eq!(script.consumer.generation(), Generation(1));
    assert!(script.consumer.is_in_poll(), "an empty poll does not return");
}

#[test]
fn a_heartbeat_tells_of_a_rebalance_and_the_next_poll_rejoins() {
    let mut script = Script::stable(config());
    script.log_end = 3;
    script.run();
    assert_eq!(
        script.take(),
        [
            "Fetched orders-0@0..3",
            "Fetched orders-1@0..3",
            "PollReturned 6 orders-0@0..3 orders-1@0..3",
            "> Fetch orders-0@3 orders-1@3",
        ]
    );
    script.fail("Heartbeat", ErrorCode::RebalanceInProgress);
    script.wait(Span::from_secs(6));
    assert_eq!(
        script.take(),
        [
            "> Heartbeat",
            "RejoinRequested: group is already rebalancing",
            "HeartbeatAcknowledged",
            "> Heartbeat",
            "HeartbeatAcknowledged",
        ],
        "the application works: heartbeats go on, nothing is revoked"
    );
    script.committed.insert(tp(0), Offset(3));
    script.input(&ConsumerInput::Poll);
    script.run();
    let mut expected = ["PollStarted", "PartitionsRevoked [orders-0, orders-1]", "JoinPrepareFinished"]
        .map(String::from)
        .to_vec();
    expected.extend(rejoined(
        2,
        &[
            "PositionReset orders-0@3 Committed",
            "PositionResetNeeded orders-1 NoCommittedOffset(Earliest)",
            "> ListOffsets",
            "> Fetch orders-0@3",
            "PositionReset orders-1@0 NoCommittedOffset(Earliest)",
        ],
    ));
    assert_eq!(script.take(), expected);
}

#[test]
fn a_poll_interval_exceeded_makes_the_member_leave_by_itself() {
    let mut script = Script::stable(config());
    script.log_end = 1;
    script.run();
    script.take();
    let deadline = script.consumer.poll_deadline();
    assert_eq!(deadline, Some(Time::ZERO + Span::from_secs(300)));
    script.wait(Span::from_secs(299));
    assert_eq!(script.consumer.membership(), Membership::Stable);
    script.take();
    script.wait(Span::from_secs(60));
    assert_eq!(
        script.take(),
        [
            "PollTimeoutExpired 12:05:00.000",
            "> LeaveGroup: consumer poll timeout has expired.",
            "GenerationReset: consumer pro-actively leaving the group",
            "> Metadata",
            "MetadataUpdated",
        ],
        "no heartbeat after it"
    );
    assert_eq!(script.consumer.membership(), Membership::Lost);
    script.input(&ConsumerInput::CommitSync(None));
    assert_eq!(
        script.take(),
        [
            "CommitStarted Sync",
            "CommitFailed Sync CommitFailedException: Offset commit cannot be completed since the consumer is not ",
        ]
    );
    script.input(&ConsumerInput::Poll);
    script.run();
    assert_eq!(
        script.take()[..4],
        ["PollStarted", "PartitionsLost [orders-0, orders-1]", "JoinPrepareFinished", "> JoinGroup"]
    );
    assert_eq!(script.consumer.generation(), Generation(2));
}

#[test]
fn an_unknown_member_loses_its_partitions_in_the_next_poll() {
    let mut script = Script::stable(config());
    script.log_end = 1;
    script.run();
    script.take();
    script.fail("Heartbeat", ErrorCode::UnknownMemberId);
    script.wait(Span::from_secs(10));
    assert_eq!(
        script.take(),
        [
            "> Heartbeat",
            "HeartbeatFailed UNKNOWN_MEMBER_ID",
            "GenerationReset: encountered UNKNOWN_MEMBER_ID from HEARTBEAT response",
        ]
    );
    assert_eq!(script.consumer.membership(), Membership::Lost);
    assert_eq!(script.consumer.member_id().as_str(), "");
    script.input(&ConsumerInput::Poll);
    script.run();
    assert_eq!(
        script.take()[..5],
        [
            "PollStarted",
            "PartitionsLost [orders-0, orders-1]",
            "JoinPrepareFinished",
            "> JoinGroup",
            "MemberIdAssigned c-1",
        ]
    );
    assert_eq!(script.consumer.membership(), Membership::Stable);
}

#[test]
fn the_member_id_outlives_an_illegal_generation() {
    let mut script = Script::stable(config());
    script.fail("Heartbeat", ErrorCode::IllegalGeneration);
    script.wait(Span::from_secs(3));
    let log: Vec<String> = script.take().into_iter().filter(|line| !line.starts_with("> Fetch")).collect();
    assert_eq!(log[2], "GenerationReset: encountered ILLEGAL_GENERATION from HEARTBEAT response");
    assert_eq!(log[3..6], ["PartitionsLost [orders-0, orders-1]", "JoinPrepareFinished", "> JoinGroup"]);
    assert_eq!(log[6], "GroupJoined 2 leader", "no detour for a new member id");
}

#[test]
fn grown_partitions_make_the_leader_rejoin() {
    let mut script = Script::stable(config());
    script.partitions = 3;
    script.wait(Span::from_secs(300));
    let log = script.take();
    let start = log.iter().position(|line| line == "> Metadata").unwrap();
    let grown: Vec<&String> =
        log[start..].iter().filter(|line| !line.contains("Heartbeat") && !line.contains("Fetch o")).collect();
    assert_eq!(
        grown[..4],
        [
            "> Metadata",
            "MetadataUpdated",
            "RejoinRequested: cached metadata has changed",
            "PartitionsRevoked [orders-0, orders-1]"
        ]
    );
    assert_eq!(script.consumer.assignment().count(), 3);
}

#[test]
fn a_silent_coordinator_is_given_up_after_the_session_timeout() {
    let mut script = Script::stable(config());
    script.silent = vec!["Heartbeat", "FindCoordinator"];
    script.wait(Span::from_secs(29));
    script.take();
    script.wait(Span::from_secs(5));
    let log = script.take();
    assert!(log.contains(&"Disconnected Heartbeat".to_owned()), "{log:?}");
    assert!(log.contains(&"CoordinatorMarkedUnknown: Heartbeat got no answer".to_owned()), "{log:?}");
    assert_eq!(script.consumer.coordinator(), None);
    assert_eq!(
        script.consumer.membership(),
        Membership::Stable,
        "a member until the coordinator says otherwise"
    );
    script.silent.clear();
    script.wait(Span::from_secs(30));
    assert!(script.consumer.coordinator().is_some());
}

#[test]
fn a_session_shorter_than_the_request_timeout_ends_first() {
    let mut settings = config();
    settings.session_timeout = Span::from_secs(10);
    let mut script = Script::stable(settings);
    script.silent = vec!["Heartbeat"];
    script.wait(Span::from_secs(10));
    let unknown =
        "CoordinatorMarkedUnknown: session timed out without receiving a heartbeat response".to_owned();
    assert!(script.take().contains(&unknown));
}

#[test]
fn close_commits_revokes_and_leaves() {
    let mut settings = config();
    settings.enable_auto_commit = true;
    let mut script = Script::stable(settings);
    script.log_end = 2;
    script.run();
    script.take();
    script.input(&ConsumerInput::Close);
    script.run();
    assert_eq!(
        script.take(),
        [
            "CloseStarted",
            "CommitStarted AutoOnClose",
            "CommitSent AutoOnClose orders-0@2 orders-1@2",
            "> OffsetCommit",
            "OffsetsCommitted AutoOnClose orders-0@2 orders-1@2",
            "PartitionsRevoked [orders-0, orders-1]",
            "> LeaveGroup: the consumer is being closed",
            "GenerationReset: consumer pro-actively leaving the group",
            "CloseLeft",
            "Closed",
        ]
    );
    assert_eq!(script.consumer.next_timer(), None);
}

#[test]
fn unsubscribing_leaves_at_once_and_poll_throws() {
    let mut script = Script::stable(config());
    script.log_end = 1;
    script.run();
    script.take();
    script.input(&ConsumerInput::Subscribe(Vec::new()));
    script.input(&ConsumerInput::Poll);
    script.run();
    assert_eq!(
        script.take(),
        [
            "PartitionsRevoked [orders-0, orders-1]",
            "Subscribed",
            "> LeaveGroup: the consumer unsubscribed from all topics",
            "GenerationReset: consumer pro-actively leaving the group",
            "PollStarted",
            "ErrorRaised IllegalStateException",
            "PollFailed IllegalStateException: Consumer is not subscribed to any topics or assigned any partitions",
        ]
    );
    script.subscribe_and_poll();
    script.run();
    assert_eq!(script.consumer.membership(), Membership::Stable);
}

/// 100 ms with the jitter of dice that show 0: 80 ms.
#[test]
fn a_coordinator_that_loads_is_asked_again_after_the_backoff() {
    let mut script = Script::new(config());
    script.fail("JoinGroup", ErrorCode::CoordinatorLoadInProgress);
    script.subscribe_and_poll();
    script.wait(Span::from_millis(79));
    assert_eq!(script.consumer.membership(), Membership::Joining);
    script.wait(Span::from_millis(1));
    assert_eq!(script.consumer.membership(), Membership::Stable);
}

#[test]
fn a_static_member_does_not_leave() {
    let mut script = Script::new(config());
    script.consumer = script.consumer.with_group_instance_id("i");
    script.subscribe_and_poll();
    script.run();
    script.input(&ConsumerInput::Close);
    script.run();
    assert!(script.consumer.is_closed());
    assert!(!script.requests.iter().any(|request| matches!(request, Request::LeaveGroup(_))));
}

#[test]
fn fatal_join_errors_are_thrown_out_of_poll_and_the_next_poll_tries_again() {
    let cases = [
        (ErrorCode::GroupMaxSizeReached, "GroupMaxSizeReachedException"),
        (ErrorCode::InconsistentGroupProtocol, "InconsistentGroupProtocolException"),
        (ErrorCode::InvalidSessionTimeout, "InvalidSessionTimeoutException"),
        (ErrorCode::FencedInstanceId, "FencedInstanceIdException"),
        (ErrorCode::PolicyViolation, "KafkaException"),
    ];
    for (error, exception) in cases {
        let mut script = Script::new(config());
        script.fail("JoinGroup", error);
        script.subscribe_and_poll();
        script.run();
        let last = script.take().pop().unwrap();
        assert!(last.starts_with(&format!("PollFailed {exception}: ")), "{last}");
        assert!(!script.consumer.is_in_poll());
        script.input(&ConsumerInput::Poll);
        script.run();
        assert_eq!(script.consumer.membership(), Membership::Stable);
    }
}

/// Every error code as the answer of every group API: the member is stable again some polls later.
#[test]
fn every_error_of_the_coordinator_has_an_end() {
    for api in
        ["FindCoordinator", "JoinGroup", "SyncGroup", "Heartbeat", "OffsetFetch", "ListOffsets", "Fetch"]
    {
        for error in ErrorCode::ALL {
            let mut script = Script::new(config());
            script.fail(api, *error);
            script.log_end = 1;
            script.subscribe_and_poll();
            for _ in 0..8 {
                script.wait(Span::from_secs(1));
                script.input(&ConsumerInput::Poll);
            }
            script.wait(Span::from_secs(1));
            assert_eq!(script.consumer.membership(), Membership::Stable, "{api} {error}");
            assert_eq!(script.consumer.position(&tp(0)), Some(Offset(1)), "{api} {error}");
        }
    }
}

#[test]
fn a_reply_that_nobody_waits_for_changes_nothing() {
    let mut script = Script::stable(config());
    let before = script.consumer.clone();
    let reply = crate::Reply {
        correlation: crate::Correlation(999),
        from: millrace_model::BrokerId(1),
        response: Response::Metadata(script.metadata()),
    };
    script.input(&ConsumerInput::Reply(reply));
    assert_eq!((script.consumer == before, script.take().len()), (true, 0));
}
