//! What a client learns from a Metadata response: brokers, topics, partitions and their leaders.

use crate::{BrokerId, LeaderEpoch, Map, PartitionEpoch, TopicName, TopicPartition};
use std::hash::{Hash, Hasher};

/// One broker as clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BrokerInfo {
    /// `node.id`.
    pub id: BrokerId,
    /// Host name of its advertised listener.
    pub host: String,
    /// Port of its advertised listener.
    pub port: u16,
    /// `broker.rack`, if it has one.
    pub rack: Option<String>,
}

/// One partition: who leads it, who keeps copies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartitionInfo {
    /// The leader, or none while the partition is offline.
    pub leader: Option<BrokerId>,
    /// The epoch of that leadership.
    pub leader_epoch: LeaderEpoch,
    /// Every broker that holds a copy; the first is the preferred leader.
    pub replicas: Vec<BrokerId>,
    /// The copies that are in sync, in the order in which the controller keeps them.
    pub isr: Vec<BrokerId>,
    /// The number of this state at the controller. A broker's own; clients never see it.
    pub partition_epoch: PartitionEpoch,
}

impl Hash for PartitionInfo {
    /// A cluster of one broker never changes a partition: its worlds hash as if there were no epoch.
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.leader, self.leader_epoch, &self.replicas, &self.isr).hash(state);
        if self.partition_epoch != PartitionEpoch(0) {
            self.partition_epoch.hash(state);
        }
    }
}

/// One topic: its partitions, in the order of their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicInfo {
    /// Partition 0, 1, 2 …
    pub partitions: Vec<PartitionInfo>,
    /// Kafka's own topics (`__consumer_offsets`), hidden from pattern subscriptions.
    pub internal: bool,
}

/// A view of the cluster, as old as the answer it came with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ClusterMetadata {
    /// The brokers, in the order of their ids.
    pub brokers: Vec<BrokerInfo>,
    /// The topics by name.
    pub topics: Map<TopicName, TopicInfo>,
}

impl ClusterMetadata {
    /// How many partitions `topic` has; none if the topic is unknown.
    pub fn partition_count(&self, topic: &str) -> Option<usize> {
        self.topics.get(topic).map(|topic| topic.partitions.len())
    }

    /// What is known of one partition.
    pub fn partition(&self, tp: &TopicPartition) -> Option<&PartitionInfo> {
        let index = usize::try_from(tp.partition.0).ok()?;
        self.topics.get(&tp.topic)?.partitions.get(index)
    }

    /// The broker that leads `tp`, if it is known and online.
    pub fn leader(&self, tp: &TopicPartition) -> Option<BrokerId> {
        self.partition(tp)?.leader
    }
}
