//! Takes changes into a group and keeps its deadlines.

use super::state::InitialDelay;
use super::{
    ConsumerGroup, ConsumerGroupChange, Group, GroupChange, GroupState, Member, RebalanceWait, RemovalReason,
};
use crate::Timer;
use crate::timer::Timers;
use millrace_model::protocol::Assignment;
use millrace_model::{MemberId, Time};
use std::sync::Arc;

/// The one protocol type of the engine (`ConsumerProtocol.PROTOCOL_TYPE`).
const CONSUMER: &str = "consumer";

impl Group {
    /// Takes a change in; `timers` are those of the broker.
    pub(crate) fn apply(&mut self, at: Time, change: &GroupChange, timers: &mut Timers) {
        match change {
            GroupChange::Created => self.state_since = at,
            GroupChange::JoinAnswered { member } => {
                let waited = self.member_mut(member).and_then(|member| member.awaiting_join.take());
                self.awaiting_join -= usize::from(waited.is_some());
            }
            GroupChange::MemberIdAssigned { member, pending_until } => {
                if let Some(until) = pending_until {
                    let old = self.pending.insert(member.clone(), *until);
                    timers.replace(old, Some(*until), || self.session_timer(member));
                }
            }
            GroupChange::MemberJoined { member } => self.add(member, timers),
            GroupChange::MemberRejoined {
                member,
                request,
                session_timeout,
                rebalance_timeout,
                protocols,
            } => {
                if let Some(member) = self.member_mut(member) {
                    let waited = member.awaiting_join.replace(*request).is_some();
                    member.session_timeout = *session_timeout;
                    member.rebalance_timeout = *rebalance_timeout;
                    member.protocols = Arc::clone(protocols);
                    self.awaiting_join += usize::from(!waited);
                }
            }
            GroupChange::StaticMemberReplaced { group_instance_id, old, new } => {
                self.replace_static(at, group_instance_id, old, new, timers);
            }
            GroupChange::MemberRemoved { member, reason } => {
                self.remove(member, timers);
                self.complete_early |= *reason == RemovalReason::SessionTimeout;
            }
            GroupChange::PendingMemberRemoved { member, reason } => {
                let old = self.pending.remove(member);
                timers.replace(old, None, || self.session_timer(member));
                self.complete_early |= *reason == RemovalReason::SessionTimeout;
            }
            GroupChange::HeartbeatReceived { member, session_deadline } => {
                self.alive(at, member, Some(*session_deadline), timers);
            }
            GroupChange::SessionSatisfied { member } => {
                let old = self.member_mut(member).and_then(|member| member.session_deadline.take());
                timers.replace(old, None, || self.session_timer(member));
            }
            GroupChange::RebalanceStarted { wait, .. } => {
                self.pending_sync.clear();
                self.set_sync_deadline(None, timers);
                match *wait {
                    RebalanceWait::ForCompany { until, delay, remaining } => {
                        self.set_initial_delay(Some(InitialDelay { until, delay, remaining }), timers);
                    }
                    RebalanceWait::ForMembers { until } => self.set_join_deadline(Some(until), timers),
                }
            }
            GroupChange::InitialDelayExtended { until, delay, remaining } => {
                self.new_member_added = false;
                let (until, delay, remaining) = (*until, *delay, *remaining);
                self.set_initial_delay(Some(InitialDelay { until, delay, remaining }), timers);
            }
            GroupChange::RebalanceExtended { until } => {
                self.set_initial_delay(None, timers);
                self.set_join_deadline(Some(*until), timers);
            }
            GroupChange::LeaderElected { leader } => self.leader = Some(leader.clone()),
            GroupChange::StateChanged { to, .. } => {
                self.previous_state = self.state;
                self.state = *to;
                self.state_since = at;
            }
            GroupChange::GenerationStarted { generation, protocol, leader, sync_until, .. } => {
                self.generation = *generation;
                self.protocol = protocol.clone();
                self.leader = leader.clone();
                self.new_member_added = false;
                self.complete_early = false;
                self.set_initial_delay(None, timers);
                self.set_join_deadline(None, timers);
                self.set_sync_deadline(*sync_until, timers);
                self.pending_sync = self.members.keys().cloned().collect();
                self.awaiting_join = 0;
                self.each_member(at, timers, |member| {
                    member.is_new = false;
                    member.awaiting_join = None;
                    true
                });
            }
            GroupChange::SyncReceived { member, request } => {
                self.pending_sync.remove(member);
                if let Some(member) = self.member_mut(member) {
                    member.awaiting_sync = Some(*request);
                }
            }
            GroupChange::AssignmentDistributed { assignments } => {
                for (id, assignment) in assignments {
                    if let Some(member) = self.member_mut(id) {
                        member.assignment = assignment.clone();
                    }
                }
                self.each_member(at, timers, |member| member.awaiting_sync.take().is_some());
            }
            GroupChange::AssignmentDropped => self.each_member(at, timers, |member| {
                member.assignment = Assignment::default();
                member.awaiting_sync.take().is_some()
            }),
            GroupChange::SyncAnswered { member } => drop(self.pending_sync.remove(member)),
            GroupChange::SyncPhaseEnded => self.set_sync_deadline(None, timers),
            GroupChange::OffsetsRemoved { partitions, .. } => {
                let all = Arc::make_mut(&mut self.offsets);
                let times = Arc::make_mut(&mut self.committed_at);
                for tp in partitions {
                    all.remove(tp);
                    times.remove(tp);
                }
            }
            // The broker drops it.
            GroupChange::Deleted => {}
            GroupChange::Consumer(change) => self.apply_consumer(at, change, timers),
            GroupChange::OffsetCommitted { offsets, .. } => {
                let all = Arc::make_mut(&mut self.offsets);
                let times = Arc::make_mut(&mut self.committed_at);
                for (tp, committed) in offsets {
                    all.insert(tp.clone(), committed.clone());
                    times.insert(tp.clone(), at);
                }
            }
            GroupChange::TxnOffsetsPending { producer_id, offsets } => {
                let pending = Arc::make_mut(&mut self.pending_txn_offsets).entry(*producer_id).or_default();
                pending.extend(offsets.iter().cloned());
            }
            GroupChange::TxnOffsetsEnded { producer_id, .. } => {
                Arc::make_mut(&mut self.pending_txn_offsets).remove(producer_id);
            }
        }
        self.see_whether_all_joined(at, timers);
    }

    /// A group changes its protocol only while it is empty: nothing of the other one but the offsets is left then.
    fn apply_consumer(&mut self, at: Time, change: &ConsumerGroupChange, timers: &mut Timers) {
        match change {
            ConsumerGroupChange::Created => {
                for (member, until) in std::mem::take(&mut self.pending) {
                    timers.replace(Some(until), None, || self.session_timer(&member));
                }
                let (offsets, committed_at) = (Arc::clone(&self.offsets), Arc::clone(&self.committed_at));
                let pending_txn_offsets = Arc::clone(&self.pending_txn_offsets);
                let new = Group::new(self.id.clone());
                *self = Group { state_since: at, offsets, committed_at, pending_txn_offsets, ..new };
                self.protocol_type = Some(CONSUMER.into());
                self.consumer = Some(Arc::new(ConsumerGroup::new(self.id.clone())));
            }
            ConsumerGroupChange::Dropped => self.consumer = None,
            ConsumerGroupChange::StateChanged { .. } => self.state_since = at,
            change => {
                if let Some(consumer) = &mut self.consumer {
                    Arc::make_mut(consumer).apply(at, change, timers);
                }
            }
        }
    }

    pub(super) fn member_mut(&mut self, id: &MemberId) -> Option<&mut Member> {
        self.members.get_mut(id).map(Arc::make_mut)
    }

    fn session_timer(&self, member: &MemberId) -> Timer {
        Timer::SessionTimeoutExpired(self.id.clone(), member.clone())
    }

    fn add(&mut self, member: &Arc<Member>, timers: &mut Timers) {
        let pending = self.pending.remove(&member.id);
        timers.replace(pending, member.session_deadline, || self.session_timer(&member.id));
        if self.members.is_empty() {
            self.protocol_type = Some(CONSUMER.into());
        }
        if self.state == GroupState::PreparingRebalance && self.previous_state == GroupState::Empty {
            self.new_member_added = true;
        }
        if let Some(instance) = &member.group_instance_id {
            self.static_members.insert(Arc::clone(instance), member.id.clone());
        }
        self.leader.get_or_insert_with(|| member.id.clone());
        self.awaiting_join += usize::from(member.awaiting_join.is_some());
        self.members.insert(member.id.clone(), Arc::clone(member));
    }

    fn remove(&mut self, id: &MemberId, timers: &mut Timers) {
        let Some(member) = self.members.remove(id) else {
            return;
        };
        timers.replace(member.session_deadline, None, || self.session_timer(id));
        self.awaiting_join -= usize::from(member.awaiting_join.is_some());
        if let Some(instance) = &member.group_instance_id {
            self.static_members.remove(instance);
        }
        if self.is_leader(id) {
            self.leader = self.members.keys().next().cloned();
        }
        self.pending_sync.remove(id);
    }

    fn replace_static(
        &mut self,
        at: Time,
        instance: &Arc<str>,
        old: &MemberId,
        new: &MemberId,
        timers: &mut Timers,
    ) {
        let Some(mut member) = self.members.remove(old) else {
            return;
        };
        timers.replace(member.session_deadline, None, || self.session_timer(old));
        self.awaiting_join -= usize::from(member.awaiting_join.is_some());
        let changed = Arc::make_mut(&mut member);
        changed.id = new.clone();
        changed.awaiting_join = None;
        changed.awaiting_sync = None;
        changed.is_new = false;
        changed.session_deadline = None;
        let deadline = at + member.session_timeout;
        self.members.insert(new.clone(), member);
        self.alive(at, new, Some(deadline), timers);
        if self.is_leader(old) {
            self.leader = Some(new.clone());
        }
        if self.pending_sync.remove(old) {
            self.pending_sync.insert(new.clone());
        }
        self.static_members.insert(Arc::clone(instance), new.clone());
    }

    fn alive(&mut self, at: Time, id: &MemberId, until: Option<Time>, timers: &mut Timers) {
        let Some(member) = self.member_mut(id) else {
            return;
        };
        member.last_heartbeat = at;
        let old = std::mem::replace(&mut member.session_deadline, until);
        timers.replace(old, until, || self.session_timer(id));
    }

    /// Changes every member; where `renews` says so, its session begins anew.
    fn each_member(&mut self, at: Time, timers: &mut Timers, renews: impl Fn(&mut Member) -> bool) {
        let group = &self.id;
        for (id, member) in &mut self.members {
            let member = Arc::make_mut(member);
            if renews(member) {
                let until = Some(at + member.session_timeout);
                let old = std::mem::replace(&mut member.session_deadline, until);
                timers.replace(old, until, || Timer::SessionTimeoutExpired(group.clone(), id.clone()));
            }
        }
    }

    fn set_sync_deadline(&mut self, until: Option<Time>, timers: &mut Timers) {
        let old = std::mem::replace(&mut self.sync_deadline, until);
        timers.replace(old, until, || Timer::SyncTimeoutExpired(self.id.clone()));
    }

    fn set_join_deadline(&mut self, until: Option<Time>, timers: &mut Timers) {
        let old = std::mem::replace(&mut self.join_deadline, until);
        timers.replace(old, until, || Timer::RebalanceTimeoutExpired(self.id.clone()));
    }

    fn set_initial_delay(&mut self, delay: Option<InitialDelay>, timers: &mut Timers) {
        let old = std::mem::replace(&mut self.initial_delay, delay).map(|delay| delay.until);
        let new = delay.map(|delay| delay.until);
        timers.replace(old, new, || Timer::InitialRebalanceDelayExpired(self.id.clone()));
    }

    /// Once everybody has joined there is nothing to wait for. A group that was empty waits for its delay all the
    /// same, except (as in Kafka) when a session expiry leaves only members that have joined.
    fn see_whether_all_joined(&mut self, at: Time, timers: &mut Timers) {
        let preparing = self.state == GroupState::PreparingRebalance;
        let all = preparing && self.has_all_members_joined();
        self.complete_early &= all;
        let initial = self.previous_state == GroupState::Empty;
        let new =
            if all && (!initial || self.complete_early) { self.join_completed.or(Some(at)) } else { None };
        let old = std::mem::replace(&mut self.join_completed, new);
        timers.replace(old, new, || Timer::JoinPhaseCompleted(self.id.clone()));
    }
}
