//! `RangeAssignor`: per topic, the subscribers in their order, each with one contiguous range; the first ones get one
//! more where it does not divide. What members had before does not count.

use super::group::{Assigned, Group, MemberNo};
use millrace_model::collections::{Map, sort};

pub(super) fn assign(group: &Group) -> Assigned {
    let mut order: Vec<MemberNo> = (0..group.members.len()).collect();
    // Static members first, by instance id; the others by member id.
    sort::sort_by_key(&mut order, |number| {
        group.members.get(*number).map(|member| match &member.spec.instance {
            Some(instance) => (0, &**instance),
            None => (1, member.spec.member.as_str()),
        })
    });
    let mut assigned: Assigned = vec![Map::default(); group.members.len()];
    for topic in 0..group.topics.len() {
        let reads = |number: &MemberNo| group.members.get(*number).is_some_and(|m| m.topics.contains(&topic));
        let readers: Vec<MemberNo> = order.iter().copied().filter(reads).collect();
        let partitions = group.partitions(topic);
        let each = partitions.checked_div(readers.len()).unwrap_or(0);
        let one_more = partitions.checked_rem(readers.len()).unwrap_or(0);
        let mut next = 0;
        for (place, reader) in readers.into_iter().enumerate() {
            let end = next + each + usize::from(place < one_more);
            if let Some(assigned) = assigned.get_mut(reader) {
                assigned.insert(topic, (next..end).collect());
            }
            next = end;
        }
    }
    assigned
}
