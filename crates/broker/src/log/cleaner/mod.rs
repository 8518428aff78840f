//! Log compaction: what may be cleaned, when it is worth it, and what a pass leaves (`LogCleanerManager`, `Cleaner`).
//!
//! A pass is a pure function from a log to new segments; nothing here knows of timers. Kafka's map from keys to offsets has
//! a limited size, so that a pass may end early; here it holds every key.

mod pass;
mod transactions;

pub use pass::{CleanedLog, CleanerStats};

use super::segments::{LogSegment, PartitionLog};
use millrace_model::{Offset, Timestamp};
use std::sync::Arc;

/// What cleaning depends on, from the topic's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompactionSettings {
    /// `delete.retention.ms`: how long a tombstone stays after it was first cleaned.
    pub delete_retention_ms: i64,
    /// `min.compaction.lag.ms`: how long a record stays as it is at least.
    pub min_compaction_lag_ms: i64,
    /// `max.compaction.lag.ms`: how long a record stays as it is at most, as far as its segment has rolled.
    pub max_compaction_lag_ms: i64,
    /// `min.cleanable.dirty.ratio`, in millionths.
    pub min_cleanable_ppm: u32,
}

impl Default for CompactionSettings {
    /// Kafka's defaults: a day, none, for ever, a half.
    fn default() -> Self {
        Self {
            delete_retention_ms: 86_400_000,
            min_compaction_lag_ms: 0,
            max_compaction_lag_ms: i64::MAX,
            min_cleanable_ppm: 500_000,
        }
    }
}

/// What a log has to clean (`LogToClean`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogToClean {
    /// Up to here it was cleaned before.
    pub first_dirty_offset: Offset,
    /// The active segment begins here, or what is not stable, or a segment that is too young.
    pub first_uncleanable_dirty_offset: Offset,
    /// From here on nothing is cleaned: the segment that holds that offset begins here.
    pub first_uncleanable_offset: Offset,
    /// Bytes of the segments that were cleaned before.
    pub clean_bytes: u64,
    /// Bytes of the segments between the two offsets.
    pub cleanable_bytes: u64,
    /// By how much `max.compaction.lag.ms` is exceeded, in milliseconds.
    pub compaction_delay_ms: i64,
}

impl LogToClean {
    /// The dirty ratio, in millionths.
    #[must_use]
    pub fn cleanable_ppm(&self) -> u32 {
        let (cleanable, total) = (u128::from(self.cleanable_bytes), u128::from(self.total_bytes()));
        let ppm = (cleanable * 1_000_000).checked_div(total).unwrap_or(0);
        u32::try_from(ppm).unwrap_or(1_000_000)
    }

    /// Bytes that the ratio is of.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        self.clean_bytes.saturating_add(self.cleanable_bytes)
    }

    /// Whether it is worth it, or overdue (`LogCleanerManager.grabFilthiestCompactedLog`).
    #[must_use]
    pub fn is_due(&self, settings: &CompactionSettings) -> bool {
        let overdue = self.compaction_delay_ms > 0 && self.cleanable_bytes > 0;
        let dirty = u128::from(self.cleanable_bytes) * 1_000_000
            > u128::from(settings.min_cleanable_ppm) * u128::from(self.total_bytes());
        self.total_bytes() > 0 && (overdue || dirty)
    }
}

impl PartitionLog {
    /// What there is to clean `now`. `last_clean` is where the last pass ended (`LogCleanerManager.cleanableOffsets`).
    #[must_use]
    pub fn to_clean(
        &self,
        last_clean: Option<Offset>,
        settings: &CompactionSettings,
        now: Timestamp,
    ) -> LogToClean {
        let start = self.log_start_offset();
        let checkpoint = last_clean.unwrap_or(start);
        // A checkpoint outside of the log is not believed.
        let is_within = checkpoint >= start && checkpoint <= self.log_end_offset();
        let first_dirty_offset = if is_within { checkpoint } else { start };
        let active = self.segments().last().map_or(start, |active| active.base_offset());
        let lag = settings.min_compaction_lag_ms.max(0);
        let young = |segment: &&Arc<LogSegment>| segment.largest_timestamp().0 > now.0.saturating_sub(lag);
        let dirty = self.non_active_from(first_dirty_offset);
        let too_young = dirty.iter().find(young).filter(|_| lag > 0).map(|segment| segment.base_offset());
        let uncleanable = [Some(self.last_stable_offset()), Some(active), too_young].into_iter().flatten();
        let uncleanable = uncleanable.min().unwrap_or(active).max(first_dirty_offset);
        let first = self.non_active_from(uncleanable).first().map(|segment| segment.base_offset());
        let first_uncleanable_offset = first.unwrap_or(active);
        let bytes = |segments: &[Arc<LogSegment>]| -> u64 {
            segments.iter().map(|segment| u64::from(segment.size_in_bytes())).sum()
        };
        let begins = first_dirty_offset.min(first_uncleanable_offset);
        let first_batches = dirty.iter().filter_map(|segment| segment.first_batch_timestamp());
        let earliest = first_batches.filter(|first| first.0 > 0).min();
        let clean_until = now.0.saturating_sub(settings.max_compaction_lag_ms.max(0));
        LogToClean {
            first_dirty_offset,
            first_uncleanable_dirty_offset: uncleanable,
            first_uncleanable_offset,
            clean_bytes: bytes(self.segments_between(Offset(-1), first_dirty_offset)),
            cleanable_bytes: bytes(self.segments_between(begins, first_uncleanable_offset)),
            compaction_delay_ms: earliest.map_or(0, |first| clean_until.saturating_sub(first.0).max(0)),
        }
    }

    /// When there may be something to clean next; `now` if there is already. None if there will not be without a roll.
    #[must_use]
    pub fn cleaning_due(&self, settings: &CompactionSettings, now: Timestamp) -> Option<Timestamp> {
        let plan = self.to_clean(self.last_clean(), settings, now);
        if plan.is_due(settings) {
            return Some(now);
        }
        // A segment becomes old enough, or has waited too long.
        let dirty = self.non_active_from(plan.first_dirty_offset);
        let after = |from: Timestamp, ms: i64| from.0.checked_add(ms.max(0)).map(Timestamp);
        let old_enough = dirty
            .iter()
            .filter_map(|segment| after(segment.largest_timestamp(), settings.min_compaction_lag_ms));
        let overdue = dirty.iter().filter_map(|segment| {
            after(segment.first_batch_timestamp()?, settings.max_compaction_lag_ms)?
                .0
                .checked_add(1)
                .map(Timestamp)
        });
        old_enough.chain(overdue).filter(|due| *due > now).min()
    }

    /// The segments that have something in `from..to` (`LogSegments.values`).
    fn segments_between(&self, from: Offset, to: Offset) -> &[Arc<LogSegment>] {
        if to <= from {
            return &[];
        }
        let segments = self.segments();
        let until = segments.partition_point(|segment| segment.base_offset() < to);
        let first = segments.partition_point(|segment| segment.base_offset() <= from).saturating_sub(1);
        segments.get(first..until).unwrap_or_default()
    }

    /// The segments from the one on that holds `from`, without the active one (`LogSegments.nonActiveLogSegmentsFrom`).
    fn non_active_from(&self, from: Offset) -> &[Arc<LogSegment>] {
        self.segments().last().map_or(&[], |active| self.segments_between(from, active.base_offset()))
    }
}

#[cfg(test)]
mod tests;
