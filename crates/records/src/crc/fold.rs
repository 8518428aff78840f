//! Shortens what a CRC-32C is taken of without changing it, by nothing but exclusive or.
//!
//! With `y` for a word of 64 bits, `y²⁰⁹ + y¹⁴⁴ + y⁵⁴ + y³⁹ + y¹⁴ + 1` is a multiple of the polynomial of CRC-32C. So a word can be
//! taken away if it is added five times further back, and what is left in the end are the last 209 words. That is the idea of
//! Chorba (Russell, "Chorba: A novel CRC32 implementation", 2024); the multiple, the least one of six terms, was searched for.

/// How far back a word falls, in words, the least first.
const FALLS: [usize; 5] = [65, 155, 170, 195, REACH];
/// Words that are left.
const REACH: usize = 209;
/// Words that do not depend on each other: the shortest way that one falls.
const STRETCH: usize = 65;
/// Words that are taken away before the last of them move to the front of the room.
const ROOM: usize = 16 * STRETCH;

/// What is left.
pub(super) type Left = [[u8; 8]; REACH];

/// The last words of `words`, with all that was before them, the remainder `crc` included; none if there are too few of them to
/// be worth it.
pub(super) fn fold(crc: u32, words: &[[u8; 8]]) -> Option<Left> {
    let (gone, last) = words.split_at_checked(words.len().checked_sub(REACH)?)?;
    if gone.len() < REACH {
        return None;
    }
    let mut room = [0; REACH + ROOM];
    let mut carried = u64::from(crc);
    for gone in gone.chunks(ROOM) {
        for (nth, stretch) in gone.chunks(STRETCH).enumerate() {
            let (before, here) = room.split_at_mut(REACH + nth * STRETCH);
            take(stretch, before, here);
            // The remainder so far goes into the first word of all, which nothing has fallen on.
            if let Some(first) = here.first_mut() {
                *first ^= std::mem::take(&mut carried);
            }
        }
        room.copy_within(gone.len()..gone.len() + REACH, 0);
    }
    Some(join(&room, last))
}

/// Takes words away: each with what fell on it goes into `here`, to fall from there.
fn take(words: &[[u8; 8]], before: &[u64], here: &mut [u64]) {
    let [a, b, c, d, e] = FALLS.map(|fall| before.get(before.len() - fall..).unwrap_or_default());
    let falls = a.iter().zip(b).zip(c).zip(d).zip(e);
    for ((slot, word), ((((a, b), c), d), e)) in here.iter_mut().zip(words).zip(falls) {
        *slot = u64::from_le_bytes(*word) ^ a ^ b ^ c ^ d ^ e;
    }
}

/// The last words, with what fell on them of the words right before, which lie at the front of `room`.
fn join(room: &[u64], last: &[[u8; 8]]) -> Left {
    let mut left = [[0; 8]; REACH];
    for (nth, (slot, word)) in left.iter_mut().zip(last).enumerate() {
        let fallen = FALLS.iter().filter(|fall| **fall > nth);
        let fallen = fallen.filter_map(|fall| room.get(nth + REACH - fall));
        *slot = fallen.fold(u64::from_le_bytes(*word), |word, fallen| word ^ fallen).to_le_bytes();
    }
    left
}
