//! What repeats in a block, for the Zstandard encoder: greedy, by one table of hashes, as the fast levels do it.
//!
//! The encoder's own finder clears tables for 128 KB before every frame, which costs more than packing a batch of 16 KB.

use ruzstd::encoding::{CompressionLevel, Matcher, Sequence};

/// What the format lets into one block, in bytes; also the window, as nothing is looked for in the block before.
const BLOCK: usize = 128 << 10;
/// Hashes of this many bits.
const HASH_BITS: u32 = 14;
/// Where a match is worth its sequence, in bytes.
const LEAST: usize = 5;
/// After that many bytes without a match, as a power of two, steps become longer.
const PATIENCE: u32 = 6;

/// Finds repetitions; keeps its tables.
#[derive(Default)]
pub struct Finder {
    block: Vec<u8>,
    spare: Vec<u8>,
    /// For each hash the place after which such bytes stood last; smaller than `before`: not in this block.
    table: Vec<u32>,
    /// Bytes of all blocks before this one, since the table was cleared.
    before: u32,
    /// Bytes of the frame that are still to come.
    expected: usize,
}

impl Finder {
    /// Says how long the next frame's contents are, lest room be made for more.
    pub fn expect(&mut self, bytes: usize) {
        self.expected = bytes;
    }

    fn remember(&mut self) {
        let size = u32::try_from(self.block.len()).unwrap_or(u32::MAX);
        match self.before.checked_add(size).filter(|sum| *sum < u32::MAX - BLOCK as u32) {
            Some(before) => self.before = before,
            None => {
                self.before = 0;
                self.table.fill(0);
            }
        }
    }
}

/// Eight bytes at a place, if there are that many.
fn word(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|word| u64::from_le_bytes(*word))
}

/// By the first five bytes of a word.
fn hash(word: u64) -> usize {
    ((word << 24).wrapping_mul(0xcf1b_bcdc_b7a5_6463) >> (64 - HASH_BITS)) as usize
}

/// How far two slices agree.
fn common(left: &[u8], right: &[u8]) -> usize {
    let (lefts, _) = left.as_chunks::<8>();
    let (rights, _) = right.as_chunks::<8>();
    let same = 8 * lefts.iter().zip(rights).take_while(|(left, right)| left == right).count();
    let rest = left.iter().skip(same).zip(right.iter().skip(same));
    same + rest.take_while(|(left, right)| left == right).count()
}

impl Matcher for Finder {
    fn get_next_space(&mut self) -> Vec<u8> {
        let mut space = std::mem::take(&mut self.spare);
        // One byte more than there is: an exact fit looks as if more were to come.
        space.resize(BLOCK.min(self.expected.saturating_add(1)), 0);
        self.expected = self.expected.saturating_sub(space.len());
        space
    }

    fn get_last_space(&mut self) -> &[u8] {
        &self.block
    }

    fn commit_space(&mut self, space: Vec<u8>) {
        self.remember();
        self.spare = std::mem::replace(&mut self.block, space);
    }

    fn skip_matching(&mut self) {}

    fn start_matching(&mut self, mut handle_sequence: impl for<'a> FnMut(Sequence<'a>)) {
        let Self { block, table, before, .. } = self;
        table.resize(1 << HASH_BITS, 0);
        let (mut literals, mut at) = (0, 0);
        while let Some(here) = word(block, at) {
            let Some(slot) = table.get_mut(hash(here)) else { break };
            // One more than the place, so that zero is none.
            let place = *before + at as u32 + 1;
            let last = std::mem::replace(slot, place);
            let earlier = last.checked_sub(*before + 1).map(|earlier| earlier as usize);
            let found = earlier.and_then(|earlier| {
                let (left, right) = (block.get(earlier..)?, block.get(at..)?);
                Some((at - earlier, common(left, right))).filter(|(_, length)| *length >= LEAST)
            });
            match found {
                Some((offset, match_len)) => {
                    let literals_before = block.get(literals..at).unwrap_or_default();
                    handle_sequence(Sequence::Triple { literals: literals_before, offset, match_len });
                    at += match_len;
                    literals = at;
                    if let Some(slot) = at.checked_sub(2).and_then(|at| table.get_mut(hash(word(block, at)?)))
                    {
                        *slot = place + match_len as u32 - 2;
                    }
                }
                None => at += 1 + ((at - literals) >> PATIENCE),
            }
        }
        if let Some(literals @ [_, ..]) = block.get(literals..) {
            handle_sequence(Sequence::Literals { literals });
        }
    }

    fn reset(&mut self, _: CompressionLevel) {}

    fn window_size(&self) -> u64 {
        BLOCK as u64
    }
}
