//! Produce (API 0).

use crate::config::producer::Acks;
use crate::{Batch, ErrorCode, Offset, Span, Timestamp, TopicPartition, TransactionVersion};
use std::sync::Arc;

/// Batches for the partitions that one broker leads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProduceRequest {
    /// `acks`.
    pub acks: Acks,
    /// How long the broker may wait for replicas (`request.timeout.ms`).
    pub timeout: Span,
    /// One batch for each partition named.
    pub data: Vec<(TopicPartition, Arc<Batch>)>,
    /// The transaction that the batches belong to; none without `transactional.id`.
    pub transaction: Option<Box<InTransaction>>,
}

/// Whose transaction a request writes in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InTransaction {
    /// `transactional.id`.
    pub transactional_id: Arc<str>,
    /// From 2 on (version 12 of Produce) the leader adds the partition itself.
    pub version: TransactionVersion,
}

/// One answer for each partition of the request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProduceResponse {
    /// In the order of the request.
    pub partitions: Vec<ProducedPartition>,
}

/// What became of one batch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProducedPartition {
    /// The partition.
    pub tp: TopicPartition,
    /// Success, or why not.
    pub error: ErrorCode,
    /// The offset of the batch's first record; -1 on error.
    pub base_offset: Offset,
    /// The broker's clock, if the topic uses LogAppendTime.
    pub log_append_time: Option<Timestamp>,
    /// The first offset that the log still has.
    pub log_start_offset: Offset,
}
