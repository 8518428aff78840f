//! An expectation as it is written: the parser's inverse.

use super::{Comparison, Expectation, Operand, Quantity, Timeout, Told, Value};
use crate::language::quote::quoted;
use crate::language::time::print_timestamp;
use std::fmt;

impl Quantity {
    /// The name and the arguments: `committed`, then `billing` and `orders-0`.
    pub(super) fn parts(&self) -> (&'static str, Vec<String>) {
        let (name, parts): (_, Vec<String>) = match self {
            Quantity::Records(topic) => ("n", vec![topic.to_string()]),
            Quantity::Partitions(topic) => ("partitions", vec![topic.to_string()]),
            Quantity::LogEndOffset(tp) => ("leo", vec![tp.to_string()]),
            Quantity::HighWatermark(tp) => ("hw", vec![tp.to_string()]),
            Quantity::Lag(group) => ("lag", vec![group.to_string()]),
            Quantity::Committed(group, tp) => ("committed", vec![group.to_string(), tp.to_string()]),
            Quantity::Owner(group, tp) => ("owner", vec![group.to_string(), tp.to_string()]),
            Quantity::Position(group, tp) => ("position", vec![group.to_string(), tp.to_string()]),
            Quantity::Generation(group) => ("generation", vec![group.to_string()]),
            Quantity::Idle(group) => ("idle", vec![group.to_string()]),
            Quantity::State(group) => ("state", vec![group.to_string()]),
            Quantity::Members(group) => ("members", vec![group.to_string()]),
            Quantity::Effects(group) => ("effects", vec![group.to_string()]),
            Quantity::Repeated(group) => ("repeated", vec![group.to_string()]),
            Quantity::Dead(group) => ("dead", vec![group.to_string()]),
            Quantity::Told(told, group, within) => {
                let mut parts = vec![group.to_string()];
                match told {
                    Told::Errors(name) => parts.push(name.to_string()),
                    Told::Busiest => parts.push("max".to_owned()),
                    Told::Idlest => parts.push("min".to_owned()),
                    Told::Timeouts(timeout) => {
                        let key = Timeout::ALL.iter().find(|(_, known)| known == timeout);
                        parts.extend(key.map(|(key, _)| (*key).to_owned()));
                    }
                    _ => {}
                }
                parts.extend(within.map(|span| span.to_string()));
                (told.name(), parts)
            }
            Quantity::Account(kept, group) => (kept.name(), vec![group.to_string()]),
            Quantity::Calls(name) => ("calls", vec![name.to_string()]),
            Quantity::Outside(of, name) => (of.name(), vec![name.to_string()]),
            Quantity::Tries(tries, group) => {
                (tries.name(), [group.to_string()].into_iter().chain(tries.argument()).collect())
            }
            Quantity::Newest(topic, key) => ("value", vec![topic.to_string(), key.to_string()]),
            Quantity::Spread(spread, topic) => {
                (spread.name(), [topic.to_string()].into_iter().chain(spread.argument()).collect())
            }
            Quantity::Written(written, topic) => (written.name(), vec![topic.to_string()]),
            Quantity::Streams(of, name) => {
                let mut parts = vec![name.to_string()];
                parts.extend(of.arguments());
                (of.name(), parts)
            }
            Quantity::Shows(name, key) => ("shows", vec![name.to_string(), key.to_string()]),
            Quantity::Differs(name) => ("differs", vec![name.to_string()]),
            Quantity::StreamTime(name, partition) => {
                ("streamtime", vec![name.to_string(), partition.to_string()])
            }
            Quantity::Exported(name, key) => ("exported", vec![name.to_string(), key.to_string()]),
            Quantity::Log(of, tp) => (of.name(), [tp.to_string()].into_iter().chain(of.argument()).collect()),
            Quantity::Retried(name, error) => (
                "retried",
                [name.to_string()].into_iter().chain(error.as_deref().map(str::to_owned)).collect(),
            ),
            Quantity::Thrown(name, class) => ("thrown", vec![name.to_string(), class.to_string()]),
            Quantity::Replicas(of, tp) => (of.name(), vec![tp.to_string()]),
            Quantity::Beaten(of) => ("beaten", vec![of.0.to_string(), of.1.to_string()]),
            Quantity::Load(of, name) => {
                (of.name(), [name.to_string()].into_iter().chain(of.argument()).collect())
            }
            Quantity::Network(of, name) => (of.name(), vec![name.to_string()]),
            Quantity::Contents(of, topic) => {
                (of.name(), [topic.to_string()].into_iter().chain(of.argument()).collect())
            }
        };
        (name, parts)
    }
}

impl Told {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Told::Rebalances => "rebalances",
            Told::Restarts => "restarts",
            Told::Moved => "moved",
            Told::Stopped => "stopped",
            Told::Gap => "gap",
            Told::Downtime => "downtime",
            Told::Refused => "refused",
            Told::Unhandled => "unhandled",
            Told::Busiest | Told::Idlest => "util",
            Told::Timeouts(_) => "timeouts",
            Told::Errors(_) => "errors",
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, arguments) = self.parts();
        if matches!(self, Quantity::Beaten(_)) {
            return write!(f, "{name}({})", arguments.join(", "));
        }
        let arguments: Vec<String> = arguments
            .iter()
            .map(|argument| {
                let bare = argument.chars().all(|c| c.is_alphanumeric() || "._-".contains(c));
                if bare && !argument.is_empty() { argument.clone() } else { text(argument) }
            })
            .collect();
        write!(f, "{name}({})", arguments.join(", "))
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign =
            Comparison::ALL.iter().find(|(_, comparison)| comparison == self).map_or("", |(sign, _)| sign);
        f.write_str(sign)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(number) => number.fmt(f),
            Value::Text(value) => f.write_str(&text(value)),
            Value::Time(timestamp) => f.write_str(&print_timestamp(*timestamp)),
            Value::Span(span) => span.fmt(f),
            Value::None => f.write_str("none"),
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Operand::Value(value) => value.fmt(f),
            Operand::Quantity(quantity) => quantity.fmt(f),
        }
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.quantity, self.comparison, self.operand)
    }
}

/// A text is always in quotes here: bare words are names of the language.
fn text(value: &str) -> String {
    let word = quoted(value);
    if word == value { format!("'{value}'") } else { word }
}
