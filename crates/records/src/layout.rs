//! Where in a batch what lies, and the numbers that mean "none" (`DefaultRecordBatch`, `LegacyRecord`, `RecordBatch`).

/// Base offset and length: what stands before everything that `batch_length` counts.
pub const LOG_OVERHEAD: usize = 12;
/// Where a batch's length lies; it counts the bytes behind itself.
pub const LENGTH_OFFSET: usize = 8;
/// Where the partition leader's epoch lies.
pub const PARTITION_LEADER_EPOCH_OFFSET: usize = 12;
/// Where the magic byte lies, in every format.
pub const MAGIC_OFFSET: usize = 16;
/// What must be there before a batch's format can be told.
pub const HEADER_SIZE_UP_TO_MAGIC: usize = 17;
/// Where the CRC-32C lies; it guards everything behind itself.
pub const CRC_OFFSET: usize = 17;
/// Where the attributes lie.
pub const ATTRIBUTES_OFFSET: usize = 21;
/// Where the last record's offset lies, counted from the base offset.
pub const LAST_OFFSET_DELTA_OFFSET: usize = 23;
/// Where the timestamp lies from which those of the records count, or the delete horizon.
pub const BASE_TIMESTAMP_OFFSET: usize = 27;
/// Where the largest timestamp lies, or the time of the append.
pub const MAX_TIMESTAMP_OFFSET: usize = 35;
/// Where the producer's id lies.
pub const PRODUCER_ID_OFFSET: usize = 43;
/// Where the producer's epoch lies.
pub const PRODUCER_EPOCH_OFFSET: usize = 51;
/// Where the first record's sequence number lies.
pub const BASE_SEQUENCE_OFFSET: usize = 53;
/// Where the number of records lies.
pub const RECORDS_COUNT_OFFSET: usize = 57;
/// Where the records begin: the size of a batch without any.
pub const RECORD_BATCH_OVERHEAD: usize = 61;

/// The attributes' bits for the codec.
pub const COMPRESSION_CODEC_MASK: u8 = 0x07;
/// The attributes' bit for LogAppendTime.
pub const TIMESTAMP_TYPE_MASK: u8 = 0x08;
/// The attributes' bit of a transaction's batch.
pub const TRANSACTIONAL_FLAG_MASK: u8 = 0x10;
/// The attributes' bit of a control batch.
pub const CONTROL_FLAG_MASK: u8 = 0x20;
/// The attributes' bit that makes the base timestamp a delete horizon (KIP-534).
pub const DELETE_HORIZON_FLAG_MASK: u8 = 0x40;

/// The format that is written today.
pub const CURRENT_MAGIC_VALUE: u8 = 2;
/// No timestamp.
pub const NO_TIMESTAMP: i64 = -1;
/// No idempotent producer.
pub const NO_PRODUCER_ID: i64 = -1;
/// No idempotent producer.
pub const NO_PRODUCER_EPOCH: i16 = -1;
/// No sequence number.
pub const NO_SEQUENCE: i32 = -1;
/// Not known: what a producer sends.
pub const NO_PARTITION_LEADER_EPOCH: i32 = -1;

/// Bytes that a message of magic 0 takes beside key and value, behind offset and size.
pub const LEGACY_OVERHEAD_V0: usize = 14;
/// Bytes that a message of magic 1 takes beside key and value, behind offset and size.
pub const LEGACY_OVERHEAD_V1: usize = 22;
