//! Kafka's record batches as bytes (`org.apache.kafka.common.record`).
//!
//! What is on a broker's disk and in a produce request: [`Batch`] reads a batch's header where it lies, [`Records`]
//! goes over its records without copying, [`BatchBuilder`] writes one, [`filter_to`] rewrites batches as the log
//! cleaner does, [`fields()`] says what each byte means. Numbers are plain integers, as on the wire.
//!
//! There is no log here, no offset is assigned and no clock is read. Nothing panics, whatever the bytes: a batch that
//! lies gets a [`RecordError`] with the name of Kafka's exception, and never more memory than a named limit.
//!
//! ```
//! use millrace_records::{Batches, BatchBuilder, BatchOptions, Scratch};
//!
//! # fn main() -> Result<(), millrace_records::RecordError> {
//! let mut scratch = Scratch::default();
//! let mut builder = BatchBuilder::new(BatchOptions::default(), Vec::new())?;
//! builder.append(1_700_000_000_000, Some(b"key"), Some(b"value"), &[])?;
//! let bytes = builder.build(&mut scratch)?;
//! for batch in Batches::new(&bytes) {
//!     let batch = batch?;
//!     batch.ensure_valid()?;
//!     for record in batch.records(&mut scratch)? {
//!         assert_eq!(record?.value, Some(&b"value"[..]));
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod batch;
mod batches;
mod builder;
pub mod compression;
pub mod control;
mod crc;
mod error;
mod fields;
mod filter;
pub mod layout;
mod legacy;
mod record;
mod records;
mod timestamp_type;
pub mod varint;

pub use batch::{Batch, decrement_sequence, increment_sequence};
pub use batches::{Batches, valid_bytes};
pub use builder::{BatchBuilder, BatchOptions, RecordsInfo};
pub use compression::{Codecs, Compression, CompressionType, Scratch};
pub use crc::{crc32, crc32c};
pub use error::{Exception, RecordError};
pub use fields::{Field, FieldValue, attribute_words, fields, record_fields};
pub use filter::{
    BatchRetention, BatchRetentionResult, FilterResult, FilterSettings, RecordFilter, filter_to,
};
pub use record::{Headers, Record, RecordHeader};
pub use records::Records;
pub use timestamp_type::TimestampType;
