//! Which broker coordinates a group, and why that one (`GroupCoordinatorService.partitionFor`, `KafkaApis.getCoordinator`).

use crate::java_hash::{partition_for, string_hash_code};
use crate::{Broker, CONSUMER_OFFSETS, Topic};
use millrace_model::{BrokerId, GroupId, TopicPartition};
use std::fmt;

/// The choice with its cause: the group's hash names a partition of `__consumer_offsets`, and who leads that one
/// coordinates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoordinatorChoice {
    /// `group.id`.
    pub group: GroupId,
    /// Java's `hashCode` of it.
    pub hash: i32,
    /// Partitions of `__consumer_offsets` (`offsets.topic.num.partitions`, default 50).
    pub partitions: i32,
    /// Where everything about the group is written.
    pub partition: TopicPartition,
    /// Who leads that partition; none before the first use of any group has made the topic.
    pub coordinator: Option<BrokerId>,
}

impl fmt::Display for CoordinatorChoice {
    /// `abs(hash("billing") = -109829509) % 50 = 9`, as Kafka computes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hash, partitions, partition) = (self.hash, self.partitions, self.partition.partition);
        write!(f, "abs(hash(\"{}\") = {hash}) % {partitions} = {partition}", self.group)
    }
}

impl Broker {
    /// The partition of `__consumer_offsets` that `group` lives in.
    pub fn offsets_partition(&self, group: &GroupId) -> TopicPartition {
        TopicPartition::new(CONSUMER_OFFSETS, partition_for(group.as_str(), self.offsets_partitions()))
    }

    /// The same with its cause.
    pub fn coordinator_choice(&self, group: &GroupId) -> CoordinatorChoice {
        let partition = self.offsets_partition(group);
        CoordinatorChoice {
            group: group.clone(),
            hash: string_hash_code(group.as_str()),
            partitions: self.offsets_partitions(),
            coordinator: self.partition(&partition).and_then(|state| state.info.leader),
            partition,
        }
    }

    fn offsets_partitions(&self) -> i32 {
        let known = self.topic(CONSUMER_OFFSETS).map(Topic::partition_count);
        known.unwrap_or(self.config().offsets_topic_num_partitions)
    }
}
