//! Cuts a pipeline into stages and a stage into words, and makes errors that know their place.

use millrace_expr::{ParseError, Span, nearest};

/// A piece of the source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'s> {
    pub source: &'s str,
    pub at: Span,
}

/// The stages: pieces between single pipes that stand outside of quotes, white space cut off.
pub(super) fn stages(source: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let (mut start, mut quote, mut escaped) = (0, None, false);
    let mut chars = source.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(q), c) if q == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '|') if chars.next_if(|(_, next)| *next == '|').is_some() => {}
            (None, '|') => {
                found.push(Piece { source, at: Span { start, end: at } }.trimmed());
                start = at + 1;
            }
            (None, _) => {}
        }
    }
    found.push(Piece { source, at: Span { start, end: source.len() } }.trimmed());
    found
}

impl<'s> Piece<'s> {
    /// Its text.
    pub fn text(self) -> &'s str {
        self.source.get(self.at.start..self.at.end).unwrap_or("")
    }

    /// Without the white space around it.
    pub fn trimmed(self) -> Piece<'s> {
        let text = self.text();
        let start = self.at.start + (text.len() - text.trim_start().len());
        let end = start + text.trim().len();
        Piece { at: Span { start, end }, ..self }
    }

    /// The first word, and what follows.
    pub fn word(self) -> (Piece<'s>, Piece<'s>) {
        let text = self.text();
        let length = text.find(char::is_whitespace).unwrap_or(text.len());
        let middle = self.at.start + length;
        let word = Piece { at: Span { start: self.at.start, end: middle }, ..self };
        let rest = Piece { at: Span { start: middle, end: self.at.end }, ..self };
        (word, rest.trimmed())
    }

    /// Its first bytes, and what follows.
    pub fn split_at(self, bytes: usize) -> (Piece<'s>, Piece<'s>) {
        let middle = (self.at.start + bytes).min(self.at.end);
        let before = Piece { at: Span { start: self.at.start, end: middle }, ..self };
        let after = Piece { at: Span { start: middle, end: self.at.end }, ..self };
        (before, after)
    }

    /// The place right behind it.
    pub fn behind(self) -> Piece<'s> {
        Piece { at: Span { start: self.at.end, end: self.at.end }, ..self }
    }

    /// What stands between it and a later piece.
    pub fn until(self, later: Piece<'s>) -> Piece<'s> {
        Piece { at: Span { start: self.at.end, end: later.at.start }, ..self }.trimmed()
    }

    /// What stands before the first of these words that is outside of quotes and brackets, the word, and what follows.
    pub fn before_word<'w>(self, words: &[&'w str]) -> Option<(Piece<'s>, &'w str, Piece<'s>)> {
        let (mut depth, mut quote, mut escaped, mut starts) = (0_usize, None, false, true);
        let text = self.text();
        for (at, c) in text.char_indices() {
            match (quote, c) {
                (Some(_), _) if escaped => escaped = false,
                (Some(_), '\\') => escaped = true,
                (Some(q), c) if q == c => quote = None,
                (Some(_), _) => {}
                (None, '"' | '\'') => quote = Some(c),
                (None, '(' | '[' | '{') => depth += 1,
                (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
                (None, _) if depth == 0 && starts => {
                    let (before, rest) = self.split_at(at);
                    let (word, after) = rest.word();
                    if let Some(word) = words.iter().find(|w| **w == word.text()) {
                        return Some((before.trimmed(), word, after));
                    }
                }
                (None, _) => {}
            }
            starts = c.is_whitespace();
        }
        None
    }

    /// An error at this piece.
    pub fn error(self, expected: &str, candidates: &[&str]) -> ParseError {
        let text = self.text();
        let found = match text {
            "" => "nothing".to_owned(),
            text => format!("`{}`", text.chars().take(40).collect::<String>()),
        };
        let near = nearest(text, candidates.iter().copied()).filter(|near| *near != text);
        self.error_with(expected.to_owned(), found, near.map(str::to_owned))
    }

    /// An error at this piece in these words.
    pub fn error_with(self, expected: String, found: String, nearest: Option<String>) -> ParseError {
        let before = self.source.get(..self.at.start).unwrap_or(self.source);
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        ParseError {
            at: self.at,
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).map_or(0, |l| l.chars().count()) + 1,
            expected,
            found,
            nearest,
        }
    }

    /// An error of a part of this piece, whose places count from the piece's start.
    pub fn inner_error(self, error: ParseError) -> ParseError {
        let start = (self.at.start + error.at.start).min(self.at.end);
        let end = (self.at.start + error.at.end).clamp(start, self.at.end);
        let place = Piece { at: Span { start, end }, ..self };
        place.error_with(error.expected, error.found, error.nearest)
    }
}
