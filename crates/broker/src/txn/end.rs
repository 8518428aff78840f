//! EndTxn: from here on the outcome is certain (`TransactionCoordinator.endTransaction`).

use super::{Answered, TxnEvent, TxnMetadata, TxnState, event, of_producer, transitioned};
use crate::{Broker, Event};
use millrace_model::protocol::{EndTxnRequest, EndTxnResponse, TxnResponse};
use millrace_model::{ErrorCode, ProducerEpoch, ProducerId, Time};

/// Answers as soon as the decision is written; the markers follow.
pub(super) fn end_txn(broker: &Broker, now: Time, request: &EndTxnRequest) -> Answered {
    let bumps = request.version.supports_epoch_bump();
    let decided = if bumps { ended_with_an_epoch(broker, now, request) } else { ended(broker, now, request) };
    let (answer, events) = match decided {
        Ok(Ended::Now { next, allocates }) => {
            let new = event(TxnEvent::ProducerIdAllocated { producer_id: next.next_producer_id });
            let answer = if bumps { given(&next) } else { EndTxnResponse::of(ErrorCode::None) };
            let decided = transitioned(&request.transactional_id, *next);
            (answer, allocates.then_some(new).into_iter().chain([decided]).collect())
        }
        Ok(Ended::Already(answer)) => (answer, Vec::new()),
        Err(error) => {
            let rejected = Event::rejected("EndTxn", &request.transactional_id, error, None);
            (EndTxnResponse::of(error), vec![rejected])
        }
    };
    (events, TxnResponse::EndTxn(answer))
}

enum Ended {
    /// What is known of the transactional id from now on, and whether another producer id begins with it.
    Now { next: Box<TxnMetadata>, allocates: bool },
    /// It has ended so already.
    Already(EndTxnResponse),
}

/// The transaction with its end; nothing new if it has ended so already.
fn ended(broker: &Broker, now: Time, request: &EndTxnRequest) -> Result<Ended, ErrorCode> {
    let producer = (request.producer_id, request.producer_epoch);
    let known = of_producer(broker, &request.transactional_id, producer)?;
    let state = match (known.state, request.committed) {
        (TxnState::Ongoing, true) => TxnState::PrepareCommit,
        (TxnState::Ongoing, false) => TxnState::PrepareAbort,
        (TxnState::CompleteCommit, true) | (TxnState::CompleteAbort, false) => {
            return Ok(Ended::Already(EndTxnResponse::of(ErrorCode::None)));
        }
        (TxnState::PrepareCommit, true) | (TxnState::PrepareAbort, false) => {
            return Err(ErrorCode::ConcurrentTransactions);
        }
        (TxnState::Empty, _)
        | (TxnState::CompleteCommit | TxnState::PrepareCommit, false)
        | (TxnState::CompleteAbort | TxnState::PrepareAbort, true) => return Err(ErrorCode::InvalidTxnState),
    };
    let next = TxnMetadata { client_version: request.version, ..known.clone() };
    let next = Box::new(next.ending(state, ProducerId::NONE, now));
    Ok(Ended::Now { next, allocates: false })
}

/// The same for transactions of version 2: who asks for the second time is known by the epoch that he had, and an abort needs
/// nothing that has begun.
fn ended_with_an_epoch(broker: &Broker, now: Time, request: &EndTxnRequest) -> Result<Ended, ErrorCode> {
    if request.transactional_id.is_empty() {
        return Err(ErrorCode::InvalidRequest);
    }
    let coordinator = broker.txn_coordinator();
    let known =
        coordinator.transaction(&request.transactional_id).ok_or(ErrorCode::InvalidProducerIdMapping)?;
    let epoch = request.producer_epoch;
    let came_round = known.previous_producer_id == request.producer_id
        && epoch.0 == i16::MAX - 1
        && known.producer_epoch == ProducerEpoch(0);
    if known.producer_id != request.producer_id && !came_round {
        return Err(ErrorCode::InvalidProducerIdMapping);
    }
    let is_repeated = came_round || known.producer_epoch.0.checked_sub(1) == Some(epoch.0);
    let is_its = match known.state {
        TxnState::Ongoing | TxnState::Empty => epoch == known.producer_epoch,
        TxnState::PrepareCommit | TxnState::PrepareAbort => is_repeated,
        TxnState::CompleteCommit | TxnState::CompleteAbort => is_repeated || epoch == known.producer_epoch,
    };
    if coordinator.pending(&request.transactional_id).is_some() {
        return Err(ErrorCode::ConcurrentTransactions);
    }
    if !is_its {
        return Err(ErrorCode::ProducerFenced);
    }
    let state = match (known.state, request.committed) {
        (TxnState::Ongoing, true) => TxnState::PrepareCommit,
        (TxnState::Ongoing | TxnState::Empty, false) => TxnState::PrepareAbort,
        (TxnState::CompleteCommit, true) | (TxnState::CompleteAbort, false) if is_repeated => {
            return Ok(Ended::Already(given(known)));
        }
        // Nothing has begun since: it is aborted all the same, for the next epoch.
        (TxnState::CompleteCommit | TxnState::CompleteAbort, false) if !is_repeated => TxnState::PrepareAbort,
        (TxnState::PrepareCommit, true) | (TxnState::PrepareAbort, false) => {
            return Err(ErrorCode::ConcurrentTransactions);
        }
        (
            TxnState::Empty | TxnState::CompleteCommit | TxnState::CompleteAbort | TxnState::PrepareAbort,
            true,
        )
        | (TxnState::PrepareCommit | TxnState::CompleteCommit | TxnState::CompleteAbort, false) => {
            return Err(ErrorCode::InvalidTxnState);
        }
    };
    let allocates = known.is_epoch_exhausted();
    let next_id = match allocates {
        true => coordinator.next_id(broker.member().map(|_| broker.id())),
        false => ProducerId::NONE,
    };
    let next = TxnMetadata { client_version: request.version, ..known.clone() };
    Ok(Ended::Now { next: Box::new(next.ending(state, next_id, now)), allocates })
}

/// The id and the epoch that the producer goes on with.
fn given(known: &TxnMetadata) -> EndTxnResponse {
    let (producer_id, producer_epoch) = match known.next_producer_id {
        ProducerId::NONE => (known.producer_id, known.producer_epoch),
        next => (next, ProducerEpoch(0)),
    };
    EndTxnResponse { error: ErrorCode::None, producer_id, producer_epoch }
}
