//! Sizes as Kafka estimates them before a record is in a batch.

use super::input::ProducerRecord;
use millrace_model::Bytes;
use millrace_model::record::{RECORD_BATCH_OVERHEAD, varint_size};

/// Most bytes that a record adds to its payload (`DefaultRecord.MAX_RECORD_OVERHEAD`).
const MAX_RECORD_OVERHEAD: usize = 21;

/// Bytes of key, value and headers with their lengths (`DefaultRecord.sizeOf`).
pub(super) fn payload(record: &ProducerRecord) -> usize {
    let bytes = |b: &Option<Bytes>| b.as_ref().map_or(1, |b| varint_size(b.len() as i64) + b.len());
    let mut size = bytes(&record.key) + bytes(&record.value) + varint_size(record.headers.len() as i64);
    for header in record.headers.iter() {
        size += varint_size(header.key.len() as i64) + header.key.len() + bytes(&header.value);
    }
    size
}

/// The size that `max.request.size` and `buffer.memory` are held against: the record alone in a batch
/// (`AbstractRecords.estimateSizeInBytesUpperBound`).
pub(super) fn upper_bound(payload: usize) -> usize {
    RECORD_BATCH_OVERHEAD + MAX_RECORD_OVERHEAD + payload
}

/// The record's exact size at its place in a batch (`DefaultRecord.sizeInBytes`).
pub(super) fn in_batch(payload: usize, offset_delta: usize, timestamp_delta: i64) -> usize {
    let body = 1 + varint_size(timestamp_delta) + varint_size(offset_delta as i64) + payload;
    varint_size(body as i64) + body
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::{Header, Record, Timestamp};

    #[test]
    fn the_estimate_agrees_with_the_record_itself() {
        for length in [0, 1, 62, 63, 64, 500, 9_000] {
            let text = vec![b'x'; length];
            let mut record = ProducerRecord::new("t", Some(&text), None);
            record.headers = [
                Header { key: "h".into(), value: None },
                Header { key: "i".into(), value: Some([1][..].into()) },
            ]
            .into();
            let mut model = Record::new(Timestamp(0), Some(&text), None);
            model.headers = record.headers.clone();
            for (offset, ts) in [(0, 0), (63, -1), (64, 100), (9_000, 1 << 40)] {
                assert_eq!(in_batch(payload(&record), offset, ts), model.size_in_bytes(offset, ts));
            }
        }
    }

    /// Kafka's own numbers: an empty value without key is 61 + 21 + 1 + 1 + 1 bytes.
    #[test]
    fn the_upper_bound_is_kafkas() {
        assert_eq!(upper_bound(payload(&ProducerRecord::new("t", None, Some(b"")))), 85);
    }
}
