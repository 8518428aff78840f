//! What the machines can carry, as a model with stated constants: nothing here is measured, nothing is a promise about real
//! machines. Off by default: then a message takes `network latency` and nothing else.

use millrace_model::{CompressionType, Span};

/// The constants, the same for all machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Machines {
    /// Bytes a second that each network interface carries, in each direction.
    pub network: u64,
    /// Bytes a second that a broker's disk takes.
    pub disk: u64,
    /// How long a broker's disk takes for each batch besides, whatever its size.
    pub per_batch: Span,
    /// `num.io.threads`: requests that a broker works on at a time. Default 8.
    pub io_threads: u32,
    /// How long a thread takes for each request besides.
    pub per_request: Span,
    /// Bytes a second that a core packs with gzip; the other codecs, and unpacking, in the proportions of [`speeds`].
    pub codec: u64,
}

const MB: u64 = 1_000_000;
/// Bytes a second that a core packs with gzip, unless told otherwise.
const GZIP: u64 = 40 * MB;

/// Bytes a second, before packing, that a core packs and unpacks. Stated, not measured: rounded from what is published of
/// lzbench on one core and mixed files, at the level that packs here (gzip 6, the fastest of zstd and lz4).
///
/// [`Machines::codec`] makes all of them slower or faster by the same factor.
pub fn speeds(codec: CompressionType) -> Option<(u64, u64)> {
    match codec {
        CompressionType::None => None,
        CompressionType::Gzip => Some((GZIP, 400 * MB)),
        CompressionType::Snappy => Some((550 * MB, 1_800 * MB)),
        CompressionType::Lz4 => Some((700 * MB, 4_000 * MB)),
        CompressionType::Zstd => Some((500 * MB, 1_600 * MB)),
    }
}

impl Default for Machines {
    /// 1 Gbit/s, a disk of 200 MB/s, 20 µs a batch, eight threads, 50 µs a request, codecs as stated.
    fn default() -> Self {
        Machines {
            network: 125_000_000,
            disk: 200_000_000,
            per_batch: Span(20),
            io_threads: 8,
            per_request: Span(50),
            codec: GZIP,
        }
    }
}

impl Machines {
    /// How long a core packs so many bytes, or (`unpacks`) makes them of what was packed.
    pub(crate) fn codec_time(&self, codec: CompressionType, bytes: u64, unpacks: bool) -> Span {
        let Some((pack, unpack)) = speeds(codec) else { return Span::ZERO };
        let stated = if unpacks { unpack } else { pack };
        let per_second = u128::from(stated) * u128::from(self.codec) / u128::from(GZIP);
        let micros = u128::from(bytes) * 1_000_000 / per_second.max(1);
        Span(u64::try_from(micros).unwrap_or(u64::MAX))
    }
}

/// A part of a machine that can be busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// What comes in over the network.
    NetworkIn,
    /// What goes out over the network.
    NetworkOut,
    /// The request threads, all together.
    Threads,
    /// The disk.
    Disk,
    /// A client's core that packs and unpacks; what a broker does of that, its request threads do.
    Codec,
}

impl Part {
    /// Every part.
    pub const ALL: [Part; 5] = [Part::NetworkIn, Part::NetworkOut, Part::Threads, Part::Disk, Part::Codec];

    /// Its name in a script.
    pub fn name(self) -> &'static str {
        match self {
            Part::NetworkIn => "in",
            Part::NetworkOut => "out",
            Part::Threads => "threads",
            Part::Disk => "disk",
            Part::Codec => "codec",
        }
    }

    /// The part of that name.
    pub fn from_name(name: &str) -> Option<Part> {
        Part::ALL.into_iter().find(|part| part.name() == name)
    }
}
