//! Fetch (API 1).

use crate::{
    BrokerEpoch, BrokerId, ErrorCode, LeaderEpoch, Offset, ProducerId, Span, StoredBatch, TopicPartition,
};
use std::sync::Arc;

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
    /// `client.rack` of who reads.
    pub rack_id: Option<Arc<str>>,
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
    /// For `read_committed`: the aborted transactions in it, each with its producer and its first offset.
    pub aborted_transactions: Vec<(ProducerId, Offset)>,
    /// Who shall be asked from now on, if another replica is closer (KIP-392): then there are no records in this answer.
    pub preferred_read_replica: Option<BrokerId>,
}

/// A follower asks its leader for records: the same API with a replica id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FollowerFetchRequest {
    /// Who asks (`ReplicaState.ReplicaId`).
    pub replica: BrokerId,
    /// Under which registration (`ReplicaState.ReplicaEpoch`).
    pub replica_epoch: BrokerEpoch,
    /// `replica.fetch.wait.max.ms`.
    pub max_wait: Span,
    /// `replica.fetch.min.bytes`.
    pub min_bytes: usize,
    /// `replica.fetch.response.max.bytes`.
    pub max_bytes: usize,
    /// The positions.
    pub partitions: Vec<FollowerFetchPartition>,
}

/// One position of a follower's fetch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FollowerFetchPartition {
    /// The partition.
    pub tp: TopicPartition,
    /// Where the follower's log ends.
    pub fetch_offset: Offset,
    /// Where it begins.
    pub log_start_offset: Offset,
    /// The epoch of the leadership that it follows.
    pub current_leader_epoch: LeaderEpoch,
    /// The epoch of its last record, if it has any: the leader compares (KIP-595).
    pub last_fetched_epoch: Option<LeaderEpoch>,
    /// `replica.fetch.max.bytes`.
    pub partition_max_bytes: usize,
}

/// The answer to a follower, one entry for each position.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FollowerFetchResponse {
    /// In the order of the request.
    pub partitions: Vec<FollowerFetchedPartition>,
}

/// What one position gave a follower.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FollowerFetchedPartition {
    /// The partition.
    pub tp: TopicPartition,
    /// Success, or why not.
    pub error: ErrorCode,
    /// From where on was asked, and under which epoch: Kafka's follower remembers its request, ours is reminded.
    pub asked: (Offset, LeaderEpoch),
    /// The leader's high watermark.
    pub high_watermark: Offset,
    /// Where the leader's log begins and ends. Kafka's follower asks for that with ListOffsets when it is out of range.
    pub log_range: (Offset, Offset),
    /// Set if the follower's last records are not the leader's: the largest epoch that both may share, and where it ends.
    pub diverging_epoch: Option<(LeaderEpoch, Offset)>,
    /// Whole batches up to the leader's log end.
    pub batches: Vec<StoredBatch>,
}
