//! The aborted transactions whose markers lie in a segment (`TransactionIndex`): what `read_committed` skips.

use super::PartitionLog;
use crate::log::producer_state::{CompletedTxn, ProducerId};
use millrace_model::Offset;

/// An aborted transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AbortedTxn {
    /// Whose it was.
    pub producer_id: ProducerId,
    /// Its first record.
    pub first_offset: Offset,
    /// Its marker.
    pub last_offset: Offset,
    /// Up to where nothing was open when the marker came: no later entry reaches further back.
    pub last_stable_offset: Offset,
}

impl AbortedTxn {
    pub(super) fn of(txn: &CompletedTxn, last_stable_offset: Offset) -> Self {
        let CompletedTxn { producer_id, first_offset, last_offset, .. } = *txn;
        Self { producer_id, first_offset, last_offset, last_stable_offset }
    }
}

impl PartitionLog {
    /// The aborted transactions with something in `from..upper_bound`, by the segments from the one that holds
    /// `segment_of` on (`LocalLog.collectAbortedTransactions`).
    pub(in crate::log) fn collect_aborted_transactions(
        &self,
        segment_of: Offset,
        from: Offset,
        upper_bound: Offset,
    ) -> Vec<AbortedTxn> {
        let first = self.floor_segment(segment_of);
        let mut found = Vec::new();
        for segment in self.segments.iter().skip(first) {
            for txn in segment.aborted_transactions() {
                if txn.last_offset >= from && txn.first_offset < upper_bound {
                    found.push(*txn);
                }
                if txn.last_stable_offset >= upper_bound {
                    return found;
                }
            }
        }
        found
    }
}
