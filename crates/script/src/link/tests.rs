//! Links there and back, damaged and hostile ones included.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::{Damage, TEXT_BYTES, base64, decode, encode, pack};
use proptest::prelude::*;

/// A first scene, and twenty things that a learner did on it.
const TWENTY: &str = include_str!("twenty.mill");

#[test]
fn base64_is_that_of_the_rfc() {
    let cases =
        [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("foobar", "Zm9vYmFy")];
    for (bytes, letters) in cases {
        assert_eq!(base64::encode(bytes.as_bytes()), letters);
        assert_eq!(base64::decode(letters), (bytes.as_bytes().to_vec(), None));
    }
    assert_eq!(base64::encode(b"\xfb\xff\xfe"), "-__-");
    assert_eq!(base64::decode("Zm9v Zm9v"), (b"foo".to_vec(), Some(5)));
}

#[test]
fn twenty_commands_make_a_link_of_at_most_a_thousand_characters() {
    assert_eq!(TWENTY.lines().filter(|line| line.starts_with('@')).count(), 20);
    let letters = encode(TWENTY);
    assert!(letters.len() + "https://millrace.example/play/#run=".len() <= 1_000, "{}", letters.len());
    assert_eq!(decode(&letters).unwrap().text, TWENTY);
}

#[test]
fn the_first_links_still_open() {
    let linked = decode("bWlsbHJhY2UgMQpzZWVkIDcK").unwrap();
    assert_eq!((linked.text.as_str(), linked.damage), ("millrace 1\nseed 7\n", None));
}

/// Links that were shared must open for ever: neither the dictionary nor the checksum may change under `1.`.
#[test]
fn a_link_that_was_shared_opens_as_it_was() {
    let linked = decode(SHARED).unwrap();
    assert_eq!((linked.text.as_str(), linked.damage), ("millrace 1\nseed 7\nbranch 0\n", None));
    assert_eq!(encode(&linked.text), SHARED);
}

const SHARED: &str = "1.hBHYQ8qv4CxqjsiWAA";

#[test]
fn a_link_that_breaks_off_keeps_what_came() {
    let letters = encode(TWENTY);
    let half = &letters[..letters.len() / 2];
    let linked = decode(half).unwrap();
    assert_eq!(linked.damage, Some(Damage::Changed));
    assert!(TWENTY.starts_with(linked.text.trim_end_matches('\u{fffd}')));
    assert!(linked.text.lines().count() > 8, "{}", linked.text);
}

#[test]
fn a_letter_that_is_none_is_named() {
    let letters = encode(TWENTY);
    let spoilt = format!("{} {}", &letters[..400], &letters[400..]);
    assert_eq!(decode(&spoilt).unwrap().damage, Some(Damage::Letter(401)));
    assert_eq!(decode("?"), Err(Damage::Letter(1)));
    assert_eq!(decode("1."), Err(Damage::Unreadable));
    assert_eq!(decode(""), Err(Damage::Unreadable));
}

#[test]
fn no_change_of_a_single_letter_goes_unnoticed() {
    let letters = encode(TWENTY);
    for place in 2..letters.len() - 1 {
        let mut other = letters.clone().into_bytes();
        other[place] = if other[place] == b'x' { b'y' } else { b'x' };
        let other = String::from_utf8(other).unwrap();
        let damage = decode(&other).map(|linked| linked.damage);
        assert!(!matches!(damage, Ok(None)), "letter {place}");
    }
}

#[test]
fn a_bomb_is_refused_at_the_limit() {
    let bomb = "a".repeat(4 * TEXT_BYTES);
    let letters = encode(&bomb);
    assert!(letters.len() < TEXT_BYTES);
    assert_eq!(decode(&letters), Err(Damage::TooLong));
    let (text, end) = pack::unpack(&pack::pack(bomb.as_bytes()), 10);
    assert_eq!((text.len(), end), (10, pack::End::TooLong));
    let fits = "a".repeat(TEXT_BYTES);
    assert_eq!(decode(&encode(&fits)).unwrap().damage, None);
}

proptest! {
    #[test]
    fn every_text_comes_back(text in "(?s).{1,400}") {
        prop_assume!(!text.trim().is_empty());
        let linked = decode(&encode(&text)).unwrap();
        prop_assert_eq!(linked.text, text);
        prop_assert_eq!(linked.damage, None);
    }
}
