//! `transaction.timeout.ms` is over: the coordinator fences the producer and aborts
//! (`TransactionCoordinator.abortTimedOutTransactions`).

use super::{TxnEvent, TxnMetadata, event, transit::prepared, transitioned};
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
