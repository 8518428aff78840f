//! One record of a batch (`DefaultRecord`): reading it where it lies, and its headers.

use crate::batch::increment_sequence;
use crate::layout::NO_SEQUENCE;
use crate::varint::{read_varint, read_varlong, size_of_varint};
use crate::{RecordError, varint};

/// A record, borrowing from its batch (or from where that was unpacked).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its place in the partition.
    pub offset: i64,
    /// CreateTime, or the batch's LogAppendTime, in milliseconds; -1 if there is none.
    pub timestamp: i64,
    /// Its sequence number; -1 without an idempotent producer.
    pub sequence: i32,
    /// The key; `None` is null.
    pub key: Option<&'a [u8]>,
    /// The value; `None` is null, a tombstone.
    pub value: Option<&'a [u8]>,
    /// Its headers, in order.
    pub headers: Headers<'a>,
    /// What it takes in its batch before compression, its own length included.
    pub size_in_bytes: usize,
    /// The format that it is in: a message inside a compressed one may have another than that.
    pub magic: u8,
    /// Its attributes; none are in use.
    pub attributes: u8,
}

/// A header: a key that is not null, and a value that may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordHeader<'a> {
    /// Its key, in UTF-8 if the producer is honest.
    pub key: &'a [u8],
    /// Its value.
    pub value: Option<&'a [u8]>,
}

/// The headers of a record, read again each time they are gone over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Headers<'a> {
    bytes: &'a [u8],
    left: i32,
}

impl Headers<'_> {
    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::try_from(self.left).unwrap_or(0)
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.left == 0
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = RecordHeader<'a>;

    fn next(&mut self) -> Option<RecordHeader<'a>> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        // They have been read before, when the record was.
        read_header(&mut self.bytes).ok()
    }
}

/// What the records of a batch have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Base {
    pub offset: i64,
    pub timestamp: i64,
    pub sequence: i32,
    pub log_append_time: Option<i64>,
}

impl From<varint::VarintError> for RecordError {
    /// Within a record, Kafka says no more than that.
    fn from(_: varint::VarintError) -> Self {
        Self::InvalidStructure
    }
}

/// As `Utils.readBytes`: a negative size is null.
#[inline(always)]
fn read_bytes<'a>(bytes: &mut &'a [u8], size: i32) -> Result<Option<&'a [u8]>, RecordError> {
    let Ok(size) = usize::try_from(size) else { return Ok(None) };
    let (found, rest) = bytes.split_at_checked(size).ok_or(RecordError::InvalidStructure)?;
    *bytes = rest;
    Ok(Some(found))
}

fn read_header<'a>(bytes: &mut &'a [u8]) -> Result<RecordHeader<'a>, RecordError> {
    let size = read_varint(bytes)?;
    if size < 0 {
        return Err(RecordError::NegativeHeaderKey { size });
    }
    let key = read_bytes(bytes, size)?.unwrap_or_default();
    let size = read_varint(bytes)?;
    Ok(RecordHeader { key, value: read_bytes(bytes, size)? })
}

#[inline(always)]
fn read_headers<'a>(bytes: &mut &'a [u8]) -> Result<Headers<'a>, RecordError> {
    match read_varint(bytes)? {
        0 => Ok(Headers::default()),
        headers => read_some_headers(bytes, headers),
    }
}

fn read_some_headers<'a>(bytes: &mut &'a [u8], headers: i32) -> Result<Headers<'a>, RecordError> {
    let left = usize::try_from(headers).map_err(|_| RecordError::NegativeHeaders { headers })?;
    if left > bytes.len() {
        return Err(RecordError::TooManyHeaders { headers });
    }
    let all = *bytes;
    for _ in 0..left {
        read_header(bytes)?;
    }
    Ok(Headers { bytes: all, left: headers })
}

impl<'a> Record<'a> {
    /// Reads a record's body, `size` bytes by its own account, off the front of `bytes`, which may go on behind it.
    #[inline(always)]
    pub(crate) fn read_body(bytes: &mut &'a [u8], size: i32, base: &Base) -> Result<Self, RecordError> {
        let before = bytes.len();
        let (attributes, rest) = bytes.split_first().ok_or(RecordError::InvalidStructure)?;
        *bytes = rest;
        let timestamp_delta = read_varlong(bytes)?;
        let offset_delta = read_varint(bytes)?;
        let size_of_key = read_varint(bytes)?;
        let key = read_bytes(bytes, size_of_key)?;
        let size_of_value = read_varint(bytes)?;
        let value = read_bytes(bytes, size_of_value)?;
        let headers = read_headers(bytes)?;
        let read = before - bytes.len();
        if usize::try_from(size) != Ok(read) {
            return Err(RecordError::RecordSizeMismatch { size, read });
        }
        let sequence =
            if base.sequence >= 0 { increment_sequence(base.sequence, offset_delta) } else { NO_SEQUENCE };
        Ok(Record {
            offset: base.offset.wrapping_add(i64::from(offset_delta)),
            timestamp: match base.log_append_time {
                Some(time) => time,
                None => base.timestamp.wrapping_add(timestamp_delta),
            },
            sequence,
            key,
            value,
            headers,
            size_in_bytes: size_of_varint(size) + read,
            magic: 2,
            attributes: *attributes,
        })
    }
}
