//! What producers with an id ask for: InitProducerId (22), AddPartitionsToTxn (24), AddOffsetsToTxn (25), EndTxn (26),
//! TxnOffsetCommit (28), and FindCoordinator (10) for a transactional id.

use super::CommittedOffset;
use crate::{
    BrokerId, ErrorCode, Generation, GroupId, MemberId, ProducerEpoch, ProducerId, Span, TopicPartition,
};
use std::sync::Arc;

/// Asks for a producer id; with a `transactional.id`, for the next epoch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InitProducerIdRequest {
    /// `transactional.id`.
    pub transactional_id: Option<Arc<str>>,
    /// `transaction.timeout.ms`; without meaning if there is no `transactional.id`.
    pub transaction_timeout: Span,
    /// The id that the producer has; -1 (`NO_PRODUCER_ID`) for a new one.
    pub producer_id: ProducerId,
    /// Its epoch; [`ProducerEpoch::NONE`] without an id.
    pub producer_epoch: ProducerEpoch,
}

/// A producer's id and epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InitProducerIdResponse {
    /// Success, or why not.
    pub error: ErrorCode,
    /// The id; -1 on error.
    pub producer_id: ProducerId,
    /// The epoch to begin with; -1 on error.
    pub producer_epoch: ProducerEpoch,
}

/// Says which partitions the transaction will write to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AddPartitionsToTxnRequest {
    /// `transactional.id`.
    pub transactional_id: Arc<str>,
    /// The producer's id.
    pub producer_id: ProducerId,
    /// Its epoch.
    pub producer_epoch: ProducerEpoch,
    /// The partitions.
    pub partitions: Vec<TopicPartition>,
}

/// Commits or aborts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EndTxnRequest {
    /// `transactional.id`.
    pub transactional_id: Arc<str>,
    /// The producer's id.
    pub producer_id: ProducerId,
    /// Its epoch.
    pub producer_epoch: ProducerEpoch,
    /// True to commit.
    pub committed: bool,
}

/// Asks who coordinates a transactional id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FindTxnCoordinatorRequest {
    /// `transactional.id`.
    pub transactional_id: Arc<str>,
}

/// Its coordinator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FindTxnCoordinatorResponse {
    /// Success, or why not.
    pub error: ErrorCode,
    /// The coordinator, on success.
    pub coordinator: Option<BrokerId>,
}

/// Says that a group's offsets will be part of the transaction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AddOffsetsToTxnRequest {
    /// `transactional.id`.
    pub transactional_id: Arc<str>,
    /// The producer's id.
    pub producer_id: ProducerId,
    /// Its epoch.
    pub producer_epoch: ProducerEpoch,
    /// The group.
    pub group: GroupId,
}

/// Asks the group's coordinator to remember positions, once the transaction is committed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TxnOffsetCommitRequest {
    /// `transactional.id`.
    pub transactional_id: Arc<str>,
    /// The producer's id.
    pub producer_id: ProducerId,
    /// Its epoch.
    pub producer_epoch: ProducerEpoch,
    /// The group.
    pub group: GroupId,
    /// The member's generation, in the consumer protocol its epoch; `NONE` if only the group's name is known.
    pub generation: Generation,
    /// The member; empty if only the group's name is known.
    pub member: MemberId,
    /// `group.instance.id` of a static member.
    pub group_instance_id: Option<Arc<str>>,
    /// The positions.
    pub offsets: Vec<(TopicPartition, CommittedOffset)>,
}

/// Anything that a producer with an id asks for besides Produce.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TxnRequest {
    /// Who am I?
    InitProducerId(InitProducerIdRequest),
    /// I am going to write here.
    AddPartitionsToTxn(AddPartitionsToTxnRequest),
    /// That was all.
    EndTxn(EndTxnRequest),
    /// Who coordinates my transactions?
    FindCoordinator(FindTxnCoordinatorRequest),
    /// I am going to commit offsets of this group.
    AddOffsetsToTxn(AddOffsetsToTxnRequest),
    /// These are they.
    TxnOffsetCommit(TxnOffsetCommitRequest),
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TxnResponse {
    /// To [`TxnRequest::InitProducerId`].
    InitProducerId(InitProducerIdResponse),
    /// To [`TxnRequest::AddPartitionsToTxn`]: success, or why not, for each partition.
    AddPartitionsToTxn(Vec<(TopicPartition, ErrorCode)>),
    /// To [`TxnRequest::EndTxn`]: success, or why not.
    EndTxn(ErrorCode),
    /// To [`TxnRequest::FindCoordinator`].
    FindCoordinator(FindTxnCoordinatorResponse),
    /// To [`TxnRequest::AddOffsetsToTxn`]: success, or why not.
    AddOffsetsToTxn(ErrorCode),
    /// To [`TxnRequest::TxnOffsetCommit`]: success, or why not, for each partition.
    TxnOffsetCommit(Vec<(TopicPartition, ErrorCode)>),
}

impl TxnRequest {
    /// Kafka's name of the API.
    pub fn api(&self) -> &'static str {
        match self {
            TxnRequest::InitProducerId(_) => "InitProducerId",
            TxnRequest::AddPartitionsToTxn(_) => "AddPartitionsToTxn",
            TxnRequest::EndTxn(_) => "EndTxn",
            TxnRequest::FindCoordinator(_) => "FindCoordinator",
            TxnRequest::AddOffsetsToTxn(_) => "AddOffsetsToTxn",
            TxnRequest::TxnOffsetCommit(_) => "TxnOffsetCommit",
        }
    }
}

impl TxnResponse {
    /// Kafka's name of the API.
    pub fn api(&self) -> &'static str {
        match self {
            TxnResponse::InitProducerId(_) => "InitProducerId",
            TxnResponse::AddPartitionsToTxn(_) => "AddPartitionsToTxn",
            TxnResponse::EndTxn(_) => "EndTxn",
            TxnResponse::FindCoordinator(_) => "FindCoordinator",
            TxnResponse::AddOffsetsToTxn(_) => "AddOffsetsToTxn",
            TxnResponse::TxnOffsetCommit(_) => "TxnOffsetCommit",
        }
    }
}
