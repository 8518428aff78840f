//! Finds a batch for each record (`KafkaProducer.doSend`, `RecordAccumulator.append`).
//!
//! A [`Draft`] plays a `send` through on numbers alone: the tails of the queues, the sticky partitions, the memory.
//! It touches no record of the state, so that a thousand records cost a thousand small steps; what it writes down
//! are the events.

use super::event::{Appended, AppendedRun, BlockReason, CloseReason, PartitionReason, ProducerEvent};
use super::failure::Failure;
use super::input::ProducerRecord;
use super::ratio::{Ratio, estimated};
use super::state::{BatchNumber, TopicQueues};
use super::{Producer, size};
use crate::partitioner::{
    LoadStats, StickyPartition, consistent, crc32, murmur2, next_partition, partition_for_hash, round_robin,
};
use millrace_model::config::producer::Partitioner;
use millrace_model::record::RECORD_BATCH_OVERHEAD;
use millrace_model::{
    Dice, ErrorCode, Partition, Record, Time, Timestamp, TopicInfo, TopicName, TopicPartition,
};

/// What became of one record.
pub(super) enum Placed {
    Appended,
    Blocked(BlockReason),
    Failed(Failure),
}

/// A `send` being played through.
pub(super) struct Draft<'a> {
    producer: &'a Producer,
    now: Time,
    dice: &'a dyn Dice,
    pub(super) events: Vec<ProducerEvent>,
    topics: Vec<TopicDraft<'a>>,
    runs: Vec<AppendedRun>,
    /// How many times `runs` has become an event; a tail's run of an older count is gone.
    flushed: u32,
    buffer_used: usize,
    next_batch: u64,
    rolls: u64,
    /// Set when an earlier `send` waits for memory: a new batch has to queue behind it.
    memory_is_awaited: bool,
}

struct TopicDraft<'a> {
    name: TopicName,
    info: &'a TopicInfo,
    queues: Option<&'a TopicQueues>,
    /// Index into `tails` by partition; `u32::MAX` for one not looked at yet.
    slots: Vec<u32>,
    tails: Vec<Tail>,
    sticky: Option<StickyPartition>,
    round_robin: u64,
}

/// The last batch of a partition, as far as appending needs it.
struct Tail {
    /// None if the queue is empty.
    batch: Option<BatchNumber>,
    records: usize,
    /// Before packing.
    bytes: usize,
    ratio: Ratio,
    base_timestamp: Timestamp,
    created_at: Time,
    capacity: usize,
    closed: bool,
    queue_len: usize,
    run: usize,
    run_flushed: u32,
}

impl Tail {
    /// `RecordAccumulator.allBatchesFull`: only the last batch can be incomplete.
    fn all_full(&self) -> bool {
        self.batch.is_none() || self.is_full()
    }

    fn is_full(&self) -> bool {
        self.closed || self.capacity <= self.estimated()
    }

    /// What it will come to.
    fn estimated(&self) -> usize {
        estimated(self.bytes, self.ratio)
    }
}

impl<'a> Draft<'a> {
    pub(super) fn new(producer: &'a Producer, now: Time, dice: &'a dyn Dice) -> Self {
        Self {
            producer,
            now,
            dice,
            events: Vec::new(),
            topics: Vec::new(),
            runs: Vec::new(),
            flushed: 0,
            buffer_used: producer.buffer_used,
            next_batch: producer.next_batch,
            rolls: producer.rolls,
            memory_is_awaited: false,
        }
    }

    pub(super) fn await_memory_behind_others(&mut self) {
        self.memory_is_awaited = true;
    }

    /// What was appended since the last call becomes an event; what happens next stands behind it.
    pub(super) fn flush(&mut self) {
        if !self.runs.is_empty() {
            let runs = std::mem::take(&mut self.runs);
            self.events.push(ProducerEvent::RecordsAppended { at: self.now, runs });
            self.flushed += 1;
        }
    }

    /// Appends one record, or says what it waits for or why it fails.
    pub(super) fn place(&mut self, record: &ProducerRecord, index: usize) -> Placed {
        if let Some(partition) = record.partition.filter(|partition| partition.0 < 0) {
            return Placed::Failed(Failure::invalid_partition(partition));
        }
        if let Some(timestamp) = record.timestamp.filter(|timestamp| timestamp.0 < 0) {
            return Placed::Failed(Failure::invalid_timestamp(timestamp.0));
        }
        let Some(topic) = self.topic(&record.topic) else {
            let invalid =
                self.producer.metadata.errors.get(&record.topic) == Some(&ErrorCode::InvalidTopicException);
            return if invalid {
                Placed::Failed(Failure::invalid_topic(&record.topic))
            } else {
                Placed::Blocked(BlockReason::Metadata)
            };
        };
        let count = self.topics.get(topic).map_or(0, |topic| topic.info.partitions.len());
        if let Some(partition) = record.partition
            && usize::try_from(partition.0).is_ok_and(|partition| partition >= count)
        {
            return Placed::Blocked(BlockReason::PartitionMetadata(partition));
        }
        let config = &self.producer.config;
        let payload = size::payload(record);
        let upper_bound = size::upper_bound(payload);
        if upper_bound > config.max_request_size {
            return Placed::Failed(Failure::larger_than_a_request(upper_bound, config.max_request_size));
        }
        if upper_bound > config.buffer_memory {
            return Placed::Failed(Failure::larger_than_the_buffer(upper_bound));
        }
        self.append(topic, record, index, payload, upper_bound)
    }

    fn append(
        &mut self,
        topic: usize,
        record: &ProducerRecord,
        index: usize,
        payload: usize,
        upper_bound: usize,
    ) -> Placed {
        let Some((partition, reason)) = self.choose(topic, record) else {
            return Placed::Blocked(BlockReason::Metadata);
        };
        let timestamp = record.timestamp.unwrap_or_else(|| self.now.timestamp());
        let Some(tail) = self.tail(topic, partition) else {
            return Placed::Blocked(BlockReason::Metadata);
        };
        let fits = |tail: &Tail| {
            let delta = timestamp.0.saturating_sub(tail.base_timestamp.0);
            let size = size::in_batch(payload, tail.records, delta);
            // What is to come is not taken to become smaller (`MemoryRecordsBuilder.hasRoomFor`).
            (!tail.is_full() && tail.capacity >= tail.estimated() + size).then_some(size)
        };
        let room = if tail.batch.is_some() { fits(tail) } else { None };
        let (size, opened) = match room {
            Some(size) => (size, None),
            None => {
                self.close_tail(topic, partition);
                let config = &self.producer.config;
                let capacity = config.batch_size.max(1).max(upper_bound);
                if capacity > config.buffer_memory {
                    let failure = Failure::beyond_all_memory(capacity, config.buffer_memory);
                    return Placed::Failed(failure);
                }
                if self.memory_is_awaited
                    || config.buffer_memory - self.buffer_used.min(config.buffer_memory) < capacity
                {
                    return Placed::Blocked(BlockReason::Memory);
                }
                self.buffer_used += capacity;
                (size::in_batch(payload, 0, 0), Some(capacity))
            }
        };
        self.write(topic, partition, record, index, reason, timestamp, size, opened);
        if reason == PartitionReason::Sticky {
            self.leave_used_up_partition(topic, partition);
        }
        Placed::Appended
    }

    /// Writes the record down in the run of its batch.
    #[allow(clippy::too_many_arguments)] // One call, one record: a struct would only rename them.
    fn write(
        &mut self,
        topic: usize,
        partition: i32,
        record: &ProducerRecord,
        index: usize,
        reason: PartitionReason,
        timestamp: Timestamp,
        size: usize,
        opened: Option<usize>,
    ) {
        let (now, flushed) = (self.now, self.flushed);
        let producer = self.producer;
        let Some(topic) = self.topics.get_mut(topic) else { return };
        let slot = topic.slots.get(partition as usize).copied().unwrap_or(u32::MAX);
        let Some(tail) = topic.tails.get_mut(slot as usize) else { return };
        if let Some(capacity) = opened {
            tail.batch = Some(BatchNumber(self.next_batch));
            self.next_batch += 1;
            tail.records = 0;
            tail.bytes = RECORD_BATCH_OVERHEAD;
            tail.ratio = producer.ratios.of(&topic.name, producer.config.compression);
            tail.base_timestamp = timestamp;
            tail.created_at = now;
            tail.capacity = capacity;
            tail.closed = false;
            tail.queue_len += 1;
        }
        let before = if opened.is_some() { 0 } else { tail.estimated() };
        tail.records += 1;
        tail.bytes += size;
        let appended = tail.estimated() - before;
        if opened.is_some() || tail.run_flushed != flushed {
            tail.run = self.runs.len();
            tail.run_flushed = flushed;
            self.runs.push(AppendedRun {
                tp: TopicPartition { topic: topic.name.clone(), partition: Partition(partition) },
                batch: tail.batch.unwrap_or_default(),
                opened,
                batch_bytes: 0,
                sticky_bytes: 0,
                round_robin: None,
                records: Vec::new(),
            });
        }
        let Some(run) = self.runs.get_mut(tail.run) else { return };
        run.batch_bytes = tail.bytes;
        match reason {
            PartitionReason::Sticky => {
                run.sticky_bytes += appended;
                if let Some(sticky) = &mut topic.sticky {
                    sticky.produced_bytes += appended;
                }
            }
            PartitionReason::RoundRobin { turn } => {
                topic.round_robin = turn.wrapping_add(1);
                run.round_robin = Some(topic.round_robin);
            }
            PartitionReason::Keyed { .. }
            | PartitionReason::Crc32 { .. }
            | PartitionReason::Explicit
            | PartitionReason::Ruled { .. } => {}
        }
        run.records.push(Appended {
            record: Record {
                timestamp,
                key: record.key.clone(),
                value: record.value.clone(),
                headers: record.headers.clone(),
                origin: record.origin,
            },
            reason,
            size: u32::try_from(size).unwrap_or(u32::MAX),
            index: u32::try_from(index).unwrap_or(u32::MAX),
        });
    }

    /// The draft of a topic whose partitions are known.
    fn topic(&mut self, name: &TopicName) -> Option<usize> {
        if let Some(found) = self.topics.iter().position(|topic| topic.name == *name) {
            return Some(found);
        }
        let info = self.producer.metadata.cluster.value.topics.get(name)?;
        if info.partitions.is_empty() {
            return None;
        }
        let queues = self.producer.topics.get(name);
        self.topics.push(TopicDraft {
            name: name.clone(),
            info,
            queues,
            slots: vec![u32::MAX; info.partitions.len()],
            tails: Vec::new(),
            sticky: queues.and_then(|queues| queues.sticky),
            round_robin: queues.map_or(0, |queues| queues.round_robin),
        });
        Some(self.topics.len() - 1)
    }

    fn tail(&mut self, topic: usize, partition: i32) -> Option<&mut Tail> {
        let topic = self.topics.get_mut(topic)?;
        let slot = topic.slots.get_mut(usize::try_from(partition).ok()?)?;
        if *slot == u32::MAX {
            *slot = u32::try_from(topic.tails.len()).ok()?;
            let queue = topic.queues.and_then(|queues| queues.queue(partition));
            let last = queue.and_then(|queue| queue.batches.back());
            topic.tails.push(Tail {
                batch: last.map(|last| last.number),
                records: last.map_or(0, |last| last.batch.len()),
                bytes: last.map_or(0, |last| last.batch.size_in_bytes),
                ratio: last.and_then(|last| last.ratio),
                base_timestamp: last
                    .and_then(|last| last.batch.records.first())
                    .map_or(Timestamp::NONE, |first| first.timestamp),
                created_at: last.map_or(Time::ZERO, |last| last.created_at),
                capacity: last.map_or(0, |last| last.capacity),
                closed: last.is_some_and(|last| last.closed),
                queue_len: queue.map_or(0, |queue| queue.batches.len()),
                run: 0,
                run_flushed: u32::MAX,
            });
        }
        topic.tails.get_mut(*slot as usize)
    }

    /// Which partition, and why (`KafkaProducer.partition`); none only if the topic has no partitions.
    fn choose(&mut self, topic: usize, record: &ProducerRecord) -> Option<(i32, PartitionReason)> {
        if let Some(partition) = record.partition {
            return Some((partition.0, PartitionReason::Explicit));
        }
        let config = &self.producer.config;
        let draft = self.topics.get(topic)?;
        if let Some(rule) = &config.partitioner_rule {
            let count = i32::try_from(draft.info.partitions.len()).unwrap_or(i32::MAX);
            let hash = murmur2(&super::rule::subject(rule, record));
            return Some((partition_for_hash(hash, count), PartitionReason::Ruled { hash }));
        }
        if config.partitioner == Partitioner::RoundRobin {
            let turn = draft.round_robin;
            let partition = round_robin(turn, &draft.info.partitions);
            return Some((partition.0, PartitionReason::RoundRobin { turn }));
        }
        if let Some(key) = record.key.as_ref().filter(|key| match config.partitioner {
            Partitioner::ConsistentRandom => !key.is_empty(),
            Partitioner::BuiltIn | Partitioner::RoundRobin => !config.partitioner_ignore_keys,
        }) {
            let count = i32::try_from(draft.info.partitions.len()).unwrap_or(i32::MAX);
            if config.partitioner == Partitioner::ConsistentRandom {
                let hash = crc32(key);
                return Some((consistent(hash, count), PartitionReason::Crc32 { hash }));
            }
            let hash = murmur2(key);
            return Some((partition_for_hash(hash, count), PartitionReason::Keyed { hash }));
        }
        let sticky = match draft.sticky {
            Some(sticky) => sticky,
            None => self.switch(topic)?,
        };
        // A batch may have been closed since the switch was put off (`RecordAccumulator.partitionChanged`).
        let batch_size = config.batch_size.max(1);
        let all_full = self.tail(topic, sticky.partition.0).is_none_or(|tail| tail.all_full());
        let sticky =
            if all_full && sticky.is_used_up(batch_size, true) { self.switch(topic)? } else { sticky };
        Some((sticky.partition.0, PartitionReason::Sticky))
    }

    /// After a keyless record: is it time to go elsewhere?
    fn leave_used_up_partition(&mut self, topic: usize, partition: i32) {
        let batch_size = self.producer.config.batch_size.max(1);
        let enable_switch = self.tail(topic, partition).is_none_or(|tail| tail.all_full());
        let sticky = self.topics.get(topic).and_then(|topic| topic.sticky);
        if sticky.is_some_and(|sticky| sticky.is_used_up(batch_size, enable_switch)) {
            self.switch(topic);
        }
    }

    /// Chooses the next sticky partition.
    fn switch(&mut self, topic: usize) -> Option<StickyPartition> {
        let stats = self.load_stats(topic);
        let roll = self.rolls;
        let random = (self.dice.roll(&self.producer.stream, roll) >> 32) as i32;
        let draft = self.topics.get_mut(topic)?;
        let to = next_partition(random, stats.as_ref(), &draft.info.partitions);
        let from = draft.sticky.replace(StickyPartition::new(to));
        let event = ProducerEvent::StickyPartitionSwitched {
            topic: draft.name.clone(),
            from: from.map(|from| from.partition),
            to,
            bytes: from.map_or(0, |from| from.produced_bytes),
            roll,
        };
        self.rolls += 1;
        self.flush();
        self.events.push(event);
        Some(StickyPartition::new(to))
    }

    /// The queues of the topic's partitions, weighed; none until every partition has had a batch
    /// (`RecordAccumulator.partitionReady`).
    fn load_stats(&self, topic: usize) -> Option<LoadStats> {
        if !self.producer.config.partitioner_adaptive {
            return None;
        }
        let draft = self.topics.get(topic)?;
        let mut queues = Vec::with_capacity(draft.info.partitions.len());
        for (partition, info) in (0..).zip(&draft.info.partitions) {
            let slot = draft.slots.get(partition as usize).copied().unwrap_or(u32::MAX);
            let queue = draft.queues.and_then(|queues| queues.queue(partition));
            let (used, size) = match draft.tails.get(slot as usize) {
                Some(tail) => (queue.is_some_and(|q| q.used) || tail.queue_len > 0, tail.queue_len),
                None => (queue.is_some_and(|q| q.used), queue.map_or(0, |q| q.batches.len())),
            };
            if !used {
                return None;
            }
            if info.leader.is_some() {
                queues.push((Partition(partition), size));
            }
        }
        LoadStats::weigh(&queues, draft.info.partitions.len())
    }

    /// The next record does not fit: the batch takes no more (`closeForRecordAppends`).
    fn close_tail(&mut self, topic: usize, partition: i32) {
        let now = self.now;
        let Some(tail) = self.tail(topic, partition) else { return };
        let Some(batch) = tail.batch.filter(|_| !tail.closed) else { return };
        tail.closed = true;
        let (records, bytes, waited) = (tail.records, tail.bytes, now.since(tail.created_at));
        self.flush();
        let Some(topic) = self.topics.get(topic) else { return };
        let tp = TopicPartition { topic: topic.name.clone(), partition: Partition(partition) };
        let reason = CloseReason::Full;
        self.events.push(ProducerEvent::BatchClosed { tp, batch, reason, records, bytes, waited });
    }
}
