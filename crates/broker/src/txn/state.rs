//! What the coordinator remembers.

use super::{TxnEvent, TxnMetadata, TxnState};
use crate::Timer;
use crate::timer::Timers;
use millrace_model::{Map, ProducerId, Time};
use std::sync::Arc;

/// How many ids a broker gets at once (`ProducerIdsBlock.PRODUCER_ID_BLOCK_SIZE`).
const BLOCK: u64 = 1_000;

/// `transaction.abort.timed.out.transaction.cleanup.interval.ms`, in microseconds.
const CHECK_INTERVAL: u64 = 10_000_000;

/// The coordinator's state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TxnCoordinator {
    /// How many ids this broker has handed out.
    ids: u64,
    transactions: Map<Arc<str>, Arc<TxnMetadata>>,
    /// When it looks for transactions that have been open too long; none while none is open.
    check_at: Option<Time>,
}

impl TxnCoordinator {
    /// What is known of a transactional id.
    pub fn transaction(&self, transactional_id: &str) -> Option<&TxnMetadata> {
        self.transactions.get(transactional_id).map(|metadata| &**metadata)
    }

    /// Every transactional id, by name.
    pub fn transactions(&self) -> impl Iterator<Item = (&Arc<str>, &TxnMetadata)> {
        self.transactions.iter().map(|(id, metadata)| (id, &**metadata))
    }

    /// The id that the next new producer gets, of the broker that stands at `place` among `brokers`. In Kafka brokers ask
    /// the controller for blocks in the order in which they need them; here every broker has its blocks by its place.
    pub(super) fn next_id(&self, place: u64, brokers: u64) -> ProducerId {
        let block = (self.ids / BLOCK).saturating_mul(brokers.max(1)).saturating_add(place);
        let id = block.saturating_mul(BLOCK).saturating_add(self.ids % BLOCK);
        ProducerId(i64::try_from(id).unwrap_or(i64::MAX))
    }

    pub(crate) fn apply(&mut self, event: &TxnEvent, timers: &mut Timers) {
        match event {
            TxnEvent::ProducerIdAllocated { .. } => self.ids = self.ids.saturating_add(1),
            TxnEvent::DuplicateSequence { .. } => {}
            TxnEvent::Transitioned { transactional_id: id, metadata } => {
                let next = markers_due(metadata);
                let before = self.transactions.insert(id.clone(), Arc::new((**metadata).clone()));
                let before = before.and_then(|before| markers_due(&before));
                timers.replace(before, next, || Timer::TxnMarkersDue(id.clone()));
                self.plan_check(metadata.updated_at, timers);
            }
            TxnEvent::TimeoutsChecked { at } => self.plan_check(*at, timers),
        }
    }

    /// Plans the first beat after `now` at which a transaction has been open too long.
    fn plan_check(&mut self, now: Time, timers: &mut Timers) {
        let first = self.transactions.values().filter_map(|metadata| metadata.expires_at()).min();
        let beat = |due: Time| {
            let least = due.0.max(now.0).saturating_add(1);
            Time(least.div_ceil(CHECK_INTERVAL).saturating_mul(CHECK_INTERVAL))
        };
        let next = first.map(beat);
        timers.replace(self.check_at, next, || Timer::TxnTimeoutCheckDue);
        self.check_at = next;
    }
}

/// When the markers of a transaction are to be written: at once, if it is decided.
fn markers_due(metadata: &TxnMetadata) -> Option<Time> {
    matches!(metadata.state, TxnState::PrepareCommit | TxnState::PrepareAbort).then_some(metadata.updated_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The third of three brokers goes on with its second block where the others' blocks end.
    #[test]
    fn no_two_brokers_hand_out_one_id() {
        let ids = |place, ids| TxnCoordinator { ids, ..Default::default() }.next_id(place, 3).0;
        assert_eq!((ids(0, 0), ids(0, 999), ids(0, 1_000)), (0, 999, 3_000));
        assert_eq!((ids(2, 0), ids(2, 999), ids(2, 1_000)), (2_000, 2_999, 5_000));
    }
}
