//! The codecs of a batch's records, behind one enum (`CompressionType`, `org.apache.kafka.common.compress`).
//!
//! The framing is Kafka's to the byte; what is inside a frame is what this codec makes of it, as Kafka's depends on the
//! version of its libraries. Each codec is a feature of this crate: without it, its batches are read up to their header.

#[cfg(feature = "gzip")]
mod gzip;
#[cfg(feature = "lz4")]
mod lz4;
#[cfg(feature = "zstd")]
mod matches;
#[cfg(feature = "snappy")]
mod snappy;
#[cfg(feature = "lz4")]
mod xxhash;
#[cfg(feature = "zstd")]
mod zstd;

use crate::RecordError;
use std::fmt;

/// What a batch's records may come to when unpacked, in bytes, if the caller says nothing else: a few bytes can claim
/// to be gigabytes. Kafka unpacks as a stream and has no such limit.
pub const MAX_UNPACKED: usize = 64 << 20;

/// A codec, as the attributes name it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CompressionType {
    /// The records as they are.
    #[default]
    None,
    /// Deflate in a gzip member (RFC 1952).
    Gzip,
    /// Snappy blocks in the framing of snappy-java ("xerial").
    Snappy,
    /// The LZ4 frame format, independent blocks of 64 KB.
    Lz4,
    /// Zstandard (RFC 8878).
    Zstd,
}

impl CompressionType {
    /// All, by id.
    pub const ALL: [Self; 5] = [Self::None, Self::Gzip, Self::Snappy, Self::Lz4, Self::Zstd];

    /// What the attributes hold.
    #[must_use]
    pub const fn id(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Gzip => 1,
            Self::Snappy => 2,
            Self::Lz4 => 3,
            Self::Zstd => 4,
        }
    }

    /// The value of `compression.type`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Snappy => "snappy",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }

    /// The codec with an id.
    ///
    /// # Errors
    /// If there is none.
    pub fn for_id(id: u8) -> Result<Self, RecordError> {
        let found = Self::ALL.into_iter().find(|codec| codec.id() == id);
        found.ok_or(RecordError::UnknownCompression { id })
    }

    /// The codec of that name.
    #[must_use]
    pub fn for_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| codec.name() == name)
    }

    /// The levels that Kafka accepts, and the one that it takes when told none; snappy has no levels.
    #[must_use]
    pub const fn levels(self) -> Option<(i32, i32, i32)> {
        match self {
            Self::None | Self::Snappy => None,
            Self::Gzip => Some((1, 9, -1)),
            Self::Lz4 => Some((1, 17, 9)),
            Self::Zstd => Some((-131_072, 22, 3)),
        }
    }

    /// Whether this build can pack and unpack it.
    #[must_use]
    pub const fn is_available(self) -> bool {
        match self {
            Self::None => true,
            Self::Gzip => cfg!(feature = "gzip"),
            Self::Snappy => cfg!(feature = "snappy"),
            Self::Lz4 => cfg!(feature = "lz4"),
            Self::Zstd => cfg!(feature = "zstd"),
        }
    }
}

/// A codec with a level (`compression.gzip.level` and its like, KIP-390).
///
/// Only gzip's level changes what comes out: the LZ4 encoder has no high-compression mode, and the Zstandard encoder
/// only its fastest one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compression {
    codec: CompressionType,
    level: Option<i32>,
}

impl Compression {
    /// No compression.
    pub const NONE: Self = Self { codec: CompressionType::None, level: None };

    /// A codec at its default level.
    #[must_use]
    pub const fn of(codec: CompressionType) -> Self {
        Self { codec, level: None }
    }

    /// At another level.
    ///
    /// # Errors
    /// If Kafka has no such level for that codec.
    pub fn with_level(self, level: i32) -> Result<Self, RecordError> {
        match self.codec.levels() {
            Some((least, most, default)) if (least..=most).contains(&level) || level == default => {
                Ok(Self { level: Some(level), ..self })
            }
            _ => Err(RecordError::CompressionLevel { codec: self.codec, level }),
        }
    }

    /// Which codec.
    #[must_use]
    pub const fn codec(self) -> CompressionType {
        self.codec
    }

    /// The level, if it is not the default one.
    #[must_use]
    pub const fn level(self) -> Option<i32> {
        self.level
    }
}

/// Why bytes could not be packed or unpacked. Kafka says `KafkaException` and gives its library's own sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodecError {
    /// This build comes without the codec.
    Missing(CompressionType),
    /// The bytes are none of the codec's.
    Corrupt(CompressionType, &'static str),
    /// Unpacked they would be larger than the limit, in bytes.
    TooLarge(usize),
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(codec) => write!(f, "this build comes without {}", codec.name()),
            Self::Corrupt(codec, what) => {
                write!(f, "Failed to decompress record stream: {}: {what}", codec.name())
            }
            Self::TooLarge(limit) => write!(f, "unpacked, the records are larger than {limit} bytes"),
        }
    }
}

impl From<CodecError> for RecordError {
    fn from(error: CodecError) -> Self {
        Self::Codec(error)
    }
}

/// The codecs with their working memory, which is kept from batch to batch.
#[derive(Default)]
pub struct Codecs {
    #[cfg(feature = "gzip")]
    gzip: gzip::Gzip,
    #[cfg(feature = "snappy")]
    snappy: snappy::Snappy,
    #[cfg(feature = "lz4")]
    lz4: lz4::Lz4,
    #[cfg(feature = "zstd")]
    zstd: zstd::Zstd,
}

impl fmt::Debug for Codecs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Codecs")
    }
}

impl Codecs {
    /// Appends the packed bytes; `magic` is the format of the batch that they go into (LZ4 in magic 0 has a wrong
    /// header checksum, which is kept).
    ///
    /// # Errors
    /// If this build lacks the codec.
    pub fn pack(
        &mut self,
        compression: Compression,
        magic: u8,
        plain: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), CodecError> {
        let _ = magic;
        match compression.codec {
            CompressionType::None => out.extend_from_slice(plain),
            #[cfg(feature = "gzip")]
            CompressionType::Gzip => self.gzip.pack(compression.level, plain, out),
            #[cfg(feature = "snappy")]
            CompressionType::Snappy => self.snappy.pack(plain, out)?,
            #[cfg(feature = "lz4")]
            CompressionType::Lz4 => self.lz4.pack(magic == 0, plain, out)?,
            #[cfg(feature = "zstd")]
            CompressionType::Zstd => self.zstd.pack(plain, out),
            #[allow(unreachable_patterns, reason = "reached in builds without some codec")]
            codec => return Err(CodecError::Missing(codec)),
        }
        Ok(())
    }

    /// Appends the unpacked bytes, at most `limit` of them.
    ///
    /// # Errors
    /// If the bytes are not the codec's, come to more than the limit, or this build lacks the codec.
    pub fn unpack(
        &mut self,
        codec: CompressionType,
        magic: u8,
        packed: &[u8],
        limit: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), CodecError> {
        let _ = magic;
        match codec {
            CompressionType::None if packed.len() > limit => Err(CodecError::TooLarge(limit)),
            CompressionType::None => {
                out.extend_from_slice(packed);
                Ok(())
            }
            #[cfg(feature = "gzip")]
            CompressionType::Gzip => self.gzip.unpack(packed, limit, out),
            #[cfg(feature = "snappy")]
            CompressionType::Snappy => self.snappy.unpack(packed, limit, out),
            #[cfg(feature = "lz4")]
            CompressionType::Lz4 => self.lz4.unpack(magic == 0, packed, limit, out),
            #[cfg(feature = "zstd")]
            CompressionType::Zstd => self.zstd.unpack(packed, limit, out),
            #[allow(unreachable_patterns, reason = "reached in builds without some codec")]
            codec => Err(CodecError::Missing(codec)),
        }
    }
}

/// Working memory for reading and writing batches, kept from one to the next.
#[derive(Debug)]
pub struct Scratch {
    pub(crate) codecs: Codecs,
    plain: Vec<u8>,
    limit: usize,
}

impl Default for Scratch {
    fn default() -> Self {
        Self::with_limit(MAX_UNPACKED)
    }
}

impl Scratch {
    /// Working memory that unpacks no batch of more than `limit` bytes.
    #[must_use]
    pub fn with_limit(limit: usize) -> Self {
        Self { codecs: Codecs::default(), plain: Vec::new(), limit }
    }

    /// Unpacks a batch's records.
    pub(crate) fn unpack(
        &mut self,
        codec: CompressionType,
        magic: u8,
        packed: &[u8],
    ) -> Result<&[u8], CodecError> {
        self.plain.clear();
        self.codecs.unpack(codec, magic, packed, self.limit, &mut self.plain)?;
        Ok(&self.plain)
    }
}

/// Big-endian numbers off the front of a slice, as snappy-java frames and control records have them.
pub(crate) fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*first)
}
