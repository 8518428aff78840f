//! Snappy in the framing of snappy-java: a header, then blocks, each behind its size.

use super::{CodecError, CompressionType, take};
use snap::raw::{Decoder, Encoder, decompress_len, max_compress_len};

/// Magic, version 1, readable from version 1 on.
const HEADER: [u8; 16] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1];
/// What `SnappyOutputStream` packs at a time.
const BLOCK: usize = 32 << 10;
/// No block unpacks to more: a copy of three bytes stands for 64 at most, the block's size not counted.
const MOST_PER_BYTE: usize = 64;

#[derive(Default)]
pub struct Snappy {
    encoder: Option<Encoder>,
}

const fn corrupt(what: &'static str) -> CodecError {
    CodecError::Corrupt(CompressionType::Snappy, what)
}

impl Snappy {
    pub fn pack(&mut self, plain: &[u8], out: &mut Vec<u8>) -> Result<(), CodecError> {
        let encoder = self.encoder.get_or_insert_with(Encoder::new);
        out.extend_from_slice(&HEADER);
        for block in plain.chunks(BLOCK) {
            let start = out.len();
            out.resize(start + 4 + max_compress_len(block.len()), 0);
            let Some((size, body)) = out.get_mut(start..).and_then(|rest| rest.split_first_chunk_mut())
            else {
                return Err(corrupt("no room"));
            };
            let packed = encoder.compress(block, body).map_err(|_| corrupt("no room"))?;
            *size = u32::try_from(packed).unwrap_or_default().to_be_bytes();
            out.truncate(start + 4 + packed);
        }
        Ok(())
    }

    pub fn unpack(&mut self, mut packed: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<(), CodecError> {
        let most = out.len().saturating_add(limit);
        let Some(rest) = after_header(packed) else {
            // As snappy-java: without its header, the whole is one block.
            return block(packed, most, limit, out);
        };
        packed = rest;
        while let Some(size) = take::<4>(&mut packed) {
            if size == [0x82, b'S', b'N', b'A'] {
                // Streams may follow each other.
                packed = packed.get(HEADER.len() - 4..).ok_or(corrupt("the stream ends in a header"))?;
                continue;
            }
            let size = usize::try_from(u32::from_be_bytes(size)).unwrap_or(usize::MAX);
            let (body, rest) = packed.split_at_checked(size).ok_or(corrupt("the stream ends in a block"))?;
            block(body, most, limit, out)?;
            packed = rest;
        }
        Ok(())
    }
}

fn after_header(packed: &[u8]) -> Option<&[u8]> {
    let (header, rest) = packed.split_first_chunk::<16>()?;
    header.starts_with(HEADER.get(..8)?).then_some(rest)
}

fn block(packed: &[u8], most: usize, limit: usize, out: &mut Vec<u8>) -> Result<(), CodecError> {
    let size = decompress_len(packed).map_err(|_| corrupt("no block begins here"))?;
    if size > packed.len().saturating_mul(MOST_PER_BYTE) {
        return Err(corrupt("the block is too short for its size"));
    }
    let start = out.len();
    if size > most.saturating_sub(start) {
        return Err(CodecError::TooLarge(limit));
    }
    out.resize(start + size, 0);
    let room = out.get_mut(start..).unwrap_or_default();
    Decoder::new().decompress(packed, room).map_err(|_| corrupt("the block is broken"))?;
    Ok(())
}
