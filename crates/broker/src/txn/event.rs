//! What happens around producers with an id.

use super::{MarkerRequest, PendingTransition, TxnMetadata, Verification};
use millrace_model::{BrokerId, ErrorCode, Offset, ProducerEpoch, ProducerId, Time, TopicPartition};
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
    /// What a transactional id is about to become is written: the in-sync replicas are waited for. In a cluster only.
    TransitionPrepared {
        /// `transactional.id`.
        transactional_id: Arc<str>,
        /// What, and who waits for it.
        pending: Box<PendingTransition>,
    },
    /// It does not come about: the in-sync replicas take too long.
    TransitionFailed {
        /// `transactional.id`.
        transactional_id: Arc<str>,
        /// When.
        at: Time,
        /// What its client is told.
        error: ErrorCode,
    },
    /// A coordinator has looked after the markers of a decided transaction.
    MarkersSent {
        /// `transactional.id`.
        transactional_id: Arc<str>,
        /// When.
        at: Time,
        /// Partitions that are no more.
        gone: Vec<TopicPartition>,
        /// What is on its way now.
        requests: Vec<MarkerRequest>,
        /// When it looks again.
        next: Time,
    },
    /// A leader has answered, or its connection broke.
    MarkersAnswered {
        /// Which request.
        number: u64,
        /// When.
        at: Time,
        /// The partitions that have their markers now.
        written: Vec<TopicPartition>,
        /// When the rest is sent again.
        retry_at: Option<Time>,
        /// Another coordinator, or a later producer, has been there: no more is sent.
        fenced: bool,
    },
    /// The coordinator has looked for transactional ids that nobody has used for long, and forgotten these.
    Expired {
        /// When.
        at: Time,
        /// Which.
        transactional_ids: Vec<Arc<str>>,
    },
    /// A leader asks the transaction's coordinator before a transaction begins in its partitions (KIP-890). In a cluster only.
    CoordinatorAsked {
        /// Which question.
        number: u64,
        /// The coordinator.
        to: BrokerId,
        /// What waits for the answer.
        waiting: Box<Verification>,
    },
    /// The transaction before is not complete yet: the leader asks again.
    CoordinatorAskedLater {
        /// Which question.
        number: u64,
        /// When.
        until: Time,
    },
    /// A coordinator has answered, or will not: what has waited goes on.
    CoordinatorAnswered {
        /// Which question.
        number: u64,
        /// When.
        at: Time,
        /// Where nothing may be written, and why.
        refused: Vec<(TopicPartition, ErrorCode)>,
    },
}
