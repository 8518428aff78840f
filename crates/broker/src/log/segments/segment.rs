//! One segment: batches one behind the other, and the indexes into them (`LogSegment`, `RollParams`).

use super::chunk::Chunk;
use super::index::{OffsetIndex, TimeIndex};
use super::txn_index::AbortedTxn;
use crate::log::producer_state::ProducerState;
use millrace_model::{Offset, StoredBatch, Timestamp};
use std::sync::Arc;

/// When segments roll, and how dense their indexes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentSettings {
    /// `segment.bytes`: the largest segment, in bytes.
    pub segment_bytes: u32,
    /// `segment.ms`: between a segment's first batch and its last, by their timestamps.
    pub segment_ms: i64,
    /// `segment.index.bytes`: the size of each index, in bytes.
    pub segment_index_bytes: u32,
    /// `index.interval.bytes`: how many bytes lie between two entries.
    pub index_interval_bytes: u32,
}

impl Default for SegmentSettings {
    /// Kafka's defaults: 1 GiB, seven days, 10 MiB, 4 KiB.
    fn default() -> Self {
        Self {
            segment_bytes: 1 << 30,
            segment_ms: 604_800_000,
            segment_index_bytes: 10 << 20,
            index_interval_bytes: 4_096,
        }
    }
}

/// Why a segment is rolled (`LogSegment.shouldRoll`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RollReason {
    /// With the batch it would be larger than `segment.bytes`.
    Size,
    /// It has been open for `segment.ms`.
    Time,
    /// An index is full.
    IndexFull,
    /// The batch's last offset is too far from the base offset for four bytes.
    OffsetRange,
}

/// A batch with its place in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Where it begins, in bytes.
    pub position: u32,
    /// Its size in bytes, as it lies here.
    pub size: u32,
    /// The largest timestamp that readers see in it.
    pub max_timestamp: Timestamp,
    /// The batch.
    pub stored: StoredBatch,
}

impl Logged {
    pub(in crate::log) fn new(stored: StoredBatch) -> Self {
        let size = u32::try_from(stored.batch.size_in_bytes).unwrap_or(u32::MAX);
        Self { position: 0, size, max_timestamp: stored.max_timestamp(), stored }
    }

    /// The offset of its last record.
    #[must_use]
    pub fn last_offset(&self) -> Offset {
        self.stored.last_offset()
    }

    /// Its records from `from` on, with the timestamps that readers see.
    pub(super) fn timestamps(&self, from: Offset) -> impl Iterator<Item = (Offset, Timestamp)> {
        self.stored.records_from(from).map(|(offset, record)| (offset, self.stored.timestamp(record)))
    }
}

/// One segment. A clone shares its chunks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSegment {
    base_offset: Offset,
    pub(super) created: Timestamp,
    pub(super) chunks: Vec<Arc<Chunk>>,
    pub(super) size: u32,
    pub(super) records: u64,
    /// `segment.index.bytes` when it was created.
    pub(super) index_bytes: u32,
    pub(super) offset_entries: u32,
    pub(super) time_entries: u32,
    pub(super) bytes_since_last_index_entry: u32,
    /// The first batch's largest timestamp: from there the segment's age counts.
    pub(super) rolling_based_timestamp: Option<Timestamp>,
    /// The largest timestamp and the last offset of its batch.
    pub(super) max_so_far: (Timestamp, Offset),
    pub(super) aborted: Vec<AbortedTxn>,
    /// What was known of the producers when it was begun (`.snapshot`); none if there were none.
    pub(super) producers_before: Option<Arc<ProducerState>>,
}

impl LogSegment {
    pub(in crate::log) fn new(base_offset: Offset, settings: &SegmentSettings, now: Timestamp) -> Self {
        Self {
            base_offset,
            created: now,
            chunks: Vec::new(),
            size: 0,
            records: 0,
            index_bytes: settings.segment_index_bytes,
            offset_entries: 0,
            time_entries: 0,
            bytes_since_last_index_entry: 0,
            rolling_based_timestamp: None,
            max_so_far: (Timestamp::NONE, base_offset),
            aborted: Vec::new(),
            producers_before: None,
        }
    }

    /// The offset at which it begins: its files' name.
    #[must_use]
    pub fn base_offset(&self) -> Offset {
        self.base_offset
    }

    /// When it was created.
    #[must_use]
    pub fn created(&self) -> Timestamp {
        self.created
    }

    /// Its batches.
    pub fn batches(&self) -> impl DoubleEndedIterator<Item = &Logged> {
        self.chunks.iter().flat_map(|chunk| chunk.batches())
    }

    /// The size of its log file, in bytes.
    #[must_use]
    pub fn size_in_bytes(&self) -> u32 {
        self.size
    }

    /// How many records it holds.
    #[must_use]
    pub fn record_count(&self) -> u64 {
        self.records
    }

    /// Its index by offsets.
    #[must_use]
    pub fn offset_index(&self) -> OffsetIndex<'_> {
        OffsetIndex { segment: self }
    }

    /// Its index by timestamps.
    #[must_use]
    pub fn time_index(&self) -> TimeIndex<'_> {
        TimeIndex { segment: self }
    }

    /// Its index of aborted transactions, in the order of their markers.
    #[must_use]
    pub fn aborted_transactions(&self) -> &[AbortedTxn] {
        &self.aborted
    }

    /// What was known of the producers when it was begun (`.snapshot`); none if there were none.
    #[must_use]
    pub fn producer_snapshot(&self) -> Option<&ProducerState> {
        self.producers_before.as_deref()
    }

    /// The largest timestamp and the last offset of its batch.
    #[must_use]
    pub fn max_timestamp_and_offset_so_far(&self) -> (Timestamp, Offset) {
        self.max_so_far
    }

    /// The largest timestamp; of a segment without any, when it was created (Kafka: when its file last changed).
    #[must_use]
    pub fn largest_timestamp(&self) -> Timestamp {
        if self.max_so_far.0 >= Timestamp(0) { self.max_so_far.0 } else { self.created }
    }

    /// The first batch's largest timestamp, if it has one.
    #[must_use]
    pub fn first_batch_timestamp(&self) -> Option<Timestamp> {
        self.rolling_based_timestamp.filter(|first| *first >= Timestamp(0))
    }

    /// How old it is in the eyes of a batch with that timestamp, in milliseconds: by timestamps if it has some.
    #[must_use]
    pub fn time_waited_for_roll(&self, now: Timestamp, timestamp: Timestamp) -> i64 {
        match self.first_batch_timestamp() {
            Some(first) => timestamp.0.saturating_sub(first.0),
            None => now.0.saturating_sub(self.created.0),
        }
    }

    /// Whether a batch has to go into a new segment, and why.
    pub(super) fn should_roll(
        &self,
        settings: &SegmentSettings,
        (size, max_timestamp, last_offset): (u32, Timestamp, Offset),
        now: Timestamp,
    ) -> Option<RollReason> {
        if self.size > settings.segment_bytes.saturating_sub(size) {
            Some(RollReason::Size)
        } else if self.size > 0 && self.time_waited_for_roll(now, max_timestamp) > settings.segment_ms {
            Some(RollReason::Time)
        } else if self.offset_index().is_full() || self.time_index().is_full() {
            Some(RollReason::IndexFull)
        } else if i32::try_from(last_offset.0.saturating_sub(self.base_offset.0)).is_err() {
            Some(RollReason::OffsetRange)
        } else {
            None
        }
    }

    pub(super) fn append(&mut self, batch: Logged, settings: &SegmentSettings) {
        let (largest, last, size) = (batch.max_timestamp, batch.last_offset(), batch.size);
        self.append_all([batch].into_iter(), (largest, last), last, size, settings);
    }

    /// Appends batches in one go, as the cleaner does: that makes one index entry at most. `max` is the largest timestamp
    /// with the offset to look it up under, `largest_offset` the last offset that is left.
    pub(in crate::log) fn append_all(
        &mut self,
        batches: impl Iterator<Item = Logged>,
        max: (Timestamp, Offset),
        largest_offset: Offset,
        bytes: u32,
        settings: &SegmentSettings,
    ) {
        let position = self.size;
        if position == 0 {
            self.rolling_based_timestamp = Some(max.0);
        }
        if max.0 > self.max_so_far.0 {
            self.max_so_far = max;
        }
        for mut batch in batches {
            batch.position = self.size;
            self.size = self.size.saturating_add(batch.size);
            self.records = self.records.saturating_add(batch.stored.batch.len() as u64);
            if self.created == Timestamp::NONE {
                // The first segment of a log: nobody has said when it was made.
                self.created = batch.stored.appended_at.timestamp();
            }
            match self.chunks.last_mut() {
                Some(last) if !last.is_full() => Arc::make_mut(last).push(batch),
                _ => self.chunks.push(Arc::new(Chunk::of(batch))),
            }
        }
        if self.bytes_since_last_index_entry > settings.index_interval_bytes {
            if !self.offset_index().is_full()
                && let Some(chunk) = self.chunks.last_mut()
            {
                Arc::make_mut(chunk).offsets.push((largest_offset, position));
                self.offset_entries += 1;
            }
            self.maybe_append_time();
            self.bytes_since_last_index_entry = 0;
        }
        self.bytes_since_last_index_entry = self.bytes_since_last_index_entry.saturating_add(bytes);
    }

    /// Adds the largest timestamp to the index, if it is larger than the last one there.
    fn maybe_append_time(&mut self) {
        if self.max_so_far.0 > self.time_index().last_entry().0
            && let Some(chunk) = self.chunks.last_mut()
        {
            Arc::make_mut(chunk).times.push(self.max_so_far);
            self.time_entries += 1;
        }
    }

    /// Writes an aborted transaction down, whose marker lies here.
    pub(in crate::log) fn add_aborted(&mut self, txn: AbortedTxn) {
        self.aborted.push(txn);
    }

    /// The last thing that an active segment does: its largest timestamp goes into the index.
    pub(in crate::log) fn become_inactive(&mut self) {
        self.maybe_append_time();
    }

    /// Its batches from a place in the file on.
    pub(super) fn batches_at(&self, position: u32) -> impl Iterator<Item = &Logged> {
        let before = move |batch: &Logged| batch.position < position;
        let skip = self.chunks.partition_point(|chunk| chunk.last().is_some_and(before));
        let chunks = self.chunks.iter().skip(skip);
        chunks.flat_map(move |chunk| {
            let first = chunk.batches().partition_point(before);
            chunk.batches().get(first..).unwrap_or_default()
        })
    }

    /// Its batches from the one on that holds `offset`, or the first one behind it.
    pub fn batches_from(&self, offset: Offset) -> impl Iterator<Item = &Logged> {
        let before = move |batch: &Logged| batch.stored.next_offset() <= offset;
        let skip = self.chunks.partition_point(|chunk| chunk.last().is_some_and(before));
        let chunks = self.chunks.iter().skip(skip);
        chunks.flat_map(move |chunk| {
            let first = chunk.batches().partition_point(before);
            chunk.batches().get(first..).unwrap_or_default()
        })
    }

    /// The offset behind its last batch; where it begins if it has none (`LogSegment.readNextOffset`).
    #[must_use]
    pub fn read_next_offset(&self) -> Offset {
        let last = self.chunks.last().and_then(|chunk| chunk.last());
        last.map_or(self.base_offset, |batch| batch.stored.next_offset())
    }

    /// Its last batch.
    pub(super) fn last_batch(&self) -> Option<&Logged> {
        self.chunks.last()?.last()
    }
}
