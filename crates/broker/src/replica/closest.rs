//! Which replica a reader is sent to (`ReplicaManager.findPreferredReadReplica`, `RackAwareReplicaSelector`, KIP-392).

use crate::Broker;
use millrace_model::{BrokerId, Offset, TopicPartition};

/// The in-sync replica in the reader's rack that is furthest, if the leader stands in another; none where readers read from
/// leaders, and at anybody but the leader.
pub(crate) fn closest(broker: &Broker, tp: &TopicPartition, offset: Offset, rack: &str) -> Option<BrokerId> {
    let replicas = broker.replicas().filter(|replicas| replicas.config.rack_aware_replica_selector)?;
    let (leader, partition) = (replicas.leader(tp)?, broker.partition(tp)?);
    // Who is fenced is not among them.
    let is_there = |id: BrokerId| {
        broker.brokers().iter().any(|info| info.id == id && info.rack.as_deref() == Some(rack))
    };
    if rack.is_empty() || is_there(broker.id()) {
        return None;
    }
    let has_it = |id: &BrokerId, log_start: Offset, log_end: Offset| {
        partition.info.isr.contains(id) && log_start <= offset && offset <= log_end
    };
    let followers = leader.followers.iter();
    let close =
        followers.filter(|(id, of)| is_there(**id) && has_it(id, of.log_start_offset, of.log_end_offset));
    close.max_by_key(|(id, of)| (of.log_end_offset, of.last_caught_up_time, **id)).map(|(id, _)| *id)
}
