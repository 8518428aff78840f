//! The parser of the pipe language.

use super::Stage;
use super::scan::{Piece, stages};
use crate::limits;
use crate::topology::{TimeWindows, TopologyError, builder::check_topic};
use millrace_expr::{Expr, ParseError};
use millrace_model::TopicName;

/// What stands to the left of a pipe.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    Nothing,
    Stream,
    Grouped,
    Windowed,
    Table,
    WindowedTable,
}

impl Left {
    /// The words that may follow.
    fn words(self) -> &'static [&'static str] {
        match self {
            Left::Nothing => &["stream"],
            Left::Stream => &["filter", "map", "select", "group", "to"],
            Left::Grouped => &["window", "count", "sum"],
            Left::Windowed => &["count", "sum"],
            Left::Table => &["filter", "map", "select", "group", "to"],
            Left::WindowedTable => &["suppress", "filter", "map", "select", "group", "to"],
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
        let (stage, next) = stage(*piece, left)?;
        found.push(stage);
        left = next;
    }
    let sends = matches!(found.last(), Some(Stage::To(_)));
    if !sends && !matches!(left, Left::Table | Left::WindowedTable) {
        let end = Piece { source, at: millrace_expr::Span { start: source.len(), end: source.len() } };
        let expected = match left {
            Left::Grouped | Left::Windowed => "`| count` or `| sum EXPR`, and `| to TOPIC`",
            Left::Nothing | Left::Stream | Left::Table | Left::WindowedTable => "`| to TOPIC`",
        };
        return Err(end.error_with(expected.to_owned(), "the end".to_owned(), None));
    }
    Ok(found)
}

fn stage<'s>(piece: Piece<'s>, left: Left) -> Result<(Stage, Left), ParseError> {
    let (word, rest) = piece.word();
    let words = left.words();
    if !words.contains(&word.text()) {
        let choice: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
        return Err(word.error(&choice.join(" or "), words));
    }
    let same = if left == Left::Stream { left } else { Left::Stream };
    Ok(match word.text() {
        "stream" => (Stage::Stream(topic(rest)?), Left::Stream),
        "filter" => {
            let filter = expr(rest)?;
            if let Err(error) = filter.check_predicate() {
                return Err(rest.error_with(error.expected, error.found, error.nearest));
            }
            (Stage::Filter(filter), same)
        }
        "map" => (Stage::MapValues(expr(keyword(rest, "values")?)?), same),
        "select" => (Stage::SelectKey(expr(keyword(rest, "key")?)?), same),
        "group" => match keyword(rest, "by")? {
            by if by.text() == "key" => (Stage::GroupByKey, Left::Grouped),
            by => (Stage::GroupBy(expr(by)?), Left::Grouped),
        },
        "window" => (Stage::Window(window(rest)?), Left::Windowed),
        "count" => {
            end(rest)?;
            (Stage::Count, aggregated(left))
        }
        "sum" => (Stage::Sum(expr(rest)?), aggregated(left)),
        "suppress" => {
            end(keyword(keyword(keyword(rest, "until")?, "window")?, "closes")?)?;
            (Stage::SuppressUntilWindowCloses, Left::Table)
        }
        _ => (Stage::To(topic(rest)?), same),
    })
}

fn aggregated(left: Left) -> Left {
    if left == Left::Windowed { Left::WindowedTable } else { Left::Table }
}

/// What follows a word that must stand here.
fn keyword<'s>(piece: Piece<'s>, wanted: &str) -> Result<Piece<'s>, ParseError> {
    let (word, rest) = piece.word();
    if word.text() == wanted { Ok(rest) } else { Err(word.error(&format!("`{wanted}`"), &[wanted])) }
}

fn end(piece: Piece<'_>) -> Result<(), ParseError> {
    if piece.text().is_empty() { Ok(()) } else { Err(piece.error("`|` or the end", &[])) }
}

fn topic(piece: Piece<'_>) -> Result<TopicName, ParseError> {
    let (word, rest) = piece.word();
    let name = TopicName::from(word.text());
    if check_topic(&name).is_err() {
        return Err(word.error("a topic's name (letters, digits, `.`, `_`, `-`)", &[]));
    }
    end(rest)?;
    Ok(name)
}

fn expr(piece: Piece<'_>) -> Result<Expr, ParseError> {
    if piece.text().is_empty() {
        return Err(piece.error("an expression like `value.amount > 0`", &[]));
    }
    Expr::parse(piece.text()).map_err(|error| piece.inner_error(error))
}

fn window(piece: Piece<'_>) -> Result<TimeWindows, ParseError> {
    let (kind, rest) = piece.word();
    let hopping = match kind.text() {
        "tumbling" => false,
        "hopping" => true,
        _ => return Err(kind.error("`tumbling` or `hopping`", &["tumbling", "hopping"])),
    };
    let (size, mut rest) = rest.word();
    let size_ms = time(size)?;
    let mut advance = None;
    if hopping {
        let (advance_by, after) = keyword(rest, "every")?.word();
        advance = Some((advance_by, time(advance_by)?));
        rest = after;
    }
    let mut grace = (rest, 0);
    if !rest.text().is_empty() {
        let (word, after) = keyword(rest, "grace")?.word();
        grace = (word, time(word)?);
        end(after)?;
    }
    let refused = |place: Piece<'_>, error: TopologyError| {
        place.error_with(error.to_string(), format!("`{}`", place.text()), None)
    };
    let windows = TimeWindows::tumbling(size_ms, grace.1).map_err(|error| refused(size, error))?;
    match advance {
        None => Ok(windows),
        Some((place, ms)) => windows.advance_by(ms).map_err(|error| refused(place, error)),
    }
}

/// `250ms`, `10s`, `5m`, `1h`, `1d`, in milliseconds.
fn time(piece: Piece<'_>) -> Result<i64, ParseError> {
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
