//! Who reads what: the assignors that a classic group's leader runs (`ConsumerPartitionAssignor`).
//!
//! An assignor is a pure function of the cluster's topics and the members' subscriptions. It is no state machine, and
//! it knows nothing of how members came together; the consumer's coordinator code does that.

mod cooperative_sticky;
#[cfg(test)]
mod exhaustive_tests;
mod java_order;
mod memory;
mod range;
mod range_topic;
mod roundrobin;
mod sticky;
#[cfg(test)]
mod tests;

pub(crate) use java_order::hash_order_by;
pub use memory::AssignorMemory;

use millrace_model::protocol::{Assignment, JoinedMember};
use millrace_model::{ClusterMetadata, MemberId};

/// `ConsumerPartitionAssignor.RebalanceProtocol`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RebalanceProtocol {
    /// Every member gives up everything before it joins again.
    Eager,
    /// A member gives up only what the new assignment takes from it, and then joins once more.
    Cooperative,
}

/// An entry of `partition.assignment.strategy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Assignor {
    /// `RangeAssignor`: per topic, one contiguous range for each member.
    #[default]
    Range,
    /// `RoundRobinAssignor`: all partitions of all topics dealt to the members in turn.
    RoundRobin,
    /// `StickyAssignor`: even shares that move as little as possible. Everybody gives up everything first.
    Sticky,
    /// `CooperativeStickyAssignor`: the same, but only what moves is given up, in a rebalance of its own.
    CooperativeSticky,
    /// `StreamsPartitionAssignor`: the application itself assigns tasks ([`ConsumerInput::Assign`]). No member of a plain
    /// group can choose it.
    ///
    /// [`ConsumerInput::Assign`]: crate::consumer::ConsumerInput::Assign
    Stream,
}

impl Assignor {
    /// Every assignor that `partition.assignment.strategy` can name.
    pub const ALL: [Assignor; 4] =
        [Assignor::Range, Assignor::RoundRobin, Assignor::Sticky, Assignor::CooperativeSticky];

    /// The name under which members vote for it in JoinGroup.
    pub fn name(self) -> &'static str {
        match self {
            Assignor::Range => "range",
            Assignor::RoundRobin => "roundrobin",
            Assignor::Sticky => "sticky",
            Assignor::CooperativeSticky => "cooperative-sticky",
            Assignor::Stream => "stream",
        }
    }

    /// The assignor of that name.
    pub fn from_name(name: &str) -> Option<Assignor> {
        Assignor::ALL.into_iter().chain([Assignor::Stream]).find(|assignor| assignor.name() == name)
    }

    /// How members give up what moves (`ConsumerPartitionAssignor.supportedProtocols`, the best of them).
    pub fn protocol(self) -> RebalanceProtocol {
        match self {
            Assignor::Range | Assignor::RoundRobin | Assignor::Sticky => RebalanceProtocol::Eager,
            Assignor::CooperativeSticky | Assignor::Stream => RebalanceProtocol::Cooperative,
        }
    }

    /// Gives every partition of every subscribed topic to one member; one entry for each member, in their order.
    /// A topic that the cluster does not have is left out, as Kafka does (it logs and goes on).
    ///
    /// `members` stand in the order in which Kafka's leader walks them, a `HashMap` of member ids; it matters only
    /// where sticky members contradict each other. [`Assignor::CooperativeSticky`] leaves out what another member
    /// still has to give up.
    pub fn assign(self, cluster: &ClusterMetadata, members: &[JoinedMember]) -> Vec<(MemberId, Assignment)> {
        match self {
            Assignor::Range => range::assign(cluster, members),
            Assignor::RoundRobin => roundrobin::assign(cluster, members),
            Assignor::Sticky => sticky::assign(cluster, members),
            Assignor::CooperativeSticky => cooperative_sticky::assign(cluster, members),
            Assignor::Stream => Vec::new(),
        }
    }
}
