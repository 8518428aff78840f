//! What goes wrong in reading and in evaluating an expression, each with its place.
//!
//! A [`ParseError`] points at the source as it was typed, an [`EvalError`] at the normal form
//! ([`Expr::text`](crate::Expr::text)): two equal expressions must fail equally.

use std::fmt;

use crate::decimal::DecimalError;
use crate::json::JsonError;

/// A byte range of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One beyond the last byte.
    pub end: usize,
}

impl Span {
    /// From the start of this to the end of the other.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end.max(self.start) }
    }
}

/// Why a text is not an expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ParseError {
    /// Where, in bytes of the source.
    pub at: Span,
    /// Line of the start, from 1.
    pub line: usize,
    /// Column of the start in its line, from 1, in characters.
    pub column: usize,
    /// What would have been right, as in "expected a value".
    pub expected: String,
    /// What stands there.
    pub found: String,
    /// What was probably meant.
    pub nearest: Option<String>,
}

impl ParseError {
    pub(crate) fn new(source: &str, at: Span, expected: impl Into<String>, found: impl Into<String>) -> Self {
        let before = source.get(..at.start).unwrap_or(source);
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        Self {
            at,
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).map_or(0, |l| l.chars().count()) + 1,
            expected: expected.into(),
            found: found.into(),
            nearest: None,
        }
    }

    pub(crate) fn with_nearest(mut self, nearest: Option<impl Into<String>>) -> Self {
        self.nearest = nearest.map(Into::into);
        self
    }

    /// The line of `source` at fault with a line of carets under the place.
    pub fn caret(&self, source: &str) -> String {
        caret(source, self.at)
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 1 {
            write!(f, "line {}, ", self.line)?;
        }
        write!(f, "column {}: expected {}, found {}", self.column, self.expected, self.found)?;
        match &self.nearest {
            Some(nearest) => write!(f, "; did you mean {nearest}?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ParseError {}

/// The line in which `at` starts, and under it carets (at least one, at most to the end of that line).
pub fn caret(source: &str, at: Span) -> String {
    let before = source.get(..at.start).unwrap_or(source);
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    let line = source.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or("");
    let indent = before.get(line_start..).map_or(0, |l| l.chars().count());
    let line_end = line_start + line.len();
    let wide = source.get(at.start..at.end.min(line_end)).map_or(0, |s| s.chars().count()).max(1);
    format!("{line}\n{}{}", " ".repeat(indent), "^".repeat(wide))
}

/// The kinds of values, for messages and checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Missing.
    Null,
    /// True or false.
    Bool,
    /// A decimal number.
    Number,
    /// A text.
    Text,
    /// A list.
    List,
    /// A map.
    Map,
}

impl Kind {
    /// The kind in words, as in "a number".
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "true or false",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::List => "a list",
            Self::Map => "a map",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why an expression has no value for a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EvalError {
    /// The part at fault, in bytes of the expression's normal form.
    pub at: Span,
    /// What is wrong with it.
    pub kind: EvalErrorKind,
}

/// What is wrong with a part of an expression for a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EvalErrorKind {
    /// Bytes that are no text: a poison record.
    NotUtf8 {
        /// `key`, `value` or `header NAME`.
        what: String,
        /// The first byte that is wrong.
        byte: u8,
        /// Its index.
        index: usize,
    },
    /// The value is JSON, but beyond a limit of this language.
    Json(JsonError),
    /// A value of the wrong kind.
    Type {
        /// Who wants it, as in "`<`" or "lower".
        by: &'static str,
        /// What is wanted.
        expected: &'static str,
        /// What is there.
        found: Kind,
    },
    /// Overflow, division by zero, a text that is not a number.
    Number(DecimalError),
    /// An argument of the right kind that makes no sense, in words.
    Argument(&'static str),
    /// A result beyond a limit, in words.
    TooLarge(&'static str),
}

impl fmt::Display for EvalErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 { what, byte, index } => {
                write!(f, "{what} is not UTF-8: byte 0x{byte:02x} at {index}")
            }
            Self::Json(error) => write!(f, "value cannot be read: {error}"),
            Self::Type { by, expected, found } => {
                write!(f, "{by} wants {expected}, found {found}")?;
                if *found == Kind::Null {
                    f.write_str(" (a missing field is null; coalesce(field, default) replaces it)")?;
                }
                Ok(())
            }
            Self::Number(error) => write!(f, "{error}"),
            Self::Argument(words) | Self::TooLarge(words) => f.write_str(words),
        }
    }
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)
    }
}

impl std::error::Error for EvalError {}
