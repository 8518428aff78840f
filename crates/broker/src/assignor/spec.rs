//! What an assignor is told (`GroupSpec`, `SubscribedTopicDescriber`).

use millrace_model::{MemberId, TopicName, TopicPartition};
use std::sync::Arc;

/// A topic's `Uuid`. It is ordered as in Java: by the signed upper half, then by the signed lower half.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicId {
    /// `getMostSignificantBits`.
    pub most: i64,
    /// `getLeastSignificantBits`.
    pub least: i64,
}

impl TopicId {
    /// The id of these sixteen bytes, the first one the most significant.
    pub fn from_bytes(bytes: [u8; 16]) -> TopicId {
        let bits = u128::from_be_bytes(bytes);
        TopicId { most: (bits >> 64) as i64, least: bits as i64 }
    }
}

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
