//! `expect`: a quantity of the world, a comparison, and what it is compared with. A goal is a state, not a transcript:
//! it reads the world and its history, never what the learner typed.

mod complete;
mod eval;
mod evidence;
mod exported;
mod forms;
mod history;
mod kept;
mod of_contents;
mod of_load;
mod of_log;
mod of_network;
mod of_producer;
mod of_quorum;
mod of_replicas;
mod outside;
mod parse;
mod print;
mod restores;
mod spread;
mod streams;
mod tries;
mod util;
mod written;

pub use complete::complete;
pub use evidence::Evidence;
pub use kept::Kept;
pub use of_contents::OfContents;
pub use of_load::OfLoad;
pub use of_log::OfLog;
pub use of_network::OfNetwork;
pub use of_replicas::OfReplicas;
pub use outside::OfOutside;
pub use spread::Spread;
pub use streams::OfStreams;
pub use tries::Tries;
pub use written::Written;

use millrace_model::{GroupId, Partition, Span, Timestamp, TopicName, TopicPartition};
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
    pub operand: Operand,
}

/// What a quantity is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand {
    /// A value.
    Value(Value),
    /// Another quantity: `position(billing, orders-0) > committed(billing, orders-0)`.
    Quantity(Quantity),
}

/// What can be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// `n(TOPIC)`: records in all partitions of a topic; markers of transactions are none.
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
    /// `position(GROUP, TOPIC-N)`: the next offset that the partition's reader will be given, or none.
    Position(GroupId, TopicPartition),
    /// `state(GROUP)`: the group's state under Kafka's name.
    State(GroupId),
    /// `generation(GROUP)`: the generation, or the group epoch of the consumer protocol.
    Generation(GroupId),
    /// `members(GROUP)`: how many members it has.
    Members(GroupId),
    /// `idle(GROUP)`: members without a partition (`#PARTITIONS` 0).
    Idle(GroupId),
    /// `effects(GROUP)`: side effects done, repeated ones included.
    Effects(GroupId),
    /// `repeated(GROUP)`: side effects done more than once.
    Repeated(GroupId),
    /// `dead(GROUP)`: records sent to the dead letters.
    Dead(GroupId),
    /// `NAME(GROUP)`: what became of an application's records.
    Account(Kept, GroupId),
    /// `calls(SERVICE)`: calls that a service has had.
    Calls(Name),
    /// `NAME(SERVICE)`, `NAME(QUEUE)`: what can be looked at in what is not Kafka's.
    Outside(OfOutside, Name),
    /// `NAME(GROUP, …)`: how often an application has tried, and which way a record went.
    Tries(Tries, GroupId),
    /// `NAME(GROUP, …, [DURATION])`: what the trace tells of a group, in all or in the last DURATION.
    Told(Told, GroupId, Option<Span>),
    /// `value(TOPIC, KEY)`: the value that was written last for a key, or none.
    Newest(TopicName, Arc<str>),
    /// `NAME(TOPIC, …)`: how a topic's records are spread over its partitions.
    Spread(Spread, TopicName),
    /// `NAME(NAME)`: what can be looked at in a streams application.
    Streams(OfStreams, Name),
    /// `shows(DASHBOARD, KEY)`: the value of a dashboard's row, or none.
    Shows(Name, Arc<str>),
    /// `differs(DASHBOARD)`: keys whose row is not what the topic says now.
    Differs(Name),
    /// `streamtime(NAME, N)`: the stream time of the task of partition N, or none.
    StreamTime(Name, Partition),
    /// `NAME(TOPIC)`: what producers were told is written.
    Written(Written, TopicName),
    /// `exported(CLIENT, SETTING)`: the setting as an export's clients in Java have it, CLIENT being a group or a producer.
    Exported(Name, Arc<str>),
    /// `NAME(TOPIC-N, …)`: what can be looked at in a partition's log on disk.
    Log(OfLog, TopicPartition),
    /// `NAME(TOPIC, …)`: what lies in a topic's logs, and whose it is.
    Contents(OfContents, TopicName),
    /// `retried(PRODUCER)`, `retried(PRODUCER, ERROR)`: batches that a producer had to send again (because of that error).
    Retried(Name, Option<Arc<str>>),
    /// `thrown(PRODUCER, EXCEPTION)`: records that failed and transactional calls that returned with this exception, such as
    /// `ProducerFencedException`.
    Thrown(Name, Arc<str>),
    /// `NAME(TOPIC-N)`: who leads a partition, and who is in sync.
    Replicas(OfReplicas, TopicPartition),
    /// `beaten(QUANTITY, QUANTITY)`: how many of the settings of `over settings` have come to clearly more of the first and no more
    /// of the second, or to clearly less of the second and no less of the first. In a world by itself there are none.
    Beaten(Box<(Quantity, Quantity)>),
    /// `NAME(CLIENT)`, `busy(BROKER, PART)`, `busy(CLIENT, PART)`: what is asked of brokers, and what machines can carry.
    Load(OfLoad, Name),
    /// `NAME(CLIENT)`, `NAME(BROKER)`: where clients run and whom they reach, on what brokers listen.
    Network(OfNetwork, Name),
}

/// What the trace tells of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// `rebalances`: generations begun, or group epochs bumped.
    Rebalances,
    /// `restarts`: instances started again.
    Restarts,
    /// `moved`: how often a partition went from one instance to another.
    Moved,
    /// `stopped`: partitions that nobody read for a while, although somebody had read them before.
    Stopped,
    /// `gap`: the longest time for which nobody read a partition that somebody had read before.
    Gap,
    /// `downtime`: the sum of these times over all partitions.
    Downtime,
    /// `refused`: resets of its offsets that Kafka's tool has refused.
    Refused,
    /// `unhandled`: records that an instance was given, that are below the committed offset now, and that nobody has
    /// handled or put aside: in work, or lost.
    Unhandled,
    /// `util(GROUP, max)`: of the time that the listener threads of an instance had, so many percent went into calls of
    /// the listener method; the instance that worked most.
    Busiest,
    /// `util(GROUP, min)`: the one that worked least.
    Idlest,
    /// `timeouts(GROUP, KEY)`: members that are out because this was over.
    Timeouts(Timeout),
    /// `errors(GROUP, NAME)`: how often an instance met this error (`ILLEGAL_GENERATION`) or exception
    /// (`CommitFailedException`).
    Errors(Arc<str>),
}

/// What a member can be out by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timeout {
    /// No heartbeat: `session.timeout.ms` (`group.consumer.session.timeout.ms`).
    Session,
    /// No poll: `max.poll.interval.ms`. The client leaves by itself.
    MaxPollInterval,
}

impl Timeout {
    /// Both, by their keys.
    pub const ALL: [(&'static str, Timeout); 2] =
        [("session.timeout.ms", Timeout::Session), ("max.poll.interval.ms", Timeout::MaxPollInterval)];
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
    /// timestamp or a duration is milliseconds.
    pub fn holds(self, left: &Value, right: &Value) -> bool {
        let order = match (left, right) {
            (Value::Number(a), Value::Time(b)) => Some(a.cmp(&b.0)),
            (Value::Time(a), Value::Number(b)) => Some(a.0.cmp(b)),
            (Value::Number(a), Value::Number(b)) => Some(a.cmp(b)),
            (Value::Time(a), Value::Time(b)) => Some(a.cmp(b)),
            (Value::Span(a), Value::Span(b)) => Some(a.cmp(b)),
            (Value::Number(a), Value::Span(b)) => Some(ms(*a).cmp(&i128::from(b.0))),
            (Value::Span(a), Value::Number(b)) => Some(i128::from(a.0).cmp(&ms(*b))),
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
    /// A duration: `45s`.
    Span(Span),
    /// There is none: `none`.
    None,
}

/// Milliseconds as microseconds.
fn ms(number: i64) -> i128 {
    i128::from(number) * 1_000
}
