//! From characters to tokens, one at a time.

use crate::decimal::{Decimal, DecimalError};
use crate::error::{ParseError, Span};

/// A token; words and symbols borrow the source.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token<'s> {
    Word(&'s str),
    Number(Decimal),
    Text(String),
    Symbol(&'static str),
    End,
}

/// Longest first: the first that fits is taken.
const SYMBOLS: [&str; 24] = [
    "==", "!=", "<=", ">=", "&&", "||", "<>", "<", ">", "!", "+", "-", "*", "/", "%", "(", ")", "[", "]",
    "{", "}", ",", ".", ":",
];

/// Whether a field of that name can stand behind a dot.
pub(crate) fn is_word(name: &str) -> bool {
    name.chars().next().is_some_and(starts_word) && name.chars().all(in_word)
}

fn starts_word(c: char) -> bool {
    in_word(c) && !c.is_ascii_digit()
}

/// ASCII letters, digits, `_`, and what is beyond ASCII except spaces, quotes and other punctuation, by block:
/// exact classes would bring tables into the wasm for names that hardly occur.
pub(crate) fn in_word(c: char) -> bool {
    let punctuation = matches!(c, '\u{80}'..='\u{bf}' | '×' | '÷' | '\u{1680}' | '\u{2000}'..='\u{206f}')
        || matches!(c, '\u{3000}'..='\u{3003}' | '\u{3008}'..='\u{3020}');
    c == '_' || c.is_ascii_alphanumeric() || !(c.is_ascii() || punctuation)
}

pub(crate) struct Lexer<'s> {
    pub source: &'s str,
    at: usize,
}

impl<'s> Lexer<'s> {
    pub(crate) fn new(source: &'s str) -> Self {
        Self { source, at: 0 }
    }

    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or("")
    }

    fn fail<T>(
        &self,
        at: Span,
        expected: &str,
        found: String,
        nearest: Option<&str>,
    ) -> Result<T, ParseError> {
        Err(ParseError::new(self.source, at, expected, found).with_nearest(nearest))
    }

    /// The next token and its place; `End` for ever at the end.
    pub(crate) fn next(&mut self) -> Result<(Token<'s>, Span), ParseError> {
        self.at = self.source.len() - self.rest().trim_start().len();
        let (start, rest) = (self.at, self.rest());
        let Some(first) = rest.chars().next() else {
            return Ok((Token::End, Span { start, end: start }));
        };
        let token = if starts_word(first) {
            let word = rest.split(|c| !in_word(c)).next().unwrap_or("");
            self.at += word.len();
            Token::Word(word)
        } else if first.is_ascii_digit() {
            Token::Number(self.number()?)
        } else if matches!(first, '"' | '\'') {
            Token::Text(self.text(first)?)
        } else if let Some(symbol) = SYMBOLS.iter().find(|s| rest.starts_with(**s)) {
            self.at += symbol.len();
            Token::Symbol(if *symbol == "<>" { "!=" } else { symbol })
        } else {
            let at = Span { start, end: start + first.len_utf8() };
            let nearest = match first {
                '=' => Some("=="),
                '&' => Some("and"),
                '|' => Some("or"),
                '?' => Some("if … then … else …"),
                '“' | '”' | '„' | '‘' | '’' => Some("a straight quote"),
                _ => None,
            };
            return self.fail(at, "a word, a number, a text or an operator", format!("`{first}`"), nearest);
        };
        Ok((token, Span { start, end: self.at }))
    }

    fn number(&mut self) -> Result<Decimal, ParseError> {
        let start = self.at;
        let Some(scanned) = Decimal::scan(self.rest().as_bytes()) else {
            return self.fail(Span { start, end: start }, "a number", "something else".to_owned(), None);
        };
        self.at += scanned.used;
        let tail = self.rest().split(|c| !in_word(c)).next().unwrap_or("");
        let at = Span { start, end: self.at + tail.len() };
        let written = self.source.get(start..at.end).unwrap_or("");
        if !tail.is_empty() {
            return self.fail(at, "a number", format!("`{written}`"), None);
        }
        match scanned.value {
            Ok(_) if !scanned.exact => {
                self.fail(at, "at most 9 digits after the point", format!("`{written}`"), None)
            }
            Ok(value) => Ok(value),
            Err(DecimalError::Overflow | DecimalError::DivisionByZero | DecimalError::NotANumber) => {
                self.fail(at, "a number up to about 1.7e29", format!("`{written}`"), None)
            }
        }
    }

    fn text(&mut self, quote: char) -> Result<String, ParseError> {
        let start = self.at;
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((i, c)) = chars.next() {
            if c == quote {
                self.at = start + i + 1;
                return Ok(text);
            }
            if c != '\\' {
                text.push(c);
                continue;
            }
            let escape = chars.next();
            let plain = match escape.map(|(_, c)| c) {
                Some('n') => Some('\n'),
                Some('r') => Some('\r'),
                Some('t') => Some('\t'),
                Some(c @ ('\\' | '"' | '\'')) => Some(c),
                Some('u') => {
                    let digits: Option<u32> =
                        (0..4).try_fold(0, |n, _| Some(n * 16 + chars.next()?.1.to_digit(16)?));
                    digits.and_then(char::from_u32)
                }
                _ => None,
            };
            let Some(plain) = plain else {
                let length = escape.map_or(0, |(_, c)| c.len_utf8());
                let at = Span { start: start + i, end: start + i + 1 + length };
                let found = format!("`{}`", self.source.get(at.start..at.end).unwrap_or("\\"));
                return self.fail(
                    at,
                    r#"an escape: one of \n \r \t \\ \" \' or \u with four digits"#,
                    found,
                    None,
                );
            };
            text.push(plain);
        }
        let end = self.source.len();
        self.fail(Span { start, end }, &format!("a closing {quote}"), "the end".to_owned(), None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lex(source: &str) -> String {
        let mut lexer = Lexer::new(source);
        let mut all = Vec::new();
        loop {
            match lexer.next() {
                Ok((Token::End, at)) => {
                    assert_eq!(at.start, source.len());
                    return all.join(" ");
                }
                Ok((token, at)) => all.push(match token {
                    Token::Word(w) => format!("{}-{}:{w}", at.start, at.end),
                    Token::Number(n) => format!("#{n}"),
                    Token::Text(t) => format!("{t:?}"),
                    Token::Symbol(s) => s.to_owned(),
                    Token::End => unreachable!(),
                }),
                Err(error) => return format!("{} {error}", all.join(" ")).trim_start().to_owned(),
            }
        }
    }

    #[test]
    fn tokens() {
        for (source, tokens) in [
            ("", ""),
            ("  ", ""),
            ("größe×1", "0-7:größe column 6: expected a word, a number, a text or an operator, found `×`"),
            ("größe<=1.50", "0-7:größe <= #1.5"),
            ("a.b[0]", "0-1:a . 2-3:b [ #0 ]"),
            ("!a!=b<>c&&d||e", "! 1-2:a != 4-5:b != 7-8:c && 10-11:d || 13-14:e"),
            (r#"'it''s' "a\"\n\u00e9""#, r#""it" "s" "a\"\né""#),
            ("1.x", "#1 . 2-3:x"),
            ("1e3 2", "#1000 #2"),
        ] {
            assert_eq!(lex(source), tokens, "{source}");
        }
    }

    #[test]
    fn mistakes() {
        for (source, message) in [
            (
                "a = 1",
                "0-1:a column 3: expected a word, a number, a text or an operator, found `=`; did you mean ==?",
            ),
            (
                "é ? 1",
                "0-2:é column 3: expected a word, a number, a text or an operator, found `?`; did you mean if … then … else …?",
            ),
            ("1x", "column 1: expected a number, found `1x`"),
            ("0.1234567891", "column 1: expected at most 9 digits after the point, found `0.1234567891`"),
            ("1e40", "column 1: expected a number up to about 1.7e29, found `1e40`"),
            ("'abc", "column 1: expected a closing ', found the end"),
            (
                "a\n 'é\\q'",
                "0-1:a line 2, column 4: expected an escape: one of \\n \\r \\t \\\\ \\\" \\' or \\u with four digits, found `\\q`",
            ),
            (
                "'\\ud800'",
                "column 2: expected an escape: one of \\n \\r \\t \\\\ \\\" \\' or \\u with four digits, found `\\u`",
            ),
        ] {
            assert_eq!(lex(source), message, "{source}");
        }
    }
}
