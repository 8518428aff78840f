//! What the functions of a topology compute.
//!
//! Text of a value: its UTF-8, the decimal of a number, `null` for null. Number of a value: the integer, or the
//! text read as one of at most 18 digits, else the text's length in UTF-16 units (as Java counts).

use super::SharedHeaders;
use super::function::{
    Aggregation, Aggregator, KeyMapper, KeyValueMapper, Merger, Predicate, Reducer, ValueMapper,
};
use crate::data::{Key, Value};
use millrace_expr::{Decimal, EvalError, EvalErrorKind, Expr, Span, Subject};
use millrace_model::{Offset, Origin, Partition, TopicName};
use std::borrow::Cow;

/// Where a record in the topology came from (`ProcessorRecordContext`), without its timestamp.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Context {
    /// The topic.
    pub topic: TopicName,
    /// The partition.
    pub partition: Partition,
    /// The offset.
    pub offset: Offset,
    /// The headers.
    pub headers: SharedHeaders,
    /// Where the record's life began in the trace.
    pub origin: Origin,
}

/// The record that a function looks at.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// Its key.
    pub key: Option<&'a Key>,
    /// Its value.
    pub value: Option<&'a Value>,
    /// Its timestamp in milliseconds.
    pub timestamp: i64,
    /// Where it came from.
    pub context: &'a Context,
}

/// The text of a value.
pub fn text(value: Option<&Value>) -> Cow<'_, str> {
    value.map_or(Cow::Borrowed("null"), Value::to_text)
}

fn length(text: &str) -> i64 {
    i64::try_from(text.encode_utf16().count()).unwrap_or(i64::MAX)
}

/// The number of a value.
pub fn number(value: Option<&Value>) -> i64 {
    if let Some(Value::Long(n)) = value {
        return *n;
    }
    let text = text(value);
    let digits = text.strip_prefix('-').unwrap_or(&text);
    let all_digits = (1..=18).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if all_digits { text.parse().unwrap_or(0) } else { length(&text) }
}

pub(super) fn key_text(key: Option<&Key>) -> Cow<'_, str> {
    key.map_or(Cow::Borrowed("null"), Key::text)
}

pub(super) fn key_of(text: &str) -> Key {
    Key::plain(text.as_bytes())
}

impl Scene<'_> {
    pub(crate) fn eval(&self, expr: &Expr) -> Result<millrace_expr::Value, EvalError> {
        self.eval_over(expr, None)
    }

    /// The same where earlier records have come to this.
    pub(super) fn eval_over(
        &self,
        expr: &Expr,
        aggregate: Option<&[u8]>,
    ) -> Result<millrace_expr::Value, EvalError> {
        let key_text = match self.key {
            Some(key @ Key::Windowed { .. }) => key.text(),
            Some(Key::Plain(_)) | None => Cow::Borrowed(""),
        };
        let value_text = match self.value {
            Some(value @ (Value::Long(_) | Value::Number(_))) => value.to_text(),
            Some(Value::Bytes(_)) | None => Cow::Borrowed(""),
        };
        let subject = Subject {
            key: self.key.map(|key| match key {
                Key::Plain(bytes) => &**bytes,
                Key::Windowed { .. } => key_text.as_bytes(),
            }),
            value: self.value.map(|value| match value {
                Value::Bytes(bytes) => &**bytes,
                Value::Long(_) | Value::Number(_) => value_text.as_bytes(),
            }),
            headers: &self.context.headers,
            topic: self.context.topic.as_str(),
            partition: self.context.partition.0,
            offset: self.context.offset.0,
            timestamp: self.timestamp,
            attempt: 1,
        };
        expr.eval_over(&subject, aggregate)
    }

    fn eval_text(&self, expr: &Expr) -> Result<Option<String>, EvalError> {
        Ok(match self.eval(expr)? {
            millrace_expr::Value::Null => None,
            other => Some(other.to_text()),
        })
    }
}

pub(super) fn wants(
    expr: &Expr,
    by: &'static str,
    expected: &'static str,
    found: millrace_expr::Kind,
) -> EvalError {
    let at = Span { start: 0, end: expr.text().len() };
    EvalError { at, kind: EvalErrorKind::Type { by, expected, found } }
}

impl Predicate {
    /// Whether the record passes.
    ///
    /// # Errors
    /// What the expression says when it has no answer.
    pub fn test(&self, scene: &Scene<'_>) -> Result<bool, EvalError> {
        let value = scene.value;
        let of_value = |test: &dyn Fn(&str) -> bool| value.is_some() && test(&text(value));
        let of_key = |test: &dyn Fn(&str) -> bool| scene.key.is_some_and(|key| test(&key.text()));
        Ok(match self {
            Self::Expr(expr) => match scene.eval(expr)? {
                millrace_expr::Value::Bool(answer) => answer,
                other => return Err(wants(expr, "filter", "true or false", other.kind())),
            },
            Self::True => true,
            Self::False => false,
            Self::ValueContains(part) => of_value(&|text| text.contains(&**part)),
            Self::ValueLongerThan(n) => of_value(&|text| length(text) > *n),
            Self::ValueEven => value.is_some() && number(value) % 2 == 0,
            Self::ValueGreaterThan(n) => value.is_some() && number(value) > *n,
            Self::ValueNull => value.is_none(),
            Self::KeyNotNull => scene.key.is_some(),
            Self::KeyIs(key) => of_key(&|text| text == key),
            Self::KeyBelow(key) => of_key(&|text| text < &**key),
        })
    }
}

impl ValueMapper {
    /// The new value.
    ///
    /// # Errors
    /// What the expression says when it has no answer.
    pub fn map(&self, scene: &Scene<'_>) -> Result<Option<Value>, EvalError> {
        let value = scene.value;
        Ok(match self {
            Self::Expr(expr) => scene.eval_text(expr)?.map(Value::text),
            Self::Upper => value.map(|v| Value::text(v.to_text().to_uppercase())),
            Self::Append(more) => Some(Value::text(format!("{}{more}", text(value)))),
            Self::Length => Some(Value::Long(value.map_or(0, |v| length(&v.to_text())))),
            Self::Const(constant) => Some(Value::text(constant.clone())),
            Self::Null => None,
            Self::Text => Some(Value::text(text(value))),
            Self::Number => value.map(|_| Value::Long(number(value))),
            Self::WithKey => Some(Value::text(format!("{}:{}", key_text(scene.key), text(value)))),
            Self::Identity => value.cloned(),
        })
    }
}

impl KeyMapper {
    /// The new key.
    ///
    /// # Errors
    /// What the expression says when it has no answer.
    pub fn map(&self, scene: &Scene<'_>) -> Result<Option<Key>, EvalError> {
        let (key, value) = (scene.key, scene.value);
        let prefix = |text: &str, n: usize| {
            // Java's substring counts UTF-16 units.
            let units: Vec<u16> = text.encode_utf16().take(n).collect();
            key_of(&String::from_utf16_lossy(&units))
        };
        Ok(match self {
            Self::Expr(expr) => scene.eval_text(expr)?.map(|text| key_of(&text)),
            Self::FromValue => value.map(|v| key_of(&v.to_text())),
            Self::ValuePrefix(n) => value.map(|v| prefix(&v.to_text(), *n)),
            Self::KeyPrefix(n) => key.map(|k| prefix(&k.text(), *n)),
            Self::Append(more) => Some(key_of(&format!("{}{more}", key_text(key)))),
            Self::WindowText => Some(key_of(&key_text(key))),
            Self::WindowInner => key.map(|k| Key::Plain(k.inner().clone())),
            Self::Const(constant) => Some(key_of(constant)),
            Self::Identity => key.cloned(),
            Self::Null => None,
            Self::ValueBefore(mark) => text(value).split_once(&**mark).map(|(before, _)| key_of(before)),
        })
    }
}

impl KeyValueMapper {
    /// The new key and value.
    ///
    /// # Errors
    /// What an expression says when it has no answer.
    pub fn map(&self, scene: &Scene<'_>) -> Result<(Option<Key>, Option<Value>), EvalError> {
        Ok(match self {
            Self::Swap => {
                let key = scene.value.map(|v| key_of(&v.to_text()));
                (key, scene.key.map(|k| Value::text(k.text())))
            }
            Self::Rekey { key, value } => (key.map(scene)?, value.map(scene)?),
            Self::Expr(expr) => super::evaluate_folds::pair(expr, "map", &scene.eval(expr)?)?,
        })
    }
}

impl Reducer {
    /// Both values as one.
    ///
    /// # Errors
    /// What the expression says when it has no answer, and one of another type than the values.
    pub fn reduce(&self, a: Option<&Value>, b: Option<&Value>) -> Result<Option<Value>, EvalError> {
        let joined = |mark: &str| Some(Value::text(format!("{}{mark}{}", text(a), text(b))));
        Ok(match self {
            Self::Expr(expr) => return super::evaluate_folds::reduce(expr, a, b),
            Self::Concat => joined(","),
            Self::Sum => Some(Value::Long(number(a).wrapping_add(number(b)))),
            Self::Subtract => Some(Value::Long(number(a).wrapping_sub(number(b)))),
            Self::Max => if number(a) >= number(b) { a } else { b }.cloned(),
            Self::Min => if number(a) <= number(b) { a } else { b }.cloned(),
            Self::Last => b.cloned(),
            Self::First => a.cloned(),
            Self::Remove => joined("-"),
            Self::NullOnX => {
                if text(b) == "x" {
                    None
                } else {
                    joined(",")
                }
            }
        })
    }
}

impl Aggregator {
    /// The aggregate with the record added.
    ///
    /// # Errors
    /// What the expression says when it has no answer.
    pub fn add(&self, scene: &Scene<'_>, aggregate: Option<&Value>) -> Result<Option<Value>, EvalError> {
        let value = scene.value;
        let joined = |mark: &str| Some(Value::text(format!("{}{mark}{}", text(aggregate), text(value))));
        Ok(match self {
            Self::Expr(expr) => return super::evaluate_folds::fold(expr, scene, aggregate),
            Self::Concat => joined("+"),
            Self::Remove => joined("-"),
            Self::KeyValue => {
                let (sum, key) = (text(aggregate), key_text(scene.key));
                Some(Value::text(format!("{sum};{key}={}", text(value))))
            }
            Self::Sum => Some(Value::Long(number(aggregate).wrapping_add(number(value)))),
            Self::Subtract => Some(Value::Long(number(aggregate).wrapping_sub(number(value)))),
            Self::SumLength => Some(Value::Long(number(aggregate).wrapping_add(length(&text(value))))),
            Self::NullOnX => {
                if text(value) == "x" {
                    None
                } else {
                    joined("+")
                }
            }
        })
    }
}

/// The sum with what an expression says of the record added, or taken away.
pub(super) fn sum_of(
    expr: &Expr,
    scene: &Scene<'_>,
    stored: Option<&Value>,
    take: bool,
) -> Result<Value, EvalError> {
    let before = match stored {
        Some(Value::Number(n)) => *n,
        Some(Value::Bytes(_) | Value::Long(_)) | None => Decimal::ZERO,
    };
    let sum = match scene.eval(expr)? {
        millrace_expr::Value::Null => Ok(before),
        millrace_expr::Value::Number(n) if take => before.try_sub(n),
        millrace_expr::Value::Number(n) => before.try_add(n),
        other => return Err(wants(expr, "sum", "a number", other.kind())),
    };
    let at = Span { start: 0, end: expr.text().len() };
    Ok(Value::Number(sum.map_err(|e| EvalError { at, kind: EvalErrorKind::Number(e) })?))
}

impl Aggregation {
    /// The new aggregate from the stored one (`None`: none yet) and a record.
    ///
    /// # Errors
    /// An expression that has no answer; a sum of what is no number, or that is too large.
    pub fn add(&self, scene: &Scene<'_>, stored: Option<&Value>) -> Result<Option<Value>, EvalError> {
        Ok(match self {
            Self::Count => Some(Value::Long(match stored {
                Some(Value::Long(n)) => n.wrapping_add(1),
                Some(Value::Bytes(_) | Value::Number(_)) | None => 1,
            })),
            Self::Sum(expr) => Some(sum_of(expr, scene, stored, false)?),
            Self::Reduce(reducer) => match stored {
                None => scene.value.cloned(),
                Some(_) => reducer.reduce(stored, scene.value)?,
            },
            Self::Aggregate { init, aggregator } => aggregator.add(scene, Some(stored.unwrap_or(init)))?,
        })
    }

    /// What Kafka calls the old value when nothing is stored: the initializer's.
    pub fn initial(&self) -> Option<Value> {
        match self {
            Self::Count => Some(Value::Long(0)),
            Self::Sum(_) => Some(Value::Number(Decimal::ZERO)),
            Self::Reduce(_) => None,
            Self::Aggregate { init, .. } => Some(init.clone()),
        }
    }
}

impl Merger {
    /// Both aggregates as one.
    ///
    /// # Errors
    /// An exact sum that is too large; an expression that has no answer.
    pub fn merge(&self, a: Option<&Value>, b: Option<&Value>) -> Result<Option<Value>, EvalError> {
        Ok(match self {
            Self::Count | Self::Sum => Some(Value::Long(number(a).wrapping_add(number(b)))),
            Self::Total => {
                let decimal = |value: Option<&Value>| match value {
                    Some(Value::Number(n)) => *n,
                    Some(Value::Bytes(_) | Value::Long(_)) | None => Decimal::ZERO,
                };
                let at = Span { start: 0, end: 0 };
                let sum = decimal(a).try_add(decimal(b));
                Some(Value::Number(sum.map_err(|e| EvalError { at, kind: EvalErrorKind::Number(e) })?))
            }
            Self::Reduce(reducer) => match a {
                None => b.cloned(),
                Some(_) => reducer.reduce(a, b)?,
            },
            Self::Concat => Some(Value::text(format!("({}&{})", text(a), text(b)))),
            Self::Expr(expr) => super::evaluate_folds::merge(expr, a, b)?,
        })
    }
}
