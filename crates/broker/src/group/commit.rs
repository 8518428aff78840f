//! OffsetCommit (`OffsetMetadataManager.commitOffset`).

use super::draft::Draft;
use super::{Group, GroupChange, GroupState, coordinates, offsets_log};
use crate::{Broker, Outcome, RequestId};
use millrace_model::protocol::{CommittedOffset, OffsetCommitRequest, OffsetCommitResponse};
use millrace_model::{ErrorCode, MemberId, Record, Response, Time, TopicPartition, limits};

/// `offset.metadata.max.bytes`.
const OFFSET_METADATA_MAX_BYTES: usize = 4096;

pub(crate) fn offset_commit(
    broker: &Broker,
    now: Time,
    from: RequestId,
    request: &OffsetCommitRequest,
) -> Outcome {
    let mut draft = match check(broker, request, false) {
        Ok(Some(group)) => Draft::of(broker, now, group),
        // "Creating a simple consumer group via manual offset commit."
        Ok(None) => Draft::create(broker, now, &request.group),
        Err(error) => {
            let partitions = request.offsets.iter().map(|(tp, _)| (tp.clone(), error)).collect();
            let response = Response::OffsetCommit(OffsetCommitResponse { partitions });
            return super::draft::turned_down((from, response), &request.group, &request.member, error);
        }
    };
    if matches!(draft.group.state(), GroupState::Stable | GroupState::PreparingRebalance)
        && let Some(member) = draft.group.member(&request.member)
    {
        // A commit is a sign of life, too.
        let session_deadline = now + member.session_timeout;
        draft.push(GroupChange::HeartbeatReceived { member: request.member.clone(), session_deadline });
    }
    let Judged { mut partitions, offsets, records } = judged(broker, now, request);
    if !records.is_empty() {
        match draft.write(records) {
            Ok(()) => {
                let member = Some(request.member.clone()).filter(|member| *member != MemberId::unknown());
                draft.push(GroupChange::OffsetCommitted { member, offsets });
            }
            Err(error) => {
                for (_, code) in partitions.iter_mut().filter(|(_, code)| *code == ErrorCode::None) {
                    *code = error;
                }
            }
        }
    }
    if let Some((_, error)) = partitions.iter().find(|(_, error)| *error != ErrorCode::None) {
        draft.reject("OffsetCommit", &request.member, *error);
    }
    draft.reply(from, Response::OffsetCommit(OffsetCommitResponse { partitions }));
    draft.finish()
}

/// The answer for each partition, and what is to be written.
pub(super) struct Judged {
    pub(super) partitions: Vec<(TopicPartition, ErrorCode)>,
    pub(super) offsets: Vec<(TopicPartition, CommittedOffset)>,
    pub(super) records: Vec<Record>,
}

pub(super) fn judged(broker: &Broker, now: Time, request: &OffsetCommitRequest) -> Judged {
    let mut partitions = Vec::with_capacity(request.offsets.len());
    let (mut offsets, mut records) = (Vec::new(), Vec::new());
    for (tp, committed) in &request.offsets {
        let error = if broker.topic(tp.topic.as_str()).is_none() {
            ErrorCode::UnknownTopicOrPartition
        } else if committed.metadata.encode_utf16().count() > OFFSET_METADATA_MAX_BYTES {
            ErrorCode::OffsetMetadataTooLarge
        } else {
            records.push(offsets_log::offset_commit(&request.group, tp, committed, now));
            offsets.push((tp.clone(), committed.clone()));
            ErrorCode::None
        };
        partitions.push((tp.clone(), error));
    }
    Judged { partitions, offsets, records }
}

/// The group, if it may be committed to; `None` if it comes to be by this commit.
pub(super) fn check<'a>(
    broker: &'a Broker,
    request: &OffsetCommitRequest,
    is_transactional: bool,
) -> Result<Option<&'a Group>, ErrorCode> {
    coordinates(broker, &request.group)?;
    match broker.group(request.group.as_str()) {
        Some(group) => validate(group, request, is_transactional).map(|()| Some(group)),
        None if request.generation.0 >= 0 && is_transactional => Err(ErrorCode::IllegalGeneration),
        None if request.generation.0 >= 0 => Err(ErrorCode::GroupIdNotFound),
        None if broker.groups().len() >= limits::GROUPS => Err(ErrorCode::PolicyViolation),
        None => Ok(None),
    }
}

/// `ClassicGroup.validateOffsetCommit`.
fn validate(group: &Group, request: &OffsetCommitRequest, is_transactional: bool) -> Result<(), ErrorCode> {
    let names_itself = request.generation.0 >= 0
        || request.member != MemberId::unknown()
        || request.group_instance_id.is_some();
    if let Some(consumer) = group.consumer() {
        if is_transactional && !names_itself {
            return Ok(());
        }
        return super::consumer::validate_offset_commit(consumer, request);
    }
    if group.is(GroupState::Dead) {
        return Err(ErrorCode::CoordinatorNotAvailable);
    }
    if request.generation.0 < 0 && group.is(GroupState::Empty) {
        // An administrator, or a consumer that assigns itself: allowed while nobody is in.
        return Ok(());
    }
    if names_itself {
        group.validate_member(&request.member, request.group_instance_id.as_ref())?;
        if request.generation != group.generation() {
            return Err(ErrorCode::IllegalGeneration);
        }
    } else if !is_transactional && !group.is(GroupState::Empty) {
        return Err(ErrorCode::UnknownMemberId);
    }
    if !is_transactional && group.is(GroupState::CompletingRebalance) {
        return Err(ErrorCode::RebalanceInProgress);
    }
    Ok(())
}
