//! What the picture reads of a consumer.

use super::event::{CommitKind, Purpose};
use super::membership::MembershipState;
use super::state::{Consumer, MemberState, Position};
use super::timers::ConsumerTimer;
use crate::producer::ConsumerGroupMetadata;
use millrace_model::config::consumer::ConsumerConfig;
use millrace_model::protocol::JoinedMember;
use millrace_model::{
    BrokerId, ClientId, ClusterMetadata, Generation, GroupEpoch, GroupId, MemberId, Offset, Time, TopicName,
    TopicPartition,
};
use std::fmt;
use std::sync::Arc;

/// How a consumer stands to its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Membership {
    /// Not a member (`UNJOINED`).
    Unjoined,
    /// JoinGroup is out, or will be tried again (`PREPARING_REBALANCE`).
    Joining,
    /// Joined, the assignment is awaited (`COMPLETING_REBALANCE`).
    Syncing,
    /// A member with an assignment (`STABLE`).
    Stable,
    /// Out of the group, without having noticed in a poll: it still believes in its partitions.
    Lost,
}

impl fmt::Display for Membership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Membership::Unjoined => "unjoined",
            Membership::Joining => "joining",
            Membership::Syncing => "syncing",
            Membership::Stable => "stable",
            Membership::Lost => "lost",
        })
    }
}

impl Consumer {
    /// How it stands to its group.
    pub fn membership(&self) -> Membership {
        if let Some(state) = self.membership_state() {
            return match state {
                MembershipState::Reconciling | MembershipState::Acknowledging | MembershipState::Stable => {
                    Membership::Stable
                }
                MembershipState::Joining => Membership::Joining,
                _ if !self.partitions.is_empty() => Membership::Lost,
                _ => Membership::Unjoined,
            };
        }
        match self.membership.state {
            MemberState::Unjoined if !self.partitions.is_empty() => Membership::Lost,
            MemberState::Unjoined => Membership::Unjoined,
            MemberState::PreparingRebalance => Membership::Joining,
            MemberState::CompletingRebalance => Membership::Syncing,
            MemberState::Stable => Membership::Stable,
        }
    }

    /// Where it is in the consumer protocol; `None` under the classic one.
    pub fn membership_state(&self) -> Option<MembershipState> {
        self.manager.as_ref().map(|manager| manager.state)
    }

    /// The epoch that it has reached in the consumer protocol; `None` under the classic one.
    pub fn member_epoch(&self) -> Option<GroupEpoch> {
        self.manager.as_ref().map(|manager| manager.epoch)
    }

    /// `client.id`.
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// `group.id`.
    pub fn group(&self) -> &GroupId {
        &self.group
    }

    /// Its settings.
    pub fn config(&self) -> &ConsumerConfig {
        &self.config
    }

    /// The member id; empty before the coordinator has given one, and after it is lost.
    pub fn member_id(&self) -> &MemberId {
        &self.membership.id
    }

    /// The generation; `NONE` outside a group.
    pub fn generation(&self) -> Generation {
        self.membership.generation
    }

    /// `groupMetadata`: who reads, for a producer that sends offsets into its transaction. It is what the last assignment came
    /// with, also when the member has been put out of its group since: so that the group refuses the offsets.
    pub fn group_metadata(&self) -> ConsumerGroupMetadata {
        ConsumerGroupMetadata {
            group: self.group.clone(),
            generation: self.membership.joined_generation,
            member: self.membership.joined_member.clone(),
            group_instance_id: self.group_instance_id.clone(),
        }
    }

    /// True if this member assigns for the group.
    pub fn is_leader(&self) -> bool {
        self.membership.leader
    }

    /// The members that this leader has to assign to; none if it is not the leader, or has nothing to assign.
    pub fn joined_members(&self) -> Option<&[JoinedMember]> {
        self.membership.members.as_deref().filter(|_| !self.membership.skip_assignment)
    }

    /// Why the next poll joins again, if it does and there is a reason.
    pub fn rejoin_reason(&self) -> Option<&str> {
        let member = &self.membership;
        (member.rejoin_needed && !member.rejoin_reason.is_empty()).then_some(&*member.rejoin_reason)
    }

    /// The topics subscribed to, sorted.
    pub fn subscription(&self) -> &[TopicName] {
        &self.subscription
    }

    /// What it believes to own, sorted.
    pub fn assignment(&self) -> impl Iterator<Item = &TopicPartition> {
        self.partitions.keys()
    }

    /// How far the position of an assigned partition is known.
    pub fn position_state(&self, tp: &TopicPartition) -> Option<Position> {
        self.partitions.get(tp).map(|partition| partition.position)
    }

    /// The next offset to return.
    pub fn position(&self, tp: &TopicPartition) -> Option<Offset> {
        match self.position_state(tp)? {
            Position::At(offset) => Some(offset),
            Position::Initializing | Position::AwaitingReset(_) => None,
        }
    }

    /// The last committed offset that it knows of.
    pub fn committed(&self, tp: &TopicPartition) -> Option<Offset> {
        self.partitions.get(tp)?.committed?
    }

    /// The high watermark of the last fetch; the last stable offset for a `read_committed` reader.
    pub fn high_watermark(&self, tp: &TopicPartition) -> Option<Offset> {
        self.partitions.get(tp)?.high_watermark
    }

    /// True if the application has paused the partition.
    pub fn is_paused(&self, tp: &TopicPartition) -> bool {
        self.partitions.get(tp).is_some_and(|partition| partition.paused)
    }

    /// True between `Poll` and `PollReturned` or `PollFailed`.
    pub fn is_in_poll(&self) -> bool {
        self.in_poll
    }

    /// True if an empty poll could return now: nothing is raised, and no commit of a rebalance runs.
    pub fn may_leave_poll(&self) -> bool {
        self.in_poll && self.commit.is_none() && self.raised.is_none()
    }

    /// True if its next step in poll is to give partitions up, before which a callback could commit.
    pub(crate) fn is_about_to_revoke(&self) -> bool {
        let owns = !self.partitions.is_empty() && self.may_leave_poll();
        match self.manager.as_ref().filter(|_| owns) {
            Some(manager) => self.partitions.keys().any(|tp| manager.is_about_to_revoke(tp)),
            None => owns && self.is_due(ConsumerTimer::JoinPrepare, self.clock),
        }
    }

    /// True from the moment at which it has to join (again) until it has its assignment.
    pub fn is_rebalancing(&self) -> bool {
        self.membership.state != MemberState::Stable || self.membership.rejoin_needed
    }

    /// When poll returned last.
    pub fn last_poll(&self) -> Option<Time> {
        self.last_poll
    }

    /// Until when the application has to poll again; none inside poll or outside a group.
    pub fn poll_deadline(&self) -> Option<Time> {
        (self.heartbeat.enabled && !self.in_poll).then_some(self.heartbeat.poll_deadline)
    }

    /// When the last heartbeat was sent.
    pub fn last_heartbeat(&self) -> Option<Time> {
        self.heartbeat.last_sent
    }

    /// When the last heartbeat was acknowledged.
    pub fn last_acknowledged_heartbeat(&self) -> Option<Time> {
        self.heartbeat.last_acknowledged
    }

    /// Until when a heartbeat has to be acknowledged; none outside a group.
    pub fn session_deadline(&self) -> Option<Time> {
        self.heartbeat.enabled.then_some(self.heartbeat.session_deadline)
    }

    /// The group's coordinator, if known.
    pub fn coordinator(&self) -> Option<BrokerId> {
        self.coordinator.broker
    }

    /// What it knows of the cluster.
    pub fn metadata(&self) -> &Arc<ClusterMetadata> {
        &self.metadata.cluster
    }

    /// Records fetched and not returned yet.
    pub fn buffered_records(&self) -> usize {
        self.buffer
            .iter()
            .flat_map(|buffered| {
                buffered.batches.iter().map(|batch| batch.count_from(batch.base_offset.max(buffered.from)))
            })
            .fold(0, usize::saturating_add)
    }

    /// The commit that the application is blocked on.
    pub fn blocking_commit(&self) -> Option<CommitKind> {
        self.commit.as_ref().map(|commit| commit.kind)
    }

    /// When the next poll commits by itself; none without `enable.auto.commit`.
    pub fn next_auto_commit(&self) -> Option<Time> {
        self.config.enable_auto_commit.then_some(self.auto_commit_at)
    }

    /// Requests without a reply so far.
    pub fn requests_in_flight(&self) -> impl Iterator<Item = (BrokerId, &Purpose)> {
        self.pending.values().map(|pending| (pending.to, &pending.purpose))
    }

    /// True between `Close` and `Closed`.
    pub fn is_closing(&self) -> bool {
        self.closing.is_some() && !self.closed
    }

    /// True after `Closed`.
    pub fn is_closed(&self) -> bool {
        self.closed
    }
}
