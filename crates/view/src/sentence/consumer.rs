//! What happens in a consumer.

use super::{Sentence, SentenceKind};
use crate::words;
use millrace_client::consumer::{CommitKind, ConsumerEvent, MembershipEvent, MembershipState, ResetReason};
use millrace_model::config::consumer::AutoOffsetReset;
use millrace_words::sentences as say;

pub(super) fn sentence(event: &ConsumerEvent, who: &str) -> Option<Sentence> {
    let text = match event {
        ConsumerEvent::Subscribed { topics } => {
            say::subscribed_to(&who, &words::list(topics.iter().map(ToString::to_string), 4))
        }
        ConsumerEvent::PatternSubscribed { pattern } => say::subscribed_to_all_topics_that(&who, &pattern),
        ConsumerEvent::PatternMatched { topics } if topics.is_empty() => say::no_topic_fits_its_pattern(&who),
        ConsumerEvent::PatternMatched { topics } => {
            let topics = words::list(topics.iter().map(ToString::to_string), 4);
            say::its_pattern_fits(&who, &topics)
        }
        ConsumerEvent::Disconnected { api, .. } => {
            return Sentence::new(SentenceKind::Problem, say::was_not_answered(&who, &api));
        }
        ConsumerEvent::CoordinatorNotFound { error, .. } => say::found_no_coordinator(&who, &error),
        ConsumerEvent::CoordinatorMarkedUnknown { cause, .. } => {
            say::looks_for_the_coordinator_again(&who, &cause)
        }
        ConsumerEvent::Membership(event) => return membership(event, who),
        ConsumerEvent::RejoinRequested { reason } => say::has_to_join_again(&who, &reason),
        ConsumerEvent::MemberIdAssigned { .. } => return None,
        ConsumerEvent::GroupJoined { generation, members, .. } => match members {
            Some(members) => say::is_in_generation_and_assigns(&who, &generation, members.len() as u64),
            None => say::is_in_generation(&who, &generation),
        },
        ConsumerEvent::AssignmentComputed { assignments, .. } if assignments.is_empty() => {
            say::is_back_as_leader_the(&who)
        }
        ConsumerEvent::AssignmentComputed { protocol, assignments, .. } => {
            say::ran_the_assignor_for_members(&who, &protocol, assignments.len() as u64)
        }
        ConsumerEvent::JoinAnswerHeld { .. } => say::may_go_on_with_its(&who),
        ConsumerEvent::AssignmentHeld { .. } => say::has_an_assignment_and_takes(&who),
        ConsumerEvent::AssignmentMismatched { generation, .. } => {
            say::does_not_take_the_assignment(&who, &generation)
        }
        ConsumerEvent::JoinFailed { api, error, .. } => {
            return Sentence::new(SentenceKind::Problem, say::api_failed(&who, &api, &error));
        }
        ConsumerEvent::GenerationReset { reason, .. } => {
            return Sentence::new(SentenceKind::Problem, say::is_out_of_the_group(&who, &reason));
        }
        ConsumerEvent::HeartbeatFailed { error, .. } => say::heartbeat_answered_with(&who, &error),
        ConsumerEvent::PollTimeoutExpired { .. } => {
            let text = say::did_not_poll_for_max(&who);
            return Sentence::new(SentenceKind::Problem, text);
        }
        ConsumerEvent::PartitionsRevoked { partitions, .. } => {
            say::gave_up(&who, &words::partitions(partitions))
        }
        ConsumerEvent::PartitionsAssigned { generation, assignment, .. } if assignment.is_empty() => {
            say::got_no_partition_in_generation(&who, &generation)
        }
        ConsumerEvent::PartitionsAssigned { generation, partitions, assignment, .. }
            if partitions.is_empty() =>
        {
            say::keeps_in_generation(&who, &words::partitions(assignment), &generation)
        }
        ConsumerEvent::PartitionsAssigned { generation, partitions, assignment, .. }
            if partitions.len() < assignment.len() =>
        {
            say::got_in_generation_and_has(
                &who,
                &words::partitions(partitions),
                &generation,
                &words::partitions(assignment),
            )
        }
        ConsumerEvent::PartitionsAssigned { generation, assignment, .. } => {
            say::owns_since_generation(&who, &words::partitions(assignment), &generation)
        }
        ConsumerEvent::PartitionsLost { partitions, .. } => {
            let text = say::lost_others_have_them_already(&who, &words::partitions(partitions));
            return Sentence::new(SentenceKind::Problem, text);
        }
        ConsumerEvent::OffsetFetchFailed { error, .. } => say::offsetfetch_failed(&who, &error),
        ConsumerEvent::PartitionRetryScheduled { tp, error, .. } => say::tried_again(&who, &tp, &error),
        ConsumerEvent::NoOffsetForTime { tp, retry_at } => {
            say::has_no_record_that_new(&who, &tp, &words::time(*retry_at))
        }
        ConsumerEvent::ReadReplicaChanged { tp, replica: Some(replica), .. } => {
            say::reads_from_a_closer_replica(&who, &tp, &replica)
        }
        ConsumerEvent::ReadReplicaChanged { tp, .. } => say::reads_from_the_leader_again(&who, &tp),
        ConsumerEvent::CommitOvertaken { kind, offsets } => say::the_that_failed_is_not(
            &who,
            &commit(*kind),
            &words::list(offsets.iter().map(|(tp, offset)| words::place(tp, *offset)), 4),
        ),
        ConsumerEvent::PositionReset { tp, offset, why } => {
            say::reads_from_offset(&who, &tp, &offset, &position(*why))
        }
        ConsumerEvent::Fetched { tp, from, batches, .. } => {
            let upto = batches.last().map_or(*from, |batch| batch.next_offset());
            say::fetched_from_offset_records(&who, &tp, &from, upto.since(*from))
        }
        ConsumerEvent::PollReturned { polled, .. } => say::poll_returned_records(&who, polled.count as u64),
        ConsumerEvent::ErrorRaised { exception, message, .. }
        | ConsumerEvent::PollFailed { exception, message, .. } => {
            return Sentence::new(
                SentenceKind::Problem,
                words::cut(&format!("{who}: {exception}: {message}")),
            );
        }
        ConsumerEvent::CommitSent { kind, offsets, .. } => {
            let at = offsets.iter().map(|(tp, offset)| words::place(tp, *offset));
            say::commits(&who, &words::list(at, 6), &commit(*kind))
        }
        // The coordinator's own sentence says it.
        ConsumerEvent::OffsetsCommitted { .. } => return None,
        ConsumerEvent::CommitRetryScheduled { error, .. } => {
            say::commit_answered_with_tried_again(&who, &error)
        }
        ConsumerEvent::CommitFailed { exception, message, .. } => {
            return Sentence::new(
                SentenceKind::Problem,
                words::cut(&format!("{who}: {exception}: {message}")),
            );
        }
        ConsumerEvent::CloseStarted { .. } => say::closes_its_consumer(&who),
        ConsumerEvent::Closed => return None,
        _ => return None,
    };
    Sentence::new(SentenceKind::Consumer, text)
}

/// A member of the consumer protocol. What is given up and taken has sentences of its own.
fn membership(event: &MembershipEvent, who: &str) -> Option<Sentence> {
    let mut kind = SentenceKind::Consumer;
    let text = match event {
        MembershipEvent::TargetReceived { partitions } if partitions.is_empty() => {
            say::shall_have_no_partition(&who)
        }
        MembershipEvent::TargetReceived { partitions } => {
            say::shall_have(&who, &words::partitions(partitions))
        }
        MembershipEvent::Transitioned { to: MembershipState::Joining, .. } => {
            say::joins_with_its_first_heartbeat(&who)
        }
        MembershipEvent::Transitioned { to: MembershipState::Fenced, .. } => {
            kind = SentenceKind::Problem;
            say::is_out_of_the(&who)
        }
        MembershipEvent::Transitioned { to: MembershipState::Fatal, .. } => {
            kind = SentenceKind::Problem;
            say::is_out_of_the_group_for(&who)
        }
        MembershipEvent::Transitioned { to: MembershipState::Leaving, .. } => {
            say::leaves_with_its_last_heartbeat(&who)
        }
        MembershipEvent::Transitioned { to: MembershipState::Acknowledging, .. } => {
            say::tells_the_coordinator_what_it(&who)
        }
        MembershipEvent::HeartbeatFailed { error, .. } => say::heartbeat_answered_with(&who, &error),
        MembershipEvent::Transitioned { .. }
        | MembershipEvent::EpochReceived { .. }
        | MembershipEvent::ReconciliationStarted { .. }
        | MembershipEvent::ReconciliationFinished
        | MembershipEvent::AssignmentCleared => return None,
    };
    Sentence::new(kind, text)
}

/// Why a position is what it is.
pub(crate) fn position(why: ResetReason) -> &'static str {
    let reset = |to: AutoOffsetReset| match to {
        AutoOffsetReset::Earliest => say::nothing_committed_auto_offset_reset(),
        AutoOffsetReset::Latest => say::nothing_committed_auto_offset(),
        AutoOffsetReset::None => say::nothing_committed_auto_offset_reset_none(),
        AutoOffsetReset::ByDuration(_) => say::nothing_committed_auto_offset_reset_4(),
    };
    match why {
        ResetReason::Committed => say::the_committed_offset(),
        ResetReason::NoCommittedOffset(to) => reset(to),
        ResetReason::OutOfRange(AutoOffsetReset::Earliest) => say::it_was_out_of_range(),
        ResetReason::OutOfRange(AutoOffsetReset::ByDuration(_)) => say::it_was_out_of(),
        ResetReason::OutOfRange(_) => say::it_was_out_of_range_auto(),
        ResetReason::Seek => "seek",
    }
}

/// Who wanted a commit.
pub(crate) fn commit(kind: CommitKind) -> &'static str {
    match kind {
        CommitKind::Sync => "commitSync",
        CommitKind::Async => "commitAsync",
        CommitKind::Auto => say::auto_commit_inside_poll(),
        CommitKind::AutoBeforeRevocation => say::auto_commit_before_its_partitions(),
        CommitKind::AutoOnClose => say::auto_commit_on_close(),
    }
}
