//! The consumer protocol (KIP-848): ConsumerGroupHeartbeat (68) is join, sign of life, acknowledgement and leave in one.

use crate::{ClientId, ErrorCode, GroupEpoch, GroupId, MemberId, Span, TopicName, TopicPartition};
use std::sync::Arc;

/// A member's heartbeat. What has not changed since the last one is left out (`None`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerGroupHeartbeatRequest {
    /// `group.id`.
    pub group: GroupId,
    /// Empty on the first one.
    pub member: MemberId,
    /// The epoch that the member has reached; [`GroupEpoch::JOIN`], [`GroupEpoch::LEAVE`] or
    /// [`GroupEpoch::LEAVE_STATIC`].
    pub member_epoch: GroupEpoch,
    /// `group.instance.id` of a static member.
    pub group_instance_id: Option<Arc<str>>,
    /// `client.rack`.
    pub rack: Option<Arc<str>>,
    /// `client.id`.
    pub client_id: ClientId,
    /// Where the client runs, for `describe`.
    pub client_host: Arc<str>,
    /// `max.poll.interval.ms`: how long the coordinator waits for this member to give partitions up.
    pub rebalance_timeout: Option<Span>,
    /// What it subscribes to, sorted.
    pub subscribed_topic_names: Option<Arc<[TopicName]>>,
    /// `group.remote.assignor`.
    pub server_assignor: Option<Arc<str>>,
    /// What the member owns, sorted: an acknowledgement of what it gave up.
    pub topic_partitions: Option<Vec<TopicPartition>>,
}

impl ConsumerGroupHeartbeatRequest {
    /// True if it is a sign of life and nothing else.
    pub fn is_plain(&self) -> bool {
        self.member_epoch.0 > 0
            && self.rebalance_timeout.is_none()
            && self.subscribed_topic_names.is_none()
            && self.server_assignor.is_none()
            && self.topic_partitions.is_none()
    }
}

/// The coordinator's answer: the member's next epoch, and what it shall own if that has changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerGroupHeartbeatResponse {
    /// Success, or why not.
    pub error: ErrorCode,
    /// Kafka's sentence about the error.
    pub error_message: Option<Arc<str>>,
    /// The member's id; the coordinator names a member that has none.
    pub member: MemberId,
    /// The epoch that the member is in from now on.
    pub member_epoch: GroupEpoch,
    /// `group.consumer.heartbeat.interval.ms`.
    pub heartbeat_interval: Span,
    /// What the member shall own, sorted; `None` if it is what the last answer said.
    pub assignment: Option<Vec<TopicPartition>>,
}
