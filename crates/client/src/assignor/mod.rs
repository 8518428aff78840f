//! Who reads what: the assignors that a classic group's leader runs (`ConsumerPartitionAssignor`).
//!
//! An assignor is a pure function of the cluster's topics and the members' subscriptions. It is no state machine, and
//! it knows nothing of how members came together; the consumer's coordinator code does that.

mod java_order;
mod range;
mod range_topic;
#[cfg(test)]
mod tests;

use millrace_model::protocol::{Assignment, JoinedMember};
use millrace_model::{ClusterMetadata, MemberId};

/// An entry of `partition.assignment.strategy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Assignor {
    /// `RangeAssignor`: per topic, one contiguous range for each member.
    #[default]
    Range,
}

impl Assignor {
    /// Every assignor there is.
    pub const ALL: [Assignor; 1] = [Assignor::Range];

    /// The name under which members vote for it in JoinGroup.
    pub fn name(self) -> &'static str {
        match self {
            Assignor::Range => "range",
        }
    }

    /// The assignor of that name.
    pub fn from_name(name: &str) -> Option<Assignor> {
        Assignor::ALL.into_iter().find(|assignor| assignor.name() == name)
    }

    /// Gives every partition of every subscribed topic to one member; one entry for each member, in their order.
    /// A topic that the cluster does not have is left out, as Kafka does (it logs and goes on).
    pub fn assign(self, cluster: &ClusterMetadata, members: &[JoinedMember]) -> Vec<(MemberId, Assignment)> {
        match self {
            Assignor::Range => range::assign(cluster, members),
        }
    }
}
