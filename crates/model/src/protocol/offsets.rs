//! OffsetCommit (8) and OffsetFetch (9).

use crate::{ErrorCode, Generation, GroupEpoch, GroupId, LeaderEpoch, MemberId, Offset, TopicPartition};
use std::sync::Arc;

/// A position that a group wants remembered: the next offset to read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CommittedOffset {
    /// The next offset to read.
    pub offset: Offset,
    /// The leader epoch of the last record read, if known.
    pub leader_epoch: Option<LeaderEpoch>,
    /// Words of the committer's own.
    pub metadata: Arc<str>,
}

/// Asks the coordinator to remember positions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OffsetCommitRequest {
    /// `group.id`.
    pub group: GroupId,
    /// The member's generation, in the consumer protocol its epoch; `NONE` from a consumer that assigns itself.
    pub generation: Generation,
    /// The member; empty from a consumer that assigns itself.
    pub member: MemberId,
    /// `group.instance.id` of a static member.
    pub group_instance_id: Option<Arc<str>>,
    /// The positions.
    pub offsets: Vec<(TopicPartition, CommittedOffset)>,
}

/// One answer for each partition, in the order of the request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OffsetCommitResponse {
    /// Success, or why not.
    pub partitions: Vec<(TopicPartition, ErrorCode)>,
}

/// Asks how far a group is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OffsetFetchRequest {
    /// `group.id`.
    pub group: GroupId,
    /// Who asks and in which epoch; only members of the consumer protocol say so (KIP-848).
    pub member: Option<(MemberId, GroupEpoch)>,
    /// The partitions; `None` asks for all that the group has committed.
    pub partitions: Option<Vec<TopicPartition>>,
    /// A partition for which an open transaction has offsets is an error (KIP-447); consumers ask so, tools do not.
    pub require_stable: bool,
}

/// What was committed; a partition without a commit has `None`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OffsetFetchResponse {
    /// For the group as a whole.
    pub error: ErrorCode,
    /// In the order of the request.
    pub partitions: Vec<(TopicPartition, Option<CommittedOffset>)>,
}
