//! A partition's log: batches in order, each with its place. Not a file: nothing is ever encoded.

mod chunk;
pub mod cleaner;
pub mod epochs;
mod lookup;
pub mod producer_state;
pub mod segments;

use chunk::Chunk;
use millrace_model::{LeaderEpoch, Offset, StableHasher, StoredBatch, Time};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// One partition's log.
///
/// Batches lie in chunks; a chunk that is full is never touched again, so that a clone shares it. The hash of a log
/// is a rolling one over what was appended, so that hashing a broker never walks its records.
#[derive(Clone, Debug)]
pub struct PartitionLog {
    chunks: Vec<Arc<Chunk>>,
    log_start_offset: Offset,
    log_end_offset: Offset,
    high_watermark: Offset,
    size_in_bytes: u64,
    records: usize,
    rolling_hash: u64,
}

impl PartitionLog {
    /// An empty log.
    pub fn new() -> PartitionLog {
        PartitionLog {
            chunks: Vec::new(),
            log_start_offset: Offset(0),
            log_end_offset: Offset(0),
            high_watermark: Offset(0),
            size_in_bytes: 0,
            records: 0,
            rolling_hash: 0,
        }
    }

    /// Appends a batch at the end. Its `base_offset` is the log end offset that the decision saw.
    pub(crate) fn append(&mut self, stored: &StoredBatch) {
        self.rolling_hash = roll(self.rolling_hash, stored);
        self.records += stored.batch.len();
        self.size_in_bytes += stored.batch.size_in_bytes as u64;
        self.log_end_offset = stored.next_offset();
        // One replica: what the leader has, every in-sync replica has.
        self.high_watermark = self.log_end_offset;
        match self.chunks.last_mut() {
            Some(last) if !last.is_full() => Arc::make_mut(last).push(stored.clone()),
            _ => self.chunks.push(Arc::new(Chunk::of(stored.clone()))),
        }
    }

    /// Moves the log start offset up (`UnifiedLog.maybeIncrementLogStartOffset`). Batches of which nothing is left no longer
    /// count; those of which something is stay whole.
    pub(crate) fn delete_until(&mut self, log_start_offset: Offset) {
        let old = self.log_start_offset;
        let gone = |stored: &&StoredBatch| stored.next_offset() <= log_start_offset;
        let size = |stored: &StoredBatch| stored.batch.size_in_bytes as u64;
        let bytes: u64 = self.batches_from(old).take_while(gone).map(size).sum();
        let records = log_start_offset.since(old.max(self.first_known_offset()));
        self.size_in_bytes = self.size_in_bytes.saturating_sub(bytes);
        self.records = self.records.saturating_sub(usize::try_from(records).unwrap_or(usize::MAX));
        self.log_start_offset = log_start_offset;
        let whole = self
            .chunks
            .iter()
            .take_while(|chunk| chunk.last().is_some_and(|last| last.next_offset() <= log_start_offset));
        let whole = whole.count();
        self.chunks.drain(..whole);
    }

    /// Takes over the offsets of another cluster's log; it is empty.
    pub(crate) fn import(&mut self, start: Offset, end: Offset) {
        (self.log_start_offset, self.log_end_offset, self.high_watermark) = (start, end, end);
    }

    /// The first offset from which on its records are here: what lies before it in the log was imported, its contents are
    /// unknown.
    pub fn first_known_offset(&self) -> Offset {
        let first = self.chunks.first().map_or(self.log_end_offset, |chunk| chunk.base_offset());
        first.max(self.log_start_offset)
    }

    /// How many of its offsets were imported: their contents are unknown.
    pub fn unknown_count(&self) -> u64 {
        self.first_known_offset().since(self.log_start_offset)
    }

    /// The first offset that the log still has.
    pub fn log_start_offset(&self) -> Offset {
        self.log_start_offset
    }

    /// LEO: the offset that the next record will get.
    pub fn log_end_offset(&self) -> Offset {
        self.log_end_offset
    }

    /// HW: readers see what lies below it. Equal to the LEO while the partition has one replica.
    pub fn high_watermark(&self) -> Offset {
        self.high_watermark
    }

    /// LSO: the high watermark while no transaction is open.
    pub fn last_stable_offset(&self) -> Offset {
        self.high_watermark
    }

    /// Bytes of all its batches.
    pub fn size_in_bytes(&self) -> u64 {
        self.size_in_bytes
    }

    /// How many records it holds.
    pub fn record_count(&self) -> usize {
        self.records
    }

    /// The epoch of the last batch, if there is one.
    pub fn latest_epoch(&self) -> Option<LeaderEpoch> {
        Some(self.chunks.last()?.last()?.leader_epoch)
    }

    /// When something was last appended.
    pub fn last_append(&self) -> Option<Time> {
        Some(self.chunks.last()?.last()?.appended_at)
    }
}

impl Default for PartitionLog {
    fn default() -> Self {
        Self::new()
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
fn roll(before: u64, stored: &StoredBatch) -> u64 {
    let mut hasher = StableHasher::default();
    hasher.write_u64(before);
    (stored.base_offset, stored.leader_epoch, stored.appended_at, stored.log_append_time).hash(&mut hasher);
    for record in &stored.batch.records {
        record.hash(&mut hasher);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests;
