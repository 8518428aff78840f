//! Committed offsets, ends of logs, partitions that were written down.

use super::{Failure, view};
use crate::cluster::{broker, leader};
use crate::java_map;
use crate::shell::Shell;
use millrace_model::{Map, Partition, TopicName, TopicPartition};
use millrace_sim::World;

/// What a group has committed.
pub(super) fn committed(world: &World, group: &str) -> Map<TopicPartition, i64> {
    let group = world.coordinator(group).and_then(|broker| broker.group(group));
    let offsets = group.into_iter().flat_map(|group| group.offsets().iter());
    offsets.map(|(tp, committed)| (tp.clone(), committed.offset.0)).collect()
}

/// Waits until somebody leads each of these, unless there is no such partition.
pub(super) fn wait_for_leaders(shell: &mut Shell<'_>, partitions: &[TopicPartition]) -> Result<(), Failure> {
    let are_led = |world: &World| {
        let is_known =
            |tp: &&TopicPartition| broker(world).is_some_and(|broker| broker.partition(tp).is_some());
        partitions.iter().filter(is_known).all(|tp| leader(world, tp).is_some())
    };
    shell.try_until("listOffsets(api=METADATA)", view::TIMEOUT_MS, are_led).map_err(too_late)
}

/// The admin client has asked in vain.
pub(super) fn too_late(words: String) -> Failure {
    let timeout = "org.apache.kafka.common.errors.TimeoutException";
    Failure::caused_by(&format!("java.util.concurrent.ExecutionException: {timeout}: {words}"))
}

/// Partitions in the order of a `HashMap` that was filled in their order.
pub(super) fn in_java_order(partitions: Vec<TopicPartition>) -> Vec<TopicPartition> {
    java_map::order_by(partitions, 16, |tp| java_map::topic_partition_hash(tp.topic.as_str(), tp.partition.0))
}

/// `orders:0,2`; `None` if no partition is named (`parseTopicsWithPartitions`).
pub(super) fn parse(text: &str) -> Result<Option<Vec<TopicPartition>>, Failure> {
    if !text.contains(':') {
        return Ok(None);
    }
    let parts: Vec<&str> = text.trim_end_matches(':').split(':').collect();
    let [topic, partitions] = parts.as_slice() else {
        return Err(Failure::Usage(format!(
            "Invalid topic arg '{text}', expected topic name and partitions"
        )));
    };
    let topic = TopicName::from(*topic);
    let number = |word: &str| match word.parse() {
        Ok(partition) => Ok(TopicPartition { topic: topic.clone(), partition: Partition(partition) }),
        Err(_) => Err(Failure::Usage(format!("Invalid partition '{word}' specified in topic arg '{text}''"))),
    };
    partitions.trim_end_matches(',').split(',').map(number).collect::<Result<_, _>>().map(Some)
}

/// All partitions of a topic; `None` if there is no such topic.
pub(super) fn partitions_of(world: &World, topic: &str) -> Option<Vec<TopicPartition>> {
    let known = broker(world)?.topic(topic)?;
    let tp = |partition| TopicPartition { topic: known.name().clone(), partition: Partition(partition) };
    Some((0..known.partition_count()).map(tp).collect())
}
