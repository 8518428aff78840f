//! What happens to replicas.

use super::{
    FetchState, FollowerState, HeldAnswers, HeldFollowerFetch, HeldProduce, PendingIsr, ProposalFate,
    Throttled,
};
use crate::{Event, Group, RequestId, TxnMetadata};
use millrace_model::{
    BrokerId, ErrorCode, LeaderEpoch, Offset, PartitionEpoch, StoredBatch, Time, TopicPartition,
};
use std::sync::Arc;

/// Something that happened to replicas.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ReplicaEvent {
    /// This broker leads a partition from now on, or again under another epoch (`Partition.makeLeader`).
    LeaderStarted {
        /// Which.
        tp: TopicPartition,
        /// When.
        at: Time,
        /// Under which epoch.
        leader_epoch: LeaderEpoch,
        /// Where its log ends: here the epoch begins.
        epoch_start: Offset,
    },
    /// A partition that is led here has other replicas, or other in-sync replicas.
    LeaderUpdated {
        /// Which.
        tp: TopicPartition,
        /// When.
        at: Time,
    },
    /// This broker follows from now on, or another leader (`Partition.makeFollower`).
    FollowerStarted {
        /// Which.
        tp: TopicPartition,
        /// When.
        at: Time,
        /// Whom; nobody if there is no leader, or it is not alive.
        leader: Option<BrokerId>,
        /// Under which epoch.
        leader_epoch: LeaderEpoch,
        /// From where on it fetches.
        fetch_offset: Offset,
    },
    /// This broker holds no copy any more: the log is deleted (`stopReplicas`).
    ReplicaStopped {
        /// Which.
        tp: TopicPartition,
        /// When.
        at: Time,
    },
    /// A follower has fetched: its leader knows how far it is.
    FollowerFetched {
        /// Of which partition.
        tp: TopicPartition,
        /// Who.
        follower: BrokerId,
        /// What is known of it now.
        state: FollowerState,
    },
    /// Every in-sync replica has more than before.
    HighWatermarkIncremented {
        /// Of which partition, at its leader.
        tp: TopicPartition,
        /// When.
        at: Time,
        /// From.
        from: Offset,
        /// To.
        to: Offset,
    },
    /// A follower has learnt its leader's high watermark, as far as its own log goes.
    HighWatermarkLearnt {
        /// Of which partition.
        tp: TopicPartition,
        /// When.
        at: Time,
        /// From.
        from: Offset,
        /// To.
        to: Offset,
    },
    /// A leader wants other in-sync replicas.
    IsrProposed {
        /// Of which partition.
        tp: TopicPartition,
        /// When.
        at: Time,
        /// What.
        pending: PendingIsr,
    },
    /// The controller has taken a proposal.
    IsrAltered {
        /// Of which partition.
        tp: TopicPartition,
        /// When.
        at: Time,
        /// Who was in sync.
        from: Vec<BrokerId>,
        /// Who is.
        to: Vec<BrokerId>,
        /// The number of the new state.
        partition_epoch: PartitionEpoch,
    },
    /// The controller has not taken a proposal.
    IsrProposalFailed {
        /// Of which partition.
        tp: TopicPartition,
        /// When.
        at: Time,
        /// Why.
        error: ErrorCode,
        /// What becomes of it.
        fate: ProposalFate,
    },
    /// Proposals went to the controller.
    AlterPartitionSent {
        /// When.
        at: Time,
        /// When the request is given up.
        until: Time,
    },
    /// The controller has answered, or not.
    AlterPartitionAnswered {
        /// When.
        at: Time,
        /// When the same is sent again, if it is.
        retry_at: Option<Time>,
    },
    /// In-sync replicas were looked at.
    IsrChecked {
        /// When.
        at: Time,
    },
    /// A produce with acks=all waits for replicas (`DelayedProduce`).
    ProduceHeld {
        /// Which request.
        request: RequestId,
        /// What is waited for.
        held: HeldProduce,
    },
    /// It was answered.
    ProduceReleased {
        /// Which request.
        request: RequestId,
    },
    /// A follower's fetch waits for records (`DelayedFetch`).
    FollowerFetchHeld {
        /// Which request.
        request: RequestId,
        /// What is waited for.
        held: HeldFollowerFetch,
    },
    /// A follower's fetch was answered.
    FollowerFetchAnswered {
        /// Which request.
        request: RequestId,
        /// Whose.
        follower: BrokerId,
        /// Had it been held?
        was_held: bool,
        /// Records in the answer.
        records: u64,
        /// Bytes in the answer.
        bytes: u64,
    },
    /// A follower has asked its leader for records.
    FetchSent {
        /// Whom.
        leader: BrokerId,
        /// The fetch's number.
        number: u64,
        /// When it is given up.
        until: Time,
    },
    /// The leader has answered, or not; partitions whose state has changed are named.
    FetchTaken {
        /// Whom it came from.
        leader: BrokerId,
        /// When.
        at: Time,
        /// Where each partition goes on.
        partitions: Vec<(TopicPartition, FetchState)>,
    },
    /// A follower has copied records.
    RecordsCopied {
        /// Of which partition.
        tp: TopicPartition,
        /// When.
        at: Time,
        /// The batches, as the leader has them.
        batches: Vec<StoredBatch>,
    },
    /// A follower has taken back what its leader does not have.
    Truncated {
        /// Of which partition.
        tp: TopicPartition,
        /// When.
        at: Time,
        /// Where the log ended.
        from: Offset,
        /// Where it ends now.
        to: Offset,
        /// How many records are gone.
        records: u64,
    },
    /// A follower's log lies behind all that its leader still has: it begins anew there.
    TruncatedFully {
        /// Of which partition.
        tp: TopicPartition,
        /// When.
        at: Time,
        /// Where it begins.
        to: Offset,
    },
    /// A follower's log begins where its leader's does.
    LogStartFollowed {
        /// Of which partition.
        tp: TopicPartition,
        /// Where.
        to: Offset,
    },
    /// High watermarks were written to disk.
    HighWatermarksCheckpointed,
    /// This broker coordinates the groups of a partition of `__consumer_offsets`, or the transactional ids of one of
    /// `__transaction_state`, from now on, once it has read its log
    /// (`GroupCoordinatorService.onElection`).
    CoordinatorLoading {
        /// Which.
        tp: TopicPartition,
        /// When it will have read it.
        until: Time,
    },
    /// It has.
    CoordinatorLoaded {
        /// Which.
        tp: TopicPartition,
        /// When.
        at: Time,
        /// What it has found.
        groups: Vec<Arc<Group>>,
    },
    /// It coordinates them no longer (`onResignation`).
    CoordinatorUnloaded {
        /// Which.
        tp: TopicPartition,
    },
    /// Answers about a group wait until all in-sync replicas know of what they say.
    AnswersHeld {
        /// They.
        held: HeldAnswers,
    },
    /// They are given.
    AnswersReleased {
        /// The first request that is answered.
        request: RequestId,
    },
    /// Records of a replica that is slowed down went through (`ReplicationQuotaManager.record`).
    ThrottledBytes {
        /// Sent, or taken in.
        side: Throttled,
        /// When.
        at: Time,
        /// How many.
        bytes: u64,
    },
    /// Too many did: these replicas are not fetched for a while.
    FetchThrottled {
        /// From whom.
        leader: BrokerId,
        /// Until when.
        until: Time,
        /// Which.
        partitions: Vec<TopicPartition>,
    },
    /// This broker has read a partition of `__transaction_state` and coordinates its transactional ids.
    TxnCoordinatorLoaded {
        /// Which.
        tp: TopicPartition,
        /// When.
        at: Time,
        /// What it has found.
        transactions: Vec<(Arc<str>, Arc<TxnMetadata>)>,
    },
}

impl From<ReplicaEvent> for Event {
    fn from(event: ReplicaEvent) -> Event {
        Event::Replica(Box::new(event))
    }
}
