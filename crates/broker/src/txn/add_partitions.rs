//! AddPartitionsToTxn: these partitions will get a marker (`TransactionCoordinator.handleAddPartitionsToTransaction`).

use super::{Answered, TxnMetadata, TxnState, of_producer, transitioned};
use crate::{Broker, Event};
use millrace_model::protocol::{AddPartitionsToTxnRequest, TxnResponse};
use millrace_model::{ErrorCode, Time, TopicPartition};

/// The first partition opens the transaction. If one of them does not exist, none is added.
pub(super) fn add_partitions(broker: &Broker, now: Time, request: &AddPartitionsToTxnRequest) -> Answered {
    let exists = |tp: &TopicPartition| broker.partition(tp).is_some();
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
    let mut next = TxnMetadata { state: TxnState::Ongoing, updated_at: now, ..known.clone() };
    if known.state != TxnState::Ongoing {
        next.started_at = Some(now);
    }
    next.partitions.extend(request.partitions.iter().cloned());
    Ok(Some(next))
}
