//! The group in numbers: members in the order in which Kafka walks them, topics by their ids.

use super::java_order;
use super::spec::{GroupSpec, MemberSpec, TopicSpec};
use millrace_model::collections::{Map, sort};
use millrace_model::{MemberId, TopicName, TopicPartition};

/// A member's number: its place in Kafka's hash table of members.
pub(super) type MemberNo = usize;
/// A topic's number: its place among the ids.
pub(super) type TopicNo = usize;
/// What members have: for each one its partitions, per topic. A topic of which it has nothing may stand there empty.
pub(super) type Assigned = Vec<Map<TopicNo, Vec<usize>>>;

pub(super) struct GroupMember<'a> {
    pub spec: &'a MemberSpec,
    /// What it subscribes to, of what exists; sorted.
    pub topics: Vec<TopicNo>,
    /// Its target assignment so far, the topics and numbers each in the order of Java's hash tables.
    pub assigned: Vec<(TopicNo, Vec<usize>)>,
}

pub(super) struct Group<'a> {
    spec: &'a GroupSpec,
    pub members: Vec<GroupMember<'a>>,
    pub topics: Vec<&'a TopicSpec>,
}

impl<'a> Group<'a> {
    pub fn new(spec: &'a GroupSpec) -> Group<'a> {
        let mut topics: Vec<&TopicSpec> = spec.topics.iter().collect();
        sort::sort_by_key(&mut topics, |topic| topic.id);
        let by_name: Map<&TopicName, TopicNo> =
            topics.iter().enumerate().map(|(number, topic)| (&topic.name, number)).collect();
        let mut members: Vec<&MemberSpec> = spec.members.iter().collect();
        java_order::strings(&mut members, |member| member.member.as_str());
        let members = members
            .into_iter()
            .map(|spec| {
                let mut subscribed: Vec<TopicNo> =
                    spec.topics.iter().filter_map(|name| by_name.get(name).copied()).collect();
                subscribed.sort_unstable();
                subscribed.dedup();
                GroupMember { spec, topics: subscribed, assigned: assigned(spec, &topics, &by_name) }
            })
            .collect();
        Group { spec, members, topics }
    }

    /// How many partitions the topic has.
    pub fn partitions(&self, topic: TopicNo) -> usize {
        self.topics.get(topic).map_or(0, |topic| topic.partitions)
    }

    /// True if all members subscribe to the same topics (`SubscriptionType.HOMOGENEOUS`).
    pub fn is_homogeneous(&self) -> bool {
        let topics = |number: usize| self.members.get(number).map(|member| &member.topics);
        (1..self.members.len()).all(|number| topics(number) == topics(0))
    }

    /// The answer, in the order of the spec.
    pub fn answer(&self, assigned: &Assigned) -> Vec<(MemberId, Vec<TopicPartition>)> {
        let mut lists: Map<&MemberId, Vec<TopicPartition>> = Map::default();
        for (member, topics) in self.members.iter().zip(assigned) {
            let mut list = Vec::new();
            for (topic, numbers) in topics.iter() {
                let Some(topic) = self.topics.get(*topic) else { continue };
                let number = |n: &usize| {
                    TopicPartition::new(topic.name.clone(), i32::try_from(*n).unwrap_or(i32::MAX))
                };
                list.extend(numbers.iter().map(number));
            }
            sort::sort(&mut list);
            lists.insert(&member.spec.member, list);
        }
        let members = self.spec.members.iter();
        members.map(|spec| (spec.member.clone(), lists.remove(&spec.member).unwrap_or_default())).collect()
    }
}

/// Partitions of topics that are gone, or that never existed, are left out.
fn assigned(
    spec: &MemberSpec,
    topics: &[&TopicSpec],
    by_name: &Map<&TopicName, TopicNo>,
) -> Vec<(TopicNo, Vec<usize>)> {
    let mut assigned: Map<TopicNo, Vec<usize>> = Map::default();
    for tp in &spec.assigned {
        let (Some(topic), Ok(number)) = (by_name.get(&tp.topic), usize::try_from(tp.partition.0)) else {
            continue;
        };
        if topics.get(*topic).is_some_and(|known| number < known.partitions) {
            assigned.entry(*topic).or_default().push(number);
        }
    }
    let mut assigned: Vec<(TopicNo, Vec<usize>)> = assigned.into_iter().collect();
    for (_, numbers) in &mut assigned {
        numbers.sort_unstable();
        numbers.dedup();
        java_order::numbers(numbers);
    }
    java_order::topics(&mut assigned, |(topic, _)| {
        topics.get(*topic).map(|topic| topic.id).unwrap_or_default()
    });
    assigned
}
