//! Cutting bytes into batches (`ByteBufferLogInputStream`, `MemoryRecords.batches`).

use crate::layout::{
    CURRENT_MAGIC_VALUE, HEADER_SIZE_UP_TO_MAGIC, LEGACY_OVERHEAD_V0, LENGTH_OFFSET, LOG_OVERHEAD,
    MAGIC_OFFSET,
};
use crate::{Batch, RecordError};

/// The batches that lie one behind the other in some bytes.
///
/// Ends silently where a batch is cut off, as a fetch may cut it; ends with an error where none can begin.
#[derive(Clone, Debug)]
pub struct Batches<'a> {
    rest: &'a [u8],
}

impl<'a> Batches<'a> {
    /// The batches of some bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    fn cut(&mut self) -> Result<Option<Batch<'a>>, RecordError> {
        let Some(size) = self.rest.get(LENGTH_OFFSET..).and_then(|rest| rest.first_chunk()) else {
            return Ok(None);
        };
        let size = i32::from_be_bytes(*size);
        // The smallest overhead of all formats; what is stricter comes later.
        let Some(size) = usize::try_from(size).ok().filter(|size| *size >= LEGACY_OVERHEAD_V0) else {
            return Err(RecordError::SizeBelowOverhead { size });
        };
        if self.rest.len() < HEADER_SIZE_UP_TO_MAGIC {
            return Ok(None);
        }
        let magic = self.rest.get(MAGIC_OFFSET).copied().unwrap_or_default();
        if magic > CURRENT_MAGIC_VALUE {
            return Err(RecordError::UnknownMagic { magic: magic.cast_signed() });
        }
        let Some((batch, rest)) = self.rest.split_at_checked(size.saturating_add(LOG_OVERHEAD)) else {
            return Ok(None);
        };
        self.rest = rest;
        Ok(Some(Batch::new(batch, magic)))
    }
}

impl<'a> Iterator for Batches<'a> {
    type Item = Result<Batch<'a>, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        let cut = self.cut().transpose();
        if !matches!(cut, Some(Ok(_))) {
            self.rest = &[];
        }
        cut
    }
}

/// How many bytes whole batches take (`MemoryRecords.validBytes`). Checksums are not looked at.
///
/// # Errors
/// If somewhere no batch can begin.
pub fn valid_bytes(bytes: &[u8]) -> Result<usize, RecordError> {
    Batches::new(bytes).try_fold(0, |sum, batch| Ok(sum + batch?.size_in_bytes()))
}
