//! Which transactions a pass is amid: records of aborted ones go, and a marker goes when nothing of its transaction is left
//! (`CleanedTransactionMetadata`).

use crate::log::producer_state::ProducerId;
use crate::log::segments::AbortedTxn;
use millrace_model::{EndTxnMarker, Map, Offset, Set, StoredBatch};

/// What has been read so far.
#[derive(Debug, Default)]
pub(super) struct CleanedTransactions {
    committed: Set<ProducerId>,
    /// Whether a batch of it was read.
    aborted: Map<ProducerId, (AbortedTxn, bool)>,
    /// Not reached yet, by first offset.
    ahead: Map<(Offset, Offset), AbortedTxn>,
}

impl CleanedTransactions {
    /// Hears of aborted transactions in what is going to be read.
    pub fn add(&mut self, aborted: Vec<AbortedTxn>) {
        for txn in aborted {
            self.ahead.insert((txn.first_offset, txn.last_offset), txn);
        }
    }

    fn reach(&mut self, offset: Offset) {
        while self.ahead.first_key_value().is_some_and(|((first, _), _)| *first <= offset) {
            if let Some((_, txn)) = self.ahead.pop_first()
                && !self.aborted.contains_key(&txn.producer_id)
            {
                self.aborted.insert(txn.producer_id, (txn, false));
            }
        }
    }

    /// Reads a batch with records; says whether it was aborted.
    pub fn on_batch(&mut self, stored: &StoredBatch) -> bool {
        self.reach(stored.last_offset());
        let Some(producer) = stored.batch.producer.as_deref().filter(|producer| producer.is_transactional)
        else {
            return false;
        };
        if let Some((_, was_read)) = self.aborted.get_mut(&producer.id) {
            *was_read = true;
            return true;
        }
        self.committed.insert(producer.id);
        false
    }

    /// Reads a marker; says whether it may go, and which transaction has to stay in the index with it.
    pub fn on_marker(&mut self, stored: &StoredBatch, marker: EndTxnMarker) -> (bool, Option<AbortedTxn>) {
        self.reach(stored.last_offset());
        let Some(producer) = stored.batch.producer.as_deref() else { return (true, None) };
        if stored.batch.is_empty() {
            // It went before, and only its header has stayed.
            return (true, None);
        }
        if marker.committed {
            return (!self.committed.remove(&producer.id), None);
        }
        match self.aborted.remove(&producer.id) {
            Some((txn, true)) => (false, Some(txn)),
            Some((_, false)) | None => (true, None),
        }
    }
}
