//! The idempotent consumer's settings: by what a record is recognised, where that is kept, and in which order.

use crate::listener::handler::{RecordHeaders, subject};
use millrace_expr::{EvalError, Expr};
use millrace_model::{Offset, Record, Span, Timestamp, TopicPartition};
use std::sync::Arc;

/// Where ids are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StoreKind {
    /// A map in the process: gone with it.
    Memory,
    /// A table in the application's database, shared by its instances: it survives them.
    #[default]
    Table,
    /// An inbox: the row itself is the record, with the id as its unique key. It is written before anything is done, the
    /// offset is committed then, and a worker does what is left from the table.
    Inbox,
    /// Nowhere but in the Bloom filter.
    FilterOnly,
}

/// In which order the marker and the side effect are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MarkOrder {
    /// In one local transaction, the id being a unique key.
    #[default]
    Together,
    /// The marker first: a crash between them loses the side effect.
    MarkFirst,
    /// The side effect first: a crash between them repeats it.
    EffectFirst,
}

/// A Bloom filter's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bloom {
    /// Bits, at least 64.
    pub bits: u32,
    /// Hash functions, 1 to 16.
    pub hashes: u32,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dedupe {
    /// The id.
    pub id: Expr,
    /// Where it is kept.
    pub store: StoreKind,
    /// Marker and side effect.
    pub order: MarkOrder,
    /// For how long an id is known; for ever if left out.
    pub window: Option<Span>,
    /// A filter before the store, or in its place.
    pub bloom: Option<Bloom>,
}

impl Dedupe {
    /// The id of a record.
    ///
    /// # Errors
    /// If the expression does not fit the record.
    pub fn id_of(
        &self,
        place: (&TopicPartition, Offset),
        timestamp: Timestamp,
        record: &Record,
    ) -> Result<Arc<str>, EvalError> {
        id_of(&self.id, place, timestamp, record)
    }
}

/// The text of an expression for a record.
///
/// # Errors
/// If the expression does not fit the record.
pub fn id_of(
    id: &Expr,
    place: (&TopicPartition, Offset),
    timestamp: Timestamp,
    record: &Record,
) -> Result<Arc<str>, EvalError> {
    let headers = RecordHeaders(&record.headers);
    Ok(id.eval(&subject(place, timestamp, record, &headers, 1))?.to_text().into())
}

/// Whether a condition holds for a record; one that does not fit the record does not hold.
pub fn test(filter: &Expr, place: (&TopicPartition, Offset), timestamp: Timestamp, record: &Record) -> bool {
    id_of(filter, place, timestamp, record).is_ok_and(|text| *text == *"true")
}
