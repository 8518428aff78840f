//! What the picture reads from a producer. Nothing here changes anything.

use super::Producer;
use super::event::BlockReason;
use super::state::{BatchNumber, InFlight, Lifecycle, QueuedBatch, Totals, WaitNumber};
use crate::Correlation;
use crate::partitioner::StickyPartition;
use millrace_model::config::producer::ProducerConfig;
use millrace_model::{ClientId, ClusterMetadata, Partition, Time, TopicName, TopicPartition};

/// A batch that has not left (again) yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchView<'a> {
    /// The partition.
    pub tp: TopicPartition,
    /// The batch.
    pub batch: &'a QueuedBatch,
    /// When `linger.ms` is over; for one that is sent again, when its backoff is.
    pub leaves_at: Time,
}

/// A `send` that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingView<'a> {
    /// Which.
    pub number: WaitNumber,
    /// Its topic.
    pub topic: &'a TopicName,
    /// What it waits for.
    pub reason: BlockReason,
    /// Since when.
    pub since: Time,
    /// When `max.block.ms` is over.
    pub fails_at: Time,
    /// How many records wait.
    pub records: usize,
}

impl Producer {
    /// `client.id`.
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// Its settings.
    pub fn config(&self) -> &ProducerConfig {
        &self.config
    }

    /// Open, closing or closed.
    pub fn lifecycle(&self) -> Lifecycle {
        self.lifecycle
    }

    /// Counts since the start.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// Its view of the cluster, as old as [`Producer::metadata_updated_at`].
    pub fn metadata(&self) -> &ClusterMetadata {
        &self.metadata.cluster.value
    }

    /// When the last Metadata answer came.
    pub fn metadata_updated_at(&self) -> Option<Time> {
        self.metadata.updated_at
    }

    /// Bytes of `buffer.memory` in use.
    pub fn buffer_used(&self) -> usize {
        self.buffer_used
    }

    /// The batches that wait to leave, by topic, partition and age.
    pub fn batches(&self) -> impl Iterator<Item = BatchView<'_>> {
        self.topics.iter().flat_map(move |(topic, queues)| {
            queues.partitions.iter().zip(0..).flat_map(move |(queue, partition)| {
                queue.batches.iter().map(move |batch| BatchView {
                    tp: TopicPartition { topic: topic.clone(), partition: Partition(partition) },
                    leaves_at: match batch.retry {
                        Some(retry) => retry.until,
                        None => batch.created_at + self.config.linger,
                    },
                    batch,
                })
            })
        })
    }

    /// The Produce requests that wait for their answers, oldest first.
    pub fn in_flight(&self) -> impl Iterator<Item = (Correlation, &InFlight)> {
        self.in_flight.iter().map(|(correlation, request)| (*correlation, request))
    }

    /// The sends that wait, in order.
    pub fn waiting(&self) -> impl Iterator<Item = WaitingView<'_>> {
        self.waiting.iter().map(|waiting| WaitingView {
            number: waiting.number,
            topic: &waiting.topic,
            reason: waiting.reason,
            since: waiting.since,
            fails_at: waiting.since + self.config.max_block,
            records: waiting.rest().len(),
        })
    }

    /// Records that are neither acknowledged nor failed: waiting, in a batch or on their way.
    pub fn incomplete_records(&self) -> usize {
        let queued: usize = self.batches().map(|view| view.batch.batch.len()).sum();
        let sent = self.in_flight.values().flat_map(|request| &request.batches);
        let waiting: usize = self.waiting.iter().map(|waiting| waiting.rest().len()).sum();
        queued + sent.map(|(_, batch)| batch.batch.len()).sum::<usize>() + waiting
    }

    /// The partition that the topic's keyless records stick to now.
    pub fn sticky_partition(&self, topic: &str) -> Option<StickyPartition> {
        self.topics.get(topic)?.sticky
    }

    /// The last batch that a `flush` in progress waits for.
    pub fn flushing_up_to(&self) -> Option<BatchNumber> {
        self.flush_up_to
    }
}
