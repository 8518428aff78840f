//! A whole history as letters that fit behind the `#` of an address: the save file, deflated, in base64url.
//!
//! ```text
//! 1.  checksum, deflated text      what is written today
//!     text                         the first links: no dot, nothing is packed
//! ```
//!
//! A link holds text and nothing else, so that nothing in it can run. What it unpacks to is bounded
//! ([`TEXT_BYTES`]), and so is what its history may do ([`ALLOWANCE`]).
//!
//! Not here: what the text means (`log`), and the address around the letters (the page's).

mod base64;
mod pack;

use millrace_model::Time;
use millrace_sim::timeline::Allowance;
use millrace_sim::world::Volume;
use std::fmt;

/// Most bytes of text that a link unpacks to; a longer history is for a file.
pub const TEXT_BYTES: usize = 1024 * 1024;
/// What the histories of one link may do: about half a minute of replay, and memory that a page has.
pub const ALLOWANCE: Allowance = Allowance {
    steps: 2_000_000,
    volume: Volume { records: 2_000_000, bytes: 256 * 1024 * 1024 },
    time: Time(366 * 86_400 * 1_000_000),
};

const PACKED: &str = "1.";
const CHECKSUM: usize = 3;

/// Why a link cannot be read, or not as it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// Not even its beginning makes sense.
    Unreadable,
    /// A letter that no link has; its place among the letters, from 1.
    Letter(usize),
    /// It breaks off, or something in it was changed.
    Changed,
    /// It unpacks to more than [`TEXT_BYTES`].
    TooLong,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Damage::Unreadable => {
                f.write_str("this link holds no history: perhaps only a part of it was copied")
            }
            Damage::Letter(place) => {
                write!(f, "this link is damaged: letter {place} behind the # is none that a link has")
            }
            Damage::Changed => {
                f.write_str("this link is damaged: a part is missing or was changed on its way here")
            }
            Damage::TooLong => {
                write!(
                    f,
                    "this link unpacks to more than {} KiB of history, which no link may",
                    TEXT_BYTES >> 10
                )
            }
        }
    }
}

/// What a link holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    /// The text of the save file, or as much of it as can still be read.
    pub text: String,
    /// What is wrong with the link.
    pub damage: Option<Damage>,
}

/// The letters for a text: only what an address may hold unescaped.
pub fn encode(text: &str) -> String {
    let mut bytes = checksum(text).to_vec();
    bytes.extend(pack::pack(text.as_bytes()));
    format!("{PACKED}{}", base64::encode(&bytes))
}

/// The text of the letters. What is damaged is said, and what can be read of the rest is kept.
///
/// # Errors
/// Letters of which nothing can be read.
pub fn decode(letters: &str) -> Result<Linked, Damage> {
    let Some(packed) = letters.strip_prefix(PACKED) else {
        let (bytes, bad) = base64::decode(letters);
        return linked(text_of(bytes), bad.map(Damage::Letter));
    };
    let (bytes, bad) = base64::decode(packed);
    let bad = bad.map(|place| Damage::Letter(place + PACKED.len()));
    let Some((sum, packed)) = bytes.split_first_chunk::<CHECKSUM>() else {
        return Err(bad.unwrap_or(Damage::Unreadable));
    };
    let (text, end) = pack::unpack(packed, TEXT_BYTES);
    let text = text_of(text);
    let damage = match end {
        pack::End::TooLong => Some(Damage::TooLong),
        _ if bad.is_some() => bad,
        pack::End::Broken => Some(Damage::Changed),
        pack::End::Whole => (checksum(&text) != *sum).then_some(Damage::Changed),
    };
    linked(text, damage)
}

fn linked(text: String, damage: Option<Damage>) -> Result<Linked, Damage> {
    match (text.trim().is_empty(), damage) {
        (true, damage) => Err(damage.unwrap_or(Damage::Unreadable)),
        (false, Some(Damage::TooLong)) => Err(Damage::TooLong),
        (false, damage) => Ok(Linked { text, damage }),
    }
}

/// As far as it is text. A letter cut in half at the end is left out.
fn text_of(bytes: Vec<u8>) -> String {
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(wrong) => String::from_utf8_lossy(wrong.as_bytes()).into_owned(),
    }
}

/// FNV-1a, folded: against accidents, not against intent.
fn checksum(text: &str) -> [u8; CHECKSUM] {
    let hash =
        text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let [a, b, c, d] = hash.to_be_bytes();
    [a ^ d, b, c]
}

#[cfg(test)]
mod tests;
