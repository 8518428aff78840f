//! Who stands near which partition (KIP-881): `client.rack` of the members against the racks of the copies.

use super::group::{Group, MemberNo, PartitionNo};
use crate::assignor::range_topic::racks_of;
use millrace_model::Set;
use millrace_model::collections::sort;
use std::sync::Arc;

/// `AbstractStickyAssignor.RackInfo`.
pub(super) struct Racks {
    /// Each member's rack; empty if racks cannot matter.
    members: Vec<Option<Arc<str>>>,
    /// The racks of each partition's copies; empty if no member names a rack.
    partitions: Vec<Set<String>>,
    /// How many members stand near each partition.
    near: Vec<usize>,
}

impl Racks {
    pub fn new(group: &Group) -> Racks {
        let rack = |number: usize| {
            let subscription = &group.members.get(number)?.joined.subscription;
            subscription.rack.clone().filter(|rack| !rack.is_empty())
        };
        let mut members: Vec<Option<Arc<str>>> = (0..group.members.len()).map(rack).collect();
        if members.iter().flatten().next().is_none() {
            return Racks { members: Vec::new(), partitions: Vec::new(), near: Vec::new() };
        }
        let partitions: Vec<Set<String>> = group
            .partitions
            .iter()
            .map(|known| group.cluster.partition(&known.id).map(|info| racks_of(group.cluster, info)))
            .map(Option::unwrap_or_default)
            .collect();
        let near = partitions
            .iter()
            .map(|racks| members.iter().flatten().filter(|rack| racks.contains(&***rack)).count())
            .collect();
        let existing = || group.existing().filter_map(|partition| partitions.get(partition));
        let all: Set<&String> = existing().flat_map(Set::iter).collect();
        let shared = members.iter().flatten().any(|rack| all.iter().any(|known| known.as_str() == &**rack));
        // It cannot matter where no rack is shared, or where every partition has copies in all racks.
        if !shared || existing().all(|racks| racks.iter().eq(all.iter().copied())) {
            members.clear();
        }
        Racks { members, partitions, near }
    }

    /// True if racks decide.
    pub fn matter(&self) -> bool {
        !self.members.is_empty()
    }

    /// True if the member names a rack and the partition has no copy in it.
    pub fn mismatch(&self, member: MemberNo, partition: PartitionNo) -> bool {
        self.rack(member).is_some() && !self.near(member, partition)
    }

    fn rack(&self, member: MemberNo) -> Option<&Arc<str>> {
        self.members.get(member)?.as_ref()
    }

    fn near(&self, member: MemberNo, partition: PartitionNo) -> bool {
        let racks = self.partitions.get(partition);
        self.rack(member).is_some_and(|rack| racks.is_some_and(|racks| racks.contains(&**rack)))
    }

    /// Partitions with few members near them first.
    pub fn sort_by_members_near(&self, partitions: &mut Vec<PartitionNo>) {
        sort::sort_by_key(partitions, |partition| self.near.get(*partition).copied().unwrap_or(0));
    }

    /// The place of the first of `members` near the partition, looking round from the place `from`.
    pub fn next_near(&self, partition: PartitionNo, members: &[MemberNo], from: usize) -> Option<usize> {
        let near = |(_, member): &(usize, &MemberNo)| self.near(**member, partition);
        members.iter().enumerate().cycle().skip(from).take(members.len()).find(near).map(|(place, _)| place)
    }
}
