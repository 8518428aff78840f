//! A consumer group: its epochs, its members, what each shall have (`ConsumerGroup`, `ModernGroup`).

use super::ConsumerGroupMember;
use crate::assignor::{ServerAssignor, TopicId};
use crate::java_hash;
use millrace_model::{GroupEpoch, GroupId, Map, MemberId, Set, TopicName, TopicPartition};
use std::fmt;
use std::sync::Arc;

/// The states of a consumer group, under Kafka's names. `Dead` is a group that is gone; it is never held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConsumerGroupState {
    /// No members; committed offsets may be there.
    #[default]
    Empty,
    /// The group epoch is ahead of the target assignment: the next heartbeat computes a new one.
    Assigning,
    /// Members are on their way to the target.
    Reconciling,
    /// Every member has what the target gives it.
    Stable,
    /// Removed.
    Dead,
}

impl fmt::Display for ConsumerGroupState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            ConsumerGroupState::Empty => "Empty",
            ConsumerGroupState::Assigning => "Assigning",
            ConsumerGroupState::Reconciling => "Reconciling",
            ConsumerGroupState::Stable => "Stable",
            ConsumerGroupState::Dead => "Dead",
        })
    }
}

/// What the group knows of a topic that it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TopicMetadata {
    /// The topic's id.
    pub id: TopicId,
    /// How many partitions it has.
    pub partitions: i32,
}

/// A group under the consumer protocol. Members are in the order of their ids (Kafka: in that of a hash table).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerGroup {
    pub(in crate::group) id: GroupId,
    pub(super) group_epoch: GroupEpoch,
    pub(super) assignment_epoch: GroupEpoch,
    pub(super) assignor: Option<Arc<str>>,
    pub(super) members: Map<MemberId, Arc<ConsumerGroupMember>>,
    pub(super) static_members: Map<Arc<str>, MemberId>,
    pub(super) subscription_metadata: Map<TopicName, TopicMetadata>,
    pub(super) targets: Map<MemberId, Arc<[TopicPartition]>>,
    /// Who holds a partition, with the epoch in which the holder is: a partition in here is given to nobody else.
    pub(super) partition_epochs: Map<TopicPartition, (GroupEpoch, MemberId)>,
}

impl ConsumerGroup {
    pub(crate) fn new(id: GroupId) -> ConsumerGroup {
        ConsumerGroup {
            id,
            group_epoch: GroupEpoch(0),
            assignment_epoch: GroupEpoch(0),
            assignor: None,
            members: Map::new(),
            static_members: Map::new(),
            subscription_metadata: Map::new(),
            targets: Map::new(),
            partition_epochs: Map::new(),
        }
    }

    /// A group as its records tell of it: epochs, members, each with its target.
    pub(in crate::group) fn restored(
        id: GroupId,
        (group_epoch, assignment_epoch): (GroupEpoch, GroupEpoch),
        assignor: Option<Arc<str>>,
        subscription_metadata: Map<TopicName, TopicMetadata>,
        members: Vec<(ConsumerGroupMember, Arc<[TopicPartition]>)>,
    ) -> ConsumerGroup {
        let new = ConsumerGroup::new(id);
        let mut group =
            ConsumerGroup { group_epoch, assignment_epoch, assignor, subscription_metadata, ..new };
        for (member, target) in members {
            if let Some(instance) = &member.subscription.group_instance_id {
                group.static_members.insert(Arc::clone(instance), member.id.clone());
            }
            for tp in member.held() {
                group.partition_epochs.insert(tp.clone(), (member.epoch, member.id.clone()));
            }
            group.targets.insert(member.id.clone(), target);
            group.members.insert(member.id.clone(), Arc::new(member));
        }
        group
    }

    /// Where it is in its life (`maybeUpdateGroupState`).
    pub fn state(&self) -> ConsumerGroupState {
        if self.members.is_empty() {
            ConsumerGroupState::Empty
        } else if self.group_epoch > self.assignment_epoch {
            ConsumerGroupState::Assigning
        } else if self.members.values().all(|member| member.is_reconciled_to(self.assignment_epoch)) {
            ConsumerGroupState::Stable
        } else {
            ConsumerGroupState::Reconciling
        }
    }

    /// True if nobody is in.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// One higher with every change of members, subscriptions or topics.
    pub fn group_epoch(&self) -> GroupEpoch {
        self.group_epoch
    }

    /// The group epoch that the target assignment was computed for.
    pub fn assignment_epoch(&self) -> GroupEpoch {
        self.assignment_epoch
    }

    /// The assignor that computed it.
    pub fn assignor(&self) -> Option<&str> {
        self.assignor.as_deref()
    }

    /// Its members, in the order of their ids.
    pub fn members(&self) -> impl ExactSizeIterator<Item = &ConsumerGroupMember> {
        self.members.values().map(|member| &**member)
    }

    /// One member.
    pub fn member(&self, id: &str) -> Option<&ConsumerGroupMember> {
        self.members.get(id).map(|member| &**member)
    }

    /// The member that holds that `group.instance.id`.
    pub fn static_member(&self, instance: &str) -> Option<&ConsumerGroupMember> {
        self.member(self.static_members.get(instance)?.as_str())
    }

    /// What a member shall have in the end, sorted.
    pub fn target(&self, member: &str) -> &[TopicPartition] {
        self.targets.get(member).map_or(&[], |target| target)
    }

    /// Who holds a partition (owns it, may take it, or has not given it up yet), and in which epoch.
    pub fn owner(&self, tp: &TopicPartition) -> Option<(&MemberId, GroupEpoch)> {
        self.partition_epochs.get(tp).map(|(epoch, member)| (member, *epoch))
    }

    /// The topics that its members read, as far as they exist.
    pub fn subscription_metadata(&self) -> &Map<TopicName, TopicMetadata> {
        &self.subscription_metadata
    }

    /// The assignor that the members vote for now, as `describe` shows it; the broker's first one without votes.
    pub fn preferred_assignor(&self) -> &'static str {
        let voted = self.preferred_server_assignor().and_then(|name| ServerAssignor::from_name(&name));
        voted.unwrap_or_default().name()
    }

    /// Everything that any member subscribes to.
    pub(super) fn subscribed_topic_names(&self) -> Set<TopicName> {
        self.members
            .values()
            .flat_map(|member| member.subscription.subscribed_topic_names.iter().cloned())
            .collect()
    }

    /// Each member votes for an assignor; equal votes are settled as in Kafka, by the last name in a Java hash map.
    pub(super) fn preferred_server_assignor(&self) -> Option<Arc<str>> {
        let mut votes: Map<&Arc<str>, u32> = Map::new();
        for name in self.members.values().filter_map(|member| member.subscription.server_assignor.as_ref()) {
            *votes.entry(name).or_default() += 1;
        }
        votes
            .into_iter()
            .max_by_key(|(name, votes)| (*votes, java_hash::hash_map_bucket(name)))
            .map(|(name, _)| Arc::clone(name))
    }
}
