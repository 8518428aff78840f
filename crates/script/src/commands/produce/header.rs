//! A header as one word: `name=text`, or with an option of its own where that is no text.
//!
//! A name may hold anything: `\` makes the next character an ordinary one.

use crate::language::arguments::Value;
use crate::language::problem::Problem;
use crate::language::quote::{bytes, hex, option};
use millrace_model::Header;

/// Reads the value of `--header`, `--header-hex` or `--header-null`.
pub(super) fn parse(option: &str, value: &Value<'_>) -> Result<Header, Problem> {
    let (name, rest) = name(value.text());
    let bytes = match (option, rest) {
        ("header-null", None) => None,
        ("header-null", Some(_)) => return Err(value.wrong("a header's name without a value")),
        ("header", Some(text)) => Some(text.as_bytes().into()),
        ("header", None) => return Err(value.wrong("a header such as trace=42")),
        (_, hex) => match hex.and_then(bytes) {
            Some(bytes) => Some(bytes.into()),
            None => return Err(value.wrong("a header with its bytes in hex, such as trace=00ff")),
        },
    };
    Ok(Header { key: name.into(), value: bytes })
}

/// The name, and what stands behind the first `=` that no backslash hides.
fn name(word: &str) -> (String, Option<&str>) {
    let mut name = String::new();
    let mut chars = word.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '=' => return (name, word.get(at + 1..)),
            '\\' => name.push(chars.next().map_or('\\', |(_, c)| c)),
            c => name.push(c),
        }
    }
    (name, None)
}

pub(super) fn print(line: &mut String, header: &Header) {
    let name = header.key.replace('\\', "\\\\").replace('=', "\\=");
    match header.value.as_deref().map(|bytes| (bytes, std::str::from_utf8(bytes))) {
        None => option(line, "header-null", &name),
        Some((_, Ok(text))) => option(line, "header", &format!("{name}={text}")),
        Some((bytes, Err(_))) => option(line, "header-hex", &format!("{name}={}", hex(bytes))),
    }
}
