//! `--add-config` and `--add-config-file` (`ConfigCommand.parseConfigsToBeAdded`).

use super::{Failure, sentence};
use crate::options::Given;
use crate::shell::Shell;

/// Names with their new values; the last value of a name counts.
pub(super) fn read(shell: &mut Shell<'_>, given: &Given) -> Result<Vec<(String, String)>, Failure> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut put = |key: &str, value: String| {
        pairs.retain(|(known, _)| known != key);
        pairs.push((key.to_owned(), value));
    };
    if let Some(path) = given.value("add-config-file")? {
        let Some(text) = shell.read(path) else {
            return Err(Failure::Exception(format!("java.nio.file.NoSuchFileException: {path}")));
        };
        for (key, value) in properties(&text) {
            put(key, value.to_owned());
        }
    }
    if let Some(text) = given.value("add-config")? {
        for part in split_outside(text, ',') {
            match split_outside(part, '=').as_slice() {
                [key, value] => put(key.trim(), value.replace(['[', ']'], "").trim().to_owned()),
                _ => {
                    return sentence(
                        "requirement failed: Invalid entity config: all configs to be added must be in the format \"key=val\".",
                    );
                }
            }
        }
    }
    let is_plain = |key: &str| key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
    if let Some((key, _)) = pairs.iter().find(|(key, _)| !is_plain(key)) {
        return sentence(format!("Invalid character found for config key: {key}"));
    }
    Ok(pairs)
}

/// Splits at `sign`, except where a `]` comes before any `[`: there it is inside of brackets.
fn split_outside(text: &str, sign: char) -> Vec<&str> {
    let is_outside = |rest: &str| rest.find(['[', ']']).is_none_or(|at| rest.get(at..=at) == Some("["));
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        if c == sign && text.get(at + 1..).is_some_and(is_outside) {
            parts.push(text.get(start..at).unwrap_or_default());
            start = at + 1;
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

/// The lines of a properties file: `key=value`, `key: value`, `key value`; `#` and `!` begin comments.
pub(crate) fn properties(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = text.lines().map(str::trim_start);
    lines.filter(|line| !line.is_empty() && !line.starts_with(['#', '!'])).map(|line| {
        let end = line.find(|c: char| c == '=' || c == ':' || c.is_whitespace()).unwrap_or(line.len());
        let (key, rest) = line.split_at(end);
        let rest = rest.trim_start();
        (key, rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_keep_commas_together() {
        assert_eq!(split_outside("a=b,c=[d,e],f=", ','), ["a=b", "c=[d,e]", "f="]);
        assert_eq!(split_outside("c=[d=1,e]", '='), ["c", "[d=1,e]"]);
    }

    #[test]
    fn properties_are_read_as_java_does() {
        let read: Vec<_> = properties("# no\na=b\n c : d \n\ne f\n").collect();
        assert_eq!(read, [("a", "b"), ("c", "d "), ("e", "f")]);
    }
}
