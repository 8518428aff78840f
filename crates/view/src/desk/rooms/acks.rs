//! Answers to acks=all that wait: which of the in-sync replicas have the records, as far as the leader knows. A follower's
//! next fetch is its acknowledgement.

use millrace_model::protocol::PartitionRegistration;
use millrace_model::{BrokerId, Offset, Time, TopicPartition};
use millrace_sim::World;

/// An answer that waits for replicas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack {
    /// The first of its records.
    pub from: Offset,
    /// The high watermark that is waited for.
    pub required: Offset,
    /// Each in-sync replica, and whether the leader knows that it has them.
    pub has: Vec<(BrokerId, bool)>,
    /// When it is given up.
    pub until: Time,
}

/// The answers that the leader holds back, the oldest first.
pub(super) fn waiting(world: &World, tp: &TopicPartition, state: &PartitionRegistration) -> Vec<Ack> {
    let leader = state.leader.and_then(|id| world.broker(id));
    let Some((broker, replicas)) = leader.and_then(|broker| Some((broker, broker.replicas()?))) else {
        return Vec::new();
    };
    let Some(leading) = replicas.leader(tp) else { return Vec::new() };
    // Who counts for the high watermark is what the leader holds for in sync.
    let isr = broker.partition(tp).map_or(&[][..], |partition| &partition.info.isr);
    let held = replicas.held_produces().flat_map(|(_, held)| {
        let of_it = held.partitions.iter().filter(|reply| reply.answer.tp == *tp);
        of_it.filter_map(move |reply| Some((reply.answer.base_offset, reply.required?, held.until)))
    });
    let acks = held.map(|(from, required, until)| {
        let has = |id: &BrokerId| {
            let of_follower = leading.followers.get(id).map(|follower| follower.log_end_offset >= required);
            (*id, of_follower.unwrap_or(*id == broker.id()))
        };
        Ack { from, required, has: isr.iter().map(has).collect(), until }
    });
    acks.collect()
}
