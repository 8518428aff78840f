//! A batch where it lies: its header's fields, and whether it is whole (`DefaultRecordBatch`, `AbstractLegacyRecordBatch`).

use crate::compression::{CompressionType, Scratch};
use crate::layout::{
    ATTRIBUTES_OFFSET, BASE_SEQUENCE_OFFSET, BASE_TIMESTAMP_OFFSET, COMPRESSION_CODEC_MASK,
    CONTROL_FLAG_MASK, CRC_OFFSET, DELETE_HORIZON_FLAG_MASK, LAST_OFFSET_DELTA_OFFSET, LENGTH_OFFSET,
    LOG_OVERHEAD, MAX_TIMESTAMP_OFFSET, NO_PARTITION_LEADER_EPOCH, NO_PRODUCER_EPOCH, NO_PRODUCER_ID,
    NO_SEQUENCE, PARTITION_LEADER_EPOCH_OFFSET, PRODUCER_EPOCH_OFFSET, PRODUCER_ID_OFFSET,
    RECORD_BATCH_OVERHEAD, RECORDS_COUNT_OFFSET, TIMESTAMP_TYPE_MASK, TRANSACTIONAL_FLAG_MASK,
};
use crate::legacy::Message;
use crate::{RecordError, Records, TimestampType, crc32c};

/// One batch, or one message of the formats before batches (magic 0 and 1).
///
/// A header that is cut off reads as zeros; [`Batch::ensure_valid`] says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch<'a> {
    bytes: &'a [u8],
    magic: u8,
}

impl<'a> Batch<'a> {
    /// Bytes that [`crate::Batches`] has cut out.
    pub(crate) const fn new(bytes: &'a [u8], magic: u8) -> Self {
        Self { bytes, magic }
    }

    /// The batch's bytes.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// All of its bytes.
    #[must_use]
    pub const fn size_in_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The format: 0, 1 or 2.
    #[must_use]
    pub const fn magic(&self) -> u8 {
        self.magic
    }

    /// The message that a batch of an older format is.
    fn message(&self) -> Option<Message<'a>> {
        (self.magic < 2).then(|| Message::new(self.bytes.get(LOG_OVERHEAD..).unwrap_or_default()))
    }

    fn at<const N: usize>(&self, offset: usize) -> [u8; N] {
        self.bytes.get(offset..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; N])
    }

    fn long_at(&self, offset: usize) -> i64 {
        i64::from_be_bytes(self.at(offset))
    }

    fn int_at(&self, offset: usize) -> i32 {
        i32::from_be_bytes(self.at(offset))
    }

    /// Whether size and checksum are right. Nothing else is looked at: a producer can put anything below a checksum.
    ///
    /// # Errors
    /// If one is not.
    pub fn ensure_valid(&self) -> Result<(), RecordError> {
        if let Some(message) = self.message() {
            return message.ensure_valid();
        }
        if self.bytes.len() < RECORD_BATCH_OVERHEAD {
            return Err(RecordError::BatchTooSmall { size: self.bytes.len() });
        }
        let (stored, computed) = (self.checksum(), self.compute_checksum());
        if stored == computed { Ok(()) } else { Err(RecordError::CrcMismatch { stored, computed }) }
    }

    /// Whether [`Self::ensure_valid`] finds nothing.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.ensure_valid().is_ok()
    }

    /// The checksum that is written there.
    #[must_use]
    pub fn checksum(&self) -> u32 {
        match self.message() {
            Some(message) => message.checksum(),
            None => u32::from_be_bytes(self.at(CRC_OFFSET)),
        }
    }

    /// The checksum that ought to be written there.
    #[must_use]
    pub fn compute_checksum(&self) -> u32 {
        match self.message() {
            Some(message) => message.compute_checksum(),
            None => crc32c(self.bytes.get(ATTRIBUTES_OFFSET..).unwrap_or_default()),
        }
    }

    /// The number in the first eight bytes: the base offset, but for messages the offset of the last record.
    #[must_use]
    pub fn offset_field(&self) -> i64 {
        self.long_at(0)
    }

    /// The number in the length field: what follows it, in bytes.
    #[must_use]
    pub fn batch_length(&self) -> i32 {
        self.int_at(LENGTH_OFFSET)
    }

    /// The offset of the first record that the batch once had. Compressed messages must be unpacked to know.
    #[must_use]
    pub fn base_offset(&self) -> i64 {
        if self.message().is_some_and(|message| message.codec_id() != 0) {
            let mut scratch = Scratch::default();
            let first = self.records(&mut scratch).ok().and_then(|mut records| records.next()?.ok());
            return first.map_or(self.offset_field(), |record| record.offset);
        }
        self.offset_field()
    }

    /// The offset of the last record that the batch once had.
    #[must_use]
    pub fn last_offset(&self) -> i64 {
        match self.last_offset_delta() {
            Some(delta) => self.offset_field().wrapping_add(i64::from(delta)),
            None => self.offset_field(),
        }
    }

    /// The last offset, counted from the base offset; messages do not have it.
    #[must_use]
    pub fn last_offset_delta(&self) -> Option<i32> {
        (self.magic > 1).then(|| self.int_at(LAST_OFFSET_DELTA_OFFSET))
    }

    /// The epoch of the leader that appended it; -1 if not known.
    #[must_use]
    pub fn partition_leader_epoch(&self) -> i32 {
        if self.magic < 2 { NO_PARTITION_LEADER_EPOCH } else { self.int_at(PARTITION_LEADER_EPOCH_OFFSET) }
    }

    /// The attributes as they are written; the second byte is not used.
    #[must_use]
    pub fn attributes(&self) -> i16 {
        match self.message() {
            Some(message) => i16::from(message.attributes()),
            None => i16::from_be_bytes(self.at(ATTRIBUTES_OFFSET)),
        }
    }

    fn flags(&self) -> u8 {
        let [_, low] = self.attributes().to_be_bytes();
        low
    }

    fn flag(&self, mask: u8) -> bool {
        self.magic > 1 && self.flags() & mask != 0
    }

    /// The codec of its records.
    ///
    /// # Errors
    /// If the attributes name none.
    pub fn compression_type(&self) -> Result<CompressionType, RecordError> {
        CompressionType::for_id(self.flags() & COMPRESSION_CODEC_MASK)
    }

    /// What its timestamps mean.
    #[must_use]
    pub fn timestamp_type(&self) -> TimestampType {
        if self.magic == 0 {
            TimestampType::NoTimestampType
        } else if self.flags() & TIMESTAMP_TYPE_MASK == 0 {
            TimestampType::CreateTime
        } else {
            TimestampType::LogAppendTime
        }
    }

    /// The timestamp from which those of the records count, in milliseconds; the delete horizon if there is one.
    #[must_use]
    pub fn base_timestamp(&self) -> Option<i64> {
        (self.magic > 1).then(|| self.long_at(BASE_TIMESTAMP_OFFSET))
    }

    /// The largest timestamp, or the time of the append, in milliseconds; -1 if there is none.
    #[must_use]
    pub fn max_timestamp(&self) -> i64 {
        match self.message() {
            Some(message) => message.timestamp(),
            None => self.long_at(MAX_TIMESTAMP_OFFSET),
        }
    }

    /// When the tombstones of this batch may go (KIP-534), in milliseconds.
    #[must_use]
    pub fn delete_horizon_ms(&self) -> Option<i64> {
        self.base_timestamp().filter(|_| self.flag(DELETE_HORIZON_FLAG_MASK))
    }

    /// Whether it belongs to a transaction.
    #[must_use]
    pub fn is_transactional(&self) -> bool {
        self.flag(TRANSACTIONAL_FLAG_MASK)
    }

    /// Whether it holds a marker or another note of Kafka to itself, and nothing for consumers.
    #[must_use]
    pub fn is_control_batch(&self) -> bool {
        self.flag(CONTROL_FLAG_MASK)
    }

    /// The idempotent producer's id; -1 if there is none.
    #[must_use]
    pub fn producer_id(&self) -> i64 {
        if self.magic < 2 { NO_PRODUCER_ID } else { self.long_at(PRODUCER_ID_OFFSET) }
    }

    /// The idempotent producer's epoch; -1 if there is none.
    #[must_use]
    pub fn producer_epoch(&self) -> i16 {
        if self.magic < 2 { NO_PRODUCER_EPOCH } else { i16::from_be_bytes(self.at(PRODUCER_EPOCH_OFFSET)) }
    }

    /// The first record's sequence number; -1 if there is none.
    #[must_use]
    pub fn base_sequence(&self) -> i32 {
        if self.magic < 2 { NO_SEQUENCE } else { self.int_at(BASE_SEQUENCE_OFFSET) }
    }

    /// The last record's sequence number; -1 if there is none.
    #[must_use]
    pub fn last_sequence(&self) -> i32 {
        match (self.base_sequence(), self.last_offset_delta()) {
            (NO_SEQUENCE, _) | (_, None) => NO_SEQUENCE,
            (base, Some(delta)) => increment_sequence(base, delta),
        }
    }

    /// How many records it claims to have; messages do not say.
    #[must_use]
    pub fn count(&self) -> Option<i32> {
        (self.magic > 1).then(|| self.int_at(RECORDS_COUNT_OFFSET))
    }

    /// What lies behind the header: the records, packed if the batch is.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        self.bytes.get(RECORD_BATCH_OVERHEAD..).unwrap_or_default()
    }

    /// Its records, unpacked into `scratch` if they must be.
    ///
    /// # Errors
    /// If the codec fails or the number of records is negative. What is wrong with a record is found when it is read.
    pub fn records<'s>(&self, scratch: &'s mut Scratch) -> Result<Records<'s>, RecordError>
    where
        'a: 's,
    {
        match self.message() {
            Some(message) => message.records(self.offset_field(), scratch),
            None => Records::of(self, scratch),
        }
    }
}

/// The sequence number that many records later; behind the largest comes 0.
#[must_use]
pub fn increment_sequence(sequence: i32, increment: i32) -> i32 {
    if sequence > i32::MAX.wrapping_sub(increment) {
        return increment.wrapping_sub(i32::MAX.wrapping_sub(sequence)).wrapping_sub(1);
    }
    sequence.wrapping_add(increment)
}

/// The sequence number that many records earlier; before 0 comes the largest.
#[must_use]
pub fn decrement_sequence(sequence: i32, decrement: i32) -> i32 {
    if sequence < decrement {
        return i32::MAX.wrapping_sub(decrement.wrapping_sub(sequence)).wrapping_add(1);
    }
    sequence.wrapping_sub(decrement)
}
