//! The parser of expectations: `NAME(ARGUMENT, …) SIGN VALUE`, or another quantity in the place of the value.

use super::forms::FORMS;
use super::{
    Comparison, Expectation, Kept, OfContents, OfLoad, OfLog, OfNetwork, OfOutside, OfReplicas, OfStreams,
    Operand, Quantity, Spread, Timeout, Told, Tries, Value, Written,
};
use crate::language::lexer;
use crate::language::problem::{Problem, shown};
use crate::language::time::{read_span, read_timestamp};
use millrace_expr::{Expr, Span, suggest};
use millrace_model::{Offset, Partition, Span as SpanOfTime, TopicPartition};
use millrace_sim::Part;
use std::sync::Arc;

/// The quantity of that name, with its form.
fn form(name: &Piece) -> Option<(&'static str, &'static str)> {
    FORMS.iter().copied().find(|(known, _)| *known == name.text && !name.is_quoted)
}

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
        let operand = pieces.operand()?;
        match pieces.pieces.next() {
            Some(piece) => Err(pieces.wrong(&piece, "the end of the line")),
            None => Ok(Expectation { quantity, comparison, operand }),
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
        self.quantity_named(&name, expected)
    }

    fn quantity_named(&mut self, name: &Piece, expected: &str) -> Result<Quantity, Problem> {
        let Some((_, form)) = form(name) else {
            let nearest = suggest::nearest(&name.text, FORMS.iter().map(|(name, _)| *name));
            let form = nearest.and_then(|name| FORMS.iter().find(|(known, _)| *known == name));
            let problem = self.wrong(name, expected).with_nearest(form.map(|(_, form)| *form));
            return Err(problem.with_known(FORMS.iter().map(|(name, _)| *name)));
        };
        self.sign("(", form)?;
        if name.text == "beaten" {
            let more = self.quantity()?;
            self.sign(",", form)?;
            let less = self.quantity()?;
            self.close(form)?;
            return Ok(Quantity::Beaten(Box::new((more, less))));
        }
        let first = self.argument(form)?;
        let text = first.text.as_str();
        let quantity = match name.text.as_str() {
            "n" => Quantity::Records(text.into()),
            "partitions" => Quantity::Partitions(text.into()),
            "leo" => Quantity::LogEndOffset(self.topic_partition(&first)?),
            "hw" => Quantity::HighWatermark(self.topic_partition(&first)?),
            "lag" => Quantity::Lag(text.into()),
            "state" => Quantity::State(text.into()),
            "generation" => Quantity::Generation(text.into()),
            "members" => Quantity::Members(text.into()),
            "idle" => Quantity::Idle(text.into()),
            "effects" => Quantity::Effects(text.into()),
            "repeated" => Quantity::Repeated(text.into()),
            "dead" => Quantity::Dead(text.into()),
            "committed" => Quantity::Committed(text.into(), self.second_place(form)?),
            "owner" => Quantity::Owner(text.into(), self.second_place(form)?),
            "position" => Quantity::Position(text.into(), self.second_place(form)?),
            "value" => Quantity::Newest(text.into(), self.second(form)?.text.into()),
            "shows" => Quantity::Shows(text.into(), self.second(form)?.text.into()),
            "differs" => Quantity::Differs(text.into()),
            "streamtime" => {
                let second = self.second(form)?;
                let number = second.text.parse::<i32>().ok().filter(|n| *n >= 0);
                let partition = number.ok_or_else(|| self.wrong(&second, "a partition's number"))?;
                Quantity::StreamTime(text.into(), Partition(partition))
            }
            "calls" => Quantity::Calls(text.into()),
            "attempts" => Quantity::Tries(Tries::Attempts, text.into()),
            "failures" => Quantity::Tries(Tries::Failures(self.class(form)?), text.into()),
            "retries" => Quantity::Tries(Tries::Retries(self.class(form)?), text.into()),
            "path" => Quantity::Tries(Tries::Path(self.second(form)?.text.into()), text.into()),
            "overtaken" => {
                let of = self.second(form)?;
                Quantity::Tries(Tries::Overtaken(self.expression(&of)?), text.into())
            }
            "split" => {
                let of = if self.is_more() { Some(self.second(form)?) } else { None };
                let of = of.map(|of| self.expression(&of)).transpose()?;
                Quantity::Spread(Spread::Split(of), text.into())
            }
            "skew" => Quantity::Spread(Spread::Skew(self.within(form)?), text.into()),
            "acknowledged" => Quantity::Written(Written::Acknowledged, text.into()),
            "vanished" => Quantity::Written(Written::Vanished, text.into()),
            "headless" => Quantity::Written(Written::Headless, text.into()),
            "unanswered" => Quantity::Written(Written::Unanswered, text.into()),
            "filled" => Quantity::Spread(Spread::Filled, text.into()),
            "apart" => Quantity::Spread(Spread::Apart(self.second(form)?.text.into()), text.into()),
            "exported" => Quantity::Exported(text.into(), self.second(form)?.text.into()),
            "retried" => Quantity::Retried(text.into(), self.class(form)?),
            "thrown" => Quantity::Thrown(text.into(), self.second(form)?.text.into()),
            "requests" => Quantity::Load(OfLoad::Requests, text.into()),
            "throttled" => Quantity::Load(OfLoad::Throttled, text.into()),
            "capacity" => Quantity::Load(OfLoad::Capacity, text.into()),
            "busy" => {
                let second = self.second(form)?;
                let part = Part::from_name(&second.text).ok_or_else(|| {
                    self.wrong(&second, "a part of a machine: in, out, threads, disk or codec")
                })?;
                Quantity::Load(OfLoad::Busy(part), text.into())
            }
            "p50" => Quantity::Tries(Tries::Latency(50, self.class(form)?), text.into()),
            "p95" => Quantity::Tries(Tries::Latency(95, self.class(form)?), text.into()),
            "p99" => Quantity::Tries(Tries::Latency(99, self.class(form)?), text.into()),
            "delay" => {
                let second = self.second(form)?;
                let n = second.text.parse().map_err(|_| self.wrong(&second, "the number of a delivery"))?;
                Quantity::Tries(Tries::Delay(n), text.into())
            }
            name if Kept::ALL.iter().any(|(known, _)| *known == name) => {
                let kept = Kept::ALL.iter().find(|(known, _)| *known == name);
                Quantity::Account(kept.map_or(Kept::Lost, |(_, kept)| *kept), text.into())
            }
            name => {
                if let Some((_, of)) = OfOutside::ALL.iter().find(|(known, _)| *known == name) {
                    self.close(form)?;
                    return Ok(Quantity::Outside(*of, text.into()));
                }
                if let Some((_, of)) = OfReplicas::ALL.iter().find(|(known, _)| *known == name) {
                    let tp = self.topic_partition(&first)?;
                    self.close(form)?;
                    return Ok(Quantity::Replicas(*of, tp));
                }
                if let Some((_, of)) = OfNetwork::ALL.iter().find(|(known, _)| *known == name) {
                    self.close(form)?;
                    return Ok(Quantity::Network(*of, text.into()));
                }
                if let Some(of) = self.of_log(name, form)? {
                    let tp = self.topic_partition(&first)?;
                    self.close(form)?;
                    return Ok(Quantity::Log(of, tp));
                }
                if let Some(of) = self.of_contents(name, form)? {
                    self.close(form)?;
                    return Ok(Quantity::Contents(of, text.into()));
                }
                if let Some(of) = self.of_streams(name, form)? {
                    self.close(form)?;
                    return Ok(Quantity::Streams(of, text.into()));
                }
                let told = self.told(name, form)?;
                Quantity::Told(told, text.into(), self.within(form)?)
            }
        };
        self.close(form)?;
        Ok(quantity)
    }

    fn close(&mut self, form: &str) -> Result<(), Problem> {
        self.sign(")", &format!("the closing bracket of {form}"))
    }

    fn of_log(&mut self, name: &str, form: &str) -> Result<Option<OfLog>, Problem> {
        Ok(Some(match name {
            "start" => OfLog::Start,
            "lso" => OfLog::Stable,
            "segments" => OfLog::Segments,
            "gaps" => OfLog::Gaps,
            "dirty" => OfLog::Dirty,
            "cleaned" => OfLog::Cleaned,
            "base" => OfLog::Base(self.offset(form)?),
            "indexed" => OfLog::Indexed(self.offset(form)?),
            "scanned" => OfLog::Scanned(self.offset(form)?),
            "record" => OfLog::Record(self.offset(form)?),
            "since" => {
                let second = self.second(form)?;
                let time = read_timestamp(&second.text);
                OfLog::Since(time.ok_or_else(|| self.wrong(&second, "a time such as '12:00:07.500'"))?)
            }
            _ => return Ok(None),
        }))
    }

    fn of_contents(&mut self, name: &str, form: &str) -> Result<Option<OfContents>, Problem> {
        Ok(Some(match name {
            "keys" => OfContents::Keys,
            "copies" => OfContents::Copies(self.second(form)?.text.into()),
            "tombstones" => OfContents::Tombstones,
            "batches" => OfContents::Batches,
            "bytes" => OfContents::Bytes,
            "pids" => OfContents::Pids,
            "resent" => OfContents::Resent,
            _ => return Ok(None),
        }))
    }

    fn offset(&mut self, form: &str) -> Result<Offset, Problem> {
        let second = self.second(form)?;
        let offset = second.text.parse().ok().filter(|offset| *offset >= 0);
        offset.map(Offset).ok_or_else(|| self.wrong(&second, "an offset such as 42"))
    }

    fn of_streams(&mut self, name: &str, form: &str) -> Result<Option<OfStreams>, Problem> {
        Ok(Some(match name {
            "tasks" => OfStreams::Tasks,
            "dropped" => OfStreams::Dropped,
            "failed" => OfStreams::Failed,
            "internal" => OfStreams::Internal,
            "rows" => OfStreams::Rows,
            "row" => OfStreams::Row(self.second(form)?.text.into()),
            "standbys" => OfStreams::Standbys,
            "host" => OfStreams::Host(self.second(form)?.text.into()),
            "answer" => OfStreams::Answer(self.second(form)?.text.into(), self.second(form)?.text.into()),
            "strays" => OfStreams::Strays,
            "crashes" => OfStreams::Crashes,
            "restored" => OfStreams::Restored,
            "restoring" => OfStreams::Restoring,
            _ => return Ok(None),
        }))
    }

    fn told(&mut self, name: &str, form: &str) -> Result<Told, Problem> {
        Ok(match name {
            "rebalances" => Told::Rebalances,
            "restarts" => Told::Restarts,
            "moved" => Told::Moved,
            "stopped" => Told::Stopped,
            "gap" => Told::Gap,
            "downtime" => Told::Downtime,
            "refused" => Told::Refused,
            "unhandled" => Told::Unhandled,
            "util" => {
                let which = self.second(form)?;
                match which.text.as_str() {
                    "max" => Told::Busiest,
                    "min" => Told::Idlest,
                    _ => return Err(self.wrong(&which, "max or min")),
                }
            }
            "timeouts" => {
                let key = self.second(form)?;
                let found = Timeout::ALL.iter().find(|(known, _)| *known == key.text);
                let nearest = suggest::nearest(&key.text, Timeout::ALL.iter().map(|(known, _)| *known));
                let wrong = || self.wrong(&key, "session.timeout.ms or max.poll.interval.ms");
                let (_, timeout) = found.ok_or_else(|| wrong().with_nearest(nearest))?;
                Told::Timeouts(*timeout)
            }
            _ => Told::Errors(self.second(form)?.text.into()),
        })
    }

    /// The exception's class behind a comma, if there is one.
    fn class(&mut self, form: &str) -> Result<Option<Arc<str>>, Problem> {
        match self.is_more() {
            true => Ok(Some(self.second(form)?.text.into())),
            false => Ok(None),
        }
    }

    /// The duration behind a comma, if there is one.
    fn within(&mut self, form: &str) -> Result<Option<SpanOfTime>, Problem> {
        if self.pieces.peek().is_none_or(|piece| piece.text != "," || piece.is_quoted) {
            return Ok(None);
        }
        let piece = self.second(form)?;
        let span = read_span(&piece.text);
        span.map(Some).ok_or_else(|| self.wrong(&piece, "a duration such as 250ms, 10s or 5m"))
    }

    fn is_more(&mut self) -> bool {
        self.pieces.peek().is_some_and(|piece| piece.text == "," && !piece.is_quoted)
    }

    /// An expression over records, such as `value.order`, in quotes if there is more to it.
    fn expression(&self, piece: &Piece) -> Result<Arc<str>, Problem> {
        match Expr::parse(&piece.text) {
            Ok(_) => Ok(piece.text.as_str().into()),
            Err(error) => {
                Err(self.wrong(piece, "an expression such as value.order").with_nearest(error.nearest))
            }
        }
    }

    fn second(&mut self, form: &str) -> Result<Piece, Problem> {
        self.sign(",", form)?;
        self.argument(form)
    }

    fn second_place(&mut self, form: &str) -> Result<TopicPartition, Problem> {
        let second = self.second(form)?;
        self.topic_partition(&second)
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

    fn operand(&mut self) -> Result<Operand, Problem> {
        let expected = "a number, a name in quotes, a time such as 12:00:07.500, a duration such as 45s, none, or another quantity";
        let piece = self.next(expected)?;
        let is_call = self.pieces.peek().is_some_and(|next| next.text == "(" && !next.is_quoted);
        if is_call && form(&piece).is_some() {
            return self.quantity_named(&piece, expected).map(Operand::Quantity);
        }
        self.value(piece, expected).map(Operand::Value)
    }

    fn value(&self, piece: Piece, expected: &str) -> Result<Value, Problem> {
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
        if let Some(span) = read_span(&piece.text) {
            return Ok(Value::Span(span));
        }
        let is_name = piece.text.chars().all(|c| c.is_alphanumeric() || c == '_');
        let nearest = is_name.then(|| format!("'{}'", piece.text));
        Err(self.wrong(&piece, expected).with_nearest(nearest))
    }
}
