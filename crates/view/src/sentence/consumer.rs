//! What happens in a consumer.

use super::{Sentence, SentenceKind};
use crate::words;
use millrace_client::consumer::{CommitKind, ConsumerEvent, MembershipEvent, MembershipState, ResetReason};
use millrace_model::config::consumer::AutoOffsetReset;

pub(super) fn sentence(event: &ConsumerEvent, who: &str) -> Option<Sentence> {
    let text = match event {
        ConsumerEvent::Subscribed { topics } => {
            format!("{who} subscribed to {}", words::list(topics.iter().map(ToString::to_string), 4))
        }
        ConsumerEvent::PatternSubscribed { pattern } => {
            format!("{who} subscribed to all topics that fit {pattern}")
        }
        ConsumerEvent::PatternMatched { topics } if topics.is_empty() => {
            format!("{who}: no topic fits its pattern")
        }
        ConsumerEvent::PatternMatched { topics } => {
            let topics = words::list(topics.iter().map(ToString::to_string), 4);
            format!("{who}: its pattern fits {topics}")
        }
        ConsumerEvent::Disconnected { api, .. } => {
            return Sentence::new(SentenceKind::Problem, format!("{who}: {api} was not answered"));
        }
        ConsumerEvent::CoordinatorNotFound { error, .. } => format!("{who} found no coordinator: {error}"),
        ConsumerEvent::CoordinatorMarkedUnknown { cause, .. } => {
            format!("{who} looks for the coordinator again: {cause}")
        }
        ConsumerEvent::Membership(event) => return membership(event, who),
        ConsumerEvent::RejoinRequested { reason } => format!("{who} has to join again: {reason}"),
        ConsumerEvent::MemberIdAssigned { .. } => return None,
        ConsumerEvent::GroupJoined { generation, members, .. } => match members {
            Some(members) => format!(
                "{who} is in generation {generation} and assigns for {}",
                words::many(members.len(), "member")
            ),
            None => format!("{who} is in generation {generation}"),
        },
        ConsumerEvent::AssignmentComputed { assignments, .. } if assignments.is_empty() => {
            format!("{who} is back as leader: the assignment stays")
        }
        ConsumerEvent::AssignmentComputed { protocol, assignments, .. } => {
            format!("{who} ran the {protocol} assignor for {}", words::many(assignments.len(), "member"))
        }
        ConsumerEvent::JoinAnswerHeld { .. } => {
            format!("{who} may go on with its join in its next poll")
        }
        ConsumerEvent::AssignmentHeld { .. } => {
            format!("{who} has an assignment, and takes it in its next poll")
        }
        ConsumerEvent::AssignmentMismatched { generation, .. } => {
            format!(
                "{who} does not take the assignment of generation {generation}: its subscription has changed"
            )
        }
        ConsumerEvent::JoinFailed { api, error, .. } => {
            return Sentence::new(SentenceKind::Problem, format!("{who}: {api} failed: {error}"));
        }
        ConsumerEvent::GenerationReset { reason, .. } => {
            return Sentence::new(SentenceKind::Problem, format!("{who} is out of the group: {reason}"));
        }
        ConsumerEvent::HeartbeatFailed { error, .. } => format!("{who}: heartbeat answered with {error}"),
        ConsumerEvent::PollTimeoutExpired { .. } => {
            let text = format!("{who} did not poll for max.poll.interval.ms and leaves the group");
            return Sentence::new(SentenceKind::Problem, text);
        }
        ConsumerEvent::PartitionsRevoked { partitions, .. } => {
            format!("{who} gave up {}", words::partitions(partitions))
        }
        ConsumerEvent::PartitionsAssigned { generation, assignment, .. } if assignment.is_empty() => {
            format!("{who} got no partition in generation {generation}")
        }
        ConsumerEvent::PartitionsAssigned { generation, partitions, assignment, .. }
            if partitions.is_empty() =>
        {
            format!("{who} keeps {} in generation {generation}", words::partitions(assignment))
        }
        ConsumerEvent::PartitionsAssigned { generation, partitions, assignment, .. }
            if partitions.len() < assignment.len() =>
        {
            format!(
                "{who} got {} in generation {generation} and has {} now",
                words::partitions(partitions),
                words::partitions(assignment)
            )
        }
        ConsumerEvent::PartitionsAssigned { generation, assignment, .. } => {
            format!("{who} owns {} since generation {generation}", words::partitions(assignment))
        }
        ConsumerEvent::PartitionsLost { partitions, .. } => {
            let text = format!("{who} lost {}: others have them already", words::partitions(partitions));
            return Sentence::new(SentenceKind::Problem, text);
        }
        ConsumerEvent::OffsetFetchFailed { error, .. } => format!("{who}: OffsetFetch failed: {error}"),
        ConsumerEvent::PartitionRetryScheduled { tp, error, .. } => {
            format!("{who}: {tp}: {error}, tried again")
        }
        ConsumerEvent::NoOffsetForTime { tp, retry_at } => {
            format!("{who}: {tp} has no record that new; asked again at {}", words::time(*retry_at))
        }
        ConsumerEvent::CommitOvertaken { kind, offsets } => format!(
            "{who}: the {} that failed is not tried again: {} overtook it",
            commit(*kind),
            words::list(offsets.iter().map(|(tp, offset)| words::place(tp, *offset)), 4)
        ),
        ConsumerEvent::PositionReset { tp, offset, why } => {
            format!("{who} reads {tp} from offset {offset}: {}", position(*why))
        }
        ConsumerEvent::Fetched { tp, from, batches, .. } => {
            let upto = batches.last().map_or(*from, |batch| batch.next_offset());
            format!("{who} fetched {tp} from offset {from}: {}", words::many(upto.since(*from), "record"))
        }
        ConsumerEvent::PollReturned { polled, .. } => {
            format!("{who}: poll returned {}", words::many(polled.count, "record"))
        }
        ConsumerEvent::ErrorRaised { exception, message, .. }
        | ConsumerEvent::PollFailed { exception, message, .. } => {
            return Sentence::new(
                SentenceKind::Problem,
                words::cut(&format!("{who}: {exception}: {message}")),
            );
        }
        ConsumerEvent::CommitSent { kind, offsets, .. } => {
            let at = offsets.iter().map(|(tp, offset)| words::place(tp, *offset));
            format!("{who} commits {} ({})", words::list(at, 6), commit(*kind))
        }
        // The coordinator's own sentence says it.
        ConsumerEvent::OffsetsCommitted { .. } => return None,
        ConsumerEvent::CommitRetryScheduled { error, .. } => {
            format!("{who}: commit answered with {error}, tried again")
        }
        ConsumerEvent::CommitFailed { exception, message, .. } => {
            return Sentence::new(
                SentenceKind::Problem,
                words::cut(&format!("{who}: {exception}: {message}")),
            );
        }
        ConsumerEvent::CloseStarted { .. } => format!("{who} closes its consumer"),
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
            format!("{who} shall have no partition")
        }
        MembershipEvent::TargetReceived { partitions } => {
            format!("{who} shall have {}", words::partitions(partitions))
        }
        MembershipEvent::Transitioned { to: MembershipState::Joining, .. } => {
            format!("{who} joins with its first heartbeat")
        }
        MembershipEvent::Transitioned { to: MembershipState::Fenced, .. } => {
            kind = SentenceKind::Problem;
            format!("{who} is out of the group: it joins again")
        }
        MembershipEvent::Transitioned { to: MembershipState::Fatal, .. } => {
            kind = SentenceKind::Problem;
            format!("{who} is out of the group for good")
        }
        MembershipEvent::Transitioned { to: MembershipState::Leaving, .. } => {
            format!("{who} leaves with its last heartbeat")
        }
        MembershipEvent::Transitioned { to: MembershipState::Acknowledging, .. } => {
            format!("{who} tells the coordinator what it has")
        }
        MembershipEvent::HeartbeatFailed { error, .. } => format!("{who}: heartbeat answered with {error}"),
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
        AutoOffsetReset::Earliest => "nothing committed, auto.offset.reset=earliest",
        AutoOffsetReset::Latest => "nothing committed, auto.offset.reset=latest",
        AutoOffsetReset::None => "nothing committed, auto.offset.reset=none",
        AutoOffsetReset::ByDuration(_) => "nothing committed, auto.offset.reset=by_duration",
    };
    match why {
        ResetReason::Committed => "the committed offset",
        ResetReason::NoCommittedOffset(to) => reset(to),
        ResetReason::OutOfRange(AutoOffsetReset::Earliest) => {
            "it was out of range, auto.offset.reset=earliest"
        }
        ResetReason::OutOfRange(AutoOffsetReset::ByDuration(_)) => {
            "it was out of range, auto.offset.reset=by_duration"
        }
        ResetReason::OutOfRange(_) => "it was out of range, auto.offset.reset=latest",
        ResetReason::Seek => "seek",
    }
}

/// Who wanted a commit.
pub(crate) fn commit(kind: CommitKind) -> &'static str {
    match kind {
        CommitKind::Sync => "commitSync",
        CommitKind::Async => "commitAsync",
        CommitKind::Auto => "auto-commit inside poll",
        CommitKind::AutoBeforeRevocation => "auto-commit before its partitions go",
        CommitKind::AutoOnClose => "auto-commit on close",
    }
}
