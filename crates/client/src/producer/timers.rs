//! When a producer wants to be woken, and for what.

use super::Producer;
use super::event::{CloseReason, RefreshReason};
use super::state::{Lifecycle, PartitionQueue, QueuedBatch, WaitNumber, WaitingSend};
use crate::Correlation;
use millrace_model::{BrokerId, LeaderEpoch, Partition, Span, Time, TopicName, TopicPartition};

/// The reasons to wake a producer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProducerTimer {
    /// `delivery.timeout.ms` of the oldest batch of a partition is over.
    DeliveryTimeout(TopicPartition),
    /// `request.timeout.ms` of a request is over.
    RequestTimeout(Correlation),
    /// `max.block.ms` of a waiting `send` is over.
    MaxBlock(WaitNumber),
    /// Metadata has to be asked for.
    MetadataRefresh,
    /// What a waiting `send` waited for is there.
    SendUnblocked(WaitNumber),
    /// A batch may leave now: it is full, or `flush`, `close` or want of memory makes it leave.
    SendReady(TopicPartition),
    /// `linger.ms` of a batch is over.
    Linger(TopicPartition),
    /// The backoff of a batch that is sent again is over.
    RetryBackoff(TopicPartition),
    /// Everything that `flush` waited for is settled.
    FlushDone,
    /// Everything that `close` waited for is settled.
    CloseDone,
    /// Something has to be done about the producer's id: it is asked for, or its epoch raised.
    ProducerId,
    /// The transaction manager has something to do, or a call has lasted too long.
    Transaction,
}

/// What a waiting `send` would meet if it were tried now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waits {
    No,
    Metadata,
    Memory,
}

impl Producer {
    /// The next moment at which this producer has something to do, and what; none if only an input can move it.
    ///
    /// A moment that has already come means: now. The owner then gives [`super::ProducerInput::Timer`].
    pub fn next_timer(&self) -> Option<(Time, ProducerTimer)> {
        let mut next: Option<(Time, ProducerTimer)> = None;
        let mut offer = |candidate: (Time, ProducerTimer)| {
            if next.as_ref().is_none_or(|best| candidate < *best) {
                next = Some(candidate);
            }
        };
        for (correlation, request) in &self.in_flight {
            offer((self.times_out_at(request.sent_at), ProducerTimer::RequestTimeout(*correlation)));
            for (tp, batch) in &request.batches {
                let expires = batch.created_at + self.config.delivery_timeout;
                offer((expires, ProducerTimer::DeliveryTimeout(tp.clone())));
            }
        }
        if let Some(pending) = &self.metadata.pending {
            let timer = ProducerTimer::RequestTimeout(pending.correlation);
            offer((self.times_out_at(pending.sent_at), timer));
        } else if let Some((due, _)) = self.metadata_due() {
            offer((due, ProducerTimer::MetadataRefresh));
        }
        if self.identity.is_some() {
            if let Some(pending) = self.pending_id() {
                let timer = ProducerTimer::RequestTimeout(pending.correlation);
                offer((self.times_out_at(pending.sent_at), timer));
            }
            if let Some(due) = self.identity_due() {
                offer((due, ProducerTimer::ProducerId));
            }
        }
        if self.transactions.is_some() {
            if let Some(pending) = self.pending_transaction() {
                let timer = ProducerTimer::RequestTimeout(pending.correlation);
                offer((self.times_out_at(pending.sent_at), timer));
            }
            if let Some(due) = self.transaction_due() {
                offer((due, ProducerTimer::Transaction));
            }
        }
        for (topic, partition, queue, head) in self.heads() {
            let tp = || TopicPartition { topic: topic.clone(), partition: Partition(partition) };
            offer((head.created_at + self.config.delivery_timeout, ProducerTimer::DeliveryTimeout(tp())));
            let Some(leader) = self.leader_of(topic, partition).filter(|leader| self.has_free_slot(*leader))
            else {
                continue;
            };
            if let Some((due, why)) = self.ready_at(topic, partition, queue, head) {
                let due = due.max(self.throttled_until(leader));
                let timer = match why {
                    Ready::Backoff => ProducerTimer::RetryBackoff(tp()),
                    Ready::Because(CloseReason::Linger) => ProducerTimer::Linger(tp()),
                    Ready::Because(_) => ProducerTimer::SendReady(tp()),
                };
                offer((due, timer));
            }
        }
        // They stand in the order of their calls, so the first is the oldest.
        if let Some(waiting) = self.waiting.front() {
            offer((waiting.since + self.config.max_block, ProducerTimer::MaxBlock(waiting.number)));
        }
        if let Some(waiting) = self.first_unblocked() {
            offer((self.clock, ProducerTimer::SendUnblocked(waiting.number)));
        }
        if let Some(timer) = self.settled() {
            offer((self.clock, timer));
        }
        next
    }

    /// When a request is given up that was sent then: once it has waited longer, in whole milliseconds, than
    /// `request.timeout.ms` (`InFlightRequests.hasExpiredRequest`). A broker next door that gives up itself, after as long,
    /// is heard before.
    pub(super) fn times_out_at(&self, sent_at: Time) -> Time {
        sent_at + self.config.request_timeout + Span::from_millis(1)
    }

    /// Every partition with batches waiting, and its oldest batch.
    pub(super) fn heads(&self) -> impl Iterator<Item = (&TopicName, i32, &PartitionQueue, &QueuedBatch)> {
        self.topics.iter().flat_map(|(topic, queues)| {
            queues
                .partitions
                .iter()
                .zip(0..)
                .filter_map(move |(queue, partition)| Some((topic, partition, queue, queue.batches.front()?)))
        })
    }

    pub(super) fn leader_of(&self, topic: &TopicName, partition: i32) -> Option<BrokerId> {
        let info = self.metadata.cluster.value.topics.get(topic)?;
        info.partitions.get(usize::try_from(partition).ok()?)?.leader
    }

    /// True while fewer than `max.in.flight.requests.per.connection` Produce requests are on their way to a broker.
    pub(super) fn has_free_slot(&self, broker: BrokerId) -> bool {
        let on_their_way = self.in_flight.values().filter(|request| request.to == broker).count();
        on_their_way < self.config.max_in_flight
    }

    /// Until when nothing may leave for a broker.
    pub(super) fn throttled_until(&self, broker: BrokerId) -> Time {
        self.throttled.0.get(&broker).copied().unwrap_or(Time::ZERO)
    }

    /// When a partition's oldest batch may make its broker's request leave, and why; none while order forbids it.
    /// (`RecordAccumulator.batchReady`)
    pub(super) fn ready_at(
        &self,
        topic: &TopicName,
        partition: i32,
        queue: &PartitionQueue,
        head: &QueuedBatch,
    ) -> Option<(Time, Ready)> {
        if self.must_hold(topic, partition, queue, head) {
            return None;
        }
        if let Some(until) = self.backing_off_until(topic, partition, head) {
            return Some((until, Ready::Backoff));
        }
        let because = |reason| Some((self.clock, Ready::Because(reason)));
        if queue.batches.len() > 1 || head.is_full() {
            because(CloseReason::Full)
        } else if self.waits_for_memory() {
            because(CloseReason::Memory)
        } else if self.lifecycle != Lifecycle::Open {
            because(CloseReason::Close)
        } else if self.flush_up_to.is_some() {
            because(CloseReason::Flush)
        } else if self.is_completing_transaction() {
            because(CloseReason::TransactionCompleting)
        } else {
            Some((head.created_at + self.config.linger, Ready::Because(CloseReason::Linger)))
        }
    }

    /// True while an earlier batch of the partition is not settled and a later one could overtake it; see the
    /// module's word on order.
    pub(super) fn must_hold(
        &self,
        topic: &TopicName,
        partition: i32,
        queue: &PartitionQueue,
        head: &QueuedBatch,
    ) -> bool {
        if let Some(identity) = self.identity.as_deref() {
            let tp = TopicPartition { topic: topic.clone(), partition: Partition(partition) };
            return self.holds_back(&tp, head) || self.out_of_sequence(identity, &tp, queue, head);
        }
        self.config.max_in_flight == 1 && queue.in_flight > 0
    }

    /// The end of the batch's backoff if a newer leader does not end it earlier (`shouldBackoff`).
    pub(super) fn backing_off_until(
        &self,
        topic: &TopicName,
        partition: i32,
        head: &QueuedBatch,
    ) -> Option<Time> {
        let retry = head.retry?;
        let newer_leader =
            retry.leader_epoch.is_some() && self.leader_epoch_of(topic, partition) > retry.leader_epoch;
        (!newer_leader && retry.until > self.clock).then_some(retry.until)
    }

    pub(super) fn leader_epoch_of(&self, topic: &TopicName, partition: i32) -> Option<LeaderEpoch> {
        let info = self.metadata.cluster.value.topics.get(topic)?;
        Some(info.partitions.get(usize::try_from(partition).ok()?)?.leader_epoch)
    }

    /// The first waiting `send` that could go on: sends of one topic go on in order, and so do those that wait for
    /// memory.
    pub(super) fn first_unblocked(&self) -> Option<&WaitingSend> {
        let mut blocked: Vec<&TopicName> = Vec::new();
        for waiting in &self.waiting {
            if blocked.contains(&&waiting.topic) {
                continue;
            }
            match self.waits(waiting) {
                Waits::No => return Some(waiting),
                Waits::Metadata => blocked.push(&waiting.topic),
                Waits::Memory => return None,
            }
        }
        None
    }

    /// Whether metadata has to be asked for: when, and why.
    pub(super) fn metadata_due(&self) -> Option<(Time, RefreshReason)> {
        if self.lifecycle == Lifecycle::Closed || (self.topics.is_empty() && self.waiting.is_empty()) {
            return None;
        }
        let never_asked = |topic: &TopicName| !self.knows(topic) && !self.metadata.errors.contains_key(topic);
        if self.waiting.iter().any(|waiting| never_asked(&waiting.topic)) {
            let failed = self.metadata.request_failed;
            let due = if failed { self.metadata.not_before.max(self.clock) } else { self.clock };
            return Some((due, RefreshReason::UnknownTopic));
        }
        let wanted = self
            .waiting
            .iter()
            .any(|waiting| self.waits(waiting) == Waits::Metadata)
            .then_some(RefreshReason::UnknownTopic);
        let leaderless = || {
            let none = |(topic, partition, _, _): (&TopicName, i32, &PartitionQueue, &QueuedBatch)| {
                self.leader_of(topic, partition).is_none()
            };
            self.heads().any(none).then_some(RefreshReason::NoLeader)
        };
        if let Some(reason) = self.metadata.refresh.or(wanted).or_else(leaderless) {
            return Some((self.metadata.not_before.max(self.clock), reason));
        }
        let updated_at = self.metadata.updated_at?;
        Some((updated_at + self.config.metadata_max_age, RefreshReason::MaxAge))
    }

    /// `flush` or `close`, if it has nothing left to wait for.
    pub(super) fn settled(&self) -> Option<ProducerTimer> {
        if let Some(up_to) = self.flush_up_to {
            let queued = self.heads().map(|(_, _, _, head)| head.order);
            let sent = self.in_flight.values().flat_map(|request| &request.batches).map(|(_, b)| b.order);
            if queued.chain(sent).all(|order| order > up_to) {
                return Some(ProducerTimer::FlushDone);
            }
        }
        let idle = || self.heads().next().is_none() && self.in_flight.values().all(|r| r.batches.is_empty());
        (self.lifecycle == Lifecycle::Closing && idle() && self.has_no_transaction())
            .then_some(ProducerTimer::CloseDone)
    }
}

/// Why a batch is (or will be) ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ready {
    /// It waits for its next attempt.
    Backoff,
    /// It leaves because of this.
    Because(CloseReason),
}
