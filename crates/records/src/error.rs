//! What is wrong with a batch, in Kafka's words and under Kafka's exceptions.

use crate::compression::{CodecError, CompressionType};
use crate::layout::RECORD_BATCH_OVERHEAD;
use std::fmt;

/// The class that Kafka throws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exception {
    /// `CorruptRecordException`: the frame or its checksum is wrong; error code CORRUPT_MESSAGE.
    CorruptRecord,
    /// `InvalidRecordException`: what the checksum guards makes no sense.
    InvalidRecord,
    /// `IllegalArgumentException`: a caller, or a number, that Kafka does not foresee.
    IllegalArgument,
    /// `IllegalStateException`.
    IllegalState,
    /// `KafkaException`: a codec failed.
    Kafka,
    /// `IndexOutOfBoundsException`: an old message that ends within itself.
    IndexOutOfBounds,
}

impl Exception {
    /// The class's simple name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CorruptRecord => "CorruptRecordException",
            Self::InvalidRecord => "InvalidRecordException",
            Self::IllegalArgument => "IllegalArgumentException",
            Self::IllegalState => "IllegalStateException",
            Self::Kafka => "KafkaException",
            Self::IndexOutOfBounds => "IndexOutOfBoundsException",
        }
    }
}

/// Why bytes are no batch, or records make none. Its text is Kafka's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each says what it is in Display")]
pub enum RecordError {
    SizeBelowOverhead { size: i32 },
    UnknownMagic { magic: i8 },
    BatchTooSmall { size: usize },
    MessageTooSmall { size: usize },
    InnerMessageTooSmall,
    CrcMismatch { stored: u32, computed: u32 },
    NegativeCount { count: i32 },
    PrematureEof,
    RecordsRemaining,
    RecordBeyondBuffer { size: i32, remaining: usize },
    RecordBeyondStream { size: i32 },
    RecordSizeMismatch { size: i32, read: usize },
    NegativeHeaders { headers: i32 },
    TooManyHeaders { headers: i32 },
    NegativeHeaderKey { size: i32 },
    InvalidStructure,
    VarintTooLong { value: u64 },
    UnknownCompression { id: u8 },
    Codec(CodecError),
    LegacyZstd { magic: u8 },
    NullWrapper { magic: u8 },
    NoInnerMessages,
    WrapperOffset { wrapper: i64, last: i64 },
    NestedCompression,
    EndsWithin,
    ShortControlKey { size: usize },
    ControlVersion { version: i16 },
    ShortMarker { size: usize },
    MarkerVersion { version: i16 },
    NotAMarker,
    UnknownControlType { id: i16 },
    InvalidControlValue,
    ControlInData,
    OffsetNotIncreasing { offset: i64, last: i64 },
    NegativeTimestamp { timestamp: i64 },
    HeadersInLegacy { magic: u8 },
    OffsetDeltaTooLarge { base: i64, last: i64 },
    RecordTooLarge,
    TooManyRecords,
    TransactionalWithoutProducer,
    NegativeProducerEpoch,
    NegativeSequence,
    IdempotentLegacy { magic: u8 },
    TransactionalLegacy { magic: u8 },
    ControlLegacy { magic: u8 },
    ZstdLegacy { magic: u8 },
    DeleteHorizonLegacy { magic: u8 },
    NoTimestampType,
    InvalidMagic { magic: u8 },
    CompressionLevel { codec: CompressionType, level: i32 },
    MarkerWithoutProducer,
    MarkerOutsideTransaction,
    InvalidLeaderEpoch { epoch: i32 },
    EmptyLegacyBatch,
    NoOffsetOfMaxTimestamp { timestamp: i64 },
    NoMaxOffset,
}

impl RecordError {
    /// The class that Kafka throws.
    #[must_use]
    pub const fn exception(&self) -> Exception {
        match self {
            Self::SizeBelowOverhead { .. }
            | Self::UnknownMagic { .. }
            | Self::BatchTooSmall { .. }
            | Self::MessageTooSmall { .. }
            | Self::InnerMessageTooSmall
            | Self::CrcMismatch { .. } => Exception::CorruptRecord,
            Self::NegativeCount { .. }
            | Self::PrematureEof
            | Self::RecordsRemaining
            | Self::RecordBeyondBuffer { .. }
            | Self::RecordBeyondStream { .. }
            | Self::RecordSizeMismatch { .. }
            | Self::NegativeHeaders { .. }
            | Self::TooManyHeaders { .. }
            | Self::NegativeHeaderKey { .. }
            | Self::InvalidStructure
            | Self::LegacyZstd { .. }
            | Self::NullWrapper { .. }
            | Self::NoInnerMessages
            | Self::WrapperOffset { .. }
            | Self::NestedCompression
            | Self::ShortControlKey { .. }
            | Self::ControlVersion { .. }
            | Self::ShortMarker { .. }
            | Self::MarkerVersion { .. }
            | Self::InvalidControlValue => Exception::InvalidRecord,
            Self::VarintTooLong { .. }
            | Self::UnknownCompression { .. }
            | Self::NotAMarker
            | Self::UnknownControlType { .. }
            | Self::ControlInData
            | Self::OffsetNotIncreasing { .. }
            | Self::NegativeTimestamp { .. }
            | Self::HeadersInLegacy { .. }
            | Self::OffsetDeltaTooLarge { .. }
            | Self::RecordTooLarge
            | Self::TooManyRecords
            | Self::TransactionalWithoutProducer
            | Self::NegativeProducerEpoch
            | Self::NegativeSequence
            | Self::IdempotentLegacy { .. }
            | Self::TransactionalLegacy { .. }
            | Self::ControlLegacy { .. }
            | Self::ZstdLegacy { .. }
            | Self::DeleteHorizonLegacy { .. }
            | Self::NoTimestampType
            | Self::InvalidMagic { .. }
            | Self::CompressionLevel { .. }
            | Self::MarkerWithoutProducer
            | Self::MarkerOutsideTransaction
            | Self::InvalidLeaderEpoch { .. }
            | Self::NoOffsetOfMaxTimestamp { .. }
            | Self::NoMaxOffset => Exception::IllegalArgument,
            Self::EmptyLegacyBatch => Exception::IllegalState,
            Self::Codec(_) => Exception::Kafka,
            Self::EndsWithin => Exception::IndexOutOfBounds,
        }
    }
}

impl std::error::Error for RecordError {}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let legacy = |f: &mut fmt::Formatter<'_>, what: &str, magic: &u8| {
            write!(f, "{what} not supported for magic {magic}")
        };
        match self {
            Self::SizeBelowOverhead { size } => {
                write!(f, "Record size {size} is less than the minimum record overhead (14)")
            }
            Self::UnknownMagic { magic } => write!(f, "Invalid magic found in record: {magic}"),
            Self::BatchTooSmall { size } => write!(
                f,
                "Record batch is corrupt (the size {size} is smaller than the minimum allowed overhead {RECORD_BATCH_OVERHEAD})"
            ),
            Self::MessageTooSmall { size } => write!(
                f,
                "Record is corrupt (crc could not be retrieved as the record is too small, size = {size})"
            ),
            Self::InnerMessageTooSmall => {
                f.write_str("Record size is less than the minimum record overhead (14)")
            }
            Self::CrcMismatch { stored, computed } => {
                write!(f, "Record is corrupt (stored crc = {stored}, computed crc = {computed})")
            }
            Self::NegativeCount { count } => {
                write!(f, "Found invalid record count {count} in magic v2 batch")
            }
            Self::PrematureEof => f.write_str("Incorrect declared batch size, premature EOF reached"),
            Self::RecordsRemaining => {
                f.write_str("Incorrect declared batch size, records still remaining in file")
            }
            Self::RecordBeyondBuffer { size, remaining } => write!(
                f,
                "Invalid record size: expected {size} bytes in record payload, but instead the buffer has only {remaining} remaining bytes."
            ),
            Self::RecordBeyondStream { size } => write!(
                f,
                "Invalid record size: expected {size} bytes in record payload, but the record payload reached EOF."
            ),
            Self::RecordSizeMismatch { size, read } => write!(
                f,
                "Invalid record size: expected to read {size} bytes in record payload, but instead read {read}"
            ),
            Self::NegativeHeaders { headers } => {
                write!(f, "Found invalid number of record headers {headers}")
            }
            Self::TooManyHeaders { headers } => write!(
                f,
                "Found invalid number of record headers. {headers} is larger than the remaining size of the buffer"
            ),
            Self::NegativeHeaderKey { size } => write!(f, "Invalid negative header key size {size}"),
            Self::InvalidStructure => f.write_str("Found invalid record structure"),
            Self::VarintTooLong { value } => write!(
                f,
                "Varint is too long, the most significant bit in the 5th byte is set, converted value: {value:x}"
            ),
            Self::UnknownCompression { id } => write!(f, "Unknown compression type id: {id}"),
            Self::Codec(error) => error.fmt(f),
            Self::LegacyZstd { magic } => {
                write!(f, "Invalid wrapper compressionType found in legacy deep record iterator {magic}")
            }
            Self::NullWrapper { magic } => {
                write!(f, "Found invalid compressed record set with null value (magic = {magic})")
            }
            Self::NoInnerMessages => f.write_str("Found invalid compressed record set with no inner records"),
            Self::WrapperOffset { wrapper, last } => write!(
                f,
                "Found invalid wrapper offset in compressed v1 message set, wrapper offset '{wrapper}' is less than the last inner message offset '{last}' and it is not zero."
            ),
            Self::NestedCompression => f.write_str("Inner messages must not be compressed"),
            Self::EndsWithin => f.write_str("the message ends within itself"),
            Self::ShortControlKey { size } => write!(
                f,
                "Invalid value size found for end control record key. Must have at least 4 bytes, but found only {size}"
            ),
            Self::ControlVersion { version } => {
                write!(f, "Invalid version found for control record: {version}. May indicate data corruption")
            }
            Self::ShortMarker { size } => write!(
                f,
                "Invalid value size found for end transaction marker. Must have at least 6 bytes, but found only {size}"
            ),
            Self::MarkerVersion { version } => write!(
                f,
                "Invalid version found for end transaction marker: {version}. May indicate data corruption"
            ),
            Self::NotAMarker => f.write_str("Invalid control record type for end transaction marker"),
            Self::UnknownControlType { id } => {
                write!(f, "Cannot append record with unknown control record type {id}")
            }
            Self::InvalidControlValue => f.write_str("the control record's value ends within itself"),
            Self::ControlInData => f.write_str("Control records can only be appended to control batches"),
            Self::OffsetNotIncreasing { offset, last } => write!(
                f,
                "Illegal offset {offset} following previous offset {last} (Offsets must increase monotonically)."
            ),
            Self::NegativeTimestamp { timestamp } => write!(f, "Invalid negative timestamp {timestamp}"),
            Self::HeadersInLegacy { magic } => write!(f, "Magic v{magic} does not support record headers"),
            Self::OffsetDeltaTooLarge { base, last } => {
                write!(f, "Maximum offset delta exceeded, base offset: {base}, last offset: {last}")
            }
            Self::RecordTooLarge => f.write_str("a record may have 2147483647 bytes"),
            Self::TooManyRecords => {
                f.write_str("Maximum number of records per batch exceeded, max records: 2147483647")
            }
            Self::TransactionalWithoutProducer => {
                f.write_str("Cannot write transactional messages without a valid producer ID")
            }
            Self::NegativeProducerEpoch => f.write_str("Invalid negative producer epoch"),
            Self::NegativeSequence => f.write_str("Invalid negative sequence number used"),
            Self::IdempotentLegacy { magic } => legacy(f, "Idempotent messages are", magic),
            Self::TransactionalLegacy { magic } => legacy(f, "Transactional records are", magic),
            Self::ControlLegacy { magic } => legacy(f, "Control records are", magic),
            Self::ZstdLegacy { magic } => legacy(f, "ZStandard compression is", magic),
            Self::DeleteHorizonLegacy { magic } => legacy(f, "Delete horizon timestamp is", magic),
            Self::NoTimestampType => f.write_str("TimestampType must be set for magic >= 0"),
            Self::InvalidMagic { magic } => write!(f, "Invalid magic value {magic}"),
            Self::CompressionLevel { codec, level } => {
                write!(f, "{} doesn't support given compression level: {level}", codec.name())
            }
            Self::MarkerWithoutProducer => f.write_str("End transaction marker requires a valid producerId"),
            Self::MarkerOutsideTransaction => {
                f.write_str("End transaction marker depends on batch transactional flag being enabled")
            }
            Self::InvalidLeaderEpoch { epoch } => {
                write!(f, "Partition leader epoch must be valid, but get {epoch}")
            }
            Self::EmptyLegacyBatch => f.write_str("Empty batches are only supported for magic v2 and above"),
            Self::NoOffsetOfMaxTimestamp { timestamp } => {
                write!(f, "shallowOffset undefined for maximum timestamp {timestamp}")
            }
            Self::NoMaxOffset => f.write_str("maxOffset undefined"),
        }
    }
}
