//! A partition's log as Kafka keeps it on disk: segments with their indexes, roll, retention, the log start offset
//! (`UnifiedLog`, `LocalLog`, `LogSegments`).
//!
//! Nothing is read from a clock and nothing happens by itself: time is an argument, and what a call has done is its
//! answer. Not yet what the broker keeps its partitions in: that is [`super::PartitionLog`], which has no segments.

mod index;
mod retention;
mod search;
mod segment;

pub use index::{OffsetIndex, TimeIndex};
pub use retention::{DeletedSegment, RetentionSettings, SegmentDeletionReason};
pub use search::TimestampQuery;
pub use segment::{LogSegment, Logged, RollReason, SegmentSettings};

use millrace_model::{Offset, StoredBatch, Timestamp};
use std::fmt;

/// A log of segments. The last one is active: only there is appended.
#[derive(Clone, Debug)]
pub struct SegmentedLog {
    settings: SegmentSettings,
    /// Never empty.
    segments: Vec<LogSegment>,
    log_start_offset: Offset,
    log_end_offset: Offset,
    high_watermark: Offset,
}

/// Why a batch was not appended (`RecordBatchTooLargeException`): it fits into no segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordBatchTooLarge {
    /// The batch's size in bytes.
    pub size: u32,
    /// `segment.bytes`.
    pub segment_bytes: u32,
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

impl SegmentedLog {
    /// An empty log, with one segment that was created `now`.
    #[must_use]
    pub fn new(settings: SegmentSettings, now: Timestamp) -> Self {
        let segments = vec![LogSegment::new(Offset(0), &settings, now)];
        let start = Offset(0);
        Self { settings, segments, log_start_offset: start, log_end_offset: start, high_watermark: start }
    }

    /// Its segments, by base offset; the last is the active one.
    #[must_use]
    pub fn segments(&self) -> &[LogSegment] {
        &self.segments
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

    /// Bytes of all segments, without their indexes.
    #[must_use]
    pub fn size_in_bytes(&self) -> u64 {
        self.segments.iter().map(|segment| u64::from(segment.size_in_bytes())).sum()
    }

    /// Moves the high watermark, within the log.
    pub fn set_high_watermark(&mut self, offset: Offset) {
        self.high_watermark = offset.clamp(self.log_start_offset, self.log_end_offset);
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
        let logged = Logged::new(stored);
        let segment_bytes = self.settings.segment_bytes;
        if logged.size > segment_bytes {
            return Err(RecordBatchTooLarge { size: logged.size, segment_bytes });
        }
        let reason = self.segments.last().and_then(|active| active.should_roll(&self.settings, &logged, now));
        if reason.is_some() {
            self.roll(Some(logged.stored.base_offset), now);
        }
        self.log_end_offset = logged.stored.next_offset();
        if let Some(active) = self.segments.last_mut() {
            active.append(logged, &self.settings);
        }
        Ok(reason)
    }

    /// Begins a new segment at the log end offset, or at `expected` if that is larger. An active segment that is empty
    /// is made anew.
    pub fn roll(&mut self, expected: Option<Offset>, now: Timestamp) {
        let base = self.log_end_offset.max(expected.unwrap_or(Offset(0)));
        match self.segments.last_mut() {
            Some(active) if active.base_offset() == base => {
                self.segments.pop();
            }
            Some(active) => active.become_inactive(),
            None => {}
        }
        self.segments.push(LogSegment::new(base, &self.settings, now));
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
        }
        Ok(moves)
    }
}

#[cfg(test)]
mod tests;
