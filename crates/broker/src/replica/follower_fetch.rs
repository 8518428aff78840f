//! A leader answers its followers (`ReplicaManager.fetchMessages` with a replica id, `Partition.fetchRecords`): it notes how
//! far they are, compares epochs, gives what it has, or holds the request.

use super::truncation::diverging;
use super::{ReplicaEvent, ReplicaManager, ReplicaTimer, Throttled, isr, quota};
use crate::api::{check_epoch, led};
use crate::log::segments::FetchIsolation;
use crate::{Broker, Outcome, PartitionState, RequestId};
use millrace_model::protocol::{
    FollowerFetchPartition, FollowerFetchRequest, FollowerFetchResponse, FollowerFetchedPartition,
};
use millrace_model::{BrokerEpoch, BrokerId, ErrorCode, Map, Offset, Response, Time, TopicPartition};

/// A follower's fetch that waits for records.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HeldFollowerFetch {
    /// Whose.
    pub follower: BrokerId,
    /// Until when at most.
    pub until: Time,
    /// Set once there is something, or a partition has changed: it is answered at once.
    pub satisfied: Option<Time>,
    /// What was asked for.
    pub positions: Map<TopicPartition, FollowerFetchPartition>,
}

impl HeldFollowerFetch {
    pub(super) fn timer(&self, id: RequestId) -> (Time, ReplicaTimer) {
        match self.satisfied {
            Some(at) => (at, ReplicaTimer::FetchSatisfied(id)),
            None => (self.until, ReplicaTimer::FetchExpired(id)),
        }
    }
}

/// What a follower's fetch has found.
struct Read {
    partitions: Vec<FollowerFetchedPartition>,
    bytes: usize,
    records: usize,
    is_urgent: bool,
}

/// A follower fetches.
pub(crate) fn fetch(broker: &Broker, now: Time, from: RequestId, request: &FollowerFetchRequest) -> Outcome {
    let Some(replicas) = broker.replicas() else { return Outcome::default() };
    let is_stale = request.replica_epoch != BrokerEpoch::NONE
        && broker.epoch_of(request.replica) > request.replica_epoch;
    let by = (replicas, now, request.replica);
    let mut read = read_all(broker, by, request.max_bytes, request.partitions.iter());
    if is_stale {
        // A life before the present one still speaks.
        for fetched in &mut read.partitions {
            (fetched.error, fetched.diverging_epoch) = (ErrorCode::NotLeaderOrFollower, None);
            fetched.batches.clear();
        }
        read.is_urgent = true;
    }
    for fetched in &mut read.partitions {
        // It is not one of the replicas yet, as far as this broker knows.
        let knows = |leader: &super::LeaderState| leader.followers.contains_key(&request.replica);
        if fetched.error == ErrorCode::None && !replicas.leader(&fetched.tp).is_some_and(knows) {
            (fetched.error, fetched.diverging_epoch) = (ErrorCode::UnknownLeaderEpoch, None);
            fetched.batches.clear();
            read.is_urgent = true;
        }
    }
    let mut outcome = Outcome::default();
    for (position, fetched) in request.partitions.iter().zip(&read.partitions) {
        if fetched.error == ErrorCode::None && fetched.diverging_epoch.is_none() {
            note(broker, replicas, now, request, position, &mut outcome);
        }
    }
    let answer_now = request.max_wait == millrace_model::Span::ZERO
        || request.partitions.is_empty()
        || read.bytes >= request.min_bytes
        || read.is_urgent;
    if answer_now {
        outcome.events.extend(quota::counted(broker, now, &read.partitions, Throttled::Leader));
        read.answer(from, request.replica, false, &mut outcome);
        return outcome;
    }
    let held = HeldFollowerFetch {
        follower: request.replica,
        until: now + request.max_wait,
        satisfied: None,
        positions: request.partitions.iter().map(|p| (p.tp.clone(), p.clone())).collect(),
    };
    outcome.events.push(ReplicaEvent::FollowerFetchHeld { request: from, held }.into());
    outcome
}

/// Notes how far a follower is (`Partition.updateFollowerFetchState`): it may come in sync, the high watermark may rise.
fn note(
    broker: &Broker,
    replicas: &ReplicaManager,
    now: Time,
    request: &FollowerFetchRequest,
    position: &FollowerFetchPartition,
    outcome: &mut Outcome,
) {
    let tp = &position.tp;
    let (Some(leader), Some(partition)) = (replicas.leader(tp), broker.partition(tp)) else { return };
    let Some(before) = leader.followers.get(&request.replica) else { return };
    let ends = (position.log_start_offset, position.fetch_offset);
    let log_end = partition.log.log_end_offset();
    let state = before.fetched(now, ends, log_end, request.replica_epoch);
    let mut after = leader.clone();
    after.followers.insert(request.replica, state);
    let follower = request.replica;
    outcome.events.push(ReplicaEvent::FollowerFetched { tp: tp.clone(), follower, state }.into());
    if let Some(pending) = isr::expansion(broker, tp, partition, (&after, request.replica)) {
        after.pending = Some(pending.clone());
        outcome.events.push(ReplicaEvent::IsrProposed { tp: tp.clone(), at: now, pending }.into());
    }
    if before.log_end_offset != state.log_end_offset {
        let led =
            super::high_watermark::Led { tp, partition, state: &after, isr: &partition.info.isr, log_end };
        let moved = super::high_watermark::incremented(broker, replicas, now, &led);
        outcome.events.extend(moved.map(Into::into));
    }
}

/// Answers a held fetch with what is there now.
pub(super) fn answer_held(broker: &Broker, replicas: &ReplicaManager, now: Time, id: RequestId) -> Outcome {
    let Some(held) = replicas.held_fetches.get(&id) else { return Outcome::default() };
    let read = read_all(broker, (replicas, now, held.follower), 10 << 20, held.positions.values());
    let mut outcome = Outcome::default();
    outcome.events.extend(quota::counted(broker, now, &read.partitions, Throttled::Leader));
    read.answer(id, held.follower, true, &mut outcome);
    outcome
}

fn read_all<'a>(
    broker: &Broker,
    (replicas, now, follower): (&ReplicaManager, Time, BrokerId),
    max_bytes: usize,
    positions: impl Iterator<Item = &'a FollowerFetchPartition>,
) -> Read {
    let mut read = Read { partitions: Vec::new(), bytes: 0, records: 0, is_urgent: false };
    let mut left = max_bytes;
    for position in positions {
        let mut fetched = one(broker, position, left, read.bytes == 0);
        let tp = &position.tp;
        let is_in_sync = || broker.partition(tp).is_some_and(|p| p.info.isr.contains(&follower));
        if !fetched.batches.is_empty()
            && quota::has_to_wait(broker, replicas, now, tp, Throttled::Leader)
            && !is_in_sync()
        {
            fetched.batches.clear();
        }
        let bytes: usize = fetched.batches.iter().map(|stored| stored.batch.size_in_bytes).sum();
        read.records += fetched.batches.iter().map(|stored| stored.batch.len()).sum::<usize>();
        read.bytes = read.bytes.saturating_add(bytes);
        left = left.saturating_sub(bytes);
        read.is_urgent |= fetched.error != ErrorCode::None || fetched.diverging_epoch.is_some();
        read.partitions.push(fetched);
    }
    read
}

fn one(
    broker: &Broker,
    position: &FollowerFetchPartition,
    left: usize,
    min_one: bool,
) -> FollowerFetchedPartition {
    let mut fetched = FollowerFetchedPartition {
        tp: position.tp.clone(),
        error: ErrorCode::None,
        asked: (position.fetch_offset, position.current_leader_epoch),
        high_watermark: Offset(-1),
        log_range: (Offset(-1), Offset(-1)),
        diverging_epoch: None,
        batches: Vec::new(),
    };
    let partition = match led(broker, &position.tp) {
        Ok(partition) => partition,
        Err(error) => {
            fetched.error = error;
            return fetched;
        }
    };
    if let Err(error) = check_epoch(partition, Some(position.current_leader_epoch)) {
        fetched.error = error;
        return fetched;
    }
    read_from(partition, position, left, min_one, &mut fetched);
    fetched
}

fn read_from(
    partition: &PartitionState,
    position: &FollowerFetchPartition,
    left: usize,
    min_one: bool,
    fetched: &mut FollowerFetchedPartition,
) {
    let log = &partition.log;
    let (start, end) = (log.log_start_offset(), log.log_end_offset());
    fetched.high_watermark = log.high_watermark();
    fetched.log_range = (start, end);
    let from = position.fetch_offset;
    if let Some(epoch) = position.last_fetched_epoch {
        match diverging(log, epoch, from) {
            Err(_) => fetched.error = ErrorCode::OffsetOutOfRange,
            Ok(_) if from < start => fetched.error = ErrorCode::OffsetOutOfRange,
            Ok(diverging) => fetched.diverging_epoch = diverging,
        }
    }
    if fetched.error == ErrorCode::None && fetched.diverging_epoch.is_none() && (from < start || from > end) {
        fetched.error = ErrorCode::OffsetOutOfRange;
    }
    if fetched.error == ErrorCode::None && fetched.diverging_epoch.is_none() {
        let most = left.min(position.partition_max_bytes);
        fetched.batches = log.read(from, FetchIsolation::LogEnd, most, min_one).batches;
    }
}

impl Read {
    fn answer(self, to: RequestId, follower: BrokerId, was_held: bool, outcome: &mut Outcome) {
        outcome.events.push(
            ReplicaEvent::FollowerFetchAnswered {
                request: to,
                follower,
                was_held,
                records: self.records as u64,
                bytes: self.bytes as u64,
            }
            .into(),
        );
        let response = FollowerFetchResponse { partitions: self.partitions };
        outcome.replies.push((to, Response::FollowerFetch(Box::new(response))));
    }
}
