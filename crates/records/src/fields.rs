//! What each byte of a batch is, for a reader who looks at bytes: name, place, value, meaning.
//!
//! Names are those of Kafka's documentation of the format. The fields follow each other without a gap: what makes no
//! sense is a field, too, the last one.

use crate::compression::CompressionType;
use crate::layout::RECORD_BATCH_OVERHEAD;
use crate::varint::{read_varint, read_varlong};
use crate::{Batch, TimestampType};
use std::fmt;
use std::ops::Range;

/// One field of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Which bytes, counted from the batch's first (for [`record_fields`]: from the first of the bytes given).
    pub range: Range<usize>,
    /// Which record of the batch it belongs to, counted from 0; none if it is the header's.
    pub record: Option<usize>,
    /// What stands there.
    pub value: FieldValue,
    /// What it means, in a sentence.
    pub meaning: &'static str,
}

/// What stands in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// A number.
    Number(i64),
    /// A checksum, shown in hexadecimal.
    Checksum(u32),
    /// Bits, shown in binary.
    Bits(u16),
    /// Bytes that mean something to the producer alone, or are packed.
    Bytes,
}

impl fmt::Display for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Checksum(crc) => write!(f, "{crc:08x}"),
            Self::Bits(bits) => write!(f, "{bits:b}"),
            Self::Bytes => Ok(()),
        }
    }
}

/// What a batch's attributes say, in words.
#[must_use]
pub fn attribute_words(batch: &Batch<'_>) -> Vec<&'static str> {
    let mut words = vec![batch.compression_type().map_or("unknown codec", CompressionType::name)];
    if batch.timestamp_type() != TimestampType::NoTimestampType {
        words.push(batch.timestamp_type().name());
    }
    for (is, word) in [
        (batch.is_transactional(), "transactional"),
        (batch.is_control_batch(), "control"),
        (batch.delete_horizon_ms().is_some(), "delete horizon"),
    ] {
        if is {
            words.push(word);
        }
    }
    words
}

/// The fields of a batch: its header, and those of at most `most` records if they are not packed.
#[must_use]
pub fn fields(batch: &Batch<'_>, most: usize) -> Vec<Field> {
    let mut list = List { bytes: batch.bytes(), rest: batch.bytes(), record: None, fields: Vec::new() };
    if batch.magic() < 2 {
        list.message(batch.magic());
        return list.fields;
    }
    list.header(batch.delete_horizon_ms().is_some());
    if batch.compression_type() == Ok(CompressionType::None) {
        list.records(most);
    } else {
        list.remainder("records", "the records, packed by the codec that the attributes name");
    }
    list.fields
}

/// The fields of at most `most` records that lie one behind the other, as a packed batch has them once unpacked.
#[must_use]
pub fn record_fields(bytes: &[u8], most: usize) -> Vec<Field> {
    let mut list = List { bytes, rest: bytes, record: None, fields: Vec::new() };
    list.records(most);
    list.fields
}

struct List<'a> {
    bytes: &'a [u8],
    rest: &'a [u8],
    record: Option<usize>,
    fields: Vec<Field>,
}

impl List<'_> {
    fn push(&mut self, name: &'static str, value: FieldValue, rest: usize, meaning: &'static str) {
        let range = self.bytes.len() - self.rest.len()..self.bytes.len() - rest;
        self.rest = self.bytes.get(range.end..).unwrap_or_default();
        self.fields.push(Field { name, range, record: self.record, value, meaning });
    }

    /// Whatever is left.
    fn remainder(&mut self, name: &'static str, meaning: &'static str) {
        if !self.rest.is_empty() {
            self.push(name, FieldValue::Bytes, 0, meaning);
        }
    }

    /// A big-endian number of `size` bytes; nothing where the bytes end.
    fn number(&mut self, name: &'static str, size: usize, meaning: &'static str) -> Option<i64> {
        let (field, rest) = self.rest.split_at_checked(size)?;
        let negative = field.first().is_some_and(|byte| byte & 0x80 != 0);
        let value = field.iter().fold(if negative { -1 } else { 0 }, |sum, byte| sum << 8 | i64::from(*byte));
        let rest = rest.len();
        self.push(name, FieldValue::Number(value), rest, meaning);
        Some(value)
    }

    /// Says of the last field what its number is rather.
    fn as_value(&mut self, value: impl FnOnce(i64) -> FieldValue) {
        if let Some(Field { value: place @ FieldValue::Number(_), .. }) = self.fields.last_mut()
            && let FieldValue::Number(number) = *place
        {
            *place = value(number);
        }
    }

    fn varint(&mut self, name: &'static str, meaning: &'static str) -> Option<i32> {
        let mut rest = self.rest;
        let value = read_varint(&mut rest).ok()?;
        self.push(name, FieldValue::Number(i64::from(value)), rest.len(), meaning);
        Some(value)
    }

    fn varlong(&mut self, name: &'static str, meaning: &'static str) -> Option<i64> {
        let mut rest = self.rest;
        let value = read_varlong(&mut rest).ok()?;
        self.push(name, FieldValue::Number(value), rest.len(), meaning);
        Some(value)
    }

    /// Bytes behind their length; null has none.
    fn sized(&mut self, name: &'static str, size: i64, meaning: &'static str) -> Option<()> {
        let Ok(size) = usize::try_from(size) else { return Some(()) };
        let rest = self.rest.len().checked_sub(size)?;
        if size > 0 {
            self.push(name, FieldValue::Bytes, rest, meaning);
        }
        Some(())
    }

    fn header(&mut self, horizon: bool) {
        if self.bytes.len() < RECORD_BATCH_OVERHEAD {
            self.remainder("remainder", "a header that is cut off");
            return;
        }
        let base_timestamp = if horizon {
            "when the tombstones of this batch may go (its delete horizon), in ms; record timestamps count from it"
        } else {
            "the first record's timestamp in ms, from which the others count"
        };
        let crc = |number: i64| FieldValue::Checksum(number as u32);
        let bits = |number: i64| FieldValue::Bits(number as u16);
        self.number("baseOffset", 8, "the offset of the first record; the broker fills it in");
        self.number("batchLength", 4, "how many bytes follow");
        self.number(
            "partitionLeaderEpoch",
            4,
            "the epoch of the leader that appended it; not under the checksum",
        );
        self.number("magic", 1, "the version of the format");
        self.number("crc", 4, "CRC-32C of everything behind it");
        self.as_value(crc);
        self.number(
            "attributes",
            2,
            "codec (3 bits), timestamp type, transactional, control, delete horizon",
        );
        self.as_value(bits);
        self.number("lastOffsetDelta", 4, "the last record's offset, counted from the base offset");
        self.number("baseTimestamp", 8, base_timestamp);
        self.number("maxTimestamp", 8, "the largest timestamp in ms, or when the broker appended the batch");
        self.number("producerId", 8, "the idempotent producer; -1 if there is none");
        self.number("producerEpoch", 2, "its epoch: an older one is fenced");
        self.number("baseSequence", 4, "the first record's sequence number: how a broker knows a duplicate");
        self.number("recordsCount", 4, "how many records follow");
    }

    fn records(&mut self, most: usize) {
        for record in 0..most {
            if self.rest.is_empty() {
                break;
            }
            self.record = Some(record);
            if self.one_record().is_none() {
                self.remainder("remainder", "what makes no record");
            }
        }
        self.record = None;
        self.remainder("records", "further records");
    }

    fn one_record(&mut self) -> Option<()> {
        self.varint("length", "how many bytes of this record follow")?;
        self.number("attributes", 1, "not in use")?;
        self.varlong("timestampDelta", "the timestamp in ms, counted from the batch's base timestamp")?;
        self.varint("offsetDelta", "the offset, counted from the batch's base offset")?;
        let size = self.varint("keyLength", "the key's length; -1 is null")?;
        self.sized("key", i64::from(size), "the key")?;
        let size = self.varint("valueLength", "the value's length; -1 is null, a tombstone")?;
        self.sized("value", i64::from(size), "the value")?;
        for _ in 0..self.varint("headersCount", "how many headers follow")? {
            let size = self.varint("headerKeyLength", "the length of the header's key")?;
            self.sized("headerKey", i64::from(size), "the header's key")?;
            let size = self.varint("headerValueLength", "the length of the header's value; -1 is null")?;
            self.sized("headerValue", i64::from(size), "the header's value")?;
        }
        Some(())
    }

    fn message(&mut self, magic: u8) {
        if self.one_message(magic).is_none() {
            self.remainder("remainder", "a message that is cut off");
        }
        self.remainder("remainder", "what belongs to no message");
    }

    fn one_message(&mut self, magic: u8) -> Option<()> {
        self.number("offset", 8, "the message's offset; of one that wraps others, the last one's")?;
        self.number("message_size", 4, "how many bytes follow")?;
        self.number("crc", 4, "CRC-32 of everything behind it")?;
        self.as_value(|number| FieldValue::Checksum(number as u32));
        self.number("magic", 1, "the version of the format")?;
        self.number("attributes", 1, "codec (3 bits), timestamp type")?;
        self.as_value(|number| FieldValue::Bits((number & 0xff) as u16));
        if magic > 0 {
            self.number("timestamp", 8, "the timestamp in ms")?;
        }
        let size = self.number("key_length", 4, "the key's length; -1 is null")?;
        self.sized("key", size, "the key")?;
        let size = self.number("value_length", 4, "the value's length; -1 is null")?;
        self.sized("value", size, "the value, or the messages that it wraps, packed")
    }
}
