//! A batch of records as Kafka's bytes, and what a codec makes of it (`MemoryRecordsBuilder` over the engine's records).
//!
//! The engine moves records, not bytes; a batch knows its size. Where that size depends on a codec the bytes are made here, by the
//! real codecs, and counted: when a producer closes a batch, when a broker packs it anew (`compression.type` of the topic), when the
//! cleaner rewrites it. Who wants to see the bytes gets the same ones. The same records give the same bytes on every machine,
//! whatever was packed before: working memory that is kept is never looked into.

use millrace_model::{Batch, CompressionType, EndTxnMarker, LeaderEpoch, Offset, StoredBatch, Time};
use millrace_records::control::ControlRecordType;
use millrace_records::{
    BatchBuilder, BatchOptions, Compression, RecordError, RecordHeader, Scratch, TimestampType,
};
use std::sync::Arc;

/// A batch as it lies in a file; no bytes for one that compaction has emptied. `compression` is that of its records, whatever the
/// batch itself says ([`Batch::compression`]).
///
/// # Errors
/// If Kafka's format cannot say it, such as a negative timestamp.
pub fn bytes(
    stored: &StoredBatch,
    compression: Compression,
    scratch: &mut Scratch,
) -> Result<Vec<u8>, RecordError> {
    let mut options = BatchOptions {
        compression,
        base_offset: stored.base_offset.0,
        partition_leader_epoch: stored.leader_epoch.0,
        ..BatchOptions::default()
    };
    if let Some(time) = stored.log_append_time {
        options.timestamp_type = TimestampType::LogAppendTime;
        options.log_append_time = time.0;
    }
    let cleaned = stored.batch.cleaned.as_deref();
    options.delete_horizon_ms = cleaned.and_then(|cleaned| cleaned.delete_horizon).map(|at| at.0);
    if let Some(producer) = stored.batch.producer.as_deref() {
        options.producer_id = producer.id.0;
        options.producer_epoch = producer.epoch.0;
        options.base_sequence = producer.base_sequence;
        options.is_transactional = producer.is_transactional;
        options.is_control_batch = producer.marker.is_some();
    }
    let mut builder = BatchBuilder::new(options, Vec::new())?;
    for (offset, record) in stored.records_from(stored.base_offset) {
        let (key, value) = (record.key.as_deref(), record.value.as_deref());
        if let Some(EndTxnMarker { committed, .. }) = stored.batch.marker() {
            let kind = if committed { ControlRecordType::Commit } else { ControlRecordType::Abort };
            builder.append_control_record(record.timestamp.0, kind, value.unwrap_or_default())?;
            continue;
        }
        let headers: Vec<RecordHeader<'_>> = record
            .headers
            .iter()
            .map(|header| RecordHeader { key: header.key.as_bytes(), value: header.value.as_deref() })
            .collect();
        builder.append_with_offset(offset.0, record.timestamp.0, key, value, &headers)?;
    }
    if builder.num_records() > 0 {
        // A cleaned batch ends where it ended.
        builder.override_last_offset(stored.last_offset().0);
    }
    builder.build(scratch)
}

/// The same batch with its records packed by `codec`, and the size that it has then. One that is packed so already is handed back,
/// and so is one that Kafka's format cannot say: it travels as it is.
#[must_use]
pub fn packed(batch: &Arc<Batch>, codec: CompressionType) -> Arc<Batch> {
    if batch.compression == codec || batch.is_empty() || batch.marker().is_some() {
        return Arc::clone(batch);
    }
    let mut anew = (**batch).clone();
    anew.compression = codec;
    anew.size_in_bytes = match codec {
        CompressionType::None => batch.unpacked_size(),
        _ => match bytes(&alone(batch), Compression::of(codec), &mut Scratch::default()) {
            Ok(bytes) => bytes.len(),
            Err(_) => return Arc::clone(batch),
        },
    };
    Arc::new(anew)
}

/// A batch that belongs to no log.
fn alone(batch: &Arc<Batch>) -> StoredBatch {
    StoredBatch {
        base_offset: Offset(0),
        leader_epoch: LeaderEpoch(0),
        appended_at: Time::ZERO,
        log_append_time: None,
        batch: Arc::clone(batch),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use millrace_model::{ProducedBy, ProducerEpoch, ProducerId, Record, Timestamp};
    use millrace_records::Batches;

    /// `count` orders as JSON, which no dice have made.
    fn orders(count: u64) -> Arc<Batch> {
        let order = |n: u64| {
            let (item, amount) = (n * n % 17, n * 31 % 997);
            let value = format!(r#"{{"order": {n}, "item": "item-{item}", "amount": {amount}}}"#);
            Record::new(
                Timestamp(n as i64),
                Some(format!("customer-{}", n % 5).as_bytes()),
                Some(value.as_bytes()),
            )
        };
        Arc::new(Batch::new((0..count).map(order).collect()))
    }

    /// Written down from one run: natively and in wasm they have to be the same, or a link would lead elsewhere.
    #[test]
    fn sizes_are_the_same_on_every_machine() {
        let sizes = |count| CompressionType::ALL.map(|codec| packed(&orders(count), codec).size_in_bytes);
        assert_eq!(sizes(1), [121, 144, 141, 136, 130]);
        assert_eq!(sizes(100), [6_476, 1_368, 2_328, 2_214, 1_772]);
        // More than one block of LZ4.
        assert_eq!(sizes(2_000), [135_230, 22_783, 43_371, 41_610, 31_806]);
    }

    #[test]
    fn what_was_packed_before_changes_nothing() {
        let mut scratch = Scratch::default();
        for codec in CompressionType::ALL {
            let fresh = bytes(&alone(&orders(50)), Compression::of(codec), &mut Scratch::default()).unwrap();
            for before in [1, 3_000, 50] {
                bytes(&alone(&orders(before)), Compression::of(codec), &mut scratch).unwrap();
                assert_eq!(bytes(&alone(&orders(50)), Compression::of(codec), &mut scratch).unwrap(), fresh);
            }
        }
    }

    /// Its size is that of its bytes, and unpacked it is what it was, whoever made it.
    #[test]
    fn a_packed_batch_has_the_size_of_its_bytes() {
        let whole = orders(40);
        for codec in CompressionType::ALL {
            let one = packed(&whole, codec);
            let stamped = Arc::new((*one).clone().produced_by(producer(9)));
            let bytes = bytes(&alone(&stamped), Compression::of(codec), &mut Scratch::default()).unwrap();
            assert_eq!((bytes.len(), one.compression), (stamped.size_in_bytes, codec));
            assert_eq!(one.size_in_bytes < whole.size_in_bytes / 2, codec != CompressionType::None);
            assert_eq!(one.unpacked_size(), whole.size_in_bytes);
            let read = Batches::new(&bytes).next().unwrap().unwrap();
            assert_eq!(read.compression_type().unwrap(), codec);
            assert_eq!(read.records(&mut Scratch::default()).unwrap().count(), 40);
            assert_eq!(packed(&one, CompressionType::None), whole);
        }
    }

    fn stored(batch: Batch) -> StoredBatch {
        StoredBatch {
            base_offset: Offset(42),
            leader_epoch: LeaderEpoch(3),
            appended_at: Time(0),
            log_append_time: None,
            batch: Arc::new(batch),
        }
    }

    fn producer(base_sequence: i32) -> ProducedBy {
        ProducedBy {
            id: ProducerId(7),
            epoch: ProducerEpoch(2),
            base_sequence,
            is_transactional: true,
            marker: None,
        }
    }

    /// The header says whose batch it is: a dump of a transactional log would look like any other without it.
    #[test]
    fn the_producer_stands_in_the_header() {
        let record = Record::new(Timestamp(5), Some(b"k"), Some(b"v"));
        let one = stored(Batch::new(vec![record.clone(), record]).produced_by(producer(9)));
        let bytes = bytes(&one, Compression::NONE, &mut Scratch::default()).unwrap();
        assert_eq!(bytes.len(), one.batch.size_in_bytes);
        let read = Batches::new(&bytes).next().unwrap().unwrap();
        assert!(read.is_valid() && read.is_transactional() && !read.is_control_batch());
        assert_eq!((read.producer_id(), read.producer_epoch(), read.base_sequence()), (7, 2, 9));
        assert_eq!((read.base_offset(), read.last_offset(), read.partition_leader_epoch()), (42, 43, 3));
    }

    #[test]
    fn a_marker_is_a_control_batch() {
        let marker = EndTxnMarker { committed: false, coordinator_epoch: 4 };
        let one = stored(Batch::end_transaction(producer(-1), marker, Timestamp(5)));
        let bytes = bytes(&one, Compression::NONE, &mut Scratch::default()).unwrap();
        assert_eq!(bytes.len(), one.batch.size_in_bytes);
        let read = Batches::new(&bytes).next().unwrap().unwrap();
        assert!(read.is_valid() && read.is_transactional() && read.is_control_batch());
        let mut scratch = Scratch::default();
        let records: Vec<_> = read.records(&mut scratch).unwrap().map(Result::unwrap).collect();
        assert_eq!(records[0].key, Some(&[0, 0, 0, 0][..]));
        assert_eq!(records[0].value, Some(&[0, 0, 0, 0, 0, 4][..]));
    }

    #[test]
    fn what_compaction_has_left_ends_where_it_ended() {
        let record = |value: &[u8]| Record::new(Timestamp(5), Some(b"k"), Some(value));
        let whole = Batch::new(vec![record(b"a"), record(b"b"), record(b"c")]);
        let kept = stored(whole.retaining(vec![(1, record(b"b"))], None));
        let bytes = bytes(&kept, Compression::NONE, &mut Scratch::default()).unwrap();
        let read = Batches::new(&bytes).next().unwrap().unwrap();
        assert_eq!((read.base_offset(), read.last_offset(), read.count()), (42, 44, Some(1)));
    }
}
