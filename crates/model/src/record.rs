//! Records and the batches they travel in, with the sizes of Kafka's record format v2.

use crate::{Bytes, LeaderEpoch, Offset, Time, Timestamp};
use std::sync::Arc;

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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Batch {
    /// Its records, at least one.
    pub records: Vec<Record>,
    /// Its size in bytes in Kafka's format v2, uncompressed.
    pub size_in_bytes: usize,
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
        Batch { records, size_in_bytes: RECORD_BATCH_OVERHEAD + body }
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
        self.records.iter().map(|r| r.timestamp).max().unwrap_or(Timestamp::NONE)
    }
}

impl StoredBatch {
    /// The offset after its last record.
    pub fn next_offset(&self) -> Offset {
        self.base_offset.plus(self.batch.len())
    }

    /// The record at `offset`, if it lies in this batch.
    pub fn record(&self, offset: Offset) -> Option<&Record> {
        let index = usize::try_from(offset.0.checked_sub(self.base_offset.0)?).ok()?;
        self.batch.records.get(index)
    }

    /// The timestamp that readers see on `record`.
    pub fn timestamp(&self, record: &Record) -> Timestamp {
        self.log_append_time.unwrap_or(record.timestamp)
    }

    /// Its records from `from` on, each with its offset.
    pub fn records_from(&self, from: Offset) -> impl Iterator<Item = (Offset, &Record)> {
        let skip = usize::try_from(from.since(self.base_offset)).unwrap_or(usize::MAX);
        self.batch.records.iter().enumerate().skip(skip).map(|(i, r)| (self.base_offset.plus(i), r))
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
    }
}
