//! `#run=…`: a whole history in a link. The text of the save file, in base64url without padding; nothing is sent anywhere,
//! because a browser keeps what follows `#` to itself.

use crate::session::Session;
use leptos::prelude::window;

const RUN: &str = "#run=";
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The link that reproduces a saved text.
pub fn of_text(text: &str) -> String {
    let location = window().location();
    let base = location.href().unwrap_or_default();
    let base = base.split('#').next().unwrap_or_default();
    format!("{base}{RUN}{}", encode(text.as_bytes()))
}

/// The link that reproduces what is on stage.
pub fn of_session(session: Session) -> String {
    of_text(&session.save())
}

/// Whether the page's own address holds a history.
pub fn is_in_address() -> bool {
    window().location().hash().is_ok_and(|hash| hash.starts_with(RUN))
}

/// The text that the page's own address holds, if it holds one; an unreadable one is an error.
pub fn from_address() -> Option<Result<String, &'static str>> {
    let hash = window().location().hash().ok()?;
    let code = hash.strip_prefix(RUN)?.to_owned();
    Some(decode(&code).ok_or("this link is damaged: perhaps only a part of it was copied"))
}

/// Takes the history out of the address, so that a reload brings back what was done since.
pub fn clear_address() {
    if let Ok(history) = window().history() {
        let path = window().location().pathname().unwrap_or_default();
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&path));
    }
}

fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 4 / 3 + 3);
    for chunk in bytes.chunks(3) {
        let mut group = 0_u32;
        for i in 0..3 {
            group = group << 8 | u32::from(chunk.get(i).copied().unwrap_or(0));
        }
        for i in 0..=chunk.len() {
            let index = (group >> (18 - 6 * i)) & 63;
            out.push(char::from(ALPHABET.get(index as usize).copied().unwrap_or(b'A')));
        }
    }
    out
}

fn decode(code: &str) -> Option<String> {
    let mut out = Vec::with_capacity(code.len() * 3 / 4);
    let (mut group, mut bits) = (0_u32, 0);
    for byte in code.bytes() {
        let index = ALPHABET.iter().position(|letter| *letter == byte)?;
        group = (group << 6 | index as u32) & 0xff_ffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((group >> bits) as u8);
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn every_text_comes_back() {
        for text in ["", "a", "ab", "abc", "millrace 1\n", "∅ ü", "\u{10ffff}?>"] {
            assert_eq!(decode(&encode(text.as_bytes())).as_deref(), Some(text));
        }
        assert_eq!(encode(b"\xfb\xff\xfe"), "-__-");
        assert_eq!(decode("a b"), None);
    }
}
