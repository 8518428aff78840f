//! What happens around producers with an id.

use super::TxnMetadata;
use millrace_model::{Offset, ProducerEpoch, ProducerId, Time, TopicPartition};
use std::sync::Arc;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TxnEvent {
    /// A producer got an id that nobody has had.
    ProducerIdAllocated {
        /// The id.
        producer_id: ProducerId,
    },
    /// A batch came again: it lies in the log already, and the answer says where.
    DuplicateSequence {
        /// Where.
        tp: TopicPartition,
        /// Whose batch.
        producer_id: ProducerId,
        /// Under which epoch.
        producer_epoch: ProducerEpoch,
        /// Its first sequence number.
        base_sequence: i32,
        /// The offset of its first record.
        base_offset: Offset,
        /// How many records it holds.
        records: usize,
    },
    /// A transactional id has changed: what the coordinator knows of it from now on.
    Transitioned {
        /// `transactional.id`.
        transactional_id: Arc<str>,
        /// All of it.
        metadata: Box<TxnMetadata>,
    },
    /// The coordinator has looked for transactions that have been open for too long.
    TimeoutsChecked {
        /// When.
        at: Time,
    },
}
