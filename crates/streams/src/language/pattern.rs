//! The stages that look for patterns: our own, on the Processor API.
//!
//! | stage | finds in the records of each key |
//! |---|---|
//! | `detect sequence EXPR [times N] [followed by EXPR [times N]]… within TIME [grace TIME]` | records in this order, others between them or not |
//! | `detect absence EXPR for TIME [on wall clock]` | after a record that fits, none for so long |
//! | `detect threshold EXPR for TIME until EXPR` | a condition that holds for so long, and what clears it |
//!
//! See [`Pattern`] for what they mean. Each finding is a record of the key with a JSON value.

use super::parser::{end, expr, keyword, time};
use super::print::span;
use super::scan::Piece;
use crate::limits;
use crate::topology::function::Predicate;
use crate::topology::processor::PunctuationType;
use crate::topology::{Pattern, PatternStep};
use millrace_expr::ParseError;
use std::fmt;

const KINDS: [&str; 3] = ["sequence", "absence", "threshold"];

/// What follows `detect`.
pub(super) fn parse(piece: Piece<'_>) -> Result<Pattern, ParseError> {
    let (kind, rest) = piece.word();
    match kind.text() {
        "sequence" => sequence(rest),
        "absence" => {
            let (of, _, rest) = until_word(rest, &["for"])?;
            let (for_ms, rest) = positive(rest)?;
            let mut time = PunctuationType::StreamTime;
            if !rest.text().is_empty() {
                end(["on", "wall", "clock"].into_iter().try_fold(rest, keyword)?)?;
                time = PunctuationType::WallClockTime;
            }
            Ok(Pattern::Absence { of, for_ms, time })
        }
        "threshold" => {
            let (over, _, rest) = until_word(rest, &["for"])?;
            let (for_time, rest) = rest.word();
            let for_ms = time(for_time)?;
            Ok(Pattern::Threshold { over, for_ms, until: predicate(keyword(rest, "until")?)? })
        }
        _ => Err(kind.error("`sequence`, `absence` or `threshold`", &KINDS)),
    }
}

fn sequence(piece: Piece<'_>) -> Result<Pattern, ParseError> {
    let mut steps = Vec::new();
    let mut total: u32 = 0;
    let mut rest = piece;
    loop {
        let (what, mut word, mut after) = until_word(rest, &["times", "followed", "within"])?;
        let mut times = 1;
        if word == "times" {
            let (number, more) = after.word();
            let digits = !number.text().is_empty() && number.text().bytes().all(|b| b.is_ascii_digit());
            let wanted: Option<u32> = if digits { number.text().parse().ok() } else { None };
            let most = limits::PATTERN_STEPS.saturating_sub(total);
            times = wanted
                .filter(|n| (1..=most).contains(n))
                .ok_or_else(|| number.error(&format!("how often, a number from 1 to {most}"), &[]))?;
            let (next, more) = more.word();
            word = match next.text() {
                "followed" => "followed",
                "within" => "within",
                _ => return Err(next.error("`followed by` or `within`", &["followed", "within"])),
            };
            after = more;
        }
        total = total.saturating_add(times);
        if total > limits::PATTERN_STEPS {
            let most = limits::PATTERN_STEPS;
            return Err(rest.error(&format!("at most {most} steps"), &[]));
        }
        steps.push(PatternStep { what, times });
        if word == "followed" {
            rest = keyword(after, "by")?;
            continue;
        }
        let (within_ms, after) = positive(after)?;
        let mut grace_ms = 0;
        if !after.text().is_empty() {
            let (grace, more) = keyword(after, "grace")?.word();
            grace_ms = time(grace)?;
            end(more)?;
        }
        return Ok(Pattern::Sequence { steps, within_ms, grace_ms });
    }
}

/// A time that is not zero.
fn positive(piece: Piece<'_>) -> Result<(i64, Piece<'_>), ParseError> {
    let (word, rest) = piece.word();
    match time(word)? {
        0 => Err(word.error("a time longer than 0", &[])),
        ms => Ok((ms, rest)),
    }
}

fn predicate(piece: Piece<'_>) -> Result<Predicate, ParseError> {
    let condition = expr(piece)?;
    match condition.check_predicate() {
        Err(error) => Err(piece.error_with(error.expected, error.found, error.nearest)),
        Ok(()) => Ok(Predicate::Expr(condition)),
    }
}

/// A condition up to one of these words, which stands outside of quotes and brackets; the word, and what follows it.
fn until_word<'s, 'w>(
    piece: Piece<'s>,
    words: &[&'w str],
) -> Result<(Predicate, &'w str, Piece<'s>), ParseError> {
    match piece.before_word(words) {
        Some((before, word, rest)) => Ok((predicate(before)?, word, rest)),
        None => {
            let choice: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            let (_, tail) = piece.split_at(piece.text().len());
            Err(tail.error(&choice.join(" or "), &[]))
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sequence { steps, within_ms, grace_ms } => {
                f.write_str("sequence ")?;
                for (at, step) in steps.iter().enumerate() {
                    f.write_str(if at == 0 { "" } else { " followed by " })?;
                    condition(f, &step.what)?;
                    if step.times != 1 {
                        write!(f, " times {}", step.times)?;
                    }
                }
                write!(f, " within {}", span(*within_ms))?;
                if *grace_ms == 0 { Ok(()) } else { write!(f, " grace {}", span(*grace_ms)) }
            }
            Self::Absence { of, for_ms, time } => {
                f.write_str("absence ")?;
                condition(f, of)?;
                write!(f, " for {}", span(*for_ms))?;
                match time {
                    PunctuationType::StreamTime => Ok(()),
                    PunctuationType::WallClockTime => f.write_str(" on wall clock"),
                }
            }
            Self::Threshold { over, for_ms, until } => {
                f.write_str("threshold ")?;
                condition(f, over)?;
                write!(f, " for {} until ", span(*for_ms))?;
                condition(f, until)
            }
        }
    }
}

/// Only expressions come from this language.
fn condition(f: &mut fmt::Formatter<'_>, predicate: &Predicate) -> fmt::Result {
    match predicate {
        Predicate::Expr(expr) => write!(f, "{expr}"),
        _ => f.write_str("true"),
    }
}
