//! Topics and partitions as the controller knows them, each partition with its log here.

mod create;
mod delete;
mod metadata;
mod names;

pub(crate) use create::{create_partitions, create_topics, creation};
pub(crate) use delete::delete_topics;
pub(crate) use metadata::metadata;
pub use names::{invalid_topic_reason, unify_collision_chars};

use crate::PartitionLog;
use crate::assignor::TopicId;
use millrace_model::config::topic::TopicConfig;
use millrace_model::protocol::ConfigChanges;
use millrace_model::{
    BrokerId, LeaderEpoch, Offset, Partition, PartitionInfo, StableHasher, StoredBatch, TopicInfo, TopicName,
};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    name: TopicName,
    id: TopicId,
    config: TopicConfig,
    internal: bool,
    partitions: Vec<Arc<PartitionState>>,
    /// Rolls over every change below, so that hashing a broker costs a word per topic.
    rolling_hash: u64,
}

/// One partition: leadership, copies, and the log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartitionState {
    /// Leader, epoch, replicas and ISR.
    pub info: PartitionInfo,
    /// What was appended.
    pub log: PartitionLog,
}

impl Topic {
    pub(crate) fn new(name: TopicName, id: TopicId, config: TopicConfig, internal: bool) -> Topic {
        let rolling_hash = StableHasher::of(&(&name, id, &config, internal));
        Topic { name, id, config, internal, partitions: Vec::new(), rolling_hash }
    }

    /// Adds partitions up to `count`, led by `leader`.
    pub(crate) fn grow(&mut self, count: i32, leader: BrokerId) {
        let count = usize::try_from(count).unwrap_or(0);
        while self.partitions.len() < count {
            let info = PartitionInfo {
                leader: Some(leader),
                leader_epoch: LeaderEpoch(0),
                replicas: vec![leader],
                isr: vec![leader],
            };
            self.partitions.push(Arc::new(PartitionState { info, log: PartitionLog::new() }));
        }
        self.rolling_hash = StableHasher::of(&(self.rolling_hash, count as u64, leader));
    }

    pub(crate) fn append(&mut self, partition: Partition, stored: &StoredBatch) {
        let Some(state) = usize::try_from(partition.0).ok().and_then(|i| self.partitions.get_mut(i)) else {
            return;
        };
        let state = Arc::make_mut(state);
        state.log.append(stored);
        self.rolling_hash = StableHasher::of(&(self.rolling_hash, partition, &state.log));
    }

    /// Takes settings, or takes them back.
    pub(crate) fn configure(&mut self, changes: &ConfigChanges) {
        for (key, value) in changes {
            self.config.set(key, value.as_deref());
        }
        self.rolling_hash = StableHasher::of(&(self.rolling_hash, &self.config));
    }

    /// Lets a log begin later.
    pub(crate) fn delete_records(&mut self, partition: Partition, log_start_offset: Offset) {
        let Some(state) = usize::try_from(partition.0).ok().and_then(|i| self.partitions.get_mut(i)) else {
            return;
        };
        let state = Arc::make_mut(state);
        state.log.delete_until(log_start_offset);
        self.rolling_hash = StableHasher::of(&(self.rolling_hash, partition, &state.log));
    }

    /// Lets an empty log begin and end at other offsets.
    pub(crate) fn import_log(&mut self, partition: Partition, start: Offset, end: Offset) {
        let Some(state) = usize::try_from(partition.0).ok().and_then(|i| self.partitions.get_mut(i)) else {
            return;
        };
        let state = Arc::make_mut(state);
        state.log.import(start, end);
        self.rolling_hash = StableHasher::of(&(self.rolling_hash, partition, &state.log));
    }

    /// Its name.
    pub fn name(&self) -> &TopicName {
        &self.name
    }

    /// Its id: a topic that is deleted and created again has another one (KIP-516).
    pub fn id(&self) -> TopicId {
        self.id
    }

    /// What it was created with and given since.
    pub fn config(&self) -> &TopicConfig {
        &self.config
    }

    /// Kafka's own topic?
    pub fn is_internal(&self) -> bool {
        self.internal
    }

    /// Its partitions, in the order of their numbers.
    pub fn partitions(&self) -> impl ExactSizeIterator<Item = &PartitionState> {
        self.partitions.iter().map(|partition| &**partition)
    }

    /// How many partitions it has.
    pub fn partition_count(&self) -> i32 {
        i32::try_from(self.partitions.len()).unwrap_or(i32::MAX)
    }

    /// One partition.
    pub fn partition(&self, partition: Partition) -> Option<&PartitionState> {
        self.partitions.get(usize::try_from(partition.0).ok()?).map(|partition| &**partition)
    }

    pub(crate) fn info(&self) -> TopicInfo {
        TopicInfo {
            partitions: self.partitions().map(|partition| partition.info.clone()).collect(),
            internal: self.internal,
        }
    }
}

impl Hash for Topic {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rolling_hash.hash(state);
    }
}
