//! `transaction.timeout.ms` is over: the coordinator fences the producer and aborts
//! (`TransactionCoordinator.abortTimedOutTransactions`).

use super::{TxnEvent, event, transitioned};
use crate::{Broker, Outcome};
use millrace_model::Time;

pub(crate) fn check_timeouts(broker: &Broker, now: Time) -> Outcome {
    let is_over = |expires_at: Time| expires_at < now;
    let expired = broker
        .txn_coordinator()
        .transactions()
        .filter(|(_, metadata)| metadata.expires_at().is_some_and(is_over));
    let mut events = vec![event(TxnEvent::TimeoutsChecked { at: now })];
    events.extend(expired.map(|(id, metadata)| transitioned(id, metadata.fenced(now))));
    Outcome { events, ..Outcome::default() }
}
