//! Decisions about `send`, waiting sends, `flush` and `close`.

use super::accumulator::{Draft, Placed};
use super::event::{BlockReason, FailedPlace, ProducerEvent};
use super::failure::Failure;
use super::input::ProducerRecord;
use super::state::{BatchNumber, Lifecycle, WaitNumber, WaitingSend};
use super::timers::{ProducerTimer, Waits};
use super::{Producer, size};
use millrace_model::{Dice, ErrorCode, Time, TopicName};

/// The records of one topic that have to wait.
struct Blocked {
    topic: TopicName,
    reason: BlockReason,
    records: Vec<ProducerRecord>,
}

impl Producer {
    /// `send` for each record, in order.
    pub(super) fn decide_send(
        &self,
        now: Time,
        records: &[ProducerRecord],
        dice: &dyn Dice,
    ) -> Vec<ProducerEvent> {
        if self.lifecycle != Lifecycle::Open {
            let fail = |record: &ProducerRecord| failed_send(now, record, Failure::closed());
            return records.iter().map(fail).collect();
        }
        let mut draft = Draft::new(self, now, dice);
        if self.waits_for_memory() {
            draft.await_memory_behind_others();
        }
        let mut blocked: Vec<Blocked> = Vec::new();
        for (index, record) in records.iter().enumerate() {
            if let Some(reason) = self.behind(&record.topic, &blocked) {
                push_blocked(&mut blocked, record, reason);
                continue;
            }
            match draft.place(record, index) {
                Placed::Appended => {}
                Placed::Blocked(reason) => {
                    if reason == BlockReason::Memory {
                        draft.await_memory_behind_others();
                    }
                    push_blocked(&mut blocked, record, reason);
                }
                Placed::Failed(failure) => {
                    draft.flush();
                    draft.events.push(failed_send(now, record, failure));
                }
            }
        }
        draft.flush();
        let mut events = self.admit(now, draft.events);
        for (number, blocked) in (self.next_wait..).zip(blocked) {
            let Blocked { topic, reason, records } = blocked;
            let (number, records) = (WaitNumber(number), records.into());
            events.push(ProducerEvent::SendBlocked { at: now, number, topic, reason, records });
        }
        events
    }

    /// What a record waits for because others of its topic wait before it.
    fn behind(&self, topic: &TopicName, blocked: &[Blocked]) -> Option<BlockReason> {
        if blocked.is_empty() && self.waiting.is_empty() {
            return None;
        }
        let now = blocked.iter().find(|blocked| blocked.topic == *topic).map(|blocked| blocked.reason);
        let before = || self.waiting.iter().find(|waiting| waiting.topic == *topic).map(|w| w.reason);
        now.or_else(before)
    }

    /// What a waiting `send` would meet now; exactly what [`Draft::place`] would say of its next record.
    pub(super) fn waits(&self, waiting: &WaitingSend) -> Waits {
        let Some(record) = waiting.rest().first() else { return Waits::No };
        if !self.knows(&waiting.topic) {
            let invalid = self.metadata.errors.get(&waiting.topic) == Some(&ErrorCode::InvalidTopicException);
            return if invalid { Waits::No } else { Waits::Metadata };
        }
        if self.lacks_partition(waiting) {
            return Waits::Metadata;
        }
        let needed = self.allocation(record);
        let free = self.config.buffer_memory.saturating_sub(self.buffer_used);
        // What needs more than there can ever be does not wait: it fails as soon as it is tried.
        if needed <= free || needed > self.config.buffer_memory { Waits::No } else { Waits::Memory }
    }

    /// True if the next record names a partition that the known topic does not have.
    pub(super) fn lacks_partition(&self, waiting: &WaitingSend) -> bool {
        let named = waiting.rest().first().and_then(|record| record.partition);
        let named = named.and_then(|partition| usize::try_from(partition.0).ok());
        named.is_some_and(|partition| partition >= self.partition_count(&waiting.topic))
    }

    fn allocation(&self, record: &ProducerRecord) -> usize {
        size::upper_bound(size::payload(record)).max(self.config.batch_size).max(1)
    }

    /// Tries one waiting `send` again.
    pub(super) fn decide_unblock(
        &self,
        now: Time,
        number: WaitNumber,
        dice: &dyn Dice,
    ) -> Vec<ProducerEvent> {
        let Some(waiting) = self.first_unblocked().filter(|waiting| waiting.number == number) else {
            return Vec::new();
        };
        let mut draft = Draft::new(self, now, dice);
        let (mut taken, mut rest) = (0, None);
        for (index, record) in waiting.rest().iter().enumerate() {
            match draft.place(record, waiting.done + index) {
                Placed::Appended => {}
                Placed::Blocked(reason) => {
                    rest = Some(reason);
                    break;
                }
                Placed::Failed(failure) => {
                    draft.flush();
                    draft.events.push(failed_send(now, record, failure));
                }
            }
            taken += 1;
        }
        draft.flush();
        let unblocked = ProducerEvent::SendUnblocked {
            at: now,
            number,
            topic: waiting.topic.clone(),
            records: taken,
            waited: now.since(waiting.since),
            rest,
        };
        let mut events = vec![unblocked];
        events.append(&mut self.admit(now, draft.events));
        events
    }

    /// `max.block.ms` is over for every `send` that has waited so long.
    pub(super) fn decide_max_block(&self, now: Time) -> Vec<ProducerEvent> {
        let over = |waiting: &&WaitingSend| waiting.since + self.config.max_block <= now;
        let fail = |waiting: &WaitingSend| {
            let failure = self.blocked_too_long(waiting);
            failed_waiting(now, waiting, failure)
        };
        self.waiting.iter().filter(over).map(fail).collect()
    }

    fn blocked_too_long(&self, waiting: &WaitingSend) -> Failure {
        let (topic, max_block) = (&waiting.topic, self.config.max_block);
        let count = self.partition_count(topic);
        let record = waiting.rest().first();
        let named = record.and_then(|record| record.partition);
        match (count, named) {
            (0, _) => Failure::topic_not_present(topic, max_block),
            (count, Some(partition)) if usize::try_from(partition.0).is_ok_and(|p| p >= count) => {
                Failure::partition_not_present(topic, partition, count, max_block)
            }
            _ => {
                let free = self.config.buffer_memory.saturating_sub(self.buffer_used);
                Failure::buffer_exhausted(record.map_or(0, |r| self.allocation(r)), free, &self.config)
            }
        }
    }

    /// `flush`: what is in batches now leaves at once; sends that wait are not part of it.
    pub(super) fn decide_flush(&self, now: Time) -> Vec<ProducerEvent> {
        let up_to = self.next_batch.checked_sub(1).map(BatchNumber);
        let started = ProducerEvent::FlushStarted { at: now, up_to };
        match up_to {
            Some(_) => vec![started],
            None => vec![started, ProducerEvent::FlushCompleted { at: now }],
        }
    }

    /// `flush` or `close` has nothing left to wait for.
    pub(super) fn decide_settled(&self, now: Time) -> Vec<ProducerEvent> {
        match self.settled() {
            Some(ProducerTimer::FlushDone) => vec![ProducerEvent::FlushCompleted { at: now }],
            Some(_) => vec![ProducerEvent::Closed { at: now }],
            None => Vec::new(),
        }
    }

    /// `close`: sends that wait are given up, as the accumulator takes nothing more.
    pub(super) fn decide_close(&self, now: Time) -> Vec<ProducerEvent> {
        if self.lifecycle != Lifecycle::Open {
            return Vec::new();
        }
        let fail = |waiting: &WaitingSend| failed_waiting(now, waiting, Failure::closed_while_waiting());
        let started = std::iter::once(ProducerEvent::CloseStarted { at: now });
        started.chain(self.waiting.iter().map(fail)).collect()
    }
}

fn push_blocked(blocked: &mut Vec<Blocked>, record: &ProducerRecord, reason: BlockReason) {
    match blocked.iter_mut().find(|blocked| blocked.topic == record.topic) {
        Some(blocked) => blocked.records.push(record.clone()),
        None => blocked.push(Blocked { topic: record.topic.clone(), reason, records: vec![record.clone()] }),
    }
}

fn failed_send(now: Time, record: &ProducerRecord, failure: Failure) -> ProducerEvent {
    let place = FailedPlace::Send(record.topic.clone());
    ProducerEvent::RecordsFailed { at: now, place, origins: vec![record.origin], failure }
}

fn failed_waiting(now: Time, waiting: &WaitingSend, failure: Failure) -> ProducerEvent {
    let place = FailedPlace::Waiting(waiting.number, waiting.topic.clone());
    let origins = waiting.rest().iter().map(|record| record.origin).collect();
    ProducerEvent::RecordsFailed { at: now, place, origins, failure }
}
