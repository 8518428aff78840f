//! One member of a consumer group (`ConsumerGroupMember`, `MemberState`).

use millrace_model::{ClientId, GroupEpoch, MemberId, Span, Time, TopicName, TopicPartition};
use std::fmt;
use std::sync::Arc;

/// How far a member is on its way to the target assignment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MemberState {
    /// It has what the target of its epoch gives it.
    #[default]
    Stable,
    /// It was asked to give partitions up and has not said that it did.
    UnrevokedPartitions,
    /// It waits for partitions that others still own.
    UnreleasedPartitions,
}

impl fmt::Display for MemberState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            MemberState::Stable => "STABLE",
            MemberState::UnrevokedPartitions => "UNREVOKED_PARTITIONS",
            MemberState::UnreleasedPartitions => "UNRELEASED_PARTITIONS",
        })
    }
}

/// What a member tells of itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MemberSubscription {
    /// `group.instance.id` of a static member.
    pub group_instance_id: Option<Arc<str>>,
    /// `client.rack`.
    pub rack: Option<Arc<str>>,
    /// `client.id`.
    pub client_id: ClientId,
    /// Where it runs.
    pub client_host: Arc<str>,
    /// What it subscribes to, sorted.
    pub subscribed_topic_names: Arc<[TopicName]>,
    /// `group.remote.assignor`: its vote.
    pub server_assignor: Option<Arc<str>>,
    /// `max.poll.interval.ms`: how long it may take to give partitions up.
    pub rebalance_timeout: Span,
}

impl Default for MemberSubscription {
    fn default() -> MemberSubscription {
        MemberSubscription {
            group_instance_id: None,
            rack: None,
            client_id: ClientId::new(""),
            client_host: "".into(),
            subscribed_topic_names: Arc::default(),
            server_assignor: None,
            rebalance_timeout: Span::ZERO,
        }
    }
}

/// A member, as the coordinator knows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerGroupMember {
    /// Its id: 22 characters of base64.
    pub id: MemberId,
    /// What it has told of itself.
    pub subscription: Arc<MemberSubscription>,
    /// The epoch that it has reached; [`GroupEpoch::LEAVE_STATIC`] while a static member is away.
    pub epoch: GroupEpoch,
    /// The one before: the answer that told it the present one may have been lost.
    pub previous_epoch: GroupEpoch,
    /// How far it is.
    pub state: MemberState,
    /// What it owns or may take, sorted.
    pub assigned: Arc<[TopicPartition]>,
    /// What it owns and shall give up, sorted.
    pub pending_revocation: Arc<[TopicPartition]>,
    /// When it last gave a sign of life.
    pub last_heartbeat: Time,
    /// When it is out without another one (`group.consumer.session.timeout.ms`).
    pub session_deadline: Time,
    /// When it is out if it has not given up what it shall.
    pub rebalance_deadline: Option<Time>,
}

impl ConsumerGroupMember {
    /// Somebody that the coordinator has never heard of (`ConsumerGroupMember.Builder(memberId)`).
    pub(super) fn new(id: MemberId) -> ConsumerGroupMember {
        ConsumerGroupMember {
            id,
            subscription: Arc::default(),
            epoch: GroupEpoch::JOIN,
            previous_epoch: GroupEpoch::JOIN,
            state: MemberState::Stable,
            assigned: Arc::default(),
            pending_revocation: Arc::default(),
            last_heartbeat: Time::ZERO,
            session_deadline: Time::ZERO,
            rebalance_deadline: None,
        }
    }

    /// Is it where the target of that epoch wants it?
    pub fn is_reconciled_to(&self, assignment_epoch: GroupEpoch) -> bool {
        self.state == MemberState::Stable && self.epoch == assignment_epoch
    }

    /// Everything that nobody else may have yet: what it may read and what it still has to give up.
    pub fn held(&self) -> impl Iterator<Item = &TopicPartition> {
        self.assigned.iter().chain(self.pending_revocation.iter())
    }
}
