//! What a member of the consumer protocol knows of its membership (`AbstractMembershipManager`, `MemberState`).

use crate::Correlation;
use millrace_model::{GroupEpoch, Span, TopicName, TopicPartition};
use std::fmt;
use std::sync::Arc;

/// Where a member is, under Kafka's names (`MemberState`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MembershipState {
    /// No member: never joined, or left.
    #[default]
    Unsubscribed,
    /// Its first heartbeat is out, or due.
    Joining,
    /// It has a new target and gives up and takes what is needed for it; it reads on meanwhile.
    Reconciling,
    /// It has reached the target and has to say so.
    Acknowledging,
    /// It has what the coordinator wants it to have.
    Stable,
    /// The coordinator has put it out: it gives everything up as lost and joins again.
    Fenced,
    /// It is about to leave: callbacks run.
    PrepareLeaving,
    /// Everything is given up; the last heartbeat is due.
    Leaving,
    /// An error that no retry helps against. It stays so.
    Fatal,
    /// It left by itself because the application did not poll; the next poll joins again.
    Stale,
}

impl MembershipState {
    /// True where no heartbeat is sent (`shouldSkipHeartbeat`).
    pub(super) fn skips_heartbeat(self) -> bool {
        match self {
            MembershipState::Unsubscribed
            | MembershipState::Fatal
            | MembershipState::Stale
            | MembershipState::Fenced => true,
            MembershipState::Joining
            | MembershipState::Reconciling
            | MembershipState::Acknowledging
            | MembershipState::Stable
            | MembershipState::PrepareLeaving
            | MembershipState::Leaving => false,
        }
    }

    /// True where a heartbeat does not wait for its interval (`shouldHeartbeatNow`).
    pub(super) fn heartbeats_now(self) -> bool {
        matches!(self, MembershipState::Acknowledging | MembershipState::Leaving | MembershipState::Joining)
    }

    pub(super) fn is_leaving(self) -> bool {
        matches!(self, MembershipState::PrepareLeaving | MembershipState::Leaving)
    }

    /// True where a new assignment is taken in.
    pub(super) fn takes_assignment(self) -> bool {
        matches!(
            self,
            MembershipState::Joining
                | MembershipState::Stable
                | MembershipState::Reconciling
                | MembershipState::Acknowledging
        )
    }
}

impl fmt::Display for MembershipState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            MembershipState::Unsubscribed => "UNSUBSCRIBED",
            MembershipState::Joining => "JOINING",
            MembershipState::Reconciling => "RECONCILING",
            MembershipState::Acknowledging => "ACKNOWLEDGING",
            MembershipState::Stable => "STABLE",
            MembershipState::Fenced => "FENCED",
            MembershipState::PrepareLeaving => "PREPARE_LEAVING",
            MembershipState::Leaving => "LEAVING",
            MembershipState::Fatal => "FATAL",
            MembershipState::Stale => "STALE",
        })
    }
}

/// An assignment with a number of the member's own: two that are equal but came one after the other are told apart
/// (`LocalAssignment`). The number is none for no assignment at all, which is not the same as an empty one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::consumer) struct LocalAssignment {
    pub epoch: Option<u64>,
    pub partitions: Arc<[TopicPartition]>,
}

impl LocalAssignment {
    /// `updateWith`: the next one, if it is another.
    pub fn updated_with(&self, partitions: &[TopicPartition]) -> Option<LocalAssignment> {
        let epoch = match self.epoch {
            Some(_) if *self.partitions == *partitions => return None,
            Some(epoch) => epoch.saturating_add(1),
            None => 0,
        };
        Some(LocalAssignment { epoch: Some(epoch), partitions: partitions.into() })
    }
}

/// What the last heartbeat told, to leave out what has not changed (`HeartbeatState.SentFields`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::consumer) struct SentFields {
    pub rebalance_timeout: Option<Span>,
    pub topics: Option<Arc<[TopicName]>>,
    pub server_assignor: Option<Arc<str>>,
    pub assignment: Option<LocalAssignment>,
}

/// See the module. The member's id stands with the classic protocol's, in `Consumer::membership`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::consumer) struct MembershipManager {
    pub state: MembershipState,
    pub epoch: GroupEpoch,
    /// What it has reconciled itself to.
    pub current: LocalAssignment,
    /// What the coordinator wants.
    pub target: LocalAssignment,
    /// The target that is being reconciled: commit first, then give up, then take.
    pub reconciling: Option<LocalAssignment>,
    pub sent: SentFields,
    /// `group.consumer.heartbeat.interval.ms`, as the coordinator said; 0 before.
    pub heartbeat_interval: Span,
    pub in_flight: Option<Correlation>,
}

impl MembershipManager {
    /// True while the coordinator may count it in.
    pub fn is_in_group(&self) -> bool {
        !self.state.skips_heartbeat()
    }

    /// True if the way to its target begins with giving `tp` up.
    pub fn is_about_to_revoke(&self, tp: &TopicPartition) -> bool {
        let goal = self.reconciling.as_ref().unwrap_or(&self.target);
        self.state == MembershipState::Reconciling && goal.partitions.binary_search(tp).is_err()
    }
}
