//! One transactional id and what its producer is doing (`TransactionMetadata`, `TransactionState`).

use millrace_model::{ProducerEpoch, ProducerId, Set, Span, Time, TopicPartition, TransactionVersion};
use std::fmt;

/// `transactional.id.expiration.ms`: a week.
const ID_EXPIRATION: Span = Span::from_secs(7 * 86_400);

/// Where a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TxnState {
    /// Nothing has begun since the producer came.
    Empty,
    /// Partitions have been added: a transaction is open.
    Ongoing,
    /// It will be committed, whatever happens: the markers are on their way.
    PrepareCommit,
    /// It will be aborted.
    PrepareAbort,
    /// Every partition has its commit marker.
    CompleteCommit,
    /// Every partition has its abort marker.
    CompleteAbort,
}

impl fmt::Display for TxnState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TxnState::Empty => "Empty",
            TxnState::Ongoing => "Ongoing",
            TxnState::PrepareCommit => "PrepareCommit",
            TxnState::PrepareAbort => "PrepareAbort",
            TxnState::CompleteCommit => "CompleteCommit",
            TxnState::CompleteAbort => "CompleteAbort",
        })
    }
}

/// What the coordinator knows of a transactional id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TxnMetadata {
    /// The producer's id.
    pub producer_id: ProducerId,
    /// The epoch of the producer that may write: older ones are fenced.
    pub producer_epoch: ProducerEpoch,
    /// The epoch before it, by which a producer is recognised that asks twice.
    pub last_producer_epoch: ProducerEpoch,
    /// `transaction.timeout.ms`.
    pub timeout: Span,
    /// Where its transaction stands.
    pub state: TxnState,
    /// The partitions that will get a marker.
    pub partitions: Set<TopicPartition>,
    /// Since when the transaction is open.
    pub started_at: Option<Time>,
    /// When this was written.
    pub updated_at: Time,
    /// How its producer writes transactions (`clientTransactionVersion`).
    pub client_version: TransactionVersion,
    /// The id before this one, if its epochs were used up; -1 if there was none. By it a repeated EndTxn is known.
    pub previous_producer_id: ProducerId,
    /// The id that comes when the transaction is complete, if this one's epochs are used up; -1 otherwise.
    pub next_producer_id: ProducerId,
}

impl TxnMetadata {
    /// A producer that has not been given its epoch.
    pub(super) fn new(producer_id: ProducerId, timeout: Span, now: Time) -> TxnMetadata {
        TxnMetadata {
            producer_id,
            producer_epoch: ProducerEpoch::NONE,
            last_producer_epoch: ProducerEpoch::NONE,
            timeout,
            state: TxnState::Empty,
            partitions: Set::new(),
            started_at: None,
            updated_at: now,
            client_version: TransactionVersion::V0,
            previous_producer_id: ProducerId::NONE,
            next_producer_id: ProducerId::NONE,
        }
    }

    /// The largest epoch stays free for fencing (`isProducerEpochExhausted`).
    pub(super) fn is_epoch_exhausted(&self) -> bool {
        self.producer_epoch.0 >= i16::MAX - 1
    }

    pub(super) fn next_epoch(&self) -> ProducerEpoch {
        ProducerEpoch(self.producer_epoch.0.saturating_add(1))
    }

    /// Closed against its producer, and about to be aborted (`prepareFenceProducerEpoch`, `prepareAbortOrCommit`).
    pub(super) fn fenced(&self, now: Time) -> TxnMetadata {
        let fenced = TxnMetadata {
            producer_epoch: self.next_epoch(),
            last_producer_epoch: ProducerEpoch::NONE,
            ..self.clone()
        };
        fenced.ending(TxnState::PrepareAbort, ProducerId::NONE, now)
    }

    /// Decided. A transaction of version 2 ends under the next epoch, so that whatever arrives after its markers is refused
    /// (`prepareAbortOrCommit`). `next_producer_id` comes when the epochs are used up.
    pub(super) fn ending(&self, state: TxnState, next_producer_id: ProducerId, now: Time) -> TxnMetadata {
        let (producer_epoch, last_producer_epoch) = match self.client_version.supports_epoch_bump() {
            true => (self.next_epoch(), self.producer_epoch),
            false => (self.producer_epoch, self.last_producer_epoch),
        };
        // One that is aborted before anything belongs to it has not begun.
        let started_at = self.started_at.filter(|_| !self.partitions.is_empty()).or(Some(now));
        TxnMetadata {
            producer_epoch,
            last_producer_epoch,
            previous_producer_id: ProducerId::NONE,
            next_producer_id,
            state,
            started_at,
            updated_at: now,
            ..self.clone()
        }
    }

    /// When `transactional.id.expiration.ms` is over, unless its producer asks for something until then.
    pub(super) fn id_expires_at(&self) -> Option<Time> {
        let is_idle =
            matches!(self.state, TxnState::Empty | TxnState::CompleteCommit | TxnState::CompleteAbort);
        is_idle.then_some(self.updated_at + ID_EXPIRATION)
    }

    /// When `transaction.timeout.ms` is over for the open transaction.
    pub(super) fn expires_at(&self) -> Option<Time> {
        let started_at = self.started_at.filter(|_| self.state == TxnState::Ongoing)?;
        Some(started_at + self.timeout)
    }
}
