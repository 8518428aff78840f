//! The group in numbers: members by the order of their ids, topics by name, partitions by topic and number.
//!
//! A number is an index into the list of its kind, so that comparing numbers compares as Kafka does.

use super::user_data::MemberData;
use crate::assignor::java_order::hash_order_by;
use millrace_model::collections::sort;
use millrace_model::protocol::{Assignment, JoinedMember};
use millrace_model::{ClusterMetadata, Generation, MemberId, TopicName, TopicPartition};
use std::ops::Range;

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
    /// Those that the cluster has.
    pub partitions: Range<PartitionNo>,
    /// Those that are only claimed.
    ghosts: Range<PartitionNo>,
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
        let mut group = Group {
            cluster,
            members: Vec::new(),
            listed: Vec::new(),
            by_hash: Vec::new(),
            topics: Vec::new(),
            partitions: Vec::new(),
        };
        let mut said: Vec<(&JoinedMember, MemberData)> = joined.iter().map(|m| (m, data(m))).collect();
        sort::sort_by(&mut said, |(a, _), (b, _)| a.member.cmp(&b.member));
        group.number_partitions(&said);
        for (joined, said) in said {
            let topics: Vec<TopicNo> =
                joined.subscription.topics.iter().filter_map(|name| group.topic_no(name)).collect();
            for topic in &topics {
                if let Some(topic) = group.topics.get_mut(*topic) {
                    topic.readers.push(group.members.len());
                }
            }
            let claimed = said.partitions.iter().filter_map(|claim| group.partition_no(claim)).collect();
            group.members.push(GroupMember { joined, topics, claimed, generation: said.generation });
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
    fn number_partitions(&mut self, said: &[(&JoinedMember, MemberData)]) {
        let mut names: Vec<&TopicName> = said.iter().flat_map(|(m, _)| &m.subscription.topics).collect();
        sort::sort(&mut names);
        names.dedup();
        names.retain(|name| self.cluster.partition_count(name.as_str()).unwrap_or(0) > 0);
        let exists = |tp: &&TopicPartition| self.cluster.partition(tp).is_some();
        let claims = said.iter().flat_map(|(_, said)| &said.partitions);
        let mut ghosts: Vec<&TopicPartition> = claims.filter(|tp| !exists(tp)).collect();
        sort::sort(&mut ghosts);
        ghosts.dedup();
        for name in names {
            let (topic, first) = (self.topics.len(), self.partitions.len());
            let count = i32::try_from(self.cluster.partition_count(name.as_str()).unwrap_or(0));
            let number = |n| GroupPartition { topic, id: TopicPartition::new(name.clone(), n), exists: true };
            self.partitions.extend((0..count.unwrap_or(i32::MAX)).map(number));
            let end = self.partitions.len();
            let ghost = |tp: &TopicPartition| GroupPartition { topic, id: tp.clone(), exists: false };
            self.partitions.extend(ghosts.iter().filter(|tp| &tp.topic == name).map(|tp| ghost(tp)));
            self.topics.push(GroupTopic {
                name: name.clone(),
                partitions: first..end,
                ghosts: end..self.partitions.len(),
                readers: Vec::new(),
            });
        }
    }

    fn topic_no(&self, name: &TopicName) -> Option<TopicNo> {
        self.topics.binary_search_by(|topic| topic.name.cmp(name)).ok()
    }

    fn partition_no(&self, id: &TopicPartition) -> Option<PartitionNo> {
        let topic = self.topics.get(self.topic_no(&id.topic)?)?;
        let existing = usize::try_from(id.partition.0).ok().and_then(|n| topic.partitions.clone().nth(n));
        existing.or_else(|| {
            let ghosts = self.partitions.get(topic.ghosts.clone())?;
            Some(topic.ghosts.start + ghosts.binary_search_by(|ghost| ghost.id.cmp(id)).ok()?)
        })
    }

    /// The partitions that the cluster has, by topic and number.
    pub fn existing(&self) -> impl Iterator<Item = PartitionNo> {
        self.topics.iter().flat_map(|topic| topic.partitions.clone())
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
