//! `reduce` and `aggregate`: what records come to, by expressions over `aggregate`, what there is so far.

use super::parser::expr;
use super::scan::Piece;
use crate::data::Value;
use crate::topology::function::{Aggregation, Aggregator, Merger, Reducer, TableAggregation};
use millrace_expr::{Expr, ParseError, Root, Subject};
use std::fmt;

/// A stage that makes one of many.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Fold {
    /// `reduce EXPR [subtract EXPR]`.
    Reduce {
        /// The aggregate and one value more.
        add: Expr,
        /// The aggregate without a value: of a grouped table.
        subtract: Option<Expr>,
    },
    /// `aggregate INIT with EXPR [merge EXPR] [subtract EXPR]`.
    Aggregate {
        /// What there is before the first record: a constant.
        init: Expr,
        /// The aggregate and one record more.
        add: Expr,
        /// Two sessions' aggregates as one.
        merge: Option<Expr>,
        /// The aggregate without a row: of a grouped table.
        subtract: Option<Expr>,
    },
}

/// What is folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Over {
    /// Rows of a grouped table, which leave again.
    pub table: bool,
    /// Records of several streams.
    pub cogroup: bool,
    /// Sessions, which grow together.
    pub sessions: bool,
}

/// What follows `reduce`.
pub(super) fn reduce(word: Piece<'_>, rest: Piece<'_>, over: Over) -> Result<Fold, ParseError> {
    if over.cogroup {
        return Err(word.error("`count`, `sum` or `aggregate` (a cogroup has no `reduce`)", &[]));
    }
    let (add, subtract) = with_tail(rest, "subtract", over.table)?;
    let subtract = subtract.map(of_two_values).transpose()?;
    Ok(Fold::Reduce { add: of_two_values(add)?, subtract })
}

/// What follows `aggregate`.
pub(super) fn aggregate(rest: Piece<'_>, over: Over) -> Result<Fold, ParseError> {
    let Some((first, _, rest)) = rest.before_word(&["with"]) else {
        expr(rest)?;
        return Err(rest.behind().error("`with`, and how a record is added", &[]));
    };
    let init = expr(first)?;
    if !init.is_constant() {
        let found = init.referenced_fields().first().map_or_else(|| init.to_string(), ToString::to_string);
        let expected = "a first aggregate that no record decides".to_owned();
        return Err(first.error_with(expected, format!("`{found}`"), None));
    }
    match init.eval(&Subject::default()) {
        Ok(millrace_expr::Value::Null) => {
            return Err(first.error("a first aggregate that is not null", &[]));
        }
        Ok(_) => {}
        Err(error) => {
            return Err(first.error_with("a first aggregate".to_owned(), error.to_string(), None));
        }
    }
    let (rest, subtract) = with_tail(rest, "subtract", over.table)?;
    let (add, merge) = with_tail(rest, "merge", over.sessions)?;
    Ok(Fold::Aggregate {
        init,
        add: fold(add)?,
        merge: merge.map(of_two_values).transpose()?,
        subtract: subtract.map(fold).transpose()?,
    })
}

/// What stands before and behind a word that must be there, or must not.
fn with_tail<'s>(
    piece: Piece<'s>,
    word: &'static str,
    wanted: bool,
) -> Result<(Piece<'s>, Option<Piece<'s>>), ParseError> {
    match (piece.before_word(&[word]), wanted) {
        (Some((before, _, after)), true) => Ok((before, Some(after))),
        (None, false) => Ok((piece, None)),
        (None, true) => {
            fold(piece)?;
            let expected = match word {
                "merge" => "`merge`, and how two sessions\u{2019} aggregates become one",
                _ => "`subtract`, and what is left without a row",
            };
            Err(piece.behind().error(expected, &[]))
        }
        (Some((before, _, after)), false) => {
            let expected = match word {
                "merge" => "`|` or the end (only sessions merge)",
                _ => "`|` or the end (only of a grouped table rows leave)",
            };
            let between = before.until(after);
            Err(between.error_with(expected.to_owned(), format!("`{word}`"), None))
        }
    }
}

/// An expression that may name `aggregate`.
fn fold(piece: Piece<'_>) -> Result<Expr, ParseError> {
    if piece.text().is_empty() {
        return Err(piece.error("an expression like `aggregate + value`", &[]));
    }
    Expr::parse_fold(piece.text()).map_err(|error| piece.inner_error(error))
}

/// One that names nothing else than `aggregate` and `value`: all that Kafka hands to a `Reducer`.
fn of_two_values(piece: Piece<'_>) -> Result<Expr, ParseError> {
    let expr = fold(piece)?;
    let other = |root: Root| !matches!(root, Root::Value | Root::Aggregate);
    let named = expr.referenced_fields().into_iter().find(|field| other(field.root));
    let found = match named {
        Some(field) => field.to_string(),
        None if expr.java_needs_record() => "header".to_owned(),
        None => return Ok(expr),
    };
    let expected = "`aggregate` and `value` alone (Kafka hands two values to it)".to_owned();
    Err(piece.error_with(expected, format!("`{found}`"), None))
}

impl Fold {
    /// What is done with a stream's records, and how two sessions become one.
    pub(super) fn of_records(&self) -> (Aggregation, Option<Merger>) {
        match self {
            Self::Reduce { add, .. } => {
                let aggregation = Aggregation::Reduce(Reducer::Expr(add.clone()));
                let merger = Merger::of(&aggregation);
                (aggregation, merger)
            }
            Self::Aggregate { init, add, merge, .. } => {
                let aggregator = Aggregator::Expr(add.clone());
                let merger = merge.clone().map(Merger::Expr);
                (Aggregation::Aggregate { init: first(init), aggregator }, merger)
            }
        }
    }

    /// What is done with the rows of a grouped table; the parser lets none pass without `subtract`.
    pub(super) fn of_rows(&self) -> TableAggregation {
        match self {
            Self::Reduce { add, subtract } => TableAggregation::Reduce {
                adder: Reducer::Expr(add.clone()),
                subtractor: subtract.clone().map_or(Reducer::First, Reducer::Expr),
            },
            Self::Aggregate { init, add, subtract, .. } => {
                let adder = Aggregator::Expr(add.clone());
                let subtractor = subtract.clone().map_or_else(|| adder.clone(), Aggregator::Expr);
                TableAggregation::Aggregate { init: first(init), adder, subtractor }
            }
        }
    }
}

/// A constant's value as a store keeps it.
pub(crate) fn first(init: &Expr) -> Value {
    let value = init.eval(&Subject::default()).unwrap_or_default();
    Value::text(value.to_text())
}

impl fmt::Display for Fold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tail = |word: &str, expr: &Option<Expr>| match expr {
            Some(expr) => format!(" {word} {expr}"),
            None => String::new(),
        };
        let (head, merge, subtract) = match self {
            Self::Reduce { add, subtract } => (format!("reduce {add}"), String::new(), subtract),
            Self::Aggregate { init, add, merge, subtract } => {
                (format!("aggregate {init} with {add}"), tail("merge", merge), subtract)
            }
        };
        let subtract = tail("subtract", subtract);
        write!(f, "{head}{merge}{subtract}")
    }
}
