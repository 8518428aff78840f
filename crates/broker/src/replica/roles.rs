//! What this broker has to do with its partitions after the controller's log was read on (`ReplicaManager.applyDelta`,
//! `Partition.makeLeader`, `makeFollower`). It follows from the state behind the last record, not from each record.

use super::{Draft, ReplicaEvent, coordinator};
use crate::{Broker, BrokerState, Event, Outcome};
use millrace_model::protocol::{MetadataDelta, MetadataRecord};
use millrace_model::{Set, Time, TopicPartition};

/// Adds to what reading on has come to what follows for replicas.
pub(crate) fn after_metadata(broker: &Broker, now: Time, delta: &MetadataDelta, outcome: Outcome) -> Outcome {
    let (Some(member), Some(_)) = (broker.member(), broker.replicas()) else { return outcome };
    if member.lifecycle().state == BrokerState::Starting {
        // What the log says of it may be of an earlier life.
        return outcome;
    }
    let mut touched: Set<TopicPartition> = Set::new();
    for record in delta.records.iter() {
        match record {
            MetadataRecord::Partition(partition) => drop(touched.insert(partition.0.clone())),
            MetadataRecord::PartitionChange(change) => drop(touched.insert(change.tp.clone())),
            MetadataRecord::RemoveTopic { topic } => {
                for tp in member.partitions().keys().filter(|tp| tp.topic == *topic) {
                    touched.insert(tp.clone());
                }
            }
            MetadataRecord::RegisterBroker { .. }
            | MetadataRecord::UnregisterBroker { .. }
            | MetadataRecord::BrokerRegistrationChange { .. }
            | MetadataRecord::Topic { .. }
            | MetadataRecord::Config { .. } => {}
        }
    }
    settle_all(broker, now, &touched, outcome)
}

/// Adds to what the controller's answer has come to: who has registered anew and caught up with the log begins to lead and
/// to follow (`BrokerServer` installs its metadata publishers then).
pub(crate) fn after_answer(broker: &Broker, now: Time, outcome: Outcome) -> Outcome {
    let (Some(member), Some(_)) = (broker.member(), broker.replicas()) else { return outcome };
    let has_left = |event: &Event| match event {
        Event::Lifecycle(lifecycle) => lifecycle.state == BrokerState::Recovery,
        _ => false,
    };
    if member.lifecycle().state != BrokerState::Starting || !outcome.events.iter().any(has_left) {
        return outcome;
    }
    let all: Set<TopicPartition> = member.partitions().keys().cloned().collect();
    settle_all(broker, now, &all, outcome)
}

fn settle_all(broker: &Broker, now: Time, touched: &Set<TopicPartition>, outcome: Outcome) -> Outcome {
    let mut draft = Draft::new(broker);
    for event in &outcome.events {
        draft.broker.apply(event);
    }
    draft.outcome = outcome;
    for tp in touched.iter() {
        settle(broker, &mut draft, now, tp);
    }
    draft.outcome
}

/// Leads, follows, or holds no copy any more. `before` is the broker before the log was read on.
fn settle(before: &Broker, draft: &mut Draft, now: Time, tp: &TopicPartition) {
    let id = before.id();
    let Some(replicas) = draft.replicas() else { return };
    let leads_in = replicas.leader(tp).map(|leader| leader.leader_epoch);
    let state = replicas.fetchers.values().find_map(|fetcher| fetcher.partitions.get(tp));
    let follows_in = state.map(|of| of.current_leader_epoch);
    let known = draft.broker.member().and_then(|member| member.partition(tp)).cloned();
    let Some(new) = known.filter(|new| new.replicas.contains(&id)) else {
        let has_records = draft.broker.log(tp).is_some_and(|log| log.log_end_offset().0 > 0);
        if leads_in.is_some() || follows_in.is_some() || has_records {
            draft.push(ReplicaEvent::ReplicaStopped { tp: tp.clone(), at: now });
        }
        if leads_in.is_some() {
            coordinator::resigned(draft, tp);
        }
        return;
    };
    let Some(partition) = draft.broker.partition(tp) else { return };
    if new.partition_epoch < partition.info.partition_epoch {
        return;
    }
    let end = partition.log.log_end_offset();
    if new.leader == Some(id) {
        draft.push(if leads_in == Some(new.leader_epoch) {
            ReplicaEvent::LeaderUpdated { tp: tp.clone(), at: now }
        } else {
            ReplicaEvent::LeaderStarted {
                tp: tp.clone(),
                at: now,
                leader_epoch: new.leader_epoch,
                epoch_start: end,
            }
        });
        draft.increment_high_watermark(tp, now);
        if leads_in.is_none() {
            coordinator::elected(draft, now, tp);
        }
        return;
    }
    let is_known =
        |leader: &_| draft.broker.member().is_some_and(|member| member.registrations().contains_key(leader));
    let leader = new.leader.filter(is_known);
    let is_idle = leader.is_none() && leads_in.is_none() && follows_in.is_none();
    if leads_in.is_some() {
        coordinator::resigned(draft, tp);
    }
    if follows_in != Some(new.leader_epoch) && !is_idle {
        draft.push(ReplicaEvent::FollowerStarted {
            tp: tp.clone(),
            at: now,
            leader,
            leader_epoch: new.leader_epoch,
            fetch_offset: end,
        });
    }
}
