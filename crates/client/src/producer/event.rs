//! What happens in a producer, in the words of the trace.
//!
//! A bulk `send` is one [`ProducerEvent::RecordsAppended`] for each stretch between two batch borders, not one event
//! a record; records and batches are shared between event, state and request.

use super::failure::Failure;
use super::input::ProducerRecord;
use super::state::{BatchNumber, WaitNumber};
use super::transaction::TransactionEvent;
use crate::Correlation;
use millrace_model::{
    Batch, BrokerId, ClusterMetadata, ErrorCode, Offset, Origin, Partition, ProducedBy, ProducerEpoch,
    ProducerId, Record, Span, Time, Timestamp, TopicName, TopicPartition,
};
use std::sync::Arc;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProducerEvent {
    /// Records found their places in open batches.
    RecordsAppended {
        /// When.
        at: Time,
        /// One run for each batch that grew, in the order in which they first grew.
        runs: Vec<AppendedRun>,
    },
    /// Keyless records of a topic go to another partition from now on.
    StickyPartitionSwitched {
        /// The topic.
        topic: TopicName,
        /// The partition so far; none for the first choice.
        from: Option<Partition>,
        /// The partition from now on.
        to: Partition,
        /// Bytes that went to `from` since it was chosen.
        bytes: usize,
        /// The count of the roll that chose it.
        roll: u64,
    },
    /// `send` has to wait (`max.block.ms`).
    SendBlocked {
        /// Since when.
        at: Time,
        /// Its number; waiting sends of one topic go on in this order.
        number: WaitNumber,
        /// The topic of all its records.
        topic: TopicName,
        /// What it waits for.
        reason: BlockReason,
        /// The records.
        records: Arc<[ProducerRecord]>,
    },
    /// A waiting `send` went on, wholly or in part; `RecordsAppended` says where its records went.
    SendUnblocked {
        /// When.
        at: Time,
        /// Which.
        number: WaitNumber,
        /// Its topic.
        topic: TopicName,
        /// How many records went on.
        records: usize,
        /// How long it had waited.
        waited: Span,
        /// What the rest waits for; none if nothing is left.
        rest: Option<BlockReason>,
    },
    /// No record fits or comes any more: the batch is ready to leave.
    BatchClosed {
        /// The partition.
        tp: TopicPartition,
        /// Which batch.
        batch: BatchNumber,
        /// Why now.
        reason: CloseReason,
        /// How many records it holds.
        records: usize,
        /// Its size in bytes, before a codec has packed it.
        bytes: usize,
        /// From its first record to now.
        waited: Span,
    },
    /// A Produce request left.
    RequestSent {
        /// When.
        at: Time,
        /// Its number.
        correlation: Correlation,
        /// To which broker.
        to: BrokerId,
        /// What it carries, one batch a partition.
        batches: Vec<SentBatch>,
        /// False for `acks=0`: nobody will answer.
        awaits_reply: bool,
        /// The partition whose batch found no room (`max.request.size`); the broker's next request begins there.
        resume_at: Option<TopicPartition>,
    },
    /// A request is over. Its batches have been dealt with before, each by an event of its own.
    RequestEnded {
        /// When.
        at: Time,
        /// Which.
        correlation: Correlation,
        /// The broker it went to.
        to: BrokerId,
        /// How.
        how: RequestEnd,
        /// From departure to now.
        took: Span,
    },
    /// A batch is in the log (with `acks=0`: has been sent, which is all that is known).
    BatchAcknowledged {
        /// When.
        at: Time,
        /// The request that carried it.
        correlation: Correlation,
        /// The partition.
        tp: TopicPartition,
        /// Which batch.
        number: BatchNumber,
        /// The offset of its first record; `-1` with `acks=0`.
        base_offset: Offset,
        /// The broker's clock, if the topic uses LogAppendTime.
        log_append_time: Option<Timestamp>,
        /// The records; the record at index i has the offset `base_offset + i`.
        batch: Arc<Batch>,
    },
    /// A batch will be sent again.
    BatchRetried {
        /// When.
        at: Time,
        /// The request that failed.
        correlation: Correlation,
        /// The partition.
        tp: TopicPartition,
        /// Which batch.
        number: BatchNumber,
        /// Why.
        error: SendError,
        /// How often it has been sent by now.
        attempt: u32,
        /// How long it waits at least (`retry.backoff.ms`, doubled each time, ±20 %, at most `retry.backoff.max.ms`).
        backoff: Span,
        /// The count of the roll that shook the backoff.
        roll: u64,
    },
    /// The broker found a batch too large; its records go again in smaller ones, before everything later.
    BatchSplit {
        /// When.
        at: Time,
        /// The request that failed.
        correlation: Correlation,
        /// The partition.
        tp: TopicPartition,
        /// Which batch.
        number: BatchNumber,
        /// The new batches, in order.
        into: Vec<(BatchNumber, Arc<Batch>)>,
    },
    /// Records were given up; the application's futures fail.
    RecordsFailed {
        /// When.
        at: Time,
        /// Where they were.
        place: FailedPlace,
        /// The records, by the call that sent them, in order.
        origins: Vec<Origin>,
        /// The exception.
        failure: Failure,
    },
    /// Something showed that the metadata is stale.
    MetadataRefreshRequested {
        /// When.
        at: Time,
        /// What showed it.
        reason: RefreshReason,
    },
    /// A Metadata request left.
    MetadataRequested {
        /// When.
        at: Time,
        /// Its number.
        correlation: Correlation,
        /// To which broker.
        to: BrokerId,
        /// The topics it asks for.
        topics: Vec<TopicName>,
        /// Why.
        reason: RefreshReason,
    },
    /// A Metadata answer was taken over.
    MetadataUpdated {
        /// When.
        at: Time,
        /// The request.
        correlation: Correlation,
        /// All that is known now.
        cluster: Arc<ClusterMetadata>,
        /// Topics that were asked for in vain.
        missing: Vec<(TopicName, ErrorCode)>,
        /// The earliest moment of the next request.
        next_not_before: Time,
        /// The count of the roll that shook the backoff.
        roll: u64,
    },
    /// A Metadata request came to nothing.
    MetadataRequestFailed {
        /// When.
        at: Time,
        /// The request.
        correlation: Correlation,
        /// The broker that did not answer it.
        to: BrokerId,
        /// The earliest moment of the next request.
        next_not_before: Time,
        /// The count of the roll that shook the backoff.
        roll: u64,
    },
    /// The connection to a broker is given up; whatever was on its way there is over.
    BrokerDisconnected {
        /// When.
        at: Time,
        /// Which.
        broker: BrokerId,
        /// True if the producer itself did it because a request stayed unanswered for `request.timeout.ms`.
        timed_out: bool,
    },
    /// An answer that nobody waits for, or of the wrong kind.
    ReplyIgnored {
        /// Its number.
        correlation: Correlation,
        /// Who sent it.
        from: BrokerId,
        /// The kind of answer (`Produce`).
        api: &'static str,
    },
    /// `flush` began: batches up to `up_to` leave at once.
    FlushStarted {
        /// When.
        at: Time,
        /// The last batch that it waits for; none if there was nothing.
        up_to: Option<BatchNumber>,
    },
    /// Everything that `flush` waited for is acknowledged or failed.
    FlushCompleted {
        /// When.
        at: Time,
    },
    /// `close` began.
    CloseStarted {
        /// When.
        at: Time,
    },
    /// Nothing is left to do.
    Closed {
        /// When.
        at: Time,
    },
    /// Something happened to the producer's id or its sequence numbers.
    ProducerId(Box<ProducerIdEvent>),
    /// Something happened to its transactions.
    Transaction(Box<TransactionEvent>),
    /// A broker has said that this client's quota is violated: nothing leaves for it until then.
    Throttled {
        /// When.
        at: Time,
        /// Which broker.
        broker: BrokerId,
        /// Until when.
        until: Time,
    },
}

/// What happens to an idempotent producer's id and its sequence numbers (`TransactionManager`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProducerIdEvent {
    /// An InitProducerId request left.
    Requested {
        /// When.
        at: Time,
        /// Its number.
        correlation: Correlation,
        /// To which broker.
        to: BrokerId,
    },
    /// The producer has an id.
    Received {
        /// When.
        at: Time,
        /// The request.
        correlation: Correlation,
        /// The id with its epoch.
        id: (ProducerId, ProducerEpoch),
    },
    /// An InitProducerId request came to nothing.
    RequestFailed {
        /// When.
        at: Time,
        /// The request.
        correlation: Correlation,
        /// Why.
        error: SendError,
        /// The earliest moment of the next one (`retry.backoff.ms`).
        next_not_before: Time,
    },
    /// A partition has to count from 0 again, under a new epoch: the broker has refused a batch for good.
    EpochBumpRequested {
        /// When.
        at: Time,
        /// The partition.
        tp: TopicPartition,
    },
    /// A batch was given up that had been sent more than once: it may be in the log or not, so nothing new leaves for its
    /// partition until all others are settled.
    SequenceUnresolved {
        /// When.
        at: Time,
        /// The partition.
        tp: TopicPartition,
        /// The sequence number after the batch.
        next: i32,
    },
    /// All batches of such a partition are settled.
    SequencesResolved {
        /// When.
        at: Time,
        /// The partition.
        tp: TopicPartition,
        /// The last one was acknowledged: nothing is missing. Otherwise the epoch is raised.
        all_acked: bool,
    },
    /// The producer has raised its epoch by itself (KIP-360).
    EpochBumped {
        /// When.
        at: Time,
        /// The id with its new epoch; none if epochs are used up, then it asks for another id.
        id: Option<(ProducerId, ProducerEpoch)>,
    },
}

/// Records that went into one batch, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppendedRun {
    /// The partition.
    pub tp: TopicPartition,
    /// Which batch.
    pub batch: BatchNumber,
    /// Set if the first of these records opened the batch: how many bytes of `buffer.memory` it takes.
    pub opened: Option<usize>,
    /// The batch's size in bytes after the last of these records, before packing.
    pub batch_bytes: usize,
    /// Bytes that count for the sticky partition: those of keyless records, and the batch's header if one opened it; of
    /// what is packed, as estimated.
    pub sticky_bytes: usize,
    /// The round-robin counter after the last of these records, if that partitioner chose.
    pub round_robin: Option<u64>,
    /// The records, in order.
    pub records: Vec<Appended>,
}

/// One record on its way into a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The record, with its timestamp and its origin.
    pub record: Record,
    /// Why this partition.
    pub reason: PartitionReason,
    /// Its bytes in the batch.
    pub size: u32,
    /// Its place in the `send` (or in the waiting `send`) that it belongs to, from 0.
    pub index: u32,
}

/// Why a record went to its partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PartitionReason {
    /// `toPositive(hash) % partitions`.
    Keyed {
        /// murmur2 of the key.
        hash: i32,
    },
    /// `hash % partitions`, librdkafka's `consistent_random`.
    Crc32 {
        /// CRC-32 of the key.
        hash: u32,
    },
    /// No key (or `partitioner.ignore.keys`): the topic's sticky partition.
    Sticky,
    /// The record names it.
    Explicit,
    /// `RoundRobinPartitioner`: the counter's turn.
    RoundRobin {
        /// The counter.
        turn: u64,
    },
    /// A partitioner class of one's own: `toPositive(hash) % partitions`.
    Ruled {
        /// murmur2 of what its rule comes to.
        hash: i32,
    },
}

/// What a blocked `send` waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlockReason {
    /// The topic's metadata.
    Metadata,
    /// Metadata in which the topic has this partition.
    PartitionMetadata(Partition),
    /// Room for a new batch in `buffer.memory`.
    Memory,
}

/// Why a batch was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// The next record would not fit, or the size is reached (`batch.size`).
    Full,
    /// `linger.ms` is over.
    Linger,
    /// `flush` is in progress.
    Flush,
    /// `close` is in progress.
    Close,
    /// A `send` waits for memory, so nothing lingers.
    Memory,
    /// Another partition's batch leaves for the same broker; this one goes along in the same request.
    SameRequest,
    /// The transaction is being committed or aborted.
    TransactionCompleting,
}

/// One batch of a Produce request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SentBatch {
    /// The partition.
    pub tp: TopicPartition,
    /// Which batch.
    pub batch: BatchNumber,
    /// How many records.
    pub records: usize,
    /// How many bytes, packed.
    pub bytes: usize,
    /// The how-manieth sending this is, from 1.
    pub attempt: u32,
    /// The producer's id and the batch's first sequence number (`enable.idempotence`).
    pub producer: Option<ProducedBy>,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestEnd {
    /// Answered.
    Answered,
    /// Not answered within `request.timeout.ms`.
    TimedOut,
    /// The connection broke.
    Disconnected,
    /// The answer was not one to this request.
    Unreadable,
}

/// Why a batch did not get through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SendError {
    /// The broker said so.
    Answered(ErrorCode),
    /// `request.timeout.ms` passed without an answer (`REQUEST_TIMED_OUT`).
    TimedOut(BrokerId),
    /// The connection broke before an answer (`NETWORK_EXCEPTION`).
    Disconnected(BrokerId),
}

/// Where records were when they failed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FailedPlace {
    /// In the call of `send`.
    Send(TopicName),
    /// In a `send` that waited.
    Waiting(WaitNumber, TopicName),
    /// In a batch that waited to leave.
    Queued(TopicPartition, BatchNumber),
    /// In a batch that was on its way.
    InFlight(Correlation, TopicPartition, BatchNumber),
}

/// Why metadata is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefreshReason {
    /// A topic (or a partition of it) is used that is not known yet.
    UnknownTopic,
    /// A partition with batches waiting has no leader.
    NoLeader,
    /// A broker's answer showed that the view is old.
    Stale(SendError),
    /// A connection broke.
    Disconnected,
    /// `metadata.max.age.ms` is over.
    MaxAge,
}
