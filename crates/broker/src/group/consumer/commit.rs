//! Who may commit and ask for commits (`ConsumerGroup.validateOffsetCommit`, `validateOffsetFetch`).

use super::ConsumerGroup;
use millrace_model::protocol::OffsetCommitRequest;
use millrace_model::{ErrorCode, GroupEpoch, MemberId};

/// A member commits in its epoch; anybody does while nobody is in.
pub(in crate::group) fn validate_offset_commit(
    group: &ConsumerGroup,
    request: &OffsetCommitRequest,
) -> Result<(), ErrorCode> {
    if request.generation.0 < 0 && group.is_empty() {
        return Ok(());
    }
    validate_epoch(group, &request.member, GroupEpoch(request.generation.0))
}

/// Only a member of the consumer protocol names itself; who does not is answered always.
pub(in crate::group) fn validate_offset_fetch(
    group: &ConsumerGroup,
    asker: Option<&(MemberId, GroupEpoch)>,
) -> Result<(), ErrorCode> {
    match asker {
        Some((member, epoch)) => validate_epoch(group, member, *epoch),
        None => Ok(()),
    }
}

fn validate_epoch(group: &ConsumerGroup, member: &MemberId, epoch: GroupEpoch) -> Result<(), ErrorCode> {
    match group.member(member.as_str()) {
        None => Err(ErrorCode::UnknownMemberId),
        Some(member) if member.epoch != epoch => Err(ErrorCode::StaleMemberEpoch),
        Some(_) => Ok(()),
    }
}
