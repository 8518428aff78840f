//! What an application writes into another topic for each record that it has handled: consume, transform, produce.
//!
//! Without a `transactional.id` the loop flushes its producer before it commits: at least once. With one, each poll is a
//! transaction: `beginTransaction`, the records, `sendOffsetsToTransaction`, `commitTransaction`. The consumer commits nothing
//! by itself. When anything fails the loop calls `abortTransaction`, seeks back to where the poll began, and polls again; when
//! its producer is fenced it ends (as Kafka's example `ExactlyOnceMessageProcessor` does).
//!
//! What the listener method does outside of Kafka (its side effect) is no part of the transaction: it is done again.

mod decide;
mod turn;

pub(in crate::listener) use turn::{Next, OutputStep};
pub use turn::{Stage, Turn};

use crate::listener::exception::Exception;
use crate::listener::handler::{RecordHeaders, subject};
use crate::producer::ProducerRecord;
use millrace_expr::{Expr, Value};
use millrace_model::{Offset, Record, Span, Timestamp, TopicName, TopicPartition};
use std::sync::Arc;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Output {
    /// Where it writes.
    pub topic: TopicName,
    /// The value that it writes, by the record read; none: the record's own. The key stays.
    pub value: Option<Expr>,
    /// `transactional.id`: each instance has its own, by its name (KIP-447).
    pub transactional_id: Option<Arc<str>>,
    /// `transaction.timeout.ms`, default 60 s.
    pub transaction_timeout: Span,
}

impl Output {
    /// `transaction.timeout.ms`, unless somebody says otherwise.
    pub const TRANSACTION_TIMEOUT: Span = Span::from_secs(60);

    /// Into that topic, as it is, without transactions.
    pub fn to(topic: TopicName) -> Output {
        Output { topic, value: None, transactional_id: None, transaction_timeout: Self::TRANSACTION_TIMEOUT }
    }

    /// The value for a record: `Err` is what the listener method throws.
    pub(super) fn value(
        &self,
        place: (&TopicPartition, Offset),
        timestamp: Timestamp,
        record: &Record,
        attempt: u32,
    ) -> Result<Option<millrace_model::Bytes>, Exception> {
        let Some(expr) = &self.value else { return Ok(record.value.clone()) };
        let headers = RecordHeaders(&record.headers);
        match expr.eval(&subject(place, timestamp, record, &headers, attempt)) {
            Ok(Value::Null) => Ok(None),
            Ok(value) => Ok(Some(value.to_text().into_bytes().into())),
            Err(error) => Err(Exception::from_eval(&error)),
        }
    }

    /// What is sent for a record. An expression that fails has failed in the listener method before.
    pub(super) fn record(
        &self,
        place: (&TopicPartition, Offset),
        timestamp: Timestamp,
        record: &Record,
    ) -> ProducerRecord {
        ProducerRecord {
            topic: self.topic.clone(),
            partition: None,
            timestamp: None,
            key: record.key.clone(),
            value: self.value(place, timestamp, record, 1).unwrap_or_default(),
            headers: Arc::default(),
            origin: record.origin,
        }
    }
}
