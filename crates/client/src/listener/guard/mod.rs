//! What an application puts around its listener method: a deserializer, a classification of exceptions, an idempotent
//! consumer, calls of services with what protects them. None of it is there by default; a plain listener knows nothing of this room.

mod apply;
pub mod breaker;
pub mod call;
pub mod dedupe;
mod enter;
pub mod handle;
pub mod limits;
pub mod seen;
#[cfg(test)]
mod tests;

pub use breaker::{Breaker, BreakerConfig, BreakerState};
pub use call::{Call, Calls, Held, Offer, Quote, Running, Seat, Target};
pub use dedupe::{Bloom, Dedupe, MarkOrder, StoreKind};
pub(in crate::listener) use enter::{Answer, Entry};
pub use limits::{Buffer, BulkheadConfig, Limit, RateLimiterConfig};
pub use seen::Seen;

use crate::consumer::poison::Deserializer;
use crate::listener::event::RecordRef;
use crate::listener::exception::Exception;
use millrace_expr::Expr;
use millrace_model::Time;
use std::sync::Arc;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Guard {
    /// `value.deserializer` of the main topics' consumer.
    pub deserializer: Deserializer,
    /// `@RetryableTopic(include = …)`: only these classes are worth another try. None: all but the fatal ones.
    pub include: Vec<Arc<str>>,
    /// `@RetryableTopic(exclude = …)`, `DefaultErrorHandler.addNotRetryableExceptions`: these are not.
    pub exclude: Vec<Arc<str>>,
    /// What counts as one side effect: records for which this is equal are one order, one payment. For the account, not
    /// for the application.
    pub once_per: Option<Expr>,
    /// The idempotent consumer.
    pub dedupe: Option<Dedupe>,
    /// The service that the listener method calls.
    pub call: Option<Call>,
    /// The queue of the thread pool; 10,000 records by default.
    pub buffer: Option<Buffer>,
}

impl Guard {
    /// Whether another try is worth it (`BinaryExceptionClassifier`), by the class with or without its package.
    pub fn is_retryable(&self, exception: &Exception) -> bool {
        let class = &*exception.class;
        let is_last = |rest: &str| rest.is_empty() || rest.ends_with('.');
        let is = |name: &Arc<str>| class.strip_suffix(&**name).is_some_and(is_last);
        let included = self.include.is_empty() || self.include.iter().any(is);
        exception.retryable && included && !self.exclude.iter().any(is)
    }
}

/// What a guard has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guarded {
    /// With which record.
    pub record: RecordRef,
    /// The id by which it is recognised.
    pub id: Arc<str>,
    /// When.
    pub at: Time,
    /// What.
    pub deed: GuardDeed,
}

/// What a guard can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GuardDeed {
    /// The marker "seen" is written, apart from the side effect.
    Marked,
    /// The record's id was seen before: dropped, and acknowledged as if it were handled.
    Dropped,
    /// The record is a row of the inbox table now, and acknowledged; what it asks for is done from there.
    Stored,
}
