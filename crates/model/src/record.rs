//! Records and the batches they travel in, with the sizes of Kafka's record format v2.

use crate::{
    Bytes, Cleaned, CompressionType, EndTxnMarker, LeaderEpoch, Offset, ProducedBy, StableHasher, Time,
    Timestamp,
};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

/// A header: a name and bytes, in the order in which they were added; names may repeat.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// Its name.
    pub key: Arc<str>,
    /// Its bytes; `None` is Kafka's null.
    pub value: Option<Bytes>,
}

/// Where in the trace a record's life began: the entry of the call that sent it.
///
/// Not Kafka's: it is the playground's thread from any copy of a record back to the click that made it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(pub u32);

/// One record, without its place in a log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Record {
    /// CreateTime, or LogAppendTime once a broker with `message.timestamp.type=LogAppendTime` has written it.
    pub timestamp: Timestamp,
    /// The key's bytes; `None` is a null key.
    pub key: Option<Bytes>,
    /// The value's bytes; `None` is a null value (a tombstone in a compacted topic).
    pub value: Option<Bytes>,
    /// Its headers; shared, because most records have none.
    pub headers: Arc<[Header]>,
    /// Where its life began in the trace.
    pub origin: Origin,
}

/// `message.timestamp.type`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TimestampType {
    /// The producer's (or the caller's) timestamp.
    #[default]
    CreateTime,
    /// The broker's clock at the append.
    LogAppendTime,
}

/// A batch of records as it leaves a producer: never changed afterwards, so that it can be shared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Its records, at least one; only a cleaned batch may have none.
    pub records: Vec<Record>,
    /// Its size in bytes in Kafka's format v2, as it travels and lies on disk: of packed records that of the packed ones.
    pub size_in_bytes: usize,
    /// The codec of its records. The records here are always unpacked: a codec changes only the size.
    pub compression: CompressionType,
    /// The producer, if it has an id.
    pub producer: Option<Box<ProducedBy>>,
    /// What compaction has left of it; none while it is as it was appended.
    pub cleaned: Option<Box<Cleaned>>,
    /// The hash of its records, once it was asked for.
    hash: Memo,
}

/// A number that is made once. It follows from what stands beside it, so it makes no difference between two values, and a copy,
/// which may be changed, begins without.
#[derive(Debug, Default)]
struct Memo(OnceLock<u64>);

impl Clone for Memo {
    fn clone(&self) -> Memo {
        Memo::default()
    }
}

impl PartialEq for Memo {
    fn eq(&self, _: &Memo) -> bool {
        true
    }
}

impl Eq for Memo {}

impl Hash for Batch {
    /// What only some batches have leaves no trace in the hash of the others.
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.records, self.size_in_bytes).hash(state);
        self.hash_header(state);
    }
}

/// A batch with its place in a log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StoredBatch {
    /// The offset of its first record; the following ones have the next offsets.
    pub base_offset: Offset,
    /// The leader epoch under which it was appended.
    pub leader_epoch: LeaderEpoch,
    /// When the leader appended it.
    pub appended_at: Time,
    /// Set when the topic's `message.timestamp.type` is LogAppendTime: it replaces the records' own timestamps.
    pub log_append_time: Option<Timestamp>,
    /// The records.
    pub batch: Arc<Batch>,
}

/// Bytes of a batch before its first record (`DefaultRecordBatch.RECORD_BATCH_OVERHEAD`).
pub const RECORD_BATCH_OVERHEAD: usize = 61;

impl Record {
    /// A record with a key and a value and nothing else.
    pub fn new(timestamp: Timestamp, key: Option<&[u8]>, value: Option<&[u8]>) -> Record {
        Record {
            timestamp,
            key: key.map(Into::into),
            value: value.map(Into::into),
            headers: Arc::default(),
            origin: Origin::default(),
        }
    }

    /// The value of the last header named `key` (`Headers.lastHeader`).
    pub fn header(&self, key: &str) -> Option<&Bytes> {
        self.headers.iter().rev().find(|h| &*h.key == key)?.value.as_ref()
    }

    /// Its size in bytes at a place in a batch (`DefaultRecord.sizeInBytes`): body, and the varint of the body's length.
    pub fn size_in_bytes(&self, offset_delta: usize, timestamp_delta: i64) -> usize {
        let bytes = |b: &Option<Bytes>| b.as_ref().map_or(1, |b| varint_size(b.len() as i64) + b.len());
        let headers: usize = self
            .headers
            .iter()
            .map(|h| varint_size(h.key.len() as i64) + h.key.len() + bytes(&h.value))
            .sum();
        let body = 1 // attributes
            + varint_size(timestamp_delta)
            + varint_size(offset_delta as i64)
            + bytes(&self.key)
            + bytes(&self.value)
            + varint_size(self.headers.len() as i64)
            + headers;
        varint_size(body as i64) + body
    }
}

/// Bytes of a signed number as a zig-zag varint (`ByteUtils.sizeOfVarlong`; a null length, -1, takes one byte).
pub fn varint_size(value: i64) -> usize {
    let zigzag = ((value << 1) ^ (value >> 63)) as u64;
    let bits = 64 - zigzag.leading_zeros() as usize;
    bits.max(1).div_ceil(7)
}

impl Batch {
    /// A batch of these records; its size is computed.
    pub fn new(records: Vec<Record>) -> Batch {
        let base = records.first().map_or(0, |r| r.timestamp.0);
        let body: usize = records
            .iter()
            .enumerate()
            .map(|(i, r)| r.size_in_bytes(i, r.timestamp.0.saturating_sub(base)))
            .sum();
        let size_in_bytes = RECORD_BATCH_OVERHEAD + body;
        Batch { records, size_in_bytes, ..Batch::default() }
    }

    /// What its size is, or would be, without a codec.
    pub fn unpacked_size(&self) -> usize {
        if self.compression == CompressionType::None {
            return self.size_in_bytes;
        }
        let cleaned = self.cleaned.as_deref();
        let horizon = cleaned.and_then(|cleaned| cleaned.delete_horizon);
        // A delete horizon stands where the base timestamp does.
        let base = horizon.or(self.records.first().map(|r| r.timestamp)).unwrap_or(Timestamp::NONE);
        let size = |(index, record): (usize, &Record)| {
            record.size_in_bytes(self.delta(index), record.timestamp.0.saturating_sub(base.0))
        };
        RECORD_BATCH_OVERHEAD + self.records.iter().enumerate().map(size).sum::<usize>()
    }

    /// The same batch of a producer with an id: its header has room for that anyway.
    pub fn produced_by(mut self, producer: ProducedBy) -> Batch {
        self.producer = Some(Box::new(producer));
        self
    }

    /// A control batch that ends a transaction.
    pub fn end_transaction(producer: ProducedBy, marker: EndTxnMarker, timestamp: Timestamp) -> Batch {
        Batch::new(vec![marker.record(timestamp)])
            .produced_by(ProducedBy { marker: Some(marker), ..producer })
    }

    /// What cleaning leaves of this batch: `records`, each with its distance from the base offset, not packed yet. The rest
    /// of the header stays (`MemoryRecords.buildRetainedRecordsInto`).
    pub fn retaining(&self, records: Vec<(u32, Record)>, delete_horizon: Option<Timestamp>) -> Batch {
        // A delete horizon stands where the base timestamp does.
        let base = delete_horizon.or(records.first().map(|(_, r)| r.timestamp)).unwrap_or(Timestamp::NONE);
        let size = |(delta, r): &(u32, Record)| {
            r.size_in_bytes(
                usize::try_from(*delta).unwrap_or(usize::MAX),
                r.timestamp.0.saturating_sub(base.0),
            )
        };
        let size_in_bytes = RECORD_BATCH_OVERHEAD + records.iter().map(size).sum::<usize>();
        let max_timestamp = records.iter().map(|(_, r)| r.timestamp).max().unwrap_or(self.max_timestamp());
        let last_offset_delta = self.last_offset_delta();
        let (offset_deltas, records) = records.into_iter().unzip();
        let cleaned = Cleaned { offset_deltas, last_offset_delta, max_timestamp, delete_horizon };
        let (compression, producer) = (CompressionType::None, self.producer.clone());
        Batch {
            records,
            size_in_bytes,
            compression,
            producer,
            cleaned: Some(Box::new(cleaned)),
            hash: Memo::default(),
        }
    }

    /// How many records it holds.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// True for a batch without records, which no producer sends.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The largest timestamp of its records.
    pub fn max_timestamp(&self) -> Timestamp {
        match &self.cleaned {
            None => self.records.iter().map(|r| r.timestamp).max().unwrap_or(Timestamp::NONE),
            Some(cleaned) => cleaned.max_timestamp,
        }
    }

    /// How far its last offset is from its base offset.
    pub fn last_offset_delta(&self) -> u32 {
        match &self.cleaned {
            None => u32::try_from(self.records.len().saturating_sub(1)).unwrap_or(u32::MAX),
            Some(cleaned) => cleaned.last_offset_delta,
        }
    }

    /// The marker, if it is a control batch.
    pub fn marker(&self) -> Option<EndTxnMarker> {
        self.producer.as_ref()?.marker
    }

    /// How many offsets it covers.
    fn span(&self) -> usize {
        match &self.cleaned {
            None => self.records.len(),
            Some(cleaned) => {
                usize::try_from(cleaned.last_offset_delta).unwrap_or(usize::MAX).saturating_add(1)
            }
        }
    }

    /// How far the record at `index` is from the base offset.
    fn delta(&self, index: usize) -> usize {
        match &self.cleaned {
            None => index,
            Some(cleaned) => {
                let delta = cleaned.offset_deltas.get(index).and_then(|delta| usize::try_from(*delta).ok());
                delta.unwrap_or(index)
            }
        }
    }

    /// The index of the first record that is at least so far from the base offset.
    fn index_from(&self, delta: usize) -> usize {
        match &self.cleaned {
            None => delta,
            Some(cleaned) => {
                cleaned.offset_deltas.partition_point(|at| usize::try_from(*at).is_ok_and(|at| at < delta))
            }
        }
    }

    /// The hash of its records: made once, however many replicas of a log append the batch.
    pub fn hash_of_records(&self) -> u64 {
        *self.hash.0.get_or_init(|| StableHasher::of(&self.records))
    }

    /// Feeds a hasher with what only some batches have.
    pub fn hash_header<H: Hasher>(&self, state: &mut H) {
        if self.compression != CompressionType::None {
            self.compression.hash(state);
        }
        if let Some(producer) = &self.producer {
            producer.hash(state);
        }
        if let Some(cleaned) = &self.cleaned {
            cleaned.hash(state);
        }
    }
}

impl StoredBatch {
    /// The offset after its last record.
    pub fn next_offset(&self) -> Offset {
        self.base_offset.plus(self.batch.span())
    }

    /// The offset of its last record, which cleaning may have removed.
    pub fn last_offset(&self) -> Offset {
        Offset(self.next_offset().0.saturating_sub(1))
    }

    /// The record at `offset`, if it lies in this batch.
    pub fn record(&self, offset: Offset) -> Option<&Record> {
        self.records_from(offset).next().filter(|(at, _)| *at == offset).map(|(_, record)| record)
    }

    /// The timestamp that readers see on `record`.
    pub fn timestamp(&self, record: &Record) -> Timestamp {
        self.log_append_time.unwrap_or(record.timestamp)
    }

    /// The largest timestamp that readers see in it.
    pub fn max_timestamp(&self) -> Timestamp {
        self.log_append_time.unwrap_or_else(|| self.batch.max_timestamp())
    }

    /// How many records it has from `from` on.
    pub fn count_from(&self, from: Offset) -> usize {
        let skip = usize::try_from(from.since(self.base_offset)).unwrap_or(usize::MAX);
        self.batch.records.len().saturating_sub(self.batch.index_from(skip))
    }

    /// Where a reader goes on that has taken `count` of its records from `from` on: behind the last of them, or behind the
    /// batch if that were all.
    pub fn position_after(&self, from: Offset, count: usize) -> Offset {
        let taken = self.records_from(from).nth(count);
        taken.map_or(self.next_offset(), |(next, _)| match &self.batch.cleaned {
            None => next,
            // What cleaning has removed lies ahead.
            Some(_) => {
                let last = count.checked_sub(1).and_then(|last| self.records_from(from).nth(last));
                last.map_or(from, |(offset, _)| offset.plus(1))
            }
        })
    }

    /// Its records from `from` on, each with its offset.
    pub fn records_from(&self, from: Offset) -> impl Iterator<Item = (Offset, &Record)> {
        let skip = usize::try_from(from.since(self.base_offset)).unwrap_or(usize::MAX);
        let records = self.batch.records.iter().enumerate().skip(self.batch.index_from(skip));
        records.map(|(i, r)| (self.base_offset.plus(self.batch.delta(i)), r))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_grow_at_kafkas_borders() {
        let sizes = [0, -1, 63, 64, -64, -65, 8191, 8192, i64::MAX, i64::MIN].map(varint_size);
        assert_eq!(sizes, [1, 1, 1, 2, 1, 2, 2, 3, 10, 10]);
    }

    #[test]
    fn a_copy_that_is_changed_has_a_hash_of_its_own() {
        let batch = Batch::new(vec![Record::new(Timestamp(0), None, Some(b"v"))]);
        let (same, mut other) = (batch.clone(), batch.clone());
        assert_eq!(batch.hash_of_records(), same.hash_of_records());
        other.records.push(Record::new(Timestamp(1), None, Some(b"w")));
        assert_ne!(batch.hash_of_records(), other.hash_of_records());
        assert_eq!(batch, same);
    }

    /// Kafka's own smallest batch: one record without key, with the value "v", is 61 + 1 + 7 bytes.
    #[test]
    fn a_batch_is_as_large_as_kafkas() {
        let batch = Batch::new(vec![Record::new(Timestamp(0), None, Some(b"v"))]);
        assert_eq!(batch.size_in_bytes, 61 + 8);
    }

    #[test]
    fn records_from_an_offset_start_there() {
        let record = |v: &[u8]| Record::new(Timestamp(0), None, Some(v));
        let stored = StoredBatch {
            base_offset: Offset(10),
            leader_epoch: LeaderEpoch(0),
            appended_at: Time::ZERO,
            log_append_time: None,
            batch: Arc::new(Batch::new(vec![record(b"a"), record(b"b"), record(b"c")])),
        };
        let offsets = |from| stored.records_from(Offset(from)).map(|(o, _)| o.0).collect::<Vec<_>>();
        assert_eq!(offsets(0), [10, 11, 12]);
        assert_eq!(offsets(12), [12]);
        assert_eq!(offsets(13), [] as [i64; 0]);
        assert_eq!(stored.record(Offset(11)).map(|r| r.value.clone()), Some(Some(b"b"[..].into())));
        assert_eq!(stored.record(Offset(9)), None);
        assert_eq!(stored.record(Offset(13)), None);
    }

    /// Cleaned of its second and its last record, a batch of four still ends where it ended.
    #[test]
    fn a_cleaned_batch_keeps_its_offsets() {
        let record = |v: &[u8]| Record::new(Timestamp(i64::from(v[0])), None, Some(v));
        let producer = ProducedBy {
            id: crate::ProducerId(7),
            epoch: crate::ProducerEpoch(1),
            base_sequence: 5,
            is_transactional: false,
            marker: None,
        };
        let whole =
            Batch::new(vec![record(b"a"), record(b"b"), record(b"c"), record(b"d")]).produced_by(producer);
        let kept = whole.retaining(vec![(0, record(b"a")), (2, record(b"c"))], Some(Timestamp(97)));
        assert_eq!(kept.size_in_bytes, RECORD_BATCH_OVERHEAD + 16);
        assert_eq!(kept.producer, whole.producer);
        let stored = StoredBatch {
            base_offset: Offset(10),
            leader_epoch: LeaderEpoch(0),
            appended_at: Time::ZERO,
            log_append_time: None,
            batch: Arc::new(kept),
        };
        let offsets = |from| stored.records_from(Offset(from)).map(|(o, _)| o.0).collect::<Vec<_>>();
        assert_eq!((offsets(0), offsets(11), offsets(13)), (vec![10, 12], vec![12], vec![]));
        assert_eq!((stored.next_offset(), stored.max_timestamp()), (Offset(14), Timestamp(99)));
        assert_eq!((stored.record(Offset(11)), stored.record(Offset(12))), (None, Some(&record(b"c"))));
        let emptied = stored.batch.retaining(Vec::new(), None);
        assert_eq!((emptied.last_offset_delta(), emptied.size_in_bytes), (3, RECORD_BATCH_OVERHEAD));
        assert_eq!(emptied.max_timestamp(), Timestamp(99));
    }
}
