//! What a `read_committed` reader is shown of transactions, held against what the log itself says of them: the broker's own index
//! of aborted transactions and its last stable offset are not asked.

use super::finding::Kind;
use crate::node::Kind as NodeKind;
use crate::trace::NodeId;
use crate::world::World;
use millrace_broker::PartitionLog;
use millrace_model::protocol::{FetchedPartition, IsolationLevel};
use millrace_model::{Map, Offset, ProducerId, StoredBatch};

pub(super) fn is_read_committed(world: &World, node: NodeId) -> bool {
    match world.node(node).map(|node| &node.kind) {
        Some(NodeKind::Instance { instance, .. }) => {
            instance.config().consumer.isolation_level == IsolationLevel::ReadCommitted
        }
        _ => false,
    }
}

/// How a batch's transaction ended, and where it began.
pub(super) enum Fate {
    Open,
    Committed,
    Aborted(Offset),
}

/// The producer of a batch of records that belongs to a transaction.
fn of_transaction(stored: &StoredBatch) -> Option<ProducerId> {
    let producer = stored.batch.producer.as_deref()?;
    (producer.is_transactional && producer.marker.is_none()).then_some(producer.id)
}

/// How many batches of transactions an answer holds.
pub(super) fn of_transactions(answer: &FetchedPartition) -> u64 {
    answer.batches.iter().filter(|stored| of_transaction(stored).is_some()).count() as u64
}

/// What of an answer the reader should not have been shown.
pub(super) fn uncommitted(answer: &FetchedPartition, log: &PartitionLog) -> Vec<Kind> {
    let mut kinds = Vec::new();
    let asked: Vec<(&StoredBatch, ProducerId)> =
        answer.batches.iter().filter_map(|stored| Some((stored, of_transaction(stored)?))).collect();
    if asked.is_empty() {
        return kinds;
    }
    let fates = fates(log);
    for (stored, producer) in asked {
        let is_skipped = |first: &Offset| {
            answer.aborted_transactions.iter().any(|(id, from)| *id == producer && from == first)
        };
        let is_wrong = match fates.get(&stored.base_offset) {
            Some(Fate::Committed) => false,
            Some(Fate::Aborted(first)) => !is_skipped(first),
            Some(Fate::Open) | None => true,
        };
        if is_wrong {
            kinds.push(Kind::UncommittedShown { offset: stored.base_offset });
        }
    }
    kinds
}

/// What became of each batch of a transaction, by its place.
pub(super) fn fates(log: &PartitionLog) -> Map<Offset, Fate> {
    let mut fates: Map<Offset, Fate> = Map::new();
    let mut open: Map<ProducerId, Vec<Offset>> = Map::new();
    for stored in log.batches_from(log.log_start_offset()) {
        let Some(producer) = stored.batch.producer.as_deref() else { continue };
        if let Some(marker) = producer.marker {
            let batches = open.remove(&producer.id).unwrap_or_default();
            let first = batches.first().copied().unwrap_or(stored.base_offset);
            for base in batches {
                let fate = if marker.committed { Fate::Committed } else { Fate::Aborted(first) };
                fates.insert(base, fate);
            }
        } else if producer.is_transactional {
            open.entry(producer.id).or_default().push(stored.base_offset);
            fates.insert(stored.base_offset, Fate::Open);
        }
    }
    fates
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use millrace_model::{
        Batch, EndTxnMarker, ErrorCode, LeaderEpoch, ProducedBy, ProducerEpoch, Record, Time, Timestamp,
        TopicPartition,
    };
    use std::sync::Arc;

    fn by(id: i64) -> ProducedBy {
        ProducedBy {
            id: ProducerId(id),
            epoch: ProducerEpoch(0),
            base_sequence: 0,
            is_transactional: true,
            marker: None,
        }
    }

    fn at(base: i64, batch: Batch) -> StoredBatch {
        StoredBatch {
            base_offset: Offset(base),
            leader_epoch: LeaderEpoch(0),
            appended_at: Time::ZERO,
            log_append_time: None,
            batch: Arc::new(batch),
        }
    }

    fn record(id: i64) -> Batch {
        Batch::new(vec![Record::new(Timestamp(1), None, Some(b"v"))]).produced_by(by(id))
    }

    fn marker(id: i64, committed: bool) -> Batch {
        Batch::end_transaction(by(id), EndTxnMarker { committed, coordinator_epoch: 0 }, Timestamp(1))
    }

    /// 0: aborted, of producer 1; 1: committed, of 2; 4: open, of 1; 5: of no transaction.
    pub(in crate::safety) fn log() -> PartitionLog {
        let plain = Batch::new(vec![Record::new(Timestamp(1), None, Some(b"v"))]);
        let batches = [
            at(0, record(1)),
            at(1, record(2)),
            at(2, marker(1, false)),
            at(3, marker(2, true)),
            at(4, record(1)),
            at(5, plain),
        ];
        let mut log = PartitionLog::new(Default::default(), Timestamp(0));
        log.append_as_follower(&batches);
        log
    }

    fn shown(from: i64, aborted: &[(i64, i64)]) -> Vec<i64> {
        let log = log();
        let answer = FetchedPartition {
            tp: TopicPartition::new("t", 0),
            error: ErrorCode::None,
            high_watermark: Offset(6),
            last_stable_offset: Offset(4),
            log_start_offset: Offset(0),
            batches: log.batches_from(Offset(from)).cloned().collect(),
            aborted_transactions: aborted.iter().map(|(id, at)| (ProducerId(*id), Offset(*at))).collect(),
            preferred_read_replica: None,
        };
        let offset = |kind| match kind {
            Kind::UncommittedShown { offset } => offset.0,
            _ => -1,
        };
        uncommitted(&answer, &log).into_iter().map(offset).collect()
    }

    #[test]
    fn what_is_aborted_is_to_be_named_and_what_is_open_not_to_be_shown() {
        assert_eq!(shown(0, &[(1, 0)]), [4]);
        assert_eq!(shown(0, &[]), [0, 4]);
        assert_eq!(shown(0, &[(2, 0)]), [0, 4]);
        assert_eq!(shown(5, &[]), [0_i64; 0]);
    }
}
