//! From text to words, as a shell cuts them: `'…'`, `"…"`, `$'…'`, backslashes, comments, continued lines.
//!
//! Two differences from a shell, both for better messages: a quote ends on its line (`$'…\n…'` writes a line break),
//! and nothing is expanded: `$`, `*`, `|` and their like are letters. A word that begins with a quote is never an option.

use super::problem::Problem;
use millrace_expr::Span;

/// A word with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it says once quotes and backslashes are gone.
    pub text: String,
    /// Where it stands, quotes included, in bytes of the source.
    pub span: Span,
    /// True if it begins with a quote.
    pub quoted: bool,
    /// Runs of `text` that stand in the source byte by byte: (start in the text, start in the source).
    runs: Vec<(usize, usize)>,
}

impl Token {
    /// Where a byte range of [`Token::text`] stands in the source.
    pub fn place(&self, of: Span) -> Span {
        let start = self.source_byte(of.start);
        let end = if of.end > of.start { self.source_byte(of.end - 1) + 1 } else { start };
        Span { start, end: end.max(start) }
    }

    fn source_byte(&self, at: usize) -> usize {
        let run = self.runs.partition_point(|(text, _)| *text <= at).checked_sub(1);
        match run.and_then(|run| self.runs.get(run)) {
            Some((text, source)) => source + (at - text),
            None => self.span.start,
        }
    }

    /// The part of the word from byte `from` of its text on, as a word of its own.
    pub(crate) fn tail(&self, from: usize) -> Token {
        let text = self.text.get(from..).unwrap_or_default().to_owned();
        let start = self.source_byte(from).min(self.span.end);
        let first = std::iter::once((0, start));
        let later =
            self.runs.iter().filter(|(text, _)| *text > from).map(|(text, source)| (text - from, *source));
        Token {
            text,
            span: Span { start, end: self.span.end },
            quoted: true,
            runs: first.chain(later).collect(),
        }
    }
}

/// The words of one statement and the byte after its last line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The words.
    pub tokens: Vec<Token>,
    /// Where the next statement begins.
    pub next: usize,
}

/// Reads the statement that begins at byte `start` of `source`: up to the first line break that no backslash hides.
///
/// # Errors
/// A quote that is not closed on its line; the second value says where to go on.
pub fn words(source: &str, start: usize) -> Result<Words, (Problem, usize)> {
    let mut lexer = Lexer { source, at: start };
    let mut tokens = Vec::new();
    loop {
        match lexer.skip_blank() {
            Blank::Word => match lexer.word() {
                Ok(token) => tokens.push(token),
                Err(problem) => {
                    let rest = source.get(lexer.at..).unwrap_or_default();
                    let next = rest.find('\n').map_or(source.len(), |at| lexer.at + at + 1);
                    return Err((problem, next));
                }
            },
            Blank::End => return Ok(Words { tokens, next: lexer.at }),
        }
    }
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
}

enum Blank {
    Word,
    End,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// The line break at the front, with its backslash if there is one: its length.
    fn continuation(&self) -> Option<usize> {
        ["\\\n", "\\\r\n"].iter().find(|end| self.rest().starts_with(**end)).map(|end| end.len())
    }

    fn skip_blank(&mut self) -> Blank {
        loop {
            if let Some(length) = self.continuation() {
                self.at += length;
                continue;
            }
            match self.peek() {
                None => return Blank::End,
                Some('\n') => {
                    self.at += 1;
                    return Blank::End;
                }
                Some('#') => {
                    let comment = self.rest().find('\n').unwrap_or(self.rest().len());
                    self.at += comment;
                }
                Some(c) if c.is_whitespace() => self.at += c.len_utf8(),
                Some(_) => return Blank::Word,
            }
        }
    }

    fn word(&mut self) -> Result<Token, Problem> {
        let start = self.at;
        let quoted = matches!(self.peek(), Some('\'' | '"')) || self.rest().starts_with("$'");
        let mut token =
            Token { text: String::new(), span: Span { start, end: start }, quoted, runs: Vec::new() };
        while let Some(c) = self.peek() {
            match c {
                '\'' => self.single(&mut token)?,
                '"' => self.double(&mut token)?,
                '$' if self.rest().starts_with("$'") => self.ansi(&mut token)?,
                '\\' if self.continuation().is_some() => break,
                '\\' => {
                    self.at += 1;
                    // A backslash before the end stands for itself.
                    let c = self.peek().unwrap_or('\\');
                    token.push(c, self.at);
                    self.take();
                }
                c if c.is_whitespace() => break,
                c => {
                    token.push(c, self.at);
                    self.take();
                }
            }
        }
        token.span.end = self.at;
        Ok(token)
    }

    fn single(&mut self, token: &mut Token) -> Result<(), Problem> {
        let open = self.at;
        self.at += 1;
        loop {
            let at = self.at;
            match self.take() {
                Some('\'') => return Ok(()),
                None | Some('\n') => return Err(self.open_quote(open, "'")),
                Some(c) => token.push(c, at),
            }
        }
    }

    fn double(&mut self, token: &mut Token) -> Result<(), Problem> {
        let open = self.at;
        self.at += 1;
        loop {
            let at = self.at;
            match self.take() {
                Some('"') => return Ok(()),
                None | Some('\n') => return Err(self.open_quote(open, "\"")),
                // As in a shell: before any other character a backslash stands for itself.
                Some('\\') if matches!(self.peek(), Some('"' | '\\' | '$' | '`')) => {
                    let at = self.at;
                    if let Some(c) = self.take() {
                        token.push(c, at);
                    }
                }
                Some(c) => token.push(c, at),
            }
        }
    }

    /// `$'…'` with the escapes of bash that are needed to write any text on one line.
    fn ansi(&mut self, token: &mut Token) -> Result<(), Problem> {
        let open = self.at;
        self.at += 2;
        loop {
            let at = self.at;
            match self.take() {
                Some('\'') => return Ok(()),
                None | Some('\n') => return Err(self.open_quote(open, "'")),
                Some('\\') => {
                    let c = self.escape(at)?;
                    token.push(c, at);
                }
                Some(c) => token.push(c, at),
            }
        }
    }

    fn escape(&mut self, at: usize) -> Result<char, Problem> {
        let c = self.take();
        Ok(match c {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('\\') => '\\',
            Some('\'') => '\'',
            Some('"') => '"',
            Some('u') => {
                let digits: String =
                    self.rest().chars().take(4).take_while(char::is_ascii_hexdigit).collect();
                self.at += digits.len();
                match u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32) {
                    Some(c) if digits.len() == 4 => c,
                    _ => return Err(self.bad_escape(at)),
                }
            }
            _ => return Err(self.bad_escape(at)),
        })
    }

    fn bad_escape(&self, at: usize) -> Problem {
        let end = self.at.max(at + 1);
        let found = self.source.get(at..end).unwrap_or("\\").trim_end_matches('\n');
        let expected = "one of \\n \\r \\t \\\\ \\' \\\" \\u00e9 inside $'…'";
        Problem::new(self.source, Span { start: at, end }, expected, format!("`{found}`"))
    }

    fn open_quote(&mut self, open: usize, quote: &str) -> Problem {
        // The line break that has ended the quote ends the statement, too.
        if self.source.get(..self.at).is_some_and(|before| before.ends_with('\n')) {
            self.at -= 1;
        }
        let end = self.at.min(self.source.trim_end().len()).max(open + 1);
        let expected = format!("a closing {quote} on the same line");
        Problem::new(self.source, Span { start: open, end }, expected, "the end of the line")
    }
}

impl Token {
    fn push(&mut self, c: char, at: usize) {
        let runs_on = self.runs.last().is_some_and(|(text, source)| at == source + (self.text.len() - text));
        if !runs_on {
            self.runs.push((self.text.len(), at));
        }
        self.text.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        words(source, 0).unwrap().tokens.into_iter().map(|t| t.text).collect()
    }

    #[test]
    fn words_are_cut_as_a_shell_cuts_them() {
        assert_eq!(texts("a  b\tc"), ["a", "b", "c"]);
        assert_eq!(texts(r#"'a b' "c d" e' f'"g" '' \  \#"#), ["a b", "c d", "e fg", "", " ", "#"]);
        assert_eq!(texts(r#""a\"b\\c\nd\$" '\'"#), [r#"a"b\c\nd$"#, "\\"]);
        assert_eq!(texts(r"$'a\n\t\'\\\u00e9'b"), ["a\n\t'\\éb"]);
        assert_eq!(texts("a#b # c 'd"), ["a#b"]);
        assert_eq!(texts("a \\\n  b\\\r\n c\nd"), ["a", "b", "c"]);
        assert_eq!(texts("  # only\n"), [] as [&str; 0]);
        assert_eq!(texts("a $b *|; \\"), ["a", "$b", "*|;", "\\"]);
    }

    #[test]
    fn statements_follow_each_other() {
        let source = "a \\\nb\n\nc";
        let first = words(source, 0).unwrap();
        assert_eq!(source.get(first.next..), Some("\nc"));
        let second = words(source, first.next).unwrap();
        assert_eq!((second.tokens.len(), source.get(second.next..)), (0, Some("c")));
    }

    #[test]
    fn only_the_first_character_makes_a_word_quoted() {
        let quoted = words("'a' --b='c' \"d\" $'e' \\--f $g", 0).unwrap().tokens;
        assert_eq!(
            quoted.iter().map(|t| t.quoted).collect::<Vec<_>>(),
            [true, false, true, true, false, false]
        );
    }

    #[test]
    fn a_place_in_a_word_is_a_place_in_the_source() {
        let source = r#"x "é\"b"c d"#;
        let token = words(source, 0).unwrap().tokens.remove(1);
        assert_eq!(token.text, "é\"bc");
        let shown = |start, end| {
            source.get(token.place(Span { start, end }).start..token.place(Span { start, end }).end)
        };
        assert_eq!([shown(0, 2), shown(2, 3), shown(3, 4), shown(4, 5)], ["é", "\"", "b", "c"].map(Some));
        assert_eq!(token.place(Span { start: 5, end: 5 }).start, source.len() - 2);
        let tail = token.tail(3);
        assert_eq!((tail.text.as_str(), source.get(tail.span.start..tail.span.end)), ("bc", Some("b\"c")));
        assert_eq!(tail.place(Span { start: 1, end: 2 }), token.place(Span { start: 4, end: 5 }));
    }

    #[test]
    fn an_open_quote_is_named_and_the_next_line_goes_on() {
        for (source, column) in [("a 'b c\nd", 3), ("a \"b\\\" c\nd", 3), ("a $'b\nd", 3)] {
            let (problem, next) = words(source, 0).unwrap_err();
            assert_eq!((problem.line, problem.column), (1, column), "{source}");
            assert!(problem.expected.starts_with("a closing"), "{problem}");
            assert_eq!(source.get(next..), Some("d"), "{source}");
        }
        let (problem, _) = words(r"$'\q'", 0).unwrap_err();
        assert_eq!(problem.found, r"`\q`");
        assert_eq!(words(r"$'\u12'", 0).unwrap_err().0.found, r"`\u12`");
    }
}
