//! What the coordinator remembers.

use super::sending::BACKOFF;
use super::{MarkerRequest, PendingTransition, TxnEvent, TxnMetadata, TxnState};
use crate::Timer;
use crate::timer::Timers;
use millrace_model::{BrokerId, Map, Offset, ProducerId, Time, TopicPartition};
use std::sync::Arc;

/// How many ids a broker gets at once (`ProducerIdsBlock.PRODUCER_ID_BLOCK_SIZE`).
const BLOCK: u64 = 1_000;

/// How many brokers of a cluster take blocks in turn: one more than the largest number of a broker, as the controller is 100.
const BROKERS: u64 = 100;

/// `transaction.abort.timed.out.transaction.cleanup.interval.ms`, in microseconds.
const CHECK_INTERVAL: u64 = 10_000_000;

/// `transaction.remove.expired.transaction.cleanup.interval.ms`, in microseconds.
const ID_CHECK_INTERVAL: u64 = 3_600_000_000;

/// The coordinator's state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TxnCoordinator {
    /// How many ids this broker has handed out.
    ids: u64,
    transactions: Map<Arc<str>, Arc<TxnMetadata>>,
    /// When it looks for transactions that have been open too long; none while none is open.
    check_at: Option<Time>,
    /// Transitions that wait for in-sync replicas.
    pending: Map<Arc<str>, Arc<PendingTransition>>,
    /// When the markers of decided transactions are looked after next.
    markers_at: Map<Arc<str>, Time>,
    /// Markers on their way.
    requests: Map<u64, Arc<MarkerRequest>>,
    /// How many such requests there were.
    markers_sent: u64,
    /// When it looks for transactional ids that nobody has used for long; none while there is none.
    expire_at: Option<Time>,
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

    /// What a transactional id is about to become.
    pub fn pending(&self, transactional_id: &str) -> Option<&PendingTransition> {
        self.pending.get(transactional_id).map(|pending| &**pending)
    }

    pub(super) fn all_pending(&self) -> impl Iterator<Item = (&Arc<str>, &PendingTransition)> {
        self.pending.iter().map(|(id, pending)| (id, &**pending))
    }

    /// The markers of a transaction that are on their way.
    pub fn marker_requests(&self, transactional_id: &str) -> impl Iterator<Item = &MarkerRequest> {
        let of_it = move |request: &&MarkerRequest| &*request.transactional_id == transactional_id;
        self.requests.values().map(|request| &**request).filter(of_it)
    }

    pub(super) fn marker_request(&self, number: u64) -> Option<&MarkerRequest> {
        self.requests.get(&number).map(|request| &**request)
    }

    pub(super) fn markers_sent(&self) -> u64 {
        self.markers_sent
    }

    /// The id that the next new producer gets, from a broker of a cluster or from one that is alone. In Kafka brokers ask
    /// the controller for blocks in the order in which they need them; here every broker has its blocks by its number.
    pub(super) fn next_id(&self, of: Option<BrokerId>) -> ProducerId {
        let (place, brokers) = match of {
            Some(id) => (u64::try_from(id.0.saturating_sub(1)).unwrap_or(0), BROKERS),
            None => (0, 1),
        };
        let block = (self.ids / BLOCK).saturating_mul(brokers).saturating_add(place);
        let id = block.saturating_mul(BLOCK).saturating_add(self.ids % BLOCK);
        ProducerId(i64::try_from(id).unwrap_or(i64::MAX))
    }

    /// What is left when the process has ended: the next one begins another block of ids, and reads all else from the log.
    pub(crate) fn after_stop(&self) -> TxnCoordinator {
        TxnCoordinator { ids: self.ids.div_ceil(BLOCK).saturating_mul(BLOCK), ..TxnCoordinator::default() }
    }

    pub(crate) fn apply(&mut self, event: &TxnEvent, timers: &mut Timers) {
        match event {
            TxnEvent::ProducerIdAllocated { .. } => self.ids = self.ids.saturating_add(1),
            TxnEvent::DuplicateSequence { .. }
            | TxnEvent::CoordinatorAsked { .. }
            | TxnEvent::CoordinatorAskedLater { .. }
            | TxnEvent::CoordinatorAnswered { .. } => {}
            TxnEvent::Transitioned { transactional_id: id, metadata } => {
                self.set_pending(id, None, timers);
                self.set_markers(id, markers_due(metadata), timers);
                self.transactions.insert(id.clone(), Arc::new((**metadata).clone()));
                self.plan_check(metadata.updated_at, timers);
            }
            TxnEvent::TimeoutsChecked { at } => self.plan_check(*at, timers),
            TxnEvent::Expired { at, transactional_ids } => {
                self.drop_ids(transactional_ids, timers);
                self.plan_check(*at, timers);
            }
            TxnEvent::TransitionPrepared { transactional_id: id, pending } => {
                // While it is being completed there is nothing left to send.
                self.set_markers(id, None, timers);
                self.set_pending(id, Some((**pending).clone()), timers);
            }
            TxnEvent::TransitionFailed { transactional_id: id, at, .. } => {
                self.set_pending(id, None, timers);
                let is_decided = self.transaction(id).is_some_and(|known| markers_due(known).is_some());
                self.set_markers(id, is_decided.then(|| *at + BACKOFF), timers);
            }
            TxnEvent::MarkersSent { transactional_id: id, at, gone, requests, next } => {
                self.requests.retain(|_, request| request.transactional_id != *id || request.until > *at);
                self.have_markers(id, gone);
                for request in requests {
                    self.markers_sent = request.number.saturating_add(1);
                    self.requests.insert(request.number, Arc::new(request.clone()));
                }
                self.set_markers(id, Some(*next), timers);
            }
            TxnEvent::MarkersAnswered { number, at, written, retry_at, fenced } => {
                let Some(request) = self.requests.remove(number) else { return };
                let id = &request.transactional_id;
                self.have_markers(id, written);
                let is_complete = self.transaction(id).is_some_and(|known| known.partitions.is_empty());
                let planned = self.markers_at.get(id).copied();
                let next = match is_complete {
                    _ if *fenced => None,
                    true => Some(*at),
                    false => planned.into_iter().chain(*retry_at).min(),
                };
                self.set_markers(id, next, timers);
            }
        }
    }

    fn have_markers(&mut self, id: &str, partitions: &[TopicPartition]) {
        if let Some(known) = self.transactions.get_mut(id).filter(|_| !partitions.is_empty()) {
            Arc::make_mut(known).partitions.retain(|tp| !partitions.contains(tp));
        }
    }

    fn set_markers(&mut self, id: &Arc<str>, at: Option<Time>, timers: &mut Timers) {
        let before = match at {
            Some(at) => self.markers_at.insert(id.clone(), at),
            None => self.markers_at.remove(id),
        };
        timers.replace(before, at, || Timer::TxnMarkersDue(id.clone()));
    }

    fn set_pending(&mut self, id: &Arc<str>, pending: Option<PendingTransition>, timers: &mut Timers) {
        let due = pending.as_ref().map(PendingTransition::due);
        let before = match pending {
            Some(pending) => self.pending.insert(id.clone(), Arc::new(pending)),
            None => self.pending.remove(id),
        };
        timers.replace(before.map(|before| before.due()), due, || Timer::TxnAppendDue(id.clone()));
    }

    /// The high watermark of a partition of `__transaction_state` has come to `to`.
    pub(crate) fn hear(&mut self, tp: &TopicPartition, at: Time, to: Offset, timers: &mut Timers) {
        for (id, pending) in self.pending.iter_mut() {
            if pending.tp == *tp && pending.satisfied.is_none() && pending.required <= to {
                let pending = Arc::make_mut(pending);
                let before = pending.due();
                pending.satisfied = Some(at);
                timers.replace(Some(before), Some(at), || Timer::TxnAppendDue(id.clone()));
            }
        }
    }

    /// Takes in what the log of a partition says (`loadTransactionsForTxnTopicPartition`): what was decided is completed.
    pub(crate) fn restore(&mut self, loaded: &[(Arc<str>, Arc<TxnMetadata>)], at: Time, timers: &mut Timers) {
        for (id, metadata) in loaded {
            self.set_markers(id, markers_due(metadata).map(|_| at), timers);
            self.transactions.insert(id.clone(), metadata.clone());
        }
        self.plan_check(at, timers);
    }

    /// Every transactional id of which something is known, or about to be.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &Arc<str>> {
        let new = self.pending.keys().filter(|id| !self.transactions.contains_key(*id));
        self.transactions.keys().chain(new)
    }

    /// Forgets transactional ids that are coordinated elsewhere now.
    pub(crate) fn forget(&mut self, ids: &[Arc<str>], timers: &mut Timers) {
        self.drop_ids(ids, timers);
        let (check_at, expire_at) = (self.check_at, self.expire_at);
        let next = check_at.filter(|_| self.transactions.values().any(|of| of.expires_at().is_some()));
        self.set_checks(next, expire_at.filter(|_| !self.transactions.is_empty()), timers);
    }

    fn drop_ids(&mut self, ids: &[Arc<str>], timers: &mut Timers) {
        for id in ids {
            self.set_pending(id, None, timers);
            self.set_markers(id, None, timers);
            self.requests.retain(|_, request| request.transactional_id != *id);
            self.transactions.remove(id);
        }
    }

    /// Plans the first beats after `now` at which a transaction has been open too long, and a transactional id unused.
    fn plan_check(&mut self, now: Time, timers: &mut Timers) {
        let first = self.transactions.values().filter_map(|metadata| metadata.expires_at()).min();
        let unused = self.transactions.values().filter_map(|metadata| metadata.id_expires_at()).min();
        let beat = |due: Time, interval: u64| {
            let least = due.0.max(now.0).saturating_add(1);
            Time(least.div_ceil(interval).saturating_mul(interval))
        };
        let check = first.map(|due| beat(due, CHECK_INTERVAL));
        self.set_checks(check, unused.map(|due| beat(due, ID_CHECK_INTERVAL)), timers);
    }

    fn set_checks(&mut self, check_at: Option<Time>, expire_at: Option<Time>, timers: &mut Timers) {
        timers.replace(self.check_at, check_at, || Timer::TxnTimeoutCheckDue);
        timers.replace(self.expire_at, expire_at, || Timer::TransactionalIdExpirationDue);
        (self.check_at, self.expire_at) = (check_at, expire_at);
    }
}

/// When the markers of a transaction are to be written: at once, if it is decided.
fn markers_due(metadata: &TxnMetadata) -> Option<Time> {
    matches!(metadata.state, TxnState::PrepareCommit | TxnState::PrepareAbort).then_some(metadata.updated_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The third of several brokers goes on with a second block that nobody else has, and begins another one when it starts
    /// again.
    #[test]
    fn no_two_brokers_hand_out_one_id() {
        let of = |ids| TxnCoordinator { ids, ..Default::default() };
        let ids = |broker, ids| of(ids).next_id(Some(BrokerId(broker))).0;
        assert_eq!((ids(1, 0), ids(1, 999), ids(1, 1_000)), (0, 999, 100_000));
        assert_eq!((ids(3, 0), ids(3, 999), ids(3, 1_000)), (2_000, 2_999, 102_000));
        assert_eq!((of(0).next_id(None).0, of(1_000).next_id(None).0), (0, 1_000));
        assert_eq!(of(7).after_stop().next_id(Some(BrokerId(3))).0, 102_000);
    }
}
