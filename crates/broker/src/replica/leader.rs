//! What a leader knows of its followers (`Partition`, `Replica`, `ReplicaState`): how far each has fetched, and when it had
//! last caught up.

use millrace_model::protocol::AlteredPartition;
use millrace_model::{BrokerEpoch, BrokerId, LeaderEpoch, Map, Offset, Span, Time};

/// A partition that is led here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LeaderState {
    /// The epoch of this leadership.
    pub leader_epoch: LeaderEpoch,
    /// Where the log ended when it began: until the high watermark has come so far, nobody is told where the log ends
    /// (KIP-207).
    pub epoch_start: Offset,
    /// All other replicas.
    pub followers: Map<BrokerId, FollowerState>,
    /// What was proposed to the controller and is not answered yet.
    pub pending: Option<PendingIsr>,
}

/// Other in-sync replicas, as proposed (`PendingExpandIsr`, `PendingShrinkIsr`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PendingIsr {
    /// Who comes in; a shrinking proposal has none.
    pub joins: Option<BrokerId>,
    /// What was sent.
    pub sent: AlteredPartition,
}

/// One follower, seen from its leader (`ReplicaState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FollowerState {
    /// Where its log begins; -1 until it has fetched.
    pub log_start_offset: Offset,
    /// Where its log ends: the offset of its last fetch; -1 until it has fetched.
    pub log_end_offset: Offset,
    /// Where the leader's log ended at the follower's last fetch; -1 before.
    pub last_fetch_leader_log_end_offset: Offset,
    /// When it last fetched.
    pub last_fetch_time: Time,
    /// The last moment at which it had everything that the leader had; `None`: it never had, as far as this leader knows.
    pub last_caught_up_time: Option<Time>,
    /// The registration under which it fetches; none until it has fetched.
    pub broker_epoch: Option<BrokerEpoch>,
}

const UNKNOWN: Offset = Offset(-1);

impl FollowerState {
    /// A follower of a leader that has just begun (`Replica.resetReplicaState`): who is in sync is taken to have caught up
    /// now.
    pub fn begin(now: Time, is_in_sync: bool) -> FollowerState {
        FollowerState {
            log_start_offset: UNKNOWN,
            log_end_offset: UNKNOWN,
            last_fetch_leader_log_end_offset: UNKNOWN,
            last_fetch_time: Time::ZERO,
            last_caught_up_time: is_in_sync.then_some(now),
            broker_epoch: None,
        }
    }

    /// The same when a leader is elected again: what it has fetched stays known.
    #[must_use]
    pub fn begin_again(self, now: Time, is_in_sync: bool, leader_end: Offset) -> FollowerState {
        FollowerState {
            last_fetch_leader_log_end_offset: leader_end,
            last_fetch_time: if is_in_sync { now } else { Time::ZERO },
            last_caught_up_time: is_in_sync.then_some(now),
            ..self
        }
    }

    /// After a fetch (`Replica.updateFetchStateOrThrow`). A follower that fetches from the leader's end has caught up now;
    /// one that fetches from where the end was at its last fetch had caught up then.
    #[must_use]
    pub fn fetched(
        self,
        now: Time,
        (log_start_offset, fetch_offset): (Offset, Offset),
        leader_end: Offset,
        broker_epoch: BrokerEpoch,
    ) -> FollowerState {
        let caught_up = if fetch_offset >= leader_end {
            Some(now)
        } else if fetch_offset >= self.last_fetch_leader_log_end_offset
            && self.last_fetch_leader_log_end_offset != UNKNOWN
        {
            Some(self.last_fetch_time)
        } else {
            None
        };
        FollowerState {
            log_start_offset,
            log_end_offset: fetch_offset,
            last_fetch_leader_log_end_offset: leader_end.max(self.last_fetch_leader_log_end_offset),
            last_fetch_time: now,
            last_caught_up_time: self.last_caught_up_time.max(caught_up),
            broker_epoch: Some(broker_epoch),
        }
    }

    /// Whether it has all, or had all within `replica.lag.time.max.ms` (`ReplicaState.isCaughtUp`).
    pub fn is_caught_up(&self, leader_end: Offset, now: Time, max_lag: Span) -> bool {
        let recently = self.last_caught_up_time.is_some_and(|at| now.since(at) <= max_lag);
        self.log_end_offset == leader_end || recently
    }
}

impl LeaderState {
    /// Who counts as in sync for the high watermark, given the committed in-sync replicas: a replica on its way in counts
    /// already, one on its way out still (KIP-497).
    pub fn is_in_maximal_isr(&self, isr: &[BrokerId], follower: BrokerId) -> bool {
        isr.contains(&follower) || self.pending.as_ref().is_some_and(|p| p.joins == Some(follower))
    }

    /// How many those are.
    pub fn maximal_isr_size(&self, isr: &[BrokerId]) -> usize {
        let joins = self.pending.as_ref().and_then(|p| p.joins).filter(|joins| !isr.contains(joins));
        isr.len() + usize::from(joins.is_some())
    }
}
