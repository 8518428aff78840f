//! Evaluation of a tree over one record. The value is parsed at most once, and only where it is asked for.

use std::sync::Arc;

use crate::ast::{Field, Node, NodeKind, Operator, Root, Step};
use crate::check::part;
use crate::decimal::Decimal;
use crate::error::{EvalError, EvalErrorKind, Kind, Span};
use crate::functions::{self, Function};
use crate::json::{self, Shape};
use crate::subject::Subject;
use crate::value::{Map, Value};

type Eval<T> = Result<T, EvalError>;
type Read<T> = Result<T, EvalErrorKind>;

/// What became of the value's bytes.
#[derive(Clone)]
struct Loaded {
    value: Option<Value>,
    json: bool,
}

pub(crate) struct Evaluation<'e> {
    subject: &'e Subject<'e>,
    shape: &'e Shape,
    loaded: Option<Read<Loaded>>,
    aggregate: Option<&'e [u8]>,
    /// What became of the aggregate's bytes.
    folded: Option<Read<Option<Value>>>,
}

/// The text of some bytes, or which byte is none.
fn utf8(bytes: &[u8], what: impl FnOnce() -> String) -> Read<&str> {
    std::str::from_utf8(bytes).map_err(|error| {
        let index = error.valid_up_to();
        let byte = bytes.get(index).copied().unwrap_or_default();
        EvalErrorKind::NotUtf8 { what: what(), byte, index }
    })
}

fn integer(n: impl Into<Decimal>) -> Value {
    Value::Number(n.into())
}

fn mismatch<T>(at: Span, by: &'static str, expected: &'static str, found: &Value) -> Eval<T> {
    Err(EvalError { at, kind: EvalErrorKind::Type { by, expected, found: found.kind() } })
}

impl<'e> Evaluation<'e> {
    pub(crate) fn new(subject: &'e Subject<'e>, shape: &'e Shape) -> Self {
        Self { subject, shape, loaded: None, aggregate: None, folded: None }
    }

    /// The same where earlier records have come to this.
    pub(crate) fn over(self, aggregate: Option<&'e [u8]>) -> Self {
        Self { aggregate, ..self }
    }

    pub(crate) fn eval(&mut self, node: &Node) -> Eval<Value> {
        match &node.kind {
            NodeKind::Literal(value) => Ok(value.clone()),
            NodeKind::Field(field) => Ok(self.field(node.at, field)?.unwrap_or_default()),
            NodeKind::List(items) => {
                let items: Eval<Vec<Value>> = items.iter().map(|item| self.eval(item)).collect();
                Ok(Value::List(items?.into()))
            }
            NodeKind::Map(entries) => {
                let entry = |(name, node): &(Arc<str>, Node)| Ok((name.clone(), self.eval(node)?));
                let entries: Eval<Vec<_>> = entries.iter().map(entry).collect();
                Ok(Value::Map(Arc::new(Map::from_entries(entries?))))
            }
            NodeKind::Get(of, step) => {
                let of = self.eval(of)?;
                Ok(walk(&of, std::slice::from_ref(step)).cloned().unwrap_or_default())
            }
            NodeKind::At(of, by) => self.at(of, by),
            NodeKind::Not(of) => Ok(Value::Bool(!self.bool(of, "not")?)),
            NodeKind::Negate(of) => match self.eval(of)? {
                Value::Null => Ok(Value::Null),
                Value::Number(n) => Ok(Value::Number(n.negate())),
                other => mismatch(of.at, "-", "a number", &other),
            },
            NodeKind::Binary(operator, a, b) => self.binary(node.at, *operator, a, b),
            NodeKind::If(condition, yes, no) => {
                let way = if self.bool(condition, "if")? { yes } else { no };
                self.eval(way)
            }
            NodeKind::Call(function, arguments) => self.call(node.at, *function, arguments),
        }
    }

    fn bool(&mut self, node: &Node, by: &'static str) -> Eval<bool> {
        match self.eval(node)? {
            Value::Bool(b) => Ok(b),
            other => mismatch(node.at, by, "true or false", &other),
        }
    }

    /// The value's text parsed, as far as the expression asks for it.
    fn load(&mut self) -> Read<&Loaded> {
        let (subject, shape) = (self.subject, self.shape);
        let loaded = self.loaded.get_or_insert_with(|| {
            let Some(bytes) = subject.value else { return Ok(Loaded { value: None, json: false }) };
            let text = utf8(bytes, || "value".to_owned())?;
            match json::select(text, shape) {
                Ok(value) => Ok(Loaded { value: Some(value), json: true }),
                Err(error) if error.is_syntax() => Ok(Loaded { value: Some(Value::text(text)), json: false }),
                Err(error) => Err(EvalErrorKind::Json(error)),
            }
        });
        loaded.as_ref().map_err(Clone::clone)
    }

    /// A part of the record; `None` if it is not there.
    fn field(&mut self, at: Span, field: &Field) -> Eval<Option<Value>> {
        let subject = self.subject;
        let text = |bytes: Option<&[u8]>| match bytes {
            Some(bytes) => utf8(bytes, || field.root.name().to_owned()).map(|t| Some(Value::text(t))),
            None => Ok(None),
        };
        let read = match field.root {
            Root::Value => self.load().map(|l| l.value.as_ref().and_then(|v| walk(v, &field.steps)).cloned()),
            Root::Aggregate => {
                self.fold().map(|whole| whole.as_ref().and_then(|v| walk(v, &field.steps)).cloned())
            }
            Root::Key => text(subject.key),
            Root::Headers => match field.steps.as_slice() {
                [] => self.headers().map(Some),
                [Step::Field(name)] => self.header(name),
                _ => Ok(None),
            },
            Root::Topic => Ok(Some(Value::text(subject.topic))),
            Root::Partition => Ok(Some(integer(subject.partition))),
            Root::Offset => Ok(Some(integer(subject.offset))),
            Root::Timestamp => Ok(Some(integer(subject.timestamp))),
            Root::Attempt => Ok(Some(integer(subject.attempt))),
        };
        read.map_err(|kind| EvalError { at, kind })
    }

    /// The aggregate, read whole.
    fn fold(&mut self) -> Read<&Option<Value>> {
        let bytes = self.aggregate;
        let folded = self.folded.get_or_insert_with(|| {
            let Some(bytes) = bytes else { return Ok(None) };
            let text = utf8(bytes, || "aggregate".to_owned())?;
            match json::parse(text) {
                Ok(value) => Ok(Some(value)),
                Err(error) if error.is_syntax() => Ok(Some(Value::text(text))),
                Err(error) => Err(EvalErrorKind::Json(error)),
            }
        });
        folded.as_ref().map_err(Clone::clone)
    }

    fn header(&self, name: &str) -> Read<Option<Value>> {
        match self.subject.headers.last(name) {
            Some(Some(bytes)) => utf8(bytes, || format!("header {name}")).map(|text| Some(Value::text(text))),
            Some(None) => Ok(Some(Value::Null)),
            None => Ok(None),
        }
    }

    fn headers(&self) -> Read<Value> {
        let mut entries = Vec::new();
        while let Some((name, bytes)) = self.subject.headers.nth(entries.len()) {
            let value = match bytes {
                Some(bytes) => Value::text(utf8(bytes, || format!("header {name}"))?),
                None => Value::Null,
            };
            entries.push((name.into(), value));
        }
        Ok(Value::Map(Arc::new(Map::from_entries(entries))))
    }

    fn at(&mut self, of: &Node, by: &Node) -> Eval<Value> {
        let whole = self.eval(of)?;
        let step = match self.eval(by)? {
            Value::Null => return Ok(Value::Null),
            Value::Text(name) => Step::Field(name),
            Value::Number(n) => match n.to_i64().map(u32::try_from) {
                Some(Ok(index)) => Step::Index(index),
                _ => {
                    let kind = EvalErrorKind::Argument("an index is a whole number from 0");
                    return Err(EvalError { at: by.at, kind });
                }
            },
            other => return mismatch(by.at, "[ ]", "a text or a number", &other),
        };
        Ok(walk(&whole, std::slice::from_ref(&step)).cloned().unwrap_or_default())
    }

    fn binary(&mut self, at: Span, operator: Operator, a: &Node, b: &Node) -> Eval<Value> {
        use Operator as O;
        let symbol = operator.symbol();
        match operator {
            O::Or => return Ok(Value::Bool(self.bool(a, symbol)? || self.bool(b, symbol)?)),
            O::And => return Ok(Value::Bool(self.bool(a, symbol)? && self.bool(b, symbol)?)),
            _ => {}
        }
        let (x, y) = (self.eval(a)?, self.eval(b)?);
        match operator {
            O::Equal => return Ok(Value::Bool(x == y)),
            O::NotEqual => return Ok(Value::Bool(x != y)),
            O::In => {
                return match &y {
                    Value::List(items) => Ok(Value::Bool(items.contains(&x))),
                    Value::Null => Ok(Value::Bool(false)),
                    other => mismatch(b.at, symbol, "a list", other),
                };
            }
            _ => {}
        }
        let ordering = matches!(operator, O::Less | O::LessEqual | O::Greater | O::GreaterEqual);
        match (&x, &y) {
            (Value::Null, _) | (_, Value::Null) if ordering => Ok(Value::Bool(false)),
            (Value::Null, _) | (_, Value::Null) => Ok(Value::Null),
            (Value::Number(m), Value::Number(n)) => {
                numbers(operator, *m, *n).map_err(|kind| EvalError { at, kind })
            }
            (Value::Text(s), Value::Text(t)) if ordering => Ok(Value::Bool(ordered(operator, s, t))),
            (Value::Text(s), Value::Text(t)) if operator == O::Add => {
                let whole = [s.as_ref(), t.as_ref()].concat();
                functions::text(whole).map_err(|kind| EvalError { at, kind })
            }
            (Value::Number(_), other) => mismatch(b.at, symbol, "a number", other),
            (Value::Text(_), other) if ordering || operator == O::Add => {
                mismatch(b.at, symbol, "a text (text(x) makes one)", other)
            }
            (other, _) if ordering || operator == O::Add => {
                mismatch(a.at, symbol, "a number or a text", other)
            }
            (other, _) => mismatch(a.at, symbol, "a number", other),
        }
    }

    fn call(&mut self, at: Span, function: Function, arguments: &[Node]) -> Eval<Value> {
        let fail = |kind| EvalError { at, kind };
        let name = function.name();
        match (function, arguments) {
            (Function::Coalesce, _) => {
                for argument in arguments {
                    let value = self.eval(argument)?;
                    if value.kind() != Kind::Null {
                        return Ok(value);
                    }
                }
                return Ok(Value::Null);
            }
            (Function::Has, [Node { at, kind: NodeKind::Field(field) }]) => {
                return Ok(Value::Bool(self.field(*at, field)?.is_some()));
            }
            (Function::IsJson | Function::IsUtf8 | Function::Size, [node]) => {
                return Ok(self.of_part(function, node));
            }
            _ => {}
        }
        let values: Eval<Vec<Value>> = arguments.iter().map(|argument| self.eval(argument)).collect();
        let values = values?;
        for (i, (value, node)) in values.iter().zip(arguments).enumerate() {
            let expected = function.signature().and_then(|s| s.takes(i));
            if let Some(expected) = expected.filter(|k| *k != value.kind() && *value != Value::Null) {
                return mismatch(node.at, name, expected.name(), value);
            }
        }
        match (function, values.as_slice()) {
            (Function::Header, [Value::Text(name)]) => {
                self.header(name).map(Option::unwrap_or_default).map_err(fail)
            }
            (Function::HeaderNumber, [Value::Text(name)]) => self.header_number(name).map_err(fail),
            _ => functions::apply(function, &values).map_err(fail),
        }
    }

    fn header_number(&self, name: &str) -> Read<Value> {
        let Some(bytes) = self.subject.headers.last(name).flatten() else { return Ok(Value::Null) };
        if let Ok(four) = <[u8; 4]>::try_from(bytes) {
            return Ok(integer(i32::from_be_bytes(four)));
        }
        let eight = <[u8; 8]>::try_from(bytes);
        let wrong = EvalErrorKind::Argument("header_number wants a header of 4 or 8 bytes");
        eight.map(|b| integer(i64::from_be_bytes(b))).map_err(|_| wrong)
    }

    /// Questions about bytes, which therefore also answer for bytes that are no text.
    fn of_part(&mut self, function: Function, node: &Node) -> Value {
        let bytes = part(node).and_then(|field| match (field.root, field.steps.as_slice()) {
            (Root::Key, _) => self.subject.key,
            (Root::Headers, [Step::Field(name)]) => self.subject.headers.last(name).flatten(),
            _ => self.subject.value,
        });
        let is_value = part(node).is_some_and(|field| field.root == Root::Value);
        let Some(bytes) = bytes else {
            return if function == Function::Size { Value::Null } else { Value::Bool(false) };
        };
        match function {
            Function::Size => integer(bytes.len() as u64),
            Function::IsJson if is_value => Value::Bool(self.load().is_ok_and(|l| l.json)),
            Function::IsJson => {
                let text = std::str::from_utf8(bytes);
                Value::Bool(text.is_ok_and(|t| json::select(t, &Shape::default()).is_ok()))
            }
            _ => Value::Bool(std::str::from_utf8(bytes).is_ok()),
        }
    }
}

/// What lies below; a step into what has no such part leads nowhere.
fn walk<'v>(value: &'v Value, steps: &[Step]) -> Option<&'v Value> {
    steps.iter().try_fold(value, |value, step| match (value, step) {
        (Value::Map(map), Step::Field(name)) => map.get(name),
        (Value::List(items), Step::Index(index)) => items.get(*index as usize),
        _ => None,
    })
}

fn ordered<T: Ord + ?Sized>(operator: Operator, a: &T, b: &T) -> bool {
    match operator {
        Operator::Less => a < b,
        Operator::LessEqual => a <= b,
        Operator::Greater => a > b,
        _ => a >= b,
    }
}

fn numbers(operator: Operator, a: Decimal, b: Decimal) -> Read<Value> {
    let number = match operator {
        Operator::Add => a.try_add(b),
        Operator::Subtract => a.try_sub(b),
        Operator::Multiply => a.try_mul(b),
        Operator::Divide => a.try_div(b),
        Operator::Remainder => a.try_rem(b),
        _ => return Ok(Value::Bool(ordered(operator, &a, &b))),
    };
    number.map(Value::Number).map_err(EvalErrorKind::Number)
}

#[cfg(test)]
#[path = "eval_tests.rs"]
mod tests;
