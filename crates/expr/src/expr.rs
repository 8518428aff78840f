//! An expression, ready to be evaluated over any number of records.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use crate::ast::{Field, Node, NodeKind};
use crate::check;
use crate::error::{EvalError, EvalErrorKind, ParseError, Span};
use crate::eval::Evaluation;
use crate::json::Shape;
use crate::limits::SOURCE_BYTES;
use crate::parser;
use crate::print::print;
use crate::subject::Subject;
use crate::value::Value;

/// An expression. Two are equal if their normal forms are; cloning shares the tree.
#[derive(Clone)]
pub struct Expr {
    inner: Arc<Inner>,
}

struct Inner {
    text: String,
    root: Node,
    shape: Shape,
}

impl Expr {
    /// Reads an expression.
    ///
    /// # Errors
    /// What is not an expression, what is beyond a [limit](crate::limits), and what would be an error for every
    /// record (as `key < 5`, since a key is text).
    pub fn parse(source: &str) -> Result<Self, ParseError> {
        Self::read(source, false)
    }

    /// Reads an expression that makes one of what earlier records have come to, `aggregate`, and a record.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_fold(source: &str) -> Result<Self, ParseError> {
        Self::read(source, true)
    }

    fn read(source: &str, folds: bool) -> Result<Self, ParseError> {
        within_limit(source, source)?;
        let typed = parser::parse(source, folds)?;
        check::check(source, &typed)?;
        let text = print(&typed);
        within_limit(source, &text)?;
        // Places are those of the normal form: equal expressions must give equal errors, however they were typed.
        let root = if text == source { typed } else { parser::parse(&text, folds)? };
        let shape = check::shape(&root);
        Ok(Self { inner: Arc::new(Inner { text, root, shape }) })
    }

    /// The normal form, which is also what `Display` prints and what evaluation errors point at.
    pub fn text(&self) -> &str {
        &self.inner.text
    }

    /// The tree.
    pub(crate) fn root(&self) -> &Node {
        &self.inner.root
    }

    /// The value for a record.
    ///
    /// # Errors
    /// Bytes that are not UTF-8, kinds that do not fit, numbers out of range, results beyond a limit.
    pub fn eval(&self, subject: &Subject<'_>) -> Result<Value, EvalError> {
        Evaluation::new(subject, &self.inner.shape).eval(&self.inner.root)
    }

    /// The value for a record where earlier ones have come to this; no bytes are null.
    ///
    /// # Errors
    /// As [`eval`](Self::eval), also for the aggregate's bytes.
    pub fn eval_over(&self, subject: &Subject<'_>, aggregate: Option<&[u8]>) -> Result<Value, EvalError> {
        Evaluation::new(subject, &self.inner.shape).over(aggregate).eval(&self.inner.root)
    }

    /// Whether the expression is true for a record.
    ///
    /// # Errors
    /// As [`eval`](Self::eval), and any result that is neither true nor false (null, too).
    pub fn test(&self, subject: &Subject<'_>) -> Result<bool, EvalError> {
        match self.eval(subject)? {
            Value::Bool(b) => Ok(b),
            other => {
                let at = Span { start: 0, end: self.inner.text.len() };
                let (by, expected) = ("a condition", "true or false");
                Err(EvalError { at, kind: EvalErrorKind::Type { by, expected, found: other.kind() } })
            }
        }
    }

    /// Checks that the expression is not certainly something else than true or false, as `value.amount + 1` is.
    ///
    /// # Errors
    /// Says what it is instead; the place is that in the normal form.
    pub fn check_predicate(&self) -> Result<(), ParseError> {
        check::check_predicate(&self.inner.text, &self.inner.root)
    }

    /// Checks that the expression is not certainly something else than a list.
    ///
    /// # Errors
    /// As [`check_predicate`](Self::check_predicate).
    pub fn check_list(&self) -> Result<(), ParseError> {
        check::check_list(&self.inner.text, &self.inner.root)
    }

    /// Checks that the expression is not certainly something else than a map with nothing but `key` and `value`.
    ///
    /// # Errors
    /// As [`check_predicate`](Self::check_predicate).
    pub fn check_pair(&self) -> Result<(), ParseError> {
        check::check_pair(&self.inner.text, &self.inner.root)
    }

    /// Checks that the expression is not certainly something else than a list of such maps.
    ///
    /// # Errors
    /// As [`check_predicate`](Self::check_predicate).
    pub fn check_pairs(&self) -> Result<(), ParseError> {
        check::check_pairs(&self.inner.text, &self.inner.root)
    }

    /// True if it is the same for every record.
    pub fn is_constant(&self) -> bool {
        check::is_constant(&self.inner.root)
    }

    /// What is negated, if the expression is `not …`.
    pub fn negated(&self) -> Option<Self> {
        match &self.inner.root.kind {
            NodeKind::Not(of) => Self::parse(&print(of)).ok(),
            _ => None,
        }
    }

    /// The parts of the record that the expression names, sorted, each once.
    pub fn referenced_fields(&self) -> Vec<Field> {
        check::referenced(&self.inner.root)
    }
}

fn within_limit(source: &str, text: &str) -> Result<(), ParseError> {
    if text.len() <= SOURCE_BYTES {
        return Ok(());
    }
    let at = Span { start: 0, end: source.len() };
    let expected = format!("at most {SOURCE_BYTES} bytes");
    Err(ParseError::new(source, at, expected, format!("{} bytes in normal form", text.len())))
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.text)
    }
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expr({})", self.inner.text)
    }
}

impl FromStr for Expr {
    type Err = ParseError;

    fn from_str(source: &str) -> Result<Self, ParseError> {
        Self::parse(source)
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.inner.text == other.inner.text
    }
}

impl Eq for Expr {}

impl PartialOrd for Expr {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Expr {
    fn cmp(&self, other: &Self) -> Ordering {
        self.inner.text.cmp(&other.inner.text)
    }
}

impl Hash for Expr {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.text.hash(state);
    }
}
