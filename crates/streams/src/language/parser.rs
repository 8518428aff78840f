//! The parser of the pipe language.

use super::Stage;
use super::folds::Over;
use super::scan::{Piece, stages};
use crate::limits;
use crate::topology::{
    BufferFull, EmitStrategy, SessionWindows, SlidingWindows, TimeWindows, TopologyError,
    builder::check_topic,
};
use millrace_expr::{Expr, ParseError};
use millrace_model::TopicName;
use std::sync::Arc;

/// What stands to the left of a pipe.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    Nothing,
    Stream,
    Grouped,
    Cogrouped,
    Windowed,
    /// Windows of a cogroup, which always emit with every update, or windows whose emission is settled.
    WindowedOnly,
    Table,
    WindowedTable,
    GroupedTable,
    /// Behind a split, which sends every record to a topic.
    Sent,
}

impl Left {
    /// The words that may follow.
    fn words(self) -> &'static [&'static str] {
        match self {
            Left::Nothing => &["stream", "table"],
            Left::Stream => &[
                "filter",
                "map",
                "flat",
                "select",
                "group",
                "merge",
                "repartition",
                "join",
                "left",
                "outer",
                "detect",
                "as",
                "split",
                "peek",
                "to",
            ],
            Left::Grouped | Left::Cogrouped => &["window", "count", "sum", "reduce", "aggregate", "cogroup"],
            Left::Windowed => &["count", "sum", "reduce", "aggregate", "emit"],
            Left::WindowedOnly | Left::GroupedTable => &["count", "sum", "reduce", "aggregate"],
            Left::Table => &[
                "suppress", "filter", "map", "flat", "select", "group", "join", "left", "outer", "detect",
                "split", "peek", "to",
            ],
            Left::WindowedTable => {
                &["suppress", "filter", "map", "flat", "select", "group", "detect", "split", "peek", "to"]
            }
            Left::Sent => &[],
        }
    }
}

pub(super) fn parse(source: &str) -> Result<Vec<Stage>, ParseError> {
    let pieces = stages(source);
    let mut left = Left::Nothing;
    let mut found = Vec::new();
    if source.len() > limits::PIPELINE_BYTES {
        let whole = Piece { source, at: millrace_expr::Span { start: 0, end: source.len() } };
        let (most, length) = (limits::PIPELINE_BYTES, source.len());
        return Err(whole.error_with(format!("at most {most} bytes"), format!("{length} bytes"), None));
    }
    for piece in &pieces {
        let (stage, next) = stage(*piece, left, &found)?;
        found.push(stage);
        left = next;
    }
    let sends = matches!(found.last(), Some(Stage::To(_) | Stage::ToBy(_) | Stage::Split(_)));
    if !sends && !matches!(left, Left::Table | Left::WindowedTable) {
        let end = Piece { source, at: millrace_expr::Span { start: source.len(), end: source.len() } };
        let expected = match left {
            Left::Grouped | Left::Cogrouped | Left::Windowed | Left::WindowedOnly | Left::GroupedTable => {
                "`| count`, `| sum EXPR`, `| reduce EXPR` or `| aggregate INIT with EXPR`, and `| to TOPIC`"
            }
            Left::Nothing | Left::Stream | Left::Table | Left::WindowedTable | Left::Sent => "`| to TOPIC`",
        };
        return Err(end.error_with(expected.to_owned(), "the end".to_owned(), None));
    }
    Ok(found)
}

fn stage<'s>(piece: Piece<'s>, left: Left, before: &[Stage]) -> Result<(Stage, Left), ParseError> {
    let (word, rest) = piece.word();
    let words = left.words();
    if left == Left::Sent {
        return Err(word.error("the end (`split` has sent each record to a topic)", &[]));
    }
    if !words.contains(&word.text()) {
        let choice: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
        return Err(word.error(&choice.join(" or "), words));
    }
    if let Some((rest, name)) = stored(word, rest, left) {
        let (stage, next) = stage_of(word, rest, left, before)?;
        return Ok((Stage::Stored(Box::new(stage), self::name(name)?), next));
    }
    stage_of(word, rest, left, before)
}

/// What stands before `store`, and the name behind it, if this stage may have one.
fn stored<'s>(word: Piece<'s>, rest: Piece<'s>, left: Left) -> Option<(Piece<'s>, Piece<'s>)> {
    let may = match word.text() {
        "table" | "as" | "count" | "sum" | "reduce" | "aggregate" => true,
        "filter" | "map" => left == Left::Table && keyword(rest, "table").is_ok(),
        _ => false,
    };
    let (rest, _, name) = rest.before_word(&["store"]).filter(|_| may)?;
    // A topic may be called so.
    let is_topic = word.text() == "table" && rest.text().is_empty();
    (!is_topic).then_some((rest, name))
}

/// A name of a store, a node or an internal topic: as `Named.validate` has it, the rules of a topic's name.
pub(super) fn name(piece: Piece<'_>) -> Result<Arc<str>, ParseError> {
    let (word, rest) = piece.word();
    if check_topic(&TopicName::from(word.text())).is_err() {
        return Err(word.error("a name (letters, digits, `.`, `_`, `-`)", &[]));
    }
    end(rest)?;
    Ok(word.text().into())
}

/// What is folded behind these stages.
fn over(left: Left, before: &[Stage]) -> Over {
    let grouped = |stage: &&Stage| !matches!(stage, Stage::GroupByKey | Stage::GroupBy(_));
    let mut since = before.iter().rev().take_while(grouped);
    let mut over = Over { table: left == Left::GroupedTable, cogroup: false, sessions: false };
    since.by_ref().for_each(|stage| match stage {
        Stage::Cogroup(..) => over.cogroup = true,
        Stage::SessionWindow(_) | Stage::CustomWindow(_) => over.sessions = true,
        _ => {}
    });
    over
}

fn stage_of<'s>(
    word: Piece<'s>,
    rest: Piece<'s>,
    left: Left,
    before: &[Stage],
) -> Result<(Stage, Left), ParseError> {
    if let Some((stage, next)) = super::tables::parse(word, rest, left)? {
        return Ok((Stage::Tables(stage), next));
    }
    let same = if left == Left::Stream { left } else { Left::Stream };
    Ok(match word.text() {
        "stream" => (Stage::Stream(topic(rest)?), Left::Stream),
        "filter" => (Stage::Filter(checked(rest, Expr::check_predicate)?), same),
        "map" => match keyword(rest, "values") {
            Ok(values) => (Stage::MapValues(expr(values)?), same),
            Err(_) => (Stage::Map(checked(rest, Expr::check_pair)?), same),
        },
        "flat" => {
            let rest = keyword(rest, "map")?;
            match keyword(rest, "values") {
                Ok(values) => (Stage::FlatMapValues(checked(values, Expr::check_list)?), same),
                Err(_) => (Stage::FlatMap(checked(rest, Expr::check_pairs)?), same),
            }
        }
        "peek" => (Stage::Peek(name(rest)?), same),
        "select" => (Stage::SelectKey(expr(keyword(rest, "key")?)?), same),
        "group" => match keyword(rest, "by")? {
            by if by.text() == "key" => (Stage::GroupByKey, Left::Grouped),
            by => (Stage::GroupBy(expr(by)?), Left::Grouped),
        },
        "cogroup" => {
            let (name, rest) = rest.word();
            let name = topic(name)?;
            match keyword(rest, "by")? {
                by if by.text() == "key" => (Stage::Cogroup(name, None), Left::Cogrouped),
                by => (Stage::Cogroup(name, Some(expr(by)?)), Left::Cogrouped),
            }
        }
        "window" => {
            if let Some(stage) = super::custom_windows::parse(rest, left)? {
                return Ok((stage, Left::WindowedOnly));
            }
            let next = if left == Left::Cogrouped { Left::WindowedOnly } else { Left::Windowed };
            (window(rest)?, next)
        }
        "emit" => {
            let (when, rest) = keyword(keyword(rest, "on")?, "window")?.word();
            let emit = match when.text() {
                "close" => EmitStrategy::OnWindowClose,
                "update" => EmitStrategy::OnWindowUpdate,
                _ => return Err(when.error("`close` or `update`", &["close", "update"])),
            };
            end(rest)?;
            (Stage::Emit(emit), Left::WindowedOnly)
        }
        "count" => {
            end(rest)?;
            (Stage::Count, aggregated(left))
        }
        "sum" => (Stage::Sum(expr(rest)?), aggregated(left)),
        "reduce" => {
            let fold = super::folds::reduce(word, rest, over(left, before))?;
            (Stage::Fold(fold), aggregated(left))
        }
        "aggregate" => (Stage::Fold(super::folds::aggregate(rest, over(left, before))?), aggregated(left)),
        "suppress" => (suppress(rest, left)?, Left::Table),
        "detect" => (Stage::Detect(super::pattern::parse(rest)?), same),
        "split" => (Stage::Split(super::split::parse(rest)?), Left::Sent),
        _ => match keyword(rest, "by") {
            Ok(by) if !by.text().is_empty() => (Stage::ToBy(expr(by)?), same),
            _ => (Stage::To(topic(rest)?), same),
        },
    })
}

fn aggregated(left: Left) -> Left {
    let windowed = matches!(left, Left::Windowed | Left::WindowedOnly);
    if windowed { Left::WindowedTable } else { Left::Table }
}

fn suppress(piece: Piece<'_>, left: Left) -> Result<Stage, ParseError> {
    let (until, rest) = keyword(piece, "until")?.word();
    match until.text() {
        "window" if left == Left::WindowedTable => {
            let (most, rest) = max_records(keyword(rest, "closes")?)?;
            end(rest)?;
            Ok(Stage::SuppressUntilWindowCloses(most))
        }
        "time" => {
            let (limit, rest) = keyword(rest, "limit")?.word();
            let ms = time(limit)?;
            let (most, rest) = max_records(rest)?;
            let Some(most) = most else {
                end(rest)?;
                return Ok(Stage::SuppressUntilTimeLimit(ms, None));
            };
            let mut full = BufferFull::Emit;
            if !rest.text().is_empty() {
                let words = ["shut", "down", "when", "full"];
                end(words.into_iter().try_fold(rest, keyword)?)?;
                full = BufferFull::ShutDown;
            }
            Ok(Stage::SuppressUntilTimeLimit(ms, Some((most, full))))
        }
        "window" => Err(until.error("`time limit 10s` (without windows none closes)", &[])),
        _ if left == Left::WindowedTable => {
            Err(until.error("`window closes` or `time limit 10s`", &["window", "time"]))
        }
        _ => Err(until.error("`time limit 10s`", &["time"])),
    }
}

/// `max records N`, if something stands there.
fn max_records(piece: Piece<'_>) -> Result<(Option<u32>, Piece<'_>), ParseError> {
    if piece.text().is_empty() {
        return Ok((None, piece));
    }
    let (number, rest) = keyword(keyword(piece, "max")?, "records")?.word();
    let wrong = || number.error("a number of records from 0 to 4294967295", &[]);
    let digits = !number.text().is_empty() && number.text().bytes().all(|b| b.is_ascii_digit());
    let most = if digits { number.text().parse().ok() } else { None };
    Ok((Some(most.ok_or_else(wrong)?), rest))
}

/// What follows a word that must stand here.
pub(super) fn keyword<'s>(piece: Piece<'s>, wanted: &str) -> Result<Piece<'s>, ParseError> {
    let (word, rest) = piece.word();
    if word.text() == wanted { Ok(rest) } else { Err(word.error(&format!("`{wanted}`"), &[wanted])) }
}

pub(super) fn end(piece: Piece<'_>) -> Result<(), ParseError> {
    if piece.text().is_empty() { Ok(()) } else { Err(piece.error("`|` or the end", &[])) }
}

pub(super) fn topic(piece: Piece<'_>) -> Result<TopicName, ParseError> {
    let (word, rest) = piece.word();
    let name = TopicName::from(word.text());
    if check_topic(&name).is_err() {
        return Err(word.error("a topic's name (letters, digits, `.`, `_`, `-`)", &[]));
    }
    end(rest)?;
    Ok(name)
}

/// An expression that passes a check; what it says holds for the whole piece.
pub(super) fn checked(
    piece: Piece<'_>,
    check: fn(&Expr) -> Result<(), ParseError>,
) -> Result<Expr, ParseError> {
    let expr = expr(piece)?;
    match check(&expr) {
        Ok(()) => Ok(expr),
        Err(error) => Err(piece.error_with(error.expected, error.found, error.nearest)),
    }
}

pub(super) fn expr(piece: Piece<'_>) -> Result<Expr, ParseError> {
    if piece.text().is_empty() {
        return Err(piece.error("an expression like `value.amount > 0`", &[]));
    }
    Expr::parse(piece.text()).map_err(|error| piece.inner_error(error))
}

fn window(piece: Piece<'_>) -> Result<Stage, ParseError> {
    const KINDS: [&str; 5] = ["tumbling", "hopping", "sliding", "session", "from"];
    let (kind, rest) = piece.word();
    if !KINDS.contains(&kind.text()) {
        return Err(kind.error("`tumbling`, `hopping`, `sliding`, `session` or `from`", &KINDS));
    }
    let (size, mut rest) = rest.word();
    let size_ms = time(size)?;
    let mut advance = None;
    if kind.text() == "hopping" {
        let (advance_by, after) = keyword(rest, "every")?.word();
        advance = Some((advance_by, time(advance_by)?));
        rest = after;
    }
    let mut grace_ms = 0;
    if !rest.text().is_empty() {
        let (word, after) = keyword(rest, "grace")?.word();
        grace_ms = time(word)?;
        end(after)?;
    }
    let refused = |place: Piece<'_>, error: TopologyError| {
        place.error_with(error.to_string(), format!("`{}`", place.text()), None)
    };
    match kind.text() {
        "sliding" => SlidingWindows::new(size_ms, grace_ms).map(Stage::SlidingWindow),
        "session" => SessionWindows::new(size_ms, grace_ms).map(Stage::SessionWindow),
        _ => match (TimeWindows::tumbling(size_ms, grace_ms), advance) {
            (Ok(windows), Some((place, ms))) => {
                return windows.advance_by(ms).map(Stage::Window).map_err(|error| refused(place, error));
            }
            (windows, _) => windows.map(Stage::Window),
        },
    }
    .map_err(|error| refused(size, error))
}

/// `250ms`, `10s`, `5m`, `1h`, `1d`, in milliseconds.
pub(super) fn time(piece: Piece<'_>) -> Result<i64, ParseError> {
    let text = piece.text();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let wrong = || piece.error("a time like `250ms`, `10s`, `5m`, `1h` or `1d`", &[]);
    let unit_ms: i64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(wrong()),
    };
    let number: i64 = number.parse().map_err(|_| wrong())?;
    // A thousand years: sums of two such times never come near the end of time.
    const MOST_MS: i64 = 1_000 * 366 * 86_400_000;
    number
        .checked_mul(unit_ms)
        .filter(|ms| *ms <= MOST_MS)
        .ok_or_else(|| piece.error("a time of at most a thousand years", &[]))
}
