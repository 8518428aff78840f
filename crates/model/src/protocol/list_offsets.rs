//! ListOffsets (API 2).

use crate::protocol::IsolationLevel;
use crate::{ErrorCode, LeaderEpoch, Offset, Timestamp, TopicPartition};

/// What is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OffsetSpec {
    /// `-2`: the log start offset.
    Earliest,
    /// `-1`: the high watermark (or the last stable offset for read_committed).
    Latest,
    /// `-3`: the offset of the record with the largest timestamp.
    MaxTimestamp,
    /// The first offset whose timestamp is this or later.
    Timestamp(Timestamp),
}

/// Asks for offsets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListOffsetsRequest {
    /// `isolation.level`.
    pub isolation_level: IsolationLevel,
    /// What to look up where.
    pub partitions: Vec<(TopicPartition, OffsetSpec)>,
}

/// The answer, in the order of the request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListOffsetsResponse {
    /// One entry for each partition asked.
    pub partitions: Vec<ListedOffset>,
}

/// One offset found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListedOffset {
    /// The partition.
    pub tp: TopicPartition,
    /// Success, or why not.
    pub error: ErrorCode,
    /// The timestamp found; `NONE` for earliest and latest.
    pub timestamp: Timestamp,
    /// The offset; -1 if no record has such a timestamp.
    pub offset: Offset,
    /// The leader epoch of that offset.
    pub leader_epoch: LeaderEpoch,
}
