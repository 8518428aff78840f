//! What producers with an id ask for: InitProducerId (22), AddPartitionsToTxn (24), EndTxn (26).

use crate::{ErrorCode, ProducerEpoch, ProducerId, Span, TopicPartition};
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

/// Anything that a producer with an id asks for besides Produce.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TxnRequest {
    /// Who am I?
    InitProducerId(InitProducerIdRequest),
    /// I am going to write here.
    AddPartitionsToTxn(AddPartitionsToTxnRequest),
    /// That was all.
    EndTxn(EndTxnRequest),
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
}

impl TxnRequest {
    /// Kafka's name of the API.
    pub fn api(&self) -> &'static str {
        match self {
            TxnRequest::InitProducerId(_) => "InitProducerId",
            TxnRequest::AddPartitionsToTxn(_) => "AddPartitionsToTxn",
            TxnRequest::EndTxn(_) => "EndTxn",
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
        }
    }
}
