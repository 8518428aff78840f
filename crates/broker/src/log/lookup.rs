//! Finding batches and offsets in a log.

use super::PartitionLog;
use super::chunk::max_timestamp;
use millrace_model::{LeaderEpoch, Offset, StoredBatch, Timestamp};

/// An offset found by its timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundOffset {
    /// The offset.
    pub offset: Offset,
    /// The timestamp that readers see there.
    pub timestamp: Timestamp,
    /// The leader epoch of its batch.
    pub leader_epoch: LeaderEpoch,
}

impl PartitionLog {
    /// Whole batches from the one that holds `from` on, in order, up to the log's end.
    pub fn batches_from(&self, from: Offset) -> impl Iterator<Item = &StoredBatch> {
        let first = self.chunks.partition_point(|chunk| chunk.base_offset() <= from).saturating_sub(1);
        self.chunks.iter().skip(first).flat_map(move |chunk| chunk.batches_from(from))
    }

    /// What a fetch at `from` gives (`UnifiedLog.read`): whole batches below `end`, together at most `max_bytes`;
    /// with `min_one` the first batch is given however large it is.
    ///
    /// The caller has checked that `from` lies within the log.
    pub fn read(&self, from: Offset, end: Offset, max_bytes: usize, min_one: bool) -> Vec<StoredBatch> {
        let mut left = max_bytes;
        let mut batches = Vec::new();
        if from >= end {
            return batches;
        }
        for stored in self.batches_from(from) {
            let fits = stored.batch.size_in_bytes <= left;
            if stored.base_offset >= end || !(fits || (min_one && batches.is_empty())) {
                break;
            }
            left = left.saturating_sub(stored.batch.size_in_bytes);
            batches.push(stored.clone());
        }
        batches
    }

    /// Bytes of the batches from `from` on, counted no further than `enough`.
    pub fn bytes_from(&self, from: Offset, enough: usize) -> usize {
        let mut bytes = 0_usize;
        if from < self.log_end_offset() {
            for stored in self.batches_from(from) {
                bytes = bytes.saturating_add(stored.batch.size_in_bytes);
                if bytes >= enough {
                    return enough;
                }
            }
        }
        bytes
    }

    /// The first record whose timestamp is `target` or later (`UnifiedLog.fetchOffsetByTimestamp`).
    pub fn offset_for_timestamp(&self, target: Timestamp) -> Option<FoundOffset> {
        self.chunks
            .iter()
            .filter(|chunk| chunk.max_timestamp() >= target)
            .flat_map(|chunk| chunk.batches())
            .filter(|stored| max_timestamp(stored) >= target)
            .find_map(|stored| self.first_at_or_after(stored, target))
    }

    /// The first record with the largest timestamp of the log (`ListOffsetsRequest.MAX_TIMESTAMP`).
    pub fn offset_of_max_timestamp(&self) -> Option<FoundOffset> {
        let max = self.chunks.iter().map(|chunk| chunk.max_timestamp()).max()?;
        self.offset_for_timestamp(max)
    }

    fn first_at_or_after(&self, stored: &StoredBatch, target: Timestamp) -> Option<FoundOffset> {
        stored.records_from(self.log_start_offset()).find_map(|(offset, record)| {
            let timestamp = stored.timestamp(record);
            (timestamp >= target).then_some(FoundOffset {
                offset,
                timestamp,
                leader_epoch: stored.leader_epoch,
            })
        })
    }
}
