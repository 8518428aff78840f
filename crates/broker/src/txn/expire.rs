//! `transaction.timeout.ms` is over: the coordinator fences the producer and aborts
//! (`TransactionCoordinator.abortTimedOutTransactions`). And a transactional id that nobody has used for
//! `transactional.id.expiration.ms` is forgotten (`TransactionStateManager.removeExpiredTransactionalIds`).

use super::{TxnEvent, TxnMetadata, event, log, transit::prepared, transitioned};
use crate::{Broker, Event, Outcome};
use millrace_model::Time;
use std::sync::Arc;

pub(crate) fn check_timeouts(broker: &Broker, now: Time) -> Outcome {
    let coordinator = broker.txn_coordinator();
    let is_over = |expires_at: Time| expires_at < now;
    let expired = coordinator
        .transactions()
        .filter(|(_, metadata)| metadata.expires_at().is_some_and(is_over))
        .filter(|(id, _)| coordinator.pending(id).is_none());
    let checked = event(TxnEvent::TimeoutsChecked { at: now });
    if broker.replicas().is_some() {
        // One after the other: each is appended where the log ends. This look is not over before none is left.
        let fence = |(id, metadata): (&Arc<str>, &TxnMetadata)| -> Option<Vec<Event>> {
            prepared(broker, now, id, metadata.fenced(now), None).ok()
        };
        let events = expired.filter_map(fence).next().unwrap_or_else(|| vec![checked]);
        return Outcome { events, ..Outcome::default() };
    }
    let mut events = vec![checked];
    events.extend(expired.map(|(id, metadata)| transitioned(id, metadata.fenced(now))));
    Outcome { events, ..Outcome::default() }
}

/// `transaction.remove.expired.transaction.cleanup.interval.ms` is over.
pub(crate) fn expire_ids(broker: &Broker, now: Time) -> Outcome {
    let coordinator = broker.txn_coordinator();
    let is_over = |expires_at: Time| expires_at <= now;
    let expired = coordinator
        .transactions()
        .filter(|(id, known)| known.id_expires_at().is_some_and(is_over) && coordinator.pending(id).is_none())
        .map(|(id, _)| id.clone());
    let ended = |ids: Vec<Arc<str>>| event(TxnEvent::Expired { at: now, transactional_ids: ids });
    if broker.replicas().is_none() {
        return Outcome { events: vec![ended(expired.collect())], ..Outcome::default() };
    }
    // A tombstone each, one after the other; this look is not over before none is left.
    let bury = |id: Arc<str>| -> Option<Vec<Event>> {
        let (_, _, mut events) = log::append(broker, now, &id, None).ok()?;
        events.push(ended(vec![id]));
        Some(events)
    };
    let events = expired.filter_map(bury).next().unwrap_or_else(|| vec![ended(Vec::new())]);
    Outcome { events, ..Outcome::default() }
}
