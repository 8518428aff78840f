//! InitProducerId: who am I, and whoever was it before may not write any more
//! (`TransactionCoordinator.handleInitProducerId`).

use super::{Answered, TxnEvent, TxnMetadata, TxnState, event, transitioned};
use crate::{Broker, Event};
use millrace_model::protocol::{InitProducerIdRequest, InitProducerIdResponse, TxnResponse};
use millrace_model::{ErrorCode, ProducerEpoch, ProducerId, Set, Span, Time};

/// `transaction.max.timeout.ms`.
const MAX_TIMEOUT: Span = Span::from_secs(900);

pub(super) fn init_producer_id(broker: &Broker, now: Time, request: &InitProducerIdRequest) -> Answered {
    let mut events = Vec::new();
    let (error, (producer_id, producer_epoch)) = match &request.transactional_id {
        // Without a transactional id every broker answers, and every time with a new id.
        None => (ErrorCode::None, (allocated(broker, &mut events), ProducerEpoch(0))),
        Some(id) => match initialized(broker, now, id, request, &mut events) {
            Ok(producer) => (ErrorCode::None, producer),
            Err(error) => {
                events.push(Event::rejected("InitProducerId", id, error, None));
                (error, (ProducerId::NONE, ProducerEpoch::NONE))
            }
        },
    };
    let answer = InitProducerIdResponse { error, producer_id, producer_epoch };
    (events, TxnResponse::InitProducerId(answer))
}

fn allocated(broker: &Broker, events: &mut Vec<Event>) -> ProducerId {
    let producer_id = broker.txn_coordinator().next_id(broker.member().map(|_| broker.id()));
    events.push(event(TxnEvent::ProducerIdAllocated { producer_id }));
    producer_id
}

/// A transactional id with its next epoch. An open transaction of its predecessor is aborted first: then the answer is
/// `CONCURRENT_TRANSACTIONS`, and the producer asks again.
fn initialized(
    broker: &Broker,
    now: Time,
    id: &str,
    request: &InitProducerIdRequest,
    events: &mut Vec<Event>,
) -> Result<(ProducerId, ProducerEpoch), ErrorCode> {
    if id.is_empty() {
        return Err(ErrorCode::InvalidRequest);
    }
    let timeout = request.transaction_timeout;
    if timeout == Span::ZERO || timeout > MAX_TIMEOUT {
        return Err(ErrorCode::InvalidTransactionTimeout);
    }
    let known = match broker.txn_coordinator().transaction(id) {
        Some(known) => known.clone(),
        None if broker.txn_coordinator().pending(id).is_some() => {
            return Err(ErrorCode::ConcurrentTransactions);
        }
        None => TxnMetadata::new(allocated(broker, events), timeout, now),
    };
    let expected = (request.producer_id != ProducerId::NONE).then_some(request.producer_epoch);
    if expected.is_some()
        && known.producer_epoch != ProducerEpoch::NONE
        && request.producer_id != known.producer_id
    {
        return Err(ErrorCode::ProducerFenced);
    }
    if broker.txn_coordinator().pending(id).is_some() {
        return Err(ErrorCode::ConcurrentTransactions);
    }
    match known.state {
        TxnState::PrepareCommit | TxnState::PrepareAbort => return Err(ErrorCode::ConcurrentTransactions),
        TxnState::Ongoing => {
            events.push(transitioned(id, known.fenced(now)));
            return Err(ErrorCode::ConcurrentTransactions);
        }
        TxnState::Empty | TxnState::CompleteCommit | TxnState::CompleteAbort => {}
    }
    let rotates = known.is_epoch_exhausted() && expected.is_none_or(|epoch| epoch == known.producer_epoch);
    let (producer_id, producer_epoch, last_producer_epoch) = if rotates {
        let last = expected.map_or(ProducerEpoch::NONE, |_| known.producer_epoch);
        (allocated(broker, events), ProducerEpoch(0), last)
    } else {
        let (epoch, last) = next_epoch(&known, expected)?;
        (known.producer_id, epoch, last)
    };
    let next = TxnMetadata {
        producer_id,
        producer_epoch,
        last_producer_epoch,
        timeout,
        state: TxnState::Empty,
        partitions: Set::new(),
        started_at: None,
        updated_at: now,
        client_version: known.client_version,
        previous_producer_id: ProducerId::NONE,
        next_producer_id: ProducerId::NONE,
    };
    events.push(transitioned(id, next));
    Ok((producer_id, producer_epoch))
}

/// The epoch that follows, and the one before it (`prepareIncrementProducerEpoch`). Who asks for the second time gets the
/// same again.
fn next_epoch(
    known: &TxnMetadata,
    expected: Option<ProducerEpoch>,
) -> Result<(ProducerEpoch, ProducerEpoch), ErrorCode> {
    match expected {
        None => Ok((known.next_epoch(), ProducerEpoch::NONE)),
        Some(epoch) if known.producer_epoch == ProducerEpoch::NONE || epoch == known.producer_epoch => {
            Ok((known.next_epoch(), known.producer_epoch))
        }
        Some(epoch) if epoch == known.last_producer_epoch => {
            Ok((known.producer_epoch, known.last_producer_epoch))
        }
        Some(_) => Err(ErrorCode::ProducerFenced),
    }
}
