//! What a member's assignor keeps between two rebalances, and tells the leader at the next one.

use super::Assignor;
use super::sticky::user_data::{write_cooperative, write_sticky};
use millrace_model::protocol::Assignment;
use millrace_model::{Bytes, Generation, TopicPartition};

/// The fields of `StickyAssignor` and `CooperativeStickyAssignor`: the last assignment and its generation.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssignorMemory {
    last: Option<(Vec<TopicPartition>, Generation)>,
}

impl AssignorMemory {
    /// A rebalance has ended (`onAssignment`).
    pub fn on_assignment(&mut self, assignment: &Assignment, generation: Generation) {
        self.last = Some((assignment.partitions.clone(), generation));
    }
}

impl Assignor {
    /// What goes into `Subscription.user_data` (`subscriptionUserData`).
    pub fn subscription_user_data(self, memory: &AssignorMemory) -> Option<Bytes> {
        let last = memory.last.as_ref();
        match self {
            Assignor::Range | Assignor::RoundRobin | Assignor::Stream => None,
            Assignor::Sticky => last.map(|(partitions, generation)| write_sticky(partitions, *generation)),
            Assignor::CooperativeSticky => {
                Some(write_cooperative(last.map_or(Generation::NONE, |(_, generation)| *generation)))
            }
        }
    }
}
