//! The answers of the coordinator that several phases give.

use super::{Group, Member};
use millrace_model::protocol::{Assignment, JoinGroupResponse, SyncGroupResponse};
use millrace_model::{ErrorCode, Generation, MemberId, Response};
use std::sync::Arc;

/// JoinGroup was turned down; `member` is the id that the asker shall use from now on.
pub(super) fn join_failed(member: MemberId, error: ErrorCode) -> Response {
    Response::JoinGroup(JoinGroupResponse {
        error,
        generation: Generation::NONE,
        protocol: Arc::from(""),
        leader: MemberId::unknown(),
        member,
        members: Vec::new(),
        skip_assignment: false,
    })
}

/// The generation as it is, for one of its members; the leader learns of all members.
pub(super) fn joined(group: &Group, member: &MemberId, skip_assignment: bool) -> Response {
    let protocol: Arc<str> = group.protocol().unwrap_or_default().into();
    let members = if group.is_leader(member) {
        group.members().map(|member| member.joined(&protocol)).collect()
    } else {
        Vec::new()
    };
    Response::JoinGroup(JoinGroupResponse {
        error: ErrorCode::None,
        generation: group.generation(),
        protocol,
        leader: group.leader().cloned().unwrap_or_else(MemberId::unknown),
        member: member.clone(),
        members,
        skip_assignment,
    })
}

pub(super) fn sync_failed(error: ErrorCode) -> Response {
    Response::SyncGroup(SyncGroupResponse {
        error,
        protocol: Arc::from(""),
        assignment: Assignment::default(),
    })
}

/// A member's part of the assignment.
pub(super) fn synced(group: &Group, member: &Member) -> Response {
    Response::SyncGroup(SyncGroupResponse {
        error: ErrorCode::None,
        protocol: group.protocol().unwrap_or_default().into(),
        assignment: member.assignment.clone(),
    })
}
