//! Replication inside a broker: what `Partition`, `ReplicaManager` and `ReplicaFetcherThread` do, as one machine that a broker
//! has only in a cluster. A broker alone in its cluster has none of it and does none of it.
//!
//! ```text
//! roles       the controller's log was read on: who leads, who follows
//! leader      what a leader knows of its followers          isr             who is in sync
//! follower_fetch   a leader answers its followers           high_watermark  how far all in-sync replicas are
//! fetcher     a follower asks its leader                    follower        and takes the answer in
//! truncation  where two logs part                           delayed_produce acks=all waits
//! restart     what a stopped broker finds again          coordinator     whose groups and transactions are coordinated here
//! quota       moves that are slowed down            closest         where readers are sent to
//! ```
//!
//! Not here: who leads (the controller's), registration and heartbeats (a broker's membership), the log itself.

mod apply;
mod closest;
mod coordinator;
mod delayed_produce;
mod draft;
mod event;
mod fetcher;
mod follower;
mod follower_fetch;
mod held_answers;
mod high_watermark;
mod host;
mod isr;
mod leader;
mod quota;
mod restart;
mod roles;
mod truncation;

pub use delayed_produce::{HeldProduce, HeldReply};
pub use event::ReplicaEvent;
pub use fetcher::{FetchState, Fetcher};
pub use follower_fetch::HeldFollowerFetch;
pub use held_answers::HeldAnswers;
pub use isr::ProposalFate;
pub use leader::{FollowerState, LeaderState, PendingIsr};
pub use quota::Throttled;
pub use restart::Stopped;

pub(crate) use restart::reload;
pub(crate) use roles::{after_answer, after_metadata};

pub(crate) use apply::{appended, apply};
pub(crate) use closest::closest;
pub(crate) use delayed_produce::after_decision;
use draft::Draft;
pub(crate) use follower_fetch::fetch;
pub(crate) use high_watermark::effective_min_isr;
use isr::IsrChannel;

use crate::{Broker, Call, Outcome, RequestId, Timer};
use millrace_model::config::cluster::ClusterConfig;
use millrace_model::{BrokerEpoch, BrokerId, Map, Offset, Response, Time, TopicPartition};
use std::sync::Arc;

/// A broker's replicas (`ReplicaManager`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReplicaManager {
    config: Arc<ClusterConfig>,
    /// The partitions that are led here.
    leaders: Map<TopicPartition, Arc<LeaderState>>,
    /// Those that are followed, by their leaders.
    fetchers: Map<BrokerId, Arc<Fetcher>>,
    isr_channel: IsrChannel,
    /// When in-sync replicas are looked at next.
    isr_check: Option<Time>,
    held_produces: Map<RequestId, Arc<HeldProduce>>,
    held_fetches: Map<RequestId, Arc<HeldFollowerFetch>>,
    /// High watermarks as they are on disk (`replication-offset-checkpoint`).
    checkpoints: Map<TopicPartition, Offset>,
    /// When they are written next; none while nothing has changed.
    checkpoint_due: Option<Time>,
    /// How many fetches were sent.
    fetches_sent: u64,
    /// Partitions of `__consumer_offsets` and `__transaction_state` whose log is being read, each with the moment at which that is done.
    loading: Map<TopicPartition, Time>,
    /// By the first request that is answered.
    held_answers: Map<RequestId, Arc<HeldAnswers>>,
    /// What was sent of replicas that are slowed down.
    leader_quota: quota::ReplicationQuota,
    /// What was taken in of them.
    follower_quota: quota::ReplicationQuota,
}

/// A moment that replication waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReplicaTimer {
    /// A produce with acks=all has its replicas: answer it.
    ProduceSatisfied(RequestId),
    /// It has waited `request.timeout.ms`.
    ProduceExpired(RequestId),
    /// A follower's fetch has something to be answered with.
    FetchSatisfied(RequestId),
    /// It has waited `replica.fetch.wait.max.ms`.
    FetchExpired(RequestId),
    /// A fetcher may ask its leader.
    FetchDue(BrokerId),
    /// Its leader has not answered for `replica.socket.timeout.ms`.
    FetchTimedOut(BrokerId),
    /// Changed in-sync replicas are to be proposed to the controller.
    AlterPartitionDue,
    /// The controller has not answered.
    AlterPartitionTimedOut,
    /// A half of `replica.lag.time.max.ms` is over.
    IsrCheckDue,
    /// `replica.high.watermark.checkpoint.interval.ms` is over.
    CheckpointDue,
    /// The log of a partition of `__consumer_offsets` or `__transaction_state` has been read.
    CoordinatorLoadDue,
    /// The in-sync replicas know of a group's change: answer who has asked for it.
    AnswersSatisfied(RequestId),
    /// They do not for too long.
    AnswersExpired(RequestId),
}

impl ReplicaManager {
    /// A broker that knows nothing of its cluster yet.
    pub fn new(config: Arc<ClusterConfig>) -> Self {
        Self { config, ..Self::default() }
    }

    /// The partition's state, if it is led here.
    pub fn leader(&self, tp: &TopicPartition) -> Option<&LeaderState> {
        self.leaders.get(tp).map(|state| &**state)
    }

    /// Whether the partition's records are copied from its leader to here.
    pub fn follows(&self, tp: &TopicPartition) -> bool {
        self.fetchers.values().any(|fetcher| fetcher.partitions.contains_key(tp))
    }

    /// What is led here.
    pub fn leaders(&self) -> impl ExactSizeIterator<Item = (&TopicPartition, &LeaderState)> {
        self.leaders.iter().map(|(tp, state)| (tp, &**state))
    }

    /// Who is asked for records, and from where on.
    pub fn fetchers(&self) -> impl ExactSizeIterator<Item = (BrokerId, &Fetcher)> {
        self.fetchers.iter().map(|(leader, fetcher)| (*leader, &**fetcher))
    }

    /// A produce that waits for replicas.
    pub fn held_produces(&self) -> impl ExactSizeIterator<Item = (RequestId, &HeldProduce)> {
        self.held_produces.iter().map(|(id, held)| (*id, &**held))
    }

    /// Followers' fetches that wait for records.
    pub fn held_fetches(&self) -> impl ExactSizeIterator<Item = (RequestId, &HeldFollowerFetch)> {
        self.held_fetches.iter().map(|(id, held)| (*id, &**held))
    }

    /// The next moment at which something is to do.
    pub(crate) fn next_timer(&self) -> Option<(Time, ReplicaTimer)> {
        let produces = self.held_produces.iter().map(|(id, held)| held.timer(*id));
        let fetches = self.held_fetches.iter().map(|(id, held)| held.timer(*id));
        let fetchers = self.fetchers.iter().filter_map(|(leader, fetcher)| fetcher.timer(*leader));
        let channel = self.isr_channel.next_timer().map(|at| match self.isr_channel.until {
            Some(_) => (at, ReplicaTimer::AlterPartitionTimedOut),
            None => (at, ReplicaTimer::AlterPartitionDue),
        });
        let check = self.isr_check.map(|at| (at, ReplicaTimer::IsrCheckDue));
        let checkpoint = self.checkpoint_due.map(|at| (at, ReplicaTimer::CheckpointDue));
        let load = self.loading.values().min().map(|at| (*at, ReplicaTimer::CoordinatorLoadDue));
        let all = produces.chain(fetches).chain(fetchers).chain(channel).chain(check).chain(checkpoint);
        let answers = self.held_answers.iter().map(|(id, held)| held.timer(*id));
        all.chain(load).chain(answers).min()
    }
}

/// A moment has come.
pub(crate) fn timer(broker: &Broker, now: Time, timer: ReplicaTimer) -> Outcome {
    let Some(replicas) = broker.replicas() else { return Outcome::default() };
    match timer {
        ReplicaTimer::ProduceSatisfied(id) | ReplicaTimer::ProduceExpired(id) => {
            delayed_produce::answer(replicas, id)
        }
        ReplicaTimer::FetchSatisfied(id) | ReplicaTimer::FetchExpired(id) => {
            follower_fetch::answer_held(broker, replicas, now, id)
        }
        ReplicaTimer::FetchDue(leader) => fetcher::send(broker, replicas, now, leader),
        ReplicaTimer::FetchTimedOut(leader) => follower::failed(replicas, now, leader),
        ReplicaTimer::AlterPartitionDue => isr::send(broker, replicas, now),
        ReplicaTimer::AlterPartitionTimedOut => isr::answered(broker, now, None),
        ReplicaTimer::IsrCheckDue => isr::check(broker, replicas, now),
        ReplicaTimer::CheckpointDue => {
            Outcome { events: vec![ReplicaEvent::HighWatermarksCheckpointed.into()], ..Outcome::default() }
        }
        ReplicaTimer::AnswersSatisfied(id) | ReplicaTimer::AnswersExpired(id) => {
            held_answers::give(replicas, id)
        }
        ReplicaTimer::CoordinatorLoadDue => coordinator::loaded(broker, replicas, now),
    }
}

/// What was asked of another node is answered, or failed.
pub(crate) fn reply(
    broker: &Broker,
    now: Time,
    from: BrokerId,
    call: Call,
    response: Option<&Response>,
) -> Outcome {
    let Some(replicas) = broker.replicas() else { return Outcome::default() };
    match call {
        Call::AlterPartition => isr::answered(broker, now, response),
        Call::Fetch(number) => {
            if !replicas.fetchers.get(&from).is_some_and(|fetcher| fetcher.waits_for(number)) {
                // The fetcher has been given up since.
                return Outcome::default();
            }
            match response {
                Some(Response::FollowerFetch(answer)) => follower::answered(broker, now, from, answer),
                _ => follower::failed(replicas, now, from),
            }
        }
        _ => Outcome::default(),
    }
}

impl Broker {
    /// The epoch of a broker's registration, as far as the controller's log was read.
    fn epoch_of(&self, id: BrokerId) -> BrokerEpoch {
        let registrations = self.member().map(|member| member.registrations());
        registrations.and_then(|known| known.get(&id)).map_or(BrokerEpoch::NONE, |known| known.broker_epoch)
    }
}

impl From<ReplicaTimer> for Timer {
    fn from(timer: ReplicaTimer) -> Timer {
        Timer::Replica(timer)
    }
}
