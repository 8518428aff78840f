//! Whether a batch or a marker may be appended (`ProducerAppendInfo`).

use super::entry::{BatchMetadata, ProducerStateEntry};
use super::{CompletedTxn, EndTransactionMarker, Prepared, ProducedBatch};
use millrace_model::produced::NO_SEQUENCE;
use millrace_model::{ErrorCode, Offset, ProducerEpoch, ProducerId};
use std::fmt;

/// Who appends. A follower copies what its leader has accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppendOrigin {
    /// A producer.
    Client,
    /// A transaction coordinator.
    Coordinator,
    /// A follower.
    Replication,
}

/// Why nothing is appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProducerStateError {
    /// `OutOfOrderSequenceException` (OUT_OF_ORDER_SEQUENCE_NUMBER): something before it is missing.
    OutOfOrderSequence {
        /// Whose batch.
        producer_id: ProducerId,
        /// The offset that it would have got.
        offset: Offset,
        /// Its first sequence number.
        sequence: i32,
        /// The last one that is known; -1 if there is none.
        last_sequence: i32,
    },
    /// `OutOfOrderSequenceException`: a new epoch does not begin with 0.
    NewEpochNotAtZero {
        /// Whose batch.
        producer_id: ProducerId,
        /// The offset that it would have got.
        offset: Offset,
        /// Its epoch.
        epoch: ProducerEpoch,
        /// Its first sequence number.
        sequence: i32,
        /// The epoch that is known.
        current_epoch: ProducerEpoch,
    },
    /// `InvalidProducerEpochException` (INVALID_PRODUCER_EPOCH): the producer is fenced.
    InvalidProducerEpoch {
        /// Whose batch or marker.
        producer_id: ProducerId,
        /// The offset that it would have got.
        offset: Offset,
        /// Its epoch.
        epoch: ProducerEpoch,
        /// The epoch that is known.
        current_epoch: ProducerEpoch,
    },
    /// `TransactionCoordinatorFencedException` (TRANSACTION_COORDINATOR_FENCED).
    TransactionCoordinatorFenced {
        /// Whose marker.
        producer_id: ProducerId,
        /// The offset that it would have got.
        offset: Offset,
        /// The coordinator's epoch.
        epoch: i32,
        /// The epoch that is known.
        current_epoch: i32,
    },
    /// `InvalidTxnStateException` (INVALID_TXN_STATE): a batch without transaction amid one.
    InvalidTxnState {
        /// Whose batch.
        producer_id: ProducerId,
        /// The offset that it would have got.
        offset: Offset,
    },
}

impl ProducerStateError {
    /// Kafka's exception.
    #[must_use]
    pub const fn exception(&self) -> &'static str {
        match self {
            Self::OutOfOrderSequence { .. } | Self::NewEpochNotAtZero { .. } => "OutOfOrderSequenceException",
            Self::InvalidProducerEpoch { .. } => "InvalidProducerEpochException",
            Self::TransactionCoordinatorFenced { .. } => "TransactionCoordinatorFencedException",
            Self::InvalidTxnState { .. } => "InvalidTxnStateException",
        }
    }
}

impl ProducerStateError {
    /// What the producer is answered.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::OutOfOrderSequence { .. } | Self::NewEpochNotAtZero { .. } => {
                ErrorCode::OutOfOrderSequenceNumber
            }
            Self::InvalidProducerEpoch { .. } => ErrorCode::InvalidProducerEpoch,
            Self::TransactionCoordinatorFenced { .. } => ErrorCode::TransactionCoordinatorFenced,
            Self::InvalidTxnState { .. } => ErrorCode::InvalidTxnState,
        }
    }
}

impl fmt::Display for ProducerStateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfOrderSequence { producer_id, offset, sequence, last_sequence } => write!(
                f,
                "Out of order sequence number for producer {} at offset {}: {sequence} (incoming seq. number), {last_sequence} (current end sequence number)",
                producer_id.0, offset.0
            ),
            Self::NewEpochNotAtZero { producer_id, offset, epoch, sequence, current_epoch } => write!(
                f,
                "Invalid sequence number for new epoch of producer {} at offset {}: {} (request epoch), {sequence} (seq. number), {} (current producer epoch)",
                producer_id.0, offset.0, epoch.0, current_epoch.0
            ),
            Self::InvalidProducerEpoch { producer_id, offset, epoch, current_epoch } => write!(
                f,
                "Epoch of producer {} at offset {} is {}, which is smaller than the last seen epoch {}",
                producer_id.0, offset.0, epoch.0, current_epoch.0
            ),
            Self::TransactionCoordinatorFenced { producer_id, offset, epoch, current_epoch } => write!(
                f,
                "Invalid coordinator epoch for producerId {} at offset {}: {epoch} (zombie), {current_epoch} (current)",
                producer_id.0, offset.0
            ),
            Self::InvalidTxnState { producer_id, offset } => write!(
                f,
                "Expected transactional write from producer {} at offset {}",
                producer_id.0, offset.0
            ),
        }
    }
}

/// Judges a batch with records, the duplicates among them excepted.
pub(super) fn data_batch(
    known: Option<&ProducerStateEntry>,
    batch: &ProducedBatch,
    origin: AppendOrigin,
) -> Result<Prepared, ProducerStateError> {
    let producer_id = batch.producer_id;
    let empty = ProducerStateEntry::empty(producer_id);
    let current = known.unwrap_or(&empty);
    check_epoch(current, batch.producer_epoch, batch.base_offset, origin)?;
    if origin == AppendOrigin::Client {
        check_sequence(current, batch)?;
    }
    let mut entry = current.without_batches();
    entry.add_batch(batch.producer_epoch, BatchMetadata::of(batch));
    let started = match (entry.current_txn_first_offset, batch.is_transactional) {
        (Some(_), false) => {
            return Err(ProducerStateError::InvalidTxnState { producer_id, offset: batch.base_offset });
        }
        (None, true) => Some(batch.base_offset),
        (Some(_), true) | (None, false) => None,
    };
    entry.current_txn_first_offset = entry.current_txn_first_offset.or(started);
    Ok(Prepared { entry, started, completed: None })
}

/// Judges a marker.
pub(super) fn end_txn_marker(
    known: Option<&ProducerStateEntry>,
    marker: &EndTransactionMarker,
    origin: AppendOrigin,
) -> Result<Prepared, ProducerStateError> {
    let (producer_id, offset) = (marker.producer_id, marker.offset);
    let empty = ProducerStateEntry::empty(producer_id);
    let current = known.unwrap_or(&empty);
    check_epoch(current, marker.producer_epoch, offset, origin)?;
    let (epoch, current_epoch) = (marker.coordinator_epoch, current.coordinator_epoch);
    if current_epoch > epoch && origin != AppendOrigin::Replication {
        return Err(ProducerStateError::TransactionCoordinatorFenced {
            producer_id,
            offset,
            epoch,
            current_epoch,
        });
    }
    let mut entry = current.without_batches();
    entry.maybe_update_epoch(marker.producer_epoch);
    entry.coordinator_epoch = epoch;
    entry.last_timestamp = marker.timestamp;
    let completed = entry.current_txn_first_offset.take().map(|first_offset| CompletedTxn {
        producer_id,
        first_offset,
        last_offset: offset,
        is_aborted: !marker.committed,
    });
    Ok(Prepared { entry, started: None, completed })
}

fn check_epoch(
    current: &ProducerStateEntry,
    epoch: ProducerEpoch,
    offset: Offset,
    origin: AppendOrigin,
) -> Result<(), ProducerStateError> {
    let (producer_id, current_epoch) = (current.producer_id, current.producer_epoch);
    if epoch < current_epoch && origin != AppendOrigin::Replication {
        return Err(ProducerStateError::InvalidProducerEpoch { producer_id, offset, epoch, current_epoch });
    }
    Ok(())
}

fn check_sequence(current: &ProducerStateEntry, batch: &ProducedBatch) -> Result<(), ProducerStateError> {
    let ProducedBatch {
        producer_id,
        producer_epoch: epoch,
        base_sequence: sequence,
        base_offset: offset,
        ..
    } = *batch;
    let current_epoch = current.producer_epoch;
    // Who is not known may begin anywhere: what came before may have expired.
    if current_epoch == ProducerEpoch::NONE {
        return Ok(());
    }
    if epoch != current_epoch {
        return if sequence == 0 {
            Ok(())
        } else {
            let error =
                ProducerStateError::NewEpochNotAtZero { producer_id, offset, epoch, sequence, current_epoch };
            Err(error)
        };
    }
    let last_sequence = current.last_seq();
    let next = if last_sequence == i32::MAX { 0 } else { last_sequence.max(NO_SEQUENCE) + 1 };
    if sequence == next {
        return Ok(());
    }
    Err(ProducerStateError::OutOfOrderSequence { producer_id, offset, sequence, last_sequence })
}
