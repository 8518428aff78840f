//! FindCoordinator (API 10).

use crate::{BrokerId, ErrorCode, GroupId, Partition};
use std::sync::Arc;

/// Asks who coordinates a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FindCoordinatorRequest {
    /// The group.
    pub group: GroupId,
}

/// The broker that leads the group's partition of `__consumer_offsets`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FindCoordinatorResponse {
    /// Success, or why not.
    pub error: ErrorCode,
    /// The coordinator, on success.
    pub coordinator: Option<BrokerId>,
    /// `abs(hash(group.id)) % offsets.topic.num.partitions`. Not on Kafka's wire; shown to the learner.
    pub offsets_partition: Partition,
}

/// Asks for the state of a group (DescribeGroups, and ConsumerGroupDescribe for the consumer protocol).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribeGroupsRequest {
    /// `group.id`.
    pub group: GroupId,
}

/// Its state under Kafka's name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribeGroupsResponse {
    /// Success, or why not.
    pub error: ErrorCode,
    /// `Stable`, `Empty` … and `Dead` for a group that nobody knows.
    pub state: Arc<str>,
}
