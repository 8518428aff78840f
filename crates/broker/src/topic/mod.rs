//! Topics and partitions as the controller knows them, each partition with its log here.

mod create;
mod delete;
mod metadata;
mod names;
mod replicas;

pub(crate) use create::{create_partitions, create_topics, creation};
pub(crate) use delete::delete_topics;
pub(crate) use metadata::metadata;
pub use names::{invalid_topic_reason, unify_collision_chars};

use crate::assignor::TopicId;
use crate::config::LogConfig;
use crate::{LogChange, PartitionLog};
use millrace_model::config::topic::TopicConfig;
use millrace_model::protocol::ConfigChanges;
use millrace_model::{
    BrokerId, LeaderEpoch, Offset, Partition, PartitionInfo, StableHasher, StoredBatch, Time, Timestamp,
    TopicInfo, TopicName,
};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    name: TopicName,
    id: TopicId,
    config: TopicConfig,
    /// What the settings come to.
    log_config: LogConfig,
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
        let log_config = LogConfig::default();
        Topic { name, id, config, log_config, internal, partitions: Vec::new(), rolling_hash }
    }

    /// Takes over what the settings come to; logs follow from their next batch on.
    pub(crate) fn follow(&mut self, log_config: LogConfig) {
        let segments = log_config.segments;
        for state in &mut self.partitions {
            if *state.log.settings() != segments {
                Arc::make_mut(state).log.set_settings(segments);
            }
        }
        self.log_config = log_config;
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
                ..PartitionInfo::default()
            };
            let log = PartitionLog::new(self.log_config.segments, Timestamp::NONE);
            self.partitions.push(Arc::new(PartitionState { info, log }));
        }
        self.rolling_hash = StableHasher::of(&(self.rolling_hash, count as u64, leader));
    }

    /// Takes over what the controller says of a partition; gives whether another leads it, or the same anew.
    pub(crate) fn set_partition(&mut self, partition: Partition, info: PartitionInfo) -> bool {
        let at = usize::try_from(partition.0).unwrap_or(usize::MAX);
        self.rolling_hash = StableHasher::of(&(self.rolling_hash, partition, &info));
        if let Some(state) = self.partitions.get_mut(at) {
            if info.partition_epoch < state.info.partition_epoch {
                // The leader has been answered by the controller before the log has come so far.
                return false;
            }
            let is_led_anew =
                state.info.leader_epoch != info.leader_epoch || state.info.leader != info.leader;
            Arc::make_mut(state).info = info;
            return is_led_anew;
        }
        // The controller's log names the partitions of a topic in the order of their numbers.
        if at == self.partitions.len() {
            let log = PartitionLog::new(self.log_config.segments, Timestamp::NONE);
            self.partitions.push(Arc::new(PartitionState { info, log }));
        }
        false
    }

    /// After a restart nobody leads until the controller says so; the logs are there.
    pub(crate) fn forget_leaders(&mut self) {
        for state in &mut self.partitions {
            let info = &mut Arc::make_mut(state).info;
            *info =
                PartitionInfo { replicas: std::mem::take(&mut info.replicas), ..PartitionInfo::default() };
        }
        self.rolling_hash = StableHasher::of(&(self.rolling_hash, "restarted"));
    }

    /// Changes a partition's log.
    pub(crate) fn change(&mut self, partition: Partition, change: impl FnOnce(&mut PartitionLog)) {
        let Some(state) = usize::try_from(partition.0).ok().and_then(|i| self.partitions.get_mut(i)) else {
            return;
        };
        let state = Arc::make_mut(state);
        change(&mut state.log);
        self.rolling_hash = StableHasher::of(&(self.rolling_hash, partition, &state.log));
    }

    pub(crate) fn append(&mut self, partition: Partition, stored: &StoredBatch) {
        let is_replicated = self.partition(partition).is_some_and(|state| state.info.replicas.len() > 1);
        self.change(partition, |log| {
            log.append_to_active(stored.clone());
            if !is_replicated {
                // One replica: what the leader has, every in-sync replica has.
                log.set_high_watermark(log.log_end_offset());
            }
        });
    }

    /// What retention and the cleaner do, and what a batch does before it is appended.
    pub(crate) fn change_log(&mut self, partition: Partition, at: Time, change: &LogChange) {
        self.change(partition, |log| match change {
            LogChange::SegmentRolled { base_offset, .. } => log.roll(Some(*base_offset), at.timestamp()),
            LogChange::SegmentsDeleted { log_start_offset, first, .. } => {
                log.delete_segments(*first, *log_start_offset, at.timestamp());
            }
            LogChange::Cleaned(cleaned) => log.replace_segments(cleaned),
            LogChange::ProducersExpired(_) => {
                log.remove_expired_producers(at.timestamp(), crate::upkeep::PRODUCER_ID_EXPIRATION_MS);
            }
        });
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
        // The decision has looked at the high watermark.
        self.change(partition, |log| {
            let _ = log.maybe_increment_log_start_offset(log_start_offset);
        });
    }

    /// Lets an empty log begin and end at other offsets.
    pub(crate) fn import_log(&mut self, partition: Partition, start: Offset, end: Offset) {
        self.change(partition, |log| log.import(start, end));
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

    /// What its settings, and the broker's, come to for its logs.
    pub fn log_config(&self) -> &LogConfig {
        &self.log_config
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
