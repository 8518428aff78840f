//! Names and numbers of things, each a type of its own so that an offset is never passed as a partition.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// A shared, immutable name.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps a name.
            pub fn new(name: impl Into<Arc<str>>) -> Self {
                Self(name.into())
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self::new(name)
            }
        }

        impl From<String> for $name {
            fn from(name: String) -> Self {
                Self::new(name)
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

/// A number with a meaning.
macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

name!(/// A topic's name: 1 to 249 characters of `[a-zA-Z0-9._-]`, neither `.` nor `..` (`Topic.validate`).
    TopicName);
name!(/// A consumer group's name (`group.id`).
    GroupId);
name!(/// A group member's id, given by the coordinator: `<client.id>-<uuid>` (empty before the first join).
    MemberId);
name!(/// A client's name (`client.id`).
    ClientId);

number!(/// A broker's number (`node.id`).
    BrokerId(i32));
number!(/// A partition's number inside its topic, from 0.
    Partition(i32));
number!(/// A position in a partition's log, from 0. A committed offset is the *next* one to read.
    Offset(i64));
number!(/// The number of a partition's leadership, one higher with each new leader.
    LeaderEpoch(i32));
number!(/// The number of a partition's state at the controller, one higher with each change of it (`partitionEpoch`).
    PartitionEpoch(i32));
number!(/// The number of a broker's registration: the offset of its record in the controller's log, `-1` before the first
    /// (`brokerEpoch`). A broker that restarts registers anew; what it said before is stale.
    BrokerEpoch(i64));
number!(/// A producer's id, as the transaction coordinator has given it.
    ProducerId(i64));
number!(/// A producer's epoch; of two with the same id, the one with the smaller epoch is fenced.
    ProducerEpoch(i16));
number!(/// The number of a classic group's rebalance, from 1; `-1` is no generation.
    Generation(i32));

number!(/// An epoch of the consumer protocol (KIP-848): of the group, of its target assignment, or the one that a member has
    /// reached. From 1; see the constants for what a member may send instead.
    GroupEpoch(i32));

impl GroupEpoch {
    /// What a member sends to join (`JOIN_GROUP_MEMBER_EPOCH`).
    pub const JOIN: GroupEpoch = GroupEpoch(0);
    /// What a member sends to leave (`LEAVE_GROUP_MEMBER_EPOCH`).
    pub const LEAVE: GroupEpoch = GroupEpoch(-1);
    /// What a static member sends that goes but will be back (`LEAVE_GROUP_STATIC_MEMBER_EPOCH`).
    pub const LEAVE_STATIC: GroupEpoch = GroupEpoch(-2);

    /// The epoch after this one.
    pub fn next(self) -> GroupEpoch {
        GroupEpoch(self.0.saturating_add(1))
    }
}

impl BrokerEpoch {
    /// Not registered, or not a broker (`-1`).
    pub const NONE: BrokerEpoch = BrokerEpoch(-1);
}

impl ProducerId {
    /// None yet (`RecordBatch.NO_PRODUCER_ID`).
    pub const NONE: ProducerId = ProducerId(-1);
}

impl ProducerEpoch {
    /// Nothing is known yet (`RecordBatch.NO_PRODUCER_EPOCH`).
    pub const NONE: ProducerEpoch = ProducerEpoch(-1);
}

impl MemberId {
    /// What a member sends before the coordinator has named it (`JoinGroupRequest.UNKNOWN_MEMBER_ID`).
    pub fn unknown() -> MemberId {
        MemberId::new("")
    }
}

impl Generation {
    /// `JoinGroupRequest.UNKNOWN_GENERATION_ID`.
    pub const NONE: Generation = Generation(-1);
}

impl Offset {
    /// The offset `n` further on, saturating.
    pub fn plus(self, n: usize) -> Offset {
        Offset(self.0.saturating_add(i64::try_from(n).unwrap_or(i64::MAX)))
    }

    /// How many offsets lie from `earlier` up to this one; 0 when there are none.
    pub fn since(self, earlier: Offset) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }
}

/// A topic's `Uuid` (KIP-516). It is ordered as in Java: by the signed upper half, then by the signed lower half.
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

/// One partition of one topic. Prints as Kafka does: `orders-2`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// The topic.
    pub topic: TopicName,
    /// The partition inside it.
    pub partition: Partition,
}

impl TopicPartition {
    /// The partition `partition` of `topic`.
    pub fn new(topic: impl Into<TopicName>, partition: i32) -> Self {
        Self { topic: topic.into(), partition: Partition(partition) }
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

impl fmt::Debug for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_partition_prints_as_kafka_prints_it() {
        assert_eq!(TopicPartition::new("orders", 2).to_string(), "orders-2");
    }

    #[test]
    fn offsets_count_without_overflow() {
        assert_eq!(Offset(5).plus(3), Offset(8));
        assert_eq!(Offset(i64::MAX).plus(3), Offset(i64::MAX));
        assert_eq!(Offset(8).since(Offset(5)), 3);
        assert_eq!(Offset(5).since(Offset(8)), 0);
    }
}
