//! What a broker makes of the controller's log (`BrokerMetadataPublisher`): first what it knows, then what follows for its
//! topics. A stretch of the log is published as a whole, so that a broker which reads it all anew after a restart does not
//! live through old leaderships again.

use super::ClusterMember;
use crate::config::LogConfig;
use crate::controller::Registration;
use crate::group::{GroupChange, OffsetRemoval};
use crate::{Broker, Event, Outcome, Topic};
use millrace_model::config::topic::TopicConfig;
use millrace_model::protocol::{
    ConfigChanges, ConfigResource, MetadataDelta, MetadataRecord, PartitionRegistration, ResourceKind,
};
use millrace_model::{PartitionInfo, Set, Time, TopicName, TopicPartition};
use std::sync::Arc;

/// The log goes on.
pub(super) fn metadata(broker: &Broker, now: Time, delta: &MetadataDelta) -> Outcome {
    let mut events = vec![Event::MetadataRead { at: now, delta: delta.clone() }];
    let gone: Vec<&TopicName> = delta
        .records
        .iter()
        .filter_map(|record| match record {
            MetadataRecord::RemoveTopic { topic } => Some(topic),
            _ => None,
        })
        .collect();
    // What groups had committed for a topic goes with it.
    for group in broker.groups() {
        let partitions: Vec<TopicPartition> =
            group.offsets().keys().filter(|tp| gone.contains(&&tp.topic)).cloned().collect();
        if !partitions.is_empty() {
            let change = GroupChange::OffsetsRemoved { partitions, why: OffsetRemoval::TopicDeleted };
            events.push(Event::Group { group: group.id().clone(), at: now, change });
        }
    }
    Outcome { events, ..Outcome::default() }
}

/// What a stretch of the log touches.
#[derive(Default)]
struct Touched {
    topics: Set<TopicName>,
    partitions: Set<TopicPartition>,
    configs: Set<ConfigResource>,
}

pub(super) fn apply(broker: &mut Broker, at: Time, delta: &MetadataDelta) {
    let Some(mut member) = broker.member.take() else { return };
    let mut touched = Touched::default();
    {
        let member = Arc::make_mut(&mut member);
        for record in delta.records.iter() {
            read(member, record, &mut touched);
        }
        member.metadata_end = delta.end();
        let unfenced = member.registrations.values().filter(|known| !known.fenced);
        broker.brokers = unfenced.map(|known| known.broker.clone()).collect();
    }
    for name in touched.topics.iter() {
        publish_topic(broker, &member, name, at);
    }
    for resource in touched.configs.iter() {
        publish_config(broker, &member, resource);
    }
    broker.member = Some(member.clone());
    for tp in touched.partitions.iter() {
        if let Some(state) = member.partitions.get(tp) {
            publish_partition(broker, tp, state, at);
        }
    }
}

fn read(member: &mut ClusterMember, record: &MetadataRecord, touched: &mut Touched) {
    match record {
        MetadataRecord::RegisterBroker { broker, broker_epoch, incarnation, fenced } => {
            let known = Registration::registered(broker, *broker_epoch, *incarnation, *fenced);
            member.registrations.insert(broker.id, known);
        }
        MetadataRecord::UnregisterBroker { broker } => drop(member.registrations.remove(broker)),
        MetadataRecord::BrokerRegistrationChange { broker, fenced, in_controlled_shutdown, .. } => {
            if let Some(known) = member.registrations.get_mut(broker) {
                known.change(*fenced, *in_controlled_shutdown);
            }
        }
        MetadataRecord::Topic { topic, id, internal } => {
            member.topics.insert(topic.clone(), (*id, *internal));
            touched.topics.insert(topic.clone());
        }
        MetadataRecord::Partition(new) => {
            let (tp, state) = &**new;
            member.partitions.insert(tp.clone(), state.clone());
            touched.partitions.insert(tp.clone());
        }
        MetadataRecord::PartitionChange(change) => {
            if let Some(state) = member.partitions.get_mut(&change.tp) {
                *state = state.merge(change);
                touched.partitions.insert(change.tp.clone());
            }
        }
        MetadataRecord::RemoveTopic { topic } => {
            member.topics.remove(topic);
            member.partitions.retain(|tp, _| tp.topic != *topic);
            let resource = ConfigResource::new(ResourceKind::Topic, topic.as_str());
            member.configs.remove(&resource);
            touched.topics.insert(topic.clone());
        }
        MetadataRecord::Config { resource, changes } => {
            let of_it = member.configs.entry(resource.clone()).or_default();
            for (key, value) in changes {
                match value {
                    Some(value) => drop(of_it.insert(key.clone(), value.clone())),
                    None => drop(of_it.remove(key)),
                }
            }
            touched.configs.insert(resource.clone());
        }
    }
}

fn publish_topic(broker: &mut Broker, member: &ClusterMember, name: &TopicName, at: Time) {
    let wanted = member.topics.get(name);
    let known = broker.topics.get(name).map(|topic| topic.id());
    if known.is_some() && known == wanted.map(|(id, _)| *id) {
        // Its logs are there from an earlier life.
        return;
    }
    if known.is_some() {
        broker.topics.remove(name);
        broker.purgatory.deleted(name, at, &mut broker.timers);
    }
    if let Some((id, internal)) = wanted {
        let mut new = Topic::new(name.clone(), *id, TopicConfig::default(), *internal);
        new.follow(LogConfig::of(new.config(), &broker.configs, broker.id, broker.profile()));
        broker.topics.insert(name.clone(), Arc::new(new));
    }
}

/// Sets what is set, and takes back what an earlier life may have set.
fn publish_config(broker: &mut Broker, member: &ClusterMember, resource: &ConfigResource) {
    let wanted = member.configs.get(resource).cloned().unwrap_or_default();
    let known = match resource.kind {
        ResourceKind::Topic => broker.topic(&resource.name).map(|topic| topic.config().set_keys()),
        _ => broker.configs.get(resource).cloned(),
    };
    let mut changes: ConfigChanges = known
        .unwrap_or_default()
        .keys()
        .filter(|key| !wanted.contains_key(&**key))
        .map(|key| (key.clone(), None))
        .collect();
    changes.extend(wanted.iter().map(|(key, value)| (key.clone(), Some(value.clone()))));
    broker.alter(resource, &changes);
}

fn publish_partition(broker: &mut Broker, tp: &TopicPartition, state: &PartitionRegistration, at: Time) {
    let info = PartitionInfo {
        leader: state.leader,
        leader_epoch: state.leader_epoch,
        replicas: state.replicas.clone(),
        isr: state.isr.clone(),
        partition_epoch: state.partition_epoch,
    };
    let Some(topic) = broker.topics.get_mut(&tp.topic) else { return };
    let is_led_anew = Arc::make_mut(topic).set_partition(tp.partition, info);
    if is_led_anew {
        // Who waits here is told at once that there is another leader.
        broker.purgatory.led_anew(tp, at, &mut broker.timers);
    }
}
