//! CRC-32C, which guards record batches of format v2, and CRC-32, which guarded the older messages and guards gzip.
//!
//! Sixteen bytes at a time, each by a table of its own. The tables (16 KB for a polynomial) are made when first asked
//! for: shipped, they would weigh as much. Natively the processor has an instruction for CRC-32C.

use std::sync::OnceLock;

type Tables = [[u32; 256]; 16];

#[cfg(any(test, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
const CASTAGNOLI: u32 = 0x82f6_3b78;
const IEEE: u32 = 0xedb8_8320;

/// CRC-32C (Castagnoli) of some bytes.
#[must_use]
pub fn crc32c(bytes: &[u8]) -> u32 {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    return crc32c::crc32c(bytes);
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    return by_table_castagnoli(bytes);
}

#[cfg(any(test, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn by_table_castagnoli(bytes: &[u8]) -> u32 {
    static TABLES: OnceLock<Box<Tables>> = OnceLock::new();
    by_table(TABLES.get_or_init(|| tables(CASTAGNOLI)), bytes)
}

/// CRC-32 (IEEE 802.3, that of gzip) of some bytes.
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    static TABLES: OnceLock<Box<Tables>> = OnceLock::new();
    by_table(TABLES.get_or_init(|| tables(IEEE)), bytes)
}

fn look(table: &[u32; 256], byte: u32) -> u32 {
    // A byte is always within; the compiler sees it, too.
    table.get((byte & 0xff) as usize).copied().unwrap_or_default()
}

fn tables(polynomial: u32) -> Box<Tables> {
    let mut first = [0; 256];
    for (byte, slot) in (0..).zip(&mut first) {
        let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ polynomial } else { crc >> 1 };
        *slot = (0..8).fold(byte, step);
    }
    let mut all = Box::new([first; 16]);
    let mut before = first;
    for table in all.iter_mut().skip(1) {
        for slot in &mut before {
            *slot = (*slot >> 8) ^ look(&first, *slot);
        }
        *table = before;
    }
    all
}

fn by_table(tables: &Tables, bytes: &[u8]) -> u32 {
    let [t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, ta, tb, tc, td, te, tf] = tables;
    let (chunks, rest) = bytes.as_chunks::<16>();
    let mut crc = !0;
    for &[b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, ba, bb, bc, bd, be, bf] in chunks {
        let a = crc ^ u32::from_le_bytes([b0, b1, b2, b3]);
        let b = u32::from_le_bytes([b4, b5, b6, b7]);
        let c = u32::from_le_bytes([b8, b9, ba, bb]);
        let d = u32::from_le_bytes([bc, bd, be, bf]);
        let four = |word: u32, low: &[u32; 256], next: &[u32; 256], high: &[u32; 256], top: &[u32; 256]| {
            (look(low, word) ^ look(next, word >> 8)) ^ (look(high, word >> 16) ^ look(top, word >> 24))
        };
        crc = four(a, tf, te, td, tc)
            ^ (four(b, tb, ta, t9, t8) ^ (four(c, t7, t6, t5, t4) ^ four(d, t3, t2, t1, t0)));
    }
    !rest.iter().fold(crc, |crc, byte| (crc >> 8) ^ look(t0, crc ^ u32::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_values_of_both_are_right() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!((crc32c(b""), crc32(b"")), (0, 0));
    }

    #[test]
    fn the_table_and_the_processor_agree_on_every_length() {
        let bytes: Vec<u8> = (0..300_u32).map(|n| ((n * n) >> 3) as u8).collect();
        for end in 0..bytes.len() {
            assert_eq!(by_table_castagnoli(&bytes[..end]), crc32c(&bytes[..end]), "{end}");
        }
    }
}
