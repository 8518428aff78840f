//! What a producer can be told.

use super::timers::ProducerTimer;
use super::transaction::TransactionCall;
use crate::Reply;
use millrace_model::{BrokerId, Bytes, Header, Origin, Partition, Time, Timestamp, TopicName};
use std::sync::Arc;

/// A record as the application hands it to `send` (`ProducerRecord`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProducerRecord {
    /// The topic.
    pub topic: TopicName,
    /// An explicit partition; `None` lets the partitioner choose.
    pub partition: Option<Partition>,
    /// CreateTime in ms since 1970; `None` is the moment of `send`.
    pub timestamp: Option<Timestamp>,
    /// The key's bytes; `None` is null.
    pub key: Option<Bytes>,
    /// The value's bytes; `None` is null.
    pub value: Option<Bytes>,
    /// Headers, shared.
    pub headers: Arc<[Header]>,
    /// Where its life begins in the trace.
    pub origin: Origin,
}

/// One input of the state machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProducerInput {
    /// `send`, once for each record, in this order.
    Send {
        /// The records; they may name different topics.
        records: Vec<ProducerRecord>,
    },
    /// A broker's answer.
    Reply(Reply),
    /// The connection to a broker broke; nothing that is on its way there will be answered.
    Disconnected(BrokerId),
    /// A broker's answer has said `throttle_time_ms` (KIP-219): until then nothing may leave for it
    /// (`ClusterConnectionStates.throttle`).
    Throttled {
        /// Which broker.
        broker: BrokerId,
        /// Until when.
        until: Time,
    },
    /// A moment that [`super::Producer::next_timer`] asked for. A timer that is no longer due does nothing.
    Timer(ProducerTimer),
    /// `flush`: everything appended so far leaves without waiting for `linger.ms`.
    Flush,
    /// `close` without a time limit: what is appended still leaves, nothing new is taken.
    Close,
    /// A transactional method (`transactional.id`).
    Transaction(TransactionCall),
}

impl ProducerRecord {
    /// A record with a key and a value and nothing else.
    pub fn new(topic: impl Into<TopicName>, key: Option<&[u8]>, value: Option<&[u8]>) -> Self {
        Self {
            topic: topic.into(),
            partition: None,
            timestamp: None,
            key: key.map(Into::into),
            value: value.map(Into::into),
            headers: Arc::default(),
            origin: Origin::default(),
        }
    }
}
