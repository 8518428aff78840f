//! A static member that comes back without its id (KIP-345, `updateStaticMemberThenRebalanceOrCompleteJoin`).

use super::draft::Draft;
use super::join::{client_reason, rejoined};
use super::{GroupChange, GroupState, answers};
use crate::RequestId;
use millrace_model::protocol::JoinGroupRequest;
use millrace_model::{ErrorCode, MemberId};
use std::sync::Arc;

pub(super) fn replace(
    draft: &mut Draft,
    from: RequestId,
    request: &JoinGroupRequest,
    old: &MemberId,
    new: &MemberId,
) {
    let Some(instance) = &request.group_instance_id else {
        return;
    };
    // Whoever still waits under the old id is a duplicate.
    if let Some(member) = draft.group.member(old) {
        let (join, sync) = (member.awaiting_join, member.awaiting_sync);
        if let Some(waiting) = join {
            draft.reply(waiting, answers::join_failed(old.clone(), ErrorCode::FencedInstanceId));
        }
        if let Some(waiting) = sync {
            draft.reply(waiting, answers::sync_failed(ErrorCode::FencedInstanceId));
        }
    }
    draft.push(GroupChange::StaticMemberReplaced {
        group_instance_id: Arc::clone(instance),
        old: old.clone(),
        new: new.clone(),
    });
    let client = client_reason(request);
    draft.push(rejoined(new, from, request));
    match draft.group.state() {
        GroupState::Stable if draft.group.select_protocol().as_deref() == draft.group.protocol() => {
            // The point of a static member: it comes back, gets what it had, and nobody is disturbed.
            let assignments: Vec<_> =
                draft.group.members().map(|member| (member.id.clone(), member.assignment.clone())).collect();
            draft.write_metadata(&assignments);
            let skip_assignment = draft.group.is_leader(new);
            let response = answers::joined(&draft.group, new, skip_assignment);
            draft.push(GroupChange::JoinAnswered { member: new.clone() });
            draft.reply(from, response);
        }
        GroupState::Stable => draft.rebalance_or_wait(&format!(
            "Group's selectedProtocol will change because static member {new} with instance id {instance} joined \
             with change of protocol; client reason: {client}"
        )),
        GroupState::CompletingRebalance => draft.prepare_rebalance(&format!(
            "Updating metadata for static member {new} with instance id {instance}; client reason: {client}"
        )),
        // Its join counts for the phase that is on.
        GroupState::PreparingRebalance | GroupState::Empty | GroupState::Dead => {}
    }
}
