//! The assignors that the broker runs for groups of the consumer protocol (KIP-848): `uniform` and `range`.
//!
//! An assignor is a pure function of the members' subscriptions, their target assignment so far, and the topics. It
//! is no state machine and knows nothing of epochs; the coordinator that reconciles members with the target does.

mod balancer;
mod group;
mod java_order;
mod range;
mod spec;
#[cfg(test)]
mod tests;
mod uniform;
mod uniform_heterogeneous;
mod uniform_homogeneous;

pub use spec::{GroupSpec, MemberSpec, TopicId, TopicSpec};

use millrace_model::{MemberId, TopicPartition};

/// An entry of `group.consumer.assignors`; members may ask for one of them (`group.remote.assignor`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServerAssignor {
    /// `UniformAssignor`: even shares over all topics that move as little as possible.
    #[default]
    Uniform,
    /// `RangeAssignor`: per topic, one contiguous range for each member.
    Range,
}

impl ServerAssignor {
    /// Every assignor there is, in the order of the default of `group.consumer.assignors`.
    pub const ALL: [ServerAssignor; 2] = [ServerAssignor::Uniform, ServerAssignor::Range];

    /// Its name in configurations and heartbeats.
    pub fn name(self) -> &'static str {
        match self {
            ServerAssignor::Uniform => "uniform",
            ServerAssignor::Range => "range",
        }
    }

    /// The assignor of that name.
    pub fn from_name(name: &str) -> Option<ServerAssignor> {
        ServerAssignor::ALL.into_iter().find(|assignor| assignor.name() == name)
    }

    /// The new target assignment: every partition of every subscribed topic goes to one member. One entry for each
    /// member, in the order of `spec`; partitions by topic and number.
    pub fn assign(self, spec: &GroupSpec) -> Vec<(MemberId, Vec<TopicPartition>)> {
        let group = group::Group::new(spec);
        let assigned = match self {
            ServerAssignor::Uniform => uniform::assign(&group),
            ServerAssignor::Range => range::assign(&group),
        };
        group.answer(&assigned)
    }
}
