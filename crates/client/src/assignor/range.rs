//! `RangeAssignor`: per topic, the members in their order, each with one contiguous range of partitions; the first
//! ones get one more where it does not divide.
//!
//! Where members name a `client.rack` and it can matter, partitions with a copy in a member's rack go to it first,
//! and topics with the same readers and as many partitions are kept side by side (KIP-881). Shares still differ by
//! one at most, but who gets the one more may change.

use super::java_order::hash_order;
use super::range_topic::TopicState;
use millrace_model::collections::sort;
use millrace_model::protocol::{Assignment, JoinedMember};
use millrace_model::{ClusterMetadata, Map, MemberId, TopicName};
use std::cmp::Ordering;

/// `ConsumerPartitionAssignor.MemberInfo.compareTo`: static members first, by instance id; the others by member id.
pub(super) fn by_member_info(a: &JoinedMember, b: &JoinedMember) -> Ordering {
    match (&a.group_instance_id, &b.group_instance_id) {
        (Some(a), Some(b)) => a.cmp(b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.member.cmp(&b.member),
    }
}

pub(super) fn assign(cluster: &ClusterMetadata, members: &[JoinedMember]) -> Vec<(MemberId, Assignment)> {
    let mut sorted: Vec<&JoinedMember> = members.iter().collect();
    sort::sort_by(&mut sorted, |a, b| by_member_info(a, b));
    let mut states: Vec<TopicState> =
        topics(cluster, members).iter().map(|topic| TopicState::new(cluster, topic, &sorted)).collect();
    let rack_aware = states.iter().any(|state| state.needs_rack_awareness);
    if rack_aware {
        match_racks(&mut states);
    }
    for state in &mut states {
        state.assign_ranges(|_, _, _| true);
    }
    let mut assigned: Map<&MemberId, Assignment> = Map::new();
    for state in &states {
        for (member, partitions) in state.assigned() {
            assigned.entry(member).or_default().partitions.extend(partitions);
        }
    }
    let mut result: Vec<(MemberId, Assignment)> =
        members.iter().map(|m| (m.member.clone(), assigned.remove(&m.member).unwrap_or_default())).collect();
    if rack_aware {
        result.iter_mut().for_each(|(_, assignment)| sort::sort(&mut assignment.partitions));
    }
    result
}

/// `assignWithRackMatching`: topics with the same readers and as many partitions go together.
fn match_racks(states: &mut [TopicState]) {
    let mut groups: Map<_, Vec<&mut TopicState>> = Map::new();
    for state in states {
        groups.entry(state.co_partitioning()).or_default().push(state);
    }
    for group in groups.values_mut() {
        match group.as_mut_slice() {
            [state] if state.needs_rack_awareness => {
                state.assign_ranges(|state, reader, partition| state.racks_match(reader, partition));
            }
            [_] | [] => {}
            states => match_co_partitioned(states),
        }
    }
}

/// One partition number after the other goes, in all of the topics, to the first reader in whose rack it is.
fn match_co_partitioned(states: &mut [&mut TopicState]) {
    let readers = states.first().map_or(0, |state| state.readers());
    let partitions = states.first().map_or(0, |state| state.partitions_with_racks());
    for partition in 0..partitions {
        let found = (0..readers).find(|reader| {
            states.iter().all(|state| state.racks_match(*reader, partition) && state.room(*reader) > 0)
        });
        if let Some(reader) = found {
            states.iter_mut().for_each(|state| state.give(reader, &[partition]));
        }
    }
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
