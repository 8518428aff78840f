//! What each event changes. Nothing here can fail, draw, or read a clock.

use super::event::{ConsumerEvent, Polled};
use super::polled::epoch_before;
use super::state::{
    BlockingCommit, Buffered, Closing, Consumer, Held, Member, MemberState, PartitionState, Pending,
    Position, Raised,
};
use crate::assignor::RebalanceProtocol;
use crate::consumer::Purpose;
use millrace_model::protocol::Assignment;
use millrace_model::{Generation, MemberId, Set, Time, TopicName, TopicPartition};
use std::sync::Arc;

impl Member {
    /// SyncGroup has succeeded.
    fn synced(&mut self) {
        self.state = MemberState::Stable;
        self.rejoin_needed = false;
        self.rejoin_reason = "".into();
        self.failures = 0;
        self.not_before = Time::ZERO;
        self.held = None;
    }
}

impl Consumer {
    /// Takes an event that `decide` gave.
    pub fn apply(&mut self, event: &ConsumerEvent) {
        match event {
            ConsumerEvent::Subscribed { topics } => {
                self.subscription = topics.clone();
                self.pattern = None;
            }
            ConsumerEvent::PatternSubscribed { pattern } => self.pattern = Some(pattern.clone()),
            ConsumerEvent::PatternMatched { topics } => self.subscription = topics.clone(),
            ConsumerEvent::PollStarted { at } => {
                self.clock = *at;
                self.in_poll = true;
            }
            ConsumerEvent::Requested { .. } => self.apply_requested(event),
            ConsumerEvent::Answered { correlation, at }
            | ConsumerEvent::Disconnected { correlation, at, .. } => {
                self.clock = *at;
                self.pending.remove(correlation);
            }
            ConsumerEvent::MetadataUpdated { .. } | ConsumerEvent::MetadataWanted { .. } => {
                self.apply_metadata(event)
            }
            ConsumerEvent::CoordinatorFound { .. }
            | ConsumerEvent::CoordinatorNotFound { .. }
            | ConsumerEvent::CoordinatorMarkedUnknown { .. } => self.apply_coordinator(event),
            ConsumerEvent::RejoinRequested { .. }
            | ConsumerEvent::MemberIdAssigned { .. }
            | ConsumerEvent::JoinPrepareStarted
            | ConsumerEvent::JoinPrepareFinished
            | ConsumerEvent::GroupJoined { .. }
            | ConsumerEvent::JoinAnswerHeld { .. }
            | ConsumerEvent::AssignmentHeld { .. }
            | ConsumerEvent::AssignmentMismatched { .. }
            | ConsumerEvent::AssignmentComputed { .. }
            | ConsumerEvent::JoinFailed { .. }
            | ConsumerEvent::GenerationReset { .. } => self.apply_membership(event),
            ConsumerEvent::HeartbeatAcknowledged { at } => {
                self.heartbeat.last_acknowledged = Some(*at);
                self.heartbeat.session_deadline = *at + self.config.session_timeout;
                self.heartbeat.failures = 0;
            }
            ConsumerEvent::HeartbeatFailed { retry_at, .. } => {
                self.heartbeat.next_at = *retry_at;
                self.heartbeat.failures = self.heartbeat.failures.saturating_add(1);
            }
            ConsumerEvent::UserDataSet { data } => self.user_data = Some(data.clone()),
            ConsumerEvent::Membership(event) => self.apply_membership_event(event),
            ConsumerEvent::PollTimeoutExpired { at } => self.clock = *at,
            ConsumerEvent::PartitionsRevoked { partitions, .. }
            | ConsumerEvent::PartitionsLost { partitions, .. } => self.give_up(partitions),
            ConsumerEvent::PartitionsAssigned { generation, partitions, assignment, at } => {
                self.membership.joined_generation = *generation;
                self.membership.joined_member = self.membership.id.clone();
                self.apply_assigned(partitions, assignment, *at);
            }
            ConsumerEvent::CommittedOffsetsFetched { offsets } => {
                self.offset_fetch_failures = 0;
                for (tp, offset) in offsets {
                    self.change(tp, |p| p.committed = Some(*offset));
                }
            }
            ConsumerEvent::OffsetFetchFailed { retry_at, .. } => {
                self.offset_fetch_not_before = *retry_at;
                self.offset_fetch_failures = self.offset_fetch_failures.saturating_add(1);
            }
            ConsumerEvent::PositionResetNeeded { tp, why } => {
                self.change(tp, |p| p.position = Position::AwaitingReset(*why))
            }
            ConsumerEvent::PartitionRetryScheduled { tp, retry_at, .. } => self.change(tp, |p| {
                p.retry_at = *retry_at;
                p.failures = p.failures.saturating_add(1);
            }),
            ConsumerEvent::NoOffsetForTime { tp, retry_at } => self.change(tp, |p| p.retry_at = *retry_at),
            ConsumerEvent::PositionReset { tp, offset, .. } => {
                self.change(tp, |p| {
                    p.position = Position::At(*offset);
                    p.leader_epoch = None;
                    p.failures = 0;
                    p.retry_at = Time::ZERO;
                });
                self.buffer.retain(|buffered| buffered.tp != *tp);
            }
            ConsumerEvent::Fetched { tp, from, batches, high_watermark } => {
                self.change(tp, |p| {
                    p.high_watermark = Some(*high_watermark);
                    p.failures = 0;
                });
                if let Some(last) = batches.last() {
                    let (tp, from, end) = (tp.clone(), *from, last.next_offset());
                    self.buffer.push_back(Buffered { tp, from, end, batches: batches.clone() });
                }
            }
            ConsumerEvent::ReadReplicaChanged { tp, replica, until } => {
                self.change(tp, |p| p.read_replica = replica.map(|replica| (replica, *until)));
            }
            ConsumerEvent::FetchDiscarded { .. } | ConsumerEvent::CommitOvertaken { .. } => {}
            ConsumerEvent::PollReturned { polled, at } => {
                self.leave_poll(*at);
                self.take(polled);
            }
            ConsumerEvent::ErrorRaised { error, exception, message } => {
                self.raised = Some(Raised { error: *error, exception, message: message.clone() })
            }
            ConsumerEvent::PollFailed { at, .. } => {
                self.raised = None;
                self.leave_poll(*at);
            }
            ConsumerEvent::AutoCommitScheduled { at } => self.auto_commit_at = *at,
            ConsumerEvent::CommitStarted { .. }
            | ConsumerEvent::CommitQueued { .. }
            | ConsumerEvent::CommitSent { .. }
            | ConsumerEvent::CommitRetryScheduled { .. }
            | ConsumerEvent::OffsetsCommitted { .. }
            | ConsumerEvent::CommitFailed { .. } => self.apply_commit(event),
            ConsumerEvent::Paused { partitions } => {
                partitions.iter().for_each(|tp| self.change(tp, |p| p.paused = true))
            }
            ConsumerEvent::Resumed { partitions } => {
                partitions.iter().for_each(|tp| self.change(tp, |p| p.paused = false))
            }
            ConsumerEvent::CloseStarted { deadline } => {
                self.in_poll = false;
                self.closing = Some(Closing { deadline: *deadline, committed: false, left: false });
            }
            ConsumerEvent::CloseLeft => {
                if let Some(closing) = &mut self.closing {
                    closing.left = true;
                }
            }
            ConsumerEvent::Closed => {
                self.closed = true;
                self.pending.clear();
                self.commit = None;
            }
        }
    }

    fn apply_requested(&mut self, event: &ConsumerEvent) {
        let ConsumerEvent::Requested { correlation, to, purpose, at, deadline } = event else { return };
        self.clock = *at;
        self.next_correlation = correlation.0.saturating_add(1);
        match purpose {
            Purpose::JoinGroup => {
                self.membership.state = MemberState::PreparingRebalance;
                self.membership.joined_subscription = Some(self.subscription.clone());
                self.heartbeat.enabled = false;
            }
            Purpose::Heartbeat => {
                self.heartbeat.last_sent = Some(*at);
                self.heartbeat.next_at = *at + self.config.heartbeat_interval;
            }
            Purpose::ConsumerGroupHeartbeat { leaves } => {
                self.apply_membership_heartbeat(*correlation, *leaves, *at);
            }
            _ => {}
        }
        let pending = Pending {
            to: *to,
            purpose: purpose.clone(),
            deadline: *deadline,
            generation: self.membership.generation,
            member: self.membership.id.clone(),
        };
        self.pending.insert(*correlation, pending);
    }

    fn apply_metadata(&mut self, event: &ConsumerEvent) {
        let metadata = &mut self.metadata;
        match event {
            ConsumerEvent::MetadataUpdated { cluster, topics, at, refresh_at } => {
                metadata.cluster = cluster.clone();
                metadata.topics = Some(topics.clone());
                metadata.updated_at = *at;
                metadata.failures =
                    if refresh_at.is_some() { metadata.failures.saturating_add(1) } else { 0 };
                metadata.refresh_at = Some(refresh_at.unwrap_or(*at + self.config.metadata_max_age));
            }
            ConsumerEvent::MetadataWanted { not_before } => {
                let known = metadata.refresh_at.unwrap_or(*not_before);
                metadata.refresh_at = Some(known.min(*not_before));
                // Another broker is asked next time.
                metadata.failures = metadata.failures.saturating_add(1);
            }
            _ => {}
        }
    }

    fn apply_coordinator(&mut self, event: &ConsumerEvent) {
        match event {
            ConsumerEvent::CoordinatorFound { broker, at } => {
                self.coordinator.broker = Some(*broker);
                self.coordinator.failures = 0;
                self.heartbeat.session_deadline = *at + self.config.session_timeout;
            }
            ConsumerEvent::CoordinatorNotFound { retry_at, .. } => {
                self.coordinator.not_before = *retry_at;
                self.coordinator.failures = self.coordinator.failures.saturating_add(1);
            }
            ConsumerEvent::CoordinatorMarkedUnknown { retry_at, .. } => {
                self.coordinator.broker = None;
                self.coordinator.not_before = *retry_at;
            }
            _ => {}
        }
    }

    fn apply_membership(&mut self, event: &ConsumerEvent) {
        let eager = self.rebalance_protocol() == RebalanceProtocol::Eager;
        let member = &mut self.membership;
        match event {
            ConsumerEvent::RejoinRequested { reason } => {
                member.rejoin_needed = true;
                member.rejoin_reason = reason.clone();
            }
            ConsumerEvent::MemberIdAssigned { member: id } => {
                member.id = id.clone();
                member.generation = Generation::NONE;
                member.held = None;
            }
            ConsumerEvent::JoinPrepareStarted => {
                member.prepare_started = true;
                self.partitions.values_mut().for_each(|p| p.pending_revocation = eager);
            }
            ConsumerEvent::JoinPrepareFinished => {
                member.prepare_started = false;
                member.needs_join_prepare = false;
                member.leader = false;
                member.members = None;
            }
            ConsumerEvent::JoinAnswerHeld { answer, sent } => {
                member.held = Some(Held::Join(answer.clone(), sent.clone()));
            }
            ConsumerEvent::AssignmentHeld { assignment } => {
                member.synced();
                member.held = Some(Held::Sync(assignment.clone()));
            }
            ConsumerEvent::AssignmentMismatched { generation, at } => {
                self.clock = *at;
                member.synced();
                member.joined_generation = *generation;
                member.joined_member = member.id.clone();
                member.needs_join_prepare = true;
            }
            ConsumerEvent::GroupJoined { generation, member: id, protocol, members, skip_assignment, at } => {
                member.held = None;
                member.skip_assignment = *skip_assignment;
                member.state = MemberState::CompletingRebalance;
                member.generation = *generation;
                member.id = id.clone();
                member.protocol = protocol.clone();
                member.leader = members.is_some();
                member.members = members.clone();
                member.snapshot = None;
                self.heartbeat.enabled = true;
                self.heartbeat.next_at = *at + self.config.heartbeat_interval;
                self.heartbeat.session_deadline = *at + self.config.session_timeout;
                self.heartbeat.poll_deadline = *at + self.config.max_poll_interval;
                self.heartbeat.failures = 0;
            }
            ConsumerEvent::AssignmentComputed { snapshot, .. } => member.snapshot = Some(snapshot.clone()),
            ConsumerEvent::JoinFailed { retry_at, .. } => {
                if member.state != MemberState::Unjoined {
                    member.state = MemberState::PreparingRebalance;
                }
                member.held = None;
                member.rejoin_needed = true;
                member.not_before = *retry_at;
                member.failures = member.failures.saturating_add(1);
            }
            ConsumerEvent::GenerationReset { reason, member_id_too } => {
                member.state = MemberState::Unjoined;
                member.generation = Generation::NONE;
                member.protocol = "".into();
                member.held = None;
                if *member_id_too {
                    member.id = MemberId::unknown();
                }
                member.rejoin_needed = true;
                member.rejoin_reason = reason.clone();
                member.needs_join_prepare = true;
                self.heartbeat.enabled = false;
            }
            _ => {}
        }
    }

    fn apply_assigned(&mut self, added: &[TopicPartition], assignment: &[TopicPartition], at: Time) {
        let member = &mut self.membership;
        member.synced();
        member.needs_join_prepare = true;
        if self.pattern.is_some() {
            // The leader may know of topics that fit the pattern and were not heard of here (`maybeUpdateJoinedSubscription`).
            let joined: &[TopicName] = member.joined_subscription.as_deref().unwrap_or_default();
            let given = assignment.iter().map(|tp| &tp.topic).filter(|topic| !joined.contains(topic));
            let new: Set<TopicName> = given.cloned().collect();
            if !new.is_empty() {
                let with = |topics: &[TopicName]| -> Arc<[TopicName]> {
                    let all: Set<TopicName> = topics.iter().chain(&new).cloned().collect();
                    all.into_iter().collect()
                };
                member.joined_subscription = Some(with(joined));
                self.subscription = with(&self.subscription);
            }
        }
        let given = Assignment { partitions: assignment.to_vec(), user_data: None };
        for (assignor, memory) in &mut self.assignors {
            if assignor.name() == &*member.protocol {
                memory.on_assignment(&given, member.generation);
            }
        }
        self.auto_commit_at = at + self.config.auto_commit_interval;
        self.offset_fetch_not_before = Time::ZERO;
        for tp in added {
            self.partitions.insert(tp.clone(), PartitionState::new());
        }
        self.order.extend(assignment.iter().filter(|tp| added.contains(tp)).cloned());
        self.buffer.retain(|buffered| !added.contains(&buffered.tp));
    }

    fn apply_commit(&mut self, event: &ConsumerEvent) {
        match event {
            ConsumerEvent::CommitStarted { kind, offsets, deadline } => {
                if let Some(closing) = &mut self.closing {
                    closing.committed = true;
                }
                self.commit = Some(BlockingCommit {
                    kind: *kind,
                    offsets: offsets.clone(),
                    deadline: *deadline,
                    not_before: Time::ZERO,
                    attempts: 0,
                    in_flight: false,
                });
            }
            ConsumerEvent::CommitQueued { kind, offsets } => {
                self.queued_commits.push((*kind, offsets.clone()));
            }
            ConsumerEvent::CommitSent { kind, offsets } => {
                match self.commit.as_mut().filter(|commit| commit.kind == *kind) {
                    Some(commit) => commit.in_flight = true,
                    None => self.queued_commits.retain(|(k, o)| (k, o) != (kind, offsets)),
                }
            }
            ConsumerEvent::CommitRetryScheduled { kind, retry_at, .. } => {
                if let Some(commit) = self.commit.as_mut().filter(|commit| commit.kind == *kind) {
                    commit.in_flight = false;
                    commit.not_before = *retry_at;
                    commit.attempts = commit.attempts.saturating_add(1);
                }
            }
            ConsumerEvent::OffsetsCommitted { kind, offsets } => {
                for (tp, offset) in offsets.iter() {
                    self.change(tp, |p| p.committed = Some(Some(*offset)));
                }
                self.commit.take_if(|commit| commit.kind == *kind);
            }
            ConsumerEvent::CommitFailed { kind, offsets, .. } => {
                self.queued_commits.retain(|(k, o)| (k, o) != (kind, offsets));
                self.commit.take_if(|commit| commit.kind == *kind);
            }
            _ => {}
        }
    }

    fn change(&mut self, tp: &TopicPartition, change: impl FnOnce(&mut PartitionState)) {
        if let Some(state) = self.partitions.get_mut(tp) {
            change(state);
        }
    }

    fn give_up(&mut self, partitions: &[TopicPartition]) {
        for tp in partitions {
            self.partitions.remove(tp);
        }
        let owned = &self.partitions;
        self.order.retain(|tp| owned.contains_key(tp));
        self.buffer.retain(|buffered| owned.contains_key(&buffered.tp));
    }

    fn leave_poll(&mut self, at: Time) {
        self.clock = at;
        self.in_poll = false;
        self.last_poll = Some(at);
        self.heartbeat.poll_deadline = at + self.config.max_poll_interval;
    }

    /// Moves positions past what was returned, and the buffer with them.
    fn take(&mut self, polled: &Polled) {
        for part in &polled.records {
            let epoch = epoch_before(&part.batches, part.to);
            self.change(&part.tp, |p| {
                p.position = Position::At(part.to);
                p.leader_epoch = epoch;
            });
            for buffered in self.buffer.iter_mut().filter(|buffered| buffered.tp == part.tp) {
                buffered.from = part.to;
            }
            self.order.retain(|tp| *tp != part.tp);
            self.order.push(part.tp.clone());
        }
        self.buffer.retain(|buffered| buffered.from < buffered.end);
    }
}
