//! What a consumer knows. Only `apply` changes it.

use super::event::{CommitKind, Purpose, ResetReason, SharedOffsets};
use super::membership::MembershipManager;
use super::poison::Deserializer;
use crate::Correlation;
use crate::assignor::{Assignor, AssignorMemory, RebalanceProtocol};
use millrace_model::config::consumer::{ConsumerConfig, GroupProtocol};
use millrace_model::protocol::{Assignment, JoinGroupResponse, JoinedMember};
use millrace_model::{
    BrokerId, Bytes, ClientId, ClusterMetadata, ErrorCode, Generation, GroupId, LeaderEpoch, Map, MemberId,
    Offset, Pattern, StoredBatch, Time, TopicName, TopicPartition,
};
use std::collections::VecDeque;
use std::sync::Arc;

/// A consumer of a group; see the module.
///
/// A clone is cheap: records, settings and metadata are shared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Consumer {
    pub(super) client_id: ClientId,
    pub(super) host: Arc<str>,
    pub(super) group: GroupId,
    pub(super) group_instance_id: Option<Arc<str>>,
    pub(super) config: Arc<ConsumerConfig>,
    pub(super) bootstrap: Arc<[BrokerId]>,
    /// `partition.assignment.strategy`, each with what it remembers.
    pub(super) assignors: Vec<(Assignor, AssignorMemory)>,
    /// The latest moment that an event told of: what is overdue counts as due then.
    pub(super) clock: Time,
    pub(super) next_correlation: u64,
    pub(super) pending: Map<Correlation, Pending>,
    pub(super) subscription: Arc<[TopicName]>,
    /// What the subscription follows, if it is one by pattern.
    pub(super) pattern: Option<Arc<Pattern>>,
    pub(super) metadata: Metadata,
    pub(super) coordinator: Coordinator,
    pub(super) membership: Member,
    /// The membership under the consumer protocol (`group.protocol=consumer`); its id and epoch stand in `membership`.
    pub(super) manager: Option<Box<MembershipManager>>,
    pub(super) heartbeat: Heartbeat,
    pub(super) partitions: Map<TopicPartition, PartitionState>,
    /// Assigned partitions in the order in which they are fetched (`PartitionStates`).
    pub(super) order: Vec<TopicPartition>,
    pub(super) buffer: VecDeque<Buffered>,
    pub(super) in_poll: bool,
    pub(super) last_poll: Option<Time>,
    pub(super) raised: Option<Raised>,
    /// `value.deserializer`.
    pub(super) deserializer: Deserializer,
    pub(super) auto_commit_at: Time,
    pub(super) commit: Option<BlockingCommit>,
    pub(super) queued_commits: Vec<(CommitKind, SharedOffsets)>,
    pub(super) offset_fetch_not_before: Time,
    pub(super) offset_fetch_failures: u32,
    pub(super) closing: Option<Closing>,
    pub(super) closed: bool,
    /// What an application that assigns itself tells the leader.
    pub(super) user_data: Option<Bytes>,
}

/// A request without a reply so far.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pending {
    pub to: BrokerId,
    pub purpose: Purpose,
    pub deadline: Time,
    /// The generation and member id that it carried, to know whether an answer is stale.
    pub generation: Generation,
    pub member: MemberId,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Metadata {
    pub cluster: Arc<ClusterMetadata>,
    /// The topics that the last answer told about; none before it.
    pub topics: Option<Arc<[TopicName]>>,
    /// When the last answer came.
    pub updated_at: Time,
    /// When the next question is due; none before a subscription.
    pub refresh_at: Option<Time>,
    pub failures: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Coordinator {
    pub broker: Option<BrokerId>,
    pub not_before: Time,
    pub failures: u32,
}

/// `AbstractCoordinator.MemberState`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum MemberState {
    #[default]
    Unjoined,
    PreparingRebalance,
    CompletingRebalance,
    Stable,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Member {
    pub state: MemberState,
    pub id: MemberId,
    pub generation: Generation,
    pub protocol: Arc<str>,
    /// For the leader: the members it assigns to.
    pub members: Option<Arc<[JoinedMember]>>,
    pub leader: bool,
    /// KIP-814: this leader sends no assignment.
    pub skip_assignment: bool,
    /// An answer that the application has to look at in its next poll.
    pub held: Option<Held>,
    /// `groupMetadata().generationId()`: that of the last assignment taken in.
    pub joined_generation: Generation,
    /// `groupMetadata().memberId()`: who it was then.
    pub joined_member: MemberId,
    pub rejoin_needed: bool,
    pub rejoin_reason: Arc<str>,
    pub needs_join_prepare: bool,
    /// True once auto-commit before revocation has been tried in this preparation.
    pub prepare_started: bool,
    pub not_before: Time,
    pub failures: u32,
    /// The partition counts that this leader's assignment was made from.
    pub snapshot: Option<Vec<(TopicName, usize)>>,
    pub joined_subscription: Option<Arc<[TopicName]>>,
}

/// An answer that came while the application was outside poll.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Held {
    /// To JoinGroup, with the generation and member id that the request carried.
    Join(Arc<JoinGroupResponse>, (Generation, MemberId)),
    /// To SyncGroup.
    Sync(Assignment),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Heartbeat {
    pub enabled: bool,
    pub next_at: Time,
    pub session_deadline: Time,
    pub poll_deadline: Time,
    pub last_sent: Option<Time>,
    pub last_acknowledged: Option<Time>,
    pub failures: u32,
}

/// How far a partition's position is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Position {
    /// The committed offset has to be fetched.
    Initializing,
    /// The log's start or end has to be looked up.
    AwaitingReset(ResetReason),
    /// The next offset to read.
    At(Offset),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct PartitionState {
    pub position: Position,
    pub leader_epoch: Option<LeaderEpoch>,
    /// `None`: not known; `Some(None)`: the group has no commit.
    pub committed: Option<Option<Offset>>,
    pub high_watermark: Option<Offset>,
    pub paused: bool,
    pub pending_revocation: bool,
    pub retry_at: Time,
    pub failures: u32,
    /// The replica that is read from instead of the leader, and until when.
    pub read_replica: Option<(BrokerId, Time)>,
}

impl PartitionState {
    pub fn new() -> Self {
        Self {
            position: Position::Initializing,
            leader_epoch: None,
            committed: None,
            high_watermark: None,
            paused: false,
            pending_revocation: false,
            retry_at: Time::ZERO,
            failures: 0,
            read_replica: None,
        }
    }

    /// `SubscriptionState.isFetchable`.
    pub fn is_fetchable(&self) -> bool {
        matches!(self.position, Position::At(_)) && !self.paused && !self.pending_revocation
    }
}

/// What is left of one partition's answer to a fetch (`CompletedFetch`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Buffered {
    pub tp: TopicPartition,
    /// The next offset to hand out.
    pub from: Offset,
    /// The offset after the last one here.
    pub end: Offset,
    pub batches: Arc<[StoredBatch]>,
}

/// An exception that poll will throw.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Raised {
    pub error: ErrorCode,
    pub exception: &'static str,
    pub message: Arc<str>,
}

/// A commit that somebody is blocked on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct BlockingCommit {
    pub kind: CommitKind,
    pub offsets: SharedOffsets,
    pub deadline: Time,
    pub not_before: Time,
    pub attempts: u32,
    pub in_flight: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Closing {
    pub deadline: Time,
    /// True once the auto-commit was tried.
    pub committed: bool,
    /// True once partitions are given up and LeaveGroup (if any) is sent.
    pub left: bool,
}

impl Consumer {
    /// The same with a deserializer that throws.
    pub fn deserializing(self, deserializer: Deserializer) -> Consumer {
        Consumer { deserializer, ..self }
    }

    /// A consumer that has done nothing yet. `host` is what `describe` shows, `bootstrap` where it asks first.
    pub fn new(
        client_id: ClientId,
        host: Arc<str>,
        group: GroupId,
        config: ConsumerConfig,
        bootstrap: Vec<BrokerId>,
    ) -> Consumer {
        let auto_commit_at = Time::ZERO + config.auto_commit_interval;
        let group_instance_id = config.group_instance_id.clone();
        let named = config.partition_assignment_strategy.iter().filter_map(|name| Assignor::from_name(name));
        let assignors = named.map(|assignor| (assignor, AssignorMemory::default())).collect();
        let manager = match config.group_protocol {
            GroupProtocol::Classic => None,
            GroupProtocol::Consumer => Some(Box::default()),
        };
        Consumer {
            client_id,
            host,
            group,
            group_instance_id,
            config: Arc::new(config),
            bootstrap: bootstrap.into(),
            assignors,
            clock: Time::ZERO,
            next_correlation: 0,
            pending: Map::new(),
            subscription: Arc::default(),
            pattern: None,
            metadata: Metadata::default(),
            coordinator: Coordinator::default(),
            membership: Member {
                state: MemberState::Unjoined,
                id: MemberId::unknown(),
                generation: Generation::NONE,
                protocol: "".into(),
                members: None,
                leader: false,
                skip_assignment: false,
                held: None,
                joined_generation: Generation::NONE,
                joined_member: MemberId::unknown(),
                rejoin_needed: true,
                rejoin_reason: "".into(),
                needs_join_prepare: true,
                prepare_started: false,
                not_before: Time::ZERO,
                failures: 0,
                snapshot: None,
                joined_subscription: None,
            },
            manager,
            heartbeat: Heartbeat::default(),
            partitions: Map::new(),
            order: Vec::new(),
            buffer: VecDeque::new(),
            in_poll: false,
            last_poll: None,
            raised: None,
            deserializer: Deserializer::Bytes,
            auto_commit_at,
            commit: None,
            queued_commits: Vec::new(),
            offset_fetch_not_before: Time::ZERO,
            offset_fetch_failures: 0,
            closing: None,
            closed: false,
            user_data: None,
        }
    }

    /// The same with a `group.instance.id`: a static member, which never sends LeaveGroup (KIP-345).
    pub fn with_group_instance_id(mut self, id: impl Into<Arc<str>>) -> Consumer {
        self.group_instance_id = Some(id.into());
        self
    }

    /// The same with its first auto-commit counted from `now` instead of the start of the run.
    pub fn started_at(mut self, now: Time) -> Consumer {
        self.clock = now;
        self.auto_commit_at = now + self.config.auto_commit_interval;
        self
    }

    /// `SubscriptionState.allConsumed`: the position of every partition that has one.
    pub(super) fn all_consumed(&self) -> SharedOffsets {
        self.partitions
            .iter()
            .filter_map(|(tp, state)| match state.position {
                Position::At(offset) => Some((tp.clone(), offset)),
                Position::Initializing | Position::AwaitingReset(_) => None,
            })
            .collect()
    }

    /// True if a request with such a purpose is out.
    pub(super) fn is_pending(&self, wanted: impl Fn(&Purpose) -> bool) -> bool {
        self.pending.values().any(|pending| wanted(&pending.purpose))
    }

    /// The newest protocol that all assignors support (`ConsumerCoordinator`'s constructor).
    pub(super) fn rebalance_protocol(&self) -> RebalanceProtocol {
        self.assignors
            .iter()
            .map(|(assignor, _)| assignor.protocol())
            .min()
            .unwrap_or(RebalanceProtocol::Eager)
    }

    /// True once the application has subscribed to something, even if nothing fits its pattern.
    pub(super) fn is_subscribed(&self) -> bool {
        !self.subscription.is_empty() || self.pattern.is_some()
    }

    /// `SubscriptionState.checkAssignmentMatchedSubscription` for one topic.
    pub(super) fn wants(&self, topic: &TopicName) -> bool {
        match &self.pattern {
            Some(pattern) => pattern.matches(topic.as_str()),
            None => self.subscription.contains(topic),
        }
    }

    /// `ConsumerCoordinator.MetadataSnapshot`: the partition counts of the group's topics.
    pub(super) fn snapshot(&self) -> Vec<(TopicName, usize)> {
        self.group_topics()
            .iter()
            .filter_map(|t| Some((t.clone(), self.metadata.cluster.partition_count(t.as_str())?)))
            .collect()
    }

    /// Why a member that is in has to join again by its own judgement (`ConsumerCoordinator.rejoinNeededOrPending`).
    pub(super) fn rejoin_cause(&self) -> Option<&'static str> {
        let member = &self.membership;
        if member.rejoin_needed {
            return None;
        }
        if member.snapshot.as_ref().is_some_and(|snapshot| *snapshot != self.snapshot()) {
            return Some("cached metadata has changed");
        }
        let joined = member.joined_subscription.as_ref();
        joined.is_some_and(|joined| *joined != self.subscription).then_some("subscription has changed")
    }

    /// The topics to ask metadata for: the own ones, and for a leader those of all members.
    pub(super) fn group_topics(&self) -> Arc<[TopicName]> {
        match &self.membership.members {
            None => self.subscription.clone(),
            Some(members) => {
                let all: millrace_model::Set<&TopicName> = self
                    .subscription
                    .iter()
                    .chain(members.iter().flat_map(|member| &member.subscription.topics))
                    .collect();
                all.into_iter().cloned().collect()
            }
        }
    }

    /// The broker to ask anything: the known ones in turn, one further after each failure.
    pub(super) fn any_broker(&self, failures: u32) -> Option<BrokerId> {
        let known = &self.metadata.cluster.brokers;
        let turn = usize::try_from(failures).unwrap_or(0);
        if known.is_empty() {
            self.bootstrap.get(turn.checked_rem(self.bootstrap.len())?).copied()
        } else {
            known.get(turn.checked_rem(known.len())?).map(|broker| broker.id)
        }
    }
}
