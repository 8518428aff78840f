//! How far all in-sync replicas are (`Partition.maybeIncrementLeaderHW`).

use super::{LeaderState, ReplicaEvent, ReplicaManager};
use crate::{Broker, PartitionState};
use millrace_model::{BrokerId, Offset, Time, TopicPartition};

/// A partition's leader, as far as the high watermark depends on it.
pub(super) struct Led<'a> {
    pub tp: &'a TopicPartition,
    pub partition: &'a PartitionState,
    /// As it is after what is being decided.
    pub state: &'a LeaderState,
    /// The committed in-sync replicas, as they are after that.
    pub isr: &'a [BrokerId],
    /// Where the log ends after that.
    pub log_end: Offset,
}

/// `min.insync.replicas`, at most as many as there are replicas (`effectiveMinIsr`).
pub(crate) fn effective_min_isr(broker: &Broker, tp: &TopicPartition, partition: &PartitionState) -> usize {
    let topic = broker.topic(tp.topic.as_str());
    topic.map_or(1, |topic| topic.config().min_insync_replicas).min(partition.info.replicas.len())
}

/// Where the high watermark goes, if it moves: the least end of all logs that are in sync, or that are about to be. It
/// stays while there are fewer in-sync replicas than `min.insync.replicas`.
pub(super) fn incremented(
    broker: &Broker,
    replicas: &ReplicaManager,
    now: Time,
    led: &Led,
) -> Option<ReplicaEvent> {
    if led.isr.len() < effective_min_isr(broker, led.tp, led.partition) {
        return None;
    }
    let max_lag = replicas.config.replica_lag_time_max;
    let mut to = led.log_end;
    for (id, follower) in led.state.followers.iter() {
        if follower.log_end_offset >= to {
            continue;
        }
        // Who is about to join is waited for, or it would run after the high watermark for ever.
        let counts = led.state.is_in_maximal_isr(led.isr, *id)
            || follower.is_caught_up(led.log_end, now, max_lag)
                && super::isr::is_eligible(broker, *id, follower.broker_epoch);
        if counts {
            to = follower.log_end_offset;
        }
    }
    let from = led.partition.log.high_watermark();
    (to > from).then(|| ReplicaEvent::HighWatermarkIncremented { tp: led.tp.clone(), at: now, from, to })
}

/// The same for a partition as it stands, with a log that ends at `log_end`.
pub(super) fn of(
    broker: &Broker,
    replicas: &ReplicaManager,
    now: Time,
    tp: &TopicPartition,
    log_end: Option<Offset>,
) -> Option<ReplicaEvent> {
    let partition = broker.partition(tp)?;
    let state = replicas.leader(tp)?;
    let log_end = log_end.unwrap_or(partition.log.log_end_offset());
    incremented(broker, replicas, now, &Led { tp, partition, state, isr: &partition.info.isr, log_end })
}
