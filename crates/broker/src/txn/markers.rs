//! The markers: every partition of a decided transaction gets one, and then the transaction is complete
//! (`TransactionMarkerChannelManager`, `KafkaApis.handleWriteTxnMarkersRequest`).
//!
//! Only for partitions that this broker leads: there is no WriteTxnMarkers between brokers yet.

use super::{TxnMetadata, TxnState, transitioned};
use crate::log::producer_state::AppendOrigin;
use crate::log::segments::LogAppendError;
use crate::{Broker, CONSUMER_OFFSETS, Event, Outcome, api, group};
use millrace_model::produced::NO_SEQUENCE;
use millrace_model::{
    Batch, EndTxnMarker, ErrorCode, ProducedBy, ProducerEpoch, ProducerId, Set, Time, TopicPartition,
};
use std::sync::Arc;

/// The epoch of the coordinator: it has led its partition of `__transaction_state` from the beginning.
const COORDINATOR_EPOCH: i32 = 0;

pub(crate) fn write_markers(broker: &Broker, now: Time, id: &str) -> Outcome {
    let Some(known) = broker.txn_coordinator().transaction(id) else { return Outcome::default() };
    let (state, committed) = match known.state {
        TxnState::PrepareCommit => (TxnState::CompleteCommit, true),
        TxnState::PrepareAbort => (TxnState::CompleteAbort, false),
        TxnState::Empty | TxnState::Ongoing | TxnState::CompleteCommit | TxnState::CompleteAbort => {
            return Outcome::default();
        }
    };
    let marker = EndTxnMarker { committed, coordinator_epoch: COORDINATOR_EPOCH };
    let producer = (known.producer_id, known.producer_epoch);
    let mut events = Vec::new();
    for tp in &known.partitions {
        // A topic that was deleted meanwhile needs no marker.
        events.extend(end_in_partition(broker, now, tp, producer, marker).into_iter().flatten());
    }
    let last_producer_epoch = known.producer_epoch;
    let complete =
        TxnMetadata { state, partitions: Set::new(), last_producer_epoch, updated_at: now, ..known.clone() };
    events.push(transitioned(id, complete));
    Outcome { events, ..Outcome::default() }
}

/// The marker at the end of a partition's log; in one of `__consumer_offsets` it settles what was pending for groups.
///
/// # Errors
/// This broker does not lead the partition, its log is full, or the producer or the coordinator was replaced.
pub(crate) fn end_in_partition(
    broker: &Broker,
    now: Time,
    tp: &TopicPartition,
    (id, epoch): (ProducerId, ProducerEpoch),
    marker: EndTxnMarker,
) -> Result<Vec<Event>, ErrorCode> {
    let partition = api::led(broker, tp)?;
    let base_sequence = NO_SEQUENCE;
    let producer = ProducedBy { id, epoch, base_sequence, is_transactional: true, marker: None };
    let batch = Arc::new(Batch::end_transaction(producer, marker, now.timestamp()));
    let end = partition.log.log_end_offset();
    match partition.log.check(&batch, end, false, AppendOrigin::Coordinator) {
        Ok(_) => {}
        Err(LogAppendError::Producer(error)) => return Err(error.code()),
        Err(LogAppendError::NoKey(_)) => return Err(ErrorCode::InvalidRecord),
    }
    let stored = api::place(broker, partition, tp, &batch, now, None)?;
    let mut events: Vec<Event> = api::roll(broker, tp, &stored, now).into_iter().collect();
    events.push(Event::BatchAppended { tp: tp.clone(), stored });
    if tp.topic.as_str() == CONSUMER_OFFSETS {
        events.extend(group::txn_ended(broker, now, tp, id, marker.committed));
    }
    Ok(events)
}
