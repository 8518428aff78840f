//! Going over the records of a batch (`DefaultRecordBatch.iterator`).

use crate::compression::{CompressionType, Scratch};
use crate::legacy::Messages;
use crate::record::Base;
use crate::varint::{VarintError, read_varint};
use crate::{Batch, Record, RecordError, TimestampType};

/// The records of one batch. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    state: State<'a>,
}

#[derive(Clone, Debug)]
enum State<'a> {
    Batch { rest: &'a [u8], left: i32, base: Base, unpacked: bool },
    Messages(Messages<'a>),
    Done,
}

impl<'a> Records<'a> {
    pub(crate) fn of<'s>(batch: &Batch<'a>, scratch: &'s mut Scratch) -> Result<Records<'s>, RecordError>
    where
        'a: 's,
    {
        let count = batch.count().unwrap_or(0);
        if count == 0 {
            return Ok(Records { state: State::Done });
        }
        let codec = batch.compression_type()?;
        let unpacked = codec != CompressionType::None;
        let rest = if unpacked { scratch.unpack(codec, 2, batch.payload())? } else { batch.payload() };
        if count < 0 {
            return Err(RecordError::NegativeCount { count });
        }
        let is_log_append_time = batch.timestamp_type() == TimestampType::LogAppendTime;
        let base = Base {
            offset: batch.offset_field(),
            timestamp: batch.base_timestamp().unwrap_or_default(),
            sequence: batch.base_sequence(),
            log_append_time: is_log_append_time.then(|| batch.max_timestamp()),
        };
        Ok(Records { state: State::Batch { rest, left: count, base, unpacked } })
    }

    pub(crate) const fn of_messages(messages: Messages<'a>) -> Self {
        Self { state: State::Messages(messages) }
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, RecordError>;

    // Not inlined elsewhere: this crate is compiled for speed, those that use it for size.
    fn next(&mut self) -> Option<Self::Item> {
        let found = match &mut self.state {
            State::Batch { rest, left, base, unpacked } => {
                if *left == 0 {
                    return None;
                }
                *left -= 1;
                let read = if *unpacked { read_unpacked(rest, base) } else { read_plain(rest, base) };
                match read {
                    // Whoever says how many there are must be right about where they end.
                    Ok(_) if *left == 0 && !rest.is_empty() => Some(Err(RecordError::RecordsRemaining)),
                    read => Some(read),
                }
            }
            State::Messages(messages) => messages.next(),
            State::Done => None,
        };
        if !matches!(found, Some(Ok(_))) {
            self.state = State::Done;
        }
        found
    }
}

#[inline]
fn read_plain<'a>(rest: &mut &'a [u8], base: &Base) -> Result<Record<'a>, RecordError> {
    let size = read_varint(rest).map_err(|error| match error {
        VarintError::Underflow => RecordError::PrematureEof,
        // This one slips through Kafka's net: it is no BufferUnderflowException.
        VarintError::TooLong(value) => RecordError::VarintTooLong { value },
    })?;
    if i64::from(size) > rest.len() as i64 {
        return Err(RecordError::RecordBeyondBuffer { size, remaining: rest.len() });
    }
    Record::read_body(rest, size, base)
}

/// From a stream Kafka first reads the record's bytes into a buffer of its own, which is where a lie shows.
#[inline]
fn read_unpacked<'a>(rest: &mut &'a [u8], base: &Base) -> Result<Record<'a>, RecordError> {
    let size = read_varint(rest).map_err(|_| RecordError::PrematureEof)?;
    let length = usize::try_from(size).map_err(|_| RecordError::PrematureEof)?;
    let (mut body, behind) = rest.split_at_checked(length).ok_or(RecordError::RecordBeyondStream { size })?;
    *rest = behind;
    Record::read_body(&mut body, size, base)
}
