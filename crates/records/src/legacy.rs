//! The formats before batches: a message of magic 0 or 1, which may wrap others that are compressed together
//! (`LegacyRecord`, `AbstractLegacyRecordBatch`).

use crate::compression::{CompressionType, Scratch, take};
use crate::layout::{
    COMPRESSION_CODEC_MASK, LEGACY_OVERHEAD_V0, LEGACY_OVERHEAD_V1, LOG_OVERHEAD, NO_SEQUENCE, NO_TIMESTAMP,
    TIMESTAMP_TYPE_MASK,
};
use crate::{Headers, Record, RecordError, Records, crc32};

/// A message, without the offset and size before it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message<'a> {
    bytes: &'a [u8],
}

impl<'a> Message<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub fn checksum(&self) -> u32 {
        u32::from_be_bytes(self.bytes.first_chunk().copied().unwrap_or_default())
    }

    pub fn compute_checksum(&self) -> u32 {
        crc32(self.bytes.get(4..).unwrap_or_default())
    }

    pub fn ensure_valid(&self) -> Result<(), RecordError> {
        if self.bytes.len() < LEGACY_OVERHEAD_V0 {
            return Err(RecordError::MessageTooSmall { size: self.bytes.len() });
        }
        let (stored, computed) = (self.checksum(), self.compute_checksum());
        if stored == computed { Ok(()) } else { Err(RecordError::CrcMismatch { stored, computed }) }
    }

    pub fn magic(&self) -> u8 {
        self.bytes.get(4).copied().unwrap_or_default()
    }

    pub fn attributes(&self) -> u8 {
        self.bytes.get(5).copied().unwrap_or_default()
    }

    pub fn codec_id(&self) -> u8 {
        self.attributes() & COMPRESSION_CODEC_MASK
    }

    /// Its own timestamp, in milliseconds; -1 in magic 0.
    pub fn timestamp(&self) -> i64 {
        if self.magic() == 0 {
            return NO_TIMESTAMP;
        }
        let field = self.bytes.get(6..).and_then(|rest| rest.first_chunk());
        field.map_or(0, |field| i64::from_be_bytes(*field))
    }

    fn is_log_append_time(&self) -> bool {
        self.magic() > 0 && self.attributes() & TIMESTAMP_TYPE_MASK != 0
    }

    /// The two byte strings behind the header.
    fn key_and_value(&self) -> Result<[Option<&'a [u8]>; 2], RecordError> {
        let header = if self.magic() == 0 { 6 } else { 14 };
        let mut rest = self.bytes.get(header..).ok_or(RecordError::EndsWithin)?;
        let mut delimited = || -> Result<Option<&'a [u8]>, RecordError> {
            let size = take(&mut rest).map(i32::from_be_bytes).ok_or(RecordError::EndsWithin)?;
            let Ok(size) = usize::try_from(size) else { return Ok(None) };
            let (found, behind) = rest.split_at_checked(size).ok_or(RecordError::EndsWithin)?;
            rest = behind;
            Ok(Some(found))
        };
        Ok([delimited()?, delimited()?])
    }

    fn record(&self, offset: i64, log_append_time: Option<i64>) -> Result<Record<'a>, RecordError> {
        let [key, value] = self.key_and_value()?;
        Ok(Record {
            offset,
            timestamp: log_append_time.filter(|_| self.magic() > 0).unwrap_or_else(|| self.timestamp()),
            sequence: NO_SEQUENCE,
            key,
            value,
            headers: Headers::default(),
            size_in_bytes: self.bytes.len() + LOG_OVERHEAD,
            magic: self.magic(),
            attributes: self.attributes(),
        })
    }

    /// Its records: itself, or those that it wraps.
    pub fn records<'s>(self, offset: i64, scratch: &'s mut Scratch) -> Result<Records<'s>, RecordError>
    where
        'a: 's,
    {
        let codec = CompressionType::for_id(self.codec_id())?;
        if codec == CompressionType::None {
            let alone = Messages { one: Some((offset, self)), rest: &[], base: 0, log_append_time: None };
            return Ok(Records::of_messages(alone));
        }
        let magic = self.magic();
        if codec == CompressionType::Zstd {
            return Err(RecordError::LegacyZstd { magic });
        }
        let [_, value] = self.key_and_value()?;
        let packed = value.ok_or(RecordError::NullWrapper { magic })?;
        let rest = scratch.unpack(codec, magic, packed)?;
        let base = if magic == 1 { base_offset(rest, offset)? } else { has_messages(rest).map(|()| 0)? };
        let log_append_time = (magic == 1 && self.is_log_append_time()).then(|| self.timestamp());
        Ok(Records::of_messages(Messages { one: None, rest, base, log_append_time }))
    }
}

/// Inner messages of magic 1 count from 0; the wrapper has the last one's offset.
fn base_offset(bytes: &[u8], wrapper: i64) -> Result<i64, RecordError> {
    has_messages(bytes)?;
    let mut rest = bytes;
    let mut last = 0;
    while let Some((offset, _)) = cut(&mut rest)? {
        last = offset;
    }
    match wrapper {
        // What some versions of librdkafka send.
        0 => Ok(0),
        _ if wrapper < last => Err(RecordError::WrapperOffset { wrapper, last }),
        _ => Ok(wrapper.wrapping_sub(last)),
    }
}

fn has_messages(mut bytes: &[u8]) -> Result<(), RecordError> {
    cut(&mut bytes)?.map(|_| ()).ok_or(RecordError::NoInnerMessages)
}

/// Takes a message off the front; nothing where it is cut off.
fn cut<'a>(rest: &mut &'a [u8]) -> Result<Option<(i64, Message<'a>)>, RecordError> {
    let mut ahead = *rest;
    let (Some(offset), Some(size)) = (take(&mut ahead), take(&mut ahead)) else { return Ok(None) };
    let size = usize::try_from(i32::from_be_bytes(size)).unwrap_or(0);
    if size < LEGACY_OVERHEAD_V0 {
        return Err(RecordError::InnerMessageTooSmall);
    }
    let Some((message, behind)) = ahead.split_at_checked(size) else { return Ok(None) };
    *rest = behind;
    Ok(Some((i64::from_be_bytes(offset), Message::new(message))))
}

/// A message, or the messages inside one.
#[derive(Clone, Debug)]
pub(crate) struct Messages<'a> {
    one: Option<(i64, Message<'a>)>,
    rest: &'a [u8],
    base: i64,
    log_append_time: Option<i64>,
}

impl<'a> Messages<'a> {
    pub fn next(&mut self) -> Option<Result<Record<'a>, RecordError>> {
        if let Some((offset, message)) = self.one.take() {
            let time = message.is_log_append_time().then(|| message.timestamp());
            return Some(message.record(offset, time));
        }
        let (offset, message) = match cut(&mut self.rest).transpose()? {
            Ok(found) => found,
            Err(error) => return Some(Err(error)),
        };
        if message.codec_id() != 0 {
            return Some(Err(RecordError::NestedCompression));
        }
        // Only what is itself of magic 1 takes the wrapper's time.
        let time = self.log_append_time.filter(|_| message.magic() == 1);
        Some(message.record(self.base.wrapping_add(offset), time))
    }
}

/// The bytes beside key and value, behind offset and size.
pub(crate) const fn overhead(magic: u8) -> usize {
    if magic == 0 { LEGACY_OVERHEAD_V0 } else { LEGACY_OVERHEAD_V1 }
}

/// Writes a message with its offset and size; `attributes` tells codec and timestamp type.
pub(crate) fn write(
    out: &mut Vec<u8>,
    magic: u8,
    offset: i64,
    attributes: u8,
    timestamp: i64,
    [key, value]: [Option<&[u8]>; 2],
) -> Result<(), RecordError> {
    let length = |bytes: Option<&[u8]>| match bytes {
        None => Ok(-1),
        Some(bytes) => i32::try_from(bytes.len()).map_err(|_| RecordError::RecordTooLarge),
    };
    let size = overhead(magic) + key.map_or(0, <[u8]>::len) + value.map_or(0, <[u8]>::len);
    let size = i32::try_from(size).map_err(|_| RecordError::RecordTooLarge)?;
    out.extend_from_slice(&offset.to_be_bytes());
    out.extend_from_slice(&size.to_be_bytes());
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&[magic, attributes]);
    if magic > 0 {
        out.extend_from_slice(&timestamp.to_be_bytes());
    }
    for bytes in [key, value] {
        out.extend_from_slice(&length(bytes)?.to_be_bytes());
        out.extend_from_slice(bytes.unwrap_or_default());
    }
    let crc = crc32(out.get(start + 4..).unwrap_or_default());
    if let Some(field) = out.get_mut(start..).and_then(|rest| rest.first_chunk_mut()) {
        *field = crc.to_be_bytes();
    }
    Ok(())
}

/// A message's attributes.
pub(crate) const fn attributes(magic: u8, codec: CompressionType, log_append_time: bool) -> u8 {
    let codec = codec.id() & COMPRESSION_CODEC_MASK;
    if magic > 0 && log_append_time { codec | TIMESTAMP_TYPE_MASK } else { codec }
}
