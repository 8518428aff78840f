//! `expect`: a quantity of the world, a comparison, a value. A goal is a state, not a transcript.

mod eval;
mod parse;
mod print;

use millrace_model::{GroupId, Partition, Timestamp, TopicName, TopicPartition};
use millrace_sim::Name;
use std::sync::Arc;

/// Something that should be so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// What is looked at.
    pub quantity: Quantity,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what.
    pub value: Value,
}

/// What can be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// `n(TOPIC)`: records in all partitions of a topic.
    Records(TopicName),
    /// `partitions(TOPIC)`: its partitions; 0 if there is no such topic.
    Partitions(TopicName),
    /// `leo(TOPIC-N)`: the log end offset.
    LogEndOffset(TopicPartition),
    /// `hw(TOPIC-N)`: the high watermark.
    HighWatermark(TopicPartition),
    /// `lag(GROUP)`: records up to the log end offsets that are not committed, over the topics that the group reads.
    Lag(GroupId),
    /// `committed(GROUP, TOPIC-N)`: the committed offset, or none.
    Committed(GroupId, TopicPartition),
    /// `owner(GROUP, TOPIC-N)`: the instance that has the partition, or none.
    Owner(GroupId, TopicPartition),
    /// `state(GROUP)`: the group's state under Kafka's name.
    State(GroupId),
    /// `members(GROUP)`: how many members it has.
    Members(GroupId),
    /// `effects(GROUP)`: side effects done, repeated ones included.
    Effects(GroupId),
    /// `repeated(GROUP)`: side effects done more than once.
    Repeated(GroupId),
    /// `dead(GROUP)`: records sent to the dead letters.
    Dead(GroupId),
    /// `streamtime(NAME, N)`: the stream time of the task of partition N, or none.
    StreamTime(Name, Partition),
}

/// How a quantity is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Comparison {
    /// `==`.
    Equal,
    /// `!=`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterEqual,
}

impl Comparison {
    /// Every comparison with its sign, the longer signs first.
    pub const ALL: [(&'static str, Comparison); 6] = [
        ("==", Comparison::Equal),
        ("!=", Comparison::NotEqual),
        ("<=", Comparison::LessEqual),
        (">=", Comparison::GreaterEqual),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
    ];

    /// Whether it holds between two values. Values of different kinds are unequal and have no order; a number beside a
    /// timestamp is milliseconds.
    pub fn holds(self, left: &Value, right: &Value) -> bool {
        let order = match (left, right) {
            (Value::Number(a), Value::Time(b)) => Some(a.cmp(&b.0)),
            (Value::Time(a), Value::Number(b)) => Some(a.0.cmp(b)),
            (Value::Number(a), Value::Number(b)) => Some(a.cmp(b)),
            (Value::Time(a), Value::Time(b)) => Some(a.cmp(b)),
            (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
            (Value::None, Value::None) => Some(std::cmp::Ordering::Equal),
            _ => None,
        };
        match self {
            Comparison::Equal => order.is_some_and(|o| o.is_eq()),
            Comparison::NotEqual => !order.is_some_and(|o| o.is_eq()),
            Comparison::Less => order.is_some_and(|o| o.is_lt()),
            Comparison::LessEqual => order.is_some_and(|o| o.is_le()),
            Comparison::Greater => order.is_some_and(|o| o.is_gt()),
            Comparison::GreaterEqual => order.is_some_and(|o| o.is_ge()),
        }
    }
}

/// What a quantity is, or should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number: `12`.
    Number(i64),
    /// A name: `'c1'`.
    Text(Arc<str>),
    /// A timestamp: `12:00:07.500`.
    Time(Timestamp),
    /// There is none: `none`.
    None,
}
