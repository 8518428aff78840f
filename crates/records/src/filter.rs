//! Rewriting batches as compaction does: records go, offsets, sequences and timestamps stay (`MemoryRecords.filterTo`).
//!
//! Which records are still the latest of their key is the cleaner's to know, not ours. Kafka stops early when its
//! output buffer has had to grow; here the buffer just grows.

use crate::batches::Batches;
use crate::builder::Header;
use crate::compression::{Compression, CompressionType, Scratch};
use crate::layout::{NO_TIMESTAMP, RECORD_BATCH_OVERHEAD};
use crate::{Batch, BatchBuilder, BatchOptions, Record, RecordError, RecordHeader, TimestampType};

/// What becomes of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchRetention {
    /// It goes, and nobody looks at its records.
    Delete,
    /// It stays even without records: its producer's last sequence number must be remembered.
    RetainEmpty,
    /// It goes if none of its records stay.
    DeleteEmpty,
}

/// What a filter says of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchRetentionResult {
    /// What becomes of it.
    pub batch_retention: BatchRetention,
    /// Whether it is the marker of a transaction none of whose records are left: it gets a delete horizon.
    pub contains_marker_for_empty_txn: bool,
}

/// Who decides what stays.
pub trait RecordFilter {
    /// Asked once for each batch, first.
    fn check_batch_retention(&mut self, batch: &Batch<'_>) -> BatchRetentionResult;
    /// Asked once for each record of a batch that is looked at.
    fn should_retain_record(&mut self, batch: &Batch<'_>, record: &Record<'_>) -> bool;
}

/// What the rewriting depends on beside the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilterSettings {
    /// The time of the cleaning, in milliseconds.
    pub current_time: i64,
    /// `delete.retention.ms`.
    pub delete_retention_ms: i64,
    /// `max.message.bytes`: a batch that cleaning has made larger than that is reported.
    pub max_record_batch_size: usize,
}

/// What was read and what has stayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterResult {
    /// Records that were looked at.
    pub messages_read: usize,
    /// Bytes of the batches that were.
    pub bytes_read: usize,
    /// Records that stay.
    pub messages_retained: usize,
    /// Bytes that were written.
    pub bytes_retained: usize,
    /// The last offset that stays; -1 if none does.
    pub max_offset: i64,
    /// The largest timestamp that stays, in milliseconds; -1 if none does.
    pub max_timestamp: i64,
    /// The offset to look that timestamp up under; -1 if there is none.
    pub shallow_offset_of_max_timestamp: i64,
    /// Batches that have grown beyond the limit: last offset and new size. Kafka warns of them in its log.
    pub oversized: Vec<(i64, usize)>,
}

impl Default for FilterResult {
    fn default() -> Self {
        Self {
            messages_read: 0,
            bytes_read: 0,
            messages_retained: 0,
            bytes_retained: 0,
            max_offset: -1,
            max_timestamp: NO_TIMESTAMP,
            shallow_offset_of_max_timestamp: -1,
            oversized: Vec::new(),
        }
    }
}

impl FilterResult {
    /// Takes in a batch that stays.
    fn retained(
        &mut self,
        (timestamp, shallow_offset): (i64, i64),
        max_offset: i64,
        messages: usize,
        bytes: usize,
    ) -> Result<(), RecordError> {
        if timestamp != NO_TIMESTAMP && shallow_offset < 0 {
            return Err(RecordError::NoOffsetOfMaxTimestamp { timestamp });
        }
        if max_offset < 0 {
            return Err(RecordError::NoMaxOffset);
        }
        if timestamp > self.max_timestamp {
            self.max_timestamp = timestamp;
            self.shallow_offset_of_max_timestamp = shallow_offset;
        }
        self.max_offset = self.max_offset.max(max_offset);
        self.messages_retained += messages;
        self.bytes_retained += bytes;
        Ok(())
    }
}

/// Appends to `out` what stays of the batches in `bytes`.
///
/// # Errors
/// If a batch or a record is broken; nothing of that batch has been written then.
pub fn filter_to(
    bytes: &[u8],
    filter: &mut impl RecordFilter,
    settings: &FilterSettings,
    out: &mut Vec<u8>,
    scratch: &mut Scratch,
) -> Result<FilterResult, RecordError> {
    let mut result = FilterResult::default();
    // Packing and unpacking at once need two of it.
    let mut packing = Scratch::default();
    let mut rebuilt = Vec::new();
    for batch in Batches::new(bytes) {
        let batch = batch?;
        let BatchRetentionResult { batch_retention, contains_marker_for_empty_txn } =
            filter.check_batch_retention(&batch);
        result.bytes_read += batch.size_in_bytes();
        if batch_retention == BatchRetention::Delete {
            continue;
        }
        let kept = keep(&batch, filter, &mut result, scratch)?;
        let has_tombstone_or_marker = kept.has_tombstone || contains_marker_for_empty_txn;
        let horizon = (batch.magic() > 1 && has_tombstone_or_marker && batch.delete_horizon_ms().is_none())
            .then(|| settings.current_time.wrapping_add(settings.delete_retention_ms));
        if kept.records.is_empty() {
            if batch_retention == BatchRetention::RetainEmpty {
                write_empty(&batch, out)?;
                let last = batch.last_offset();
                result.retained((batch.max_timestamp(), last), last, 0, RECORD_BATCH_OVERHEAD)?;
            }
        } else if kept.is_original && horizon.is_none() {
            out.extend_from_slice(batch.bytes());
            let last = batch.last_offset();
            let size = batch.size_in_bytes();
            result.retained((batch.max_timestamp(), last), last, kept.records.len(), size)?;
        } else {
            let horizon = horizon.or(batch.delete_horizon_ms());
            rebuilt.clear();
            let timestamps;
            (timestamps, rebuilt) = rebuild(&batch, &kept.records, horizon, rebuilt, &mut packing)?;
            out.extend_from_slice(&rebuilt);
            let size = rebuilt.len();
            if size > batch.size_in_bytes() && size > settings.max_record_batch_size {
                result.oversized.push((batch.last_offset(), size));
            }
            result.retained(timestamps, kept.max_offset, kept.records.len(), size)?;
        }
    }
    Ok(result)
}

/// The records of a batch that stay.
struct Kept<'s> {
    records: Vec<Record<'s>>,
    /// Whether all stay, in the batch's own format.
    is_original: bool,
    has_tombstone: bool,
    max_offset: i64,
}

fn keep<'s>(
    batch: &Batch<'s>,
    filter: &mut impl RecordFilter,
    result: &mut FilterResult,
    scratch: &'s mut Scratch,
) -> Result<Kept<'s>, RecordError> {
    let mut kept = Kept { records: Vec::new(), is_original: true, has_tombstone: false, max_offset: -1 };
    for record in batch.records(scratch)? {
        let record = record?;
        result.messages_read += 1;
        if !filter.should_retain_record(batch, &record) {
            kept.is_original = false;
            continue;
        }
        // Messages of another format than their wrapper's (KAFKA-4298) are written anew.
        kept.is_original &= record.magic == batch.magic();
        kept.has_tombstone |= record.value.is_none();
        kept.max_offset = kept.max_offset.max(record.offset);
        kept.records.push(record);
    }
    Ok(kept)
}

/// What a new batch for an old one's records says of itself.
fn options_of(batch: &Batch<'_>, codec: CompressionType, horizon: Option<i64>) -> BatchOptions {
    let is_log_append_time = batch.timestamp_type() == TimestampType::LogAppendTime;
    BatchOptions {
        magic: batch.magic(),
        compression: Compression::of(codec),
        timestamp_type: batch.timestamp_type(),
        base_offset: batch.offset_field(),
        log_append_time: if is_log_append_time { batch.max_timestamp() } else { NO_TIMESTAMP },
        producer_id: batch.producer_id(),
        producer_epoch: batch.producer_epoch(),
        base_sequence: batch.base_sequence(),
        is_transactional: batch.is_transactional(),
        is_control_batch: batch.is_control_batch(),
        partition_leader_epoch: batch.partition_leader_epoch(),
        delete_horizon_ms: horizon,
    }
}

/// Writes the records that stay into a batch with the old one's offsets.
fn rebuild(
    batch: &Batch<'_>,
    records: &[Record<'_>],
    horizon: Option<i64>,
    out: Vec<u8>,
    packing: &mut Scratch,
) -> Result<((i64, i64), Vec<u8>), RecordError> {
    let mut options = options_of(batch, batch.compression_type()?, horizon);
    if let (0 | 1, Some(first)) = (batch.magic(), records.first()) {
        options.base_offset = first.offset;
    }
    let mut builder = BatchBuilder::new(options, out)?;
    let mut headers: Vec<RecordHeader<'_>> = Vec::new();
    for record in records {
        headers.clear();
        headers.extend(record.headers);
        builder.append_any(record.offset, record.timestamp, record.key, record.value, &headers)?;
    }
    if batch.magic() > 1 {
        // The last sequence number must not be forgotten, or the producer's next batch seems out of order.
        builder.override_last_offset(batch.last_offset());
    }
    let info = builder.info();
    Ok(((info.max_timestamp, info.shallow_offset_of_max_timestamp), builder.build(packing)?))
}

/// Writes a header without records in place of a batch.
fn write_empty(batch: &Batch<'_>, out: &mut Vec<u8>) -> Result<(), RecordError> {
    if batch.magic() < 2 {
        return Err(RecordError::EmptyLegacyBatch);
    }
    let options = options_of(batch, CompressionType::None, None);
    let header = Header {
        options: &options,
        compression: CompressionType::None,
        last_offset_delta: batch.last_offset_delta().unwrap_or_default(),
        base_timestamp: NO_TIMESTAMP,
        max_timestamp: batch.max_timestamp(),
        delete_horizon: false,
        count: 0,
    };
    let start = out.len();
    out.resize(start + RECORD_BATCH_OVERHEAD, 0);
    header.write(out.get_mut(start..).unwrap_or_default())
}
