//! One segment: batches one behind the other, and the indexes into them (`LogSegment`, `RollParams`).

use super::index::{OffsetIndex, TimeIndex};
use millrace_model::{Offset, StoredBatch, Timestamp};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Its size in bytes, before compression.
    pub size: u32,
    /// The largest timestamp that readers see in it.
    pub max_timestamp: Timestamp,
    /// The batch.
    pub stored: StoredBatch,
}

impl Logged {
    pub(super) fn new(stored: StoredBatch) -> Self {
        let size = u32::try_from(stored.batch.size_in_bytes).unwrap_or(u32::MAX);
        let max_timestamp = stored.log_append_time.unwrap_or_else(|| stored.batch.max_timestamp());
        Self { position: 0, size, max_timestamp, stored }
    }

    /// The offset of its last record.
    #[must_use]
    pub fn last_offset(&self) -> Offset {
        Offset(self.stored.next_offset().0.saturating_sub(1))
    }

    /// Its records from `from` on, with the timestamps that readers see.
    pub(super) fn timestamps(&self, from: Offset) -> impl Iterator<Item = (Offset, Timestamp)> {
        self.stored.records_from(from).map(|(offset, record)| (offset, self.stored.timestamp(record)))
    }
}

/// One segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSegment {
    base_offset: Offset,
    created: Timestamp,
    batches: Vec<Logged>,
    size: u32,
    offset_index: OffsetIndex,
    time_index: TimeIndex,
    bytes_since_last_index_entry: u32,
    /// The first batch's largest timestamp: from there the segment's age counts.
    rolling_based_timestamp: Option<Timestamp>,
    /// The largest timestamp and the last offset of its batch.
    max_so_far: (Timestamp, Offset),
}

impl LogSegment {
    pub(super) fn new(base_offset: Offset, settings: &SegmentSettings, now: Timestamp) -> Self {
        Self {
            base_offset,
            created: now,
            batches: Vec::new(),
            size: 0,
            offset_index: OffsetIndex::new(base_offset, settings.segment_index_bytes),
            time_index: TimeIndex::new(base_offset, settings.segment_index_bytes),
            bytes_since_last_index_entry: 0,
            rolling_based_timestamp: None,
            max_so_far: (Timestamp::NONE, base_offset),
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
    #[must_use]
    pub fn batches(&self) -> &[Logged] {
        &self.batches
    }

    /// The size of its log file, in bytes.
    #[must_use]
    pub fn size_in_bytes(&self) -> u32 {
        self.size
    }

    /// Its index by offsets.
    #[must_use]
    pub fn offset_index(&self) -> &OffsetIndex {
        &self.offset_index
    }

    /// Its index by timestamps.
    #[must_use]
    pub fn time_index(&self) -> &TimeIndex {
        &self.time_index
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

    /// How old it is in the eyes of a batch with that timestamp, in milliseconds: by timestamps if it has some.
    #[must_use]
    pub fn time_waited_for_roll(&self, now: Timestamp, timestamp: Timestamp) -> i64 {
        match self.rolling_based_timestamp.filter(|first| *first >= Timestamp(0)) {
            Some(first) => timestamp.0.saturating_sub(first.0),
            None => now.0.saturating_sub(self.created.0),
        }
    }

    /// Whether a batch has to go into a new segment, and why.
    pub(super) fn should_roll(
        &self,
        settings: &SegmentSettings,
        batch: &Logged,
        now: Timestamp,
    ) -> Option<RollReason> {
        let age = self.time_waited_for_roll(now, batch.max_timestamp);
        let relative = batch.last_offset().0.saturating_sub(self.base_offset.0);
        if self.size > settings.segment_bytes.saturating_sub(batch.size) {
            Some(RollReason::Size)
        } else if self.size > 0 && age > settings.segment_ms {
            Some(RollReason::Time)
        } else if self.offset_index.is_full() || self.time_index.is_full() {
            Some(RollReason::IndexFull)
        } else if i32::try_from(relative).is_err() {
            Some(RollReason::OffsetRange)
        } else {
            None
        }
    }

    pub(super) fn append(&mut self, mut batch: Logged, settings: &SegmentSettings) {
        batch.position = self.size;
        if self.size == 0 {
            self.rolling_based_timestamp = Some(batch.max_timestamp);
        }
        if batch.max_timestamp > self.max_so_far.0 {
            self.max_so_far = (batch.max_timestamp, batch.last_offset());
        }
        if self.bytes_since_last_index_entry > settings.index_interval_bytes {
            self.offset_index.append(batch.last_offset(), batch.position);
            self.time_index.maybe_append(self.max_so_far.0, self.max_so_far.1);
            self.bytes_since_last_index_entry = 0;
        }
        self.bytes_since_last_index_entry = self.bytes_since_last_index_entry.saturating_add(batch.size);
        self.size = self.size.saturating_add(batch.size);
        self.batches.push(batch);
    }

    /// The last thing that an active segment does: its largest timestamp goes into the index.
    pub(super) fn become_inactive(&mut self) {
        self.time_index.maybe_append(self.max_so_far.0, self.max_so_far.1);
    }

    /// Its batches from a place in the file on.
    pub(super) fn batches_from(&self, position: u32) -> impl Iterator<Item = &Logged> {
        let first = self.batches.partition_point(|batch| batch.position < position);
        self.batches.iter().skip(first)
    }
}
