//! Record batches as bytes: encode, decode with the checksum, and each codec.
//!
//! As Kafka's own classes were measured (`MemoryRecordsBuilder`, `MemoryRecords`): records without a key and with 100
//! bytes of value in batches of 16 KiB, read from batches of 1 MiB; for the codecs JSON values of about 85 bytes.

use crate::runs::Line;
use millrace_records::{
    BatchBuilder, BatchOptions, Batches, Compression, CompressionType, RecordError, Scratch,
};

/// Bytes of records that are written or read for one figure.
const BYTES: usize = 64 << 20;
/// The same for the codecs, which take longer.
const PACKED_BYTES: usize = 16 << 20;

/// Every figure; each with Kafka's, which was recorded on another machine.
pub fn all(clock: &dyn Fn() -> f64) -> Vec<Line> {
    let none = CompressionType::None;
    let mut lines = vec![
        encode("batch encode, 16 KiB", clock, none, 16 << 10),
        encode("batch encode, 1 MiB", clock, none, 1 << 20),
        decode("batch decode, CRC and records, 1 MiB", clock, none, 1 << 20),
    ];
    for (codec, encoded, decoded) in [
        (CompressionType::Gzip, "batch encode, gzip", "batch decode, gzip"),
        (CompressionType::Snappy, "batch encode, snappy", "batch decode, snappy"),
        (CompressionType::Lz4, "batch encode, lz4", "batch decode, lz4"),
        (CompressionType::Zstd, "batch encode, zstd", "batch decode, zstd"),
    ] {
        lines.push(encode(encoded, clock, codec, 16 << 10));
        lines.push(decode(decoded, clock, codec, 16 << 10));
    }
    lines
}

fn values(codec: CompressionType) -> Vec<Vec<u8>> {
    if codec == CompressionType::None {
        return vec![vec![b'x'; 100]];
    }
    let value = |n: u64| {
        let (customer, amount) = (n * 7_919 % 1_000, n * 104_729 % 10_000);
        format!(
            "{{\"order\":{},\"customer\":\"customer-{customer:04}\",\"amount\":{amount},\"currency\":\"EUR\",\"paid\":{}}}",
            1_000_000 + n,
            n.is_multiple_of(3)
        )
        .into_bytes()
    };
    (0..4_096).map(value).collect()
}

/// A batch of at most `size` bytes before compression, with how many records it has.
fn batch(
    codec: CompressionType,
    size: usize,
    values: &mut impl Iterator<Item = Vec<u8>>,
) -> Option<(BatchOptions, Vec<Vec<u8>>)> {
    let options = BatchOptions { compression: Compression::of(codec), ..BatchOptions::default() };
    let (mut taken, mut bytes) = (Vec::new(), 61);
    while bytes < size {
        let value = values.next()?;
        bytes += value.len() + 9;
        taken.push(value);
    }
    Some((options, taken))
}

fn write(
    options: BatchOptions,
    values: &[Vec<u8>],
    out: Vec<u8>,
    scratch: &mut Scratch,
) -> Result<Vec<u8>, RecordError> {
    let mut builder = BatchBuilder::new(options, out)?;
    for (n, value) in (0..).zip(values) {
        builder.append(1_700_000_000_000 + n, None, Some(value), &[])?;
    }
    builder.build(scratch)
}

fn encode(name: &'static str, clock: &dyn Fn() -> f64, codec: CompressionType, size: usize) -> Line {
    let mut scratch = Scratch::default();
    let source = values(codec);
    let Some((options, values)) = batch(codec, size, &mut source.iter().cycle().cloned()) else {
        return Line { name, value: f64::NAN, unit: "records/s" };
    };
    let rounds = if codec == CompressionType::None { BYTES } else { PACKED_BYTES } / size;
    let (mut out, mut written) = (Vec::new(), 0);
    let before = clock();
    for _ in 0..rounds {
        out.clear();
        match write(options, &values, out, &mut scratch) {
            Ok(bytes) => out = bytes,
            Err(_) => return Line { name, value: f64::NAN, unit: "records/s" },
        }
        written += if out.len() > 61 { values.len() } else { 0 };
    }
    let seconds = ((clock() - before) / 1_000.0).max(1e-9);
    Line { name, value: written as f64 / seconds, unit: "records/s" }
}

fn decode(name: &'static str, clock: &dyn Fn() -> f64, codec: CompressionType, size: usize) -> Line {
    let mut scratch = Scratch::default();
    let source = values(codec);
    let built = batch(codec, size, &mut source.iter().cycle().cloned())
        .and_then(|(options, values)| write(options, &values, Vec::new(), &mut scratch).ok());
    let Some(bytes) = built else { return Line { name, value: f64::NAN, unit: "records/s" } };
    let rounds = if codec == CompressionType::None { BYTES * 4 } else { PACKED_BYTES } / size;
    let (mut read, mut sum) = (0_u64, 0);
    let before = clock();
    for _ in 0..rounds {
        for batch in Batches::new(&bytes).filter_map(Result::ok).filter(|batch| batch.is_valid()) {
            let Ok(records) = batch.records(&mut scratch) else { continue };
            for record in records.filter_map(Result::ok) {
                read += 1;
                sum += record.value.map_or(0, <[u8]>::len);
            }
        }
    }
    let seconds = ((clock() - before) / 1_000.0).max(1e-9);
    let seen = std::hint::black_box(sum) > 0;
    Line { name, value: if seen { read as f64 / seconds } else { f64::NAN }, unit: "records/s" }
}
