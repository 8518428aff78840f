//! The LZ4 frame format as Kafka uses it (`Lz4BlockOutputStream`, `Lz4BlockInputStream`): independent blocks of 64 KB,
//! no checksums but the header's. In magic 0 that one is computed over the wrong bytes, and never looked at.

use super::xxhash::xxhash32;
use super::{CodecError, CompressionType, take};
use lz4_flex::block::{CompressTable, compress_into_with_table, decompress_into, get_maximum_output_size};

const MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];
/// Version 1, independent blocks.
const FLG: u8 = 0x60;
/// Blocks of at most 64 KB.
const BD: u8 = 0x40;
///
/// Two bytes less than Kafka's: from 65,535 on the encoder takes a table whose hashes depend on the width of a pointer, and
/// natively other bytes would come out than in wasm.
const BLOCK: usize = (64 << 10) - 2;
/// The bit of a block that would not shrink.
const STORED: u32 = 0x8000_0000;

#[derive(Default)]
pub struct Lz4 {
    table: CompressTable,
}

const fn corrupt(what: &'static str) -> CodecError {
    CodecError::Corrupt(CompressionType::Lz4, what)
}

const PREMATURE: CodecError = corrupt("Stream ended prematurely");

/// The second byte of the hash, as the format has it.
fn header_checksum(bytes: &[u8]) -> u8 {
    (xxhash32(bytes) >> 8) as u8
}

impl Lz4 {
    pub fn pack(&mut self, broken_checksum: bool, plain: &[u8], out: &mut Vec<u8>) -> Result<(), CodecError> {
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&[FLG, BD]);
        let [m0, m1, m2, m3] = MAGIC;
        let checksum = if broken_checksum {
            header_checksum(&[m0, m1, m2, m3, FLG, BD])
        } else {
            header_checksum(&[FLG, BD])
        };
        out.push(checksum);
        for block in plain.chunks(BLOCK) {
            let start = out.len();
            out.resize(start + 4 + get_maximum_output_size(block.len()), 0);
            let Some((size, body)) = out.get_mut(start..).and_then(|rest| rest.split_first_chunk_mut())
            else {
                return Err(corrupt("no room"));
            };
            let packed = compress_into_with_table(block, body, &mut self.table);
            let packed = packed.ok().filter(|packed| *packed < block.len());
            *size = match packed {
                Some(packed) => packed as u32,
                None => block.len() as u32 | STORED,
            }
            .to_le_bytes();
            out.truncate(start + 4 + packed.unwrap_or(0));
            if packed.is_none() {
                out.extend_from_slice(block);
            }
        }
        out.extend_from_slice(&[0; 4]);
        Ok(())
    }

    pub fn unpack(
        &mut self,
        ignore_checksum: bool,
        mut packed: &[u8],
        limit: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), CodecError> {
        let most = out.len().saturating_add(limit);
        let frame = Frame::read(&mut packed, ignore_checksum)?;
        loop {
            let size = take(&mut packed).map(u32::from_le_bytes).ok_or(PREMATURE)?;
            let stored = size & STORED != 0;
            let size = (size & !STORED) as usize;
            if size == 0 {
                return Ok(());
            }
            if size > frame.block {
                return Err(corrupt("Block size exceeded max"));
            }
            let (block, rest) = packed.split_at_checked(size).ok_or(PREMATURE)?;
            packed = rest;
            let start = out.len();
            if stored {
                out.extend_from_slice(block);
            } else {
                out.resize(start + frame.block, 0);
                let room = out.get_mut(start..).unwrap_or_default();
                let read = decompress_into(block, room).map_err(|_| corrupt("the block is broken"))?;
                out.truncate(start + read);
            }
            if out.len() > most {
                return Err(CodecError::TooLarge(limit));
            }
            if frame.block_checksums && take(&mut packed).map(u32::from_le_bytes) != Some(xxhash32(block)) {
                return Err(corrupt("Block checksum mismatch"));
            }
        }
    }
}

/// What a frame's header says.
struct Frame {
    /// The largest block, in bytes.
    block: usize,
    block_checksums: bool,
}

impl Frame {
    fn read(packed: &mut &[u8], ignore_checksum: bool) -> Result<Self, CodecError> {
        let magic = take::<4>(packed).ok_or(PREMATURE)?;
        if magic != MAGIC {
            return Err(corrupt("Stream unsupported (invalid magic bytes)"));
        }
        let descriptor = *packed;
        let [flg, bd] = take(packed).ok_or(PREMATURE)?;
        if flg & 3 != 0 {
            return Err(corrupt("Reserved bits must be 0"));
        }
        if flg & 0x20 == 0 {
            return Err(corrupt("Dependent block stream is unsupported"));
        }
        if flg >> 6 != 1 {
            return Err(corrupt("only version 1 of the format is supported"));
        }
        if bd & 0x8f != 0 || bd >> 4 < 4 {
            return Err(corrupt("Block size value must be between 4 and 7"));
        }
        let content_size = flg & 8 != 0;
        if content_size {
            take::<8>(packed).ok_or(PREMATURE)?;
        }
        let described = descriptor.get(..if content_size { 10 } else { 2 }).unwrap_or_default();
        let [checksum] = take(packed).ok_or(PREMATURE)?;
        if !ignore_checksum && checksum != header_checksum(described) {
            return Err(corrupt("Stream frame descriptor corrupted"));
        }
        Ok(Self { block: 1 << (2 * (bd >> 4) + 8), block_checksums: flg & 0x10 != 0 })
    }
}
