//! The two indexes of a segment (`OffsetIndex`, `TimeIndex`): sparse, sorted, of a size that is fixed beforehand.
//!
//! Their entries lie with the batches that they point to, so that a clone shares them too; these are the views of them.

use super::LogSegment;
use millrace_model::{Offset, Timestamp};

/// Bytes of an entry: relative offset and position.
pub const OFFSET_ENTRY_SIZE: u32 = 8;
/// Bytes of an entry: timestamp and relative offset.
pub const TIME_ENTRY_SIZE: u32 = 12;

/// From offsets to places in the segment's file.
#[derive(Clone, Copy, Debug)]
pub struct OffsetIndex<'a> {
    pub(super) segment: &'a LogSegment,
}

impl<'a> OffsetIndex<'a> {
    /// Its entries: an offset, and where its batch begins in the file, in bytes.
    pub fn entries(self) -> impl Iterator<Item = (Offset, u32)> + 'a {
        self.segment.chunks.iter().flat_map(|chunk| chunk.offsets.iter().copied())
    }

    /// How many entries there is room for.
    #[must_use]
    pub fn max_entries(self) -> u32 {
        self.segment.index_bytes / OFFSET_ENTRY_SIZE
    }

    /// Whether there is no room left: the segment rolls.
    #[must_use]
    pub fn is_full(self) -> bool {
        self.segment.offset_entries >= self.max_entries()
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size_in_bytes(self) -> u32 {
        self.segment.offset_entries.saturating_mul(OFFSET_ENTRY_SIZE)
    }

    /// The last entry at or before an offset; the segment's beginning if there is none.
    #[must_use]
    pub fn lookup(self, offset: Offset) -> (Offset, u32) {
        // An entry's offset lies in the batches of its chunk.
        let chunks = &self.segment.chunks;
        let until = chunks
            .partition_point(|chunk| chunk.first().is_some_and(|first| first.stored.base_offset <= offset));
        let found = chunks.iter().take(until).rev().find_map(|chunk| {
            let behind = chunk.offsets.partition_point(|(entry, _)| *entry <= offset);
            chunk.offsets.get(behind.checked_sub(1)?)
        });
        found.copied().unwrap_or((self.segment.base_offset(), 0))
    }

    /// The first entry that lies at `position` or behind it (`OffsetIndex.fetchUpperBoundOffset`).
    pub(super) fn first_at_or_behind(self, position: u32) -> Option<Offset> {
        self.entries().find(|(_, at)| *at >= position).map(|(offset, _)| offset)
    }
}

/// From timestamps to offsets. Timestamps only rise: an entry says that nothing up to its offset is later.
#[derive(Clone, Copy, Debug)]
pub struct TimeIndex<'a> {
    pub(super) segment: &'a LogSegment,
}

impl<'a> TimeIndex<'a> {
    /// Its entries: the largest timestamp so far, in milliseconds, and the last offset of the batch that has it.
    pub fn entries(self) -> impl Iterator<Item = (Timestamp, Offset)> + 'a {
        self.segment.chunks.iter().flat_map(|chunk| chunk.times.iter().copied())
    }

    /// How many entries there is room for; the last one is kept for the roll.
    #[must_use]
    pub fn max_entries(self) -> u32 {
        self.segment.index_bytes / TIME_ENTRY_SIZE
    }

    /// Whether there is no room left: the segment rolls.
    #[must_use]
    pub fn is_full(self) -> bool {
        self.segment.time_entries >= self.max_entries().saturating_sub(1)
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size_in_bytes(self) -> u32 {
        self.segment.time_entries.saturating_mul(TIME_ENTRY_SIZE)
    }

    /// The last entry; no timestamp at the segment's beginning if there is none.
    #[must_use]
    pub fn last_entry(self) -> (Timestamp, Offset) {
        let chunks = self.segment.chunks.iter().rev();
        let last = chunks.filter_map(|chunk| chunk.times.last()).next();
        last.copied().unwrap_or((Timestamp::NONE, self.segment.base_offset()))
    }

    /// The last entry at or before a timestamp; no timestamp at the segment's beginning if there is none.
    #[must_use]
    pub fn lookup(self, timestamp: Timestamp) -> (Timestamp, Offset) {
        let found = self.segment.chunks.iter().rev().find_map(|chunk| {
            let behind = chunk.times.partition_point(|(entry, _)| *entry <= timestamp);
            chunk.times.get(behind.checked_sub(1)?)
        });
        found.copied().unwrap_or((Timestamp::NONE, self.segment.base_offset()))
    }
}
