//! EndTxn: from here on the outcome is certain (`TransactionCoordinator.endTransaction`).

use super::{Answered, TxnMetadata, TxnState, of_producer, transitioned};
use crate::{Broker, Event};
use millrace_model::protocol::{EndTxnRequest, TxnResponse};
use millrace_model::{ErrorCode, Time};

/// Answers as soon as the decision is written; the markers follow.
pub(super) fn end_txn(broker: &Broker, now: Time, request: &EndTxnRequest) -> Answered {
    let (error, events) = match ended(broker, now, request) {
        Ok(Some(metadata)) => (ErrorCode::None, vec![transitioned(&request.transactional_id, metadata)]),
        Ok(None) => (ErrorCode::None, Vec::new()),
        Err(error) => (error, vec![Event::rejected("EndTxn", &request.transactional_id, error, None)]),
    };
    (events, TxnResponse::EndTxn(error))
}

/// The transaction with its end; nothing if it has ended so already.
fn ended(broker: &Broker, now: Time, request: &EndTxnRequest) -> Result<Option<TxnMetadata>, ErrorCode> {
    let producer = (request.producer_id, request.producer_epoch);
    let known = of_producer(broker, &request.transactional_id, producer)?;
    let state = match (known.state, request.committed) {
        (TxnState::Ongoing, true) => TxnState::PrepareCommit,
        (TxnState::Ongoing, false) => TxnState::PrepareAbort,
        (TxnState::CompleteCommit, true) | (TxnState::CompleteAbort, false) => return Ok(None),
        (TxnState::PrepareCommit, true) | (TxnState::PrepareAbort, false) => {
            return Err(ErrorCode::ConcurrentTransactions);
        }
        (TxnState::Empty, _)
        | (TxnState::CompleteCommit | TxnState::PrepareCommit, false)
        | (TxnState::CompleteAbort | TxnState::PrepareAbort, true) => return Err(ErrorCode::InvalidTxnState),
    };
    Ok(Some(TxnMetadata { state, updated_at: now, ..known.clone() }))
}
