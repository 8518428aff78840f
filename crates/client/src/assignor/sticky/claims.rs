//! Who owned what before: what the members say, after the contradictions are settled by generation.

use super::group::{Group, MemberNo, PartitionNo};
use millrace_model::{Generation, Set, TopicName};

pub(super) struct Claims {
    /// True if all members read the same topics, which has a simpler and faster way.
    pub same_subscriptions: bool,
    /// What each member may be thought to own.
    pub owned: Vec<Vec<PartitionNo>>,
    /// Claimed by two members of one generation, so by neither rightly.
    pub contested: Set<PartitionNo>,
    /// Who had each partition in the newest generation before the last one, as members that came back late tell it.
    pub earlier: Vec<Option<(MemberNo, Generation)>>,
}

impl Claims {
    pub fn settle(group: &Group) -> Claims {
        let mut claims = Claims {
            same_subscriptions: same_subscriptions(group),
            owned: vec![Vec::new(); group.members.len()],
            contested: Set::new(),
            earlier: vec![None; group.partitions.len()],
        };
        let mut owners: Vec<Option<MemberNo>> = vec![None; group.partitions.len()];
        for member in &group.listed {
            let Some(known) = group.members.get(*member) else { continue };
            for partition in &known.claimed {
                claims.settle_one(group, &mut owners, *member, *partition);
            }
        }
        claims.remember_earlier(group);
        claims
    }

    fn settle_one(
        &mut self,
        group: &Group,
        owners: &mut [Option<MemberNo>],
        member: MemberNo,
        partition: PartitionNo,
    ) {
        let (Some(known), Some(owner)) = (group.members.get(member), owners.get_mut(partition)) else {
            return;
        };
        if let Some(other) = *owner {
            // The other's generation is the one of its subscription, not the one in its user data, as in Kafka.
            let others =
                group.members.get(other).map_or(Generation::NONE, |m| m.joined.subscription.generation);
            let mine = known.generation.unwrap_or(Generation::NONE);
            if mine < others.max(Generation::NONE) {
                return;
            }
            if mine == others.max(Generation::NONE) {
                self.contested.insert(partition);
            } else if let Some(owned) = self.owned.get_mut(member) {
                owned.push(partition);
            }
            remove_first(self.owned.get_mut(other), partition);
        } else if let Some(owned) = self.owned.get_mut(member) {
            owned.push(partition);
        }
        *owner = Some(member);
    }

    fn remember_earlier(&mut self, group: &Group) {
        let last = group.members.iter().filter_map(|member| member.generation).max();
        let last = last.unwrap_or(Generation::NONE).max(Generation::NONE);
        for number in &group.listed {
            let Some(member) = group.members.get(*number) else { continue };
            let generation = member.generation.unwrap_or(Generation::NONE);
            if generation >= last {
                continue;
            }
            for partition in &member.claimed {
                if let Some(earlier) = self.earlier.get_mut(*partition)
                    && earlier.is_none_or(|(_, known)| generation > known)
                {
                    *earlier = Some((*number, generation));
                }
            }
        }
    }

    /// The claims without partitions that do not exist.
    pub fn without_ghosts(mut self, group: &Group) -> Claims {
        self.owned.iter_mut().for_each(|owned| owned.retain(|partition| group.exists(*partition)));
        self
    }
}

/// `List.remove(Object)`: the first one only.
pub(in crate::assignor) fn remove_first(list: Option<&mut Vec<PartitionNo>>, partition: PartitionNo) {
    if let Some(list) = list
        && let Some(at) = list.iter().position(|p| *p == partition)
    {
        list.remove(at);
    }
}

/// Topics that the cluster does not have count here. Kafka compares with the first subscription that is not empty,
/// so members without any topic count as equal if they are listed before it.
fn same_subscriptions(group: &Group) -> bool {
    let mut first: Set<&TopicName> = Set::new();
    group.listed.iter().filter_map(|number| group.members.get(*number)).all(|member| {
        let topics = &member.joined.subscription.topics;
        if first.is_empty() {
            first.extend(topics);
            return true;
        }
        topics.len() == first.len() && topics.iter().all(|topic| first.contains(topic))
    })
}
