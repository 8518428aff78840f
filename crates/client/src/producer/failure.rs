//! The exceptions that an application sees, with Kafka's class names and sentences.

use super::event::SendError;
use super::{Producer, TransactionState};
use millrace_model::config::producer::ProducerConfig;
use millrace_model::{ErrorCode, Partition, ProducerEpoch, ProducerId, Span, TopicName, TopicPartition};
use std::sync::Arc;

/// An exception: class and sentence as Kafka's Java client has them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Failure {
    /// The class, in full: `org.apache.kafka.common.errors.TimeoutException`.
    pub class: &'static str,
    /// The sentence.
    pub message: Arc<str>,
}

const TIMEOUT: &str = "org.apache.kafka.common.errors.TimeoutException";
const RECORD_TOO_LARGE: &str = "org.apache.kafka.common.errors.RecordTooLargeException";
const ILLEGAL_STATE: &str = "java.lang.IllegalStateException";
const PRODUCER_FENCED: &str = "org.apache.kafka.common.errors.ProducerFencedException";
const INVALID_EPOCH: &str = "org.apache.kafka.common.errors.InvalidProducerEpochException";
const INVALID_PID_MAPPING: &str = "org.apache.kafka.common.errors.InvalidPidMappingException";
const ILLEGAL_ARGUMENT: &str = "java.lang.IllegalArgumentException";

impl Failure {
    fn new(class: &'static str, message: impl Into<Arc<str>>) -> Failure {
        Failure { class, message: message.into() }
    }

    /// A call that does not fit to the state (`IllegalStateException`).
    pub(super) fn illegal_state(text: impl Into<Arc<str>>) -> Failure {
        Failure::new(ILLEGAL_STATE, text)
    }

    /// Anything that has no class of its own.
    pub(super) fn kafka(text: impl Into<Arc<str>>) -> Failure {
        Failure::new("org.apache.kafka.common.KafkaException", text)
    }

    /// A transactional method without `transactional.id` (`KafkaProducer.throwIfNoTransactionManager`).
    pub(super) fn not_transactional() -> Failure {
        Failure::illegal_state(
            "Cannot use transactional methods without enabling transactions by setting the transactional.id \
             configuration property",
        )
    }

    /// A call that the state does not allow (`TransactionManager.transitionTo`).
    pub(super) fn invalid_transition(
        config: &ProducerConfig,
        from: TransactionState,
        to: TransactionState,
    ) -> Failure {
        let id = config.transactional_id.as_deref().unwrap_or_default();
        Failure::illegal_state(format!(
            "TransactionalId {id}: Invalid transition attempted from state {from} to state {to}"
        ))
    }

    /// `send` outside a transaction (`TransactionManager.maybeAddPartition`).
    pub(super) fn not_in_transaction(
        tp: &TopicPartition,
        state: TransactionState,
        producer: &Producer,
    ) -> Failure {
        Failure::illegal_state(match producer.producer_id() {
            None => format!(
                "Cannot add partition {tp} to transaction before completing a call to initTransactions"
            ),
            Some(_) => format!("Cannot add partition {tp} to transaction while in state  {state}"),
        })
    }

    /// Any method but abort, after an error (`TransactionManager.maybeFailWithError`).
    pub(super) fn in_error_state(
        config: &ProducerConfig,
        id: Option<(ProducerId, ProducerEpoch)>,
        error: &Failure,
    ) -> Failure {
        let name = config.transactional_id.as_deref().unwrap_or_default();
        let (id, epoch) = id.unwrap_or((ProducerId::NONE, ProducerEpoch::NONE));
        let who = format!("Producer with transactionalId '{name}' and (producerId={id}, epoch={epoch})");
        match error.class {
            PRODUCER_FENCED => {
                let text = format!("{who} has been fenced by another producer with the same transactionalId");
                Failure::new(PRODUCER_FENCED, text)
            }
            INVALID_EPOCH => {
                Failure::new(INVALID_EPOCH, format!("{who} attempted to produce with an old epoch"))
            }
            _ => Failure::kafka("Cannot execute transactional method because we are in an error state"),
        }
    }

    /// `max.block.ms` is over for a transactional method (`TransactionalRequestResult.await`).
    pub(super) fn timed_out(max_block: Span, operation: &str) -> Failure {
        let ms = max_block.as_millis();
        Failure::new(TIMEOUT, format!("Timeout expired after {ms}ms while awaiting {operation}"))
    }

    /// The batch's transaction was aborted before it left (`RecordAccumulator.abortUndrainedBatches`).
    pub(super) fn transaction_aborted() -> Failure {
        let class = "org.apache.kafka.common.errors.TransactionAbortedException";
        Failure::new(class, "Failing batch since transaction was aborted")
    }

    /// Offsets of a member that is not in the group any more (`TxnOffsetCommitHandler`).
    pub(super) fn commit_failed(error: ErrorCode) -> Failure {
        let text = format!(
            "Transaction offset Commit failed due to consumer group metadata mismatch: {}",
            error.message()
        );
        Failure::new("org.apache.kafka.clients.consumer.CommitFailedException", text)
    }

    /// True if the producer cannot go on after it, whatever it does.
    pub(super) fn is_fatal(&self) -> bool {
        self.class == PRODUCER_FENCED || self.class == INVALID_PID_MAPPING
    }

    /// The topic did not turn up within `max.block.ms` (`KafkaProducer.waitOnMetadata`).
    pub(super) fn topic_not_present(topic: &TopicName, max_block: Span) -> Failure {
        let ms = max_block.as_millis();
        Failure::new(TIMEOUT, format!("Topic {topic} not present in metadata after {ms} ms."))
    }

    /// The explicit partition did not turn up within `max.block.ms` (`KafkaProducer.waitOnMetadata`).
    pub(super) fn partition_not_present(
        topic: &TopicName,
        partition: Partition,
        count: usize,
        max_block: Span,
    ) -> Failure {
        let ms = max_block.as_millis();
        let text = format!(
            "Partition {partition} of topic {topic} with partition count {count} is not present in metadata after {ms} ms."
        );
        Failure::new(TIMEOUT, text)
    }

    /// No memory within `max.block.ms` (`BufferPool.allocate`).
    pub(super) fn buffer_exhausted(size: usize, available: usize, config: &ProducerConfig) -> Failure {
        let text = format!(
            "Failed to allocate {size} bytes within the configured max blocking time {} ms. Total memory: {} bytes. \
             Available memory: {available} bytes. Poolable size: {} bytes",
            config.max_block.as_millis(),
            config.buffer_memory,
            config.batch_size.max(1),
        );
        Failure::new("org.apache.kafka.clients.producer.BufferExhaustedException", text)
    }

    /// Larger than `max.request.size` (`KafkaProducer.ensureValidRecordSize`).
    pub(super) fn larger_than_a_request(size: usize, limit: usize) -> Failure {
        let text = format!(
            "The message is {size} bytes when serialized which is larger than {limit}, which is the value of the \
             max.request.size configuration."
        );
        Failure::new(RECORD_TOO_LARGE, text)
    }

    /// Larger than `buffer.memory` (`KafkaProducer.ensureValidRecordSize`).
    pub(super) fn larger_than_the_buffer(size: usize) -> Failure {
        let text = format!(
            "The message is {size} bytes when serialized which is larger than the total memory buffer you have \
             configured with the buffer.memory configuration."
        );
        Failure::new(RECORD_TOO_LARGE, text)
    }

    /// `batch.size` itself exceeds `buffer.memory` (`BufferPool.allocate`).
    pub(super) fn beyond_all_memory(size: usize, total: usize) -> Failure {
        let text = format!(
            "Attempt to allocate {size} bytes, but there is a hard limit of {total} on memory allocations."
        );
        Failure::new(ILLEGAL_ARGUMENT, text)
    }

    /// A negative partition (`ProducerRecord`).
    pub(super) fn invalid_partition(partition: Partition) -> Failure {
        let text = format!(
            "Invalid partition: {partition}. Partition number should always be non-negative or null."
        );
        Failure::new(ILLEGAL_ARGUMENT, text)
    }

    /// A negative timestamp (`ProducerRecord`).
    pub(super) fn invalid_timestamp(timestamp: i64) -> Failure {
        let text =
            format!("Invalid timestamp: {timestamp}. Timestamp should always be non-negative or null.");
        Failure::new(ILLEGAL_ARGUMENT, text)
    }

    /// The topic's name is not allowed (`InvalidTopicException`).
    pub(super) fn invalid_topic(topic: &TopicName) -> Failure {
        Failure::new(class_of(ErrorCode::InvalidTopicException), format!("Invalid topics: [{topic}]"))
    }

    /// `send` after `close` (`KafkaProducer.throwIfProducerClosed`).
    pub(super) fn closed() -> Failure {
        let text = "Cannot perform operation after producer has been closed";
        Failure::illegal_state(text)
    }

    /// `close` while a `send` waits (`RecordAccumulator.append`).
    pub(super) fn closed_while_waiting() -> Failure {
        Failure::new("org.apache.kafka.common.KafkaException", "Producer closed while send in progress")
    }

    /// `delivery.timeout.ms` is over (`Sender.sendProducerData`).
    pub(super) fn expired(records: usize, tp: &TopicPartition, age: Span) -> Failure {
        let ms = age.as_millis();
        let text = format!("Expiring {records} record(s) for {tp}:{ms} ms has passed since batch creation");
        Failure::new(TIMEOUT, text)
    }

    /// The broker's last word (or its silence), when no retry is left or none makes sense (`Sender.completeBatch`).
    pub(super) fn of(error: SendError) -> Failure {
        match error {
            SendError::Answered(code) => Failure::new(class_of(code), code.message()),
            SendError::TimedOut(broker) => {
                Failure::new(TIMEOUT, format!("Disconnected from node {broker} due to timeout"))
            }
            SendError::Disconnected(broker) => Failure::new(
                "org.apache.kafka.common.errors.NetworkException",
                format!("Disconnected from node {broker}"),
            ),
        }
    }
}

impl SendError {
    /// True if the same batch may be sent again (`RetriableException`).
    pub fn is_retriable(self) -> bool {
        match self {
            SendError::Answered(code) => code.is_retriable(),
            SendError::TimedOut(_) | SendError::Disconnected(_) => true,
        }
    }

    /// True if it shows that the metadata is old (`InvalidMetadataException`).
    pub fn shows_stale_metadata(self) -> bool {
        match self {
            SendError::Answered(code) => matches!(
                code,
                ErrorCode::UnknownTopicOrPartition
                    | ErrorCode::LeaderNotAvailable
                    | ErrorCode::NotLeaderOrFollower
                    | ErrorCode::KafkaStorageError
                    | ErrorCode::FencedLeaderEpoch
            ),
            SendError::TimedOut(_) | SendError::Disconnected(_) => true,
        }
    }

    /// Kafka's name of it: `NOT_LEADER_OR_FOLLOWER`.
    pub fn name(self) -> &'static str {
        match self {
            SendError::Answered(code) => code.name(),
            SendError::TimedOut(_) => ErrorCode::RequestTimedOut.name(),
            SendError::Disconnected(_) => "NETWORK_EXCEPTION",
        }
    }
}

/// The exception class that `Errors` maps a code to, for the codes that a Produce or Metadata answer can carry.
fn class_of(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::UnknownTopicOrPartition => {
            "org.apache.kafka.common.errors.UnknownTopicOrPartitionException"
        }
        ErrorCode::LeaderNotAvailable => "org.apache.kafka.common.errors.LeaderNotAvailableException",
        ErrorCode::NotLeaderOrFollower => "org.apache.kafka.common.errors.NotLeaderOrFollowerException",
        ErrorCode::RequestTimedOut => TIMEOUT,
        ErrorCode::MessageTooLarge => RECORD_TOO_LARGE,
        ErrorCode::InvalidTopicException => "org.apache.kafka.common.errors.InvalidTopicException",
        ErrorCode::NotEnoughReplicas => "org.apache.kafka.common.errors.NotEnoughReplicasException",
        ErrorCode::InvalidRequest => "org.apache.kafka.common.errors.InvalidRequestException",
        ErrorCode::PolicyViolation => "org.apache.kafka.common.errors.PolicyViolationException",
        ErrorCode::KafkaStorageError => "org.apache.kafka.common.errors.KafkaStorageException",
        ErrorCode::FencedLeaderEpoch => "org.apache.kafka.common.errors.FencedLeaderEpochException",
        ErrorCode::UnknownLeaderEpoch => "org.apache.kafka.common.errors.UnknownLeaderEpochException",
        ErrorCode::InvalidRecord => "org.apache.kafka.common.InvalidRecordException",
        ErrorCode::RecordListTooLarge => "org.apache.kafka.common.errors.RecordBatchTooLargeException",
        ErrorCode::InvalidTimestamp => "org.apache.kafka.common.errors.InvalidTimestampException",
        ErrorCode::OutOfOrderSequenceNumber => "org.apache.kafka.common.errors.OutOfOrderSequenceException",
        ErrorCode::InvalidProducerEpoch => INVALID_EPOCH,
        ErrorCode::ProducerFenced => PRODUCER_FENCED,
        ErrorCode::InvalidProducerIdMapping => INVALID_PID_MAPPING,
        ErrorCode::FencedInstanceId => "org.apache.kafka.common.errors.FencedInstanceIdException",
        ErrorCode::TransactionAbortable => "org.apache.kafka.common.errors.TransactionAbortableException",
        ErrorCode::ConcurrentTransactions => "org.apache.kafka.common.errors.ConcurrentTransactionsException",
        ErrorCode::InvalidTxnState => "org.apache.kafka.common.errors.InvalidTxnStateException",
        // Every other code belongs to answers that a producer never asks for.
        _ => "org.apache.kafka.common.errors.ApiException",
    }
}
