//! Which segments go, and why (`UnifiedLog.deleteOldSegments`): whole ones, the oldest first, and none above the high
//! watermark.

use super::PartitionLog;
use super::segment::LogSegment;
use millrace_model::{Offset, Timestamp};

/// What retention depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetentionSettings {
    /// Whether `cleanup.policy` contains `delete`; without it, only what lies below the log start offset goes.
    pub delete: bool,
    /// `retention.ms`, from a segment's largest timestamp on; negative for ever.
    pub retention_ms: i64,
    /// `retention.bytes` of the whole log; negative for any.
    pub retention_bytes: i64,
}

/// Why a segment was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SegmentDeletionReason {
    /// All of it lies below the log start offset.
    StartOffset,
    /// Without it, the log is still as large as `retention.bytes`.
    Size,
    /// Its largest timestamp is older than `retention.ms`.
    Time,
}

/// A segment that is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeletedSegment {
    /// Where it began.
    pub base_offset: Offset,
    /// Its size in bytes.
    pub size: u32,
    /// Why it went.
    pub reason: SegmentDeletionReason,
}

impl PartitionLog {
    /// Deletes what is due: first what lies below the log start offset, then by size, then by time. If all segments
    /// go, a new one is begun.
    pub fn delete_old_segments(
        &mut self,
        settings: &RetentionSettings,
        now: Timestamp,
    ) -> Vec<DeletedSegment> {
        let mut deleted = Vec::new();
        let start = self.log_start_offset();
        let below_start =
            |_: &LogSegment, next: Option<&LogSegment>| next.is_some_and(|next| next.base_offset() <= start);
        self.delete_while(below_start, SegmentDeletionReason::StartOffset, now, &mut deleted);
        if !settings.delete {
            return deleted;
        }
        if let Some(excess) = self.bytes_beyond(settings.retention_bytes) {
            let mut excess = excess;
            let too_much = |segment: &LogSegment, _: Option<&LogSegment>| {
                let left = excess.checked_sub(u64::from(segment.size_in_bytes()));
                excess = left.unwrap_or(excess);
                left.is_some()
            };
            self.delete_while(too_much, SegmentDeletionReason::Size, now, &mut deleted);
        }
        if settings.retention_ms >= 0 {
            let too_old = |segment: &LogSegment, _: Option<&LogSegment>| {
                now.0.saturating_sub(segment.largest_timestamp().0) > settings.retention_ms
            };
            self.delete_while(too_old, SegmentDeletionReason::Time, now, &mut deleted);
        }
        deleted
    }

    /// How much larger the log is than it is to be.
    fn bytes_beyond(&self, retention_bytes: i64) -> Option<u64> {
        let most = u64::try_from(retention_bytes).ok()?;
        self.size_in_bytes().checked_sub(most)
    }

    /// Deletes the oldest segments as long as `predicate` wants them gone.
    fn delete_while(
        &mut self,
        mut predicate: impl FnMut(&LogSegment, Option<&LogSegment>) -> bool,
        reason: SegmentDeletionReason,
        now: Timestamp,
        deleted: &mut Vec<DeletedSegment>,
    ) {
        let mut due = 0;
        for (at, segment) in self.segments.iter().enumerate() {
            let next = self.segments.get(at + 1);
            let next = next.map(|next| &**next);
            let end = next.map_or(self.log_end_offset, LogSegment::base_offset);
            let is_empty_active = next.is_none() && segment.size_in_bytes() == 0;
            if is_empty_active || self.high_watermark < end || !predicate(segment, next) {
                break;
            }
            due = at + 1;
        }
        if due == 0 {
            return;
        }
        if due == self.segments.len() {
            self.roll(None, now);
        }
        if let Some(first) = self.segments.get(due).map(|segment| segment.base_offset()) {
            // Never beyond the high watermark: it has been looked at.
            self.log_start_offset = self.log_start_offset.max(first);
            self.epochs.truncate_from_start(self.log_start_offset);
            self.note(2, first);
        }
        let gone = self.segments.drain(..due.min(self.segments.len().saturating_sub(1)));
        deleted.extend(gone.map(|segment| DeletedSegment {
            base_offset: segment.base_offset(),
            size: segment.size_in_bytes(),
            reason,
        }));
        self.recount();
    }

    /// When the next segment may be due for deletion, by the clock that segments are compared with; `now` if one is due
    /// already. None if nothing will ever be without an append.
    #[must_use]
    pub fn deletion_due(&self, settings: &RetentionSettings, now: Timestamp) -> Option<Timestamp> {
        let first = self.segments.first()?;
        let next = self.segments.get(1);
        if next.is_some_and(|next| next.base_offset() <= self.log_start_offset) {
            return Some(now);
        }
        if !settings.delete || first.size_in_bytes() == 0 && next.is_none() {
            return None;
        }
        let excess = self.bytes_beyond(settings.retention_bytes);
        if excess.is_some_and(|excess| excess >= u64::from(first.size_in_bytes())) {
            return Some(now);
        }
        let after = settings.retention_ms.checked_add(1).filter(|after| *after > 0)?;
        Some(Timestamp(first.largest_timestamp().0.saturating_add(after)))
    }

    /// Deletes the segments below `first`, the base offset of one that stays or the log's end, where another begins then.
    pub(crate) fn delete_segments(&mut self, first: Offset, log_start_offset: Offset, now: Timestamp) {
        if self.segments.iter().all(|segment| segment.base_offset() < first) {
            self.roll(None, now);
        }
        self.segments.retain(|segment| segment.base_offset() >= first);
        self.log_start_offset = self.log_start_offset.max(log_start_offset);
        self.epochs.truncate_from_start(self.log_start_offset);
        self.note(2, first);
        self.recount();
    }
}
