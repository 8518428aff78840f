//! Writing a batch (`MemoryRecordsBuilder`).

use crate::compression::{Compression, CompressionType, Scratch};
use crate::control::ControlRecordType;
use crate::layout::{
    ATTRIBUTES_OFFSET, CONTROL_FLAG_MASK, CRC_OFFSET, CURRENT_MAGIC_VALUE, DELETE_HORIZON_FLAG_MASK,
    LOG_OVERHEAD, NO_PARTITION_LEADER_EPOCH, NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE, NO_TIMESTAMP,
    RECORD_BATCH_OVERHEAD, TIMESTAMP_TYPE_MASK, TRANSACTIONAL_FLAG_MASK,
};
use crate::varint::{size_of_varint, size_of_varlong, write_varint, write_varlong};
use crate::{RecordError, RecordHeader, TimestampType, crc32c, legacy};

/// What a batch's header says beside what follows from its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchOptions {
    /// The format: 0, 1 or 2.
    pub magic: u8,
    /// The codec of the records.
    pub compression: Compression,
    /// What the timestamps mean.
    pub timestamp_type: TimestampType,
    /// The offset of the first record.
    pub base_offset: i64,
    /// The time that LogAppendTime gives to every record, in milliseconds.
    pub log_append_time: i64,
    /// The idempotent producer's id; -1 for none.
    pub producer_id: i64,
    /// The idempotent producer's epoch; -1 for none.
    pub producer_epoch: i16,
    /// The first record's sequence number; -1 for none.
    pub base_sequence: i32,
    /// Whether it belongs to a transaction.
    pub is_transactional: bool,
    /// Whether it holds control records.
    pub is_control_batch: bool,
    /// The epoch of the leader that appends it; -1 if not known.
    pub partition_leader_epoch: i32,
    /// When its tombstones may go, in milliseconds (KIP-534).
    pub delete_horizon_ms: Option<i64>,
}

impl Default for BatchOptions {
    /// What a producer that is not idempotent sends.
    fn default() -> Self {
        Self {
            magic: CURRENT_MAGIC_VALUE,
            compression: Compression::NONE,
            timestamp_type: TimestampType::CreateTime,
            base_offset: 0,
            log_append_time: NO_TIMESTAMP,
            producer_id: NO_PRODUCER_ID,
            producer_epoch: NO_PRODUCER_EPOCH,
            base_sequence: NO_SEQUENCE,
            is_transactional: false,
            is_control_batch: false,
            partition_leader_epoch: NO_PARTITION_LEADER_EPOCH,
            delete_horizon_ms: None,
        }
    }
}

/// What an index wants to know of a batch that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordsInfo {
    /// The largest timestamp, in milliseconds; -1 if there is none.
    pub max_timestamp: i64,
    /// The offset to look that timestamp up under; -1 if there is none.
    pub shallow_offset_of_max_timestamp: i64,
}

/// A batch being written, behind what is in its buffer already.
#[derive(Debug)]
pub struct BatchBuilder {
    options: BatchOptions,
    out: Vec<u8>,
    /// Where the batch begins in `out`.
    start: usize,
    /// The records to be packed; those of a batch without compression go straight to `out`.
    plain: Vec<u8>,
    base_timestamp: Option<i64>,
    last_offset: Option<i64>,
    max_timestamp: i64,
    offset_of_max_timestamp: i64,
    count: i32,
    uncompressed: usize,
}

impl BatchBuilder {
    /// Begins a batch at the end of `out`.
    ///
    /// # Errors
    /// If the format does not know something that is asked for.
    pub fn new(options: BatchOptions, mut out: Vec<u8>) -> Result<Self, RecordError> {
        let magic = options.magic;
        if magic > CURRENT_MAGIC_VALUE {
            return Err(RecordError::InvalidMagic { magic });
        }
        if magic > 0 && options.timestamp_type == TimestampType::NoTimestampType {
            return Err(RecordError::NoTimestampType);
        }
        if magic < 2 {
            if options.is_transactional {
                return Err(RecordError::TransactionalLegacy { magic });
            }
            if options.is_control_batch {
                return Err(RecordError::ControlLegacy { magic });
            }
            if options.compression.codec() == CompressionType::Zstd {
                return Err(RecordError::ZstdLegacy { magic });
            }
            if options.delete_horizon_ms.is_some_and(|horizon| horizon != NO_TIMESTAMP) {
                return Err(RecordError::DeleteHorizonLegacy { magic });
            }
        }
        let start = out.len();
        if magic > 1 {
            out.resize(start + RECORD_BATCH_OVERHEAD, 0);
        }
        Ok(Self {
            options,
            out,
            start,
            plain: Vec::new(),
            base_timestamp: delete_horizon(&options),
            last_offset: None,
            max_timestamp: NO_TIMESTAMP,
            offset_of_max_timestamp: -1,
            count: 0,
            uncompressed: 0,
        })
    }

    /// How many records there are.
    #[must_use]
    pub const fn num_records(&self) -> i32 {
        self.count
    }

    /// What the records take before compression, in bytes.
    #[must_use]
    pub const fn uncompressed_bytes_written(&self) -> usize {
        self.uncompressed
    }

    /// Appends a record at the next offset.
    ///
    /// # Errors
    /// As [`Self::append_with_offset`].
    pub fn append(
        &mut self,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[RecordHeader<'_>],
    ) -> Result<(), RecordError> {
        self.append_with_offset(self.next_offset(), timestamp, key, value, headers)
    }

    fn next_offset(&self) -> i64 {
        self.last_offset.map_or(self.options.base_offset, |last| last.wrapping_add(1))
    }

    /// Appends a record at an offset of one's own: compaction leaves gaps.
    ///
    /// # Errors
    /// If the offset does not increase, is too far from the base, the timestamp is negative, or the format has no
    /// headers.
    pub fn append_with_offset(
        &mut self,
        offset: i64,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[RecordHeader<'_>],
    ) -> Result<(), RecordError> {
        if self.options.is_control_batch {
            return Err(RecordError::ControlInData);
        }
        self.append_any(offset, timestamp, key, value, headers)
    }

    /// Appends a control record at the next offset.
    ///
    /// # Errors
    /// If this is no control batch, or as [`Self::append_with_offset`].
    pub fn append_control_record(
        &mut self,
        timestamp: i64,
        control_type: ControlRecordType,
        value: &[u8],
    ) -> Result<(), RecordError> {
        if !self.options.is_control_batch {
            return Err(RecordError::ControlInData);
        }
        self.append_any(self.next_offset(), timestamp, Some(&control_type.key()), Some(value), &[])
    }

    #[inline]
    pub(crate) fn append_any(
        &mut self,
        offset: i64,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[RecordHeader<'_>],
    ) -> Result<(), RecordError> {
        if let Some(last) = self.last_offset.filter(|last| offset <= *last) {
            return Err(RecordError::OffsetNotIncreasing { offset, last });
        }
        if timestamp < 0 && timestamp != NO_TIMESTAMP {
            return Err(RecordError::NegativeTimestamp { timestamp });
        }
        let (magic, base) = (self.options.magic, self.options.base_offset);
        if magic < 2 && !headers.is_empty() {
            return Err(RecordError::HeadersInLegacy { magic });
        }
        let delta = offset.wrapping_sub(base);
        if delta > i64::from(i32::MAX) {
            return Err(RecordError::OffsetDeltaTooLarge { base, last: offset });
        }
        let count = self.count.checked_add(1).ok_or(RecordError::TooManyRecords)?;
        let written = if magic > 1 {
            let base_timestamp = *self.base_timestamp.get_or_insert(timestamp);
            let out = self.records();
            // Kafka narrows the offset without a look.
            put_record(out, delta as i32, timestamp.wrapping_sub(base_timestamp), key, value, headers)?
        } else {
            self.put_message(offset, timestamp, [key, value])?
        };
        self.count = count;
        self.uncompressed += written;
        self.last_offset = Some(offset);
        if magic > 0 && timestamp > self.max_timestamp {
            self.max_timestamp = timestamp;
            self.offset_of_max_timestamp = offset;
        }
        Ok(())
    }

    /// Where records go.
    fn records(&mut self) -> &mut Vec<u8> {
        if self.is_compressed() { &mut self.plain } else { &mut self.out }
    }

    fn is_compressed(&self) -> bool {
        self.options.compression.codec() != CompressionType::None
    }

    fn put_message(
        &mut self,
        offset: i64,
        timestamp: i64,
        fields: [Option<&[u8]>; 2],
    ) -> Result<usize, RecordError> {
        let BatchOptions { magic, base_offset, log_append_time, .. } = self.options;
        let is_log_append_time = self.options.timestamp_type == TimestampType::LogAppendTime;
        // Inside of a wrapper of magic 1, offsets count from its first.
        let offset =
            if magic > 0 && self.is_compressed() { offset.wrapping_sub(base_offset) } else { offset };
        let timestamp = if is_log_append_time { log_append_time } else { timestamp };
        let attributes = legacy::attributes(magic, CompressionType::None, is_log_append_time);
        let out = self.records();
        let before = out.len();
        legacy::write(out, magic, offset, attributes, timestamp, fields)?;
        Ok(out.len() - before)
    }

    /// Says which offset the batch ends with, whatever its records: a compacted batch keeps the one it had.
    pub const fn override_last_offset(&mut self, last_offset: i64) {
        self.last_offset = Some(last_offset);
    }

    /// What an index wants to know.
    #[must_use]
    pub fn info(&self) -> RecordsInfo {
        let BatchOptions { magic, timestamp_type, log_append_time, base_offset, .. } = self.options;
        let last = self.last_offset.unwrap_or(-1);
        let whole = self.is_compressed() || magic > 1;
        let (max_timestamp, offset) = match (timestamp_type, self.max_timestamp) {
            (TimestampType::LogAppendTime, _) => (log_append_time, if whole { last } else { base_offset }),
            (_, NO_TIMESTAMP) => (NO_TIMESTAMP, -1),
            (_, timestamp) => (timestamp, if whole { last } else { self.offset_of_max_timestamp }),
        };
        RecordsInfo { max_timestamp, shallow_offset_of_max_timestamp: offset }
    }

    /// Writes the header and gives the buffer back. A batch without records is no bytes.
    ///
    /// # Errors
    /// If producer id, epoch and sequence do not belong together, or the codec is missing.
    pub fn build(mut self, scratch: &mut Scratch) -> Result<Vec<u8>, RecordError> {
        self.validate_producer_state()?;
        let Some(last_offset) = self.last_offset.filter(|_| self.count > 0) else {
            self.out.truncate(self.start);
            return Ok(self.out);
        };
        let BatchOptions { magic, compression, .. } = self.options;
        if magic < 2 {
            self.wrap(last_offset, scratch)?;
            return Ok(self.out);
        }
        if self.is_compressed() {
            scratch.codecs.pack(compression, magic, &self.plain, &mut self.out)?;
        }
        let is_log_append_time = self.options.timestamp_type == TimestampType::LogAppendTime;
        let header = Header {
            options: &self.options,
            compression: compression.codec(),
            last_offset_delta: last_offset.wrapping_sub(self.options.base_offset) as i32,
            base_timestamp: self.base_timestamp.unwrap_or(NO_TIMESTAMP),
            max_timestamp: if is_log_append_time { self.options.log_append_time } else { self.max_timestamp },
            delete_horizon: delete_horizon(&self.options).is_some(),
            count: self.count,
        };
        header.write(self.out.get_mut(self.start..).unwrap_or_default())?;
        Ok(self.out)
    }

    /// The messages that were appended become the value of one.
    fn wrap(&mut self, last_offset: i64, scratch: &mut Scratch) -> Result<(), RecordError> {
        if !self.is_compressed() {
            return Ok(());
        }
        let BatchOptions { magic, compression, timestamp_type, log_append_time, .. } = self.options;
        let is_log_append_time = timestamp_type == TimestampType::LogAppendTime;
        let mut packed = Vec::new();
        scratch.codecs.pack(compression, magic, &self.plain, &mut packed)?;
        let attributes = legacy::attributes(magic, compression.codec(), is_log_append_time);
        let timestamp = if is_log_append_time { log_append_time } else { self.max_timestamp };
        legacy::write(&mut self.out, magic, last_offset, attributes, timestamp, [None, Some(&packed)])
    }

    fn validate_producer_state(&self) -> Result<(), RecordError> {
        let options = &self.options;
        let has_producer = options.producer_id != NO_PRODUCER_ID;
        if options.is_transactional && !has_producer {
            return Err(RecordError::TransactionalWithoutProducer);
        }
        if has_producer && options.producer_epoch == NO_PRODUCER_EPOCH {
            return Err(RecordError::NegativeProducerEpoch);
        }
        if has_producer && options.base_sequence < 0 && !options.is_control_batch {
            return Err(RecordError::NegativeSequence);
        }
        if has_producer && options.magic < 2 {
            return Err(RecordError::IdempotentLegacy { magic: options.magic });
        }
        Ok(())
    }
}

fn delete_horizon(options: &BatchOptions) -> Option<i64> {
    options.delete_horizon_ms.filter(|horizon| options.magic > 1 && *horizon >= 0)
}

/// A header of format v2 to be written in front of its records.
pub(crate) struct Header<'a> {
    pub options: &'a BatchOptions,
    pub compression: CompressionType,
    pub last_offset_delta: i32,
    pub base_timestamp: i64,
    pub max_timestamp: i64,
    pub delete_horizon: bool,
    pub count: i32,
}

impl Header<'_> {
    /// Fills in the first bytes of a batch, the checksum last.
    pub fn write(&self, batch: &mut [u8]) -> Result<(), RecordError> {
        let length = i32::try_from(batch.len().saturating_sub(LOG_OVERHEAD));
        let length = length.map_err(|_| RecordError::RecordTooLarge)?;
        let options = self.options;
        put(batch, 0, options.base_offset.to_be_bytes());
        put(batch, 8, length.to_be_bytes());
        put(batch, 12, options.partition_leader_epoch.to_be_bytes());
        put(batch, 16, [options.magic]);
        put(batch, ATTRIBUTES_OFFSET, [0, self.attributes()]);
        put(batch, 23, self.last_offset_delta.to_be_bytes());
        put(batch, 27, self.base_timestamp.to_be_bytes());
        put(batch, 35, self.max_timestamp.to_be_bytes());
        put(batch, 43, options.producer_id.to_be_bytes());
        put(batch, 51, options.producer_epoch.to_be_bytes());
        put(batch, 53, options.base_sequence.to_be_bytes());
        put(batch, 57, self.count.to_be_bytes());
        let crc = crc32c(batch.get(ATTRIBUTES_OFFSET..).unwrap_or_default());
        put(batch, CRC_OFFSET, crc.to_be_bytes());
        Ok(())
    }

    fn attributes(&self) -> u8 {
        let flag = |is: bool, mask: u8| if is { mask } else { 0 };
        self.compression.id()
            | flag(self.options.timestamp_type == TimestampType::LogAppendTime, TIMESTAMP_TYPE_MASK)
            | flag(self.options.is_transactional, TRANSACTIONAL_FLAG_MASK)
            | flag(self.options.is_control_batch, CONTROL_FLAG_MASK)
            | flag(self.delete_horizon, DELETE_HORIZON_FLAG_MASK)
    }
}

fn put<const N: usize>(batch: &mut [u8], at: usize, field: [u8; N]) {
    if let Some(place) = batch.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
        *place = field;
    }
}

/// What a byte string takes with its length before it; null takes one byte.
#[inline]
fn size_of_bytes(bytes: Option<&[u8]>) -> usize {
    bytes.map_or(1, |bytes| size_of_length(bytes.len()) + bytes.len())
}

fn size_of_length(length: usize) -> usize {
    size_of_varint(i32::try_from(length).unwrap_or(i32::MAX))
}

#[inline]
fn put_bytes(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        None => out.push(1),
        Some(bytes) => {
            write_varint(i32::try_from(bytes.len()).unwrap_or(i32::MAX), out);
            out.extend_from_slice(bytes);
        }
    }
}

/// Appends a record of format v2 and says how many bytes it took.
#[inline]
fn put_record(
    out: &mut Vec<u8>,
    offset_delta: i32,
    timestamp_delta: i64,
    key: Option<&[u8]>,
    value: Option<&[u8]>,
    headers: &[RecordHeader<'_>],
) -> Result<usize, RecordError> {
    let of_headers =
        |header: &RecordHeader<'_>| size_of_bytes(Some(header.key)) + size_of_bytes(header.value);
    let body = 1
        + size_of_varlong(timestamp_delta)
        + size_of_varint(offset_delta)
        + size_of_bytes(key)
        + size_of_bytes(value)
        + size_of_length(headers.len())
        + headers.iter().map(of_headers).sum::<usize>();
    // No length within is larger than the whole.
    let size = i32::try_from(body).map_err(|_| RecordError::RecordTooLarge)?;
    out.reserve(body + 5);
    write_varint(size, out);
    out.push(0);
    write_varlong(timestamp_delta, out);
    write_varint(offset_delta, out);
    put_bytes(out, key);
    put_bytes(out, value);
    write_varint(i32::try_from(headers.len()).unwrap_or(i32::MAX), out);
    for header in headers {
        put_bytes(out, Some(header.key));
        put_bytes(out, header.value);
    }
    Ok(size_of_varint(size) + body)
}
