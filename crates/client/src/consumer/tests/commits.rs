//! Who commits what, when.

use super::script::{Script, config, tp};
use crate::consumer::{ConsumerInput, Membership};
use millrace_model::{ErrorCode, Offset, Span};

fn with_records(auto_commit: bool) -> Script {
    let mut settings = config();
    settings.enable_auto_commit = auto_commit;
    let mut script = Script::stable(settings);
    script.log_end = 2;
    script.run();
    script.take();
    script
}

#[test]
fn commit_sync_blocks_and_retries() {
    let mut script = with_records(false);
    script.fail("OffsetCommit", ErrorCode::CoordinatorLoadInProgress);
    script.input(&ConsumerInput::CommitSync(None));
    script.input(&ConsumerInput::Poll);
    script.run();
    assert_eq!(
        script.take(),
        [
            "CommitStarted Sync",
            "CommitSent Sync orders-0@2 orders-1@2",
            "> OffsetCommit",
            "CommitRetryScheduled Sync COORDINATOR_LOAD_IN_PROGRESS",
        ],
        "a blocked application cannot poll"
    );
    script.wait(Span::from_millis(100));
    assert_eq!(
        script.take(),
        [
            "CommitSent Sync orders-0@2 orders-1@2",
            "> OffsetCommit",
            "OffsetsCommitted Sync orders-0@2 orders-1@2",
        ]
    );
    assert_eq!(script.consumer.committed(&tp(0)), Some(Offset(2)));
}

#[test]
fn commit_async_neither_blocks_nor_retries() {
    let mut script = with_records(false);
    script.fail("OffsetCommit", ErrorCode::CoordinatorLoadInProgress);
    script.input(&ConsumerInput::CommitAsync(Some(vec![(tp(1), Offset(1))])));
    script.input(&ConsumerInput::Poll);
    script.run();
    assert_eq!(
        script.take(),
        [
            "CommitSent Async orders-1@1",
            "> OffsetCommit",
            "PollStarted",
            "CommitFailed Async RetriableCommitFailedException: Offset commit failed with a retriable exception. You should ",
        ]
    );
}

#[test]
fn auto_commit_happens_inside_poll_only() {
    let mut script = with_records(true);
    script.wait(Span::from_secs(60));
    assert!(script.take().iter().all(|line| line.contains("Heartbeat")), "the application works");
    script.input(&ConsumerInput::Poll);
    script.run();
    assert_eq!(
        script.take(),
        [
            "PollStarted",
            "AutoCommitScheduled 12:01:05.000",
            "CommitSent Auto orders-0@2 orders-1@2",
            "> OffsetCommit",
            "> Fetch orders-0@2 orders-1@2",
            "OffsetsCommitted Auto orders-0@2 orders-1@2",
        ]
    );
}

#[test]
fn auto_commit_goes_before_the_revocation() {
    let mut script = with_records(true);
    script.fail("Heartbeat", ErrorCode::RebalanceInProgress);
    script.wait(Span::from_secs(3));
    script.take();
    script.input(&ConsumerInput::Poll);
    script.run();
    assert_eq!(
        script.take()[..8],
        [
            "PollStarted",
            "JoinPrepareStarted",
            "CommitStarted AutoBeforeRevocation",
            "CommitSent AutoBeforeRevocation orders-0@2 orders-1@2",
            "> OffsetCommit",
            "OffsetsCommitted AutoBeforeRevocation orders-0@2 orders-1@2",
            "PartitionsRevoked [orders-0, orders-1]",
            "JoinPrepareFinished",
        ]
    );
}

#[test]
fn a_fenced_commit_fails_with_kafkas_words_and_loses_the_partitions() {
    let mut script = with_records(false);
    script.fail("OffsetCommit", ErrorCode::IllegalGeneration);
    script.input(&ConsumerInput::CommitSync(None));
    script.run();
    assert_eq!(
        script.take()[3..],
        [
            "GenerationReset: encountered ILLEGAL_GENERATION from OFFSET_COMMIT response",
            "CommitFailed Sync CommitFailedException: Commit cannot be completed since the group has already rebal",
        ]
    );
    assert_eq!(script.consumer.membership(), Membership::Lost);
}

#[test]
fn a_commit_during_a_rebalance_is_no_fatal_error() {
    let mut script = with_records(false);
    script.fail("OffsetCommit", ErrorCode::RebalanceInProgress);
    script.input(&ConsumerInput::CommitSync(None));
    script.run();
    assert_eq!(
        script.take()[3..],
        [
            "RejoinRequested: offset commit failed since group is already rebalancing",
            "CommitFailed Sync RebalanceInProgressException: Offset commit cannot be completed since the consumer group i",
        ]
    );
    assert_eq!(script.consumer.membership(), Membership::Stable);
}

#[test]
fn commit_sync_is_given_up_after_a_minute() {
    let mut script = with_records(false);
    script.silent = vec!["OffsetCommit"];
    script.input(&ConsumerInput::CommitSync(None));
    script.wait(Span::from_secs(60));
    let last = script.take().into_iter().rfind(|line| line.contains("Commit")).unwrap();
    assert_eq!(
        last,
        "CommitFailed Sync TimeoutException: Timeout of 60000ms expired before successfully committing of"
    );
    assert_eq!(script.consumer.blocking_commit(), None);
}

#[test]
fn a_commit_in_the_revocation_callback_goes_before_the_join() {
    let mut script = with_records(false);
    script.fail("Heartbeat", ErrorCode::RebalanceInProgress);
    script.wait(Span::from_secs(3));
    script.input(&ConsumerInput::Poll);
    script.take();
    while !script.log.iter().any(|line| line.starts_with("PartitionsRevoked")) {
        let (_, timer) = script.consumer.next_timer().unwrap();
        script.input(&ConsumerInput::Timer(timer));
    }
    script.take();
    script.input(&ConsumerInput::CommitSync(Some(vec![(tp(0), Offset(1))])));
    script.run();
    assert_eq!(
        script.take()[..5],
        [
            "CommitStarted Sync",
            "CommitSent Sync orders-0@1",
            "> OffsetCommit",
            "OffsetsCommitted Sync orders-0@1",
            "> JoinGroup",
        ]
    );
}

/// The first commit fails when the second is on its way: trying it again would take the group back.
#[test]
fn a_failed_commit_async_that_a_later_one_has_overtaken_says_so() {
    let mut script = with_records(false);
    script.fail("OffsetCommit", ErrorCode::CoordinatorLoadInProgress);
    for offset in [1, 2] {
        script.input(&ConsumerInput::CommitAsync(Some(vec![(tp(0), Offset(offset))])));
    }
    script.input(&ConsumerInput::Poll);
    script.run();
    let said = script.take();
    let overtaken = said.iter().position(|line| line == "CommitOvertaken Async by orders-0@2");
    assert!(overtaken.is_some_and(|at| said[at - 1].starts_with("CommitFailed Async")), "{said:?}");
    assert_eq!(said.last().unwrap(), "OffsetsCommitted Async orders-0@2");
    assert_eq!(script.consumer.committed(&tp(0)), Some(Offset(2)));
}
