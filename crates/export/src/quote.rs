//! Any text as a literal of each language, so that reading it gives the same text again.

use std::fmt::Write;

pub(crate) use millrace_expr::java::java_text as java;
pub(crate) use millrace_script::language::quote::quoted as shell;

/// A YAML scalar in double quotes: JSON's form, which YAML shares, with what is not printable as `\u…`.
pub(crate) fn yaml(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(c),
            c => utf16(&mut out, c),
        }
    }
    out.push('"');
    out
}

/// The same for Compose, which reads `$NAME` in values.
pub(crate) fn compose(text: &str) -> String {
    yaml(&text.replace('$', "$$"))
}

/// JSON, in one line of ASCII.
pub(crate) fn json(text: &str) -> String {
    yaml(text)
}

/// A Python string.
pub(crate) fn python(text: &str) -> String {
    quoted(text, |code| if code > 0xffff { format!("\\U{code:08x}") } else { format!("\\u{code:04x}") })
}

/// A Rust string.
pub(crate) fn rust(text: &str) -> String {
    quoted(text, |code| format!("\\u{{{code:x}}}"))
}

/// A string in quotes: printable ASCII as it is, any other character by its code.
fn quoted(text: &str, by_code: fn(u32) -> String) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            ' '..='~' => out.push(c),
            c => out.push_str(&by_code(u32::from(c))),
        }
    }
    out.push('"');
    out
}

fn utf16(out: &mut String, c: char) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        let _ = write!(out, "\\u{unit:04x}");
    }
}

/// A name as part of a file's name or an identifier: lower-case letters, digits and `_`, beginning with a letter.
pub(crate) fn stem(name: &str) -> String {
    let mut out: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    if !out.starts_with(|c: char| c.is_ascii_lowercase()) {
        out.insert_str(0, "n_");
    }
    out
}

/// Different stems for different names: a later one that is taken gets a number.
pub(crate) fn stems<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut taken: Vec<String> = Vec::new();
    for name in names {
        let stem = stem(name);
        let free = (1_u32..).map(|n| if n == 1 { stem.clone() } else { format!("{stem}_{n}") });
        let next = free.into_iter().find(|stem| !taken.contains(stem));
        taken.extend(next);
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_expr::Value;
    use millrace_script::language::lexer::words;
    use proptest::prelude::*;

    #[test]
    fn each_language_has_its_signs() {
        let text = "a\"b\\c$d\n\u{1}é😀";
        assert_eq!(yaml(text), r#""a\"b\\c$d\n\u0001\u00e9\ud83d\ude00""#);
        assert_eq!(compose("$HOME"), r#""$$HOME""#);
        assert_eq!(python(text), r#""a\"b\\c$d\n\u0001\u00e9\U0001f600""#);
        assert_eq!(rust(text), r#""a\"b\\c$d\n\u{1}\u{e9}\u{1f600}""#);
    }

    #[test]
    fn stems_are_identifiers_and_differ() {
        assert_eq!(stems(["a b", "a-b", "9", "é"].into_iter()), ["a_b", "a_b_2", "n_9", "n__"]);
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in any::<String>()) {
            let read = millrace_expr::json::parse(&json(&text)).map(|value| value.to_text().to_string());
            prop_assert_eq!(read.ok(), Some(text.clone()));
            let tokens = words(&shell(&text), 0).map(|words| words.tokens).unwrap_or_default();
            prop_assert_eq!(tokens.first().map(|token| &token.text), Some(&text));
            let _: Option<Value> = None;
        }
    }
}
