//! The group in numbers: members by the order of their ids, topics by name, partitions by topic and number.
//!
//! A number is an index into the list of its kind, so that comparing numbers compares as Kafka does.

use super::user_data::MemberData;
use crate::assignor::java_order::hash_order_by;
use millrace_model::protocol::{Assignment, JoinedMember};
use millrace_model::{ClusterMetadata, Generation, MemberId, TopicName, TopicPartition};
use std::collections::{BTreeMap, BTreeSet};

/// A member's number.
pub(in crate::assignor) type MemberNo = usize;
/// A topic's number.
pub(in crate::assignor) type TopicNo = usize;
/// A partition's number, counted through all topics.
pub(in crate::assignor) type PartitionNo = usize;

pub(in crate::assignor) struct GroupMember<'a> {
    pub joined: &'a JoinedMember,
    /// Those topics of its subscription that the cluster has.
    pub topics: Vec<TopicNo>,
    /// What it says it owns, of topics that the group reads.
    pub claimed: Vec<PartitionNo>,
    /// The generation of its claims, if it says one.
    pub generation: Option<Generation>,
}

pub(in crate::assignor) struct GroupPartition {
    pub topic: TopicNo,
    pub id: TopicPartition,
    /// False for a partition that somebody claims but the cluster does not have (a topic created anew, smaller).
    pub exists: bool,
}

pub(in crate::assignor) struct GroupTopic {
    pub name: TopicName,
    pub partitions: Vec<PartitionNo>,
    /// Who reads it.
    pub readers: Vec<MemberNo>,
}

pub(in crate::assignor) struct Group<'a> {
    pub cluster: &'a ClusterMetadata,
    pub members: Vec<GroupMember<'a>>,
    /// The members as the caller listed them.
    pub listed: Vec<MemberNo>,
    /// The members as a `HashMap` of their ids lists them.
    pub by_hash: Vec<MemberNo>,
    pub topics: Vec<GroupTopic>,
    pub partitions: Vec<GroupPartition>,
}

impl<'a> Group<'a> {
    pub fn new(
        cluster: &'a ClusterMetadata,
        joined: &'a [JoinedMember],
        data: impl Fn(&JoinedMember) -> MemberData,
    ) -> Group<'a> {
        let said: BTreeMap<&MemberId, MemberData> = joined.iter().map(|m| (&m.member, data(m))).collect();
        let mut group = Group {
            cluster,
            members: Vec::new(),
            listed: Vec::new(),
            by_hash: Vec::new(),
            topics: Vec::new(),
            partitions: Vec::new(),
        };
        let numbers = group.number_partitions(joined, &said);
        let mut sorted: Vec<&JoinedMember> = joined.iter().collect();
        sorted.sort_by(|a, b| a.member.cmp(&b.member));
        for (number, joined) in sorted.into_iter().enumerate() {
            let said = said.get(&joined.member);
            let claimed = said.into_iter().flat_map(|said| &said.partitions);
            let topic = |name: &TopicName| group.topics.binary_search_by(|t| t.name.cmp(name)).ok();
            let topics: Vec<TopicNo> = joined.subscription.topics.iter().filter_map(topic).collect();
            for topic in &topics {
                if let Some(topic) = group.topics.get_mut(*topic) {
                    topic.readers.push(number);
                }
            }
            group.members.push(GroupMember {
                joined,
                topics,
                claimed: claimed.filter_map(|tp| numbers.get(tp).copied()).collect(),
                generation: said.and_then(|said| said.generation),
            });
        }
        let number =
            |m: &JoinedMember| group.members.binary_search_by(|other| other.joined.member.cmp(&m.member));
        group.listed = joined.iter().filter_map(|member| number(member).ok()).collect();
        let mut by_hash: Vec<(&str, MemberNo)> =
            joined.iter().zip(&group.listed).map(|(m, number)| (m.member.as_str(), *number)).collect();
        hash_order_by(&mut by_hash, |(id, _)| id);
        group.by_hash = by_hash.into_iter().map(|(_, number)| number).collect();
        group
    }

    /// Every partition of every topic that somebody reads and the cluster has, and after each topic's own those that
    /// are claimed without existing.
    fn number_partitions(
        &mut self,
        joined: &[JoinedMember],
        said: &BTreeMap<&MemberId, MemberData>,
    ) -> BTreeMap<TopicPartition, PartitionNo> {
        let claimed: BTreeSet<&TopicPartition> = said.values().flat_map(|said| &said.partitions).collect();
        let wanted: BTreeSet<&TopicName> = joined.iter().flat_map(|m| &m.subscription.topics).collect();
        let mut numbers = BTreeMap::new();
        for name in wanted {
            let count = self.cluster.partition_count(name.as_str()).unwrap_or(0);
            if count == 0 {
                continue;
            }
            let count = i32::try_from(count).unwrap_or(i32::MAX);
            let number = |tp: &&TopicPartition| (0..count).contains(&tp.partition.0);
            let ghosts = claimed.iter().copied().filter(|tp| &tp.topic == name && !number(tp)).cloned();
            let topic = self.topics.len();
            let existing = (0..count).map(|number| TopicPartition::new(name.clone(), number));
            let mut partitions = Vec::new();
            for (id, exists) in existing.map(|id| (id, true)).chain(ghosts.map(|id| (id, false))) {
                if exists {
                    partitions.push(self.partitions.len());
                }
                numbers.insert(id.clone(), self.partitions.len());
                self.partitions.push(GroupPartition { topic, id, exists });
            }
            self.topics.push(GroupTopic { name: name.clone(), partitions, readers: Vec::new() });
        }
        numbers
    }

    /// The partitions that the cluster has, by topic and number.
    pub fn existing(&self) -> impl Iterator<Item = PartitionNo> {
        self.topics.iter().flat_map(|topic| topic.partitions.iter().copied())
    }

    pub fn exists(&self, partition: PartitionNo) -> bool {
        self.partitions.get(partition).is_some_and(|partition| partition.exists)
    }

    pub fn reads(&self, member: MemberNo, topic: TopicNo) -> bool {
        self.members.get(member).is_some_and(|member| member.topics.contains(&topic))
    }

    /// The topic of a partition.
    pub fn topic_of(&self, partition: PartitionNo) -> Option<(TopicNo, &GroupTopic)> {
        let topic = self.partitions.get(partition)?.topic;
        self.topics.get(topic).map(|known| (topic, known))
    }

    /// The order of "first by number, then by topic".
    pub fn by_number_then_topic(&self, partition: &PartitionNo) -> (i32, TopicNo) {
        self.partitions.get(*partition).map_or((0, 0), |p| (p.id.partition.0, p.topic))
    }

    /// The answer to the caller, in the caller's order.
    pub fn answer(&self, assigned: &[Vec<PartitionNo>]) -> Vec<(MemberId, Assignment)> {
        let id = |partition: &PartitionNo| self.partitions.get(*partition).map(|known| known.id.clone());
        let list = |member: MemberNo| assigned.get(member).into_iter().flatten().filter_map(id).collect();
        let members = self.listed.iter().filter_map(|number| Some((*number, self.members.get(*number)?)));
        members
            .map(|(number, member)| {
                (member.joined.member.clone(), Assignment { partitions: list(number), user_data: None })
            })
            .collect()
    }
}

/// What is left of `all` without `assigned`, both in one order.
///
/// A partition in `assigned` that is not in `all` stops the comparison, so that all that follow are left over too.
/// Kafka walks the two lists so, and gives partitions to two members where a member claims one that does not exist.
pub(super) fn left_over(
    all: impl Iterator<Item = PartitionNo>,
    assigned: &[PartitionNo],
) -> Vec<PartitionNo> {
    let mut assigned = assigned.iter().copied().peekable();
    all.filter(|partition| assigned.next_if_eq(partition).is_none()).collect()
}
