//! A partition's log as the files that Kafka keeps of it: batches, segments and indexes as bytes (`LogSegment`, `OffsetIndex`,
//! `TimeIndex`).
//!
//! The broker's logs hold records, not bytes; here the bytes are made for who asks for them. Nothing is read back.

use millrace_broker::log::segments::LogSegment;
use millrace_model::{EndTxnMarker, Offset, StoredBatch, Timestamp};
use millrace_records::control::ControlRecordType;
use millrace_records::{
    BatchBuilder, BatchOptions, Compression, RecordError, RecordHeader, Scratch, TimestampType,
};

/// A batch as it lies in a file; no bytes for one that compaction has emptied.
///
/// # Errors
/// If Kafka's format cannot say it, such as a negative timestamp, or the codec is not in this build.
pub fn batch(
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

/// A segment's `.log`.
///
/// # Errors
/// As [`batch`].
pub fn log(segment: &LogSegment) -> Result<Vec<u8>, RecordError> {
    let mut scratch = Scratch::default();
    let mut bytes = Vec::new();
    for logged in segment.batches() {
        bytes.extend(batch(&logged.stored, Compression::NONE, &mut scratch)?);
    }
    Ok(bytes)
}

/// A segment's `.index`: for each entry how far the offset is from the segment's first one, and where its batch begins, in four
/// bytes each.
#[must_use]
pub fn index(segment: &LogSegment) -> Vec<u8> {
    let entry =
        |(offset, position): (Offset, u32)| [relative(offset, segment), position.to_be_bytes()].concat();
    segment.offset_index().entries().flat_map(entry).collect()
}

/// A segment's `.timeindex`: for each entry a timestamp in eight bytes, and how far the offset is in four.
#[must_use]
pub fn time_index(segment: &LogSegment) -> Vec<u8> {
    let entry = |(timestamp, offset): (Timestamp, Offset)| {
        [timestamp.0.to_be_bytes().as_slice(), &relative(offset, segment)].concat()
    };
    segment.time_index().entries().flat_map(entry).collect()
}

/// The name of a segment's files, without what follows the dot (`LogFileUtils.filenamePrefixFromOffset`).
#[must_use]
pub fn name(base_offset: Offset) -> String {
    format!("{:020}", base_offset.0)
}

/// How far an offset is from where the segment begins, in four bytes.
fn relative(offset: Offset, segment: &LogSegment) -> [u8; 4] {
    i32::try_from(offset.0.saturating_sub(segment.base_offset().0)).unwrap_or(i32::MAX).to_be_bytes()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use millrace_model::{Batch, LeaderEpoch, ProducedBy, ProducerEpoch, ProducerId, Record, Time};
    use millrace_records::Batches;
    use std::sync::Arc;

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
        let bytes = batch(&one, Compression::NONE, &mut Scratch::default()).unwrap();
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
        let bytes = batch(&one, Compression::NONE, &mut Scratch::default()).unwrap();
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
        let bytes = batch(&kept, Compression::NONE, &mut Scratch::default()).unwrap();
        let read = Batches::new(&bytes).next().unwrap().unwrap();
        assert_eq!((read.base_offset(), read.last_offset(), read.count()), (42, 44, Some(1)));
        assert_eq!(name(Offset(42)), "00000000000000000042");
    }
}
