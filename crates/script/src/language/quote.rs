//! Writing a word so that the lexer reads it back: bare if it can be, in quotes if it must.

use std::fmt::Write;

/// The word as it stands in a line.
pub fn quoted(word: &str) -> String {
    let bare = |c: char| c.is_alphanumeric() || "_-./:,=%@+".contains(c);
    // What begins with `-` or is `+` means something when it is bare.
    if !word.is_empty() && word.chars().all(bare) && !word.starts_with('-') && word != "+" {
        return word.to_owned();
    }
    let mut out = String::with_capacity(word.len() + 3);
    if word.chars().any(char::is_control) {
        out.push_str("$'");
        for c in word.chars() {
            match c {
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\\' | '\'' => out.extend(['\\', c]),
                // All control characters lie below U+00A0.
                c if c.is_control() => {
                    let _ = write!(out, "\\u{:04x}", u32::from(c));
                }
                c => out.push(c),
            }
        }
    } else if word.contains('\'') {
        out.push('"');
        for c in word.chars() {
            if matches!(c, '"' | '\\' | '$' | '`') {
                out.push('\\');
            }
            out.push(c);
        }
        out.push('"');
        return out;
    } else {
        out.push('\'');
        out.push_str(word);
    }
    out.push('\'');
    out
}

/// Adds a space and a word.
pub fn add(line: &mut String, word: &str) {
    line.push(' ');
    line.push_str(&quoted(word));
}

/// Adds an option with its value.
pub fn option(line: &mut String, name: &str, value: &str) {
    line.push_str(" --");
    line.push_str(name);
    add(line, value);
}

/// Bytes as lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Hex as bytes; `None` for an odd number of digits or anything else than digits.
pub fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digit = |c: u8| char::from(c).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::lexer::words;
    use proptest::prelude::*;

    #[test]
    fn the_plainest_form_is_chosen() {
        let of = ["orders", "", "a b", "it's $5", "a\nb", "--topic", "+", "a+b", "k=v", r#"{"a": 1}"#, "é"];
        assert_eq!(
            of.map(quoted),
            [
                "orders",
                "''",
                "'a b'",
                r#""it's \$5""#,
                r"$'a\nb'",
                "'--topic'",
                "'+'",
                "a+b",
                "k=v",
                r#"'{"a": 1}'"#,
                "é"
            ]
        );
    }

    #[test]
    fn hex_is_exact() {
        assert_eq!(bytes("00ffA0"), Some(vec![0, 255, 160]));
        assert_eq!([bytes("0"), bytes("0g"), bytes("é"), bytes("")], [None, None, None, Some(vec![])]);
        assert_eq!(hex(&[0, 255, 160]), "00ffa0");
    }

    proptest! {
        #[test]
        fn every_text_is_one_word_again(text in any::<String>()) {
            let line = quoted(&text);
            prop_assert!(!line.contains('\n'));
            let read = words(&line, 0).unwrap().tokens;
            prop_assert_eq!(read.len(), 1);
            prop_assert_eq!(&read[0].text, &text);
        }
    }
}
