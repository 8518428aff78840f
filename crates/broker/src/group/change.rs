//! What happens to a group, in the past tense.

use super::{ConsumerGroupChange, GroupState, Member};
use crate::RequestId;
use millrace_model::protocol::{Assignment, CommittedOffset, Subscription};
use millrace_model::{Generation, MemberId, ProducerId, Span, Time, TopicPartition};
use std::sync::Arc;

/// Something that happened to a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum GroupChange {
    /// It came to be, by a first JoinGroup or a first commit.
    Created,
    /// The coordinator named a member.
    MemberIdAssigned {
        /// The name: `<client.id>-<uuid>`.
        member: MemberId,
        /// Until when it must join with it (KIP-394); `None` for a static member, which is in at once.
        pending_until: Option<Time>,
    },
    /// A member is in, and waits for the generation.
    MemberJoined {
        /// All of it.
        member: Arc<Member>,
    },
    /// A member has joined again, and waits for the generation.
    MemberRejoined {
        /// Who.
        member: MemberId,
        /// Its request.
        request: RequestId,
        /// `session.timeout.ms` now.
        session_timeout: Span,
        /// `max.poll.interval.ms` now.
        rebalance_timeout: Span,
        /// Its assignors and subscriptions now.
        protocols: Arc<[(Arc<str>, Subscription)]>,
    },
    /// A static member came back under a new id.
    StaticMemberReplaced {
        /// `group.instance.id`.
        group_instance_id: Arc<str>,
        /// Its id up to now.
        old: MemberId,
        /// Its id from now on.
        new: MemberId,
    },
    /// A JoinGroup was answered with the generation that is there: no rebalance.
    JoinAnswered {
        /// Who asked.
        member: MemberId,
    },
    /// A member is out.
    MemberRemoved {
        /// Who.
        member: MemberId,
        /// Why.
        reason: RemovalReason,
    },
    /// A member that was only given its id was forgotten.
    PendingMemberRemoved {
        /// Who.
        member: MemberId,
        /// Why.
        reason: RemovalReason,
    },
    /// A sign of life.
    HeartbeatReceived {
        /// Whose.
        member: MemberId,
        /// Without another one it is out then.
        session_deadline: Time,
    },
    /// The session timeout passed while a request of the member waits here: that does not count.
    SessionSatisfied {
        /// Whose.
        member: MemberId,
    },
    /// A rebalance began: everybody shall join again.
    RebalanceStarted {
        /// Why, in Kafka's words.
        reason: Arc<str>,
        /// The generation that ends.
        old_generation: Generation,
        /// How long it waits for the members.
        wait: RebalanceWait,
    },
    /// The wait of a group that was empty goes on, because another member came.
    InitialDelayExtended {
        /// Until when.
        until: Time,
        /// How long this round is.
        delay: Span,
        /// What is left for further rounds.
        remaining: Span,
    },
    /// Nobody has joined again, but static members are there: it waits once more.
    RebalanceExtended {
        /// Until when.
        until: Time,
    },
    /// The leader did not join again; another member leads.
    LeaderElected {
        /// Who.
        leader: MemberId,
    },
    /// The group's state changed.
    StateChanged {
        /// From.
        from: GroupState,
        /// To.
        to: GroupState,
    },
    /// The join phase is over: the members of this generation are settled.
    GenerationStarted {
        /// Its number.
        generation: Generation,
        /// The assignor chosen; `None` if nobody is left.
        protocol: Option<Arc<str>>,
        /// Who assigns.
        leader: Option<MemberId>,
        /// Who is in.
        members: Vec<MemberId>,
        /// Until when each must ask for its assignment; `None` if nobody is left.
        sync_until: Option<Time>,
    },
    /// A member asks for its assignment and waits for the leader.
    SyncReceived {
        /// Who.
        member: MemberId,
        /// Its request.
        request: RequestId,
    },
    /// The leader has assigned; everybody who asked is answered.
    AssignmentDistributed {
        /// Everybody's part.
        assignments: Vec<(MemberId, Assignment)>,
    },
    /// A member asked for its part of an assignment that was there already.
    SyncAnswered {
        /// Who.
        member: MemberId,
    },
    /// A rebalance overtook the assignment: who asked is told `REBALANCE_IN_PROGRESS`.
    AssignmentDropped,
    /// Everybody had asked for its assignment when the time for that was over.
    SyncPhaseEnded,
    /// Committed positions were forgotten: a tombstone was written for each.
    OffsetsRemoved {
        /// Of these partitions.
        partitions: Vec<TopicPartition>,
        /// Why.
        why: OffsetRemoval,
    },
    /// It is gone: it had neither members nor offsets.
    Deleted,
    /// Something of the consumer protocol (KIP-848).
    Consumer(ConsumerGroupChange),
    /// Positions were committed.
    OffsetCommitted {
        /// By whom; `None` for a consumer that assigns itself.
        member: Option<MemberId>,
        /// The next offsets to read.
        offsets: Vec<(TopicPartition, CommittedOffset)>,
    },
    /// Positions were written as part of a transaction: they hold once it is committed (TxnOffsetCommit).
    TxnOffsetsPending {
        /// The transaction's producer.
        producer_id: ProducerId,
        /// The next offsets to read.
        offsets: Vec<(TopicPartition, CommittedOffset)>,
    },
    /// The transaction of such positions has ended. If it was committed, `OffsetCommitted` follows.
    TxnOffsetsEnded {
        /// The transaction's producer.
        producer_id: ProducerId,
        /// Committed, or aborted.
        committed: bool,
    },
}

impl GroupChange {
    /// True if a member was named, for which the broker has thrown its dice.
    pub(crate) fn draws_member_id(&self) -> bool {
        matches!(
            self,
            GroupChange::MemberIdAssigned { .. }
                | GroupChange::Consumer(ConsumerGroupChange::MemberIdAssigned { .. })
        )
    }
}

/// Why committed positions are forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OffsetRemoval {
    /// Their topic was deleted.
    TopicDeleted,
    /// `offsets.retention.minutes` have passed since the group was left (or since the commit, for a group that never had
    /// members).
    Expired,
    /// An administrator asked for it.
    Deleted,
}

/// How long a rebalance waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RebalanceWait {
    /// The group was empty: `group.initial.rebalance.delay.ms`, again as long as members come.
    ForCompany {
        /// Until when.
        until: Time,
        /// How long this round is.
        delay: Span,
        /// What is left for further rounds.
        remaining: Span,
    },
    /// Until everybody has joined again, at most for the longest `max.poll.interval.ms`.
    ForMembers {
        /// Until when at most.
        until: Time,
    },
}

/// Why a member is out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RemovalReason {
    /// No heartbeat for `session.timeout.ms`.
    SessionTimeout,
    /// It left by itself; why, in its words.
    Left(Arc<str>),
    /// It did not join again within the rebalance timeout.
    RebalanceTimeout,
    /// It did not ask for its assignment within the rebalance timeout.
    SyncTimeout,
    /// The group is full.
    GroupFull,
}
