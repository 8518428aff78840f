//! What an assignor is told (`GroupSpec`, `SubscribedTopicDescriber`).

use millrace_model::{MemberId, TopicName, TopicPartition};
use std::sync::Arc;

pub use millrace_model::TopicId;

/// A topic that members may subscribe to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TopicSpec {
    /// Its id, by which Kafka settles ties.
    pub id: TopicId,
    /// Its name.
    pub name: TopicName,
    /// How many partitions it has.
    pub partitions: usize,
}

/// A member, what it wants and what it has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MemberSpec {
    /// Its id.
    pub member: MemberId,
    /// `group.instance.id` of a static member.
    pub instance: Option<Arc<str>>,
    /// The topics it subscribes to; one that does not exist counts for nothing.
    pub topics: Vec<TopicName>,
    /// Its target assignment so far.
    pub assigned: Vec<TopicPartition>,
}

/// A group before the assignment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct GroupSpec {
    /// The topics that exist.
    pub topics: Vec<TopicSpec>,
    /// The members in the order in which they came.
    pub members: Vec<MemberSpec>,
}
