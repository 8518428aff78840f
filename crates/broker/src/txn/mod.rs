//! The transaction coordinator: producer ids, transactional ids with their epochs, and what becomes of a transaction
//! (`TransactionCoordinator`, `TransactionStateManager`, `ProducerIdManager`), one file a phase. In a cluster it stands on the
//! log of `__transaction_state`: who leads a partition of it coordinates its transactional ids.
//!
//! Sequence numbers are not judged here: that is each partition's (`log::producer_state`).

mod add_offsets;
mod add_partitions;
mod asking;
mod coordinate;
mod end;
mod event;
mod expire;
mod guards;
mod init;
mod log;
mod markers;
mod metadata;
mod sending;
mod state;
mod transit;

pub(crate) use asking::{
    Asked, Verdict, answered as coordinator_answered, before_produce, due as coordinator_due,
};
pub(crate) use expire::{check_timeouts, expire_ids};
pub(crate) use log::load;
pub(crate) use markers::{end_in_partition, write_markers};
pub(crate) use sending::answered as markers_answered;
pub(crate) use transit::{finish, unload};

pub use event::TxnEvent;
pub use guards::{Guard, Guards, Verification};
pub use metadata::{TxnMetadata, TxnState};
pub use sending::MarkerRequest;
pub use state::TxnCoordinator;
pub use transit::PendingTransition;

use crate::{Broker, Event, Outcome, RequestId};
use millrace_model::protocol::{TxnRequest, TxnResponse};
use millrace_model::{ErrorCode, ProducerEpoch, ProducerId, Response, Time, TransactionVersion};

pub(crate) fn txn(broker: &Broker, now: Time, from: RequestId, request: &TxnRequest) -> Outcome {
    if let Some(id) = request.of_coordinator()
        && let Err(error) = coordinate::coordinates(broker, id)
    {
        let events = vec![Event::rejected(request.api(), id, error, None)];
        let answer = Response::Txn(Box::new(request.refused(error)));
        return Outcome { events, replies: vec![(from, answer)], ..Outcome::default() };
    }
    if let TxnRequest::FindCoordinator(request) = request {
        let ((events, answer), sent) = coordinate::find_coordinator(broker, request);
        let replies = vec![(from, Response::Txn(Box::new(answer)))];
        return Outcome { events, replies, sends: sent.into_iter().collect() };
    }
    let answered = match request {
        TxnRequest::InitProducerId(request) => init::init_producer_id(broker, now, request),
        TxnRequest::AddPartitionsToTxn(request) => add_partitions::add_partitions(broker, now, request),
        TxnRequest::EndTxn(request) => end::end_txn(broker, now, request),
        TxnRequest::FindCoordinator(_) => return Outcome::default(),
        TxnRequest::WriteTxnMarkers(request) => markers::asked_for(broker, now, request),
        TxnRequest::AddOffsetsToTxn(request) => add_offsets::add_offsets(broker, now, request),
        TxnRequest::TxnOffsetCommit(request) => {
            return match asking::before_offsets(broker, now, from, request) {
                Asked::Known(events, verdict) => {
                    let outcome = asking::commit_offsets(broker, now, from, request, &verdict);
                    Outcome { events: events.into_iter().chain(outcome.events).collect(), ..outcome }
                }
                Asked::Waits(outcome) => outcome,
            };
        }
    };
    transit::settle(broker, now, from, answered)
}

type Answered = (Vec<Event>, TxnResponse);

impl Broker {
    /// The feature `transaction.version` of its cluster.
    pub fn transaction_version(&self) -> TransactionVersion {
        let in_cluster = self.member().map(|member| member.config().transaction_version);
        in_cluster.unwrap_or(self.config().transaction_version)
    }
}

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
    if broker.txn_coordinator().pending(id).is_some() {
        return Err(ErrorCode::ConcurrentTransactions);
    }
    Ok(known)
}
