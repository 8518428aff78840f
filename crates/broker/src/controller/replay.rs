//! What the controller's events do to it (`QuorumController.replay`). Nothing is decided here.

use super::{Controller, ControllerEvent, Registration, TopicControl};
use millrace_model::protocol::{MetadataRecord, PartitionRegistration, ResourceKind};
use std::sync::Arc;

impl Controller {
    /// Takes an event in. Events come from [`Controller::decide`] of the same state.
    pub fn apply(&mut self, event: &ControllerEvent) {
        match event {
            ControllerEvent::Appended(delta) => {
                for record in delta.records.iter() {
                    self.replay(record);
                }
                self.end = delta.end();
                self.log.push(delta.clone());
            }
            ControllerEvent::SessionChanged { broker, session } => {
                self.sessions.insert(*broker, *session);
            }
            ControllerEvent::RebalanceChecked { next } => self.rebalance_at = *next,
            ControllerEvent::Rejected { .. } => {}
        }
    }

    fn replay(&mut self, record: &MetadataRecord) {
        match record {
            MetadataRecord::RegisterBroker { broker, broker_epoch, incarnation, fenced } => {
                let known = Registration::registered(broker, *broker_epoch, *incarnation, *fenced);
                self.registrations.insert(broker.id, known);
            }
            MetadataRecord::UnregisterBroker { broker } => {
                self.registrations.remove(broker);
                self.sessions.remove(broker);
            }
            MetadataRecord::BrokerRegistrationChange { broker, fenced, in_controlled_shutdown, .. } => {
                if let Some(known) = self.registrations.get_mut(broker) {
                    known.change(*fenced, *in_controlled_shutdown);
                }
            }
            MetadataRecord::Topic { topic, id, .. } => {
                self.topics_created += 1;
                let new = TopicControl { id: *id, partitions: Vec::new() };
                self.topics.insert(topic.clone(), Arc::new(new));
            }
            MetadataRecord::Partition(new) => {
                let (tp, state) = &**new;
                if let Some(topic) = self.topics.get_mut(&tp.topic) {
                    Arc::make_mut(topic).partitions.push(state.clone());
                }
            }
            MetadataRecord::PartitionChange(change) => {
                let at = usize::try_from(change.tp.partition.0).unwrap_or(usize::MAX);
                let topic = self.topics.get_mut(&change.tp.topic).map(Arc::make_mut);
                if let Some(state) = topic.and_then(|topic| topic.partitions.get_mut(at)) {
                    *state = PartitionRegistration::merge(state, change);
                }
            }
            MetadataRecord::RemoveTopic { topic } => {
                self.topics.remove(topic);
                self.configs.retain(|resource, _| {
                    resource.kind != ResourceKind::Topic || *resource.name != *topic.as_str()
                });
            }
            MetadataRecord::Config { resource, changes } => {
                let of_it = self.configs.entry(resource.clone()).or_default();
                for (key, value) in changes {
                    match value {
                        Some(value) => drop(of_it.insert(key.clone(), value.clone())),
                        None => drop(of_it.remove(key)),
                    }
                }
            }
        }
    }
}
