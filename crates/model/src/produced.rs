//! What only some batches carry in their headers: who produced them, and what compaction has left of them.

use crate::{Bytes, ProducerEpoch, ProducerId, Record, Timestamp};

/// No sequence number (`RecordBatch.NO_SEQUENCE`).
pub const NO_SEQUENCE: i32 = -1;

/// The producer's part of a batch's header; batches of producers without an id have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProducedBy {
    /// Whose batch it is.
    pub id: ProducerId,
    /// Under which epoch it was sent.
    pub epoch: ProducerEpoch,
    /// The first record's sequence number; a marker has [`NO_SEQUENCE`].
    pub base_sequence: i32,
    /// Whether it belongs to a transaction.
    pub is_transactional: bool,
    /// Set for a control batch: its only record ends the producer's transaction.
    pub marker: Option<EndTxnMarker>,
}

/// The control record that ends a transaction in a partition (`EndTransactionMarker`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EndTxnMarker {
    /// Committed, or aborted.
    pub committed: bool,
    /// The epoch of the coordinator that says so.
    pub coordinator_epoch: i32,
}

impl EndTxnMarker {
    /// The control record: its key is version and type, its value version and coordinator epoch.
    pub fn record(self, timestamp: Timestamp) -> Record {
        let key: Bytes = [0, 0, 0, u8::from(self.committed)].as_slice().into();
        let value: Bytes = [&[0, 0][..], &self.coordinator_epoch.to_be_bytes()].concat().into();
        Record { key: Some(key), value: Some(value), ..Record::new(timestamp, None, None) }
    }
}

/// What a cleaned batch says in its header instead of what follows from its records.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cleaned {
    /// For each record that is left, how far it is from the base offset.
    pub offset_deltas: Vec<u32>,
    /// How far the last record was, which may be gone: sequence numbers and the next offset count from there.
    pub last_offset_delta: u32,
    /// The largest timestamp; of a batch without records, the one that it had.
    pub max_timestamp: Timestamp,
    /// From when on its tombstones, or its marker, may go (KIP-534).
    pub delete_horizon: Option<Timestamp>,
}
