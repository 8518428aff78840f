//! Fetch (API 1).

use crate::{ErrorCode, LeaderEpoch, Offset, Span, StoredBatch, TopicPartition};

/// `isolation.level`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IsolationLevel {
    /// Up to the high watermark.
    #[default]
    ReadUncommitted,
    /// Up to the last stable offset, without aborted records.
    ReadCommitted,
}

/// Asks for records from positions on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FetchRequest {
    /// `fetch.max.wait.ms`: how long the broker may hold the request.
    pub max_wait: Span,
    /// `fetch.min.bytes`: how much is worth an answer before that.
    pub min_bytes: usize,
    /// `fetch.max.bytes`: for the whole answer; the first batch is sent even if it is larger.
    pub max_bytes: usize,
    /// `isolation.level`.
    pub isolation_level: IsolationLevel,
    /// The positions.
    pub partitions: Vec<FetchPartition>,
}

/// One position of a fetch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FetchPartition {
    /// The partition.
    pub tp: TopicPartition,
    /// The first offset wanted.
    pub fetch_offset: Offset,
    /// The leader epoch that the client believes in, if it knows one.
    pub current_leader_epoch: Option<LeaderEpoch>,
    /// `max.partition.fetch.bytes`.
    pub partition_max_bytes: usize,
}

/// The answer, one entry for each position.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FetchResponse {
    /// In the order of the request.
    pub partitions: Vec<FetchedPartition>,
}

/// What one position gave.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FetchedPartition {
    /// The partition.
    pub tp: TopicPartition,
    /// Success, or why not.
    pub error: ErrorCode,
    /// The high watermark: readers see offsets below it.
    pub high_watermark: Offset,
    /// The last stable offset; equal to the high watermark while no transaction is open.
    pub last_stable_offset: Offset,
    /// The first offset that the log still has.
    pub log_start_offset: Offset,
    /// Whole batches; the first may begin before the offset that was asked for, as in Kafka.
    pub batches: Vec<StoredBatch>,
}
