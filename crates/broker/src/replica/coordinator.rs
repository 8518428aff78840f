//! Who leads a partition of `__consumer_offsets` coordinates its groups (`GroupCoordinatorService.onElection`,
//! `onResignation`): after a change of leaders the new one reads from its log what the old one knew.

use super::draft::Draft;
use super::{ReplicaEvent, ReplicaManager};
use crate::{Broker, CONSUMER_OFFSETS, Outcome, group};
use millrace_model::{Span, Time, TopicPartition};

/// How long reading takes. Kafka needs as long as its disk; here it is a time in which one can see that it is done.
const LOAD: Span = Span::from_millis(10);

/// The partition is led here now and was not before.
pub(super) fn elected(draft: &mut Draft, now: Time, tp: &TopicPartition) {
    // Of an empty log there is nothing to read.
    let has_records = draft.broker.log(tp).is_some_and(|log| log.log_end_offset() > log.log_start_offset());
    if tp.topic.as_str() == CONSUMER_OFFSETS && has_records {
        draft.push(ReplicaEvent::CoordinatorLoading { tp: tp.clone(), until: now + LOAD });
    }
}

/// The partition is not led here any more.
pub(super) fn resigned(draft: &mut Draft, tp: &TopicPartition) {
    if tp.topic.as_str() == CONSUMER_OFFSETS {
        let replies = group::unload(&draft.broker, tp);
        draft.outcome.replies.extend(replies);
        draft.push(ReplicaEvent::CoordinatorUnloaded { tp: tp.clone() });
    }
}

/// The first log that was to be read has been read.
pub(super) fn loaded(broker: &Broker, replicas: &ReplicaManager, now: Time) -> Outcome {
    let due = replicas.loading.iter().find(|(_, until)| **until <= now);
    let Some((tp, _)) = due else { return Outcome::default() };
    let groups = group::load(broker, tp, now);
    let event = ReplicaEvent::CoordinatorLoaded { tp: tp.clone(), at: now, groups };
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
            group::unloaded(broker, tp);
        }
        _ => {}
    }
}

impl ReplicaManager {
    /// Whether the log of a partition of `__consumer_offsets` is still being read: its groups have to wait.
    pub fn is_loading(&self, tp: &TopicPartition) -> bool {
        self.loading.contains_key(tp)
    }
}
