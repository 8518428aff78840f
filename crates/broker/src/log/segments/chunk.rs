//! A run of neighbouring batches of a segment, with the index entries that point into it: shared as soon as it is full.

use super::Logged;
use millrace_model::{Offset, Timestamp};

/// How many batches a chunk holds. A clone followed by an append copies at most so many entries (about 1 µs); more
/// chunks make the list of chunks longer, which is copied then too.
const BATCHES: usize = 128;

/// Up to [`BATCHES`] batches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    batches: Vec<Logged>,
    /// Entries of the offset index: an offset, and where to look for it.
    pub offsets: Vec<(Offset, u32)>,
    /// Entries of the time index.
    pub times: Vec<(Timestamp, Offset)>,
}

impl Chunk {
    /// A chunk that begins with this batch.
    pub fn of(first: Logged) -> Chunk {
        let batches = Vec::with_capacity(4);
        let mut chunk = Chunk { batches, offsets: Vec::new(), times: Vec::new() };
        chunk.push(first);
        chunk
    }

    pub fn is_full(&self) -> bool {
        self.batches.len() >= BATCHES
    }

    pub fn push(&mut self, batch: Logged) {
        self.batches.push(batch);
    }

    /// Keeps the batches that end at or before `end`.
    pub fn truncate_to(&mut self, end: Offset) {
        let keep = self.batches.partition_point(|batch| batch.stored.next_offset() <= end);
        self.batches.truncate(keep);
    }

    /// Keeps the index entries that lie before `end`.
    pub fn truncate_indexes(&mut self, end: Offset) {
        self.offsets.retain(|(at, _)| *at < end);
        self.times.retain(|(_, at)| *at < end);
    }

    pub fn batches(&self) -> &[Logged] {
        &self.batches
    }

    pub fn first(&self) -> Option<&Logged> {
        self.batches.first()
    }

    pub fn last(&self) -> Option<&Logged> {
        self.batches.last()
    }
}
