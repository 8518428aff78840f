//! Zstandard. The encoder knows one level, about Zstandard's 1; Kafka's default is 3.

use super::matches::Finder;
use super::{CodecError, CompressionType};
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use ruzstd::encoding::{CompressionLevel, FrameCompressor};
use std::io::Cursor;

/// The window up to which a decoder is kept from batch to batch: it keeps that much memory, too. In bytes.
const KEPT_WINDOW: u64 = 8 << 20;
/// The largest window that is accepted, in bytes: that of Zstandard's highest level.
const WINDOW: u64 = 128 << 20;
/// What is decoded before it is looked at whether it is too much already, in bytes.
const STEP: usize = 256 << 10;

type Encoder = FrameCompressor<Cursor<Vec<u8>>, Vec<u8>, Finder>;

#[derive(Default)]
pub struct Zstd {
    encoder: Option<Box<Encoder>>,
    decoder: Option<Box<FrameDecoder>>,
}

const fn corrupt(what: &'static str) -> CodecError {
    CodecError::Corrupt(CompressionType::Zstd, what)
}

fn decoder(window: u64) -> Box<FrameDecoder> {
    let mut decoder = FrameDecoder::new();
    decoder.set_max_window_size(window);
    Box::new(decoder)
}

impl Zstd {
    pub fn pack(&mut self, plain: &[u8], out: &mut Vec<u8>) {
        let new = || FrameCompressor::new_with_matcher(Finder::default(), CompressionLevel::Fastest);
        let encoder = self.encoder.get_or_insert_with(|| Box::new(new()));
        let mut finder = encoder.replace_matcher(Finder::default());
        finder.expect(plain.len());
        encoder.replace_matcher(finder);
        // The encoder owns what it reads from and writes to; both come back for the next batch.
        let mut source = encoder.take_source().map(Cursor::into_inner).unwrap_or_default();
        source.clear();
        source.extend_from_slice(plain);
        encoder.set_source(Cursor::new(source));
        encoder.set_drain(std::mem::take(out));
        encoder.compress();
        *out = encoder.take_drain().unwrap_or_default();
    }

    pub fn unpack(&mut self, mut packed: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<(), CodecError> {
        let most = out.len().saturating_add(limit);
        let decoder = self.decoder.get_or_insert_with(|| decoder(KEPT_WINDOW));
        let mut large;
        if packed.is_empty() {
            return Err(corrupt("Src size is incorrect"));
        }
        while !packed.is_empty() {
            let mut decoder = &mut *decoder;
            let frame = packed;
            let mut begun = decoder.init(&mut packed);
            if matches!(begun, Err(FrameDecoderError::WindowSizeTooBig { .. })) {
                packed = frame;
                large = self::decoder(WINDOW);
                decoder = &mut large;
                begun = decoder.init(&mut packed);
            }
            match begun {
                Ok(()) => {}
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let length = usize::try_from(length).unwrap_or(usize::MAX);
                    packed = packed.get(length..).ok_or(corrupt("the stream ends in a frame to skip"))?;
                    continue;
                }
                Err(_) => return Err(corrupt("Unknown frame descriptor")),
            }
            while !decoder.is_finished() {
                decoder
                    .decode_blocks(&mut packed, BlockDecodingStrategy::UptoBytes(STEP))
                    .map_err(|_| corrupt("Data corruption detected"))?;
                decoder.collect_to_writer(&mut *out).map_err(|_| corrupt("no room"))?;
                if out.len() > most {
                    return Err(CodecError::TooLarge(limit));
                }
            }
        }
        Ok(())
    }
}
