//! What happens to a consumer group, in the past tense: Kafka's records for `__consumer_offsets`, one by one.

use super::member::MemberSubscription;
use super::{ConsumerGroupState, MemberState, TopicMetadata};
use millrace_model::{GroupEpoch, Map, MemberId, Time, TopicName, TopicPartition};
use std::sync::Arc;

/// Something that happened to a consumer group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ConsumerGroupChange {
    /// It came to be; a classic group of that name without members is replaced by it.
    Created,
    /// It had no members any more and becomes a classic group.
    Dropped,
    /// The coordinator named a member.
    MemberIdAssigned {
        /// The name: 22 characters of base64.
        member: MemberId,
    },
    /// A member is in, or what it told of itself has changed (`ConsumerGroupMemberMetadata`).
    MemberSubscribed {
        /// Who.
        member: MemberId,
        /// All of it.
        subscription: Arc<MemberSubscription>,
    },
    /// A member is out (tombstones).
    MemberRemoved {
        /// Who.
        member: MemberId,
        /// Why.
        reason: MemberRemovedReason,
    },
    /// The topics read, or their partition counts, have changed (`ConsumerGroupPartitionMetadata`).
    SubscriptionMetadataUpdated {
        /// What there is now.
        topics: Map<TopicName, TopicMetadata>,
    },
    /// Something has changed that needs a new target (`ConsumerGroupMetadata`).
    GroupEpochBumped {
        /// The epoch from now on.
        epoch: GroupEpoch,
        /// Why, in words.
        reason: Arc<str>,
    },
    /// A member shall have something else (`ConsumerGroupTargetAssignmentMember`).
    TargetAssigned {
        /// Who.
        member: MemberId,
        /// What, sorted.
        partitions: Arc<[TopicPartition]>,
    },
    /// The target assignment is complete (`ConsumerGroupTargetAssignmentMetadata`).
    TargetAssignmentComputed {
        /// The group epoch that it is for.
        epoch: GroupEpoch,
        /// The assignor that computed it.
        assignor: Arc<str>,
    },
    /// A member came a step nearer to its target (`ConsumerGroupCurrentMemberAssignment`).
    MemberReconciled {
        /// Who.
        member: MemberId,
        /// The epoch that it is in now.
        epoch: GroupEpoch,
        /// How far it is.
        state: MemberState,
        /// What it owns or may take, sorted.
        assigned: Arc<[TopicPartition]>,
        /// What it shall give up, sorted.
        pending_revocation: Arc<[TopicPartition]>,
    },
    /// A static member said that it goes and will be back: its place is kept until its session ends.
    StaticMemberLeft {
        /// Who.
        member: MemberId,
    },
    /// A static member that was away is back under a new id; it has what it had.
    StaticMemberReplaced {
        /// `group.instance.id`.
        group_instance_id: Arc<str>,
        /// Its id up to now.
        old: MemberId,
        /// Its id from now on.
        new: MemberId,
    },
    /// A sign of life.
    HeartbeatReceived {
        /// Whose.
        member: MemberId,
        /// Without another one it is out then.
        session_deadline: Time,
    },
    /// The group's state changed, as a consequence of the changes before.
    StateChanged {
        /// From.
        from: ConsumerGroupState,
        /// To.
        to: ConsumerGroupState,
    },
}

/// Why a member is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MemberRemovedReason {
    /// No heartbeat for `group.consumer.session.timeout.ms`.
    SessionTimeout,
    /// It did not give up in time what it should (`max.poll.interval.ms`).
    RebalanceTimeout,
    /// It left by itself.
    Left,
}

impl MemberRemovedReason {
    /// In words, after "Member … ".
    pub fn words(self) -> &'static str {
        match self {
            MemberRemovedReason::SessionTimeout => "the member session expired",
            MemberRemovedReason::RebalanceTimeout => {
                "it did not give up its partitions within the rebalance timeout"
            }
            MemberRemovedReason::Left => "it left",
        }
    }
}
