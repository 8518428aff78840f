//! Fetching: one request in flight per leader, the answers wait in a buffer (`AbstractFetch`, `FetchBuffer`).
//!
//! As since Kafka 4.0 (KAFKA-17182), a leader is asked again only when nothing of its partitions is buffered any more;
//! the question leaves together with the poll that returns the last buffered records.

use super::event::{ConsumerEvent, Purpose, ResetReason};
use super::state::{Consumer, Position};
use super::turn::Turn;
use millrace_model::config::consumer::AutoOffsetReset;
use millrace_model::protocol::{
    FetchPartition, FetchRequest, FetchResponse, FetchedPartition, IsolationLevel,
};
use millrace_model::{
    BrokerId, ErrorCode, Map, Offset, ProducerId, Request, Set, StoredBatch, Time, TopicPartition,
};
use std::sync::Arc;

impl Consumer {
    /// Partitions to fetch, each with its leader, its position and the moment from which it may be fetched.
    fn fetchable(&self) -> Vec<(&TopicPartition, BrokerId, Offset, Time)> {
        let mut busy: Set<BrokerId> = Set::new();
        let mut taken: Set<&TopicPartition> = self.buffer.iter().map(|b| &b.tp).collect();
        for pending in self.pending.values() {
            if let Purpose::Fetch { positions } = &pending.purpose {
                busy.insert(pending.to);
                taken.extend(positions.iter().map(|(tp, _)| tp));
            }
        }
        for buffered in &self.buffer {
            if self.partitions.get(&buffered.tp).is_some_and(|p| p.is_fetchable()) {
                busy.extend(self.asked_for(&buffered.tp));
            }
        }
        self.order
            .iter()
            .filter_map(|tp| {
                let state = self.partitions.get(tp)?;
                let leader = self.asked_for(tp)?;
                let Position::At(offset) = state.position else { return None };
                let free = state.is_fetchable() && !busy.contains(&leader) && !taken.contains(tp);
                free.then_some((tp, leader, offset, state.retry_at))
            })
            .collect()
    }

    /// Who is asked for a partition: its leader, or the replica that it has named (`AbstractFetch.selectReadReplica`).
    fn asked_for(&self, tp: &TopicPartition) -> Option<BrokerId> {
        let cluster = &self.metadata.cluster;
        let leader = cluster.leader(tp)?;
        let named = self.partitions.get(tp).and_then(|state| state.read_replica);
        let is_there = |id: &BrokerId| {
            cluster.brokers.iter().any(|broker| broker.id == *id)
                && cluster.partition(tp).is_some_and(|partition| partition.replicas.contains(id))
        };
        let replica = named.filter(|(_, until)| self.clock < *until).map(|(id, _)| id).filter(is_there);
        Some(replica.unwrap_or(leader))
    }

    /// From when on something can be fetched.
    pub(super) fn fetch_due_at(&self) -> Option<Time> {
        self.fetchable().into_iter().map(|(.., at)| at).min()
    }
}

impl Turn<'_> {
    pub fn send_fetches(&mut self) {
        let mut by_leader: Map<BrokerId, Vec<(TopicPartition, Offset)>> = Map::new();
        for (tp, leader, offset, at) in self.c.fetchable() {
            if at <= self.now {
                by_leader.entry(leader).or_default().push((tp.clone(), offset));
            }
        }
        for (leader, positions) in by_leader {
            let config = &self.c.config;
            let partitions = positions
                .iter()
                .map(|(tp, offset)| FetchPartition {
                    tp: tp.clone(),
                    fetch_offset: *offset,
                    current_leader_epoch: self.c.metadata.cluster.partition(tp).map(|p| p.leader_epoch),
                    partition_max_bytes: config.max_partition_fetch_bytes,
                })
                .collect();
            let request = FetchRequest {
                max_wait: config.fetch_max_wait,
                min_bytes: config.fetch_min_bytes,
                max_bytes: config.fetch_max_bytes,
                isolation_level: config.isolation_level,
                rack_id: config.client_rack.clone(),
                partitions,
            };
            let purpose = Purpose::Fetch { positions: positions.into() };
            self.send(leader, purpose, Request::Fetch(request));
        }
    }

    pub fn fetch_answered(&mut self, asked: &Arc<[(TopicPartition, Offset)]>, answer: &FetchResponse) {
        for (tp, from) in asked.iter() {
            let position = self.c.partitions.get(tp).map(|p| p.position);
            let buffered = self.c.buffer.iter().any(|b| b.tp == *tp);
            if position != Some(Position::At(*from)) || buffered {
                self.emit(ConsumerEvent::FetchDiscarded { tp: tp.clone(), from: *from });
                continue;
            }
            match answer.partitions.iter().find(|fetched| fetched.tp == *tp) {
                Some(fetched) => self.partition_fetched(tp, *from, fetched),
                None => self.retry_partition(tp, ErrorCode::UnknownTopicOrPartition),
            }
        }
    }

    fn partition_fetched(&mut self, tp: &TopicPartition, from: Offset, fetched: &FetchedPartition) {
        match fetched.error {
            ErrorCode::None => {
                let (tp, batches) =
                    (tp.clone(), usable(&fetched.batches, from, &fetched.aborted_transactions));
                let high_watermark = match self.c.config.isolation_level {
                    IsolationLevel::ReadUncommitted => fetched.high_watermark,
                    IsolationLevel::ReadCommitted => fetched.last_stable_offset,
                };
                if let Some(replica) = fetched.preferred_read_replica {
                    let until = self.now + self.c.config.metadata_max_age;
                    let (tp, replica) = (tp.clone(), Some(replica));
                    self.emit(ConsumerEvent::ReadReplicaChanged { tp, replica, until });
                }
                self.emit(ConsumerEvent::Fetched { tp, from, batches, high_watermark });
            }
            // The leader may have what the replica has not.
            ErrorCode::OffsetOutOfRange if self.reads_from_its_leader_again(tp) => {}
            ErrorCode::OffsetOutOfRange => self.out_of_range(tp, from),
            error if error.is_retriable() => {
                self.reads_from_its_leader_again(tp);
                self.retry_partition(tp, error);
            }
            unexpected => {
                self.retry_partition(tp, unexpected);
                let message =
                    format!("Unexpected error code {} while fetching from partition {tp}", unexpected.code());
                self.raise(unexpected, "IllegalStateException", &message);
            }
        }
    }

    /// `clearPreferredReadReplica`; false if nothing has changed by that.
    pub fn reads_from_its_leader_again(&mut self, tp: &TopicPartition) -> bool {
        let was_named = self.c.partitions.get(tp).is_some_and(|state| state.read_replica.is_some());
        if was_named {
            let (tp, until) = (tp.clone(), self.now);
            self.emit(ConsumerEvent::ReadReplicaChanged { tp, replica: None, until });
        }
        was_named
    }

    fn out_of_range(&mut self, tp: &TopicPartition, from: Offset) {
        let policy = self.c.config.auto_offset_reset;
        if policy != AutoOffsetReset::None {
            let why = ResetReason::OutOfRange(policy);
            return self.emit(ConsumerEvent::PositionResetNeeded { tp: tp.clone(), why });
        }
        let message = format!("Fetch position {} is out of range for partition {tp}", self.shown(tp, from));
        self.raise(ErrorCode::OffsetOutOfRange, "OffsetOutOfRangeException", &message);
    }

    /// `FetchPosition.toString`.
    fn shown(&self, tp: &TopicPartition, offset: Offset) -> String {
        let or_empty = |text: Option<String>| {
            text.map_or("Optional.empty".to_owned(), |text| format!("Optional[{text}]"))
        };
        let epoch = self.c.partitions.get(tp).and_then(|p| p.leader_epoch).map(|epoch| epoch.to_string());
        let partition = self.c.metadata.cluster.partition(tp);
        let leader = partition.and_then(|p| p.leader).and_then(|id| {
            let broker = self.c.metadata.cluster.brokers.iter().find(|broker| broker.id == id)?;
            let rack = broker.rack.as_deref().unwrap_or("null");
            Some(format!("{}:{} (id: {id} rack: {rack} isFenced: false)", broker.host, broker.port))
        });
        let current = partition.map_or(-1, |p| p.leader_epoch.0);
        format!(
            "FetchPosition{{offset={offset}, offsetEpoch={}, currentLeader=LeaderAndEpoch{{leader={}, epoch={current}}}}}",
            or_empty(epoch),
            or_empty(leader)
        )
    }
}

/// The batches from `from` on, in rising order; a broker that sends others is not believed. Markers and what was aborted
/// keep their offsets and lose their records (`CompletedFetch.nextFetchedRecord`).
pub fn usable(
    batches: &[StoredBatch],
    from: Offset,
    aborted_transactions: &[(ProducerId, Offset)],
) -> Arc<[StoredBatch]> {
    let mut skipped = Skipped { waiting: aborted_transactions.to_vec(), open: Set::new() };
    let mut next = from;
    let mut first = true;
    let mut usable = Vec::with_capacity(batches.len());
    for batch in batches {
        let begins = batch.base_offset >= next || first;
        let is_whole = !batch.batch.is_empty() || batch.batch.cleaned.is_some();
        if begins && is_whole && batch.next_offset() > next {
            next = batch.next_offset();
            first = false;
            usable.push(match skipped.skips(batch) {
                true => emptied(batch),
                false => batch.clone(),
            });
        }
    }
    usable.into()
}

/// The aborted transactions of an answer, while its batches are gone through.
struct Skipped {
    waiting: Vec<(ProducerId, Offset)>,
    open: Set<ProducerId>,
}

impl Skipped {
    /// Whether a batch is not for the application: a marker, or part of an aborted transaction.
    fn skips(&mut self, batch: &StoredBatch) -> bool {
        let Some(producer) = batch.batch.producer.as_deref() else { return false };
        let open = &mut self.open;
        self.waiting.retain(|(id, first)| {
            let has_begun = *first <= batch.last_offset();
            if has_begun {
                open.insert(*id);
            }
            !has_begun
        });
        if producer.marker.is_some() {
            open.remove(&producer.id);
            return true;
        }
        producer.is_transactional && open.contains(&producer.id)
    }
}

/// The same place in the log, without records.
fn emptied(batch: &StoredBatch) -> StoredBatch {
    StoredBatch { batch: Arc::new(batch.batch.retaining(Vec::new(), None)), ..batch.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::{Batch, EndTxnMarker, ProducedBy, ProducerEpoch, Record, Time, Timestamp};

    fn stored(base_offset: i64, id: i64, is_transactional: bool, marker: Option<bool>) -> StoredBatch {
        let producer = ProducedBy {
            id: ProducerId(id),
            epoch: ProducerEpoch(0),
            base_sequence: 0,
            is_transactional,
            marker: None,
        };
        let record = Record::new(Timestamp(0), None, Some(b"v"));
        let batch = match marker {
            Some(committed) => {
                let marker = EndTxnMarker { committed, coordinator_epoch: 0 };
                Batch::end_transaction(producer, marker, Timestamp(0))
            }
            None => Batch::new(vec![record]).produced_by(producer),
        };
        StoredBatch {
            base_offset: Offset(base_offset),
            leader_epoch: millrace_model::LeaderEpoch(0),
            appended_at: Time::ZERO,
            log_append_time: None,
            batch: Arc::new(batch),
        }
    }

    fn shown(batches: &[StoredBatch], aborted: &[(ProducerId, Offset)]) -> (Vec<i64>, i64) {
        let usable = usable(batches, Offset(0), aborted);
        let records = usable.iter().flat_map(|batch| batch.records_from(Offset(0)));
        (records.map(|(offset, _)| offset.0).collect(), usable.last().map_or(0, |last| last.next_offset().0))
    }

    /// Producer 1 aborts, then commits; producer 2 commits meanwhile; producer 3 writes without transactions.
    #[test]
    fn what_was_aborted_and_every_marker_is_passed_over() {
        let batches = [
            stored(0, 1, true, None),
            stored(1, 2, true, None),
            stored(2, 3, false, None),
            stored(3, 1, true, Some(false)),
            stored(4, 1, true, None),
            stored(5, 2, true, Some(true)),
            stored(6, 1, true, Some(true)),
        ];
        assert_eq!(shown(&batches, &[(ProducerId(1), Offset(0))]), (vec![1, 2, 4], 7));
        // read_uncommitted is told of no aborted transaction.
        assert_eq!(shown(&batches, &[]), (vec![0, 1, 2, 4], 7));
    }
}
