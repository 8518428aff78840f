//! Members read different topics (`UniformHeterogeneousAssignmentBuilder`): everybody keeps what it still reads, the
//! rest goes to the least loaded, and then each topic's most loaded readers give to the least loaded ones.

use super::balancer::Balancer;
use super::group::{Assigned, Group, MemberNo, TopicNo};
use millrace_model::collections::{Map, sort};
use std::cmp::Ordering;

/// Rounds over all topics after which balancing ends (`MAX_ITERATION_COUNT`).
const MAX_ROUNDS: usize = 16;

pub(super) fn assign(group: &Group) -> Assigned {
    let mut build = Build::new(group);
    build.keep();
    build.deal_rest();
    build.balance();
    build.answer()
}

struct Build<'a> {
    group: &'a Group<'a>,
    /// Who reads each topic, in ascending order.
    readers: Vec<Vec<MemberNo>>,
    /// How many partitions each member has.
    loads: Vec<usize>,
    /// Who has each partition of each topic.
    owners: Vec<Vec<Option<MemberNo>>>,
    /// The topics that somebody reads, in the order in which they are dealt and balanced.
    order: Vec<TopicNo>,
}

impl<'a> Build<'a> {
    fn new(group: &'a Group<'a>) -> Build<'a> {
        let mut readers: Vec<Vec<MemberNo>> = vec![Vec::new(); group.topics.len()];
        for (number, member) in group.members.iter().enumerate() {
            for topic in &member.topics {
                if let Some(readers) = readers.get_mut(*topic) {
                    readers.push(number);
                }
            }
        }
        let mut order: Vec<TopicNo> = (0..readers.len()).collect();
        order.retain(|topic| readers.get(*topic).is_some_and(|readers| !readers.is_empty()));
        let sizes = |topic: TopicNo| (group.partitions(topic), readers.get(topic).map_or(0, Vec::len));
        sort::sort_by(&mut order, |a, b| by_partitions_per_reader(sizes(*a), sizes(*b)).then(a.cmp(b)));
        let owners = (0..readers.len()).map(|topic| vec![None; group.partitions(topic)]).collect();
        Build { group, readers, loads: vec![0; group.members.len()], owners, order }
    }

    /// `maybeRevokePartitions`: what a member does not read any more is nobody's.
    fn keep(&mut self) {
        for (number, member) in self.group.members.iter().enumerate() {
            for (topic, numbers) in member.assigned.iter().filter(|(topic, _)| member.topics.contains(topic))
            {
                for partition in numbers {
                    self.give(*topic, *partition, number);
                }
            }
        }
    }

    fn give(&mut self, topic: TopicNo, partition: usize, to: MemberNo) {
        let Some(owner) = self.owners.get_mut(topic).and_then(|owners| owners.get_mut(partition)) else {
            return;
        };
        if let Some(load) = owner.and_then(|from| self.loads.get_mut(from)) {
            *load -= 1;
        }
        *owner = Some(to);
        if let Some(load) = self.loads.get_mut(to) {
            *load += 1;
        }
    }

    fn owners(&self, topic: TopicNo) -> &[Option<MemberNo>] {
        self.owners.get(topic).map_or(&[], Vec::as_slice)
    }

    fn balancer(&self, topic: TopicNo) -> Balancer {
        Balancer::new(self.readers.get(topic).map_or(&[], Vec::as_slice), &self.loads)
    }

    /// `assignRemainingPartitions`.
    fn deal_rest(&mut self) {
        for topic in self.order.clone() {
            let mut balancer = self.balancer(topic);
            for partition in 0..self.owners(topic).len() {
                if self.owners(topic).get(partition) == Some(&None)
                    && let Some(least) = balancer.next_least(&self.loads)
                {
                    self.give(topic, partition, least);
                }
            }
        }
    }

    /// `balanceTopics`: over and over, until a whole round has moved nothing.
    fn balance(&mut self) {
        let mut order = self.order.clone();
        order.retain(|topic| self.readers.get(*topic).is_some_and(|readers| readers.len() >= 2));
        let mut last_moved = None;
        for _ in 0..MAX_ROUNDS {
            for topic in &order {
                if last_moved == Some(*topic) {
                    return;
                }
                if self.balance_topic(*topic) || last_moved.is_none() {
                    last_moved = Some(*topic);
                }
            }
        }
    }

    /// True if a partition was moved.
    fn balance_topic(&mut self, topic: TopicNo) -> bool {
        let mut balancer = self.balancer(topic);
        if balancer.imbalance(&self.loads) <= 1 {
            return false;
        }
        // A member gives its last partition first.
        let mut to_give: Vec<Vec<usize>> = vec![Vec::new(); self.loads.len()];
        for (partition, owner) in self.owners(topic).iter().enumerate() {
            if let Some(list) = owner.and_then(|owner| to_give.get_mut(owner)) {
                list.push(partition);
            }
        }
        let mut moved = false;
        while let Some(most) = balancer.next_most(&self.loads) {
            let Some(partition) = to_give.get_mut(most).and_then(Vec::pop) else {
                balancer.leave_out();
                continue;
            };
            let Some(least) = balancer.next_least(&self.loads).filter(|_| !balancer.is_balanced()) else {
                break;
            };
            self.give(topic, partition, least);
            moved = true;
        }
        moved
    }

    fn answer(self) -> Assigned {
        let mut assigned: Assigned = vec![Map::default(); self.loads.len()];
        for (topic, owners) in self.owners.iter().enumerate() {
            for (partition, owner) in owners.iter().enumerate() {
                if let Some(assigned) = owner.and_then(|owner| assigned.get_mut(owner)) {
                    assigned.entry(topic).or_default().push(partition);
                }
            }
        }
        assigned
    }
}

/// Many partitions for each reader first, then few readers. Each size is partitions and readers.
fn by_partitions_per_reader(a: (usize, usize), b: (usize, usize)) -> Ordering {
    // b.0 / b.1 against a.0 / a.1, without fractions.
    (b.0 * a.1).cmp(&(a.0 * b.1)).then(a.1.cmp(&b.1))
}
