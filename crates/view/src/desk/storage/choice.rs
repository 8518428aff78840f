//! Which partitions there are to look at.

use crate::cast::{self, is_internal};
use millrace_broker::{PartitionLog, Topic};
use millrace_model::TopicPartition;
use millrace_sim::World;

/// Whether a partition holds anything.
pub fn has_logs(world: &World) -> bool {
    topics(world).any(|topic| cast::logs(topic).any(|(tp, _)| world.log(&tp).is_some_and(holds_any)))
}

/// The partitions that hold something: the learner's own first, then Kafka's.
pub fn partitions(world: &World) -> Vec<TopicPartition> {
    let mut found = Vec::new();
    for wants_internal in [false, true] {
        let wanted = topics(world).filter(|topic| is_internal(topic.name().as_str()) == wants_internal);
        let all = wanted.flat_map(|topic| cast::logs(topic).map(|(tp, _)| tp));
        found.extend(all.filter(|tp| world.log(tp).is_some_and(holds_any)));
    }
    found
}

/// The one that is wanted if it is there, else the first.
pub(super) fn chosen<'a>(
    world: &'a World,
    all: &[TopicPartition],
    wanted: Option<&TopicPartition>,
) -> Option<(TopicPartition, &'a PartitionLog)> {
    let tp = wanted.filter(|tp| all.contains(tp)).or_else(|| all.first())?;
    Some((tp.clone(), world.log(tp)?))
}

fn topics(world: &World) -> impl Iterator<Item = &Topic> {
    world.asked_broker().into_iter().flat_map(|broker| broker.topics())
}

fn holds_any(log: &PartitionLog) -> bool {
    log.size_in_bytes() > 0
}
