//! What a partition knows of its idempotent and transactional producers (`ProducerStateManager`).
//!
//! [`ProducerState::prepare`] thinks: is a batch the next one of its producer, a duplicate, or out of order?
//! [`ProducerState::update`] then writes down what was appended. Nothing is read from a clock, and there are no
//! snapshots.

mod append;
mod entry;

pub use append::{AppendOrigin, ProducerStateError};
pub use entry::{BatchMetadata, ProducerStateEntry};
pub use millrace_model::{ProducerEpoch, ProducerId};

use millrace_model::collections::Map;
use millrace_model::{Offset, Timestamp};
use std::sync::Arc;

/// How many batches of a producer are remembered to answer duplicates: as many as may be in flight.
pub const NUM_BATCHES_TO_RETAIN: usize = 5;

/// A batch of a producer that has an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProducedBatch {
    /// Whose it is.
    pub producer_id: ProducerId,
    /// Under which epoch it was sent.
    pub producer_epoch: ProducerEpoch,
    /// The first record's sequence number.
    pub base_sequence: i32,
    /// The offset that the first record is to get.
    pub base_offset: Offset,
    /// How many records follow the first.
    pub last_offset_delta: i32,
    /// Their largest timestamp.
    pub max_timestamp: Timestamp,
    /// Whether it belongs to a transaction.
    pub is_transactional: bool,
}

/// The end of a transaction in this partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndTransactionMarker {
    /// Whose transaction ends.
    pub producer_id: ProducerId,
    /// Under which epoch; a larger one than known fences the producer.
    pub producer_epoch: ProducerEpoch,
    /// The epoch of the coordinator that says so.
    pub coordinator_epoch: i32,
    /// Committed, or aborted.
    pub committed: bool,
    /// The offset that the marker is to get.
    pub offset: Offset,
    /// Its timestamp.
    pub timestamp: Timestamp,
}

/// What may be appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// The producer as it is afterwards, with the new batch alone.
    pub entry: ProducerStateEntry,
    /// Where a transaction begins by it.
    pub started: Option<Offset>,
    /// The transaction that ends by it.
    pub completed: Option<CompletedTxn>,
}

/// What is to be done with a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is new.
    Append(Prepared),
    /// It has been appended before: the producer is told where.
    Duplicate(BatchMetadata),
}

/// A transaction that has ended in this partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompletedTxn {
    /// Whose it was.
    pub producer_id: ProducerId,
    /// Its first record.
    pub first_offset: Offset,
    /// Its marker.
    pub last_offset: Offset,
    /// Whether its records are to be skipped.
    pub is_aborted: bool,
}

/// All producers of a partition, and the transactions that are open or not yet replicated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProducerState {
    /// Shared one by one: of ten thousand producers that will not write again, a copy of the world copies pointers.
    producers: Map<ProducerId, Arc<ProducerStateEntry>>,
    /// Who has been silent for longest of those without an open transaction, and since when.
    oldest: Option<(Timestamp, ProducerId)>,
    /// By first offset: whose.
    ongoing: Map<Offset, ProducerId>,
    /// By first offset: the offset of the marker, which readers may not pass before the high watermark has.
    unreplicated: Map<Offset, Offset>,
}

impl ProducerState {
    /// The producers that are known, by id.
    pub fn producers(&self) -> impl Iterator<Item = &ProducerStateEntry> {
        self.producers.values().map(Arc::as_ref)
    }

    /// What is known of one.
    #[must_use]
    pub fn producer(&self, id: ProducerId) -> Option<&ProducerStateEntry> {
        self.producers.get(&id).map(Arc::as_ref)
    }

    /// Judges a batch (`UnifiedLog.analyzeAndValidateProducerState`).
    ///
    /// # Errors
    /// If its producer is fenced, its sequence number is not the next, or it stands outside of the open transaction.
    pub fn prepare(
        &self,
        batch: &ProducedBatch,
        origin: AppendOrigin,
    ) -> Result<Verdict, ProducerStateError> {
        let known = self.producer(batch.producer_id);
        if origin == AppendOrigin::Client
            && let Some(duplicate) = known.and_then(|entry| entry.find_duplicate(batch))
        {
            return Ok(Verdict::Duplicate(duplicate));
        }
        append::data_batch(known, batch, origin).map(Verdict::Append)
    }

    /// Judges a marker.
    ///
    /// # Errors
    /// If the producer's epoch or the coordinator's is older than one that is known.
    pub fn prepare_marker(
        &self,
        marker: &EndTransactionMarker,
        origin: AppendOrigin,
    ) -> Result<Prepared, ProducerStateError> {
        append::end_txn_marker(self.producer(marker.producer_id), marker, origin)
    }

    /// Writes down what was appended.
    pub fn update(&mut self, prepared: &Prepared) {
        let id = prepared.entry.producer_id;
        match self.producers.get_mut(&id) {
            Some(entry) => Arc::make_mut(entry).update(&prepared.entry),
            None => drop(self.producers.insert(id, Arc::new(prepared.entry.clone()))),
        }
        self.look_for_oldest(id);
        if let Some(first) = prepared.started {
            self.ongoing.insert(first, id);
        }
        if let Some(txn) = prepared.completed {
            self.ongoing.remove(&txn.first_offset);
            self.unreplicated.insert(txn.first_offset, txn.last_offset);
        }
    }

    /// Forgets transactions whose markers the high watermark has passed.
    pub fn on_high_watermark_updated(&mut self, high_watermark: Offset) {
        self.unreplicated.retain(|_, last| *last >= high_watermark);
    }

    /// Whether a marker waits for the high watermark.
    #[must_use]
    pub fn has_unreplicated(&self) -> bool {
        !self.unreplicated.is_empty()
    }

    /// Up to where nothing will be open once that transaction has ended: the next open one of another producer, or its
    /// marker (`ProducerStateManager.lastStableOffset`).
    #[must_use]
    pub fn last_stable_offset(&self, completed: &CompletedTxn) -> Offset {
        let others = self.ongoing.iter().find(|(_, id)| **id != completed.producer_id);
        others.map_or(completed.last_offset.plus(1), |(first, _)| *first)
    }

    /// The first offset that `read_committed` may not pass; none if no transaction is in the way. The last stable
    /// offset is this, or the high watermark if that is smaller.
    #[must_use]
    pub fn first_unstable_offset(&self) -> Option<Offset> {
        let ongoing = self.ongoing.keys().next();
        let unreplicated = self.unreplicated.keys().next();
        ongoing.into_iter().chain(unreplicated).min().copied()
    }

    /// Forgets producers without an open transaction that have not written for `producer.id.expiration.ms`.
    pub fn remove_expired(&mut self, now: Timestamp, producer_id_expiration_ms: i64) {
        self.producers.retain(|_, entry| !entry.is_expired(now, producer_id_expiration_ms));
        self.oldest = self.idle().min();
    }

    /// Those without an open transaction, and since when they are silent.
    fn idle(&self) -> impl Iterator<Item = (Timestamp, ProducerId)> {
        let idle = self.producers().filter(|entry| entry.current_txn_first_offset.is_none());
        idle.map(|entry| (entry.last_timestamp, entry.producer_id))
    }

    /// After a change of one of them: the others are looked through only if it was the oldest, for there may be thousands.
    fn look_for_oldest(&mut self, changed: ProducerId) {
        self.oldest = match self.oldest {
            Some((_, oldest)) if oldest == changed => self.idle().min(),
            oldest => {
                let entry = self.producer(changed).filter(|entry| entry.current_txn_first_offset.is_none());
                let new = entry.map(|entry| (entry.last_timestamp, changed));
                oldest.into_iter().chain(new).min()
            }
        };
    }

    /// Who would be forgotten.
    pub fn expired(
        &self,
        now: Timestamp,
        producer_id_expiration_ms: i64,
    ) -> impl Iterator<Item = ProducerId> {
        let of_it = move |entry: &&ProducerStateEntry| entry.is_expired(now, producer_id_expiration_ms);
        self.producers().filter(of_it).map(|entry| entry.producer_id)
    }

    /// When the next one will be, if nobody writes until then; none if nobody is known without an open transaction.
    #[must_use]
    pub fn expires_at(&self, producer_id_expiration_ms: i64) -> Option<Timestamp> {
        let (last, _) = self.oldest?;
        Some(Timestamp(last.0.saturating_add(producer_id_expiration_ms)))
    }
}

#[cfg(test)]
mod tests;
