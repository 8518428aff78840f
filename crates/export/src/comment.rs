//! Any text inside a comment of one line: nothing in it can end the line, or be read as more than a comment.

/// What the languages' comments have in common: one line, no control characters.
pub(crate) fn line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect()
}

/// For Java, which reads `\u000a` in comments, too: behind an even number of backslashes it does not.
pub(crate) fn java(text: &str) -> String {
    line(text).replace('\\', "\\\\")
}

/// Lines behind a sign: `# ` or `// `, as deep as `indent`.
pub(crate) fn block(indent: &str, sign: &str, lines: &[String]) -> String {
    lines.iter().map(|text| [indent, sign, " ", &line(text), "\n"].concat()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_stays_one() {
        assert_eq!(block("  ", "#", &["a\nrm -rf".to_owned()]), "  # a rm -rf\n");
        assert_eq!(java("a\\u000ab"), "a\\\\u000ab");
    }
}
