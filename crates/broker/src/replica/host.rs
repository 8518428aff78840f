//! What replication changes in its broker: logs, and readers that wait.

use super::ReplicaManager;
use crate::topic::Topic;
use crate::{Broker, PartitionLog};
use millrace_model::{StoredBatch, Time, TopicName, TopicPartition};
use std::sync::Arc;

impl Broker {
    /// What it leads and follows in its cluster; none if it is alone.
    pub fn replicas(&self) -> Option<&ReplicaManager> {
        self.replicas.as_deref()
    }

    pub(super) fn replicas_mut(&mut self) -> Option<&mut ReplicaManager> {
        self.replicas.as_mut().map(Arc::make_mut)
    }

    pub(super) fn topic_mut(&mut self, topic: &TopicName) -> Option<&mut Topic> {
        self.topics.get_mut(topic).map(Arc::make_mut)
    }

    pub(super) fn change_log(&mut self, tp: &TopicPartition, change: impl FnOnce(&mut PartitionLog)) {
        if let Some(topic) = self.topic_mut(&tp.topic) {
            topic.change(tp.partition, change);
        }
    }

    /// A log may be due for retention, or for the cleaner.
    pub(super) fn look_after(&mut self, tp: &TopicPartition, at: Time) {
        if let Some(topic) = self.topics.get(&tp.topic) {
            self.log_checks.log_changed(topic, tp.partition, at, &mut self.timers);
        }
    }

    /// Readers that wait see a batch from now on.
    pub(super) fn tell_readers(&mut self, tp: &TopicPartition, stored: &StoredBatch, at: Time) {
        self.purgatory.appended(tp, stored, at, &mut self.timers);
    }

    /// Readers that wait at a partition whose leadership has changed are answered at once.
    pub(super) fn wake_readers(&mut self, tp: &TopicPartition, at: Time) {
        self.purgatory.led_anew(tp, at, &mut self.timers);
    }
}
