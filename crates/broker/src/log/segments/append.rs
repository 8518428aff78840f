//! Appending at the end: is it allowed, does the segment roll, what does it do to producers and transactions
//! (`UnifiedLog.append`, `LogValidator`).

use super::segment::{Logged, RollReason};
use super::txn_index::AbortedTxn;
use super::{PartitionLog, roll_hash};
use crate::log::producer_state::{
    AppendOrigin, BatchMetadata, EndTransactionMarker, Prepared, ProducedBatch, ProducerStateError, Verdict,
};
use millrace_model::{Batch, Offset, StoredBatch, Timestamp};
use std::fmt;
use std::sync::Arc;

/// Why a batch was not appended (`RecordBatchTooLargeException`): it fits into no segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordBatchTooLarge {
    /// The batch's size in bytes.
    pub size: u32,
    /// `segment.bytes`.
    pub segment_bytes: u32,
}

/// Why a batch may not be appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogAppendError {
    /// `RecordValidationException` (INVALID_RECORD): a compacted topic takes no record without a key. Its place in the
    /// batch.
    NoKey(usize),
    /// Its producer may not append it.
    Producer(ProducerStateError),
}

impl fmt::Display for LogAppendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey(index) => write!(
                f,
                "One or more records have been rejected due to 1 record errors in total, and only showing the first three errors at most: [RecordError(batchIndex={index}, message='Compacted topic cannot accept message without key')]"
            ),
            Self::Producer(error) => error.fmt(f),
        }
    }
}

impl PartitionLog {
    /// Whether a batch may be appended, whose first record is to get `base_offset`; a duplicate is answered with where
    /// it lies. `compacts` is whether `cleanup.policy` contains `compact`.
    ///
    /// # Errors
    /// If it may not.
    pub fn check(
        &self,
        batch: &Batch,
        base_offset: Offset,
        compacts: bool,
        origin: AppendOrigin,
    ) -> Result<Option<BatchMetadata>, LogAppendError> {
        if compacts && let Some(index) = batch.records.iter().position(|record| record.key.is_none()) {
            return Err(LogAppendError::NoKey(index));
        }
        if batch.producer.is_none() {
            return Ok(None);
        }
        match self.prepare(batch, base_offset, batch.max_timestamp(), origin) {
            Some(Ok(Verdict::Duplicate(known))) => Ok(Some(known)),
            Some(Ok(Verdict::Append(_))) | None => Ok(None),
            Some(Err(error)) => Err(LogAppendError::Producer(error)),
        }
    }

    /// What a batch does to its producer; nothing if the producer has no id.
    fn prepare(
        &self,
        batch: &Batch,
        base_offset: Offset,
        timestamp: Timestamp,
        origin: AppendOrigin,
    ) -> Option<Result<Verdict, ProducerStateError>> {
        let producer = batch.producer.as_deref()?;
        if let Some(marker) = producer.marker {
            let marker = EndTransactionMarker {
                producer_id: producer.id,
                producer_epoch: producer.epoch,
                coordinator_epoch: marker.coordinator_epoch,
                committed: marker.committed,
                offset: base_offset,
                timestamp,
            };
            return Some(self.producers.prepare_marker(&marker, origin).map(Verdict::Append));
        }
        let produced = ProducedBatch {
            producer_id: producer.id,
            producer_epoch: producer.epoch,
            base_sequence: producer.base_sequence,
            base_offset,
            last_offset_delta: i32::try_from(batch.last_offset_delta()).unwrap_or(i32::MAX),
            max_timestamp: timestamp,
            is_transactional: producer.is_transactional,
        };
        Some(self.producers.prepare(&produced, origin))
    }

    /// Whether a batch that is appended `now` has to go into a new segment, and why.
    #[must_use]
    pub fn should_roll(&self, batch: &StoredBatch, now: Timestamp) -> Option<RollReason> {
        let size = u32::try_from(batch.batch.size_in_bytes).unwrap_or(u32::MAX);
        let is = (size, batch.max_timestamp(), batch.last_offset());
        self.segments.last()?.should_roll(&self.settings, is, now)
    }

    /// Appends a batch, whose `base_offset` is the log end offset, into the active segment, or into a new one if that
    /// is due. Says why a new one was.
    ///
    /// # Errors
    /// If the batch is larger than a segment may be.
    pub fn append(
        &mut self,
        stored: StoredBatch,
        now: Timestamp,
    ) -> Result<Option<RollReason>, RecordBatchTooLarge> {
        let size = u32::try_from(stored.batch.size_in_bytes).unwrap_or(u32::MAX);
        let segment_bytes = self.settings.segment_bytes;
        if size > segment_bytes {
            return Err(RecordBatchTooLarge { size, segment_bytes });
        }
        let reason = self.should_roll(&stored, now);
        if reason.is_some() {
            self.roll(Some(stored.base_offset), now);
        }
        self.append_to_active(stored);
        Ok(reason)
    }

    /// Appends a batch that has been checked, into the active segment.
    pub(crate) fn append_to_active(&mut self, stored: StoredBatch) {
        self.rolling_hash = roll_hash(self.rolling_hash, &stored);
        self.log_end_offset = stored.next_offset();
        self.records = self.records.saturating_add(stored.batch.len() as u64);
        self.epochs.assign(stored.leader_epoch, stored.base_offset);
        let aborted = self.update_producers(&stored);
        if let Some(active) = self.segments.last_mut() {
            let active = Arc::make_mut(active);
            active.append(Logged::new(stored), &self.settings);
            if let Some(txn) = aborted {
                active.add_aborted(txn);
            }
        }
    }

    /// Appends what a leader has given, into the active segment: offsets, epochs and all (`appendAsFollower`). What lies
    /// below the log's end is there already. The whole answer is one append, so that it makes one index entry at most.
    pub fn append_as_follower(&mut self, batches: &[StoredBatch]) {
        let end = self.log_end_offset;
        let new: Vec<&StoredBatch> = batches.iter().filter(|stored| stored.base_offset >= end).collect();
        let mut max: Option<(Timestamp, Offset)> = None;
        let mut bytes = 0_u32;
        let mut aborted = Vec::new();
        for stored in &new {
            self.rolling_hash = roll_hash(self.rolling_hash, stored);
            self.records = self.records.saturating_add(stored.batch.len() as u64);
            self.epochs.assign(stored.leader_epoch, stored.base_offset);
            aborted.extend(self.update_producers(stored));
            let size = u32::try_from(stored.batch.size_in_bytes).unwrap_or(u32::MAX);
            bytes = bytes.saturating_add(size);
            let largest = stored.max_timestamp();
            if max.is_none_or(|(most, _)| largest > most) {
                max = Some((largest, stored.last_offset()));
            }
        }
        let (Some(max), Some(last)) = (max, new.last()) else { return };
        self.log_end_offset = last.next_offset();
        if let Some(active) = self.segments.last_mut() {
            let active = Arc::make_mut(active);
            let logged = new.iter().map(|stored| Logged::new((*stored).clone()));
            active.append_all(logged, max, last.last_offset(), bytes, &self.settings);
            for txn in aborted {
                active.add_aborted(txn);
            }
        }
    }

    /// Whether what a leader has given has to go into a new segment, and why; it is judged as one batch.
    #[must_use]
    pub fn should_roll_for(&self, batches: &[StoredBatch], now: Timestamp) -> Option<RollReason> {
        let size = batches.iter().map(|stored| stored.batch.size_in_bytes).fold(0, usize::saturating_add);
        let largest = batches.iter().map(StoredBatch::max_timestamp).max()?;
        let is = (u32::try_from(size).unwrap_or(u32::MAX), largest, batches.last()?.last_offset());
        self.segments.last()?.should_roll(&self.settings, is, now)
    }

    /// Writes down what a batch does to its producer; gives the transaction that it aborts.
    pub(super) fn update_producers(&mut self, stored: &StoredBatch) -> Option<AbortedTxn> {
        stored.batch.producer.as_ref()?;
        // What the leader has accepted is not checked again.
        let origin = AppendOrigin::Replication;
        let verdict = self.prepare(&stored.batch, stored.base_offset, stored.max_timestamp(), origin)?;
        let Ok(Verdict::Append(prepared)) = verdict else { return None };
        let aborted = self.aborted_by(&prepared);
        Arc::make_mut(&mut self.producers).update(&prepared);
        aborted
    }

    fn aborted_by(&self, prepared: &Prepared) -> Option<AbortedTxn> {
        let txn = prepared.completed.filter(|txn| txn.is_aborted)?;
        Some(AbortedTxn::of(&txn, self.producers.last_stable_offset(&txn)))
    }
}
