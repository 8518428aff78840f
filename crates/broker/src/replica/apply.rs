//! What happened to replicas, taken in.

use super::coordinator;
use super::{
    FetchState, FollowerState, LeaderState, ProposalFate, ReplicaEvent, ReplicaManager, Throttled,
    high_watermark,
};
use crate::{Broker, TRANSACTION_STATE};
use millrace_model::{ErrorCode, LeaderEpoch, Offset, Span, StoredBatch, Time, TopicPartition};
use std::sync::Arc;

/// `replica.high.watermark.checkpoint.interval.ms`.
const CHECKPOINT_INTERVAL: Span = Span::from_secs(5);

/// The next beat of a rhythm that goes from the broker's start on.
fn beat(after: Time, every: Span) -> Time {
    let every = every.0.max(1);
    Time((after.0 / every).saturating_add(1).saturating_mul(every))
}

impl ReplicaManager {
    fn half_lag(&self) -> Span {
        Span(self.config.replica_lag_time_max.0 / 2)
    }

    fn leader_mut(&mut self, tp: &TopicPartition) -> Option<&mut LeaderState> {
        self.leaders.get_mut(tp).map(Arc::make_mut)
    }

    /// No proposal is under way any more.
    fn settle_isr(&mut self, tp: &TopicPartition) {
        self.isr_channel.forget(tp);
        if let Some(leader) = self.leader_mut(tp) {
            leader.pending = None;
        }
    }

    /// Nothing is copied any more.
    fn stop_fetching(&mut self, tp: &TopicPartition) {
        for fetcher in self.fetchers.values_mut() {
            if fetcher.partitions.contains_key(tp) {
                Arc::make_mut(fetcher).partitions.remove(tp);
            }
        }
        // An idle fetcher is shut down; what it has asked is no longer waited for.
        self.fetchers.retain(|_, fetcher| !fetcher.partitions.is_empty());
    }

    /// Who waits at a partition whose leadership has changed is answered at once.
    fn leadership_changed(&mut self, tp: &TopicPartition, at: Time) {
        for held in self.held_fetches.values_mut() {
            if held.satisfied.is_none() && held.positions.contains_key(tp) {
                Arc::make_mut(held).satisfied = Some(at);
            }
        }
    }

    /// There is more to copy.
    fn appended(&mut self, tp: &TopicPartition, at: Time, end: Offset) {
        for held in self.held_fetches.values_mut() {
            let waits = held.positions.get(tp).is_some_and(|position| end > position.fetch_offset);
            if held.satisfied.is_none() && waits {
                Arc::make_mut(held).satisfied = Some(at);
            }
        }
    }

    /// Held produces hear how far the high watermark is, or that the leadership has ended.
    fn tell_produces(
        &mut self,
        tp: &TopicPartition,
        at: Time,
        to: Result<Offset, ErrorCode>,
        is_enough: bool,
    ) {
        for held in self.held_produces.values_mut() {
            if held.partitions.iter().any(|reply| reply.answer.tp == *tp && reply.required.is_some()) {
                Arc::make_mut(held).hear(tp, at, to, is_enough);
            }
        }
    }

    fn checkpoint_later(&mut self, at: Time) {
        if self.checkpoint_due.is_none() {
            self.checkpoint_due = Some(beat(at, CHECKPOINT_INTERVAL));
        }
    }
}

/// A leader has appended: its followers have something to copy. Says whether readers have to wait for the high watermark.
pub(crate) fn appended(broker: &mut Broker, tp: &TopicPartition, stored: &StoredBatch) -> bool {
    let is_replicated = broker.partition(tp).is_some_and(|partition| partition.info.replicas.len() > 1);
    if let Some(replicas) = broker.replicas_mut() {
        replicas.checkpoint_later(stored.appended_at);
        if is_replicated {
            replicas.appended(tp, stored.appended_at, stored.next_offset());
        }
    }
    is_replicated
}

/// Takes an event in.
pub(crate) fn apply(broker: &mut Broker, event: &ReplicaEvent) {
    match event {
        ReplicaEvent::LeaderStarted { tp, at, leader_epoch, epoch_start } => {
            start_leading(broker, tp, *at, *leader_epoch, *epoch_start);
        }
        ReplicaEvent::LeaderUpdated { tp, .. } => update_leader(broker, tp),
        ReplicaEvent::FollowerStarted { tp, at, leader, leader_epoch, fetch_offset } => {
            let last_fetched_epoch = broker.log(tp).and_then(|log| log.latest_epoch());
            stop(broker, tp, *at, ErrorCode::NotLeaderOrFollower);
            if let (Some(replicas), Some(leader)) = (broker.replicas_mut(), leader) {
                let state = FetchState {
                    fetch_offset: *fetch_offset,
                    current_leader_epoch: *leader_epoch,
                    last_fetched_epoch,
                    delayed_until: None,
                    failed: false,
                    is_caught_up: false,
                };
                let fetcher = replicas.fetchers.entry(*leader).or_default();
                Arc::make_mut(fetcher).partitions.insert(tp.clone(), state);
            }
        }
        ReplicaEvent::ReplicaStopped { tp, at } => {
            stop(broker, tp, *at, ErrorCode::NotLeaderOrFollower);
            if let Some(replicas) = broker.replicas_mut() {
                replicas.checkpoints.remove(tp);
            }
            if let Some(topic) = broker.topic_mut(&tp.topic) {
                topic.forget_log(tp.partition);
            }
        }
        ReplicaEvent::HighWatermarkIncremented { tp, at, from, to } => {
            move_high_watermark(broker, tp, *at, *from, *to)
        }
        ReplicaEvent::HighWatermarkLearnt { tp, at, from, to } => {
            broker.change_log(tp, |log| log.set_high_watermark(*to));
            tell_readers(broker, tp, *at, *from, *to);
            if let Some(replicas) = broker.replicas_mut() {
                replicas.checkpoint_later(*at);
            }
        }
        ReplicaEvent::RecordsCopied { tp, at, batches } => {
            broker.change_log(tp, |log| log.append_as_follower(batches));
            broker.look_after(tp, *at);
        }
        ReplicaEvent::Truncated { tp, at, to, .. } => {
            broker.change_log(tp, |log| {
                let _ = log.truncate_to(*to, at.timestamp());
            });
        }
        ReplicaEvent::TruncatedFully { tp, at, to } => {
            broker.change_log(tp, |log| log.truncate_fully_and_start_at(*to, at.timestamp()));
        }
        ReplicaEvent::LogStartFollowed { tp, to } => {
            broker.change_log(tp, |log| {
                let _ = log.maybe_increment_log_start_offset(*to);
            });
        }
        ReplicaEvent::IsrAltered { tp, to, partition_epoch, .. } => {
            if let Some(topic) = broker.topic_mut(&tp.topic) {
                topic.alter_isr(tp.partition, to, *partition_epoch);
            }
            if let Some(replicas) = broker.replicas_mut() {
                replicas.settle_isr(tp);
            }
        }
        ReplicaEvent::HighWatermarksCheckpointed => checkpoint(broker),
        ReplicaEvent::CoordinatorLoading { .. }
        | ReplicaEvent::CoordinatorLoaded { .. }
        | ReplicaEvent::TxnCoordinatorLoaded { .. }
        | ReplicaEvent::CoordinatorUnloaded { .. } => coordinator::apply(broker, event),
        of_manager => {
            if let Some(replicas) = broker.replicas_mut() {
                apply_to_manager(replicas, of_manager);
            }
        }
    }
}

fn apply_to_manager(replicas: &mut ReplicaManager, event: &ReplicaEvent) {
    match event {
        ReplicaEvent::FollowerFetched { tp, follower, state } => {
            if let Some(leader) = replicas.leader_mut(tp) {
                leader.followers.insert(*follower, *state);
            }
        }
        ReplicaEvent::IsrProposed { tp, pending, .. } => {
            if let Some(leader) = replicas.leader_mut(tp) {
                leader.pending = Some(pending.clone());
                replicas.isr_channel.unsent.insert(tp.clone());
            }
        }
        ReplicaEvent::IsrProposalFailed { tp, fate, .. } => match fate {
            ProposalFate::Dropped => replicas.settle_isr(tp),
            ProposalFate::Stuck => replicas.isr_channel.forget(tp),
            ProposalFate::Repeated => drop(replicas.isr_channel.unsent.insert(tp.clone())),
        },
        ReplicaEvent::AlterPartitionSent { until, .. } => replicas.isr_channel.sent(*until),
        ReplicaEvent::AlterPartitionAnswered { retry_at, .. } => replicas.isr_channel.answered(*retry_at),
        ReplicaEvent::IsrChecked { at } => {
            let leads = replicas.leaders.values().any(|leader| !leader.followers.is_empty());
            replicas.isr_check = leads.then(|| beat(*at, replicas.half_lag()));
        }
        ReplicaEvent::ProduceHeld { request, held } => {
            replicas.held_produces.insert(*request, Arc::new(held.clone()));
        }
        ReplicaEvent::AnswersHeld { held } => {
            if let Some((first, _)) = held.replies.first() {
                replicas.held_answers.insert(*first, Arc::new(held.clone()));
            }
        }
        ReplicaEvent::AnswersReleased { request } => drop(replicas.held_answers.remove(request)),
        ReplicaEvent::ProduceReleased { request } => drop(replicas.held_produces.remove(request)),
        ReplicaEvent::FollowerFetchHeld { request, held } => {
            replicas.held_fetches.insert(*request, Arc::new(held.clone()));
        }
        ReplicaEvent::FollowerFetchAnswered { request, .. } => drop(replicas.held_fetches.remove(request)),
        ReplicaEvent::FetchSent { leader, number, until } => {
            replicas.fetches_sent = number.saturating_add(1);
            if let Some(fetcher) = replicas.fetchers.get_mut(leader) {
                Arc::make_mut(fetcher).in_flight = Some((*number, *until));
            }
        }
        ReplicaEvent::FetchTaken { leader, partitions, .. } => {
            if let Some(fetcher) = replicas.fetchers.get_mut(leader).map(Arc::make_mut) {
                fetcher.in_flight = None;
                for (tp, state) in partitions {
                    if let Some(of) = fetcher.partitions.get_mut(tp) {
                        of.clone_from(state);
                    }
                }
            }
        }
        ReplicaEvent::ThrottledBytes { side: Throttled::Leader, at, bytes } => {
            replicas.leader_quota.record(*at, *bytes);
        }
        ReplicaEvent::ThrottledBytes { side: Throttled::Follower, at, bytes } => {
            replicas.follower_quota.record(*at, *bytes);
        }
        ReplicaEvent::FetchThrottled { leader, until, partitions } => {
            if let Some(fetcher) = replicas.fetchers.get_mut(leader).map(Arc::make_mut) {
                for tp in partitions {
                    if let Some(of) = fetcher.partitions.get_mut(tp) {
                        of.delayed_until = Some(*until);
                    }
                }
            }
        }
        _ => {}
    }
}

/// Whoever waits at a partition that is not led here any more is answered at once; nothing is copied.
fn stop(broker: &mut Broker, tp: &TopicPartition, at: Time, error: ErrorCode) {
    broker.wake_readers(tp, at);
    if let Some(replicas) = broker.replicas_mut() {
        replicas.settle_isr(tp);
        replicas.leaders.remove(tp);
        replicas.stop_fetching(tp);
        replicas.leadership_changed(tp, at);
        replicas.tell_produces(tp, at, Err(error), false);
        replicas.tell_answers(tp, at, Err(error));
    }
}

fn start_leading(
    broker: &mut Broker,
    tp: &TopicPartition,
    at: Time,
    leader_epoch: LeaderEpoch,
    epoch_start: Offset,
) {
    broker.change_log(tp, |log| log.assign_epoch_start(leader_epoch, epoch_start));
    // Whoever waits here believes in another epoch.
    broker.wake_readers(tp, at);
    let Some(info) = broker.partition(tp).map(|partition| partition.info.clone()) else { return };
    let id = broker.id();
    let Some(replicas) = broker.replicas_mut() else { return };
    replicas.settle_isr(tp);
    replicas.stop_fetching(tp);
    replicas.leadership_changed(tp, at);
    let old = replicas.leaders.remove(tp);
    let of = |follower| {
        let is_in_sync = info.isr.contains(follower);
        let known = old.as_ref().and_then(|old| old.followers.get(follower));
        let state = match known {
            Some(known) => known.begin_again(at, is_in_sync, epoch_start),
            None => FollowerState::begin(at, is_in_sync),
        };
        (*follower, state)
    };
    let followers = info.replicas.iter().filter(|replica| **replica != id).map(of).collect();
    let state = LeaderState { leader_epoch, epoch_start, followers, pending: None };
    if !state.followers.is_empty() && replicas.isr_check.is_none() {
        replicas.isr_check = Some(beat(at, replicas.half_lag()));
    }
    replicas.leaders.insert(tp.clone(), Arc::new(state));
}

/// Replicas come and go, in-sync replicas are what the controller says; a proposal that was under way is over.
fn update_leader(broker: &mut Broker, tp: &TopicPartition) {
    let Some(info) = broker.partition(tp).map(|partition| partition.info.clone()) else { return };
    let id = broker.id();
    let Some(replicas) = broker.replicas_mut() else { return };
    replicas.settle_isr(tp);
    if let Some(leader) = replicas.leader_mut(tp) {
        leader.followers.retain(|follower, _| info.replicas.contains(follower));
        for replica in info.replicas.iter().filter(|replica| **replica != id) {
            leader.followers.entry(*replica).or_insert_with(|| FollowerState::begin(Time::ZERO, false));
        }
        let has_followers = !leader.followers.is_empty();
        if has_followers && replicas.isr_check.is_none() {
            // It is looked at in the broker's rhythm from now on.
            replicas.isr_check = Some(Time::ZERO);
        }
    }
}

fn move_high_watermark(broker: &mut Broker, tp: &TopicPartition, at: Time, from: Offset, to: Offset) {
    broker.change_log(tp, |log| log.set_high_watermark(to));
    let Some(partition) = broker.partition(tp) else { return };
    let isr = partition.info.isr.clone();
    let min_isr = high_watermark::effective_min_isr(broker, tp, partition);
    if partition.info.replicas.len() > 1 {
        tell_readers(broker, tp, at, from, to);
    }
    if tp.topic.as_str() == TRANSACTION_STATE {
        broker.txn.hear(tp, at, to, &mut broker.timers);
    }
    if let Some(replicas) = broker.replicas_mut() {
        let in_sync = replicas.leader(tp).map_or(isr.len(), |leader| leader.maximal_isr_size(&isr));
        replicas.checkpoint_later(at);
        replicas.tell_produces(tp, at, Ok(to), in_sync >= min_isr);
        replicas.tell_answers(tp, at, Ok(to));
    }
}

/// Whoever waits at a partition sees what the high watermark has passed.
fn tell_readers(broker: &mut Broker, tp: &TopicPartition, at: Time, from: Offset, to: Offset) {
    let Some(partition) = broker.partition(tp).filter(|_| broker.purgatory().is_watched(tp)) else { return };
    let passed = partition.log.batches_from(from).take_while(|stored| stored.next_offset() <= to);
    let passed: Vec<StoredBatch> = passed.cloned().collect();
    for stored in &passed {
        broker.tell_readers(tp, stored, at);
    }
}

/// Writes all high watermarks down.
fn checkpoint(broker: &mut Broker) {
    let id = broker.id();
    let mut all = millrace_model::Map::new();
    for (tp, registration) in broker.member().iter().flat_map(|member| member.partitions().iter()) {
        if registration.replicas.contains(&id)
            && let Some(log) = broker.log(tp)
        {
            all.insert(tp.clone(), log.high_watermark());
        }
    }
    if let Some(replicas) = broker.replicas_mut() {
        (replicas.checkpoints, replicas.checkpoint_due) = (all, None);
    }
}
