//! What happened to a consumer: every change of its state, for the trace and for `apply`.

pub use super::polled::{Polled, PolledPartition};
pub use super::purpose::{CommitKind, Purpose, ResetReason, SharedOffsets};

use super::membership::MembershipEvent;
use crate::Correlation;
use millrace_model::protocol::{Assignment, JoinGroupResponse, JoinedMember};
use millrace_model::{
    BrokerId, Bytes, ClusterMetadata, ErrorCode, Generation, MemberId, Offset, Pattern, StoredBatch, Time,
    TopicName, TopicPartition,
};
use std::sync::Arc;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ConsumerEvent {
    /// The application subscribed.
    Subscribed {
        /// Sorted, without repetition.
        topics: Arc<[TopicName]>,
    },
    /// The application subscribed to every topic that fits a pattern, now and later.
    PatternSubscribed {
        /// The pattern.
        pattern: Arc<Pattern>,
    },
    /// Other topics fit the pattern than before.
    PatternMatched {
        /// All that fit, sorted.
        topics: Arc<[TopicName]>,
    },
    /// The application entered poll.
    PollStarted {
        /// When.
        at: Time,
    },
    /// A request left.
    Requested {
        /// Its number.
        correlation: Correlation,
        /// Its receiver.
        to: BrokerId,
        /// Why.
        purpose: Purpose,
        /// When.
        at: Time,
        /// When it counts as lost.
        deadline: Time,
    },
    /// A reply came in (its consequences follow).
    Answered {
        /// To which request.
        correlation: Correlation,
        /// When.
        at: Time,
    },
    /// No reply came in time, or the coordinator was given up: the connection counts as broken.
    Disconnected {
        /// The request that is lost.
        correlation: Correlation,
        /// Kafka's name of its API.
        api: &'static str,
        /// When.
        at: Time,
    },
    /// Topics and leaders are known.
    MetadataUpdated {
        /// What there is.
        cluster: Arc<ClusterMetadata>,
        /// The topics that this tells about: those asked for, or all there are.
        topics: Arc<[TopicName]>,
        /// When.
        at: Time,
        /// Topics that are missing or without leaders: asked again then.
        refresh_at: Option<Time>,
    },
    /// Metadata is out of date (an error told so, or topics changed).
    MetadataWanted {
        /// Asked not before.
        not_before: Time,
    },
    /// The group's coordinator is known.
    CoordinatorFound {
        /// It.
        broker: BrokerId,
        /// When; the session starts anew.
        at: Time,
    },
    /// No coordinator was found; tried again then.
    CoordinatorNotFound {
        /// Why.
        error: ErrorCode,
        /// When it is tried again.
        retry_at: Time,
    },
    /// The coordinator counts as unknown from now on.
    CoordinatorMarkedUnknown {
        /// Kafka's words.
        cause: Arc<str>,
        /// A new one is looked for not before.
        retry_at: Time,
    },
    /// The group has to be joined (again) in the next poll.
    RejoinRequested {
        /// KIP-800's reason.
        reason: Arc<str>,
    },
    /// The coordinator gave this member its id (KIP-394).
    MemberIdAssigned {
        /// It.
        member: MemberId,
    },
    /// Giving up partitions before a join has begun (`onJoinPrepare`): they are fetched and returned no more.
    JoinPrepareStarted,
    /// Partitions are given up (or there were none): JoinGroup may go.
    JoinPrepareFinished,
    /// The members are together.
    GroupJoined {
        /// The new generation.
        generation: Generation,
        /// The own id.
        member: MemberId,
        /// The assignor chosen.
        protocol: Arc<str>,
        /// For the leader: everybody.
        members: Option<Arc<[JoinedMember]>>,
        /// KIP-814: a static leader has come back, and the assignment stays.
        skip_assignment: bool,
        /// When; all of the heartbeat's timers start anew.
        at: Time,
    },
    /// JoinGroup was answered while the application is outside poll, and nobody reads the answer: no heartbeat goes out
    /// before the next poll does.
    JoinAnswerHeld {
        /// The answer.
        answer: Arc<JoinGroupResponse>,
        /// The generation and the member id that the request carried.
        sent: (Generation, MemberId),
    },
    /// SyncGroup was answered while the application is outside poll: the member is stable (its heartbeat thread has
    /// read the answer), but its callbacks wait for the next poll.
    AssignmentHeld {
        /// The own assignment.
        assignment: Assignment,
    },
    /// The assignment does not fit the subscription, which has changed meanwhile: nothing is changed, and the member
    /// joins again.
    AssignmentMismatched {
        /// The generation of this assignment.
        generation: Generation,
        /// When.
        at: Time,
    },
    /// An application that assigns itself has something to tell the leader.
    UserDataSet {
        /// Its bytes.
        data: Bytes,
    },
    /// The leader has run the assignor.
    AssignmentComputed {
        /// Which one.
        protocol: Arc<str>,
        /// Everybody's partitions.
        assignments: Vec<(MemberId, Assignment)>,
        /// The partition counts it was computed from.
        snapshot: Vec<(TopicName, usize)>,
    },
    /// The join failed and is tried again then.
    JoinFailed {
        /// Which request failed: `JoinGroup` or `SyncGroup`.
        api: &'static str,
        /// Why.
        error: ErrorCode,
        /// When it is tried again; the same moment for errors that Kafka retries at once.
        retry_at: Time,
    },
    /// The member is out: generation forgotten, rejoin needed.
    GenerationReset {
        /// Kafka's words.
        reason: Arc<str>,
        /// True if the member id is forgotten too (not after ILLEGAL_GENERATION).
        member_id_too: bool,
    },
    /// The coordinator knows that this member lives.
    HeartbeatAcknowledged {
        /// When.
        at: Time,
    },
    /// A heartbeat failed; the next is due then.
    HeartbeatFailed {
        /// Why.
        error: ErrorCode,
        /// When the next is due.
        retry_at: Time,
    },
    /// `max.poll.interval.ms` ran out between two polls: the member leaves by itself.
    PollTimeoutExpired {
        /// When.
        at: Time,
    },
    /// Something of the consumer protocol (KIP-848).
    Membership(MembershipEvent),
    /// `onPartitionsRevoked`: these were given up in an orderly way.
    PartitionsRevoked {
        /// Which, sorted. None at all when an eager member without partitions is asked to join again.
        partitions: Vec<TopicPartition>,
        /// `groupMetadata().generationId()` in the callback: that of the last assignment taken in.
        generation: Generation,
    },
    /// `onPartitionsAssigned`: the member is stable.
    PartitionsAssigned {
        /// The generation of this assignment.
        generation: Generation,
        /// What was added, sorted. With the eager protocol that is everything.
        partitions: Vec<TopicPartition>,
        /// Everything that is assigned, in the assignor's order.
        assignment: Vec<TopicPartition>,
        /// When; the interval of auto-commit starts anew.
        at: Time,
    },
    /// `onPartitionsLost`: these belong to others already.
    PartitionsLost {
        /// Which, sorted.
        partitions: Vec<TopicPartition>,
        /// `groupMetadata().generationId()` in the callback: that of the last assignment taken in.
        generation: Generation,
    },
    /// The committed offsets are known.
    CommittedOffsetsFetched {
        /// `None` where the group has no commit.
        offsets: Vec<(TopicPartition, Option<Offset>)>,
    },
    /// Committed offsets could not be fetched; tried again then.
    OffsetFetchFailed {
        /// Why.
        error: ErrorCode,
        /// When it is tried again.
        retry_at: Time,
    },
    /// A position has to be looked up at the log's start or end.
    PositionResetNeeded {
        /// Of this partition.
        tp: TopicPartition,
        /// Why.
        why: ResetReason,
    },
    /// A lookup or fetch of one partition failed; tried again then.
    PartitionRetryScheduled {
        /// Which partition.
        tp: TopicPartition,
        /// Why.
        error: ErrorCode,
        /// When it is tried again.
        retry_at: Time,
    },
    /// `auto.offset.reset=by_duration`: the partition has no record that is new enough. Asked again then.
    NoOffsetForTime {
        /// Which partition.
        tp: TopicPartition,
        /// When: `request.timeout.ms` later, for a later time.
        retry_at: Time,
    },
    /// A position is known.
    PositionReset {
        /// Of this partition.
        tp: TopicPartition,
        /// The next offset to read.
        offset: Offset,
        /// Why.
        why: ResetReason,
    },
    /// A fetch answered for one partition; its batches (if any) are in the buffer now.
    Fetched {
        /// Which partition.
        tp: TopicPartition,
        /// The position it was asked from.
        from: Offset,
        /// The batches, shared.
        batches: Arc<[StoredBatch]>,
        /// The broker's high watermark.
        high_watermark: Offset,
    },
    /// A fetch answered for a partition that is no longer wanted at that position.
    FetchDiscarded {
        /// Which partition.
        tp: TopicPartition,
        /// The position it was asked from.
        from: Offset,
    },
    /// Poll returned to the application with records.
    PollReturned {
        /// What.
        polled: Polled,
        /// When; `max.poll.interval.ms` counts from here.
        at: Time,
    },
    /// An error that the next (or current) poll throws.
    ErrorRaised {
        /// The code behind it.
        error: ErrorCode,
        /// The simple name of Kafka's exception.
        exception: &'static str,
        /// Its message.
        message: Arc<str>,
    },
    /// Poll threw.
    PollFailed {
        /// The code behind it.
        error: ErrorCode,
        /// The simple name of Kafka's exception.
        exception: &'static str,
        /// Its message.
        message: Arc<str>,
        /// When; `max.poll.interval.ms` counts from here.
        at: Time,
    },
    /// The next auto-commit is due in the first poll after this moment.
    AutoCommitScheduled {
        /// The moment.
        at: Time,
    },
    /// The application is blocked in `commitSync` (or `close` in its auto-commit).
    CommitStarted {
        /// Who wanted it.
        kind: CommitKind,
        /// What is to be committed.
        offsets: SharedOffsets,
        /// When it is given up (`default.api.timeout.ms`).
        deadline: Time,
    },
    /// A commit waits for a coordinator.
    CommitQueued {
        /// Who wanted it.
        kind: CommitKind,
        /// What is to be committed.
        offsets: SharedOffsets,
    },
    /// An OffsetCommit left.
    CommitSent {
        /// Who wanted it.
        kind: CommitKind,
        /// What is to be committed.
        offsets: SharedOffsets,
    },
    /// A blocking commit failed in a way that is tried again then.
    CommitRetryScheduled {
        /// Who wanted it.
        kind: CommitKind,
        /// Why.
        error: ErrorCode,
        /// When it is tried again.
        retry_at: Time,
    },
    /// The coordinator has the positions (or there were none to commit).
    OffsetsCommitted {
        /// Who wanted it.
        kind: CommitKind,
        /// What was committed.
        offsets: SharedOffsets,
    },
    /// The commit failed for good.
    CommitFailed {
        /// Who wanted it.
        kind: CommitKind,
        /// What was to be committed.
        offsets: SharedOffsets,
        /// The code behind it.
        error: ErrorCode,
        /// The simple name of Kafka's exception.
        exception: &'static str,
        /// Its message.
        message: Arc<str>,
    },
    /// A commit that nobody waits for has failed, and is not tried again: later ones, of the same partitions and behind it,
    /// are on their way or have arrived. Tried again, it would take the group back.
    CommitOvertaken {
        /// Who wanted it.
        kind: CommitKind,
        /// The later positions.
        offsets: SharedOffsets,
    },
    /// Partitions are paused.
    Paused {
        /// Which.
        partitions: Vec<TopicPartition>,
    },
    /// Partitions are resumed.
    Resumed {
        /// Which.
        partitions: Vec<TopicPartition>,
    },
    /// `close()` has begun.
    CloseStarted {
        /// When it is given up.
        deadline: Time,
    },
    /// The group is left: what remains is to wait for the answer.
    CloseLeft,
    /// Closed; nothing happens any more.
    Closed,
    /// A partition is read from another replica than before (KIP-392).
    ReadReplicaChanged {
        /// Which partition.
        tp: TopicPartition,
        /// The replica that its leader has named; none: the leader again.
        replica: Option<BrokerId>,
        /// Until when, `metadata.max.age.ms` from now; then the leader is asked again.
        until: Time,
    },
}
