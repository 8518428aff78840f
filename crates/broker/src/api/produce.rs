//! Produce: checks a batch and gives it its place (`ReplicaManager.appendRecords`, `UnifiedLog.append`).

use super::led;
use crate::log::producer_state::AppendOrigin;
use crate::log::producer_state::BatchMetadata;
use crate::log::segments::LogAppendError;
use crate::txn::{self, Asked, Verdict};
use crate::{Broker, Event, LogChange, Outcome, PartitionState, RejectedBatch, RequestId, TxnEvent};
use TimestampType::CreateTime;
use millrace_model::config::producer::Acks;
use millrace_model::protocol::{ProduceRequest, ProduceResponse, ProducedPartition};
use millrace_model::{
    Batch, ErrorCode, Map, Offset, Response, StoredBatch, Time, Timestamp, TimestampType, TopicPartition,
    limits,
};
use std::sync::Arc;

/// Appends, once the coordinator of the batches' transaction, if there is one, knows of it.
pub(crate) fn produce(broker: &Broker, now: Time, from: RequestId, request: &ProduceRequest) -> Outcome {
    match txn::before_produce(broker, now, from, request) {
        Asked::Known(mut events, verdict) => {
            let mut outcome = append(broker, now, from, request, &verdict);
            if !events.is_empty() {
                events.append(&mut outcome.events);
                outcome.events = events;
            }
            outcome
        }
        Asked::Waits(outcome) => outcome,
    }
}

/// Appends; of batches that begin a transaction the verdict says whether they may.
pub(crate) fn append(
    broker: &Broker,
    now: Time,
    from: RequestId,
    request: &ProduceRequest,
    verdict: &Verdict,
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut partitions = Vec::with_capacity(request.data.len());
    // Where an earlier batch of the same request ends; hardly any request names a partition twice.
    let mut ends: Map<&TopicPartition, Offset> = Map::new();
    for (tp, sent) in &request.data {
        let batch = &broker.as_kept(tp, sent);
        let told = verdict.check(tp, request).map_err(|(error, why)| Refusal { error, why });
        let checked = told.and_then(|()| {
            let checked = check(broker, tp, (batch, sent.size_in_bytes), request.acks, now)?;
            begins_rightly(broker, tp, batch, verdict, &checked)?;
            Ok(checked)
        });
        if let Ok((_, Some(known))) = &checked {
            outcome.events.extend(duplicate(tp, batch, known));
            partitions.push(answered(broker, tp, known.first_offset(), Some(known.timestamp)));
            continue;
        }
        let appended = checked.and_then(|(partition, _)| {
            place(broker, partition, tp, batch, now, ends.get(tp).copied()).map_err(Refusal::from)
        });
        partitions.push(match appended {
            Ok(stored) => {
                // Of two batches for one partition only the first one rolls: hardly any request has two.
                if !ends.contains_key(tp) {
                    outcome.events.extend(roll(broker, tp, &stored, now));
                }
                if request.data.len() > 1 {
                    ends.insert(tp, stored.next_offset());
                }
                let answer = answered(broker, tp, stored.base_offset, stored.log_append_time);
                outcome.events.push(Event::BatchAppended { tp: tp.clone(), stored });
                answer
            }
            Err(Refusal { error, why }) => {
                let rejected = RejectedBatch { tp: tp.clone(), error, records: batch.len(), why };
                outcome.events.push(Event::ProduceRejected(rejected));
                ProducedPartition {
                    tp: tp.clone(),
                    error,
                    base_offset: Offset(-1),
                    log_append_time: None,
                    log_start_offset: Offset(-1),
                }
            }
        });
    }
    if request.acks != Acks::Zero {
        outcome.replies.push((from, Response::Produce(ProduceResponse { partitions })));
    }
    outcome
}

impl Broker {
    /// A producer's batch as it will lie in the log: packed by the topic's codec, if it has one of its own (`LogValidator`).
    pub fn as_kept(&self, tp: &TopicPartition, batch: &Arc<Batch>) -> Arc<Batch> {
        let topic = self.topic(tp.topic.as_str());
        match topic.and_then(|topic| topic.log_config().compression) {
            Some(codec) => millrace_encode::packed(batch, codec),
            None => Arc::clone(batch),
        }
    }
}

/// Why a batch is not written.
struct Refusal {
    error: ErrorCode,
    why: Option<Box<str>>,
}

impl From<ErrorCode> for Refusal {
    fn from(error: ErrorCode) -> Refusal {
        Refusal { error, why: None }
    }
}

fn answered(
    broker: &Broker,
    tp: &TopicPartition,
    base_offset: Offset,
    log_append_time: Option<Timestamp>,
) -> ProducedPartition {
    ProducedPartition {
        tp: tp.clone(),
        error: ErrorCode::None,
        base_offset,
        log_append_time,
        log_start_offset: broker.log(tp).map_or(Offset(-1), |log| log.log_start_offset()),
    }
}

/// A batch that begins a transaction has to have been asked about, and must not overtake one that was
/// (`UnifiedLog.analyzeAndValidateProducerState`, `ProducerAppendInfo.checkSequence`).
fn begins_rightly(
    broker: &Broker,
    tp: &TopicPartition,
    batch: &Batch,
    verdict: &Verdict,
    (partition, known): &(&PartitionState, Option<BatchMetadata>),
) -> Result<(), Refusal> {
    let Some(producer) = batch.producer.as_deref().filter(|of| of.is_transactional && known.is_none()) else {
        return Ok(());
    };
    let entry = partition.log.producers().producer(producer.id);
    let is_open = entry.is_some_and(|entry| entry.is_in_transaction(producer.epoch));
    if !is_open && !verdict.permits(broker, tp, producer.id) {
        let why = Some("Record was not part of an ongoing transaction".into());
        return Err(Refusal { error: ErrorCode::InvalidTxnState, why });
    }
    match broker.guards().guard(tp, producer.id) {
        Some(guard) if producer.base_sequence > guard.lowest_sequence => {
            let (id, sequence, lowest) = (producer.id, producer.base_sequence, guard.lowest_sequence);
            let why = format!(
                "Out of order sequence number for producer {id} in partition {tp}: {sequence} (incoming seq. number), \
                 {lowest} (earliest seen sequence)"
            );
            Err(Refusal { error: ErrorCode::OutOfOrderSequenceNumber, why: Some(why.into()) })
        }
        Some(_) | None => Ok(()),
    }
}

/// The batch lies in the log already.
fn duplicate(tp: &TopicPartition, batch: &Batch, known: &BatchMetadata) -> Option<Event> {
    let producer = batch.producer.as_deref()?;
    Some(Event::Txn(Box::new(TxnEvent::DuplicateSequence {
        tp: tp.clone(),
        producer_id: producer.id,
        producer_epoch: producer.epoch,
        base_sequence: producer.base_sequence,
        base_offset: known.first_offset(),
        records: batch.len(),
    })))
}

/// Whether a batch may be written, as it is now and as it was sent; one that is there already comes with its place.
fn check<'a>(
    broker: &'a Broker,
    tp: &TopicPartition,
    (batch, sent_bytes): (&Batch, usize),
    acks: Acks,
    now: Time,
) -> Result<(&'a PartitionState, Option<BatchMetadata>), Refusal> {
    let topic = broker.topic(tp.topic.as_str()).ok_or(ErrorCode::UnknownTopicOrPartition)?;
    if topic.is_internal() {
        // "Cannot append to internal topic __consumer_offsets"
        return Err(ErrorCode::InvalidTopicException.into());
    }
    let partition = led(broker, tp)?;
    // More than there are replicas is never wanted (`Partition.effectiveMinIsr`).
    let min_isr = topic.config().min_insync_replicas.min(partition.info.replicas.len());
    if acks == Acks::All && partition.info.isr.len() < min_isr {
        return Err(ErrorCode::NotEnoughReplicas.into());
    }
    if batch.is_empty() {
        return Err(ErrorCode::InvalidRecord.into());
    }
    if batch.size_in_bytes.max(sent_bytes) > topic.config().max_message_bytes {
        return Err(ErrorCode::MessageTooLarge.into());
    }
    let config = topic.log_config();
    if u32::try_from(batch.size_in_bytes).is_ok_and(|size| size > config.segments.segment_bytes) {
        return Err(ErrorCode::RecordListTooLarge.into());
    }
    if config.timestamp_max != (i64::MAX, i64::MAX) && topic.config().message_timestamp_type == CreateTime {
        let (before, after) = config.timestamp_max;
        let now = now.timestamp().0;
        let is_old = |at: i64| now.saturating_sub(at) > before;
        if batch.max_timestamp().0.saturating_sub(now) > after
            || (before < i64::MAX && batch.records.iter().any(|record| is_old(record.timestamp.0)))
        {
            return Err(ErrorCode::InvalidTimestamp.into());
        }
    }
    match partition.log.check(batch, partition.log.log_end_offset(), config.compact, AppendOrigin::Client) {
        Ok(known) => Ok((partition, known)),
        Err(LogAppendError::NoKey(_)) => Err(ErrorCode::InvalidRecord.into()),
        Err(LogAppendError::Producer(error)) => {
            Err(Refusal { error: error.code(), why: Some(error.to_string().into()) })
        }
    }
}

/// The roll that a batch makes necessary (`UnifiedLog.maybeRoll`).
pub(crate) fn roll(broker: &Broker, tp: &TopicPartition, stored: &StoredBatch, now: Time) -> Option<Event> {
    let reason = broker.log(tp)?.should_roll(stored, now.timestamp())?;
    let change = LogChange::SegmentRolled { base_offset: stored.base_offset, reason };
    Some(Event::LogChanged { tp: tp.clone(), at: now, change })
}

/// A batch with its place at the end of the log, or behind `end` of an earlier batch of the same request.
pub(crate) fn place(
    broker: &Broker,
    partition: &PartitionState,
    tp: &TopicPartition,
    batch: &Arc<Batch>,
    now: Time,
    end: Option<Offset>,
) -> Result<StoredBatch, ErrorCode> {
    let leo = partition.log.log_end_offset();
    let base_offset = end.unwrap_or(leo);
    let waiting = usize::try_from(base_offset.since(leo)).unwrap_or(usize::MAX);
    let after = partition.log.records_held().saturating_add(waiting).saturating_add(batch.len());
    if after > limits::RECORDS_PER_PARTITION {
        return Err(ErrorCode::KafkaStorageError);
    }
    let kind = broker.topic(tp.topic.as_str()).map(|topic| topic.config().message_timestamp_type);
    Ok(StoredBatch {
        base_offset,
        leader_epoch: partition.info.leader_epoch,
        appended_at: now,
        log_append_time: (kind == Some(TimestampType::LogAppendTime)).then(|| now.timestamp()),
        batch: Arc::clone(batch),
    })
}
