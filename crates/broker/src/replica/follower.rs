//! A follower takes in what its leader has answered (`AbstractFetcherThread.processFetchRequest`,
//! `ReplicaFetcherThread.processPartitionData`).

use super::fetcher::BACKOFF;
use super::truncation::truncation_offset;
use super::{FetchState, ReplicaEvent, ReplicaManager, Throttled, quota};
use crate::{Broker, Event, LogChange, Outcome, PartitionLog};
use millrace_model::protocol::{FollowerFetchResponse, FollowerFetchedPartition};
use millrace_model::{BrokerId, ErrorCode, Offset, Time, TopicPartition};

/// The leader has answered.
pub(super) fn answered(
    broker: &Broker,
    now: Time,
    leader: BrokerId,
    response: &FollowerFetchResponse,
) -> Outcome {
    let Some(fetcher) = broker.replicas().and_then(|replicas| replicas.fetchers.get(&leader)) else {
        return Outcome::default();
    };
    let mut events = Vec::new();
    let mut partitions = Vec::new();
    for fetched in &response.partitions {
        let tp = &fetched.tp;
        let (Some(state), Some(log)) = (fetcher.partitions.get(tp), broker.log(tp)) else { continue };
        // Another leadership, or another position, has begun since the request.
        let is_of_it = fetched.asked.0 == state.fetch_offset
            && fetched.asked.1 == state.current_leader_epoch
            && state.fetch_offset == log.log_end_offset();
        if !is_of_it || state.failed {
            continue;
        }
        if let Some(next) = take(now, fetched, state, log, &mut events) {
            partitions.push((tp.clone(), next));
        }
    }
    events.extend(quota::counted(broker, now, &response.partitions, Throttled::Follower));
    events.push(ReplicaEvent::FetchTaken { leader, at: now, partitions }.into());
    Outcome { events, ..Outcome::default() }
}

/// Takes in one partition's answer; gives how it goes on, if that is another way than before.
fn take(
    now: Time,
    fetched: &FollowerFetchedPartition,
    state: &FetchState,
    log: &PartitionLog,
    events: &mut Vec<Event>,
) -> Option<FetchState> {
    let tp = &fetched.tp;
    match fetched.error {
        ErrorCode::None => {}
        ErrorCode::OffsetOutOfRange => return Some(out_of_range(now, fetched, state, log, events)),
        // The leader is ahead: it is of no use to ask again before the controller's log has told why.
        ErrorCode::FencedLeaderEpoch => return Some(FetchState { failed: true, ..state.clone() }),
        _ => return Some(FetchState { delayed_until: Some(now + BACKOFF), ..state.clone() }),
    }
    if let Some(diverging) = fetched.diverging_epoch {
        let to = truncation_offset(log, diverging);
        return Some(truncated(now, tp, state, log, to, events));
    }
    if let Some(first) = fetched.batches.first() {
        if let Some(reason) = log.should_roll_for(&fetched.batches, now.timestamp()) {
            let change = LogChange::SegmentRolled { base_offset: first.base_offset, reason };
            events.push(Event::LogChanged { tp: tp.clone(), at: now, change });
        }
        let batches = fetched.batches.clone();
        events.push(ReplicaEvent::RecordsCopied { tp: tp.clone(), at: now, batches }.into());
    }
    let last = fetched.batches.last();
    let end = last.map_or(log.log_end_offset(), |last| last.next_offset());
    let (from, to) = (log.high_watermark(), fetched.high_watermark.min(end));
    if to > from {
        events.push(ReplicaEvent::HighWatermarkLearnt { tp: tp.clone(), at: now, from, to }.into());
    }
    let start = fetched.log_range.0;
    if start > log.log_start_offset() && start <= to.max(from) {
        events.push(ReplicaEvent::LogStartFollowed { tp: tp.clone(), to: start }.into());
    }
    let is_held_back = state.delayed_until.is_some();
    let is_caught_up = end >= fetched.high_watermark;
    (last.is_some() || is_held_back || is_caught_up != state.is_caught_up).then(|| FetchState {
        fetch_offset: end,
        is_caught_up,
        last_fetched_epoch: last.map(|last| last.leader_epoch).or(state.last_fetched_epoch),
        delayed_until: None,
        ..state.clone()
    })
}

/// Takes back what the leader does not have.
fn truncated(
    now: Time,
    tp: &TopicPartition,
    state: &FetchState,
    log: &PartitionLog,
    to: Offset,
    events: &mut Vec<Event>,
) -> FetchState {
    let mut after = log.clone();
    after.truncate_to(to, now.timestamp());
    let from = log.log_end_offset();
    let records = (log.record_count() as u64).saturating_sub(after.record_count() as u64);
    events.push(ReplicaEvent::Truncated { tp: tp.clone(), at: now, from, to, records }.into());
    FetchState {
        fetch_offset: after.log_end_offset(),
        last_fetched_epoch: after.latest_epoch(),
        delayed_until: None,
        ..state.clone()
    }
}

/// What was asked for lies outside of the leader's log (`fetchOffsetAndTruncate`): the follower has more than the leader, or
/// the leader has deleted what comes next.
fn out_of_range(
    now: Time,
    fetched: &FollowerFetchedPartition,
    state: &FetchState,
    log: &PartitionLog,
    events: &mut Vec<Event>,
) -> FetchState {
    let (start, end) = fetched.log_range;
    let own_end = log.log_end_offset();
    if end < own_end {
        return truncated(now, &fetched.tp, state, log, end, events);
    }
    if start > own_end {
        let tp = fetched.tp.clone();
        events.push(ReplicaEvent::TruncatedFully { tp, at: now, to: start }.into());
        return FetchState {
            fetch_offset: start,
            last_fetched_epoch: None,
            delayed_until: None,
            ..state.clone()
        };
    }
    FetchState { last_fetched_epoch: log.latest_epoch(), delayed_until: None, ..state.clone() }
}

/// The leader cannot be reached, or is silent: all its partitions wait for `replica.fetch.backoff.ms`.
pub(super) fn failed(replicas: &ReplicaManager, now: Time, leader: BrokerId) -> Outcome {
    let Some(fetcher) = replicas.fetchers.get(&leader) else { return Outcome::default() };
    let delayed = |(tp, state): (&TopicPartition, &FetchState)| {
        (tp.clone(), FetchState { delayed_until: Some(now + BACKOFF), ..state.clone() })
    };
    let waiting = fetcher.partitions.iter().filter(|(_, state)| !state.failed);
    let partitions = waiting.map(delayed).collect();
    Outcome {
        events: vec![ReplicaEvent::FetchTaken { leader, at: now, partitions }.into()],
        ..Outcome::default()
    }
}
