//! Members read different topics (`GeneralAssignmentBuilder`): what fits is kept, the rest goes to whoever has least,
//! and then partitions are moved, one at a time, as long as that makes the shares more even.

use super::Plan;
use super::claims::{Claims, remove_first};
use super::group::{Group, MemberNo, PartitionNo, left_over};
use super::movements::Movements;
use super::racks::Racks;
use millrace_model::collections::sort;
use millrace_model::{Generation, Set};

/// Rounds over all partitions after which balancing ends. Kafka has no such end; a few rounds are usual, and no group
/// is known that needs more than a handful.
const MAX_ROUNDS: usize = 1_000;

pub(super) fn plan(group: &Group, claims: Claims, racks: &Racks) -> Plan {
    let mut general = General::new(group, claims);
    let mut kept = general.keep_owned(racks);
    let by_readers = |partition: &PartitionNo| {
        (group.topic_of(*partition).map_or(0, |(_, topic)| topic.readers.len()), *partition)
    };
    sort::sort_by_key(&mut kept, by_readers);
    let mut all: Vec<PartitionNo> = group.existing().collect();
    sort::sort_by_key(&mut all, by_readers);
    let rest = left_over(all.iter().copied(), &kept);
    general.by_load = (0..group.members.len()).map(|member| (general.count(member), member)).collect();
    general.balance(all, rest, racks);
    Plan { assigned: general.assigned, transferring: None }
}

struct General<'a> {
    group: &'a Group<'a>,
    assigned: Vec<Vec<PartitionNo>>,
    owner: Vec<Option<MemberNo>>,
    /// See [`Claims::earlier`].
    earlier: Vec<Option<(MemberNo, Generation)>>,
    /// Members by how many partitions they have, without those that nothing can be moved from or to.
    by_load: Set<(usize, MemberNo)>,
    /// Members left out of `by_load`.
    fixed: Set<MemberNo>,
    /// How many partitions each member could have.
    most: Vec<usize>,
    movements: Movements,
    revoked: bool,
}

impl<'a> General<'a> {
    fn new(group: &'a Group<'a>, claims: Claims) -> General<'a> {
        let mut owner = vec![None; group.partitions.len()];
        for (member, owned) in claims.owned.iter().enumerate() {
            for partition in owned {
                if let Some(owner) = owner.get_mut(*partition) {
                    *owner = Some(member);
                }
            }
        }
        let size = |topic: &usize| group.topics.get(*topic).map_or(0, |topic| topic.partitions.len());
        General {
            group,
            assigned: claims.owned,
            owner,
            earlier: claims.earlier,
            by_load: Set::new(),
            fixed: Set::new(),
            most: group.members.iter().map(|member| member.topics.iter().map(size).sum()).collect(),
            movements: Movements::default(),
            revoked: false,
        }
    }

    /// Drops what a member does not read any more, and what is in another rack; returns all that is kept.
    fn keep_owned(&mut self, racks: &Racks) -> Vec<PartitionNo> {
        for (member, assigned) in self.assigned.iter_mut().enumerate() {
            let before = assigned.len();
            assigned.retain(|partition| {
                let reads = self.group.topic_of(*partition).is_some_and(|(t, _)| self.group.reads(member, t));
                reads && !racks.mismatch(member, *partition)
            });
            self.revoked |= assigned.len() < before;
        }
        self.assigned.concat()
    }

    fn balance(&mut self, mut all: Vec<PartitionNo>, mut rest: Vec<PartitionNo>, racks: &Racks) {
        let initializing = self.by_load.last().is_none_or(|(count, _)| *count == 0);
        let mut open = rest.clone();
        if racks.matter() {
            open.retain(|partition| !self.assign_to_least(*partition, Some(racks)));
        }
        for partition in open {
            self.assign_to_least(partition, None);
        }
        all.retain(|partition| self.can_move(*partition));
        rest.retain(|partition| self.can_move(*partition));
        self.fixed = (0..self.group.members.len()).filter(|member| !self.can_take_part(*member)).collect();
        let fixed = &self.fixed;
        self.by_load.retain(|(_, member)| !fixed.contains(member));

        let before = self.assigned.clone();
        if !self.revoked {
            // New partitions first: perhaps nobody has to give up any.
            self.reassign(&rest);
        }
        let moved = self.reassign(&all);
        if !initializing && moved && self.unevenness(&self.assigned) >= self.unevenness(&before) {
            self.assigned = before;
        }
    }

    /// Gives the partition to the first reader (near it, if racks are given) in the order of loads.
    fn assign_to_least(&mut self, partition: PartitionNo, racks: Option<&Racks>) -> bool {
        let Some((topic, _)) = self.group.topic_of(partition) else { return false };
        let may = |member| {
            self.group.reads(member, topic) && !racks.is_some_and(|racks| racks.mismatch(member, partition))
        };
        let Some((_, member)) = self.by_load.iter().copied().find(|(_, member)| may(*member)) else {
            return false;
        };
        self.change_load(member, |general| general.give(partition, member));
        true
    }

    /// Keeps `by_load` in order while what the member has changes.
    fn change_load(&mut self, member: MemberNo, change: impl FnOnce(&mut Self)) {
        self.by_load.remove(&(self.count(member), member));
        change(self);
        self.by_load.insert((self.count(member), member));
    }

    fn give(&mut self, partition: PartitionNo, member: MemberNo) {
        if let (Some(assigned), Some(owner)) = (self.assigned.get_mut(member), self.owner.get_mut(partition))
        {
            assigned.push(partition);
            *owner = Some(member);
        }
    }

    fn count(&self, member: MemberNo) -> usize {
        self.assigned.get(member).map_or(0, Vec::len)
    }

    /// How much a member has that takes part in balancing.
    fn load(&self, member: MemberNo) -> Option<usize> {
        (!self.fixed.contains(&member)).then(|| self.count(member))
    }

    /// True if two members or more read its topic.
    fn can_move(&self, partition: PartitionNo) -> bool {
        self.group.topic_of(partition).is_some_and(|(_, topic)| topic.readers.len() >= 2)
    }

    /// True if a member could have more, or give something away.
    fn can_take_part(&self, member: MemberNo) -> bool {
        let assigned = self.assigned.get(member).map_or(&[][..], Vec::as_slice);
        let most = self.most.get(member).copied().unwrap_or(0);
        assigned.len() < most || assigned.iter().any(|partition| self.can_move(*partition))
    }

    /// `performReassignments`: true if anything was moved.
    fn reassign(&mut self, partitions: &[PartitionNo]) -> bool {
        for round in 0..MAX_ROUNDS {
            let mut moved = false;
            let mut balanced = self.is_balanced();
            for partition in partitions {
                if balanced {
                    break;
                }
                if self.reassign_one(*partition) {
                    moved = true;
                    balanced = self.is_balanced();
                }
            }
            if !moved {
                return round > 0;
            }
        }
        true
    }

    fn reassign_one(&mut self, partition: PartitionNo) -> bool {
        let owner = self.owner.get(partition).copied().flatten();
        let Some((owner, load)) = owner.and_then(|owner| Some((owner, self.load(owner)?))) else {
            return false;
        };
        let has_less = |member: MemberNo| self.load(member).is_some_and(|other| load > other + 1);
        let Some((topic, known)) = self.group.topic_of(partition) else { return false };
        if let Some((earlier, _)) = self.earlier.get(partition).copied().flatten()
            && has_less(earlier)
        {
            return self.move_to(partition, owner, earlier);
        }
        if !known.readers.iter().copied().any(has_less) {
            return false;
        }
        let least = self.by_load.iter().map(|(_, member)| *member).find(|m| self.group.reads(*m, topic));
        least.is_some_and(|least| self.move_to(partition, owner, least))
    }

    fn move_to(&mut self, partition: PartitionNo, owner: MemberNo, to: MemberNo) -> bool {
        let partition = self.movements.instead_of(self.group, partition, owner, to);
        let Some(from) = self.owner.get(partition).copied().flatten() else { return false };
        self.movements.moved(self.group, partition, from, to);
        self.change_load(from, |general| remove_first(general.assigned.get_mut(from), partition));
        self.change_load(to, |general| general.give(partition, to));
        true
    }

    /// `isBalanced`: nobody who has less than another could have one of the other's partitions.
    fn is_balanced(&self) -> bool {
        let (Some((least, _)), Some((most, _))) = (self.by_load.first(), self.by_load.last()) else {
            return true;
        };
        if *least + 1 >= *most {
            return true;
        }
        let owners = self.owners();
        let load_of = |partition: PartitionNo| {
            owners.get(partition).copied().flatten().map_or(0, |member| self.count(member))
        };
        let heaviest: Vec<usize> = self
            .group
            .topics
            .iter()
            .map(|topic| topic.partitions.clone().map(load_of).max().unwrap_or(0))
            .collect();
        self.by_load.iter().all(|(load, number)| {
            let topics = self.group.members.get(*number).map_or(&[][..], |member| member.topics.as_slice());
            let heavy = |topic: &&usize| heaviest.get(**topic).is_some_and(|heavy| *heavy > load + 1);
            let assigned = self.assigned.get(*number).map_or(&[][..], Vec::as_slice);
            let could_have = |topic: &usize| {
                let partitions = self.group.topics.get(*topic).map_or(0..0, |topic| topic.partitions.clone());
                // A partition that two members have (see `left_over`) is not one that it could get.
                partitions.into_iter().any(|p| load_of(p) > load + 1 && !assigned.contains(&p))
            };
            self.most.get(*number) == Some(load) || !topics.iter().filter(heavy).any(could_have)
        })
    }

    /// Who has each partition, of the members that take part.
    fn owners(&self) -> Vec<Option<MemberNo>> {
        let mut owners = vec![None; self.group.partitions.len()];
        for member in self.group.by_hash.iter().filter(|member| !self.fixed.contains(member)) {
            for partition in self.assigned.get(*member).into_iter().flatten() {
                if let Some(owner) = owners.get_mut(*partition) {
                    *owner = Some(*member);
                }
            }
        }
        owners
    }

    /// `getBalanceScore`: the sum of the differences between all pairs that take part.
    fn unevenness(&self, assigned: &[Vec<PartitionNo>]) -> usize {
        let part = assigned.iter().enumerate().filter(|(member, _)| !self.fixed.contains(member));
        let mut counts: Vec<usize> = part.map(|(_, assigned)| assigned.len()).collect();
        sort::sort(&mut counts);
        let after = |(before, count): (usize, &usize)| -> usize {
            counts.iter().skip(before).map(|other| other - count).sum()
        };
        counts.iter().enumerate().map(after).sum()
    }
}
