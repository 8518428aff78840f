//! The two indexes of a segment (`OffsetIndex`, `TimeIndex`): sparse, sorted, of a size that is fixed beforehand.

use millrace_model::{Offset, Timestamp};

/// Bytes of an entry: relative offset and position.
pub const OFFSET_ENTRY_SIZE: u32 = 8;
/// Bytes of an entry: timestamp and relative offset.
pub const TIME_ENTRY_SIZE: u32 = 12;

/// From offsets to places in the segment's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetIndex {
    base_offset: Offset,
    most: u32,
    entries: Vec<(Offset, u32)>,
}

impl OffsetIndex {
    pub(super) fn new(base_offset: Offset, bytes: u32) -> Self {
        Self { base_offset, most: bytes / OFFSET_ENTRY_SIZE, entries: Vec::new() }
    }

    /// Its entries: an offset, and where its batch begins in the file, in bytes.
    #[must_use]
    pub fn entries(&self) -> &[(Offset, u32)] {
        &self.entries
    }

    /// How many entries there is room for.
    #[must_use]
    pub fn max_entries(&self) -> u32 {
        self.most
    }

    /// Whether there is no room left: the segment rolls.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.entries.len() as u64 >= u64::from(self.most)
    }

    /// The last entry at or before an offset; the segment's beginning if there is none.
    #[must_use]
    pub fn lookup(&self, offset: Offset) -> (Offset, u32) {
        let behind = self.entries.partition_point(|(entry, _)| *entry <= offset);
        let found = behind.checked_sub(1).and_then(|at| self.entries.get(at));
        found.copied().unwrap_or((self.base_offset, 0))
    }

    pub(super) fn append(&mut self, offset: Offset, position: u32) {
        if !self.is_full() {
            self.entries.push((offset, position));
        }
    }
}

/// From timestamps to offsets. Timestamps only rise: an entry says that nothing up to its offset is later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeIndex {
    base_offset: Offset,
    most: u32,
    entries: Vec<(Timestamp, Offset)>,
}

impl TimeIndex {
    pub(super) fn new(base_offset: Offset, bytes: u32) -> Self {
        Self { base_offset, most: bytes / TIME_ENTRY_SIZE, entries: Vec::new() }
    }

    /// Its entries: the largest timestamp so far, in milliseconds, and the last offset of the batch that has it.
    #[must_use]
    pub fn entries(&self) -> &[(Timestamp, Offset)] {
        &self.entries
    }

    /// How many entries there is room for; the last one is kept for the roll.
    #[must_use]
    pub fn max_entries(&self) -> u32 {
        self.most
    }

    /// Whether there is no room left: the segment rolls.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.entries.len() as u64 >= u64::from(self.most.saturating_sub(1))
    }

    /// The last entry; no timestamp at the segment's beginning if there is none.
    #[must_use]
    pub fn last_entry(&self) -> (Timestamp, Offset) {
        self.entries.last().copied().unwrap_or((Timestamp::NONE, self.base_offset))
    }

    /// The last entry at or before a timestamp; no timestamp at the segment's beginning if there is none.
    #[must_use]
    pub fn lookup(&self, timestamp: Timestamp) -> (Timestamp, Offset) {
        let behind = self.entries.partition_point(|(entry, _)| *entry <= timestamp);
        let found = behind.checked_sub(1).and_then(|at| self.entries.get(at));
        found.copied().unwrap_or((Timestamp::NONE, self.base_offset))
    }

    /// Adds an entry if its timestamp is larger than the last one.
    pub(super) fn maybe_append(&mut self, timestamp: Timestamp, offset: Offset) {
        if timestamp > self.last_entry().0 {
            self.entries.push((timestamp, offset));
        }
    }
}
