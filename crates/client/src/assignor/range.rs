//! `RangeAssignor`: per topic, the members in their order, each with one contiguous range of partitions; the first
//! ones get one more where it does not divide.
//!
//! The rack-aware and co-partitioned variant (KIP-881) is left out: it only acts when members name a `client.rack`.

use super::java_order::hash_order;
use millrace_model::protocol::{Assignment, JoinedMember};
use millrace_model::{ClusterMetadata, MemberId, Partition, TopicName, TopicPartition};
use std::cmp::Ordering;

/// `ConsumerPartitionAssignor.MemberInfo.compareTo`: static members first, by instance id; the others by member id.
fn by_member_info(a: &JoinedMember, b: &JoinedMember) -> Ordering {
    match (&a.group_instance_id, &b.group_instance_id) {
        (Some(a), Some(b)) => a.cmp(b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.member.cmp(&b.member),
    }
}

pub(super) fn assign(cluster: &ClusterMetadata, members: &[JoinedMember]) -> Vec<(MemberId, Assignment)> {
    let mut result: Vec<(MemberId, Assignment)> =
        members.iter().map(|m| (m.member.clone(), Assignment::default())).collect();
    let mut sorted: Vec<(usize, &JoinedMember)> = members.iter().enumerate().collect();
    sorted.sort_by(|(_, a), (_, b)| by_member_info(a, b));

    for topic in topics(cluster, members) {
        let partitions = cluster.partition_count(topic.as_str()).unwrap_or(0);
        let readers: Vec<usize> = sorted
            .iter()
            .filter(|(_, member)| member.subscription.topics.contains(&topic))
            .map(|(index, _)| *index)
            .collect();
        let each = partitions.checked_div(readers.len()).unwrap_or(0);
        let mut one_more = partitions.checked_rem(readers.len()).unwrap_or(0);
        let mut next = 0..i32::try_from(partitions).unwrap_or(i32::MAX);
        for reader in readers {
            let share = each + usize::from(one_more > 0);
            one_more = one_more.saturating_sub(1);
            let Some((_, assignment)) = result.get_mut(reader) else { continue };
            assignment.partitions.extend(
                next.by_ref()
                    .take(share)
                    .map(|p| TopicPartition { topic: topic.clone(), partition: Partition(p) }),
            );
        }
    }
    result
}

/// The topics that somebody wants and the cluster has, in the order in which Kafka walks them.
fn topics(cluster: &ClusterMetadata, members: &[JoinedMember]) -> Vec<TopicName> {
    let mut wanted: Vec<TopicName> = Vec::new();
    for topic in members.iter().flat_map(|member| &member.subscription.topics) {
        if cluster.partition_count(topic.as_str()).is_some_and(|count| count > 0) && !wanted.contains(topic) {
            wanted.push(topic.clone());
        }
    }
    hash_order(wanted)
}
