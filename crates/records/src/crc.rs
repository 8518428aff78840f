//! CRC-32C, which guards record batches of format v2, and CRC-32, which guarded the older messages and guards gzip.
//!
//! Natively the processor has an instruction for CRC-32C. Elsewhere eight bytes go at a time, each by a table of its own, and
//! four such words side by side, each fourth word belonging to the same strand, since a processor can look up four things while
//! one waits for its own last answer (Kadatch and Jenkins, "Everything we know about CRC but afraid to forget", 2010). The
//! tables (16 KB for a polynomial) are made when first asked for: shipped, they would weigh as much. Of a long batch all but the end
//! needs no table ([`fold`]).

#[cfg(any(test, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod fold;

use std::sync::OnceLock;

/// What a byte does to the remainder, by its place in a word of eight.
type Word = [[u32; 256]; 8];

/// Words that are looked up side by side.
const STRANDS: usize = 4;

/// The tables of a polynomial.
struct Tables {
    /// To the remainder right behind the word.
    next: Word,
    /// To the remainder behind the words of the other strands.
    across: Word,
}

#[cfg(any(test, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
const CASTAGNOLI: u32 = 0x82f6_3b78;
const IEEE: u32 = 0xedb8_8320;

/// CRC-32C (Castagnoli) of some bytes.
#[must_use]
pub fn crc32c(bytes: &[u8]) -> u32 {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    return crc32c::crc32c(bytes);
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    return by_hand(bytes);
}

#[cfg(any(test, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn by_hand(bytes: &[u8]) -> u32 {
    static TABLES: OnceLock<Box<Tables>> = OnceLock::new();
    let tables = TABLES.get_or_init(|| Tables::of(CASTAGNOLI));
    let (words, rest) = bytes.as_chunks();
    match fold::fold(!0, words) {
        Some(left) => !tables.go_on(tables.go_on(0, left.as_flattened()), rest),
        None => !tables.go_on(!0, bytes),
    }
}

/// CRC-32 (IEEE 802.3, that of gzip) of some bytes.
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    static TABLES: OnceLock<Box<Tables>> = OnceLock::new();
    !TABLES.get_or_init(|| Tables::of(IEEE)).go_on(!0, bytes)
}

impl Tables {
    fn of(polynomial: u32) -> Box<Tables> {
        let mut last = [0; 256];
        for (byte, slot) in (0..).zip(&mut last) {
            let bit = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ polynomial } else { crc >> 1 };
            *slot = (0..8).fold(byte, bit);
        }
        let passed = |table: [u32; 256], bytes: usize| {
            table.map(|crc| (0..bytes).fold(crc, |crc, _| (crc >> 8) ^ look(&last, crc)))
        };
        let next = std::array::from_fn(|place| passed(last, 7 - place));
        Box::new(Tables { across: next.map(|table| passed(table, 8 * (STRANDS - 1))), next })
    }

    /// The remainder behind some more bytes.
    fn go_on(&self, crc: u32, bytes: &[u8]) -> u32 {
        let (rows, rest) = bytes.as_chunks::<{ 8 * STRANDS }>();
        let mut strands: [u32; STRANDS] = [crc, 0, 0, 0];
        let crc = match rows.split_last() {
            None => crc,
            Some((last, rows)) => {
                for row in rows {
                    for (strand, word) in strands.iter_mut().zip(row.as_chunks().0) {
                        *strand = whole(&self.across, *strand, word);
                    }
                }
                // In the last row the strands come together.
                let words = strands.iter().zip(last.as_chunks().0);
                words.fold(0, |crc, (strand, word)| whole(&self.next, crc ^ strand, word))
            }
        };
        let [.., one] = &self.next;
        rest.iter().fold(crc, |crc, byte| (crc >> 8) ^ look(one, crc ^ u32::from(*byte)))
    }
}

/// The remainder behind a word.
#[inline]
fn whole(tables: &Word, crc: u32, word: &[u8; 8]) -> u32 {
    let [t0, t1, t2, t3, t4, t5, t6, t7] = tables;
    let word = u64::from_le_bytes(*word) ^ u64::from(crc);
    let (low, high) = (word as u32, (word >> 32) as u32);
    ((look(t0, low) ^ look(t1, low >> 8)) ^ (look(t2, low >> 16) ^ look(t3, low >> 24)))
        ^ ((look(t4, high) ^ look(t5, high >> 8)) ^ (look(t6, high >> 16) ^ look(t7, high >> 24)))
}

#[inline]
fn look(table: &[u32; 256], byte: u32) -> u32 {
    // A byte is always within; the compiler sees it, too.
    table.get((byte & 0xff) as usize).copied().unwrap_or_default()
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
    fn by_hand_and_by_the_processor_agree_on_every_length() {
        let bytes: Vec<u8> = (0..4_000_u32).map(|n| ((n * n) >> 3) as u8).collect();
        for end in 0..bytes.len() {
            assert_eq!(by_hand(&bytes[..end]), crc32c(&bytes[..end]), "{end}");
        }
    }

    #[test]
    fn a_long_batch_is_folded_around_all_edges_of_its_room() {
        let bytes: Vec<u8> = (0..40_000_u32).map(|n| ((n.wrapping_mul(n * n)) >> 5) as u8).collect();
        for end in (8_000..12_000).step_by(3).chain(16_500..17_000).chain(39_900..40_000) {
            assert_eq!(by_hand(&bytes[..end]), crc32c(&bytes[..end]), "{end}");
        }
    }
}
