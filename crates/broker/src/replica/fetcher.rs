//! A follower asks its leader (`AbstractFetcherThread`, `RemoteLeaderEndPoint.buildFetch`): for all partitions that one broker
//! leads, one request at a time.

use super::{ReplicaEvent, ReplicaManager, ReplicaTimer, Throttled, quota};
use crate::{Broker, Call, Outcome, Sent};
use millrace_model::protocol::{FollowerFetchPartition, FollowerFetchRequest};
use millrace_model::{BrokerId, LeaderEpoch, Map, Offset, Request, Span, Time, TopicPartition};

/// `replica.fetch.backoff.ms`.
pub(super) const BACKOFF: Span = Span::from_secs(1);
/// `replica.socket.timeout.ms`.
const SOCKET_TIMEOUT: Span = Span::from_secs(30);
/// `replica.fetch.max.bytes`, of one partition.
const MAX_BYTES: usize = 1 << 20;
/// `replica.fetch.response.max.bytes`, of all.
const RESPONSE_MAX_BYTES: usize = 10 << 20;

/// All that is copied from one broker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fetcher {
    /// Where each partition goes on.
    pub partitions: Map<TopicPartition, FetchState>,
    /// The request that is not answered, by its number, and when it is given up.
    pub in_flight: Option<(u64, Time)>,
}

/// Where a partition goes on (`PartitionFetchState`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FetchState {
    /// The next offset: where the own log ends.
    pub fetch_offset: Offset,
    /// The leadership that is followed.
    pub current_leader_epoch: LeaderEpoch,
    /// The epoch of the own last record.
    pub last_fetched_epoch: Option<LeaderEpoch>,
    /// After an error, not before this moment.
    pub delayed_until: Option<Time>,
    /// Nothing was missing below the leader's high watermark at its last answer (`isReplicaInSync`).
    pub is_caught_up: bool,
    /// The leader is at a later epoch: nothing is fetched until the controller's log has said so.
    pub failed: bool,
}

impl FetchState {
    fn is_ready(&self, now: Time) -> bool {
        !self.failed && self.delayed_until.is_none_or(|until| until <= now)
    }
}

impl Fetcher {
    pub(super) fn waits_for(&self, number: u64) -> bool {
        self.in_flight.is_some_and(|(of, _)| of == number)
    }

    pub(super) fn timer(&self, leader: BrokerId) -> Option<(Time, ReplicaTimer)> {
        if let Some((_, until)) = self.in_flight {
            return Some((until, ReplicaTimer::FetchTimedOut(leader)));
        }
        let states = self.partitions.values().filter(|state| !state.failed);
        let due = states.map(|state| state.delayed_until.unwrap_or(Time::ZERO)).min()?;
        Some((due, ReplicaTimer::FetchDue(leader)))
    }
}

/// Asks for all partitions that are not held back.
pub(super) fn send(broker: &Broker, replicas: &ReplicaManager, now: Time, leader: BrokerId) -> Outcome {
    let Some(fetcher) = replicas.fetchers.get(&leader) else { return Outcome::default() };
    let ready = fetcher.partitions.iter().filter(|(_, state)| state.is_ready(now));
    let (slowed, ready): (Vec<_>, Vec<_>) = ready.partition(|(tp, state)| {
        !state.is_caught_up && quota::has_to_wait(broker, replicas, now, tp, Throttled::Follower)
    });
    let mut outcome = Outcome::default();
    if !slowed.is_empty() {
        let partitions = slowed.into_iter().map(|(tp, _)| tp.clone()).collect();
        let until = now + BACKOFF;
        outcome.events.push(ReplicaEvent::FetchThrottled { leader, until, partitions }.into());
    }
    let position = |(tp, state): (&TopicPartition, &FetchState)| FollowerFetchPartition {
        tp: tp.clone(),
        fetch_offset: state.fetch_offset,
        log_start_offset: broker.log(tp).map_or(Offset(0), |log| log.log_start_offset()),
        current_leader_epoch: state.current_leader_epoch,
        last_fetched_epoch: state.last_fetched_epoch,
        partition_max_bytes: MAX_BYTES,
    };
    let partitions: Vec<_> = ready.into_iter().map(position).collect();
    if partitions.is_empty() {
        return outcome;
    }
    let request = FollowerFetchRequest {
        replica: broker.id(),
        replica_epoch: broker.epoch_of(broker.id()),
        max_wait: replicas.config.replica_fetch_wait_max,
        min_bytes: 1,
        max_bytes: RESPONSE_MAX_BYTES,
        partitions,
    };
    let number = replicas.fetches_sent;
    outcome.events.push(ReplicaEvent::FetchSent { leader, number, until: now + SOCKET_TIMEOUT }.into());
    let request = Request::FollowerFetch(Box::new(request));
    outcome.sends.push(Sent { to: leader, call: Call::Fetch(number), request });
    outcome
}
