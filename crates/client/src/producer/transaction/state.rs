//! What the transaction manager remembers.

use super::{AppCall, ConsumerGroupMetadata, Lookup, TransactionCall, TransactionRequest};
use crate::Correlation;
use crate::producer::Failure;
use millrace_model::protocol::CommittedOffset;
use millrace_model::{BrokerId, GroupId, Set, Time, TopicPartition, TransactionVersion};
use std::collections::VecDeque;
use std::fmt;

/// The states of `TransactionManager`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TransactionState {
    /// `initTransactions` has not been called.
    #[default]
    Uninitialized,
    /// It is asked who the producer is.
    Initializing,
    /// A transaction may begin.
    Ready,
    /// One is open.
    InTransaction,
    /// It is being committed.
    CommittingTransaction,
    /// It is being aborted.
    AbortingTransaction,
    /// Something failed: only abort is left.
    AbortableError,
    /// Something failed for good: only close is left.
    FatalError,
}

impl TransactionState {
    /// Kafka's name of it.
    pub fn name(self) -> &'static str {
        match self {
            TransactionState::Uninitialized => "UNINITIALIZED",
            TransactionState::Initializing => "INITIALIZING",
            TransactionState::Ready => "READY",
            TransactionState::InTransaction => "IN_TRANSACTION",
            TransactionState::CommittingTransaction => "COMMITTING_TRANSACTION",
            TransactionState::AbortingTransaction => "ABORTING_TRANSACTION",
            TransactionState::AbortableError => "ABORTABLE_ERROR",
            TransactionState::FatalError => "FATAL_ERROR",
        }
    }

    /// Whether that may follow (`State.isTransitionValid`).
    pub(super) fn may_become(self, to: TransactionState) -> bool {
        use TransactionState as S;
        match to {
            S::Uninitialized => matches!(self, S::Ready | S::AbortableError),
            S::Initializing => {
                matches!(self, S::Uninitialized | S::CommittingTransaction | S::AbortingTransaction)
            }
            S::Ready => matches!(self, S::Initializing | S::CommittingTransaction | S::AbortingTransaction),
            S::InTransaction => self == S::Ready,
            S::CommittingTransaction => self == S::InTransaction,
            S::AbortingTransaction => matches!(self, S::InTransaction | S::AbortableError),
            S::AbortableError => matches!(
                self,
                S::InTransaction | S::CommittingTransaction | S::AbortableError | S::Initializing
            ),
            S::FatalError => true,
        }
    }

    /// `isCompleting`
    pub fn is_completing(self) -> bool {
        matches!(self, TransactionState::CommittingTransaction | TransactionState::AbortingTransaction)
    }

    /// `hasOngoingTransaction`
    pub fn is_ongoing(self) -> bool {
        self.is_completing()
            || matches!(self, TransactionState::InTransaction | TransactionState::AbortableError)
    }

    pub(super) fn is_error(self) -> bool {
        matches!(self, TransactionState::AbortableError | TransactionState::FatalError)
    }
}

impl fmt::Display for TransactionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::producer) struct Transactions {
    pub(super) state: TransactionState,
    pub(super) last_error: Option<Failure>,
    pub(super) coordinator: Option<BrokerId>,
    pub(super) group_coordinator: Option<(GroupId, BrokerId)>,
    pub(super) pending: Option<Pending>,
    /// Nothing is sent again before.
    pub(super) not_before: Time,
    /// No coordinator is looked for again before.
    pub(super) lookup_not_before: Time,
    /// InitProducerId is to be sent.
    pub(super) wants_id: bool,
    /// `newPartitionsInTransaction`
    pub(super) new_partitions: Set<TopicPartition>,
    /// `partitionsInTransaction`
    pub(super) partitions: Set<TopicPartition>,
    pub(super) offsets: Option<OffsetsWork>,
    /// EndTxn is to be sent: true to commit.
    pub(super) end: Option<bool>,
    /// `transactionStarted`: the coordinator knows of it.
    pub(super) started: bool,
    pub(super) epoch_bump_required: bool,
    pub(super) call: Option<PendingCall>,
    /// How transactions are written (`isTransactionV2Enabled`).
    pub(super) version: TransactionVersion,
    /// How the cluster would have them written, as far as its brokers have said.
    pub(super) finalized: TransactionVersion,
    /// A call that has timed out, and whose work goes on (`pendingTransition`).
    pub(super) unfinished: Option<TransactionCall>,
    pub(super) calls: VecDeque<AppCall>,
}

/// A request that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::producer) struct Pending {
    pub(in crate::producer) correlation: Correlation,
    pub(in crate::producer) to: BrokerId,
    pub(in crate::producer) sent_at: Time,
    pub(super) request: TransactionRequest,
}

/// A call that blocks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct PendingCall {
    pub(super) call: TransactionCall,
    pub(super) since: Time,
}

/// Offsets on their way into the transaction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct OffsetsWork {
    pub(super) group: ConsumerGroupMetadata,
    pub(super) offsets: Vec<(TopicPartition, CommittedOffset)>,
    /// AddOffsetsToTxn is done, TxnOffsetCommit is next.
    pub(super) is_added: bool,
}

impl Transactions {
    pub(super) fn forget(&mut self, lookup: &Lookup) {
        match lookup {
            Lookup::Transaction => self.coordinator = None,
            Lookup::Group(_) => self.group_coordinator = None,
        }
    }

    /// Whether a new epoch is wanted once the transaction has ended: because of what has failed, or because transactions have an
    /// epoch each from now on (`maybeUpdateTransactionV2Enabled`).
    pub(super) fn wants_epoch(&self) -> bool {
        let begins = self.finalized.supports_epoch_bump() && !self.version.supports_epoch_bump();
        self.epoch_bump_required || begins
    }

    /// `completeTransaction`, but for the state.
    pub(super) fn complete(&mut self) {
        if self.finalized < self.version {
            self.version = self.finalized;
        }
        self.started = false;
        self.end = None;
        self.offsets = None;
        self.new_partitions = Set::new();
        self.partitions = Set::new();
    }
}
