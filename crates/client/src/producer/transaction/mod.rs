//! Transactions of a producer (`TransactionManager`): what the application calls, and what the sender asks for it.
//!
//! `calls` decides what a call comes to, `work` which request is next, `answers` what its answer means; `apply` takes the
//! events in. Kafka's calls block the application's thread: here a call that waits holds the calls after it, in a queue
//! (so does a `send` that waits for metadata or memory). A call that blocks longer than `max.block.ms` fails with a
//! `TimeoutException`; what it began goes on, and the same call may be made again.

mod answers;
mod apply;
mod call;
mod calls;
mod event;
mod state;
mod work;

pub use call::{AppCall, ConsumerGroupMetadata, TransactionCall};
pub use event::{Lookup, TransactionEvent, TransactionRequest, TransactionStep};
pub use state::TransactionState;

pub(super) use state::Transactions;

use super::event::ProducerEvent;
use super::{Failure, Producer};
use millrace_model::protocol::InTransaction;
use millrace_model::{Set, TopicPartition, TransactionVersion};
use std::sync::Arc;

fn event(event: TransactionEvent) -> ProducerEvent {
    ProducerEvent::Transaction(Box::new(event))
}

impl Producer {
    /// Where its transaction stands; none without `transactional.id`.
    pub fn transaction_state(&self) -> Option<TransactionState> {
        Some(self.transactions.as_ref()?.state)
    }

    /// `transactional.id`.
    pub fn transactional_id(&self) -> Option<&Arc<str>> {
        self.config.transactional_id.as_ref()
    }

    /// `transaction.version` as it is used (`isTransactionV2Enabled`); none without `transactional.id`.
    pub fn transaction_version(&self) -> Option<TransactionVersion> {
        Some(self.transactions.as_ref()?.version)
    }

    /// What a produce says of its transaction.
    pub(super) fn in_transaction(&self) -> Option<Box<InTransaction>> {
        let transactional_id = self.config.transactional_id.clone()?;
        Some(Box::new(InTransaction { transactional_id, version: self.transaction_version()? }))
    }

    /// The call that the application waits for.
    pub fn blocking_call(&self) -> Option<&'static str> {
        Some(self.transactions.as_ref()?.call.as_ref()?.call.name())
    }

    /// How many calls wait behind that one.
    pub fn waiting_calls(&self) -> usize {
        self.transactions.as_ref().map_or(0, |transactions| transactions.calls.len())
    }

    /// The partitions that the open transaction writes to.
    pub fn partitions_in_transaction(&self) -> Option<&Set<TopicPartition>> {
        Some(&self.transactions.as_ref()?.partitions)
    }

    /// Why it is in `ABORTABLE_ERROR` or `FATAL_ERROR`.
    pub fn transaction_error(&self) -> Option<&Failure> {
        self.transactions.as_ref()?.last_error.as_ref()
    }
}
