//! Files as one archive (PKWARE's APPNOTE 6.3): deflated, names in UTF-8, no time that anybody would have to read from a
//! clock. The same files give the same bytes.
//!
//! The format is two records a file and one at the end; a library for it would bring encryption, ZIP64 and a clock.

use crate::File;
use miniz_oxide::deflate::compress_to_vec;

/// 1 January 1980, the first day that the format knows, at midnight.
const DATE: u16 = 1 << 5 | 1;
const TIME: u16 = 0;
/// Version 2.0: deflate and folders.
const VERSION: u16 = 20;
/// Made on Unix: the upper half of the external attributes is a file's mode.
const MADE_BY: u16 = 3 << 8 | VERSION;
/// Bit 11: names are UTF-8.
const FLAGS: u16 = 1 << 11;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const LEVEL: u8 = 9;

struct Entry {
    name: String,
    mode: u32,
    method: u16,
    crc: u32,
    packed: u32,
    plain: u32,
    at: u32,
}

/// The archive; every file lies in `folder`.
pub fn archive(folder: &str, files: &[File]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut entries = Vec::new();
    for file in files {
        let plain = file.text.as_bytes();
        let deflated = compress_to_vec(plain, LEVEL);
        let (method, bytes) =
            if deflated.len() < plain.len() { (DEFLATED, &*deflated) } else { (STORED, plain) };
        let entry = Entry {
            name: [folder, "/", &file.path].concat(),
            mode: if file.executable { 0o100_755 } else { 0o100_644 },
            method,
            crc: crc32(plain),
            packed: size(bytes.len()),
            plain: size(plain.len()),
            at: size(out.len()),
        };
        out.extend(0x0403_4b50_u32.to_le_bytes());
        entry.shared(&mut out);
        out.extend(entry.name.as_bytes());
        out.extend(bytes);
        entries.push(entry);
    }
    let start = out.len();
    for entry in &entries {
        out.extend(0x0201_4b50_u32.to_le_bytes());
        out.extend(MADE_BY.to_le_bytes());
        entry.shared(&mut out);
        // No comment, the first disk, no internal attributes.
        out.extend([0; 6]);
        out.extend((entry.mode << 16).to_le_bytes());
        out.extend(entry.at.to_le_bytes());
        out.extend(entry.name.as_bytes());
    }
    let length = out.len() - start;
    let count = u16::try_from(entries.len()).unwrap_or(u16::MAX).to_le_bytes();
    out.extend(0x0605_4b50_u32.to_le_bytes());
    out.extend([0; 4]);
    out.extend(count);
    out.extend(count);
    out.extend(size(length).to_le_bytes());
    out.extend(size(start).to_le_bytes());
    out.extend([0; 2]);
    out
}

impl Entry {
    /// What stands in front of the file and in the list at the end alike.
    fn shared(&self, out: &mut Vec<u8>) {
        for short in [VERSION, FLAGS, self.method, TIME, DATE] {
            out.extend(short.to_le_bytes());
        }
        for long in [self.crc, self.packed, self.plain] {
            out.extend(long.to_le_bytes());
        }
        let name = u16::try_from(self.name.len()).unwrap_or(u16::MAX);
        out.extend(name.to_le_bytes());
        // No extra field.
        out.extend([0; 2]);
    }
}

/// An export has at most what a history may have in memory: far below 4 GiB.
fn size(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// The checksum of ISO 3309, bit by bit: the files are small.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Check;

    #[test]
    fn the_checksum_is_the_usual_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn the_same_files_give_the_same_bytes() {
        let files = [File::program("a.sh", "echo\n".repeat(50), Check::Shell)];
        let bytes = archive("x", &files);
        assert_eq!(bytes, archive("x", &files));
        assert!(bytes.len() < 200, "it is packed");
        assert!(bytes.starts_with(b"PK\x03\x04"));
    }
}
