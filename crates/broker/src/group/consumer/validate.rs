//! What is wrong with a heartbeat before or after the group is looked at, with Kafka's own sentences
//! (`throwIfConsumerGroupHeartbeatRequestIsInvalid` and its neighbours).

use super::{ConsumerGroup, ConsumerGroupMember};
use crate::assignor::ServerAssignor;
use crate::group::coordinates;
use crate::{Broker, Group};
use millrace_model::protocol::ConsumerGroupHeartbeatRequest;
use millrace_model::{ErrorCode, GroupEpoch, MemberId, TopicPartition, limits};
use std::sync::Arc;

/// Why a heartbeat is turned down: the code, and Kafka's sentence.
pub(super) type Refusal = (ErrorCode, Arc<str>);

fn refuse<T>(error: ErrorCode, words: impl Into<Arc<str>>) -> Result<T, Refusal> {
    Err((error, words.into()))
}

/// The request by itself.
pub(super) fn check_request(broker: &Broker, request: &ConsumerGroupHeartbeatRequest) -> Result<(), Refusal> {
    let invalid = |words: &str| refuse(ErrorCode::InvalidRequest, words);
    let empty = |text: &Option<Arc<str>>| text.as_ref().is_some_and(|text| text.is_empty());
    if request.group.as_str().is_empty() {
        return invalid("GroupId can't be empty.");
    }
    if empty(&request.group_instance_id) {
        return invalid("InstanceId can't be empty.");
    }
    if empty(&request.rack) {
        return invalid("RackId can't be empty.");
    }
    let nameless = request.member == MemberId::unknown();
    match request.member_epoch {
        GroupEpoch::JOIN => {
            if request.rebalance_timeout.is_none() {
                return invalid("RebalanceTimeoutMs must be provided in first request.");
            }
            if !request.topic_partitions.as_ref().is_some_and(Vec::is_empty) {
                return invalid("TopicPartitions must be empty when (re-)joining.");
            }
            if request.subscribed_topic_names.as_ref().is_none_or(|names| names.is_empty()) {
                return invalid("SubscribedTopicNames must be set in first request.");
            }
        }
        GroupEpoch::LEAVE if nameless => return invalid("MemberId can't be empty."),
        GroupEpoch::LEAVE => {}
        GroupEpoch::LEAVE_STATIC if nameless => return invalid("MemberId can't be empty."),
        GroupEpoch::LEAVE_STATIC if request.group_instance_id.is_none() => {
            return invalid("InstanceId can't be null.");
        }
        GroupEpoch::LEAVE_STATIC => {}
        epoch if epoch.0 < 0 => return invalid("MemberEpoch is invalid."),
        _ if nameless => return invalid("MemberId can't be empty."),
        _ => {}
    }
    if let Some(name) = &request.server_assignor
        && ServerAssignor::from_name(name).is_none()
    {
        let known: Vec<&str> = ServerAssignor::ALL.iter().map(|assignor| assignor.name()).collect();
        return refuse(
            ErrorCode::UnsupportedAssignor,
            format!("ServerAssignor {name} is not supported. Supported assignors: {}.", known.join(", ")),
        );
    }
    coordinates(broker, &request.group).map_err(|error| (error, error.message().into()))
}

/// The group of that name, if it is one of this protocol, or may become one by this heartbeat (`None`).
pub(super) fn find_group<'a>(
    broker: &'a Broker,
    request: &ConsumerGroupHeartbeatRequest,
) -> Result<Option<&'a ConsumerGroup>, Refusal> {
    let joins = request.member_epoch == GroupEpoch::JOIN;
    let group = broker.group(request.group.as_str());
    match group {
        None if !joins => {
            refuse(ErrorCode::GroupIdNotFound, format!("Consumer group {} not found.", request.group))
        }
        None if broker.groups().len() >= limits::GROUPS => refuse(
            ErrorCode::PolicyViolation,
            format!("This cluster holds at most {} groups.", limits::GROUPS),
        ),
        None => Ok(None),
        Some(group) => match group.consumer() {
            Some(consumer) => Ok(Some(consumer)),
            // Kafka would let a classic group with members over to the new protocol (`group.consumer.migration.policy`).
            None if joins && may_become_consumer(group) => Ok(None),
            None => {
                refuse(ErrorCode::GroupIdNotFound, format!("Group {} is not a consumer group", request.group))
            }
        },
    }
}

fn may_become_consumer(group: &Group) -> bool {
    group.state() == crate::GroupState::Empty
}

/// `throwIfConsumerGroupIsFull`.
pub(super) fn check_room(group: &ConsumerGroup, member: &MemberId) -> Result<(), Refusal> {
    if group.members().len() >= limits::MEMBERS_PER_GROUP && group.member(member.as_str()).is_none() {
        return refuse(
            ErrorCode::GroupMaxSizeReached,
            format!(
                "The consumer group has reached its maximum capacity of {} members.",
                limits::MEMBERS_PER_GROUP
            ),
        );
    }
    Ok(())
}

/// `getOrMaybeCreateMember(memberId, false)`.
pub(super) fn find_member<'a>(
    group: &'a ConsumerGroup,
    member: &MemberId,
) -> Result<&'a ConsumerGroupMember, Refusal> {
    group.member(member.as_str()).ok_or_else(|| {
        let words = format!("Member {member} is not a member of group {}.", group.id);
        (ErrorCode::UnknownMemberId, words.into())
    })
}

/// The static member of the request, if it is the one that holds the name.
pub(super) fn find_static_member<'a>(
    group: &'a ConsumerGroup,
    instance: &str,
    member: &MemberId,
) -> Result<&'a ConsumerGroupMember, Refusal> {
    let Some(holder) = group.static_member(instance) else {
        return refuse(ErrorCode::UnknownMemberId, format!("Instance id {instance} is unknown."));
    };
    if holder.id == *member {
        return Ok(holder);
    }
    refuse(
        ErrorCode::FencedInstanceId,
        format!("Static member {member} with instance id {instance} was fenced by member {}.", holder.id),
    )
}

/// `throwIfInstanceIdIsUnreleased`: a static member is replaced only after it said goodbye.
pub(super) fn check_released(
    holder: &ConsumerGroupMember,
    instance: &str,
    member: &MemberId,
) -> Result<(), Refusal> {
    if holder.epoch == GroupEpoch::LEAVE_STATIC {
        return Ok(());
    }
    refuse(
        ErrorCode::UnreleasedInstanceId,
        format!(
            "Static member {member} with instance id {instance} cannot join the group because the instance id is \
             owned by {} member.",
            holder.id
        ),
    )
}

/// `throwIfConsumerGroupMemberEpochIsInvalid`: the epoch must be the member's own; the one before is accepted from a
/// member that owns nothing beyond what it may, because the answer with the new one may have been lost.
pub(super) fn check_epoch(
    member: &ConsumerGroupMember,
    received: GroupEpoch,
    owned: Option<&[TopicPartition]>,
) -> Result<(), Refusal> {
    let fenced = |than: &str| {
        refuse(
            ErrorCode::FencedMemberEpoch,
            format!(
                "The consumer group member has a {than} member epoch ({received}) than the one known by the group \
                 coordinator ({}). The member must abandon all its partitions and rejoin.",
                member.epoch
            ),
        )
    };
    if received > member.epoch {
        return fenced("greater");
    }
    let owns_its_own =
        || owned.is_some_and(|owned| owned.iter().all(|tp| member.assigned.binary_search(tp).is_ok()));
    if received < member.epoch && (received != member.previous_epoch || !owns_its_own()) {
        return fenced("smaller");
    }
    Ok(())
}
