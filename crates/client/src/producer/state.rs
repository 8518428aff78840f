//! What a producer remembers: queues of batches, requests on their way, waiting sends, its view of the cluster.

use super::event::{BlockReason, RefreshReason};
use super::identity::part_of;
use super::input::ProducerRecord;
use super::ratio::Ratio;
use crate::Correlation;
use crate::partitioner::StickyPartition;
use millrace_model::{
    Batch, BrokerId, ClusterMetadata, ErrorCode, LeaderEpoch, Map, ProducedBy, Record, StableHasher, Time,
    TopicName, TopicPartition,
};
use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The number of a batch, in the order in which this producer opened them, from 0. Not Kafka's: it names a batch in
/// the trace from its opening to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchNumber(pub u64);

/// The number of a waiting `send`, from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WaitNumber(pub u64);

/// A shared value whose hash is taken once, so that hashing the state does not walk through every record.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Digested<T: ?Sized> {
    pub(super) value: Arc<T>,
    digest: u64,
}

impl<T: ?Sized> Clone for Digested<T> {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), digest: self.digest }
    }
}

impl<T: Hash + ?Sized> Digested<T> {
    pub(super) fn new(value: Arc<T>) -> Self {
        let digest = StableHasher::of(&*value);
        Self { value, digest }
    }
}

impl<T: ?Sized> Hash for Digested<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

/// One batch of one partition, from its opening until it is acknowledged or failed (`ProducerBatch`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedBatch {
    /// Which.
    pub number: BatchNumber,
    /// Its records; grows while the batch is open.
    pub batch: Arc<Batch>,
    /// When its first record came; `linger.ms` and `delivery.timeout.ms` count from here.
    pub created_at: Time,
    /// Bytes of `buffer.memory` that it holds; also its size limit.
    pub capacity: usize,
    /// No record comes in any more.
    pub closed: bool,
    /// How often it has come back to be sent again.
    pub attempts: u32,
    /// Set after a failed sending: when it may leave again.
    pub retry: Option<Retry>,
    /// What its size is estimated with as long as it is open (`compression.type`).
    pub(super) ratio: Ratio,
    /// Its producer's id and its first sequence number, once it has left (`enable.idempotence`).
    pub producer: Option<ProducedBy>,
    /// Its sequence number is another than the one it was sent with (`sequenceHasBeenReset`).
    pub(super) sequence_reset: bool,
    /// Its place among the partition's batches: its number, or for a part of a batch that was too large the whole's.
    pub(super) order: BatchNumber,
    /// A hash over its records, kept up as they come.
    digest: u64,
}

/// Why a batch holds back after a failed sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Retry {
    /// Not before.
    pub until: Time,
    /// Unless the partition's leadership is newer than this one, under which it failed.
    pub leader_epoch: Option<LeaderEpoch>,
}

impl Hash for QueuedBatch {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.number, self.created_at, self.capacity, self.closed, self.attempts).hash(state);
        (self.order, self.retry).hash(state);
        (self.batch.size_in_bytes, self.batch.len(), self.digest).hash(state);
        if let Some(ratio) = self.ratio {
            (ratio, self.batch.compression).hash(state);
        }
        if let Some(producer) = &self.producer {
            (producer, self.sequence_reset).hash(state);
        }
    }
}

impl QueuedBatch {
    pub(super) fn open(number: BatchNumber, created_at: Time, capacity: usize, ratio: Ratio) -> Self {
        let batch = Arc::new(Batch::default());
        Self {
            number,
            batch,
            created_at,
            capacity,
            closed: false,
            attempts: 0,
            retry: None,
            ratio,
            producer: None,
            sequence_reset: false,
            order: number,
            digest: 0,
        }
    }

    /// A part of this batch, which was too large; it keeps the age and the place of the whole.
    pub(super) fn part(&self, number: BatchNumber, batch: Arc<Batch>, records_before: usize) -> Self {
        let digest = batch.records.iter().fold(0, digest);
        let mut part = Self {
            number,
            order: self.order,
            created_at: self.created_at,
            // Kafka allocates these outside the buffer pool (`createBatchOffAccumulatorForRecord`).
            capacity: 0,
            closed: true,
            attempts: 0,
            retry: None,
            ratio: self.ratio,
            producer: None,
            sequence_reset: false,
            batch,
            digest,
        };
        part.produce(self.producer.map(|producer| part_of(producer, records_before)));
        part
    }

    pub(super) fn append<'a>(&mut self, records: impl Iterator<Item = &'a Record>, size_in_bytes: usize) {
        let batch = Arc::make_mut(&mut self.batch);
        for record in records {
            self.digest = digest(self.digest, record);
            batch.records.push(record.clone());
        }
        batch.size_in_bytes = size_in_bytes;
    }

    /// True if nothing more fits (`MemoryRecordsBuilder.isFull`).
    pub fn is_full(&self) -> bool {
        self.closed || self.capacity <= self.estimated_size()
    }
}

fn digest(so_far: u64, record: &Record) -> u64 {
    let mut hasher = StableHasher::default();
    so_far.hash(&mut hasher);
    record.timestamp.hash(&mut hasher);
    record.origin.hash(&mut hasher);
    for bytes in [&record.key, &record.value] {
        match bytes {
            Some(bytes) => hasher.write(bytes),
            None => hasher.write_u8(0),
        }
    }
    if !record.headers.is_empty() {
        record.headers.hash(&mut hasher);
    }
    hasher.finish()
}

/// The batches of one partition (`Deque<ProducerBatch>`), oldest first; only the last may be open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct PartitionQueue {
    pub(super) batches: VecDeque<QueuedBatch>,
    /// Set with its first batch: adaptive partitioning begins when every partition has had one.
    pub(super) used: bool,
    /// How many of its batches are on their way.
    pub(super) in_flight: usize,
}

/// One topic that records were sent to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct TopicQueues {
    /// By partition number; as long as the highest partition used.
    pub(super) partitions: Vec<PartitionQueue>,
    pub(super) sticky: Option<StickyPartition>,
    pub(super) round_robin: u64,
}

impl TopicQueues {
    pub(super) fn queue_mut(&mut self, partition: i32) -> Option<&mut PartitionQueue> {
        let index = usize::try_from(partition).ok()?;
        if self.partitions.len() <= index {
            self.partitions.resize_with(index + 1, PartitionQueue::default);
        }
        self.partitions.get_mut(index)
    }

    pub(super) fn queue(&self, partition: i32) -> Option<&PartitionQueue> {
        self.partitions.get(usize::try_from(partition).ok()?)
    }
}

/// A Produce request that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InFlight {
    /// The broker.
    pub to: BrokerId,
    /// When it left.
    pub sent_at: Time,
    /// What it carries and is not yet decided.
    pub batches: Vec<(TopicPartition, QueuedBatch)>,
}

/// A `send` that waits for metadata or memory.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct WaitingSend {
    pub(super) number: WaitNumber,
    pub(super) topic: TopicName,
    pub(super) reason: BlockReason,
    pub(super) since: Time,
    pub(super) records: Digested<[ProducerRecord]>,
    /// How many of the records have gone on already.
    pub(super) done: usize,
}

impl WaitingSend {
    pub(super) fn rest(&self) -> &[ProducerRecord] {
        self.records.value.get(self.done..).unwrap_or_default()
    }
}

/// The view of the cluster and what is being done about it (`ProducerMetadata`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct MetadataState {
    pub(super) cluster: Digested<ClusterMetadata>,
    /// Topics that were asked for in vain.
    pub(super) errors: Map<TopicName, ErrorCode>,
    pub(super) updated_at: Option<Time>,
    pub(super) refresh: Option<RefreshReason>,
    pub(super) pending: Option<PendingMetadata>,
    /// Requests in a row that did not bring everything.
    pub(super) attempts: u32,
    pub(super) not_before: Time,
    /// The last request came to nothing.
    pub(super) request_failed: bool,
    /// How many requests were ever sent: the next broker's turn.
    pub(super) requests: u64,
}

/// A Metadata request that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct PendingMetadata {
    pub(super) correlation: Correlation,
    pub(super) to: BrokerId,
    pub(super) sent_at: Time,
    pub(super) topics: Vec<TopicName>,
}

/// How far a producer's life has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lifecycle {
    /// Takes records.
    #[default]
    Open,
    /// `close` was called; what is appended still leaves.
    Closing,
    /// Done.
    Closed,
}

/// Counts since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Totals {
    /// Records appended to batches.
    pub appended: u64,
    /// Records whose batch is acknowledged.
    pub acknowledged: u64,
    /// Records that failed, wherever they were.
    pub failed: u64,
    /// Produce requests sent.
    pub requests: u64,
    /// Batches that had to be sent again.
    pub retries: u64,
}

impl Totals {
    /// What two producers have done.
    #[must_use]
    pub fn plus(self, other: Totals) -> Totals {
        Totals {
            appended: self.appended + other.appended,
            acknowledged: self.acknowledged + other.acknowledged,
            failed: self.failed + other.failed,
            requests: self.requests + other.requests,
            retries: self.retries + other.retries,
        }
    }
}

/// Until when nothing may leave for a broker. Nobody throttled leaves no trace in a hash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Throttled(pub(super) Map<BrokerId, Time>);

impl Hash for Throttled {
    fn hash<H: Hasher>(&self, state: &mut H) {
        if !self.0.is_empty() {
            self.0.hash(state);
        }
    }
}
