//! All members read the same topics (`UniformHomogeneousAssignmentBuilder`): everybody keeps what its quota allows,
//! and the rest fills up those that have less.

use super::group::{Assigned, Group, MemberNo, TopicNo};
use super::java_order;
use millrace_model::collections::{Map, Set};

pub(super) fn assign(group: &Group) -> Assigned {
    let mut topics: Vec<TopicNo> =
        group.members.first().map(|member| member.topics.clone()).unwrap_or_default();
    java_order::topics(&mut topics, |topic| {
        group.topics.get(*topic).map(|topic| topic.id).unwrap_or_default()
    });
    let partitions: usize = topics.iter().map(|topic| group.partitions(*topic)).sum();
    let members = group.members.len();
    let Some((each, one_more)) = partitions.checked_div(members).zip(partitions.checked_rem(members)) else {
        return Assigned::new();
    };
    let mut rest = nobodys(group, &topics);
    let mut assigned: Assigned = vec![Map::default(); members];
    let mut unfilled: Vec<(MemberNo, usize)> = Vec::new();
    for (number, member) in group.members.iter().enumerate() {
        // The first members in Java's hash order get the larger shares, whoever has more at present.
        let mut quota = each + usize::from(number < one_more);
        for (topic, had) in member.assigned.iter().filter(|(topic, _)| topics.contains(topic)) {
            let (keep, give_up) = had.split_at(quota.min(had.len()));
            quota -= keep.len();
            rest.extend(give_up.iter().map(|partition| (*topic, *partition)));
            if let Some(assigned) = assigned.get_mut(number) {
                assigned.insert(*topic, keep.to_vec());
            }
        }
        unfilled.push((number, quota));
    }
    let mut rest = rest.into_iter();
    for (number, quota) in unfilled {
        let Some(assigned) = assigned.get_mut(number) else { continue };
        for (topic, partition) in rest.by_ref().take(quota) {
            assigned.entry(topic).or_default().push(partition);
        }
    }
    assigned
}

/// What nobody has, topic by topic.
fn nobodys(group: &Group, topics: &[TopicNo]) -> Vec<(TopicNo, usize)> {
    let had = |(topic, numbers): &(TopicNo, Vec<usize>)| -> Vec<(TopicNo, usize)> {
        numbers.iter().map(|number| (*topic, *number)).collect()
    };
    let had: Set<(TopicNo, usize)> =
        group.members.iter().flat_map(|m| m.assigned.iter().flat_map(had)).collect();
    let all = topics.iter().flat_map(|topic| (0..group.partitions(*topic)).map(|number| (*topic, number)));
    all.filter(|partition| !had.contains(partition)).collect()
}
