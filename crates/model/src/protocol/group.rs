//! The classic group protocol: JoinGroup (11), SyncGroup (14), Heartbeat (12), LeaveGroup (13).

use crate::{Bytes, ClientId, ErrorCode, Generation, GroupId, MemberId, Span, TopicName, TopicPartition};
use std::sync::Arc;

/// What a member wants to read: `ConsumerProtocolSubscription`, kept as values where Kafka sends bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subscription {
    /// Topics, sorted.
    pub topics: Vec<TopicName>,
    /// An assignor's own data (the sticky assignor's previous assignment).
    pub user_data: Option<Bytes>,
    /// What the member still owns (cooperative protocols).
    pub owned_partitions: Vec<TopicPartition>,
    /// The generation in which it got them.
    pub generation: Generation,
    /// `client.rack`.
    pub rack: Option<Arc<str>>,
}

/// What a member shall read: `ConsumerProtocolAssignment`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Assignment {
    /// Its partitions, in the assignor's order.
    pub partitions: Vec<TopicPartition>,
    /// An assignor's own data.
    pub user_data: Option<Bytes>,
}

/// Asks to be let into a group, or back into it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JoinGroupRequest {
    /// `group.id`.
    pub group: GroupId,
    /// Empty on the first try.
    pub member: MemberId,
    /// `group.instance.id` of a static member.
    pub group_instance_id: Option<Arc<str>>,
    /// `client.id`.
    pub client_id: ClientId,
    /// Where the client runs, for `describe`.
    pub client_host: Arc<str>,
    /// `session.timeout.ms`.
    pub session_timeout: Span,
    /// `max.poll.interval.ms`: how long the others wait for this member to join again.
    pub rebalance_timeout: Span,
    /// Assignors the member knows, in the order of its preference, each with its subscription.
    pub protocols: Vec<(Arc<str>, Subscription)>,
    /// Why it joins, in words (KIP-800).
    pub reason: Arc<str>,
}

/// One member, as the leader learns of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JoinedMember {
    /// Its id.
    pub member: MemberId,
    /// `group.instance.id` of a static member.
    pub group_instance_id: Option<Arc<str>>,
    /// Its subscription for the chosen protocol.
    pub subscription: Subscription,
}

/// Sent to every member once all have joined.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JoinGroupResponse {
    /// Success, `MEMBER_ID_REQUIRED`, or another reason to try again.
    pub error: ErrorCode,
    /// The new generation.
    pub generation: Generation,
    /// The assignor chosen: the best-voted one that all members know.
    pub protocol: Arc<str>,
    /// The member that shall assign.
    pub leader: MemberId,
    /// The receiver's own id.
    pub member: MemberId,
    /// All members, for the leader; empty for the others.
    pub members: Vec<JoinedMember>,
    /// KIP-814: the leader of a group whose assignment stays may skip it.
    pub skip_assignment: bool,
}

/// The leader's assignment; from the others, the question for theirs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SyncGroupRequest {
    /// `group.id`.
    pub group: GroupId,
    /// The generation that the member joined.
    pub generation: Generation,
    /// Its id.
    pub member: MemberId,
    /// `group.instance.id` of a static member.
    pub group_instance_id: Option<Arc<str>>,
    /// From the leader: everybody's assignment.
    pub assignments: Vec<(MemberId, Assignment)>,
}

/// The receiver's own assignment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SyncGroupResponse {
    /// Success, or why not.
    pub error: ErrorCode,
    /// The assignor that was chosen.
    pub protocol: Arc<str>,
    /// What to read.
    pub assignment: Assignment,
}

/// A sign of life.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HeartbeatRequest {
    /// `group.id`.
    pub group: GroupId,
    /// The member's generation.
    pub generation: Generation,
    /// Its id.
    pub member: MemberId,
    /// `group.instance.id` of a static member.
    pub group_instance_id: Option<Arc<str>>,
}

/// Success, `REBALANCE_IN_PROGRESS` (join again), `ILLEGAL_GENERATION`, `UNKNOWN_MEMBER_ID` (you are out) …
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HeartbeatResponse {
    /// See the type.
    pub error: ErrorCode,
}

/// A member goes by itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LeaveGroupRequest {
    /// `group.id`.
    pub group: GroupId,
    /// Its id.
    pub member: MemberId,
    /// `group.instance.id` of a static member.
    pub group_instance_id: Option<Arc<str>>,
    /// Why, in words (KIP-800): "the consumer is being closed", "consumer poll timeout has expired."
    pub reason: Arc<str>,
}

/// Success, or why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LeaveGroupResponse {
    /// See the type.
    pub error: ErrorCode,
}
