//! The transaction coordinator: producer ids, transactional ids with their epochs, and what becomes of a transaction
//! (`TransactionCoordinator`, `TransactionStateManager`, `ProducerIdManager`), one file a phase.
//!
//! Sequence numbers are not judged here: that is each partition's (`log::producer_state`).

mod add_offsets;
mod add_partitions;
mod end;
mod event;
mod expire;
mod find;
mod init;
mod markers;
mod metadata;
mod state;

pub(crate) use expire::check_timeouts;
pub(crate) use markers::{end_in_partition, write_markers};

pub use event::TxnEvent;
pub use metadata::{TxnMetadata, TxnState};
pub use state::TxnCoordinator;

use crate::{Broker, Event, Outcome, RequestId, group};
use millrace_model::protocol::{TxnRequest, TxnResponse};
use millrace_model::{ErrorCode, ProducerEpoch, ProducerId, Response, Time};

pub(crate) fn txn(broker: &Broker, now: Time, from: RequestId, request: &TxnRequest) -> Outcome {
    let (events, answer) = match request {
        TxnRequest::InitProducerId(request) => init::init_producer_id(broker, now, request),
        TxnRequest::AddPartitionsToTxn(request) => add_partitions::add_partitions(broker, now, request),
        TxnRequest::EndTxn(request) => end::end_txn(broker, now, request),
        TxnRequest::FindCoordinator(request) => find::find_coordinator(broker, request),
        TxnRequest::AddOffsetsToTxn(request) => add_offsets::add_offsets(broker, now, request),
        TxnRequest::TxnOffsetCommit(request) => {
            let (events, partitions) = group::txn_offset_commit(broker, now, request);
            (events, TxnResponse::TxnOffsetCommit(partitions))
        }
    };
    Outcome { events, replies: vec![(from, Response::Txn(Box::new(answer)))], ..Outcome::default() }
}

type Answered = (Vec<Event>, TxnResponse);

fn event(event: TxnEvent) -> Event {
    Event::Txn(Box::new(event))
}

/// The transaction goes on.
fn transitioned(id: &str, metadata: TxnMetadata) -> Event {
    event(TxnEvent::Transitioned { transactional_id: id.into(), metadata: Box::new(metadata) })
}

/// What is known of a transactional id, if the asker is its producer.
fn of_producer<'a>(
    broker: &'a Broker,
    id: &str,
    (producer_id, producer_epoch): (ProducerId, ProducerEpoch),
) -> Result<&'a TxnMetadata, ErrorCode> {
    if id.is_empty() {
        return Err(ErrorCode::InvalidRequest);
    }
    let known = broker.txn_coordinator().transaction(id).ok_or(ErrorCode::InvalidProducerIdMapping)?;
    if known.producer_id != producer_id {
        return Err(ErrorCode::InvalidProducerIdMapping);
    }
    if known.producer_epoch != producer_epoch {
        return Err(ErrorCode::ProducerFenced);
    }
    Ok(known)
}
