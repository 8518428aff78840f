//! LeaveGroup (`classicGroupLeave`).

use super::draft::{Draft, turned_down};
use super::{Group, GroupChange, GroupState, RemovalReason, coordinates};
use crate::{Broker, Outcome, RequestId};
use millrace_model::protocol::{LeaveGroupRequest, LeaveGroupResponse};
use millrace_model::{ErrorCode, MemberId, Response, Time};
use std::sync::Arc;

pub(crate) fn leave(broker: &Broker, now: Time, from: RequestId, request: &LeaveGroupRequest) -> Outcome {
    let answer = |error| (from, Response::LeaveGroup(LeaveGroupResponse { error }));
    let (group, member) = match check(broker, request) {
        Ok(found) => found,
        Err(error) => return turned_down(answer(error), &request.group, &request.member, error),
    };
    let words: Arc<str> =
        if request.reason.is_empty() { "not provided".into() } else { Arc::clone(&request.reason) };
    let reason = RemovalReason::Left(words);
    let mut draft = Draft::of(broker, now, group);
    if group.pending.contains_key(&member) {
        draft.push(GroupChange::PendingMemberRemoved { member, reason });
    } else {
        draft.remove(&member, reason);
    }
    if matches!(draft.group.state(), GroupState::Stable | GroupState::CompletingRebalance) {
        // Kafka names the ids of the request: an administrator's removal by instance id leaves the list blank.
        draft.rebalance_or_wait(&format!("explicit `LeaveGroup` request for ({}) members.", request.member));
    }
    let (to, response) = answer(ErrorCode::None);
    draft.reply(to, response);
    draft.finish()
}

/// Who goes. A static member may be removed by its `group.instance.id` alone.
fn check<'a>(broker: &'a Broker, request: &LeaveGroupRequest) -> Result<(&'a Group, MemberId), ErrorCode> {
    if request.group.as_str().is_empty() {
        return Err(ErrorCode::InvalidGroupId);
    }
    coordinates(broker, &request.group)?;
    let group = broker.group(request.group.as_str()).ok_or(ErrorCode::UnknownMemberId)?;
    if group.is(GroupState::Dead) {
        return Err(ErrorCode::CoordinatorNotAvailable);
    }
    if request.member == MemberId::unknown() {
        let by_instance = request.group_instance_id.as_ref().and_then(|id| group.static_members.get(id));
        return by_instance.cloned().map(|member| (group, member)).ok_or(ErrorCode::UnknownMemberId);
    }
    if !group.pending.contains_key(&request.member) {
        group.validate_member(&request.member, request.group_instance_id.as_ref())?;
    }
    Ok((group, request.member.clone()))
}
