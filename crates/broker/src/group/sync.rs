//! SyncGroup (`classicGroupSync`).

use super::draft::{Draft, turned_down};
use super::{Group, GroupChange, GroupState, answers, coordinates};
use crate::{Broker, Outcome, RequestId};
use millrace_model::protocol::{Assignment, SyncGroupRequest};
use millrace_model::{ErrorCode, Map, MemberId, Time};

pub(crate) fn sync(broker: &Broker, now: Time, from: RequestId, request: &SyncGroupRequest) -> Outcome {
    let group = match check(broker, request) {
        Ok(group) => group,
        Err(error) => {
            let response = answers::sync_failed(error);
            return turned_down((from, response), &request.group, &request.member, error);
        }
    };
    let mut draft = Draft::of(broker, now, group);
    if group.is(GroupState::Stable) {
        // Late, but the assignment is there.
        draft.push(GroupChange::SyncAnswered { member: request.member.clone() });
        if let Some(member) = group.member(&request.member) {
            draft.reply(from, answers::synced(group, member));
        }
    } else {
        draft.push(GroupChange::SyncReceived { member: request.member.clone(), request: from });
        if group.is_leader(&request.member) {
            distribute(&mut draft, request);
        }
    }
    draft.finish()
}

fn check<'a>(broker: &'a Broker, request: &SyncGroupRequest) -> Result<&'a Group, ErrorCode> {
    if request.group.as_str().is_empty() {
        return Err(ErrorCode::InvalidGroupId);
    }
    coordinates(broker, &request.group)?;
    let group = broker.group(request.group.as_str()).ok_or(ErrorCode::UnknownMemberId)?;
    if group.is(GroupState::Empty) {
        return Err(ErrorCode::UnknownMemberId);
    }
    group.validate_member(&request.member, request.group_instance_id.as_ref())?;
    if request.generation != group.generation() {
        return Err(ErrorCode::IllegalGeneration);
    }
    match group.state() {
        GroupState::PreparingRebalance => Err(ErrorCode::RebalanceInProgress),
        GroupState::CompletingRebalance | GroupState::Stable => Ok(group),
        GroupState::Empty | GroupState::Dead => Err(ErrorCode::UnknownMemberId),
    }
}

/// The leader has spoken: a member that it left out gets an empty assignment.
fn distribute(draft: &mut Draft, request: &SyncGroupRequest) {
    let given: Map<&MemberId, &Assignment> =
        request.assignments.iter().map(|(member, assignment)| (member, assignment)).collect();
    let assignments: Vec<(MemberId, Assignment)> = draft
        .group
        .members()
        .map(|member| {
            (member.id.clone(), given.get(&member.id).map(|given| (*given).clone()).unwrap_or_default())
        })
        .collect();
    let waiting: Vec<_> =
        draft.group.members().filter_map(|member| Some((member.id.clone(), member.awaiting_sync?))).collect();
    draft.write_metadata(&assignments);
    draft.push(GroupChange::AssignmentDistributed { assignments });
    draft.go(GroupState::Stable);
    for (id, waiting) in waiting {
        if let Some(member) = draft.group.member(&id) {
            let response = answers::synced(&draft.group, member);
            draft.reply(waiting, response);
        }
    }
}
