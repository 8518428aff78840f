//! A partition's log as Kafka keeps it on disk: segments with their indexes, roll, retention, the log start offset, the
//! producers and their transactions (`UnifiedLog`, `LocalLog`, `LogSegments`).
//!
//! Nothing is read from a clock and nothing happens by itself: time is an argument, and what a call has done is its
//! answer. Not files: bytes are made only for who asks for them.

mod append;
mod chunk;
mod index;
mod read;
mod retention;
mod search;
mod segment;
mod truncate;
mod txn_index;

pub use append::{LogAppendError, RecordBatchTooLarge};
pub use index::{OffsetIndex, TimeIndex};
pub use read::{FetchIsolation, LogRead};
pub use retention::{DeletedSegment, RetentionSettings, SegmentDeletionReason};
pub use search::{FoundOffset, TimestampQuery};
pub use segment::{LogSegment, Logged, RollReason, SegmentSettings};
pub use txn_index::AbortedTxn;

use super::epochs::LeaderEpochs;
use super::producer_state::ProducerState;
use millrace_model::{LeaderEpoch, Offset, StableHasher, StoredBatch, Time, Timestamp};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A log of segments. The last one is active: only there is appended.
///
/// A clone shares all segments, and an append after it copies little of the active one. The hash of a log is a rolling
/// one over what was done to it, so that hashing a broker never walks its records.
#[derive(Clone, Debug)]
pub struct PartitionLog {
    settings: SegmentSettings,
    /// Never empty.
    pub(super) segments: Vec<Arc<LogSegment>>,
    log_start_offset: Offset,
    log_end_offset: Offset,
    high_watermark: Offset,
    pub(super) producers: Arc<ProducerState>,
    epochs: LeaderEpochs,
    /// Where the cleaner's last pass ended.
    pub(super) last_clean: Option<Offset>,
    /// Up to where it is on disk for certain.
    recovery_point: Offset,
    /// How many records lie from the log's start on.
    records: u64,
    rolling_hash: u64,
}

/// Why the log start offset stays (`OffsetOutOfRangeException`): no replica may delete what others have not got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BeyondHighWatermark {
    /// Where it was to go.
    pub offset: Offset,
    /// The high watermark.
    pub high_watermark: Offset,
}

impl fmt::Display for BeyondHighWatermark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offset, high_watermark } = self;
        write!(
            f,
            "Cannot increment the log start offset to {} since it is larger than the high watermark {}",
            offset.0, high_watermark.0
        )
    }
}

impl PartitionLog {
    /// An empty log, with one segment that was created `now`.
    #[must_use]
    pub fn new(settings: SegmentSettings, now: Timestamp) -> Self {
        let start = Offset(0);
        Self {
            settings,
            segments: vec![Arc::new(LogSegment::new(start, &settings, now))],
            log_start_offset: start,
            log_end_offset: start,
            high_watermark: start,
            producers: Arc::default(),
            epochs: LeaderEpochs::default(),
            last_clean: None,
            recovery_point: start,
            records: 0,
            rolling_hash: 0,
        }
    }

    /// Its segments, by base offset; the last is the active one.
    #[must_use]
    pub fn segments(&self) -> &[Arc<LogSegment>] {
        &self.segments
    }

    /// When its segments roll.
    #[must_use]
    pub fn settings(&self) -> &SegmentSettings {
        &self.settings
    }

    /// The first offset that readers are given; segments before it are deleted when retention is looked at.
    #[must_use]
    pub fn log_start_offset(&self) -> Offset {
        self.log_start_offset
    }

    /// LEO: the offset that the next record gets.
    #[must_use]
    pub fn log_end_offset(&self) -> Offset {
        self.log_end_offset
    }

    /// HW: what lies below it, all in-sync replicas have.
    #[must_use]
    pub fn high_watermark(&self) -> Offset {
        self.high_watermark
    }

    /// The first offset of a transaction that is open, or whose marker is not replicated (`firstUnstableOffset`).
    #[must_use]
    pub fn first_unstable_offset(&self) -> Option<Offset> {
        self.producers.first_unstable_offset().map(|offset| offset.max(self.log_start_offset))
    }

    /// LSO: `read_committed` sees what lies below it. The high watermark while no transaction is in the way.
    #[must_use]
    pub fn last_stable_offset(&self) -> Offset {
        let unstable = self.first_unstable_offset();
        unstable.map_or(self.high_watermark, |offset| offset.min(self.high_watermark))
    }

    /// Forgets producers that have not written for so long ([`ProducerState::remove_expired`]).
    pub fn remove_expired_producers(&mut self, now: Timestamp, producer_id_expiration_ms: i64) {
        Arc::make_mut(&mut self.producers).remove_expired(now, producer_id_expiration_ms);
    }

    /// What it knows of its producers.
    #[must_use]
    pub fn producers(&self) -> &ProducerState {
        &self.producers
    }

    /// Where each leader epoch begins.
    #[must_use]
    pub fn leader_epochs(&self) -> &LeaderEpochs {
        &self.epochs
    }

    /// Bytes of all segments, without their indexes.
    #[must_use]
    pub fn size_in_bytes(&self) -> u64 {
        self.segments.iter().map(|segment| u64::from(segment.size_in_bytes())).sum()
    }

    /// How many records it holds from its start on.
    #[must_use]
    pub fn record_count(&self) -> usize {
        usize::try_from(self.records).unwrap_or(usize::MAX)
    }

    /// How many records its segments hold, those below its start too.
    #[must_use]
    pub fn records_held(&self) -> usize {
        let held: u64 = self.segments.iter().map(|segment| segment.record_count()).sum();
        usize::try_from(held).unwrap_or(usize::MAX)
    }

    /// The epoch of the last batch, if there was one.
    #[must_use]
    pub fn latest_epoch(&self) -> Option<LeaderEpoch> {
        self.epochs.latest()
    }

    /// When something was last appended, as far as it is still there.
    #[must_use]
    pub fn last_append(&self) -> Option<Time> {
        let last = self.segments.iter().rev().find_map(|segment| segment.last_batch())?;
        Some(last.stored.appended_at)
    }

    /// The first offset from which on its records are here: what lies before it in the log was imported, its contents are
    /// unknown.
    #[must_use]
    pub fn first_known_offset(&self) -> Offset {
        let first = self.segments.first().map_or(self.log_end_offset, |segment| segment.base_offset());
        first.max(self.log_start_offset)
    }

    /// How many of its offsets were imported: their contents are unknown.
    #[must_use]
    pub fn unknown_count(&self) -> u64 {
        self.first_known_offset().since(self.log_start_offset)
    }

    /// Where the cleaner's last pass ended (`cleaner-offset-checkpoint`).
    #[must_use]
    pub fn last_clean(&self) -> Option<Offset> {
        self.last_clean
    }

    /// Takes other settings: they hold from the next batch on.
    pub(crate) fn set_settings(&mut self, settings: SegmentSettings) {
        self.settings = settings;
    }

    /// Takes over the offsets of another cluster's log; it is empty.
    pub(crate) fn import(&mut self, start: Offset, end: Offset) {
        (self.log_start_offset, self.log_end_offset, self.high_watermark) = (start, end, end);
        self.recovery_point = end;
        self.segments = vec![Arc::new(LogSegment::new(end, &self.settings, Timestamp::NONE))];
    }

    /// Counts anew what lies from the start on.
    pub(super) fn recount(&mut self) {
        let start = self.log_start_offset;
        let count = |segment: &Arc<LogSegment>| {
            if segment.base_offset() >= start {
                return segment.record_count();
            }
            let batches = segment.batches_from(start);
            batches.map(|logged| logged.stored.records_from(start).count() as u64).sum()
        };
        self.records = self.segments.iter().map(count).sum();
    }

    /// Moves the high watermark, within the log.
    pub fn set_high_watermark(&mut self, offset: Offset) {
        self.high_watermark = offset.clamp(self.log_start_offset, self.log_end_offset);
        if self.producers.has_unreplicated() {
            Arc::make_mut(&mut self.producers).on_high_watermark_updated(self.high_watermark);
        }
    }

    /// Begins a new segment at the log end offset, or at `expected` if that is larger. An active segment that is empty
    /// is made anew.
    pub fn roll(&mut self, expected: Option<Offset>, now: Timestamp) {
        let base = self.log_end_offset.max(expected.unwrap_or(Offset(0)));
        match self.segments.last_mut() {
            Some(active) if active.base_offset() == base => {
                self.segments.pop();
            }
            Some(active) => Arc::make_mut(active).become_inactive(),
            None => {}
        }
        let mut active = LogSegment::new(base, &self.settings, now);
        if !self.producers.is_empty() {
            active.producers_before = Some(Arc::clone(&self.producers));
        }
        self.segments.push(Arc::new(active));
        // What was rolled is flushed.
        self.recovery_point = self.recovery_point.max(base);
        self.note(1, base);
    }

    /// Moves the log start offset up (DeleteRecords, a deleted segment); says whether it has moved.
    ///
    /// # Errors
    /// If it would lie beyond the high watermark.
    pub fn maybe_increment_log_start_offset(&mut self, offset: Offset) -> Result<bool, BeyondHighWatermark> {
        let high_watermark = self.high_watermark;
        if offset > high_watermark {
            return Err(BeyondHighWatermark { offset, high_watermark });
        }
        let moves = offset > self.log_start_offset;
        if moves {
            self.log_start_offset = offset;
            self.epochs.truncate_from_start(offset);
            self.recount();
        }
        Ok(moves)
    }

    /// The segment that holds an offset, by its number; the first one if it lies before all.
    fn floor_segment(&self, offset: Offset) -> usize {
        self.segments.partition_point(|segment| segment.base_offset() <= offset).saturating_sub(1)
    }

    /// Takes something into the hash that no batch tells.
    pub(super) fn note(&mut self, what: u8, where_: Offset) {
        self.rolling_hash = StableHasher::of(&(self.rolling_hash, what, where_));
    }
}

impl Hash for PartitionLog {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.log_start_offset, self.log_end_offset, self.high_watermark, self.rolling_hash).hash(state);
    }
}

/// Equality by what identifies a log; two logs with equal rolling hashes hold the same batches.
impl PartialEq for PartitionLog {
    fn eq(&self, other: &Self) -> bool {
        (self.log_start_offset, self.log_end_offset, self.high_watermark, self.rolling_hash)
            == (other.log_start_offset, other.log_end_offset, other.high_watermark, other.rolling_hash)
    }
}

impl Eq for PartitionLog {}

/// The hash of a log after one more batch.
fn roll_hash(before: u64, stored: &StoredBatch) -> u64 {
    let mut hasher = StableHasher::default();
    hasher.write_u64(before);
    (stored.base_offset, stored.leader_epoch, stored.appended_at, stored.log_append_time).hash(&mut hasher);
    hasher.write_u64(stored.batch.hash_of_records());
    stored.batch.hash_header(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests;
