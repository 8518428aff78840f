//! The parser of expectations: `NAME(ARGUMENT, …) SIGN VALUE`.

use super::{Comparison, Expectation, Quantity, Value};
use crate::language::lexer;
use crate::language::problem::{Problem, shown};
use crate::language::time::read_timestamp;
use millrace_expr::{Span, suggest};
use millrace_model::{Partition, TopicPartition};

/// The quantities by name, each with its form.
const FORMS: &[(&str, &str)] = &[
    ("n", "n(TOPIC)"),
    ("partitions", "partitions(TOPIC)"),
    ("leo", "leo(TOPIC-N)"),
    ("hw", "hw(TOPIC-N)"),
    ("lag", "lag(GROUP)"),
    ("committed", "committed(GROUP, TOPIC-N)"),
    ("owner", "owner(GROUP, TOPIC-N)"),
    ("state", "state(GROUP)"),
    ("members", "members(GROUP)"),
    ("effects", "effects(GROUP)"),
    ("repeated", "repeated(GROUP)"),
    ("dead", "dead(GROUP)"),
    ("streamtime", "streamtime(NAME, N)"),
];

/// A piece of an expectation: a word, a text in quotes, or a sign.
#[derive(Clone, Debug)]
struct Piece {
    text: String,
    at: Span,
    is_quoted: bool,
}

struct Pieces<'a> {
    source: &'a str,
    pieces: std::iter::Peekable<std::vec::IntoIter<Piece>>,
    end: usize,
}

impl Expectation {
    /// Reads what stands between two bytes of a line.
    pub(crate) fn parse(source: &str, start: usize, end: usize) -> Result<Expectation, Problem> {
        let pieces = cut(source, start, end)?.into_iter().peekable();
        let mut pieces = Pieces { source, pieces, end };
        let quantity = pieces.quantity()?;
        let comparison = pieces.comparison()?;
        let value = pieces.value()?;
        match pieces.pieces.next() {
            Some(piece) => Err(pieces.wrong(&piece, "the end of the line")),
            None => Ok(Expectation { quantity, comparison, value }),
        }
    }
}

/// Signs and brackets end a word even without a blank.
fn cut(source: &str, start: usize, end: usize) -> Result<Vec<Piece>, Problem> {
    let mut pieces = Vec::new();
    let mut at = start;
    while let Some(c) = source.get(at..end).and_then(|rest| rest.chars().next()) {
        let rest = source.get(at..end).unwrap_or_default();
        let sign = Comparison::ALL.iter().map(|(sign, _)| *sign).chain(["(", ")", ","]);
        let sign = sign.into_iter().find(|sign| rest.starts_with(sign)).map(str::len);
        let is_text = c == '\'' || c == '"' || rest.starts_with("$'");
        let length = match sign {
            Some(length) => length,
            _ if c.is_whitespace() => {
                at += c.len_utf8();
                continue;
            }
            None if is_text => quote_length(rest),
            None => rest
                .find(|c: char| c.is_whitespace() || "()=!<>,'\"".contains(c))
                .unwrap_or(rest.len())
                .max(c.len_utf8()),
        };
        let place = Span { start: at, end: at + length };
        let written = source.get(place.start..place.end).unwrap_or_default();
        let text = if is_text {
            let read = lexer::words(written, 0)
                .map_err(|(problem, _)| Problem::new(source, place, problem.expected, problem.found))?;
            read.tokens.into_iter().map(|token| token.text).collect()
        } else {
            written.to_owned()
        };
        pieces.push(Piece { text, at: place, is_quoted: is_text });
        at = place.end;
    }
    Ok(pieces)
}

/// The length of the quoted text at the front.
fn quote_length(rest: &str) -> usize {
    let (open, quote, escapes) = match rest.chars().next() {
        Some('"') => (1, '"', true),
        Some('$') => (2, '\'', true),
        _ => (1, '\'', false),
    };
    let mut chars = rest.char_indices().skip(open);
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return at + 1;
        }
        if c == '\\' && escapes {
            chars.next();
        }
    }
    rest.len()
}

impl Pieces<'_> {
    fn wrong(&self, piece: &Piece, expected: impl Into<String>) -> Problem {
        Problem::new(self.source, piece.at, expected, shown(&piece.text))
    }

    fn next(&mut self, expected: &str) -> Result<Piece, Problem> {
        self.pieces.next().ok_or_else(|| {
            let at = Span { start: self.end, end: self.end };
            Problem::new(self.source, at, expected, "the end of the line")
        })
    }

    fn sign(&mut self, sign: &str, expected: &str) -> Result<(), Problem> {
        let piece = self.next(expected)?;
        if piece.text == sign && !piece.is_quoted { Ok(()) } else { Err(self.wrong(&piece, expected)) }
    }

    fn quantity(&mut self) -> Result<Quantity, Problem> {
        let expected = "a quantity such as lag(billing)";
        let name = self.next(expected)?;
        let Some((_, form)) = FORMS.iter().find(|(known, _)| *known == name.text && !name.is_quoted) else {
            let nearest = suggest::nearest(&name.text, FORMS.iter().map(|(name, _)| *name));
            let form = nearest.and_then(|name| FORMS.iter().find(|(known, _)| *known == name));
            return Err(self.wrong(&name, expected).with_nearest(form.map(|(_, form)| *form)));
        };
        self.sign("(", form)?;
        let first = self.argument(form)?;
        let quantity = match name.text.as_str() {
            "n" => Quantity::Records(first.text.into()),
            "partitions" => Quantity::Partitions(first.text.into()),
            "leo" => Quantity::LogEndOffset(self.topic_partition(&first)?),
            "hw" => Quantity::HighWatermark(self.topic_partition(&first)?),
            "lag" => Quantity::Lag(first.text.into()),
            "state" => Quantity::State(first.text.into()),
            "members" => Quantity::Members(first.text.into()),
            "effects" => Quantity::Effects(first.text.into()),
            "repeated" => Quantity::Repeated(first.text.into()),
            "dead" => Quantity::Dead(first.text.into()),
            name => {
                self.sign(",", form)?;
                let second = self.argument(form)?;
                match name {
                    "committed" => Quantity::Committed(first.text.into(), self.topic_partition(&second)?),
                    "owner" => Quantity::Owner(first.text.into(), self.topic_partition(&second)?),
                    _ => {
                        let number = second.text.parse::<i32>().ok().filter(|n| *n >= 0);
                        let partition = number.ok_or_else(|| self.wrong(&second, "a partition's number"))?;
                        Quantity::StreamTime(first.text.into(), Partition(partition))
                    }
                }
            }
        };
        self.sign(")", &format!("the closing bracket of {form}"))?;
        Ok(quantity)
    }

    fn argument(&mut self, form: &str) -> Result<Piece, Problem> {
        let piece = self.next(form)?;
        let is_sign = !piece.is_quoted && "()=!<>,".contains(piece.text.chars().next().unwrap_or('('));
        if is_sign || piece.text.is_empty() { Err(self.wrong(&piece, form)) } else { Ok(piece) }
    }

    fn topic_partition(&self, piece: &Piece) -> Result<TopicPartition, Problem> {
        let parts = piece.text.rsplit_once('-');
        match parts.and_then(|(topic, number)| Some((topic, number.parse::<i32>().ok()?))) {
            Some((topic, partition)) if !topic.is_empty() && partition >= 0 => {
                Ok(TopicPartition::new(topic, partition))
            }
            _ => Err(self.wrong(piece, "a topic and a partition, such as orders-2")),
        }
    }

    fn comparison(&mut self) -> Result<Comparison, Problem> {
        let expected = "== != < <= > or >=";
        let piece = self.next(expected)?;
        let found = Comparison::ALL.iter().find(|(sign, _)| *sign == piece.text && !piece.is_quoted);
        let nearest = (piece.text == "=").then_some("==");
        found
            .map(|(_, comparison)| *comparison)
            .ok_or_else(|| self.wrong(&piece, expected).with_nearest(nearest))
    }

    fn value(&mut self) -> Result<Value, Problem> {
        let expected = "a number, a name in quotes, a time such as 12:00:07.500, or none";
        let piece = self.next(expected)?;
        if piece.is_quoted {
            return Ok(Value::Text(piece.text.into()));
        }
        if piece.text == "none" {
            return Ok(Value::None);
        }
        if let Ok(number) = piece.text.parse::<i64>() {
            return Ok(Value::Number(number));
        }
        if let Some(timestamp) = read_timestamp(&piece.text) {
            return Ok(Value::Time(timestamp));
        }
        let is_name = piece.text.chars().all(|c| c.is_alphanumeric() || c == '_');
        let nearest = is_name.then(|| format!("'{}'", piece.text));
        Err(self.wrong(&piece, expected).with_nearest(nearest))
    }
}
