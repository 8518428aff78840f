//! A member goes (`consumerGroupLeave`): for good, or (a static one) to come back.

use super::draft::Draft;
use super::heartbeat::Decided;
use super::{ConsumerGroupChange, MemberRemovedReason, validate};
use millrace_model::protocol::{ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse};
use millrace_model::{ErrorCode, GroupEpoch, MemberId, Span};

pub(super) fn leave(mut draft: Draft, request: &ConsumerGroupHeartbeatRequest) -> Decided {
    let member = match &request.group_instance_id {
        None => validate::find_member(&draft.group, &request.member)?,
        Some(instance) => validate::find_static_member(&draft.group, instance, &request.member)?,
    };
    let member = member.id.clone();
    if request.member_epoch == GroupEpoch::LEAVE_STATIC {
        draft.push(ConsumerGroupChange::StaticMemberLeft { member });
    } else {
        draft.fence(&member, MemberRemovedReason::Left);
    }
    let response = ConsumerGroupHeartbeatResponse {
        error: ErrorCode::None,
        error_message: None,
        member: request.member.clone(),
        member_epoch: request.member_epoch,
        heartbeat_interval: Span::ZERO,
        assignment: None,
    };
    let events = draft.finish().map_err(|error| (error, error.message().into()))?;
    Ok((events, response))
}

impl Draft<'_> {
    /// Takes a member out; the next heartbeat of anybody computes the new target (`consumerGroupFenceMember`).
    pub(super) fn fence(&mut self, member: &MemberId, reason: MemberRemovedReason) {
        self.push(ConsumerGroupChange::MemberRemoved { member: member.clone(), reason });
        self.update_subscription_metadata();
        self.bump(&format!("member {member} is out: {}", reason.words()));
    }
}
