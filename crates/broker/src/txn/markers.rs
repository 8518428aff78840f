//! The markers: every partition of a decided transaction gets one, and then the transaction is complete
//! (`TransactionMarkerChannelManager`, `KafkaApis.handleWriteTxnMarkersRequest`).
//! For how they get to other brokers see `sending`.

use super::transit::completed;
use super::{Answered, TxnState, sending, transitioned};
use crate::log::producer_state::AppendOrigin;
use crate::log::segments::LogAppendError;
use crate::replica::effective_min_isr;
use crate::{Broker, CONSUMER_OFFSETS, Event, Outcome, api, group};
use millrace_model::produced::NO_SEQUENCE;
use millrace_model::protocol::{TxnResponse, WriteTxnMarkersRequest};
use millrace_model::{
    Batch, EndTxnMarker, ErrorCode, ProducedBy, ProducerEpoch, ProducerId, Time, TopicPartition,
};
use std::sync::Arc;

/// The epoch of a coordinator that is alone: it has coordinated from the beginning.
const COORDINATOR_EPOCH: i32 = 0;

/// A transaction is decided: its partitions get their markers, here or at their leaders.
pub(crate) fn write_markers(broker: &Broker, now: Time, id: &Arc<str>) -> Outcome {
    let Some(known) = broker.txn_coordinator().transaction(id) else { return Outcome::default() };
    let Some(complete) = completed(known, now) else { return Outcome::default() };
    let committed = known.state == TxnState::PrepareCommit;
    if broker.replicas().is_some() {
        return sending::send(broker, now, id, known, committed);
    }
    let marker = EndTxnMarker { committed, coordinator_epoch: COORDINATOR_EPOCH };
    let producer = (known.producer_id, known.producer_epoch);
    let mut events = Vec::new();
    for tp in &known.partitions {
        // A topic that was deleted meanwhile needs no marker.
        events.extend(end_in_partition(broker, now, tp, producer, marker).into_iter().flatten());
    }
    events.push(transitioned(id, complete));
    Outcome { events, ..Outcome::default() }
}

/// A coordinator asks for markers (`KafkaApis.handleWriteTxnMarkersRequest`). Who asks is answered once the in-sync replicas
/// have them.
pub(super) fn asked_for(broker: &Broker, now: Time, request: &WriteTxnMarkersRequest) -> Answered {
    let producer = (request.producer_id, request.producer_epoch);
    let mut events = Vec::new();
    let write = |tp: &TopicPartition| match end_in_partition(broker, now, tp, producer, request.marker) {
        Ok(written) => {
            events.extend(written);
            (tp.clone(), ErrorCode::None)
        }
        Err(error) => {
            events.push(Event::rejected("WriteTxnMarkers", &tp.to_string(), error, None));
            (tp.clone(), error)
        }
    };
    let partitions = request.partitions.iter().map(write).collect();
    (events, TxnResponse::WriteTxnMarkers(partitions))
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
    if broker.replicas().is_some_and(|replicas| replicas.is_loading(tp)) {
        // Its groups are not known yet.
        return Err(ErrorCode::NotLeaderOrFollower);
    }
    if partition.info.isr.len() < effective_min_isr(broker, tp, partition) {
        return Err(ErrorCode::NotEnoughReplicas);
    }
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
