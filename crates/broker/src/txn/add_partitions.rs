//! AddPartitionsToTxn: these partitions will get a marker (`TransactionCoordinator.handleAddPartitionsToTransaction`).

use super::{Answered, TxnMetadata, TxnState, of_producer, transitioned};
use crate::{Broker, Event};
use millrace_model::protocol::{AddPartitionsToTxnRequest, TxnResponse};
use millrace_model::{ErrorCode, Time, TopicPartition};

/// The first partition opens the transaction. If one of them does not exist, none is added.
pub(super) fn add_partitions(broker: &Broker, now: Time, request: &AddPartitionsToTxnRequest) -> Answered {
    let exists = |tp: &TopicPartition| broker.partition(tp).is_some();
    if request.verify_only {
        return verify(broker, request);
    }
    if !request.partitions.iter().all(exists) {
        let error = |tp: &TopicPartition| match exists(tp) {
            true => ErrorCode::OperationNotAttempted,
            false => ErrorCode::UnknownTopicOrPartition,
        };
        let partitions = request.partitions.iter().map(|tp| (tp.clone(), error(tp))).collect();
        let words = Some("a partition does not exist");
        let rejected = Event::rejected(
            "AddPartitionsToTxn",
            &request.transactional_id,
            ErrorCode::UnknownTopicOrPartition,
            words,
        );
        return (vec![rejected], TxnResponse::AddPartitionsToTxn(partitions));
    }
    let (error, events) = match added(broker, now, request) {
        Ok(Some(metadata)) => (ErrorCode::None, vec![transitioned(&request.transactional_id, metadata)]),
        Ok(None) => (ErrorCode::None, Vec::new()),
        Err(error) => {
            let rejected = Event::rejected("AddPartitionsToTxn", &request.transactional_id, error, None);
            (error, vec![rejected])
        }
    };
    let partitions = request.partitions.iter().map(|tp| (tp.clone(), error)).collect();
    (events, TxnResponse::AddPartitionsToTxn(partitions))
}

/// Whether partitions belong to the transaction (`handleVerifyPartitionsInTransaction`). What is about to be written is not looked
/// at: the append has the last word.
pub(super) fn verified(broker: &Broker, request: &AddPartitionsToTxnRequest) -> Vec<ErrorCode> {
    let known = broker.txn_coordinator().transaction(&request.transactional_id);
    let refused = match known {
        None => Some(ErrorCode::InvalidProducerIdMapping),
        Some(known) if known.producer_id != request.producer_id => Some(ErrorCode::InvalidProducerIdMapping),
        Some(known) if known.producer_epoch != request.producer_epoch => Some(ErrorCode::ProducerFenced),
        Some(known) => match known.state {
            TxnState::PrepareCommit | TxnState::PrepareAbort => Some(ErrorCode::ConcurrentTransactions),
            TxnState::Empty | TxnState::Ongoing | TxnState::CompleteCommit | TxnState::CompleteAbort => None,
        },
    };
    let belongs = |tp: &TopicPartition| match known.is_some_and(|known| known.partitions.contains(tp)) {
        true => ErrorCode::None,
        false => ErrorCode::TransactionAbortable,
    };
    request.partitions.iter().map(|tp| refused.unwrap_or_else(|| belongs(tp))).collect()
}

fn verify(broker: &Broker, request: &AddPartitionsToTxnRequest) -> Answered {
    let errors = verified(broker, request);
    let id = &request.transactional_id;
    let refused = errors.iter().find(|error| **error != ErrorCode::None);
    let events = refused.map(|error| Event::rejected("AddPartitionsToTxn", id, *error, None));
    let partitions = request.partitions.iter().cloned().zip(errors).collect();
    (events.into_iter().collect(), TxnResponse::AddPartitionsToTxn(partitions))
}

/// The transaction with its new partitions; nothing if it has them all.
pub(super) fn added(
    broker: &Broker,
    now: Time,
    request: &AddPartitionsToTxnRequest,
) -> Result<Option<TxnMetadata>, ErrorCode> {
    let producer = (request.producer_id, request.producer_epoch);
    let known = of_producer(broker, &request.transactional_id, producer)?;
    match known.state {
        TxnState::PrepareCommit | TxnState::PrepareAbort => return Err(ErrorCode::ConcurrentTransactions),
        TxnState::Ongoing if request.partitions.iter().all(|tp| known.partitions.contains(tp)) => {
            return Ok(None);
        }
        TxnState::Ongoing | TxnState::Empty | TxnState::CompleteCommit | TxnState::CompleteAbort => {}
    }
    let (state, client_version) = (TxnState::Ongoing, request.version);
    let mut next = TxnMetadata { state, client_version, updated_at: now, ..known.clone() };
    if known.state != TxnState::Ongoing {
        next.started_at = Some(now);
    }
    next.partitions.extend(request.partitions.iter().cloned());
    Ok(Some(next))
}
