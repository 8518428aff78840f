//! Where a shell's operators stand in a line: outside of quotes and comments, as `script`'s lexer sees them.

use millrace_expr::Span;

/// A shell's operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `|`
    Pipe,
    /// `<<WORD`, or `<<-WORD`, which takes tabs off the front of each line.
    HereDoc {
        /// Whether tabs are taken off.
        strips_tabs: bool,
    },
    /// `<<< WORD`
    HereString,
    /// `< FILE`
    From,
    /// `>`, `&`, `;`: there is nothing of the kind here.
    Other,
}

/// Every operator of a statement with its place.
pub fn operators(text: &str) -> Vec<(Operator, Span)> {
    let bytes = text.as_bytes();
    let at = |i: usize| bytes.get(i).copied().unwrap_or_default();
    let mut found = Vec::new();
    let (mut i, mut is_word) = (0, false);
    while i < bytes.len() {
        let start = i;
        match at(i) {
            b'\'' => i = end_of_quote(bytes, i + 1, b'\'', false),
            b'"' => i = end_of_quote(bytes, i + 1, b'"', true),
            b'$' if at(i + 1) == b'\'' => i = end_of_quote(bytes, i + 2, b'\'', true),
            b'\\' => i += 2,
            b'#' if !is_word => {
                while i < bytes.len() && at(i) != b'\n' {
                    i += 1;
                }
            }
            b'<' => {
                let length = bytes.iter().skip(i).take_while(|b| **b == b'<').count().min(3);
                let strips_tabs = length == 2 && at(i + 2) == b'-';
                i += length + usize::from(strips_tabs);
                let operator = match length {
                    1 => Operator::From,
                    2 => Operator::HereDoc { strips_tabs },
                    _ => Operator::HereString,
                };
                found.push((operator, Span { start, end: i }));
            }
            b'|' | b'&' if at(i + 1) == at(i) => {
                i += 2;
                found.push((Operator::Other, Span { start, end: i }));
            }
            c @ (b'|' | b'>' | b'&' | b';') => {
                i += 1;
                let operator = if c == b'|' { Operator::Pipe } else { Operator::Other };
                found.push((operator, Span { start, end: i }));
            }
            _ => i += 1,
        }
        let last = at(i.saturating_sub(1));
        is_word = !(last.is_ascii_whitespace() || b"|<>&;".contains(&last));
    }
    found
}

fn end_of_quote(bytes: &[u8], mut i: usize, quote: u8, escapes: bool) -> usize {
    while let Some(&b) = bytes.get(i) {
        match b {
            b'\\' if escapes => i += 1,
            _ if b == quote => return i + 1,
            _ => {}
        }
        i += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<&str> {
        operators(text).into_iter().map(|(_, span)| &text[span.start..span.end]).collect()
    }

    #[test]
    fn operators_stand_outside_of_quotes_and_comments() {
        assert_eq!(shown("echo 'a|b' | t"), ["|"]);
        assert_eq!(shown("echo a|t"), ["|"]);
        assert_eq!(shown(r#"t "a\"|" $'\'|' \| 'x' <<EOF # | <"#), ["<<"]);
        assert_eq!(shown("t <<-EOF <<< x < y a#<b"), ["<<-", "<<<", "<", "<"]);
        assert_eq!(shown("a && b; c > d 2>&1 || e"), ["&&", ";", ">", ">", "&", "||"]);
        assert_eq!(shown("t 'open | quote"), [] as [&str; 0]);
    }
}
