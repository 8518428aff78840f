//! All members read the same topics (`ConstrainedAssignmentBuilder`): everybody gets the smaller or the larger
//! quota, keeps of its own what fits, and the rest is dealt round.

use super::Plan;
use super::claims::Claims;
use super::group::{Group, MemberNo, PartitionNo, left_over};
use super::racks::Racks;
use millrace_model::Map;
use millrace_model::collections::sort;

/// Deals; `None` if claims of partitions that do not exist have led it astray.
pub(super) fn plan(group: &Group, claims: &Claims, racks: &Racks) -> Option<Plan> {
    let members = group.members.len();
    let partitions = group.existing().count();
    let min_quota = partitions.checked_div(members)?;
    let larger_shares = partitions.checked_rem(members)?;
    let mut deal = Deal {
        racks,
        claims,
        assigned: vec![Vec::new(); members],
        may_move: vec![None; group.partitions.len()],
        transferring: Map::new(),
        below_min: Vec::new(),
        at_min: Vec::new(),
        min_quota,
        max_quota: min_quota + usize::from(larger_shares > 0),
        larger_shares,
        larger_shares_given: 0,
    };
    let mut kept = deal.keep_owned(group);
    sort::sort(&mut kept);
    let mut rest = left_over(group.existing(), &kept);
    sort::sort(&mut deal.below_min);
    sort::sort(&mut deal.at_min);
    racks.sort_by_members_near(&mut rest);
    if racks.matter() {
        deal.deal_within_racks(&mut rest);
    }
    deal.deal_round(&rest)?;
    deal.everybody_has_enough()
        .then_some(Plan { assigned: deal.assigned, transferring: Some(deal.transferring) })
}

struct Deal<'a> {
    racks: &'a Racks,
    claims: &'a Claims,
    assigned: Vec<Vec<PartitionNo>>,
    /// Owned, but not kept: if somebody else gets it, it changes hands.
    may_move: Vec<Option<MemberNo>>,
    transferring: Map<PartitionNo, MemberNo>,
    /// Members with less than `min_quota`.
    below_min: Vec<MemberNo>,
    /// Members with `min_quota` that may get one more.
    at_min: Vec<MemberNo>,
    min_quota: usize,
    max_quota: usize,
    /// How many members shall have more than `min_quota`.
    larger_shares: usize,
    larger_shares_given: usize,
}

impl Deal<'_> {
    /// `assignOwnedPartitions`: walks the members in the order of Java's hash table, so it is that order which
    /// decides whose share is the larger one. Returns all that is kept.
    fn keep_owned(&mut self, group: &Group) -> Vec<PartitionNo> {
        let mut all_kept = Vec::new();
        for member in group.by_hash.iter().copied() {
            let mut owned = self.claims.owned.get(member).cloned().unwrap_or_default();
            owned.retain(|partition| {
                let mismatch = self.racks.mismatch(member, *partition);
                if mismatch && let Some(owner) = self.may_move.get_mut(*partition) {
                    *owner = Some(member);
                }
                !mismatch
            });
            sort::sort_by_key(&mut owned, |partition| group.by_number_then_topic(partition));
            owned.retain(|partition| !self.claims.contested.contains(partition));
            let larger_left = self.larger_shares_given < self.larger_shares;
            let keep = if owned.len() < self.min_quota {
                self.below_min.push(member);
                owned.len()
            } else if owned.len() >= self.max_quota && larger_left {
                self.give_larger_share();
                self.max_quota
            } else {
                if larger_left {
                    self.at_min.push(member);
                }
                self.min_quota
            };
            let given_up = owned.split_off(keep);
            for partition in given_up {
                if let Some(owner) = self.may_move.get_mut(partition) {
                    *owner = Some(member);
                }
            }
            all_kept.extend(&owned);
            if let Some(assigned) = self.assigned.get_mut(member) {
                *assigned = owned;
            }
        }
        all_kept
    }

    /// With the last larger share given, whoever has `min_quota` has enough.
    fn give_larger_share(&mut self) {
        self.larger_shares_given += 1;
        if self.larger_shares_given == self.larger_shares {
            self.at_min.clear();
        }
    }

    /// `assignRackAwareRoundRobin`: takes out of `rest` what somebody near can have.
    fn deal_within_racks(&mut self, rest: &mut Vec<PartitionNo>) {
        let mut turn = 0;
        rest.retain(|partition| {
            let below = self.racks.next_near(*partition, &self.below_min, turn);
            if let Some((place, member)) = below.and_then(|place| Some((place, *self.below_min.get(place)?)))
            {
                let count = self.count(member) + 1;
                let next = if count >= self.min_quota {
                    self.below_min.remove(place);
                    if count < self.max_quota && self.larger_shares_given < self.larger_shares {
                        self.at_min.push(member);
                    }
                    place
                } else {
                    place + 1
                };
                turn = next.checked_rem(self.below_min.len()).unwrap_or(0);
                self.assign(*partition, member);
                return false;
            }
            let at_min = self.racks.next_near(*partition, &self.at_min, 0);
            if let Some((place, member)) = at_min.and_then(|place| Some((place, *self.at_min.get(place)?))) {
                if self.count(member) + 1 == self.max_quota {
                    self.at_min.remove(place);
                    self.give_larger_share();
                }
                self.assign(*partition, member);
                return false;
            }
            true
        });
    }

    /// `assignRoundRobin`: one each to those below the smaller quota, round and round; then the larger shares.
    /// `None` if there is something left and nobody to have it.
    fn deal_round(&mut self, rest: &[PartitionNo]) -> Option<()> {
        let mut turn = 0;
        for partition in rest {
            let from_below = !self.below_min.is_empty();
            let member = if from_below {
                turn = if turn < self.below_min.len() { turn } else { 0 };
                turn += 1;
                *self.below_min.get(turn - 1)?
            } else if self.at_min.is_empty() {
                return None;
            } else {
                self.at_min.remove(0)
            };
            let count = self.assign(*partition, member);
            if count == self.min_quota {
                if from_below {
                    turn -= 1;
                    self.below_min.remove(turn);
                }
                self.at_min.push(member);
            } else if count == self.max_quota {
                self.larger_shares_given += 1;
            }
        }
        Some(())
    }

    /// Gives it; returns how many the member has now.
    fn assign(&mut self, partition: PartitionNo, member: MemberNo) -> usize {
        let other = self.may_move.get(partition).copied().flatten().is_some_and(|owner| owner != member);
        if other || self.claims.contested.contains(&partition) {
            self.transferring.insert(partition, member);
        }
        let Some(assigned) = self.assigned.get_mut(member) else { return 0 };
        assigned.push(partition);
        assigned.len()
    }

    fn count(&self, member: MemberNo) -> usize {
        self.assigned.get(member).map_or(0, Vec::len)
    }

    /// `verifyUnfilledMembers`.
    fn everybody_has_enough(&self) -> bool {
        self.below_min.is_empty()
            || (self.larger_shares_given == self.larger_shares
                && self.below_min.iter().all(|member| self.count(*member) == self.min_quota))
    }
}
