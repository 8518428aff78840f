//! gzip as `java.util.zip` writes and reads it: one member is written, several are read.

use super::{CodecError, CompressionType, take};
use crate::crc::crc32;
use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, compress_to_output, create_comp_flags_from_zip_params,
};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

/// Magic, deflate, no flags, no time, no hints, unknown system: the header that the JDK writes.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// What zlib's default level is.
const DEFAULT_LEVEL: i32 = 6;
/// Raw deflate with a window of 32 KB, in zlib's way of saying so.
const RAW: i32 = -15;
/// How much room there is for output at first, for each byte of input.
const GUESS: usize = 4;

const FHCRC: u8 = 2;
const FEXTRA: u8 = 4;
const FNAME: u8 = 8;
const FCOMMENT: u8 = 16;

#[derive(Default)]
pub struct Gzip {
    /// The compressor of the last level; its tables are large.
    deflate: Option<(i32, Box<CompressorOxide>)>,
    inflate: Option<Box<DecompressorOxide>>,
}

const fn corrupt(what: &'static str) -> CodecError {
    CodecError::Corrupt(CompressionType::Gzip, what)
}

impl Gzip {
    pub fn pack(&mut self, level: Option<i32>, plain: &[u8], out: &mut Vec<u8>) {
        let level = level.filter(|level| *level >= 0).unwrap_or(DEFAULT_LEVEL);
        if self.deflate.as_ref().is_none_or(|(of, _)| *of != level) {
            let flags = create_comp_flags_from_zip_params(level, RAW, 0);
            self.deflate = Some((level, Box::new(CompressorOxide::new(flags))));
        }
        let Some((_, deflate)) = &mut self.deflate else { return };
        deflate.reset();
        out.extend_from_slice(&HEADER);
        compress_to_output(deflate, plain, TDEFLFlush::Finish, |bytes| {
            out.extend_from_slice(bytes);
            true
        });
        out.extend_from_slice(&crc32(plain).to_le_bytes());
        // The size modulo 2^32, as the format has it.
        out.extend_from_slice(&(plain.len() as u32).to_le_bytes());
    }

    pub fn unpack(&mut self, mut packed: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<(), CodecError> {
        let most = out.len().saturating_add(limit);
        header(&mut packed)?;
        loop {
            self.member(&mut packed, most, out, limit)?;
            // What follows a member and is none is ignored, as `GZIPInputStream` does.
            let mut next = packed;
            if next.is_empty() || header(&mut next).is_err() {
                return Ok(());
            }
            packed = next;
        }
    }

    fn member(
        &mut self,
        packed: &mut &[u8],
        most: usize,
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<(), CodecError> {
        let inflate = self.inflate.get_or_insert_default();
        inflate.init();
        let start = out.len();
        let mut room = packed.len().saturating_mul(GUESS).max(512);
        let mut end = start;
        loop {
            out.resize(end.saturating_add(room).min(most), 0);
            // A member's own bytes are its window: those of the one before are none of its business.
            let window = out.get_mut(start..).unwrap_or_default();
            let (status, read, written) =
                decompress(inflate, packed, window, end - start, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF);
            *packed = packed.get(read..).unwrap_or_default();
            end += written;
            match status {
                TINFLStatus::Done => break,
                TINFLStatus::HasMoreOutput if out.len() >= most => return Err(CodecError::TooLarge(limit)),
                TINFLStatus::HasMoreOutput => room = room.saturating_mul(2),
                _ => return Err(corrupt("the deflate stream is broken")),
            }
        }
        out.truncate(end);
        let plain = out.get(start..).unwrap_or_default();
        let (crc, size) = (take(packed).map(u32::from_le_bytes), take(packed).map(u32::from_le_bytes));
        if crc != Some(crc32(plain)) || size != Some(plain.len() as u32) {
            return Err(corrupt("Corrupt GZIP trailer"));
        }
        Ok(())
    }
}

/// Reads a member's header.
fn header(packed: &mut &[u8]) -> Result<(), CodecError> {
    let fixed = take::<10>(packed).ok_or(corrupt("Unexpected end of ZLIB input stream"))?;
    let [0x1f, 0x8b, method, flags, ..] = fixed else { return Err(corrupt("Not in GZIP format")) };
    if method != 8 {
        return Err(corrupt("Unsupported compression method"));
    }
    let end = corrupt("Unexpected end of ZLIB input stream");
    if flags & FEXTRA != 0 {
        let size = take(packed).map(u16::from_le_bytes).ok_or(end.clone())?;
        *packed = packed.get(usize::from(size)..).ok_or(end.clone())?;
    }
    for flag in [FNAME, FCOMMENT] {
        if flags & flag != 0 {
            let zero = packed.iter().position(|byte| *byte == 0).ok_or(end.clone())?;
            *packed = packed.get(zero + 1..).ok_or(end.clone())?;
        }
    }
    if flags & FHCRC != 0 {
        take::<2>(packed).ok_or(end)?;
    }
    Ok(())
}
