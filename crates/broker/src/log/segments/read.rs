//! Reading from an offset on (`LocalLog.read`): whole batches of one segment, up to where readers may see.

use super::{Logged, PartitionLog};
use crate::log::producer_state::ProducerId;
use millrace_model::{Offset, StoredBatch};

/// How far a reader sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchIsolation {
    /// A follower: up to the log's end.
    LogEnd,
    /// `read_uncommitted`: up to the high watermark.
    HighWatermark,
    /// `read_committed`: up to the last stable offset.
    TxnCommitted,
}

/// What a read has given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogRead {
    /// Whole batches; the first may begin before the offset that was asked for.
    pub batches: Vec<StoredBatch>,
    /// For `read_committed`: the aborted transactions with records among them, by producer and first offset. A consumer
    /// skips the producer's records from there up to its next marker.
    pub aborted: Option<Vec<(ProducerId, Offset)>>,
}

impl PartitionLog {
    /// Up to where a reader sees.
    #[must_use]
    pub fn visible_end(&self, isolation: FetchIsolation) -> Offset {
        match isolation {
            FetchIsolation::LogEnd => self.log_end_offset,
            FetchIsolation::HighWatermark => self.high_watermark,
            FetchIsolation::TxnCommitted => self.last_stable_offset(),
        }
    }

    /// Whole batches from the one that holds `from` on, together at most `max_bytes`; with `min_one` the first batch is
    /// given however large it is. A read ends with its segment.
    ///
    /// The caller has checked that `from` lies within the log.
    #[must_use]
    pub fn read(&self, from: Offset, isolation: FetchIsolation, max_bytes: usize, min_one: bool) -> LogRead {
        let end = self.visible_end(isolation);
        let with_aborted = isolation == FetchIsolation::TxnCommitted;
        let Some((at, first)) = self.locate(from).filter(|_| from < end) else {
            return LogRead { batches: Vec::new(), aborted: with_aborted.then(Vec::new) };
        };
        let mut left = max_bytes;
        let mut batches = Vec::new();
        let from_there = self.segments.get(at).into_iter().flat_map(|segment| segment.batches_from(from));
        for logged in from_there {
            let size = logged.stored.batch.size_in_bytes;
            let fits = size <= left || (min_one && batches.is_empty());
            if logged.stored.next_offset() > end || !fits {
                break;
            }
            left = left.saturating_sub(size);
            batches.push(logged.stored.clone());
        }
        let aborted = with_aborted.then(|| self.aborted_for(from, at, first, &batches));
        LogRead { batches, aborted }
    }

    /// Whole batches from the one that holds `from` on, in order, up to the log's end. None lies below the log's start.
    pub fn batches_from(&self, from: Offset) -> impl Iterator<Item = &StoredBatch> {
        let from = from.max(self.log_start_offset);
        let segments = self.segments.iter().skip(self.floor_segment(from));
        segments.flat_map(move |segment| segment.batches_from(from)).map(|logged| &logged.stored)
    }

    /// Bytes of the batches from `from` on, counted no further than `enough`.
    #[must_use]
    pub fn bytes_from(&self, from: Offset, enough: usize) -> usize {
        let mut bytes = 0_usize;
        if from < self.log_end_offset {
            for stored in self.batches_from(from) {
                bytes = bytes.saturating_add(stored.batch.size_in_bytes);
                if bytes >= enough {
                    return enough;
                }
            }
        }
        bytes
    }

    /// The first batch that a read at `from` gives, with the number of its segment.
    fn locate(&self, from: Offset) -> Option<(usize, &Logged)> {
        let floor = self.floor_segment(from);
        let mut segments = self.segments.iter().enumerate().skip(floor);
        segments.find_map(|(at, segment)| Some((at, segment.batches_from(from).next()?)))
    }

    /// What a reader has to skip (`LocalLog.addAbortedTransactions`). The offset index says up to where to look, so that
    /// transactions may be named of which nothing was read.
    fn aborted_for(
        &self,
        from: Offset,
        at: usize,
        first: &Logged,
        batches: &[StoredBatch],
    ) -> Vec<(ProducerId, Offset)> {
        let bytes: usize = batches.iter().map(|stored| stored.batch.size_in_bytes).sum();
        let behind = first.position.saturating_add(u32::try_from(bytes).unwrap_or(u32::MAX));
        let by_index =
            self.segments.get(at).and_then(|segment| segment.offset_index().first_at_or_behind(behind));
        let next = || self.segments.get(at.saturating_add(1)).map(|segment| segment.base_offset());
        let upper_bound = by_index.or_else(next).unwrap_or(self.log_end_offset);
        let base = self.segments.get(at).map_or(from, |segment| segment.base_offset());
        let found = self.collect_aborted_transactions(base, from, upper_bound);
        found.iter().map(|txn| (txn.producer_id, txn.first_offset)).collect()
    }
}
