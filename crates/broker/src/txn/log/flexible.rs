//! `TransactionLogValue` in version 1 (KIP-915, KIP-890): the same fields in compact form, and tagged ones behind them.

use super::{Reader, begin, by_topic};
use crate::txn::TxnMetadata;
use millrace_model::{
    Partition, ProducerEpoch, ProducerId, Set, Span, Time, Timestamp, TopicName, TopicPartition,
    TransactionVersion,
};

const VERSION: i16 = 1;

const PREVIOUS_PRODUCER_ID: u32 = 0;
const NEXT_PRODUCER_ID: u32 = 1;
const CLIENT_TRANSACTION_VERSION: u32 = 2;

fn unsigned(out: &mut Vec<u8>, mut n: u32) {
    while n >= 0x80 {
        out.push(n.to_le_bytes()[0] | 0x80);
        n >>= 7;
    }
    out.push(n.to_le_bytes()[0]);
}

/// How many there are, plus one: 0 stands for null.
fn count(out: &mut Vec<u8>, count: usize) {
    unsigned(out, u32::try_from(count).unwrap_or(u32::MAX - 1).saturating_add(1));
}

pub(super) fn value(metadata: &TxnMetadata) -> Vec<u8> {
    let mut out = begin(VERSION, metadata);
    let topics = by_topic(metadata);
    count(&mut out, topics.len());
    for (topic, partitions) in topics.iter() {
        count(&mut out, topic.as_str().len());
        out.extend(topic.as_str().as_bytes());
        count(&mut out, partitions.len());
        partitions.iter().for_each(|n| out.extend(n.to_be_bytes()));
        unsigned(&mut out, 0);
    }
    out.extend(metadata.updated_at.timestamp().0.to_be_bytes());
    out.extend(metadata.started_at.map_or(-1, |at| at.timestamp().0).to_be_bytes());
    let id = |tag: u32, id: ProducerId| (id != ProducerId::NONE).then(|| (tag, id.0.to_be_bytes().to_vec()));
    let level = i16::from(metadata.client_version.level());
    let tagged = [
        id(PREVIOUS_PRODUCER_ID, metadata.previous_producer_id),
        id(NEXT_PRODUCER_ID, metadata.next_producer_id),
        (level > 0).then(|| (CLIENT_TRANSACTION_VERSION, level.to_be_bytes().to_vec())),
    ];
    unsigned(&mut out, tagged.iter().flatten().map(|_| 1).sum());
    for (tag, bytes) in tagged.into_iter().flatten() {
        unsigned(&mut out, tag);
        unsigned(&mut out, u32::try_from(bytes.len()).unwrap_or(0));
        out.extend(bytes);
    }
    out
}

impl<'a> Reader<'a> {
    fn unsigned(&mut self) -> Option<u32> {
        let mut n = 0;
        for shift in [0, 7, 14, 21, 28] {
            let byte = u32::from(*self.take(1)?.first()?);
            n |= (byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(n);
            }
        }
        None
    }

    fn count(&mut self) -> Option<usize> {
        usize::try_from(self.unsigned()?.checked_sub(1)?).ok()
    }

    fn tag(&mut self) -> Option<(u32, Reader<'a>)> {
        let tag = self.unsigned()?;
        let size = usize::try_from(self.unsigned()?).ok()?;
        Some((tag, Reader(self.take(size)?)))
    }
}

pub(super) fn read_value(bytes: &[u8]) -> Option<TxnMetadata> {
    let mut from = Reader(bytes);
    if from.short()? != VERSION {
        return None;
    }
    let (producer_id, producer_epoch) = (ProducerId(from.long()?), ProducerEpoch(from.short()?));
    let timeout = Span::from_millis(u64::try_from(from.int()?).ok()?);
    let state = from.state()?;
    let mut partitions = Set::new();
    for _ in 0..from.count()? {
        let size = from.count()?;
        let topic = TopicName::from(std::str::from_utf8(from.take(size)?).ok()?);
        for _ in 0..from.count()? {
            partitions.insert(TopicPartition { topic: topic.clone(), partition: Partition(from.int()?) });
        }
        for _ in 0..from.unsigned()? {
            from.tag()?;
        }
    }
    let time = |ms: i64| (ms >= 0).then(|| Timestamp(ms).time());
    let (updated_at, started_at) = (time(from.long()?).unwrap_or(Time::ZERO), time(from.long()?));
    let mut metadata = TxnMetadata {
        producer_id,
        producer_epoch,
        // The epoch before is not written down.
        last_producer_epoch: ProducerEpoch::NONE,
        timeout,
        state,
        partitions,
        started_at,
        updated_at,
        client_version: TransactionVersion::V0,
        previous_producer_id: ProducerId::NONE,
        next_producer_id: ProducerId::NONE,
    };
    for _ in 0..from.unsigned()? {
        let (tag, mut field) = from.tag()?;
        match tag {
            PREVIOUS_PRODUCER_ID => metadata.previous_producer_id = ProducerId(field.long()?),
            NEXT_PRODUCER_ID => metadata.next_producer_id = ProducerId(field.long()?),
            CLIENT_TRANSACTION_VERSION => {
                let level = u64::try_from(field.short()?).unwrap_or(0);
                metadata.client_version = TransactionVersion::of_level(level);
            }
            _ => {}
        }
    }
    Some(metadata)
}
