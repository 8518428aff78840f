//! JoinGroup (`classicGroupJoin`).

use super::draft::{Draft, turned_down};
use super::{
    ConsumerGroupChange, Group, GroupChange, GroupState, Member, RemovalReason, answers, coordinates,
};
use crate::{Broker, Outcome, RequestId};
use millrace_model::protocol::JoinGroupRequest;
use millrace_model::{Dice, ErrorCode, MemberId, Time, limits};
use std::sync::Arc;

pub(crate) fn join(
    broker: &Broker,
    now: Time,
    from: RequestId,
    request: &JoinGroupRequest,
    dice: &dyn Dice,
) -> Outcome {
    let is_unknown = request.member == MemberId::unknown();
    let existing = broker.group(request.group.as_str());
    let checked = check(broker, request).and_then(|()| match existing {
        None if !is_unknown => Err(ErrorCode::UnknownMemberId),
        None if broker.groups().len() >= limits::GROUPS => Err(ErrorCode::PolicyViolation),
        // Kafka lets classic members into a group of the consumer protocol; that is not modelled.
        Some(group) if group.consumer().is_some_and(|consumer| !consumer.is_empty()) => {
            Err(ErrorCode::InconsistentGroupProtocol)
        }
        Some(_) | None => Ok(()),
    });
    if let Err(error) = checked {
        return failed(from, request, error);
    }
    let is_new_group = existing.is_none();
    let mut draft = match existing {
        Some(group) => Draft::of(broker, now, group),
        None => Draft::create(broker, now, &request.group),
    };
    if draft.group.consumer().is_some() {
        // Nobody is in: the group becomes a classic one (`classicGroupJoinToClassicGroup`).
        draft.push(GroupChange::Consumer(ConsumerGroupChange::Dropped));
    }
    if !accepts(&draft.group, &request.member) {
        draft.remove(&request.member, RemovalReason::GroupFull);
        refuse(&mut draft, from, request, MemberId::unknown(), ErrorCode::GroupMaxSizeReached);
    } else if !draft.group.supports_protocols(&request.protocols) {
        refuse(&mut draft, from, request, request.member.clone(), ErrorCode::InconsistentGroupProtocol);
    } else if is_unknown {
        new_member(&mut draft, from, request, dice);
    } else {
        existing_member(&mut draft, from, request);
    }
    if is_new_group {
        // The group is in the log before its first member is in.
        draft.write_metadata(&[]);
    }
    draft.finish()
}

/// What is checked before the group is looked at (`GroupCoordinatorService.joinGroup`).
fn check(broker: &Broker, request: &JoinGroupRequest) -> Result<(), ErrorCode> {
    if request.group.as_str().is_empty() {
        return Err(ErrorCode::InvalidGroupId);
    }
    let config = broker.config();
    let allowed = config.group_min_session_timeout..=config.group_max_session_timeout;
    if !allowed.contains(&request.session_timeout) {
        return Err(ErrorCode::InvalidSessionTimeout);
    }
    coordinates(broker, &request.group)
}

fn failed(from: RequestId, request: &JoinGroupRequest, error: ErrorCode) -> Outcome {
    let response = answers::join_failed(request.member.clone(), error);
    turned_down((from, response), &request.group, &request.member, error)
}

fn refuse(
    draft: &mut Draft,
    from: RequestId,
    request: &JoinGroupRequest,
    answer_to: MemberId,
    error: ErrorCode,
) {
    draft.reply(from, answers::join_failed(answer_to, error));
    draft.reject("JoinGroup", &request.member, error);
}

/// `acceptJoiningMember`, with the members that were only given an id counted too: their number has a limit here.
fn accepts(group: &Group, member: &MemberId) -> bool {
    let known = group.member(member);
    let room = group.members().len() + group.pending_members().len() < limits::MEMBERS_PER_GROUP;
    match group.state() {
        GroupState::Empty | GroupState::Dead => room || group.pending.contains_key(member),
        GroupState::PreparingRebalance => {
            known.is_some_and(|member| member.awaiting_join.is_some())
                || (known.is_some() || group.pending.contains_key(member) || room)
                    && group.awaiting_join < limits::MEMBERS_PER_GROUP
        }
        GroupState::CompletingRebalance | GroupState::Stable => {
            known.is_some() || room || group.pending.contains_key(member)
        }
    }
}

fn new_member(draft: &mut Draft, from: RequestId, request: &JoinGroupRequest, dice: &dyn Dice) {
    let first = request.group_instance_id.as_deref().unwrap_or(request.client_id.as_str());
    let id = MemberId::new(format!("{first}-{}", uuid(draft.broker(), dice)));
    if let Some(instance) = &request.group_instance_id {
        draft.push(GroupChange::MemberIdAssigned { member: id.clone(), pending_until: None });
        match draft.group.static_members.get(instance).cloned() {
            Some(old) => super::static_member::replace(draft, from, request, &old, &id),
            None => add(draft, from, request, id),
        }
        return;
    }
    // KIP-394: a dynamic member joins in two rounds, so that a lost answer leaves no member behind.
    let pending_until = Some(draft.now + request.session_timeout);
    draft.push(GroupChange::MemberIdAssigned { member: id.clone(), pending_until });
    draft.reply(from, answers::join_failed(id, ErrorCode::MemberIdRequired));
}

/// A random UUID (version 4) as text.
fn uuid(broker: &Broker, dice: &dyn Dice) -> String {
    let stream = format!("broker-{}/member-id", broker.id());
    let n = broker.member_ids_drawn().saturating_mul(2);
    let high = (dice.roll(&stream, n) & !0xf000) | 0x4000;
    let low = (dice.roll(&stream, n.saturating_add(1)) & (u64::MAX >> 2)) | (1 << 63);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

/// The client's words (KIP-800).
pub(super) fn client_reason(request: &JoinGroupRequest) -> &str {
    if request.reason.is_empty() { "not provided" } else { &request.reason }
}

fn add(draft: &mut Draft, from: RequestId, request: &JoinGroupRequest, id: MemberId) {
    let reason = format!(
        "Adding new member {id} with group instance id {}; client reason: {}",
        request.group_instance_id.as_deref().unwrap_or("null"),
        client_reason(request)
    );
    let member = Member::joining(id, request, from, draft.now);
    draft.push(GroupChange::MemberJoined { member: Arc::new(member) });
    draft.rebalance_or_wait(&reason);
}

fn existing_member(draft: &mut Draft, from: RequestId, request: &JoinGroupRequest) {
    let id = &request.member;
    if draft.group.pending.contains_key(id) {
        if request.group_instance_id.is_some() {
            // Kafka fails here with an IllegalStateException: a pending member is never static.
            refuse(draft, from, request, id.clone(), ErrorCode::UnknownMemberId);
        } else {
            add(draft, from, request, id.clone());
        }
        return;
    }
    if let Err(error) = draft.group.validate_member(id, request.group_instance_id.as_ref()) {
        refuse(draft, from, request, id.clone(), error);
        return;
    }
    let state = draft.group.state();
    let client = client_reason(request);
    let unchanged = draft.group.member(id).is_some_and(|member| *member.protocols == *request.protocols);
    let reason = match state {
        GroupState::PreparingRebalance => {
            format!("Member {id} is joining group during {state}; client reason: {client}")
        }
        GroupState::Stable if draft.group.is_leader(id) => {
            format!("Leader {id} re-joining group during {state}; client reason: {client}")
        }
        GroupState::CompletingRebalance | GroupState::Stable if unchanged => {
            // It missed its answer, or asks again without need: the generation stays.
            let response = answers::joined(&draft.group, id, false);
            draft.push(GroupChange::JoinAnswered { member: id.clone() });
            draft.reply(from, response);
            return;
        }
        GroupState::CompletingRebalance | GroupState::Stable => {
            format!("Updating metadata for member {id} during {state}; client reason: {client}")
        }
        GroupState::Empty | GroupState::Dead => {
            refuse(draft, from, request, id.clone(), ErrorCode::UnknownMemberId);
            return;
        }
    };
    draft.push(rejoined(id, from, request));
    draft.rebalance_or_wait(&reason);
}

pub(super) fn rejoined(id: &MemberId, from: RequestId, request: &JoinGroupRequest) -> GroupChange {
    GroupChange::MemberRejoined {
        member: id.clone(),
        request: from,
        session_timeout: request.session_timeout,
        rebalance_timeout: request.rebalance_timeout,
        protocols: request.protocols.clone().into(),
    }
}
