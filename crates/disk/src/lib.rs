//! A partition's log as the files that Kafka keeps of it: batches, segments and indexes as bytes (`LogSegment`, `OffsetIndex`,
//! `TimeIndex`).
//!
//! The broker's logs hold records, not bytes; here the bytes are made for who asks for them. Nothing is read back.

use millrace_broker::log::segments::LogSegment;
use millrace_encode::bytes;
use millrace_model::{Offset, Timestamp};
use millrace_records::{Compression, RecordError, Scratch};

/// A segment's `.log`, each batch packed as it was appended.
///
/// # Errors
/// As [`millrace_encode::bytes`].
pub fn log(segment: &LogSegment) -> Result<Vec<u8>, RecordError> {
    let mut scratch = Scratch::default();
    let mut log = Vec::new();
    for logged in segment.batches() {
        let compression = Compression::of(logged.stored.batch.compression);
        log.extend(bytes(&logged.stored, compression, &mut scratch)?);
    }
    Ok(log)
}

/// A segment's `.index`: for each entry how far the offset is from the segment's first one, and where its batch begins, in four
/// bytes each.
#[must_use]
pub fn index(segment: &LogSegment) -> Vec<u8> {
    let entry =
        |(offset, position): (Offset, u32)| [relative(offset, segment), position.to_be_bytes()].concat();
    segment.offset_index().entries().flat_map(entry).collect()
}

/// A segment's `.timeindex`: for each entry a timestamp in eight bytes, and how far the offset is in four.
#[must_use]
pub fn time_index(segment: &LogSegment) -> Vec<u8> {
    let entry = |(timestamp, offset): (Timestamp, Offset)| {
        [timestamp.0.to_be_bytes().as_slice(), &relative(offset, segment)].concat()
    };
    segment.time_index().entries().flat_map(entry).collect()
}

/// The name of a segment's files, without what follows the dot (`LogFileUtils.filenamePrefixFromOffset`).
#[must_use]
pub fn name(base_offset: Offset) -> String {
    format!("{:020}", base_offset.0)
}

/// How far an offset is from where the segment begins, in four bytes.
fn relative(offset: Offset, segment: &LogSegment) -> [u8; 4] {
    i32::try_from(offset.0.saturating_sub(segment.base_offset().0)).unwrap_or(i32::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_by_its_first_offset() {
        assert_eq!(name(Offset(42)), "00000000000000000042");
    }
}
