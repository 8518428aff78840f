//! A key's letter and hue: from the letter shown, so that the same letter always has the same colour.

use millrace_client::partitioner::{murmur2, to_positive};

/// Hues of the palette for keys: 0 to 7; [`NO_KEY`] is the grey for records without one.
pub const KEY_HUES: u8 = 8;
/// The hue of a null key.
pub const NO_KEY: u8 = KEY_HUES;
/// Hues of the palette for groups: 0 to 3, in the order in which they stand on stage.
pub const GROUP_HUES: u8 = 4;

/// The letter and the hue of a key: the first letter of its last part (after `-` or `_`), or the last two digits of its
/// number. `a` to `h` (and `i` to `p` again, and so on) have eight different hues, so that alice, bob, carol, dave, erin
/// and frank differ.
pub fn of_key(key: Option<&[u8]>) -> (String, u8) {
    let Some(bytes) = key else { return ("∅".to_owned(), NO_KEY) };
    // What follows the text in a windowed key is the window's start.
    let text = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    if text.is_empty() && !bytes.is_empty() {
        return ("?".to_owned(), by_hash(bytes));
    }
    let part = text.rsplit(['-', '_']).find(|part| !part.is_empty()).unwrap_or(text);
    let Some(first) = part.chars().next() else { return ("“”".to_owned(), by_hash(bytes)) };
    if part.chars().all(|c| c.is_ascii_digit()) {
        let tail = part.len().saturating_sub(2);
        let shown = part.get(tail..).unwrap_or(part);
        let number = part.bytes().fold(0_u8, |n, digit| (n * 10 + (digit - b'0')) % KEY_HUES);
        return (shown.to_owned(), number);
    }
    let lower = first.to_lowercase().next().unwrap_or(first);
    let hue = match lower {
        'a'..='z' => (lower as u8 - b'a') % KEY_HUES,
        _ => by_hash(bytes),
    };
    (lower.to_string(), hue)
}

/// The hue of the `n`-th group on stage.
pub fn of_group(n: usize) -> u8 {
    u8::try_from(n % usize::from(GROUP_HUES)).unwrap_or(0)
}

fn by_hash(bytes: &[u8]) -> u8 {
    u8::try_from(to_positive(murmur2(bytes)) % i32::from(KEY_HUES)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::Set;

    #[test]
    fn usual_names_have_different_letters_and_hues() {
        let names = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"];
        let hues: Set<u8> = names.iter().map(|name| of_key(Some(name.as_bytes())).1).collect();
        assert_eq!(hues.len(), names.len());
    }

    #[test]
    fn letters_come_from_the_last_part() {
        let letter = |key: &str| of_key(Some(key.as_bytes())).0;
        let keys = ["alice", "cust-bob", "user_7", "order-1008", "Carol", "a-", "-", ""];
        assert_eq!(keys.map(letter), ["a", "b", "7", "08", "c", "a", "-", "“”"]);
        assert_eq!(of_key(None), ("∅".to_owned(), NO_KEY));
        assert_eq!(of_key(Some(&[0xff])).0, "?");
        assert_eq!(of_key(Some(b"carol\0\0\x01\x8f\xff")), of_key(Some(b"carol")), "a windowed key");
        assert_ne!(of_key(Some(b"user-1")).1, of_key(Some(b"user-2")).1);
    }
}
