//! FindCoordinator (API 10).

use crate::{BrokerId, ErrorCode, GroupId, Partition};

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
