//! What each event changes. Nothing is decided here, nothing can fail.

use super::event::{AppendedRun, FailedPlace, ProducerEvent, RefreshReason, SentBatch};
use super::state::{
    BatchNumber, Digested, InFlight, Lifecycle, PartitionQueue, PendingMetadata, QueuedBatch, Retry,
    WaitingSend,
};
use super::{BlockReason, Producer};
use crate::Correlation;
use crate::partitioner::StickyPartition;
use millrace_model::{Batch, Time, TopicPartition};
use std::sync::Arc;

impl Producer {
    /// Changes the state as the event says.
    pub fn apply(&mut self, event: &ProducerEvent) {
        match event {
            ProducerEvent::RecordsAppended { at, runs } => {
                self.clock = *at;
                runs.iter().for_each(|run| self.append(*at, run));
            }
            ProducerEvent::StickyPartitionSwitched { topic, to, roll, .. } => {
                self.rolls = roll + 1;
                self.topics.entry(topic.clone()).or_default().sticky = Some(StickyPartition::new(*to));
            }
            ProducerEvent::SendBlocked { at, number, topic, reason, records } => {
                self.clock = *at;
                self.next_wait = number.0 + 1;
                let (number, topic, reason) = (*number, topic.clone(), *reason);
                let records = Digested::new(records.clone());
                self.waiting.push_back(WaitingSend { number, topic, reason, since: *at, records, done: 0 });
            }
            ProducerEvent::SendUnblocked { at, number, records, rest, .. } => {
                self.clock = *at;
                match rest {
                    None => self.waiting.retain(|waiting| waiting.number != *number),
                    Some(reason) => {
                        for waiting in self.waiting.iter_mut().filter(|waiting| waiting.number == *number) {
                            waiting.done += records;
                            waiting.reason = *reason;
                        }
                    }
                }
            }
            ProducerEvent::BatchClosed { tp, batch, .. } => {
                let queue = self.queue_mut(tp);
                let found = queue.and_then(|queue| queue.batches.iter_mut().rfind(|b| b.number == *batch));
                if let Some(found) = found {
                    found.closed = true;
                }
            }
            ProducerEvent::ProducerId(event) => self.apply_producer_id(event),
            ProducerEvent::Transaction(event) => self.apply_transaction(event),
            ProducerEvent::RequestSent { at, correlation, to, batches, awaits_reply, resume_at } => {
                self.clock = *at;
                self.next_correlation = correlation.0 + 1;
                self.totals.requests += 1;
                match resume_at {
                    Some(tp) => self.resume_at.insert(*to, tp.clone()),
                    None => self.resume_at.remove(to),
                };
                let leaving: Vec<_> = batches.iter().filter_map(|sent| self.leave_for_broker(sent)).collect();
                if *awaits_reply {
                    for (tp, _) in &leaving {
                        if let Some(queue) = self.queue_mut(tp) {
                            queue.in_flight += 1;
                        }
                    }
                    let request = InFlight { to: *to, sent_at: *at, batches: leaving };
                    self.in_flight.insert(*correlation, request);
                } else {
                    leaving.iter().for_each(|(_, batch)| self.free(batch));
                }
            }
            ProducerEvent::RequestEnded { at, correlation, .. } => {
                self.clock = *at;
                self.in_flight.remove(correlation);
            }
            ProducerEvent::BatchAcknowledged { at, correlation, tp, number, batch, .. } => {
                self.clock = *at;
                self.totals.acknowledged += batch.len() as u64;
                if let Some(settled) = self.land(*correlation, tp, *number) {
                    self.sequence_acknowledged(tp, &settled);
                    self.free(&settled);
                }
            }
            ProducerEvent::BatchRetried { at, correlation, tp, number, attempt, backoff, roll, .. } => {
                self.clock = *at;
                self.rolls = roll + 1;
                self.totals.retries += 1;
                let leader_epoch = self.leader_epoch_of(&tp.topic, tp.partition.0);
                if let Some(mut batch) = self.land(*correlation, tp, *number) {
                    batch.attempts = *attempt;
                    batch.retry = Some(Retry { until: *at + *backoff, leader_epoch });
                    self.enqueue_again(tp, vec![batch]);
                }
            }
            ProducerEvent::BatchSplit { at, correlation, tp, number, into } => {
                self.clock = *at;
                if let Some(mut whole) = self.land(*correlation, tp, *number) {
                    self.free(&whole);
                    if whole.ratio.is_some() {
                        let (unpacked, packed) = (whole.batch.unpacked_size(), whole.batch.size_in_bytes);
                        self.ratios.reset(&tp.topic, unpacked, packed);
                        whole.ratio = self.ratios.of(&tp.topic, self.config.compression);
                    }
                    let mut before = 0;
                    let part = |(number, batch): &(BatchNumber, Arc<Batch>)| {
                        let part = whole.part(*number, batch.clone(), before);
                        before += batch.len();
                        part
                    };
                    let parts = into.iter().map(part).collect();
                    self.enqueue_again(tp, parts);
                }
                if let Some((last, _)) = into.last() {
                    self.next_batch = self.next_batch.max(last.0 + 1);
                }
            }
            ProducerEvent::RecordsFailed { at, place, origins, .. } => {
                self.clock = *at;
                self.totals.failed += origins.len() as u64;
                self.give_up(place);
            }
            ProducerEvent::MetadataRefreshRequested { at, reason } => {
                self.clock = *at;
                self.metadata.refresh = Some(*reason);
            }
            ProducerEvent::MetadataRequested { at, correlation, to, topics, .. } => {
                self.clock = *at;
                self.next_correlation = correlation.0 + 1;
                self.metadata.refresh = None;
                self.metadata.requests += 1;
                let (correlation, to, topics) = (*correlation, *to, topics.clone());
                self.metadata.pending = Some(PendingMetadata { correlation, to, sent_at: *at, topics });
            }
            ProducerEvent::MetadataUpdated { at, cluster, missing, next_not_before, roll, .. } => {
                self.clock = *at;
                self.rolls = roll + 1;
                let metadata = &mut self.metadata;
                metadata.cluster = Digested::new(cluster.clone());
                metadata.errors.retain(|topic, _| !cluster.topics.contains_key(topic));
                metadata.errors.extend(missing.iter().cloned());
                metadata.updated_at = Some(*at);
                metadata.attempts = if missing.is_empty() { 0 } else { metadata.attempts.saturating_add(1) };
                metadata.not_before = *next_not_before;
                metadata.request_failed = false;
                metadata.pending = None;
            }
            ProducerEvent::MetadataRequestFailed { at, next_not_before, roll, .. } => {
                self.clock = *at;
                self.rolls = roll + 1;
                let metadata = &mut self.metadata;
                metadata.attempts = metadata.attempts.saturating_add(1);
                metadata.not_before = *next_not_before;
                metadata.request_failed = true;
                metadata.refresh.get_or_insert(RefreshReason::Disconnected);
                metadata.pending = None;
            }
            ProducerEvent::BrokerDisconnected { at, .. } => self.clock = *at,
            ProducerEvent::ReplyIgnored { .. } => {}
            ProducerEvent::Throttled { at, broker, until } => {
                self.clock = *at;
                self.throttled.0.insert(*broker, *until);
            }
            ProducerEvent::FlushStarted { at, up_to } => {
                self.clock = *at;
                self.flush_up_to = *up_to;
            }
            ProducerEvent::FlushCompleted { at } => {
                self.clock = *at;
                self.flush_up_to = None;
            }
            ProducerEvent::CloseStarted { at } => {
                self.clock = *at;
                self.lifecycle = Lifecycle::Closing;
            }
            ProducerEvent::Closed { at } => {
                self.clock = *at;
                self.lifecycle = Lifecycle::Closed;
            }
        }
    }

    fn append(&mut self, at: Time, run: &AppendedRun) {
        self.totals.appended += run.records.len() as u64;
        if run.opened.is_some() {
            self.buffer_used += run.opened.unwrap_or(0);
            self.next_batch = self.next_batch.max(run.batch.0 + 1);
        }
        // The entry API wants an owned key; a topic is new only once.
        if !self.topics.contains_key(&run.tp.topic) {
            self.topics.insert(run.tp.topic.clone(), Default::default());
        }
        let ratio = self.ratios.of(&run.tp.topic, self.config.compression);
        let Some(topic) = self.topics.get_mut(&run.tp.topic) else { return };
        if let Some(sticky) = topic.sticky.as_mut().filter(|sticky| sticky.partition == run.tp.partition) {
            sticky.produced_bytes += run.sticky_bytes;
        }
        topic.round_robin = topic.round_robin.max(run.round_robin.unwrap_or(0));
        let Some(queue) = topic.queue_mut(run.tp.partition.0) else { return };
        queue.used = true;
        if let Some(capacity) = run.opened {
            queue.batches.push_back(QueuedBatch::open(run.batch, at, capacity, ratio));
        }
        if let Some(last) = queue.batches.back_mut() {
            last.append(run.records.iter().map(|appended| &appended.record), run.batch_bytes);
        }
    }

    fn queue_mut(&mut self, tp: &TopicPartition) -> Option<&mut PartitionQueue> {
        self.topics.get_mut(&tp.topic)?.queue_mut(tp.partition.0)
    }

    /// Takes a batch out of its queue because it leaves.
    fn leave_for_broker(&mut self, sent: &SentBatch) -> Option<(TopicPartition, QueuedBatch)> {
        let (tp, mut batch) = self.leave(&sent.tp, sent.batch)?;
        self.pack(sent, &mut batch);
        batch.sequence_reset = false;
        if batch.producer.is_none()
            && let Some(producer) = &sent.producer
        {
            self.count_sequence(&tp, producer, sent.records);
            batch.produce(sent.producer);
        }
        Some((tp, batch))
    }

    /// Takes a batch out of its queue.
    fn leave(&mut self, tp: &TopicPartition, number: BatchNumber) -> Option<(TopicPartition, QueuedBatch)> {
        let queue = self.queue_mut(tp)?;
        let index = queue.batches.iter().position(|batch| batch.number == number)?;
        Some((tp.clone(), queue.batches.remove(index)?))
    }

    /// Takes a batch out of its request.
    fn land(
        &mut self,
        correlation: Correlation,
        tp: &TopicPartition,
        number: BatchNumber,
    ) -> Option<QueuedBatch> {
        let request = self.in_flight.get_mut(&correlation)?;
        let index = request.batches.iter().position(|(at, batch)| at == tp && batch.number == number)?;
        let (_, batch) = request.batches.remove(index);
        if let Some(queue) = self.queue_mut(tp) {
            queue.in_flight = queue.in_flight.saturating_sub(1);
        }
        Some(batch)
    }

    /// Puts batches back, before everything that was opened after them (`insertInSequenceOrder`); without sequence
    /// numbers, at the front (`reenqueue`).
    fn enqueue_again(&mut self, tp: &TopicPartition, batches: Vec<QueuedBatch>) {
        let Some(order) = batches.first().map(|batch| batch.order) else { return };
        let at_front = self.identity.is_none();
        let Some(queue) = self.queue_mut(tp) else { return };
        let later = |queued: &QueuedBatch| at_front || queued.order >= order;
        let at = queue.batches.iter().position(later).unwrap_or(queue.batches.len());
        for (index, batch) in (at..).zip(batches) {
            queue.batches.insert(index, batch);
        }
    }

    fn free(&mut self, batch: &QueuedBatch) {
        self.buffer_used = self.buffer_used.saturating_sub(batch.capacity);
    }

    fn give_up(&mut self, place: &FailedPlace) {
        let gone = match place {
            FailedPlace::Send(_) => None,
            FailedPlace::Waiting(number, _) => {
                self.waiting.retain(|waiting| waiting.number != *number);
                None
            }
            FailedPlace::Queued(tp, number) => self.leave(tp, *number).map(|(_, batch)| batch),
            FailedPlace::InFlight(correlation, tp, number) => self.land(*correlation, tp, *number),
        };
        if let Some(batch) = gone {
            self.free(&batch);
        }
    }

    /// True if a waiting `send` is known to wait for memory.
    pub(super) fn waits_for_memory(&self) -> bool {
        self.waiting.iter().any(|waiting| waiting.reason == BlockReason::Memory)
    }
}
