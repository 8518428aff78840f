//! `RoundRobinAssignor`: all partitions of all topics in one row, dealt to the members in turn; a member that does
//! not read a topic is passed over.

use super::range::by_member_info;
use millrace_model::collections::sort;
use millrace_model::protocol::{Assignment, JoinedMember};
use millrace_model::{ClusterMetadata, Map, MemberId, Set, TopicName, TopicPartition};

pub(super) fn assign(cluster: &ClusterMetadata, members: &[JoinedMember]) -> Vec<(MemberId, Assignment)> {
    let mut sorted: Vec<&JoinedMember> = members.iter().collect();
    sort::sort_by(&mut sorted, |a, b| by_member_info(a, b));
    let topics: Set<&TopicName> = members.iter().flat_map(|member| &member.subscription.topics).collect();
    let mut assigned: Map<&MemberId, Vec<TopicPartition>> = Map::new();
    let mut turns = sorted.iter().cycle();
    for topic in topics {
        for partition in 0..cluster.partition_count(topic.as_str()).unwrap_or(0) {
            // Somebody reads the topic, so nobody's turn comes twice here.
            let reader = turns.by_ref().take(sorted.len()).find(|m| m.subscription.topics.contains(topic));
            if let (Some(reader), Ok(number)) = (reader, i32::try_from(partition)) {
                assigned.entry(&reader.member).or_default().push(TopicPartition::new(topic.clone(), number));
            }
        }
    }
    let list = |member: &MemberId| assigned.get(member).cloned().unwrap_or_default();
    let assignment = |member| Assignment { partitions: list(member), user_data: None };
    members.iter().map(|m| (m.member.clone(), assignment(&m.member))).collect()
}
