//! A classic group: its state, its members, what they have committed (`ClassicGroup`).

use super::{ConsumerGroup, Member};
use millrace_model::protocol::CommittedOffset;
use millrace_model::{Generation, GroupId, Map, MemberId, ProducerId, Set, Span, Time, TopicPartition};
use std::fmt;
use std::sync::Arc;

/// The states of a classic group, under Kafka's names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupState {
    /// No members; committed offsets may be there.
    #[default]
    Empty,
    /// Waits for members to join (again).
    PreparingRebalance,
    /// The generation is settled; waits for the leader's assignment.
    CompletingRebalance,
    /// Everybody knows what to read.
    Stable,
    /// Being removed.
    Dead,
}

impl fmt::Display for GroupState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            GroupState::Empty => "Empty",
            GroupState::PreparingRebalance => "PreparingRebalance",
            GroupState::CompletingRebalance => "CompletingRebalance",
            GroupState::Stable => "Stable",
            GroupState::Dead => "Dead",
        })
    }
}

/// The wait of a group that was empty for more members (`group.initial.rebalance.delay.ms`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InitialDelay {
    /// When it is looked at again.
    pub until: Time,
    /// How long this round of waiting is.
    pub delay: Span,
    /// How much of the rebalance timeout is left for further rounds.
    pub remaining: Span,
}

/// Positions of open transactions, by producer and partition.
pub(super) type PendingTxnOffsets = Arc<Map<ProducerId, Map<TopicPartition, CommittedOffset>>>;

/// A group. Members are in the order of their ids (Kafka: in that of a hash table).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Group {
    pub(super) id: GroupId,
    pub(super) state: GroupState,
    pub(super) previous_state: GroupState,
    pub(super) state_since: Time,
    pub(super) generation: Generation,
    pub(super) protocol_type: Option<Arc<str>>,
    pub(super) protocol: Option<Arc<str>>,
    pub(super) leader: Option<MemberId>,
    pub(super) members: Map<MemberId, Arc<Member>>,
    pub(super) static_members: Map<Arc<str>, MemberId>,
    pub(super) pending: Map<MemberId, Time>,
    pub(super) pending_sync: Set<MemberId>,
    pub(super) awaiting_join: usize,
    pub(super) new_member_added: bool,
    pub(super) initial_delay: Option<InitialDelay>,
    pub(super) join_deadline: Option<Time>,
    pub(super) join_completed: Option<Time>,
    pub(super) complete_early: bool,
    pub(super) sync_deadline: Option<Time>,
    pub(super) offsets: Arc<Map<TopicPartition, CommittedOffset>>,
    /// When each was committed.
    pub(super) committed_at: Arc<Map<TopicPartition, Time>>,
    /// What open transactions have written, by producer (`pendingTransactionalOffsets`).
    pub(super) pending_txn_offsets: PendingTxnOffsets,
    /// The group under the consumer protocol; what belongs to the classic one is then as in an empty group.
    pub(super) consumer: Option<Arc<ConsumerGroup>>,
}

impl Group {
    pub(crate) fn new(id: GroupId) -> Group {
        Group {
            id,
            state: GroupState::Empty,
            previous_state: GroupState::Empty,
            state_since: Time::ZERO,
            generation: Generation(0),
            protocol_type: None,
            protocol: None,
            leader: None,
            members: Map::new(),
            static_members: Map::new(),
            pending: Map::new(),
            pending_sync: Set::new(),
            awaiting_join: 0,
            new_member_added: false,
            initial_delay: None,
            join_deadline: None,
            join_completed: None,
            complete_early: false,
            sync_deadline: None,
            offsets: Arc::default(),
            committed_at: Arc::default(),
            pending_txn_offsets: Arc::default(),
            consumer: None,
        }
    }

    /// `group.id`.
    pub fn id(&self) -> &GroupId {
        &self.id
    }

    /// Where it is in its life.
    pub fn state(&self) -> GroupState {
        self.state
    }

    /// Since when it is in that state.
    pub fn state_since(&self) -> Time {
        self.state_since
    }

    /// The number of its last rebalance.
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// `consumer`, once somebody has joined; `None` for a group that only commits.
    pub fn protocol_type(&self) -> Option<&str> {
        self.protocol_type.as_deref()
    }

    /// The assignor of this generation.
    pub fn protocol(&self) -> Option<&str> {
        self.protocol.as_deref()
    }

    /// The member that assigns.
    pub fn leader(&self) -> Option<&MemberId> {
        self.leader.as_ref()
    }

    /// Its members, in the order of their ids.
    pub fn members(&self) -> impl ExactSizeIterator<Item = &Member> {
        self.members.values().map(|member| &**member)
    }

    /// One member.
    pub fn member(&self, id: &MemberId) -> Option<&Member> {
        self.members.get(id).map(|member| &**member)
    }

    /// Who was given an id and has not joined with it yet, each with the moment at which it is forgotten (KIP-394).
    pub fn pending_members(&self) -> impl ExactSizeIterator<Item = (&MemberId, Time)> {
        self.pending.iter().map(|(id, until)| (id, *until))
    }

    /// Who has not asked for its assignment in this generation.
    pub fn pending_sync(&self) -> &Set<MemberId> {
        &self.pending_sync
    }

    /// How long a group that was empty still waits for company.
    pub fn initial_delay(&self) -> Option<InitialDelay> {
        self.initial_delay
    }

    /// When members that have not joined again are out.
    pub fn rebalance_deadline(&self) -> Option<Time> {
        self.join_deadline
    }

    /// When members that have not asked for their assignment are out.
    pub fn sync_deadline(&self) -> Option<Time> {
        self.sync_deadline
    }

    /// What was committed, by partition.
    pub fn offsets(&self) -> &Map<TopicPartition, CommittedOffset> {
        &self.offsets
    }

    /// What was committed for one partition.
    pub fn committed(&self, tp: &TopicPartition) -> Option<&CommittedOffset> {
        self.offsets.get(tp)
    }

    /// True if an open transaction has a position for that partition: what is committed may change at any moment.
    pub fn has_pending_offsets(&self, tp: &TopicPartition) -> bool {
        self.pending_txn_offsets.values().any(|offsets| offsets.contains_key(tp))
    }

    /// The longest `max.poll.interval.ms` of its members.
    pub fn rebalance_timeout(&self) -> Span {
        self.members.values().map(|member| member.rebalance_timeout).max().unwrap_or(Span::ZERO)
    }

    pub(super) fn is(&self, state: GroupState) -> bool {
        self.state == state
    }

    pub(super) fn is_leader(&self, member: &MemberId) -> bool {
        self.leader.as_ref() == Some(member)
    }

    pub(super) fn has_all_members_joined(&self) -> bool {
        self.members.len() == self.awaiting_join && self.pending.is_empty()
    }

    /// A group that is Stable, settles, or is empty may start a rebalance.
    pub(super) fn can_rebalance(&self) -> bool {
        match self.state {
            GroupState::Empty | GroupState::CompletingRebalance | GroupState::Stable => true,
            GroupState::PreparingRebalance | GroupState::Dead => false,
        }
    }
}
