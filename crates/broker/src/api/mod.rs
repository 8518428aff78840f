//! Produce, Fetch, ListOffsets, FindCoordinator: one file a request.

mod fetch;
mod find_coordinator;
mod list_offsets;
mod produce;
mod purgatory;

pub(crate) use fetch::{answer_held, fetch};
pub(crate) use find_coordinator::find_coordinator;
pub(crate) use list_offsets::list_offsets;
pub(crate) use produce::{append, place, produce, roll};
pub(crate) use purgatory::Purgatory;

use crate::{Broker, PartitionState};
use millrace_model::{ErrorCode, LeaderEpoch, TopicPartition};

/// The partition, if this broker leads it (`ReplicaManager.getPartitionOrException`).
pub(crate) fn led<'a>(broker: &'a Broker, tp: &TopicPartition) -> Result<&'a PartitionState, ErrorCode> {
    let partition = broker.partition(tp).ok_or(ErrorCode::UnknownTopicOrPartition)?;
    // In a cluster, a broker that has started again leads nothing before it has caught up.
    let leads = || broker.replicas().is_none_or(|replicas| replicas.leader(tp).is_some());
    if partition.info.leader == Some(broker.id()) && leads() {
        Ok(partition)
    } else {
        Err(ErrorCode::NotLeaderOrFollower)
    }
}

/// The partition, if readers may ask this broker for it: it leads it, or follows its leader (KIP-392).
pub(crate) fn hosted<'a>(broker: &'a Broker, tp: &TopicPartition) -> Result<&'a PartitionState, ErrorCode> {
    led(broker, tp).or_else(|error| match broker.replicas() {
        Some(replicas) if replicas.follows(tp) => broker.partition(tp).ok_or(error),
        Some(_) | None => Err(error),
    })
}

/// A client's belief about the leader epoch (`Partition.checkCurrentLeaderEpoch`, KIP-320).
pub(crate) fn check_epoch(
    partition: &PartitionState,
    believed: Option<LeaderEpoch>,
) -> Result<(), ErrorCode> {
    match believed {
        Some(epoch) if epoch < partition.info.leader_epoch => Err(ErrorCode::FencedLeaderEpoch),
        Some(epoch) if epoch > partition.info.leader_epoch => Err(ErrorCode::UnknownLeaderEpoch),
        Some(_) | None => Ok(()),
    }
}
