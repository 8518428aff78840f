//! Throttled replication (`ReplicationQuotaManager`, KIP-73): so many bytes a second a broker sends as a leader, or takes in as
//! a follower, for the replicas that topics name. Who is in sync is never held up; its bytes count all the same.
//!
//! The rate is Kafka's `SimpleRate` over 11 samples of a second (`replication.quota.window.num`,
//! `replication.quota.window.size.seconds`).

use super::ReplicaManager;
use crate::{Broker, Event, ReplicaEvent};
use millrace_model::protocol::{ConfigResource, FollowerFetchedPartition, ResourceKind};
use millrace_model::{Span, Time, TopicPartition};

const WINDOW: Span = Span::from_secs(1);
const SAMPLES: u64 = 11;

/// On which side of a replica's copying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Throttled {
    /// Where records are sent from.
    Leader,
    /// Where they are taken in.
    Follower,
}

impl Throttled {
    /// A broker's setting: bytes a second.
    fn rate(self) -> &'static str {
        match self {
            Throttled::Leader => "leader.replication.throttled.rate",
            Throttled::Follower => "follower.replication.throttled.rate",
        }
    }

    /// A topic's setting: `0:1,1:2`, partitions with brokers, or `*`.
    fn replicas(self) -> &'static str {
        match self {
            Throttled::Leader => "leader.replication.throttled.replicas",
            Throttled::Follower => "follower.replication.throttled.replicas",
        }
    }
}

/// What went through of late.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct ReplicationQuota {
    samples: Vec<Sample>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Sample {
    start: Time,
    last: Time,
    bytes: u64,
}

impl ReplicationQuota {
    pub(super) fn record(&mut self, at: Time, bytes: u64) {
        self.samples.retain(|sample| sample.counts(at));
        match self.samples.last_mut() {
            Some(sample) if sample.start + WINDOW > at => {
                (sample.last, sample.bytes) = (at, sample.bytes.saturating_add(bytes));
            }
            _ => self.samples.push(Sample { start: at, last: at, bytes }),
        }
    }

    /// Whether more than so many bytes a second went through.
    fn is_exceeded(&self, now: Time, limit: u64) -> bool {
        let counted = || self.samples.iter().filter(|sample| sample.counts(now));
        let Some(first) = counted().map(|sample| sample.start).min() else { return false };
        let bytes: u64 = counted().map(|sample| sample.bytes).sum();
        let elapsed = now.0.saturating_sub(first.0).max(WINDOW.0);
        u128::from(bytes) * 1_000_000 > u128::from(limit) * u128::from(elapsed)
    }
}

impl Sample {
    fn counts(&self, now: Time) -> bool {
        now.0.saturating_sub(self.last.0) < SAMPLES * WINDOW.0
    }
}

/// Whether this broker's replica of a partition is among those that are slowed down.
pub(super) fn is_throttled(broker: &Broker, tp: &TopicPartition, side: Throttled) -> bool {
    let Some(topic) = broker.topic(tp.topic.as_str()) else { return false };
    let settings = topic.config().set_keys();
    let Some(replicas) = settings.get(side.replicas()) else { return false };
    let own = format!("{}:{}", tp.partition, broker.id());
    &**replicas == "*" || replicas.split(',').any(|replica| replica.trim() == own)
}

/// Whether such a replica has to wait: more went through than the broker may.
pub(super) fn has_to_wait(
    broker: &Broker,
    replicas: &ReplicaManager,
    now: Time,
    tp: &TopicPartition,
    side: Throttled,
) -> bool {
    let resource = ConfigResource::new(ResourceKind::Broker, &broker.id().to_string());
    let limit = broker.configs().get(&resource).and_then(|settings| settings.get(side.rate())?.parse().ok());
    let quota = match side {
        Throttled::Leader => &replicas.leader_quota,
        Throttled::Follower => &replicas.follower_quota,
    };
    limit.is_some_and(|limit| quota.is_exceeded(now, limit)) && is_throttled(broker, tp, side)
}

/// What of an answer counts.
pub(super) fn counted(
    broker: &Broker,
    now: Time,
    partitions: &[FollowerFetchedPartition],
    side: Throttled,
) -> Option<Event> {
    let slowed = partitions
        .iter()
        .filter(|fetched| !fetched.batches.is_empty() && is_throttled(broker, &fetched.tp, side));
    let bytes = slowed.flat_map(|fetched| &fetched.batches).map(|stored| stored.batch.size_in_bytes as u64);
    let bytes: u64 = bytes.sum();
    (bytes > 0).then(|| ReplicaEvent::ThrottledBytes { side, at: now, bytes }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Time {
        Time::ZERO + Span::from_millis(ms)
    }

    #[test]
    fn a_rate_is_what_went_through_since_the_oldest_sample_and_at_least_in_a_second() {
        let mut quota = ReplicationQuota::default();
        assert!(!quota.is_exceeded(ms(0), 0));
        quota.record(ms(0), 50_000);
        assert!(quota.is_exceeded(ms(0), 49_999) && !quota.is_exceeded(ms(0), 50_000));
        // 50,000 bytes in four seconds.
        assert!(quota.is_exceeded(ms(4_000), 12_499) && !quota.is_exceeded(ms(4_000), 12_500));
        quota.record(ms(4_000), 10_000);
        assert!(quota.is_exceeded(ms(6_000), 9_999) && !quota.is_exceeded(ms(6_000), 10_000));
        // The first sample is forgotten after 11 seconds, the second later.
        assert!(quota.is_exceeded(ms(10_999), 5_000) && !quota.is_exceeded(ms(11_000), 5_000));
        assert!(quota.is_exceeded(ms(14_999), 0) && !quota.is_exceeded(ms(15_000), 0));
    }
}
