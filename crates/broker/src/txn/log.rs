//! The log of transactional ids, `__transaction_state`: Kafka's own bytes (`TransactionLogKey`, `TransactionLogValue` in
//! version 0, or 1 from `transaction.version` 1 on), and the append of one of them (`TransactionStateManager.appendTransactionToLog`).
//!
//! A broker alone in its cluster keeps no such log: nobody could take its place.

mod flexible;

use super::{TxnMetadata, TxnState};
use crate::java_hash::partition_for;
use crate::replica::effective_min_isr;
use crate::{Broker, Event, TRANSACTION_STATE, Topic, api};
use millrace_model::{
    Batch, ErrorCode, Map, Offset, Partition, ProducerEpoch, ProducerId, Record, Set, Span, StoredBatch,
    Time, Timestamp, TopicName, TopicPartition, TransactionVersion,
};
use std::sync::Arc;

/// The version of the key.
const VERSION: i16 = 0;

impl Broker {
    /// The partition of `__transaction_state` that a transactional id lives in (`TransactionStateManager.partitionFor`).
    pub fn txn_partition(&self, transactional_id: &str) -> TopicPartition {
        let known = self.topic(TRANSACTION_STATE).map(Topic::partition_count);
        let set = self.member().map(|member| member.config().transaction_state_log_num_partitions);
        let partitions = known.or(set).unwrap_or(1);
        TopicPartition::new(TRANSACTION_STATE, partition_for(transactional_id, partitions))
    }
}

/// The append of what is known of a transactional id, and the offset behind it; without `metadata` its end.
///
/// # Errors
/// As the coordinator's client is told: it is not led here, or there are too few in-sync replicas.
pub(super) fn append(
    broker: &Broker,
    now: Time,
    id: &str,
    metadata: Option<&TxnMetadata>,
) -> Result<(TopicPartition, Offset, Vec<Event>), ErrorCode> {
    let tp = broker.txn_partition(id);
    let partition = api::led(broker, &tp).map_err(|_| ErrorCode::NotCoordinator)?;
    if partition.info.isr.len() < effective_min_isr(broker, &tp, partition) {
        return Err(ErrorCode::CoordinatorNotAvailable);
    }
    let is_flexible = broker.transaction_version() > TransactionVersion::V0;
    let value =
        metadata.map(|metadata| if is_flexible { flexible::value(metadata) } else { value(metadata) });
    let record = Record::new(now.timestamp(), Some(&key(id)), value.as_deref());
    let batch = Arc::new(Batch::new(vec![record]));
    let stored: StoredBatch =
        api::place(broker, partition, &tp, &batch, now, None).map_err(|_| ErrorCode::NotCoordinator)?;
    let end = stored.next_offset();
    let mut events: Vec<Event> = api::roll(broker, &tp, &stored, now).into_iter().collect();
    events.push(Event::BatchAppended { tp: tp.clone(), stored });
    Ok((tp, end, events))
}

/// What the log of a partition says, from its first record to its last (`loadTransactionMetadata`).
pub(crate) fn load(broker: &Broker, tp: &TopicPartition) -> Vec<(Arc<str>, Arc<TxnMetadata>)> {
    let mut found: Map<Arc<str>, Arc<TxnMetadata>> = Map::new();
    let Some(log) = broker.log(tp) else { return Vec::new() };
    for record in log.batches_from(log.log_start_offset()).flat_map(|stored| &stored.batch.records) {
        let Some(id) = record.key.as_deref().and_then(read_key) else { continue };
        match record.value.as_deref().map(read) {
            None => drop(found.remove(&id)),
            Some(Some(metadata)) => drop(found.insert(id, Arc::new(metadata))),
            Some(None) => {}
        }
    }
    found.into_iter().collect()
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend(i16::try_from(text.len()).unwrap_or(i16::MAX).to_be_bytes());
    out.extend(text.as_bytes());
}

fn count(out: &mut Vec<u8>, count: usize) {
    out.extend(i32::try_from(count).unwrap_or(i32::MAX).to_be_bytes());
}

fn key(id: &str) -> Vec<u8> {
    let mut out = VERSION.to_be_bytes().to_vec();
    text(&mut out, id);
    out
}

/// `TransactionState.id`
const fn number(state: TxnState) -> i8 {
    match state {
        TxnState::Empty => 0,
        TxnState::Ongoing => 1,
        TxnState::PrepareCommit => 2,
        TxnState::PrepareAbort => 3,
        TxnState::CompleteCommit => 4,
        TxnState::CompleteAbort => 5,
    }
}

/// A value of either version.
fn read(bytes: &[u8]) -> Option<TxnMetadata> {
    read_value(bytes).or_else(|| flexible::read_value(bytes))
}

/// What every version begins with.
fn begin(version: i16, metadata: &TxnMetadata) -> Vec<u8> {
    let mut out = version.to_be_bytes().to_vec();
    out.extend(metadata.producer_id.0.to_be_bytes());
    out.extend(metadata.producer_epoch.0.to_be_bytes());
    out.extend(i32::try_from(metadata.timeout.as_millis()).unwrap_or(i32::MAX).to_be_bytes());
    out.extend(number(metadata.state).to_be_bytes());
    out
}

/// A transaction's partitions, by topic.
fn by_topic(metadata: &TxnMetadata) -> Map<&TopicName, Vec<i32>> {
    let mut topics: Map<&TopicName, Vec<i32>> = Map::new();
    for tp in &metadata.partitions {
        topics.entry(&tp.topic).or_default().push(tp.partition.0);
    }
    topics
}

fn value(metadata: &TxnMetadata) -> Vec<u8> {
    let mut out = begin(VERSION, metadata);
    let topics = by_topic(metadata);
    count(&mut out, topics.len());
    for (topic, partitions) in topics.iter() {
        text(&mut out, topic.as_str());
        count(&mut out, partitions.len());
        partitions.iter().for_each(|n| out.extend(n.to_be_bytes()));
    }
    out.extend(metadata.updated_at.timestamp().0.to_be_bytes());
    out.extend(metadata.started_at.map_or(-1, |at| at.timestamp().0).to_be_bytes());
    out
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn short(&mut self) -> Option<i16> {
        self.take(2)?.try_into().ok().map(i16::from_be_bytes)
    }

    fn int(&mut self) -> Option<i32> {
        self.take(4)?.try_into().ok().map(i32::from_be_bytes)
    }

    fn long(&mut self) -> Option<i64> {
        self.take(8)?.try_into().ok().map(i64::from_be_bytes)
    }

    fn state(&mut self) -> Option<TxnState> {
        Some(match self.take(1)?.first()? {
            0 => TxnState::Empty,
            1 => TxnState::Ongoing,
            2 => TxnState::PrepareCommit,
            3 => TxnState::PrepareAbort,
            4 => TxnState::CompleteCommit,
            5 => TxnState::CompleteAbort,
            _ => return None,
        })
    }

    fn text(&mut self) -> Option<&'a str> {
        let count = usize::try_from(self.short()?).ok()?;
        std::str::from_utf8(self.take(count)?).ok()
    }
}

fn read_key(bytes: &[u8]) -> Option<Arc<str>> {
    let mut from = Reader(bytes);
    (from.short()? == VERSION).then(|| from.text().map(Arc::from))?
}

fn read_value(bytes: &[u8]) -> Option<TxnMetadata> {
    let mut from = Reader(bytes);
    if from.short()? != VERSION {
        return None;
    }
    let (producer_id, producer_epoch) = (ProducerId(from.long()?), ProducerEpoch(from.short()?));
    let timeout = Span::from_millis(u64::try_from(from.int()?).ok()?);
    let state = from.state()?;
    let mut partitions = Set::new();
    for _ in 0..from.int()? {
        let topic = TopicName::from(from.text()?);
        for _ in 0..from.int()? {
            partitions.insert(TopicPartition { topic: topic.clone(), partition: Partition(from.int()?) });
        }
    }
    let time = |ms: i64| (ms >= 0).then(|| Timestamp(ms).time());
    let (updated_at, started_at) = (time(from.long()?).unwrap_or(Time::ZERO), time(from.long()?));
    // The epoch before is not written down.
    let last_producer_epoch = ProducerEpoch::NONE;
    Some(TxnMetadata {
        producer_id,
        producer_epoch,
        last_producer_epoch,
        timeout,
        state,
        partitions,
        started_at,
        updated_at,
        client_version: TransactionVersion::V0,
        previous_producer_id: ProducerId::NONE,
        next_producer_id: ProducerId::NONE,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let metadata = TxnMetadata {
            producer_id: ProducerId(2_007),
            producer_epoch: ProducerEpoch(3),
            last_producer_epoch: ProducerEpoch::NONE,
            timeout: Span::from_secs(60),
            state: TxnState::PrepareAbort,
            partitions: [("orders", 0), ("orders", 2), ("__consumer_offsets", 9)]
                .map(|(topic, n)| TopicPartition::new(topic, n))
                .into(),
            started_at: Some(Time(2_000_000)),
            updated_at: Time(5_000_000),
            client_version: TransactionVersion::V0,
            previous_producer_id: ProducerId::NONE,
            next_producer_id: ProducerId::NONE,
        };
        assert_eq!(read(&value(&metadata)), Some(metadata.clone()));
        let newer = TxnMetadata {
            client_version: TransactionVersion::V2,
            previous_producer_id: ProducerId(7),
            next_producer_id: ProducerId(3_000),
            ..metadata.clone()
        };
        for known in [&newer, &metadata] {
            assert_eq!(read(&flexible::value(known)).as_ref(), Some(known));
        }
        assert_eq!(flexible::value(&metadata).get(..2), Some([0, 1].as_slice()));
        let idle =
            TxnMetadata { state: TxnState::Empty, partitions: Set::new(), started_at: None, ..metadata };
        assert_eq!(read(&value(&idle)), Some(idle));
        assert_eq!(read_key(&key("shop-1")).as_deref(), Some("shop-1"));
        assert_eq!((read_key(&[0, 1, 0, 0]), read(&[0, 0, 1])), (None, None));
    }
}
