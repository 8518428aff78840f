//! Decisions about answers to Produce requests: acknowledged, sent again, split or failed (`Sender.completeBatch`).

use super::Producer;
use super::event::{FailedPlace, ProducerEvent, RefreshReason, RequestEnd, SendError};
use super::failure::Failure;
use super::ratio::{after_split, estimated};
use super::state::{BatchNumber, InFlight, QueuedBatch};
use crate::{Correlation, Reply};
use millrace_model::protocol::{ProduceResponse, ProducedPartition};
use millrace_model::record::RECORD_BATCH_OVERHEAD;
use millrace_model::{Batch, Dice, ErrorCode, Record, Response, Span, Time, TopicPartition};
use std::sync::Arc;

impl Producer {
    /// An answer came in.
    pub(super) fn decide_reply(&self, now: Time, reply: &Reply, dice: &dyn Dice) -> Vec<ProducerEvent> {
        let Reply { correlation, from, response } = reply;
        let mut rolls = self.rolls;
        if let Some(pending) = self.metadata.pending.as_ref().filter(|p| p.correlation == *correlation)
            && pending.to == *from
        {
            return match response {
                Response::Metadata(response) => vec![self.metadata_answered(now, pending, response, dice)],
                _ => vec![self.metadata_failed(now, pending, dice, &mut rolls)],
            };
        }
        if let Some(pending) = self.pending_id().filter(|p| p.correlation == *correlation && p.to == *from) {
            return vec![self.producer_id_answered(now, pending, response)];
        }
        if let Some(pending) =
            self.pending_transaction().filter(|p| p.correlation == *correlation && p.to == *from)
        {
            return self.transaction_answered(now, pending, response);
        }
        if matches!(response, Response::Disconnected(_))
            && self.in_flight.get(correlation).is_some_and(|request| request.to == *from)
        {
            return self.disconnect(now, *from, false, dice, &mut rolls);
        }
        let Some(request) = self.in_flight.get(correlation).filter(|request| request.to == *from) else {
            let (correlation, from, api) = (*correlation, *from, response.api());
            return vec![ProducerEvent::ReplyIgnored { correlation, from, api }];
        };
        let (mut events, how) = match response {
            Response::Produce(response) => {
                (self.produced(now, *correlation, request, response, dice, &mut rolls), RequestEnd::Answered)
            }
            _ => (self.unreadable(now, *correlation, request, dice, &mut rolls), RequestEnd::Unreadable),
        };
        let took = now.since(request.sent_at);
        let to = request.to;
        events.push(ProducerEvent::RequestEnded { at: now, correlation: *correlation, to, how, took });
        events
    }

    fn produced(
        &self,
        now: Time,
        correlation: Correlation,
        request: &InFlight,
        response: &ProduceResponse,
        dice: &dyn Dice,
        rolls: &mut u64,
    ) -> Vec<ProducerEvent> {
        let mut events = Vec::new();
        let mut stale = None;
        let mut next_batch = self.next_batch;
        for (tp, queued) in &request.batches {
            let answer = response.partitions.iter().find(|answer| answer.tp == *tp);
            // A broker that says nothing about a batch has not answered for it: as if the connection had broken.
            let error = match answer.map(|answer| answer.error) {
                Some(ErrorCode::None) => None,
                Some(code) => Some(SendError::Answered(code)),
                None => Some(SendError::Disconnected(request.to)),
            };
            match (error, answer) {
                (None, Some(answer)) => events.push(acknowledged(now, correlation, queued, answer)),
                // It is in the log, but the broker does not remember where.
                (Some(SendError::Answered(ErrorCode::DuplicateSequenceNumber)), Some(answer)) => {
                    events.push(acknowledged(now, correlation, queued, answer));
                }
                (Some(SendError::Answered(ErrorCode::MessageTooLarge)), _) if queued.batch.len() > 1 => {
                    events.push(self.split(now, correlation, tp, queued, &mut next_batch));
                }
                (error, _) => {
                    let error = error.unwrap_or(SendError::Disconnected(request.to));
                    events.extend(self.retry_or_fail(now, correlation, tp, queued, error, dice, rolls));
                    if error.shows_stale_metadata() {
                        stale = Some(error);
                    }
                }
            }
        }
        if let Some(error) = stale {
            let reason = RefreshReason::Stale(error);
            events.push(ProducerEvent::MetadataRefreshRequested { at: now, reason });
        }
        events
    }

    fn unreadable(
        &self,
        now: Time,
        correlation: Correlation,
        request: &InFlight,
        dice: &dyn Dice,
        rolls: &mut u64,
    ) -> Vec<ProducerEvent> {
        let error = SendError::Disconnected(request.to);
        let again = |(tp, batch): &(TopicPartition, QueuedBatch)| {
            self.retry_or_fail(now, correlation, tp, batch, error, dice, rolls)
        };
        request.batches.iter().flat_map(again).collect()
    }

    /// Again if the error, `retries` and `delivery.timeout.ms` allow it (`Sender.canRetry`).
    #[allow(clippy::too_many_arguments)] // What is known about one batch at one moment.
    pub(super) fn retry_or_fail(
        &self,
        now: Time,
        correlation: Correlation,
        tp: &TopicPartition,
        queued: &QueuedBatch,
        error: SendError,
        dice: &dyn Dice,
        rolls: &mut u64,
    ) -> Vec<ProducerEvent> {
        let in_time = queued.created_at + self.config.delivery_timeout > now;
        let (may_repeat, bumps) = self.may_repeat(tp, queued, error);
        let has_attempts = queued.attempts < self.config.retries;
        if may_repeat && in_time && has_attempts {
            let roll = *rolls;
            *rolls += 1;
            let backoff = self.backoff(queued.attempts, dice, roll);
            let (tp, number, attempt) = (tp.clone(), queued.number, queued.attempts + 1);
            let at = now;
            let bump = bumps.then(|| self.after_failure(now, &tp, queued, true)).flatten();
            let again =
                ProducerEvent::BatchRetried { at, correlation, tp, number, error, attempt, backoff, roll };
            return std::iter::once(again).chain(bump).collect();
        }
        let place = FailedPlace::InFlight(correlation, tp.clone(), queued.number);
        let origins = queued.batch.records.iter().map(|record| record.origin).collect();
        let failure = Failure::of(error);
        let in_transaction = self.batch_given_up(now, &failure);
        let failed = ProducerEvent::RecordsFailed { at: now, place, origins, failure };
        let is_refused = error == SendError::Answered(ErrorCode::OutOfOrderSequenceNumber) || has_attempts;
        let after = is_refused.then(|| self.after_failure(now, tp, queued, true)).flatten();
        std::iter::once(failed).chain(after).chain(in_transaction).collect()
    }

    /// `ExponentialBackoff.backoff`: `retry.backoff.ms` × 2^attempts, ±20 %, at most `retry.backoff.max.ms`.
    pub(super) fn backoff(&self, attempts: u32, dice: &dyn Dice, roll: u64) -> Span {
        let doubled = self.config.retry_backoff.times(1 << attempts.min(32));
        // Parts per million: no floats in the core.
        let factor = 800_000 + dice.below(&self.stream, roll, 400_000);
        let shaken = u128::from(doubled.0) * u128::from(factor) / 1_000_000;
        let capped = u64::try_from(shaken).unwrap_or(u64::MAX).min(self.config.retry_backoff_max.0);
        // Kafka's backoff is in whole milliseconds.
        Span::from_millis(capped / 1_000)
    }

    /// `RecordAccumulator.splitAndReenqueue`: the same records in batches of `batch.size`.
    fn split(
        &self,
        now: Time,
        correlation: Correlation,
        tp: &TopicPartition,
        queued: &QueuedBatch,
        next_batch: &mut u64,
    ) -> ProducerEvent {
        let limit = self.config.batch_size.max(1);
        let whole = &queued.batch;
        let ratio = queued.ratio.map(|_| after_split(whole.unpacked_size(), whole.size_in_bytes));
        let mut parts: Vec<Vec<Record>> = Vec::new();
        let mut size = 0;
        for record in &queued.batch.records {
            let appended = parts.last().map(|part| {
                let base = part.first().map_or(record.timestamp.0, |first| first.timestamp.0);
                record.size_in_bytes(part.len(), record.timestamp.0.saturating_sub(base))
            });
            match (appended.filter(|bytes| estimated(size, ratio) + bytes <= limit), parts.last_mut()) {
                (Some(bytes), Some(part)) => {
                    size += bytes;
                    part.push(record.clone());
                }
                _ => {
                    size = RECORD_BATCH_OVERHEAD + record.size_in_bytes(0, 0);
                    parts.push(vec![record.clone()]);
                }
            }
        }
        let mut into = Vec::with_capacity(parts.len());
        for part in parts {
            into.push((BatchNumber(*next_batch), Arc::new(Batch::new(part))));
            *next_batch += 1;
        }
        ProducerEvent::BatchSplit { at: now, correlation, tp: tp.clone(), number: queued.number, into }
    }
}

fn acknowledged(
    now: Time,
    correlation: Correlation,
    queued: &QueuedBatch,
    answer: &ProducedPartition,
) -> ProducerEvent {
    ProducerEvent::BatchAcknowledged {
        at: now,
        correlation,
        tp: answer.tp.clone(),
        number: queued.number,
        base_offset: answer.base_offset,
        log_append_time: answer.log_append_time,
        batch: queued.batch.clone(),
    }
}
