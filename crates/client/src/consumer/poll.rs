//! What the application sees of poll: entering, records, errors; and pause, resume, seek.

use super::event::{ConsumerEvent, Polled, PolledPartition, ResetReason};
use super::poison::{Deserializer, poison};
use super::state::{Buffered, Consumer};
use super::turn::Turn;
use millrace_model::{ErrorCode, Offset, StoredBatch, TopicPartition};

impl Consumer {
    /// True if the buffer holds records that poll may return.
    pub(super) fn has_returnable(&self) -> bool {
        self.buffer.iter().any(|buffered| self.is_returnable(buffered))
    }

    fn is_returnable(&self, buffered: &Buffered) -> bool {
        self.partitions.get(&buffered.tp).is_some_and(|partition| partition.is_fetchable())
    }
}

impl Turn<'_> {
    pub fn enter_poll(&mut self) {
        if self.c.in_poll || self.c.commit.is_some() || self.c.closing.is_some() {
            return;
        }
        self.emit(ConsumerEvent::PollStarted { at: self.now });
        if !self.c.is_subscribed() {
            let message = "Consumer is not subscribed to any topics or assigned any partitions";
            self.raise(ErrorCode::None, "IllegalStateException", message);
        }
    }

    /// An empty poll: nothing came within its timeout. What was raised meanwhile stays for the next poll.
    pub fn leave_poll(&mut self) {
        if self.c.may_leave_poll() {
            self.emit(ConsumerEvent::PollReturned { polled: Polled::default(), at: self.now });
        }
    }

    /// Returns what is buffered, at most `max.poll.records`, and sends the next fetches on the way out.
    pub fn return_records(&mut self) {
        let limit = self.c.config.max_poll_records.max(1);
        let mut polled = Polled::default();
        for buffered in self.c.buffer.iter().filter(|buffered| self.c.is_returnable(buffered)) {
            if polled.count >= limit {
                break;
            }
            let (mut part, mut count) = take(buffered, limit - polled.count);
            if self.c.deserializer == Deserializer::Json
                && let Some((at, why)) = first_poison(&part)
            {
                if polled.count == 0 && at == part.from {
                    return self.raise_poison(&part.tp, at, why);
                }
                // What is before it is returned; this answer stays the next in line.
                part.to = at;
                count = part.records().count();
                polled.count += count;
                if count > 0 {
                    polled.records.push(part);
                }
                break;
            }
            polled.count += count;
            polled.records.push(part);
        }
        // Without records if cleaning has left only headers: the position moves on all the same, as in Kafka.
        if polled.records.is_empty() {
            return;
        }
        self.emit(ConsumerEvent::PollReturned { polled, at: self.now });
        self.send_fetches();
    }

    fn raise_poison(&mut self, tp: &TopicPartition, at: Offset, why: &str) {
        let message = format!(
            "Error deserializing VALUE for partition {tp} at offset {at}: {why}. If needed, please seek past the record to continue consumption."
        );
        self.raise(ErrorCode::None, "RecordDeserializationException", &message);
    }

    pub fn fail_poll(&mut self) {
        if let Some(raised) = self.c.raised.clone() {
            let (error, exception, message) = (raised.error, raised.exception, raised.message);
            self.emit(ConsumerEvent::PollFailed { error, exception, message, at: self.now });
        }
    }

    pub fn pause(&mut self, partitions: &[TopicPartition]) {
        let partitions = self.assigned(partitions, false);
        if !partitions.is_empty() {
            self.emit(ConsumerEvent::Paused { partitions });
        }
    }

    pub fn resume(&mut self, partitions: &[TopicPartition]) {
        let partitions = self.assigned(partitions, true);
        if !partitions.is_empty() {
            self.emit(ConsumerEvent::Resumed { partitions });
        }
    }

    fn assigned(&self, partitions: &[TopicPartition], paused: bool) -> Vec<TopicPartition> {
        let assigned = |tp: &&TopicPartition| self.c.partitions.get(*tp).is_some_and(|p| p.paused == paused);
        partitions.iter().filter(assigned).cloned().collect()
    }

    pub fn seek(&mut self, tp: &TopicPartition, offset: Offset) {
        if self.c.partitions.contains_key(tp) && offset.0 >= 0 {
            let why = ResetReason::Seek;
            self.emit(ConsumerEvent::PositionReset { tp: tp.clone(), offset, why });
        }
    }
}

fn first_poison(part: &PolledPartition) -> Option<(Offset, &'static str)> {
    part.records().find_map(|(offset, record, _)| poison(record).map(|why| (offset, why)))
}

/// The first `limit` records of a buffered answer, and how many that are.
fn take(buffered: &Buffered, limit: usize) -> (PolledPartition, usize) {
    let mut count = 0usize;
    let mut to = buffered.from;
    let mut batches: Vec<StoredBatch> = Vec::new();
    let skip = buffered.batches.partition_point(|batch| batch.next_offset() <= buffered.from);
    for batch in buffered.batches.iter().skip(skip) {
        if count >= limit {
            break;
        }
        let start = batch.base_offset.max(buffered.from);
        let taken = batch.count_from(start).min(limit - count);
        to = batch.position_after(start, taken);
        count += taken;
        batches.push(batch.clone());
    }
    (PolledPartition { tp: buffered.tp.clone(), batches, from: buffered.from, to }, count)
}
