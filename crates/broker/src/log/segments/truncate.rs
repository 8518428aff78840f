//! Taking back what was appended (`UnifiedLog.truncateTo`, `truncateFullyAndStartAt`, `LogSegment.truncateTo`): a follower
//! does it with what its leader never had. Segments, both indexes, aborted transactions, leader epochs and producers
//! afterwards stand as if the records had never come.

use super::{LogSegment, PartitionLog};
use crate::log::producer_state::ProducerState;
use millrace_model::{LeaderEpoch, Offset, StableHasher, Timestamp};
use std::sync::Arc;

impl PartitionLog {
    /// Takes back everything from `target` on; says whether there was anything. Whole batches go: a target amid a batch
    /// takes that batch too, while the log then ends at the target.
    pub fn truncate_to(&mut self, target: Offset, now: Timestamp) -> bool {
        let target = target.max(Offset(0));
        if target >= self.log_end_offset {
            // An epoch may have begun there without a record; the leader knows better.
            self.epochs.truncate_from_end(target);
            self.note(3, target);
            return false;
        }
        if self.segments.first().is_some_and(|first| first.base_offset() > target) {
            self.truncate_fully_and_start_at(target, now);
            return true;
        }
        self.segments.retain(|segment| segment.base_offset() <= target);
        if let Some(active) = self.segments.last_mut() {
            Arc::make_mut(active).truncate_to(target, now);
        }
        self.epochs.truncate_from_end(target);
        self.log_end_offset = target;
        self.log_start_offset = self.log_start_offset.min(target);
        self.recovery_point = self.recovery_point.min(target);
        self.last_clean = self.last_clean.map(|clean| clean.min(target));
        self.rebuild_producers();
        self.set_high_watermark(self.high_watermark.min(target));
        self.recount();
        self.note(3, target);
        true
    }

    /// Takes everything back; the log is empty and begins at `offset`.
    pub fn truncate_fully_and_start_at(&mut self, offset: Offset, now: Timestamp) {
        self.segments = vec![Arc::new(LogSegment::new(offset, &self.settings, now))];
        self.epochs.clear();
        self.producers = Arc::default();
        self.last_clean = self.last_clean.map(|clean| clean.min(offset));
        (self.log_start_offset, self.log_end_offset) = (offset, offset);
        (self.high_watermark, self.recovery_point) = (offset, offset);
        self.records = 0;
        self.note(4, offset);
    }

    /// A leader's epoch begins here (`maybeAssignEpochStartOffset`).
    pub fn assign_epoch_start(&mut self, epoch: LeaderEpoch, start: Offset) {
        self.epochs.assign(epoch, start);
        self.note(7, Offset(i64::from(epoch.0)));
    }

    /// What is on disk for certain, even if the machine loses its power: rolled segments, and all of it after a clean stop
    /// (`recoveryPoint`).
    #[must_use]
    pub fn recovery_point(&self) -> Offset {
        self.recovery_point
    }

    /// Writes everything to disk (a clean stop).
    pub fn flush(&mut self) {
        if self.recovery_point < self.log_end_offset {
            self.recovery_point = self.log_end_offset;
            self.note(5, self.log_end_offset);
        }
    }

    /// The log as a broker finds it that starts again after it was killed: all pages are there, the high watermark is the
    /// one that was last written down (`LogLoader`, `replication-offset-checkpoint`).
    pub fn reload(&mut self, high_watermark: Offset) {
        self.rebuild_producers();
        self.set_high_watermark(high_watermark);
        self.note(6, high_watermark);
    }

    /// The same after the machine lost its power: what was not flushed is gone.
    pub fn reload_flushed(&mut self, high_watermark: Offset, now: Timestamp) {
        self.truncate_to(self.recovery_point, now);
        self.reload(high_watermark);
    }

    /// Reads the producers' state anew: from the last snapshot before the end, and the batches behind it
    /// (`ProducerStateManager.truncateAndReload`, `UnifiedLog.rebuildProducerState`).
    fn rebuild_producers(&mut self) {
        let from = self.segments.iter().rposition(|segment| segment.producers_before.is_some());
        let snapshot = from.and_then(|at| self.segments.get(at)?.producers_before.clone());
        if snapshot.is_none() && self.producers.is_empty() {
            return;
        }
        self.producers = snapshot.unwrap_or_default();
        for segment in self.segments.clone().iter().skip(from.unwrap_or(0)) {
            for logged in segment.batches() {
                let _ = self.update_producers(&logged.stored);
            }
        }
        if self.producers.has_unreplicated() {
            Arc::make_mut(&mut self.producers).on_high_watermark_updated(self.high_watermark);
        }
    }

    /// What it holds, in a number that does not depend on how it came there: replicas with the same records have the same.
    #[must_use]
    pub fn contents_hash(&self, until: Offset) -> u64 {
        let batches = self.segments.iter().flat_map(|segment| segment.batches());
        let mut hash = 0_u64;
        for logged in batches.take_while(|logged| logged.stored.next_offset() <= until) {
            if logged.stored.base_offset >= self.log_start_offset {
                let stored = &logged.stored;
                hash = StableHasher::of(&(hash, stored.base_offset, stored.leader_epoch, &*stored.batch));
            }
        }
        hash
    }
}

impl LogSegment {
    /// Takes back the batches from the one on that holds `target`, with everything that points to them.
    fn truncate_to(&mut self, target: Offset, now: Timestamp) {
        self.chunks.retain(|chunk| chunk.first().is_some_and(|first| first.stored.next_offset() <= target));
        if let Some(last) = self.chunks.last_mut() {
            Arc::make_mut(last).truncate_to(target);
        }
        for chunk in &mut self.chunks {
            // A batch's index entries lie in its chunk; an entry of the kept ones may still name the target.
            let is_beyond = chunk.offsets.iter().any(|(at, _)| *at >= target)
                || chunk.times.iter().any(|(_, at)| *at >= target);
            if is_beyond {
                Arc::make_mut(chunk).truncate_indexes(target);
            }
        }
        let count = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        self.offset_entries = self.chunks.iter().map(|chunk| count(chunk.offsets.len())).sum();
        self.time_entries = self.chunks.iter().map(|chunk| count(chunk.times.len())).sum();
        self.aborted.retain(|txn| txn.last_offset < target);
        let end = self.last_batch().map(|last| last.position.saturating_add(last.size));
        self.size = end.unwrap_or(0);
        self.records = self.batches().map(|logged| logged.stored.batch.len() as u64).sum();
        self.bytes_since_last_index_entry = 0;
        if self.size == 0 {
            self.created = now;
            self.rolling_based_timestamp = None;
        }
        if self.max_so_far.0 >= Timestamp(0) {
            self.max_so_far = self.read_largest_timestamp();
        }
    }

    /// The last entry by time, or a batch behind it that is later still (`LogSegment.readLargestTimestamp`).
    fn read_largest_timestamp(&self) -> (Timestamp, Offset) {
        let mut largest = self.time_index().last_entry();
        let (_, position) = self.offset_index().lookup(largest.1);
        for batch in self.batches_at(position) {
            if batch.max_timestamp > largest.0 {
                largest = (batch.max_timestamp, batch.last_offset());
            }
        }
        largest
    }
}

impl ProducerState {
    /// Whether nothing is known of anybody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.producers().next().is_none() && self.first_unstable_offset().is_none()
    }
}

#[cfg(test)]
mod tests;
