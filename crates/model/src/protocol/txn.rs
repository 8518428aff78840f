//! What producers with an id ask for: InitProducerId (22), AddPartitionsToTxn (24), AddOffsetsToTxn (25), EndTxn (26),
//! TxnOffsetCommit (28), FindCoordinator (10) for a transactional id; and WriteTxnMarkers (27), which brokers ask of each other.

use super::CommittedOffset;
use crate::{
    BrokerId, EndTxnMarker, ErrorCode, Generation, GroupId, MemberId, ProducerEpoch, ProducerId, Span,
    TopicPartition, TransactionVersion,
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

/// Says which partitions the transaction will write to; a leader asks so, too.
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
    /// Nothing is added: a leader asks whether they belong to the transaction.
    pub verify_only: bool,
    /// How the producer writes transactions.
    pub version: TransactionVersion,
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
    /// How the producer writes transactions: from 2 on (version 5 of EndTxn) it is answered with its next epoch.
    pub version: TransactionVersion,
}

/// How a transaction has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EndTxnResponse {
    /// Success, or why not.
    pub error: ErrorCode,
    /// The producer's id from now on; -1 before transactions of version 2.
    pub producer_id: ProducerId,
    /// Its epoch from now on; -1 before transactions of version 2.
    pub producer_epoch: ProducerEpoch,
}

impl EndTxnResponse {
    /// An answer without an epoch.
    pub const fn of(error: ErrorCode) -> EndTxnResponse {
        EndTxnResponse { error, producer_id: ProducerId::NONE, producer_epoch: ProducerEpoch::NONE }
    }
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
    /// `transaction.version` of the cluster. In Kafka a client is told by ApiVersions when it connects.
    pub transaction_version: TransactionVersion,
}

impl FindTxnCoordinatorResponse {
    /// None is found.
    pub fn failed(error: ErrorCode) -> FindTxnCoordinatorResponse {
        FindTxnCoordinatorResponse { error, coordinator: None, transaction_version: TransactionVersion::V0 }
    }
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
    /// How the producer writes transactions: from 2 on (version 5 of TxnOffsetCommit) the coordinator adds the group's partition.
    pub version: TransactionVersion,
}

/// A transaction coordinator has decided: the partitions that the receiver leads get their markers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WriteTxnMarkersRequest {
    /// The producer's id.
    pub producer_id: ProducerId,
    /// Its epoch.
    pub producer_epoch: ProducerEpoch,
    /// Committed or aborted, and which coordinator says so.
    pub marker: EndTxnMarker,
    /// Where.
    pub partitions: Vec<TopicPartition>,
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
    /// Asked by a coordinator: write these markers.
    WriteTxnMarkers(WriteTxnMarkersRequest),
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TxnResponse {
    /// To [`TxnRequest::InitProducerId`].
    InitProducerId(InitProducerIdResponse),
    /// To [`TxnRequest::AddPartitionsToTxn`]: success, or why not, for each partition.
    AddPartitionsToTxn(Vec<(TopicPartition, ErrorCode)>),
    /// To [`TxnRequest::EndTxn`].
    EndTxn(EndTxnResponse),
    /// To [`TxnRequest::FindCoordinator`].
    FindCoordinator(FindTxnCoordinatorResponse),
    /// To [`TxnRequest::AddOffsetsToTxn`]: success, or why not.
    AddOffsetsToTxn(ErrorCode),
    /// To [`TxnRequest::TxnOffsetCommit`]: success, or why not, for each partition.
    TxnOffsetCommit(Vec<(TopicPartition, ErrorCode)>),
    /// To [`TxnRequest::WriteTxnMarkers`]: success, or why not, for each partition.
    WriteTxnMarkers(Vec<(TopicPartition, ErrorCode)>),
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
            TxnRequest::WriteTxnMarkers(_) => "WriteTxnMarkers",
        }
    }

    /// The transactional id that it is about, where its coordinator is asked.
    pub fn of_coordinator(&self) -> Option<&Arc<str>> {
        match self {
            TxnRequest::InitProducerId(request) => request.transactional_id.as_ref(),
            TxnRequest::AddPartitionsToTxn(request) => Some(&request.transactional_id),
            TxnRequest::EndTxn(request) => Some(&request.transactional_id),
            TxnRequest::AddOffsetsToTxn(request) => Some(&request.transactional_id),
            TxnRequest::FindCoordinator(_)
            | TxnRequest::TxnOffsetCommit(_)
            | TxnRequest::WriteTxnMarkers(_) => None,
        }
    }

    /// The answer that this is refused with.
    pub fn refused(&self, error: ErrorCode) -> TxnResponse {
        let all = |partitions: &[TopicPartition]| partitions.iter().map(|tp| (tp.clone(), error)).collect();
        match self {
            TxnRequest::InitProducerId(_) => TxnResponse::InitProducerId(InitProducerIdResponse {
                error,
                producer_id: ProducerId::NONE,
                producer_epoch: ProducerEpoch::NONE,
            }),
            TxnRequest::AddPartitionsToTxn(request) => {
                TxnResponse::AddPartitionsToTxn(all(&request.partitions))
            }
            TxnRequest::EndTxn(_) => TxnResponse::EndTxn(EndTxnResponse::of(error)),
            TxnRequest::FindCoordinator(_) => {
                TxnResponse::FindCoordinator(FindTxnCoordinatorResponse::failed(error))
            }
            TxnRequest::AddOffsetsToTxn(_) => TxnResponse::AddOffsetsToTxn(error),
            TxnRequest::TxnOffsetCommit(request) => TxnResponse::TxnOffsetCommit(
                request.offsets.iter().map(|(tp, _)| (tp.clone(), error)).collect(),
            ),
            TxnRequest::WriteTxnMarkers(request) => TxnResponse::WriteTxnMarkers(all(&request.partitions)),
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
            TxnResponse::WriteTxnMarkers(_) => "WriteTxnMarkers",
        }
    }

    /// The same answer with an error, for a success that did not come about.
    pub fn fail(&mut self, error: ErrorCode) {
        match self {
            TxnResponse::InitProducerId(answer) => {
                let (producer_id, producer_epoch) = (ProducerId::NONE, ProducerEpoch::NONE);
                *answer = InitProducerIdResponse { error, producer_id, producer_epoch };
            }
            TxnResponse::EndTxn(answer) => *answer = EndTxnResponse::of(error),
            TxnResponse::AddOffsetsToTxn(code) => *code = error,
            TxnResponse::FindCoordinator(answer) => *answer = FindTxnCoordinatorResponse::failed(error),
            TxnResponse::AddPartitionsToTxn(partitions)
            | TxnResponse::TxnOffsetCommit(partitions)
            | TxnResponse::WriteTxnMarkers(partitions) => {
                partitions.iter_mut().for_each(|(_, code)| *code = error);
            }
        }
    }
}
