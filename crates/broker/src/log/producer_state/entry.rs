//! One producer: its epoch, its last batches, its open transaction (`ProducerStateEntry`, `BatchMetadata`).

use super::{NUM_BATCHES_TO_RETAIN, ProducedBatch};
use millrace_model::produced::NO_SEQUENCE;
use millrace_model::{Offset, ProducerEpoch, ProducerId, Timestamp};

/// A batch that was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BatchMetadata {
    /// Its last record's sequence number.
    pub last_seq: i32,
    /// Its last record's offset.
    pub last_offset: Offset,
    /// How many records precede the last.
    pub offset_delta: i32,
    /// Its largest timestamp.
    pub timestamp: Timestamp,
}

impl BatchMetadata {
    /// Its first record's sequence number; before 0 comes the largest.
    #[must_use]
    pub fn first_seq(&self) -> i32 {
        let (last, delta) = (i64::from(self.last_seq), i64::from(self.offset_delta));
        let first = if last < delta { last - delta + (1 << 31) } else { last - delta };
        i32::try_from(first).unwrap_or(NO_SEQUENCE)
    }

    /// Its first record's offset.
    #[must_use]
    pub fn first_offset(&self) -> Offset {
        Offset(self.last_offset.0.saturating_sub(i64::from(self.offset_delta)))
    }

    pub(super) fn of(batch: &ProducedBatch) -> Self {
        let delta = i64::from(batch.last_offset_delta);
        // Behind the largest comes 0.
        let last = (i64::from(batch.base_sequence) + delta) & i64::from(i32::MAX);
        Self {
            last_seq: i32::try_from(last).unwrap_or(NO_SEQUENCE),
            last_offset: Offset(batch.base_offset.0.saturating_add(delta)),
            offset_delta: batch.last_offset_delta,
            timestamp: batch.max_timestamp,
        }
    }
}

/// What a partition knows of one producer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProducerStateEntry {
    /// Who it is.
    pub producer_id: ProducerId,
    /// Its epoch.
    pub producer_epoch: ProducerEpoch,
    /// The epoch of the coordinator that has written its last marker; -1 if there was none.
    pub coordinator_epoch: i32,
    /// The timestamp of its last batch or marker.
    pub last_timestamp: Timestamp,
    /// Where its open transaction begins.
    pub current_txn_first_offset: Option<Offset>,
    /// Its last batches of this epoch, at most [`NUM_BATCHES_TO_RETAIN`].
    batches: Vec<BatchMetadata>,
}

impl ProducerStateEntry {
    pub(super) const fn empty(producer_id: ProducerId) -> Self {
        Self {
            producer_id,
            producer_epoch: ProducerEpoch::NONE,
            coordinator_epoch: -1,
            last_timestamp: Timestamp::NONE,
            current_txn_first_offset: None,
            batches: Vec::new(),
        }
    }

    /// The same producer, without its batches.
    pub(super) fn without_batches(&self) -> Self {
        Self { batches: Vec::new(), ..*self }
    }

    pub(super) fn is_expired(&self, now: Timestamp, producer_id_expiration_ms: i64) -> bool {
        let idle = now.0.saturating_sub(self.last_timestamp.0);
        self.current_txn_first_offset.is_none() && idle >= producer_id_expiration_ms
    }

    /// Whether it has a transaction open here under that epoch (`UnifiedLog.hasOngoingTransaction`).
    #[must_use]
    pub fn is_in_transaction(&self, epoch: ProducerEpoch) -> bool {
        self.current_txn_first_offset.is_some() && self.producer_epoch == epoch
    }

    /// Its last batches, the oldest first.
    #[must_use]
    pub fn batches(&self) -> &[BatchMetadata] {
        &self.batches
    }

    /// The last sequence number of this epoch; -1 if there is none.
    #[must_use]
    pub fn last_seq(&self) -> i32 {
        self.batches.last().map_or(NO_SEQUENCE, |batch| batch.last_seq)
    }

    /// The batch that this one repeats, if it is remembered.
    pub(super) fn find_duplicate(&self, batch: &ProducedBatch) -> Option<BatchMetadata> {
        let last_seq = BatchMetadata::of(batch).last_seq;
        let same =
            |known: &&BatchMetadata| known.first_seq() == batch.base_sequence && known.last_seq == last_seq;
        (batch.producer_epoch == self.producer_epoch).then(|| self.batches.iter().find(same).copied())?
    }

    pub(super) fn add_batch(&mut self, epoch: ProducerEpoch, batch: BatchMetadata) {
        self.maybe_update_epoch(epoch);
        self.last_timestamp = batch.timestamp;
        self.batches.push(batch);
        let beyond = self.batches.len().saturating_sub(NUM_BATCHES_TO_RETAIN);
        self.batches.drain(..beyond);
    }

    /// Another epoch begins with no batches.
    pub(super) fn maybe_update_epoch(&mut self, epoch: ProducerEpoch) {
        if self.producer_epoch != epoch {
            self.batches.clear();
            self.producer_epoch = epoch;
        }
    }

    /// Takes in what was prepared.
    pub(super) fn update(&mut self, next: &Self) {
        self.maybe_update_epoch(next.producer_epoch);
        for batch in &next.batches {
            self.add_batch(next.producer_epoch, *batch);
        }
        self.coordinator_epoch = next.coordinator_epoch;
        self.current_txn_first_offset = next.current_txn_first_offset;
        self.last_timestamp = next.last_timestamp;
    }
}
