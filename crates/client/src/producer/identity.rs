//! Who an idempotent producer is: its id, its epoch, and a sequence number for each partition (`TransactionManager`
//! without transactions, `TxnPartitionMap`, KIP-360).
//!
//! A batch gets its sequence number when it leaves for the first time and keeps it however often it is sent. When it is
//! no longer certain what the broker has, nothing new leaves for that partition; once all its batches are settled the
//! producer raises its epoch, and counts from 0 again.

use super::Producer;
use super::event::{ProducerEvent, ProducerIdEvent, SendError};
use super::state::{BatchNumber, PartitionQueue, QueuedBatch};
use crate::{Correlation, Outcome, Outgoing};
use millrace_model::produced::NO_SEQUENCE;
use millrace_model::protocol::{InitProducerIdRequest, TxnRequest, TxnResponse};
use millrace_model::{
    Batch, BrokerId, ErrorCode, Map, ProducedBy, ProducerEpoch, ProducerId, Request, Response, Set, Span,
    Time, TopicPartition,
};

/// What an idempotent producer knows about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    /// Made with its first `send`: before that there is nobody to ask.
    is_lazy: bool,
    /// None until a broker has answered.
    pub(super) id: Option<(ProducerId, ProducerEpoch)>,
    pub(super) pending: Option<PendingId>,
    not_before: Time,
    bump_required: bool,
    /// Partitions that count from 0 again with the next epoch.
    to_rewrite: Set<TopicPartition>,
    /// Partitions in which a batch was given up that may have arrived, with the sequence number after it.
    unresolved: Map<TopicPartition, i32>,
    sequences: Map<TopicPartition, Sequences>,
    /// The brokers that were lost since one was last found, and are not asked again before the others.
    lost: Set<BrokerId>,
}

/// An InitProducerId request that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct PendingId {
    pub(super) correlation: Correlation,
    pub(super) to: BrokerId,
    pub(super) sent_at: Time,
}

/// One partition's numbers (`TxnPartitionEntry`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Sequences {
    id: (ProducerId, ProducerEpoch),
    next: i32,
    last_acked: i32,
}

impl Identity {
    pub(super) fn lost(&self) -> &Set<BrokerId> {
        &self.lost
    }

    /// A broker was lost; one for the second time has all the others behind it.
    pub(super) fn lose(&mut self, error: SendError) {
        let (SendError::Disconnected(broker) | SendError::TimedOut(broker)) = error else { return };
        if self.lost.contains(&broker) {
            self.lost.clear();
        }
        self.lost.insert(broker);
    }

    /// A broker has answered what was asked of any of them.
    pub(super) fn found(&mut self) {
        self.lost.clear();
    }
}

/// The sequence number so many records later; behind the largest comes 0 (`DefaultRecordBatch.incrementSequence`).
fn plus(sequence: i32, records: usize) -> i32 {
    let records = i64::try_from(records).unwrap_or(0);
    i32::try_from((i64::from(sequence).saturating_add(records)) & i64::from(i32::MAX)).unwrap_or(0)
}

/// The sequence number of a batch's last record.
fn last_sequence(producer: &ProducedBy, records: usize) -> i32 {
    plus(producer.base_sequence, records.saturating_sub(1))
}

impl Producer {
    /// One that the application makes when it first sends something, as Spring's `DefaultKafkaProducerFactory` does.
    #[must_use]
    pub fn made_when_used(mut self) -> Producer {
        if let Some(identity) = self.identity.as_deref_mut() {
            identity.is_lazy = true;
        }
        self
    }

    /// Its id and epoch, once it has them; none if it is not idempotent.
    pub fn producer_id(&self) -> Option<(ProducerId, ProducerEpoch)> {
        self.identity.as_ref()?.id
    }

    /// The sequence number that the next new batch of a partition gets; none if it is not idempotent.
    pub fn next_sequence(&self, tp: &TopicPartition) -> Option<i32> {
        let identity = self.identity.as_deref()?;
        Some(identity.sequences.get(tp).map_or(0, |sequences| sequences.next))
    }

    /// The InitProducerId request that waits for its answer.
    pub(super) fn pending_id(&self) -> Option<&PendingId> {
        self.identity.as_ref()?.pending.as_ref()
    }

    /// What is to be done about the id, and when.
    pub(super) fn identity_due(&self) -> Option<Time> {
        let identity = self.identity.as_deref()?;
        if self.transactions.is_some() {
            // Its id is asked for when the application says so.
            return identity.unresolved.keys().any(|tp| !self.has_sequenced(tp)).then_some(self.clock);
        }
        if identity.bump_required || identity.unresolved.keys().any(|tp| !self.has_sequenced(tp)) {
            return Some(self.clock);
        }
        let is_made = !identity.is_lazy || !self.topics.is_empty() || !self.waiting.is_empty();
        let wanted = (self.lifecycle == super::Lifecycle::Open && is_made) || self.heads().next().is_some();
        (identity.id.is_none() && identity.pending.is_none() && wanted)
            .then(|| identity.not_before.max(self.clock))
    }

    /// Whether a batch of the partition has a sequence number and is not settled.
    fn has_sequenced(&self, tp: &TopicPartition) -> bool {
        let queue = self.topics.get(&tp.topic).and_then(|topic| topic.queue(tp.partition.0));
        queue.is_some_and(|queue| {
            queue.in_flight > 0 || queue.batches.front().is_some_and(|batch| batch.producer.is_some())
        })
    }

    /// True while sequence numbers forbid a partition's oldest batch to leave
    /// (`RecordAccumulator.shouldStopDrainBatchesForPartition`).
    pub(super) fn out_of_sequence(
        &self,
        identity: &Identity,
        tp: &TopicPartition,
        queue: &PartitionQueue,
        head: &QueuedBatch,
    ) -> bool {
        let Some(id) = identity.id.filter(|_| !identity.bump_required) else { return true };
        if self.config.max_in_flight == 1 && queue.in_flight > 0 {
            return true;
        }
        if head.producer.is_some() {
            // It comes again: everything before it has to be settled.
            let before =
                |(of, batch): &(TopicPartition, QueuedBatch)| of == tp && batch.place() < head.place();
            return queue.in_flight > 0 && self.in_flight.values().any(|r| r.batches.iter().any(before));
        }
        let is_stale = identity.sequences.get(tp).is_some_and(|sequences| sequences.id != id);
        (is_stale && queue.in_flight > 0) || identity.unresolved.contains_key(tp)
    }

    /// What a batch that leaves says of its producer; a batch that has left before says the same again.
    pub(super) fn sequence_for(&self, tp: &TopicPartition, head: &QueuedBatch) -> Option<ProducedBy> {
        let identity = self.identity.as_deref()?;
        if head.producer.is_some() {
            return head.producer;
        }
        let (id, epoch) = identity.id?;
        let known = identity.sequences.get(tp).filter(|sequences| sequences.id == (id, epoch));
        let base_sequence = known.map_or(0, |sequences| sequences.next);
        Some(ProducedBy {
            id,
            epoch,
            base_sequence,
            is_transactional: self.transactions.is_some(),
            marker: None,
        })
    }

    /// A step about the id: what is uncertain is settled, the epoch raised, an id asked for.
    pub(super) fn decide_identity(&self, now: Time) -> Outcome<ProducerEvent> {
        let Some(identity) = self.identity.as_deref() else { return Outcome::nothing() };
        let mut events = Vec::new();
        let mut lost = Vec::new();
        let mut bumps = identity.bump_required;
        for (tp, _) in identity.unresolved.iter().filter(|(tp, _)| !self.has_sequenced(tp)) {
            let sequences = identity.sequences.get(tp);
            let all_acked = sequences.is_none_or(|s| i64::from(s.next) - i64::from(s.last_acked) == 1);
            if self.transactions.is_none() {
                bumps |= !all_acked;
            } else if !all_acked {
                lost = self.sequences_lost(now);
            }
            events.push(ProducerIdEvent::SequencesResolved { at: now, tp: tp.clone(), all_acked });
        }
        if bumps {
            let next = identity.id.and_then(|(id, epoch)| Some((id, ProducerEpoch(epoch.0.checked_add(1)?))));
            events.push(ProducerIdEvent::EpochBumped { at: now, id: next });
        }
        let is_due = self.identity_due().is_some_and(|due| due <= now);
        let mut requests = Vec::new();
        if events.is_empty()
            && is_due
            && let Some(to) = self.reachable_broker()
        {
            let correlation = Correlation(self.next_correlation);
            events.push(ProducerIdEvent::Requested { at: now, correlation, to });
            let request = TxnRequest::InitProducerId(InitProducerIdRequest {
                transactional_id: None,
                // `Integer.MAX_VALUE`
                transaction_timeout: Span::from_millis(2_147_483_647),
                producer_id: ProducerId::NONE,
                producer_epoch: ProducerEpoch::NONE,
            });
            requests.push(Outgoing { correlation, to, request: Request::Txn(Box::new(request)) });
        }
        let events = events.into_iter().map(|event| ProducerEvent::ProducerId(Box::new(event)));
        Outcome { events: events.chain(lost).collect(), requests }
    }

    /// An answer to InitProducerId, or none.
    pub(super) fn producer_id_answered(
        &self,
        now: Time,
        pending: &PendingId,
        response: &Response,
    ) -> ProducerEvent {
        let correlation = pending.correlation;
        let error = match response {
            Response::Txn(answer) => match &**answer {
                TxnResponse::InitProducerId(answer) if answer.error == ErrorCode::None => {
                    let id = (answer.producer_id, answer.producer_epoch);
                    let event = ProducerIdEvent::Received { at: now, correlation, id };
                    return ProducerEvent::ProducerId(Box::new(event));
                }
                TxnResponse::InitProducerId(answer) => SendError::Answered(answer.error),
                _ => SendError::Disconnected(pending.to),
            },
            _ => SendError::Disconnected(pending.to),
        };
        self.producer_id_failed(now, pending, error)
    }

    pub(super) fn producer_id_failed(
        &self,
        now: Time,
        pending: &PendingId,
        error: SendError,
    ) -> ProducerEvent {
        ProducerEvent::ProducerId(Box::new(ProducerIdEvent::RequestFailed {
            at: now,
            correlation: pending.correlation,
            error,
            next_not_before: now + self.config.retry_backoff,
        }))
    }

    /// Whether a batch that was refused may be sent again (`TransactionManager.canRetry`), and whether its partition has
    /// to count from 0 under a new epoch.
    pub(super) fn may_repeat(
        &self,
        tp: &TopicPartition,
        queued: &QueuedBatch,
        error: SendError,
    ) -> (bool, bool) {
        let (Some(identity), Some(producer)) = (self.identity.as_deref(), &queued.producer) else {
            return (error.is_retriable(), false);
        };
        let unresolved = identity.unresolved.get(tp);
        match error {
            SendError::Answered(ErrorCode::UnknownProducerId) if self.transactions.is_some() => {
                (queued.sequence_reset, false)
            }
            SendError::Answered(ErrorCode::UnknownProducerId) => (true, !queued.sequence_reset),
            SendError::Answered(ErrorCode::OutOfOrderSequenceNumber) => {
                let last = identity.sequences.get(tp).map_or(NO_SEQUENCE, |sequences| sequences.last_acked);
                let is_next = i64::from(producer.base_sequence) - i64::from(last) == 1;
                match unresolved {
                    // Only a batch before it is missing, and that one comes again first.
                    None if queued.sequence_reset || !is_next => (true, false),
                    // The transaction fails; its abort brings another epoch.
                    _ if self.transactions.is_some() => (false, false),
                    None => (true, true),
                    Some(next) => (true, producer.base_sequence == *next),
                }
            }
            error => (error.is_retriable(), false),
        }
    }

    /// What follows for the sequence numbers when a batch is given up. `is_certain`: the broker has refused it, so that it
    /// is not in the log (`TransactionManager.handleFailedBatch`).
    pub(super) fn after_failure(
        &self,
        now: Time,
        tp: &TopicPartition,
        queued: &QueuedBatch,
        is_certain: bool,
    ) -> Option<ProducerEvent> {
        let producer = queued.producer.as_ref().filter(|_| self.identity.is_some())?;
        let event = if is_certain && self.transactions.is_some() {
            return None;
        } else if is_certain {
            ProducerIdEvent::EpochBumpRequested { at: now, tp: tp.clone() }
        } else if queued.attempts > 0 {
            let next = last_sequence(producer, queued.batch.len()).saturating_add(1);
            ProducerIdEvent::SequenceUnresolved { at: now, tp: tp.clone(), next }
        } else {
            return None;
        };
        Some(ProducerEvent::ProducerId(Box::new(event)))
    }

    /// Takes in what happened to the id.
    pub(super) fn apply_producer_id(&mut self, event: &ProducerIdEvent) {
        let Some(identity) = self.identity.as_deref_mut() else { return };
        match event {
            ProducerIdEvent::Requested { at, correlation, to } => {
                self.clock = *at;
                self.next_correlation = correlation.0 + 1;
                identity.pending = Some(PendingId { correlation: *correlation, to: *to, sent_at: *at });
            }
            ProducerIdEvent::Received { at, id, .. } => {
                self.clock = *at;
                identity.id = Some(*id);
                identity.pending = None;
                identity.found();
                if self.transactions.is_some() {
                    // No batch is left of the epoch before.
                    identity.to_rewrite.clear();
                    identity.unresolved.clear();
                    identity.sequences.clear();
                }
            }
            ProducerIdEvent::RequestFailed { at, error, next_not_before, .. } => {
                self.clock = *at;
                identity.not_before = *next_not_before;
                identity.pending = None;
                identity.lose(*error);
            }
            ProducerIdEvent::EpochBumpRequested { at, tp } => {
                self.clock = *at;
                identity.bump_required = true;
                identity.to_rewrite.insert(tp.clone());
            }
            ProducerIdEvent::SequenceUnresolved { at, tp, next } => {
                self.clock = *at;
                let so_far = identity.unresolved.get(tp).copied().unwrap_or(NO_SEQUENCE);
                identity.unresolved.insert(tp.clone(), so_far.max(*next));
            }
            ProducerIdEvent::SequencesResolved { at, tp, all_acked } => {
                self.clock = *at;
                identity.unresolved.remove(tp);
                if !all_acked {
                    identity.to_rewrite.insert(tp.clone());
                }
            }
            ProducerIdEvent::EpochBumped { at, id } => {
                self.clock = *at;
                identity.id = *id;
                identity.bump_required = false;
                let rewritten: Vec<TopicPartition> =
                    std::mem::take(&mut identity.to_rewrite).into_iter().collect();
                for tp in rewritten {
                    self.start_sequences_at_beginning(&tp);
                }
            }
        }
    }

    /// Every batch of a partition that has a number gets another, from 0, under the current epoch.
    fn start_sequences_at_beginning(&mut self, tp: &TopicPartition) {
        let Some(identity) = self.identity.as_deref_mut() else { return };
        identity.unresolved.remove(tp);
        let sent = self.in_flight.values_mut().flat_map(|request| &mut request.batches);
        let sent = sent.filter(|(of, _)| of == tp).map(|(_, batch)| batch);
        let queue = self.topics.get_mut(&tp.topic).and_then(|topic| topic.queue_mut(tp.partition.0));
        let queued = queue.into_iter().flat_map(|queue| &mut queue.batches);
        let mut batches: Vec<&mut QueuedBatch> =
            sent.chain(queued).filter(|batch| batch.producer.is_some()).collect();
        millrace_model::collections::sort::sort_by_key(&mut batches, |batch| batch.place());
        let mut next = 0;
        for batch in batches {
            // Without an id (its epochs are used up) the numbers are given when there is a new one.
            batch.produce(identity.id.map(|(id, epoch)| ProducedBy {
                id,
                epoch,
                base_sequence: next,
                is_transactional: false,
                marker: None,
            }));
            next = plus(next, batch.batch.len());
            batch.sequence_reset = true;
        }
        match identity.id {
            Some(id) => {
                let sequences = Sequences { id, next, last_acked: NO_SEQUENCE };
                identity.sequences.insert(tp.clone(), sequences);
            }
            None => drop(identity.sequences.remove(tp)),
        }
    }

    /// A batch leaves with its number.
    pub(super) fn count_sequence(&mut self, tp: &TopicPartition, producer: &ProducedBy, records: usize) {
        let Some(identity) = self.identity.as_deref_mut() else { return };
        let id = (producer.id, producer.epoch);
        let next = plus(producer.base_sequence, records);
        match identity.sequences.get_mut(tp).filter(|sequences| sequences.id == id) {
            Some(sequences) => sequences.next = next,
            None => {
                identity.sequences.insert(tp.clone(), Sequences { id, next, last_acked: NO_SEQUENCE });
            }
        }
    }

    /// A batch is in the log.
    pub(super) fn sequence_acknowledged(&mut self, tp: &TopicPartition, batch: &QueuedBatch) {
        let (Some(identity), Some(producer)) = (self.identity.as_deref_mut(), &batch.producer) else {
            return;
        };
        if let Some(sequences) = identity.sequences.get_mut(tp) {
            sequences.last_acked = sequences.last_acked.max(last_sequence(producer, batch.batch.len()));
        }
    }
}

impl QueuedBatch {
    /// Its place among its partition's batches.
    pub(super) fn place(&self) -> (BatchNumber, BatchNumber) {
        (self.order, self.number)
    }

    /// Takes a producer's id and a sequence number.
    pub(super) fn produce(&mut self, producer: Option<ProducedBy>) {
        self.producer = producer;
        if producer.is_some() {
            std::sync::Arc::make_mut(&mut self.batch).producer = producer.map(Box::new);
        }
    }
}

/// The same batch with its producer in the header.
pub(super) fn stamped(batch: &std::sync::Arc<Batch>, producer: Option<ProducedBy>) -> std::sync::Arc<Batch> {
    match producer {
        Some(producer) if batch.producer.as_deref() != Some(&producer) => {
            std::sync::Arc::new((**batch).clone().produced_by(producer))
        }
        _ => batch.clone(),
    }
}

/// The part of a batch's sequence numbers that begins after so many records.
pub(super) fn part_of(producer: ProducedBy, records: usize) -> ProducedBy {
    ProducedBy { base_sequence: plus(producer.base_sequence, records), ..producer }
}
