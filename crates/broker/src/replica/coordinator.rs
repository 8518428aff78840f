//! Who leads a partition of `__consumer_offsets` coordinates its groups (`GroupCoordinatorService.onElection`,
//! `onResignation`), and who leads one of `__transaction_state` its transactional ids (`TransactionCoordinator`): after a change of leaders the new one reads from its log what the old one knew.

use super::draft::Draft;
use super::{ReplicaEvent, ReplicaManager};
use crate::{Broker, CONSUMER_OFFSETS, Outcome, TRANSACTION_STATE, group, is_internal, txn};
use millrace_model::{Span, Time, TopicPartition};

/// How long reading takes. Kafka needs as long as its disk; here it is a time in which one can see that it is done.
const LOAD: Span = Span::from_millis(10);

/// The partition is led here now and was not before.
pub(super) fn elected(draft: &mut Draft, now: Time, tp: &TopicPartition) {
    // Of an empty log there is nothing to read.
    let has_records = draft.broker.log(tp).is_some_and(|log| log.log_end_offset() > log.log_start_offset());
    if is_internal(tp.topic.as_str()) && has_records {
        draft.push(ReplicaEvent::CoordinatorLoading { tp: tp.clone(), until: now + LOAD });
    }
}

/// The partition is not led here any more.
pub(super) fn resigned(draft: &mut Draft, tp: &TopicPartition) {
    let replies = match tp.topic.as_str() {
        CONSUMER_OFFSETS => group::unload(&draft.broker, tp),
        TRANSACTION_STATE => txn::unload(&draft.broker, tp),
        _ => return,
    };
    draft.outcome.replies.extend(replies);
    draft.push(ReplicaEvent::CoordinatorUnloaded { tp: tp.clone() });
}

/// The first log that was to be read has been read.
pub(super) fn loaded(broker: &Broker, replicas: &ReplicaManager, now: Time) -> Outcome {
    let due = replicas.loading.iter().find(|(_, until)| **until <= now);
    let Some((tp, _)) = due else { return Outcome::default() };
    let event = if tp.topic.as_str() == TRANSACTION_STATE {
        let transactions = txn::load(broker, tp);
        ReplicaEvent::TxnCoordinatorLoaded { tp: tp.clone(), at: now, transactions }
    } else {
        let groups = group::load(broker, tp, now);
        ReplicaEvent::CoordinatorLoaded { tp: tp.clone(), at: now, groups }
    };
    Outcome { events: vec![event.into()], ..Outcome::default() }
}

/// Takes such an event in.
pub(super) fn apply(broker: &mut Broker, event: &ReplicaEvent) {
    match event {
        ReplicaEvent::CoordinatorLoading { tp, until } => {
            if let Some(replicas) = broker.replicas_mut() {
                replicas.loading.insert(tp.clone(), *until);
            }
        }
        ReplicaEvent::CoordinatorLoaded { tp, at, groups } => {
            if let Some(replicas) = broker.replicas_mut() {
                replicas.loading.remove(tp);
            }
            group::restore(&mut broker.groups, groups, &mut broker.timers);
            if !groups.is_empty() {
                broker.plan_retention_check(*at);
            }
        }
        ReplicaEvent::CoordinatorUnloaded { tp } => {
            if let Some(replicas) = broker.replicas_mut() {
                replicas.loading.remove(tp);
            }
            if tp.topic.as_str() == CONSUMER_OFFSETS {
                return group::unloaded(broker, tp);
            }
            let is_of_it = |id: &&std::sync::Arc<str>| broker.txn_partition(id) == *tp;
            let ids: Vec<_> = broker.txn.ids().filter(is_of_it).cloned().collect();
            broker.txn.forget(&ids, &mut broker.timers);
        }
        ReplicaEvent::TxnCoordinatorLoaded { tp, at, transactions } => {
            if let Some(replicas) = broker.replicas_mut() {
                replicas.loading.remove(tp);
            }
            broker.txn.restore(transactions, *at, &mut broker.timers);
        }
        _ => {}
    }
}

impl ReplicaManager {
    /// Whether the log of a partition of `__consumer_offsets` or `__transaction_state` is still being read: its groups or
    /// transactional ids have to wait.
    pub fn is_loading(&self, tp: &TopicPartition) -> bool {
        self.loading.contains_key(tp)
    }
}
