//! Deals partitions to the least loaded members of a topic and takes them from the most loaded ones
//! (`MemberAssignmentBalancer`), in constant time each.
//!
//! Members are sorted by load once. The least loaded ones at the front form a range of one level; when each of them
//! has got a partition the level rises by one and the range grows over the members that it reaches. The most loaded
//! ones at the back do the same downwards.

use super::group::MemberNo;
use millrace_model::collections::sort;

#[derive(Default)]
pub(super) struct Balancer {
    /// By the loads at the start.
    sorted: Vec<MemberNo>,
    /// End of the range of the least loaded.
    least_end: usize,
    /// The load that its members had before this lap; `None` before the first.
    least_level: Option<usize>,
    next_least: usize,
    /// The range of the most loaded; behind it stand members that have nothing to give.
    most_start: usize,
    most_end: usize,
    most_level: usize,
    /// One more than the place of the next one; at `most_start` the lap is over.
    next_most: usize,
}

impl Balancer {
    /// Starts with `members`, in ascending order. The `loads`, here and below, are the present ones by member.
    pub fn new(members: &[MemberNo], loads: &[usize]) -> Balancer {
        let mut sorted = members.to_vec();
        sort::sort_by_key(&mut sorted, |member| loads.get(*member));
        let len = sorted.len();
        Balancer { sorted, most_start: len, most_end: len, next_most: len, ..Balancer::default() }
    }

    /// The difference between the highest and the lowest load, as long as nothing has been dealt or taken.
    pub fn imbalance(&self, loads: &[usize]) -> usize {
        let load =
            |member: Option<&MemberNo>| member.and_then(|member| loads.get(*member)).copied().unwrap_or(0);
        load(self.sorted.last()).saturating_sub(load(self.sorted.first()))
    }

    /// Who shall have the next partition; `None` only if there are no members.
    pub fn next_least(&mut self, loads: &[usize]) -> Option<MemberNo> {
        if self.next_least >= self.least_end {
            let level = match self.least_level {
                Some(level) => level + 1,
                None => self.load_at(0, loads)?,
            };
            self.least_level = Some(level);
            while self.load_at(self.least_end, loads) == Some(level) {
                self.least_end += 1;
            }
            self.next_least = 0;
        }
        let member = *self.sorted.get(self.next_least)?;
        self.next_least += 1;
        Some(member)
    }

    /// Who shall give up the next partition; `None` if nobody can.
    pub fn next_most(&mut self, loads: &[usize]) -> Option<MemberNo> {
        if self.next_most <= self.most_start {
            let below = self.most_start.checked_sub(1);
            match below.and_then(|below| self.load_at(below, loads)) {
                // All of the range have been left out: the next level is that of whoever comes next.
                Some(load) if self.most_end <= self.most_start => self.most_level = load,
                Some(_) | None => self.most_level = self.most_level.saturating_sub(1),
            }
            while self.most_start.checked_sub(1).and_then(|at| self.load_at(at, loads))
                == Some(self.most_level)
            {
                self.most_start -= 1;
            }
            self.next_most = self.most_end;
        }
        let at = self.next_most.checked_sub(1)?;
        self.next_most = at;
        self.sorted.get(at).copied()
    }

    /// The member that [`Balancer::next_most`] has just named has nothing to give.
    pub fn leave_out(&mut self) {
        let Some(last) = self.most_end.checked_sub(1) else { return };
        if self.next_most <= last && last < self.sorted.len() {
            self.sorted.swap(self.next_most, last);
            self.most_end = last;
        }
    }

    /// True if moving a partition between the two members just named would make nothing more even.
    pub fn is_balanced(&self) -> bool {
        self.least_level.is_none_or(|least| self.most_level <= least + 1)
    }

    fn load_at(&self, place: usize, loads: &[usize]) -> Option<usize> {
        loads.get(*self.sorted.get(place)?).copied()
    }
}
