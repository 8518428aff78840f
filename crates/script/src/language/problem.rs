//! What is wrong with a line: where, what was expected, what stands there, and what was probably meant.

use millrace_expr::Span;
use std::fmt;

/// One mistake in a source. It has a position, so that an editor can underline it, and it is one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in characters.
    pub column: usize,
    /// The part at fault, in bytes of the source.
    pub span: Span,
    /// What would have been right: "a topic's name".
    pub expected: String,
    /// What stands there: "`--topik`".
    pub found: String,
    /// What was probably meant: "--topic".
    pub nearest: Option<String>,
    known: Option<Box<Known>>,
}

/// What may stand at a place; boxed, so that a mistake stays small.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known(Vec<&'static str>);

impl Problem {
    /// A mistake at a place of `source`.
    pub fn new(source: &str, span: Span, expected: impl Into<String>, found: impl Into<String>) -> Problem {
        let mut problem = Problem {
            line: 0,
            column: 0,
            span,
            expected: expected.into(),
            found: found.into(),
            nearest: None,
            known: None,
        };
        problem.locate(source);
        problem
    }

    /// The same with what was probably meant.
    #[must_use]
    pub fn with_nearest(mut self, nearest: Option<impl Into<String>>) -> Problem {
        self.nearest = nearest.map(Into::into);
        self
    }

    /// The same with what may stand there.
    #[must_use]
    pub fn with_known(mut self, known: impl IntoIterator<Item = &'static str>) -> Problem {
        self.known = Some(Box::new(Known(known.into_iter().collect())));
        self
    }

    /// What may stand there, if that is a closed list: words, or options without their dashes. For completion.
    pub fn known(&self) -> &[&'static str] {
        self.known.as_ref().map_or(&[], |known| &known.0)
    }

    /// The sentence without the position: "expected a topic's name, found …; did you mean …?".
    pub fn sentence(&self) -> String {
        let sentence = format!("expected {}, found {}", self.expected, self.found);
        match &self.nearest {
            Some(nearest) => format!("{sentence}; did you mean {nearest}?"),
            None => sentence,
        }
    }

    /// The line of `source` at fault, and under it carets.
    pub fn caret(&self, source: &str) -> String {
        millrace_expr::error::caret(source, self.span)
    }

    /// Says the same about a larger source, in which so many lines and bytes stand in front of this one.
    #[must_use]
    pub(crate) fn moved(mut self, lines: usize, bytes: usize) -> Problem {
        self.line += lines;
        self.span = Span { start: self.span.start + bytes, end: self.span.end + bytes };
        self
    }

    fn locate(&mut self, source: &str) {
        let before = source.get(..self.span.start).unwrap_or(source);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        self.line = before.matches('\n').count() + 1;
        self.column = before.get(line_start..).map_or(0, |line| line.chars().count()) + 1;
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.sentence())
    }
}

impl std::error::Error for Problem {}

/// A word as messages show it: in backquotes, cut when it is long.
pub(crate) fn shown(word: &str) -> String {
    const LONGEST: usize = 40;
    if word.is_empty() {
        return "nothing between the quotes".to_owned();
    }
    // Control characters would break the one line of a message.
    let mut text = String::new();
    for c in word.chars().take(LONGEST) {
        if c.is_control() { text.extend(c.escape_debug()) } else { text.push(c) }
    }
    if word.chars().nth(LONGEST).is_some() {
        text.push('…');
    }
    format!("`{text}`")
}
