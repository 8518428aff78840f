//! Who has changed a group is answered once all in-sync replicas know of it (`CoordinatorRuntime`: a write is complete when
//! the high watermark of `__consumer_offsets` has passed its records): otherwise the next coordinator might not.

use super::{ReplicaEvent, ReplicaManager, ReplicaTimer};
use crate::{Broker, CONSUMER_OFFSETS, Outcome, RequestId};
use millrace_model::protocol::{ConsumerGroupHeartbeatResponse, OffsetCommitResponse};
use millrace_model::{ErrorCode, Map, MemberId, Offset, Response, Span, Time, TopicPartition};
use std::sync::Arc;

/// `offsets.commit.timeout.ms`.
const WRITE_TIMEOUT: Span = Span::from_secs(5);

/// Answers that wait for the high watermark.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HeldAnswers {
    /// The group's partition.
    pub tp: TopicPartition,
    /// The high watermark that is waited for.
    pub required: Offset,
    /// Until when at most.
    pub until: Time,
    /// Set once nothing is waited for: they are given at once.
    pub satisfied: Option<Time>,
    /// What went wrong; NONE if nothing did.
    pub error: ErrorCode,
    /// The answers.
    pub replies: Vec<(RequestId, Response)>,
}

impl HeldAnswers {
    pub(super) fn timer(&self, id: RequestId) -> (Time, ReplicaTimer) {
        match self.satisfied {
            Some(at) => (at, ReplicaTimer::AnswersSatisfied(id)),
            None => (self.until, ReplicaTimer::AnswersExpired(id)),
        }
    }
}

impl ReplicaManager {
    /// Held answers hear how far the high watermark is, or that the leadership has ended.
    pub(super) fn tell_answers(&mut self, tp: &TopicPartition, at: Time, to: Result<Offset, ErrorCode>) {
        for held in self.held_answers.values_mut() {
            let waits = held.tp == *tp && held.satisfied.is_none();
            let error = match to {
                Ok(to) if to < held.required => continue,
                Ok(_) => ErrorCode::None,
                Err(_) => ErrorCode::NotCoordinator,
            };
            if waits {
                let held = Arc::make_mut(held);
                (held.satisfied, held.error) = (Some(at), error);
            }
        }
    }
}

/// Takes the answers of a decision back that has written to `__consumer_offsets`, unless the high watermark is there already.
pub(super) fn hold(
    broker: &Broker,
    now: Time,
    ends: &Map<TopicPartition, Offset>,
    moved: &Map<&TopicPartition, Offset>,
    outcome: &mut Outcome,
) {
    for (tp, end) in ends.iter().filter(|(tp, _)| tp.topic.as_str() == CONSUMER_OFFSETS) {
        let known = broker.log(tp).map(|log| log.high_watermark());
        let is_there = moved.get(tp).copied().or(known).is_some_and(|reached| reached >= *end);
        if is_there || outcome.replies.is_empty() {
            continue;
        }
        let replies = std::mem::take(&mut outcome.replies);
        let (tp, required, until) = (tp.clone(), *end, now + WRITE_TIMEOUT);
        let (satisfied, error) = (None, ErrorCode::None);
        let held = HeldAnswers { tp, required, until, satisfied, error, replies };
        outcome.events.push(ReplicaEvent::AnswersHeld { held }.into());
    }
}

/// Gives held answers as they stand.
pub(super) fn give(replicas: &ReplicaManager, id: RequestId) -> Outcome {
    let Some(held) = replicas.held_answers.get(&id) else { return Outcome::default() };
    let error = match held.satisfied {
        Some(_) => held.error,
        // `handleOperationException`: a write that has taken too long.
        None => ErrorCode::CoordinatorNotAvailable,
    };
    let replies = held.replies.iter().map(|(to, response)| (*to, with(response.clone(), error))).collect();
    let events = vec![ReplicaEvent::AnswersReleased { request: id }.into()];
    Outcome { events, replies, ..Outcome::default() }
}

/// The answer, or the same with an error.
fn with(mut response: Response, error: ErrorCode) -> Response {
    if error == ErrorCode::None {
        return response;
    }
    match &mut response {
        Response::OffsetCommit(OffsetCommitResponse { partitions }) => {
            partitions.iter_mut().for_each(|(_, code)| *code = error);
        }
        Response::SyncGroup(answer) => answer.error = error,
        Response::JoinGroup(answer) => (answer.error, answer.member) = (error, MemberId::unknown()),
        Response::Heartbeat(answer) => answer.error = error,
        Response::ConsumerGroupHeartbeat(ConsumerGroupHeartbeatResponse { error: code, .. }) => *code = error,
        Response::Admin(answer) => answer.error = error,
        Response::Txn(answer) => answer.fail(error),
        _ => {}
    }
    response
}
