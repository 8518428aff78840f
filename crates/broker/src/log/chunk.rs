//! A run of neighbouring batches, shared as soon as it is full. Not Kafka's segment: that is a unit of retention.

use millrace_model::{Offset, StoredBatch, Timestamp};

/// How many batches a chunk holds. A clone followed by an append copies at most so many entries (about 1 µs); more
/// chunks make the list of chunks longer, which is copied then too.
const BATCHES: usize = 128;

/// Up to [`BATCHES`] batches.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    batches: Vec<StoredBatch>,
    max_timestamp: Timestamp,
}

impl Chunk {
    /// A chunk that begins with this batch.
    pub(crate) fn of(first: StoredBatch) -> Chunk {
        let mut chunk = Chunk { batches: Vec::with_capacity(4), max_timestamp: Timestamp::NONE };
        chunk.push(first);
        chunk
    }

    pub(crate) fn is_full(&self) -> bool {
        self.batches.len() >= BATCHES
    }

    pub(crate) fn push(&mut self, stored: StoredBatch) {
        self.max_timestamp = self.max_timestamp.max(max_timestamp(&stored));
        self.batches.push(stored);
    }

    pub(crate) fn last(&self) -> Option<&StoredBatch> {
        self.batches.last()
    }

    pub(crate) fn base_offset(&self) -> Offset {
        self.batches.first().map_or(Offset(0), |batch| batch.base_offset)
    }

    /// The largest timestamp that readers see in this chunk.
    pub(crate) fn max_timestamp(&self) -> Timestamp {
        self.max_timestamp
    }

    /// Its batches from the one that holds `offset` on.
    pub(crate) fn batches_from(&self, offset: Offset) -> &[StoredBatch] {
        let first = self.batches.partition_point(|batch| batch.next_offset() <= offset);
        self.batches.get(first..).unwrap_or_default()
    }

    pub(crate) fn batches(&self) -> &[StoredBatch] {
        &self.batches
    }
}

/// The largest timestamp that readers see in a batch.
pub(crate) fn max_timestamp(stored: &StoredBatch) -> Timestamp {
    stored.log_append_time.unwrap_or_else(|| stored.batch.max_timestamp())
}
