//! Deflate (RFC 1951) with a dictionary that both sides know: the words that histories are made of, so that even a short
//! one becomes shorter.

use miniz_oxide::DataFormat;
use miniz_oxide::deflate::core::{CompressionStrategy, CompressorOxide, TDEFLFlush, TDEFLStatus, compress};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};

/// Written into no link, yet part of its format: change it, and links that were shared become unreadable. What is common
/// stands last, where it is nearest.
const DICTIONARY: &str = include_str!("dictionary.txt");
/// The most thorough search there is.
const LEVEL: u8 = 10;
const WINDOW_BITS: u8 = 15;
/// Bytes by which the room for the text grows.
const ROOM: usize = 4 * 1024;

/// How unpacking ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// At the end of what was packed.
    Whole,
    /// Where it breaks off or makes no sense.
    Broken,
    /// At the limit.
    TooLong,
}

/// Packs a text.
pub fn pack(text: &[u8]) -> Vec<u8> {
    let mut packer =
        CompressorOxide::with_params(DataFormat::Raw, LEVEL, CompressionStrategy::Default, WINDOW_BITS);
    // The dictionary goes through first; its own bytes are not kept. The flush ends at a whole byte, so the rest can
    // be unpacked behind the dictionary alone.
    packed(&mut packer, DICTIONARY.as_bytes(), TDEFLFlush::Sync);
    packed(&mut packer, text, TDEFLFlush::Finish)
}

/// Unpacks at most `limit` bytes, and says how it ended.
pub fn unpack(packed: &[u8], limit: usize) -> (Vec<u8>, End) {
    let start = DICTIONARY.len();
    let mut out = DICTIONARY.as_bytes().to_vec();
    let mut unpacker = DecompressorOxide::new();
    let (mut read, mut at) = (0, start);
    let end = loop {
        if at - start > limit {
            break End::TooLong;
        }
        out.resize((at + ROOM).min(start + limit + 1), 0);
        let rest = packed.get(read..).unwrap_or_default();
        let flags = inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (status, taken, written) = decompress(&mut unpacker, rest, &mut out, at, flags);
        read += taken;
        at += written;
        match status {
            TINFLStatus::HasMoreOutput if written > 0 || taken > 0 => {}
            TINFLStatus::Done => break End::Whole,
            _ => break End::Broken,
        }
    };
    out.truncate(at.min(start + limit));
    out.drain(..start.min(out.len()));
    (out, end)
}

fn packed(packer: &mut CompressorOxide, bytes: &[u8], flush: TDEFLFlush) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut read, mut written) = (0, 0);
    loop {
        out.resize(written + ROOM, 0);
        let room = out.get_mut(written..).unwrap_or_default();
        let rest = bytes.get(read..).unwrap_or_default();
        let (status, taken, made) = compress(packer, rest, room, flush);
        read += taken;
        written += made;
        let has_room = made < ROOM;
        if status != TDEFLStatus::Okay || (read == bytes.len() && has_room) {
            break;
        }
    }
    out.truncate(written);
    out
}
