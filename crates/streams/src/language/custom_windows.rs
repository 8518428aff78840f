//! Windows by expression: our own.

use super::Stage;
use super::parser::{Left, end, expr, keyword, time};
use super::scan::Piece;
use crate::topology::{CustomShape, CustomWindows};
use millrace_expr::{Expr, ParseError, Root};

/// What follows `window`, if it is `from …` or `session by …`.
pub(super) fn parse(piece: Piece<'_>, left: Left) -> Result<Option<Stage>, ParseError> {
    let (kind, rest) = piece.word();
    let by = match kind.text() {
        "from" => None,
        "session" => match keyword(rest, "by") {
            Ok(rest) => Some(rest),
            Err(_) => return Ok(None),
        },
        _ => return Ok(None),
    };
    if left == Left::Cogrouped {
        let others = "`tumbling`, `hopping`, `sliding` or `session` (a cogroup has no windows by expression)";
        return Err(kind.error(others, &[]));
    }
    let (shape, rest) = match by {
        None => {
            let (from, rest) = number(rest, "to")?;
            let (to, rest) = number(rest, "up")?;
            (CustomShape::Span { from, to }, rest)
        }
        Some(by) => {
            let (gap, rest) = number(by, "up")?;
            if let Some(field) = gap.referenced_fields().into_iter().find(|field| field.root != Root::Key) {
                let expected = "a gap that only the `key` decides (records of a key must agree on it)";
                return Err(by.error_with(expected.to_owned(), format!("`{field}`"), None));
            }
            (CustomShape::Gap(gap), rest)
        }
    };
    let (longest, rest) = keyword(rest, "to")?.word();
    let longest_ms = match time(longest)? {
        0 => return Err(longest.error("a time longer than 0", &[])),
        ms => ms,
    };
    let mut grace_ms = 0;
    if !rest.text().is_empty() {
        let (word, after) = keyword(rest, "grace")?.word();
        grace_ms = time(word)?;
        end(after)?;
    }
    Ok(Some(Stage::CustomWindow(CustomWindows::new(shape, longest_ms, grace_ms))))
}

/// An expression up to a word, and what follows.
fn number<'s>(piece: Piece<'s>, word: &str) -> Result<(Expr, Piece<'s>), ParseError> {
    match piece.before_word(&[word]) {
        Some((before, _, rest)) => Ok((expr(before)?, rest)),
        None => {
            expr(piece)?;
            Err(piece.behind().error(&["`", word, "`"].concat(), &[]))
        }
    }
}
