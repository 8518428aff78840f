//! The markers: every partition of a decided transaction gets one, and then the transaction is complete
//! (`TransactionMarkerChannelManager`, `KafkaApis.handleWriteTxnMarkersRequest`).
//!
//! Only for partitions that this broker leads: there is no WriteTxnMarkers between brokers yet.

use super::{TxnMetadata, TxnState, transitioned};
use crate::log::producer_state::AppendOrigin;
use crate::{Broker, CONSUMER_OFFSETS, Event, Outcome, api, group};
use millrace_model::produced::NO_SEQUENCE;
use millrace_model::{Batch, EndTxnMarker, ProducedBy, Set, Time, TopicPartition};
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
    let producer = ProducedBy {
        id: known.producer_id,
        epoch: known.producer_epoch,
        base_sequence: NO_SEQUENCE,
        is_transactional: true,
        marker: None,
    };
    let marker = EndTxnMarker { committed, coordinator_epoch: COORDINATOR_EPOCH };
    let batch = Arc::new(Batch::end_transaction(producer, marker, now.timestamp()));
    let mut events = Vec::new();
    for tp in &known.partitions {
        events.extend(append(broker, now, tp, &batch));
        if tp.topic.as_str() == CONSUMER_OFFSETS {
            events.extend(group::txn_ended(broker, now, tp, known.producer_id, committed));
        }
    }
    let last_producer_epoch = known.producer_epoch;
    let complete =
        TxnMetadata { state, partitions: Set::new(), last_producer_epoch, updated_at: now, ..known.clone() };
    events.push(transitioned(id, complete));
    Outcome { events, ..Outcome::default() }
}

/// The marker at the end of a partition's log. A topic that was deleted meanwhile needs none.
fn append(broker: &Broker, now: Time, tp: &TopicPartition, batch: &Arc<Batch>) -> Vec<Event> {
    let Ok(partition) = api::led(broker, tp) else { return Vec::new() };
    let end = partition.log.log_end_offset();
    if partition.log.check(batch, end, false, AppendOrigin::Coordinator).is_err() {
        return Vec::new();
    }
    let Ok(stored) = api::place(broker, partition, tp, batch, now, None) else { return Vec::new() };
    let rolled = api::roll(broker, tp, &stored, now);
    rolled.into_iter().chain([Event::BatchAppended { tp: tp.clone(), stored }]).collect()
}
