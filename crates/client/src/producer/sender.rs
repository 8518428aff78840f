//! Decisions about what leaves for the brokers (`Sender.sendProducerData`, `RecordAccumulator.drain`).
//!
//! When one partition's batch is ready, its broker is: then the oldest batch of *every* partition that this broker
//! leads leaves in the same request, whether it has lingered or not, up to `max.request.size`.

use super::Producer;
use super::event::{CloseReason, FailedPlace, ProducerEvent, RequestEnd, SendError, SentBatch};
use super::failure::Failure;
use super::identity::stamped;
use super::state::QueuedBatch;
use super::timers::Ready;
use crate::{Correlation, Outcome, Outgoing};
use millrace_model::config::producer::Acks;
use millrace_model::protocol::ProduceRequest;
use millrace_model::{Batch, BrokerId, Map, Offset, Partition, Request, Set, Time, TopicPartition};
use std::sync::Arc;

/// A batch that could leave in a broker's next request.
struct Candidate<'a> {
    tp: TopicPartition,
    head: &'a QueuedBatch,
    /// None if only others of the request are ready.
    because: Option<CloseReason>,
}

impl Producer {
    /// One request for each broker that is ready.
    pub(super) fn decide_drain(&self, now: Time) -> Outcome<ProducerEvent> {
        let mut outcome = Outcome::nothing();
        let mut correlation = self.next_correlation;
        for (broker, candidates) in self.candidates(now) {
            let ready = candidates.iter().any(|candidate| candidate.because.is_some());
            if ready && self.has_free_slot(broker) && self.throttled_until(broker) <= now {
                self.send_to(now, broker, candidates, Correlation(correlation), &mut outcome);
                correlation += 1;
            }
        }
        outcome
    }

    /// By broker, every oldest batch that neither order nor backoff holds back.
    fn candidates(&self, now: Time) -> Map<BrokerId, Vec<Candidate<'_>>> {
        let mut brokers: Map<BrokerId, Vec<Candidate<'_>>> = Map::new();
        for (topic, partition, queue, head) in self.heads() {
            let Some(leader) = self.leader_of(topic, partition) else { continue };
            let because = match self.ready_at(topic, partition, queue, head) {
                None => continue,
                Some((until, Ready::Backoff)) if until > now => continue,
                Some((_, Ready::Backoff)) => Some(CloseReason::Full),
                Some((due, Ready::Because(reason))) => (due <= now).then_some(reason),
            };
            let tp = TopicPartition { topic: topic.clone(), partition: Partition(partition) };
            brokers.entry(leader).or_default().push(Candidate { tp, head, because });
        }
        brokers
    }

    /// `RecordAccumulator.drainBatchesForOneNode`.
    fn send_to(
        &self,
        now: Time,
        broker: BrokerId,
        mut candidates: Vec<Candidate<'_>>,
        correlation: Correlation,
        outcome: &mut Outcome<ProducerEvent>,
    ) {
        if let Some(resume_at) = self.resume_at.get(&broker) {
            let first = candidates.iter().position(|candidate| candidate.tp >= *resume_at).unwrap_or(0);
            candidates.rotate_left(first);
        }
        let (mut size, mut resume_at) = (0, None);
        let mut batches = Vec::new();
        let mut data: Vec<(TopicPartition, Arc<Batch>)> = Vec::new();
        for Candidate { tp, head, because } in candidates {
            if size + head.estimated_size() > self.config.max_request_size && !batches.is_empty() {
                resume_at = Some(tp);
                break;
            }
            let packed = self.packed(head);
            size += packed.size_in_bytes;
            let (batch, records, bytes) = (head.number, head.batch.len(), head.batch.size_in_bytes);
            if !head.closed {
                let reason = because.unwrap_or(CloseReason::SameRequest);
                let (tp, waited) = (tp.clone(), now.since(head.created_at));
                outcome.events.push(ProducerEvent::BatchClosed { tp, batch, reason, records, bytes, waited });
            }
            let producer = self.sequence_for(&tp, head);
            let attempt = head.attempts + 1;
            let bytes = packed.size_in_bytes;
            batches.push(SentBatch { tp: tp.clone(), batch, records, bytes, attempt, producer });
            data.push((tp, stamped(&packed, producer)));
        }
        let awaits_reply = self.config.acks != Acks::Zero;
        let sent =
            ProducerEvent::RequestSent { at: now, correlation, to: broker, batches, awaits_reply, resume_at };
        let ProducerEvent::RequestSent { batches, .. } = &sent else { return };
        // With acks=0 a batch is done as soon as it has left (`Sender.handleProduceResponse`, no response).
        let done: Vec<_> = if awaits_reply {
            Vec::new()
        } else {
            let numbers = batches.iter().map(|sent| sent.batch);
            numbers.zip(&data).map(|(number, (tp, batch))| (number, tp.clone(), batch.clone())).collect()
        };
        outcome.events.push(sent);
        for (number, tp, batch) in done {
            outcome.events.push(ProducerEvent::BatchAcknowledged {
                at: now,
                correlation,
                tp,
                number,
                base_offset: Offset(-1),
                log_append_time: None,
                batch,
            });
        }
        let (acks, timeout, transaction) =
            (self.config.acks, self.config.request_timeout, self.in_transaction());
        let request = ProduceRequest { acks, timeout, data, transaction };
        outcome.requests.push(Outgoing { correlation, to: broker, request: Request::Produce(request) });
    }

    /// Every batch older than `delivery.timeout.ms` fails, on its way or not.
    pub(super) fn decide_expiry(&self, now: Time) -> Vec<ProducerEvent> {
        let mut events = Vec::new();
        let expired = |batch: &QueuedBatch| batch.created_at + self.config.delivery_timeout <= now;
        for (correlation, request) in &self.in_flight {
            for (tp, batch) in request.batches.iter().filter(|(_, batch)| expired(batch)) {
                let place = FailedPlace::InFlight(*correlation, tp.clone(), batch.number);
                events.extend(self.expire(now, tp, batch, place));
            }
        }
        for (topic, partition, queue, _) in self.heads() {
            for batch in queue.batches.iter().take_while(|batch| expired(batch)) {
                let tp = TopicPartition { topic: topic.clone(), partition: Partition(partition) };
                let place = FailedPlace::Queued(tp.clone(), batch.number);
                events.extend(self.expire(now, &tp, batch, place));
            }
        }
        events
    }

    fn expire(
        &self,
        now: Time,
        tp: &TopicPartition,
        batch: &QueuedBatch,
        place: FailedPlace,
    ) -> Vec<ProducerEvent> {
        let failure = Failure::expired(batch.batch.len(), tp, now.since(batch.created_at));
        let origins = batch.batch.records.iter().map(|record| record.origin).collect();
        let in_transaction = self.batch_given_up(now, &failure);
        let mut events = vec![ProducerEvent::RecordsFailed { at: now, place, origins, failure }];
        events.extend(self.after_failure(now, tp, batch, false));
        events.extend(in_transaction);
        events
    }

    /// A request stayed unanswered: the connection is given up, and with it everything on its way there
    /// (`NetworkClient.handleTimedOutRequests`).
    pub(super) fn decide_request_timeouts(
        &self,
        now: Time,
        dice: &dyn millrace_model::Dice,
    ) -> Vec<ProducerEvent> {
        let over = |sent_at: Time| self.times_out_at(sent_at) <= now;
        let produce = self.in_flight.values().filter(|request| over(request.sent_at)).map(|r| r.to);
        let metadata = self.metadata.pending.iter().filter(|pending| over(pending.sent_at)).map(|p| p.to);
        let id = self.pending_id().filter(|pending| over(pending.sent_at)).map(|p| p.to);
        let transaction = self.pending_transaction().filter(|pending| over(pending.sent_at)).map(|p| p.to);
        let brokers: Set<BrokerId> = produce.chain(metadata).chain(id).chain(transaction).collect();
        let mut rolls = self.rolls;
        let drop = |broker| self.disconnect(now, broker, true, dice, &mut rolls);
        brokers.into_iter().flat_map(drop).collect()
    }

    /// What follows from a broken connection.
    pub(super) fn disconnect(
        &self,
        now: Time,
        broker: BrokerId,
        timed_out: bool,
        dice: &dyn millrace_model::Dice,
        rolls: &mut u64,
    ) -> Vec<ProducerEvent> {
        let mut events = vec![ProducerEvent::BrokerDisconnected { at: now, broker, timed_out }];
        for (correlation, request) in self.in_flight.iter().filter(|(_, request)| request.to == broker) {
            let this_one = timed_out && self.times_out_at(request.sent_at) <= now;
            let (error, how) = if this_one {
                (SendError::TimedOut(broker), RequestEnd::TimedOut)
            } else {
                (SendError::Disconnected(broker), RequestEnd::Disconnected)
            };
            for (tp, batch) in &request.batches {
                events.extend(self.retry_or_fail(now, *correlation, tp, batch, error, dice, rolls));
            }
            let took = now.since(request.sent_at);
            events.push(ProducerEvent::RequestEnded {
                at: now,
                correlation: *correlation,
                to: broker,
                how,
                took,
            });
        }
        if let Some(pending) = self.pending_id().filter(|pending| pending.to == broker) {
            events.push(self.producer_id_failed(now, pending, SendError::Disconnected(broker)));
        }
        if let Some(pending) = self.pending_transaction().filter(|pending| pending.to == broker) {
            events.extend(self.transaction_lost(now, pending, SendError::Disconnected(broker)));
        }
        if let Some(pending) = self.metadata.pending.as_ref().filter(|pending| pending.to == broker) {
            events.push(self.metadata_failed(now, pending, dice, rolls));
        }
        let reason = super::event::RefreshReason::Disconnected;
        events.push(ProducerEvent::MetadataRefreshRequested { at: now, reason });
        events
    }
}
