//! Reading JSON (RFC 8259), exactly and within bounds.
//!
//! A reader of our own and not `serde_json`: with `arbitrary_precision` that crate makes a text of every number
//! and goes through its map type, and it brings float parsing tables into the wasm. This one is about 300 lines,
//! reads decimals without floats, and builds only the parts that an expression asks for ([`Shape`]): the rest is
//! checked and skipped without an allocation, which is what makes a predicate over a wide record cheap.
//!
//! Numbers with more than nine digits after the point are rounded half-even. Of equal keys the last one wins.

use std::fmt;
use std::sync::Arc;

use crate::ast::Step;
use crate::decimal::Decimal;
use crate::limits::JSON_DEPTH;
use crate::value::{Map, Value};

/// Why a text is not JSON, or not JSON that can be used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JsonError {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub problem: JsonProblem,
}

/// What is wrong with a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JsonProblem {
    /// It is not JSON: what was expected, and the character found instead (`None` at the end).
    Syntax {
        /// In words.
        expected: &'static str,
        /// The character there.
        found: Option<char>,
    },
    /// It is JSON, but a number is out of range.
    NumberTooLarge,
    /// It may be JSON, but is nested deeper than [`JSON_DEPTH`].
    TooDeep,
}

impl JsonError {
    /// Whether the text is simply not JSON (and not JSON beyond a limit).
    pub fn is_syntax(&self) -> bool {
        matches!(self.problem, JsonProblem::Syntax { .. })
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: ", self.line, self.column)?;
        match self.problem {
            JsonProblem::Syntax { expected, found: Some(c) } => {
                let c = if c.is_ascii_control() { c.escape_default().to_string() } else { c.to_string() };
                write!(f, "expected {expected}, found '{c}'")
            }
            JsonProblem::Syntax { expected, found: None } => write!(f, "expected {expected}, found the end"),
            JsonProblem::NumberTooLarge => f.write_str("a number beyond ±1.7e29"),
            JsonProblem::TooDeep => write!(f, "nested deeper than {JSON_DEPTH}"),
        }
    }
}

impl std::error::Error for JsonError {}

/// Which parts of a document are wanted. What is not wanted is read as null, or left out of its map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    all: bool,
    parts: Vec<(Step, Shape)>,
}

impl Shape {
    /// Everything.
    pub(crate) fn all() -> Self {
        Self { all: true, parts: Vec::new() }
    }

    /// Asks for what lies at `path` as well.
    pub(crate) fn want(&mut self, path: &[Step]) {
        let Some((step, rest)) = path.split_first() else {
            self.all = true;
            return;
        };
        if let Some((_, part)) = self.parts.iter_mut().find(|(known, _)| known == step) {
            return part.want(rest);
        }
        let mut part = Self::default();
        part.want(rest);
        self.parts.push((step.clone(), part));
    }
}

/// Reads a whole JSON text.
pub fn parse(text: &str) -> Result<Value, JsonError> {
    select(text, &Shape::all())
}

/// Reads a JSON text, building only the parts of that shape; all of it is checked.
pub(crate) fn select(text: &str, shape: &Shape) -> Result<Value, JsonError> {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0 };
    reader.space();
    let value = reader.value(Some(shape), JSON_DEPTH)?;
    reader.space();
    if reader.at < reader.bytes.len() {
        return Err(reader.syntax("the end"));
    }
    Ok(value)
}

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
}

type Read<T> = Result<T, JsonError>;

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    #[cold]
    fn error(&self, problem: JsonProblem) -> JsonError {
        let before = self.text.get(..self.at).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        JsonError {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).map_or(0, |l| l.chars().count()) + 1,
            problem,
        }
    }

    #[cold]
    fn syntax(&mut self, expected: &'static str) -> JsonError {
        while !self.text.is_char_boundary(self.at) {
            self.at -= 1;
        }
        let found = self.text.get(self.at..).and_then(|rest| rest.chars().next());
        self.error(JsonProblem::Syntax { expected, found })
    }

    /// One value. `shape` is `None` where the value is only to be checked; then null is returned.
    fn value(&mut self, shape: Option<&Shape>, depth: usize) -> Read<Value> {
        // A shape that asks for something below is not a reason to build a text or a number, but it is harmless.
        match self.peek() {
            Some(b'{' | b'[') if depth == 0 => Err(self.error(JsonProblem::TooDeep)),
            Some(b'{') => self.map(shape, depth - 1),
            Some(b'[') => self.list(shape, depth - 1),
            Some(b'"') if shape.is_some() => Ok(Value::Text(self.string()?)),
            Some(b'"') => self.skip_string().map(|_| Value::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            _ => Err(self.syntax("a JSON value")),
        }
    }

    fn word(&mut self, word: &'static str, value: Value) -> Read<Value> {
        if self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes())) {
            self.at += word.len();
            return Ok(value);
        }
        Err(self.syntax(word))
    }

    fn number(&mut self) -> Read<Value> {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        let unsigned = rest.strip_prefix(b"-").unwrap_or(rest);
        let leading_zero = matches!(unsigned, [b'0', b'0'..=b'9', ..]);
        let Some(scanned) = Decimal::scan(rest).filter(|_| !leading_zero) else {
            return Err(self.syntax("a number"));
        };
        let value = scanned.value.map_err(|_| self.error(JsonProblem::NumberTooLarge))?;
        self.at += scanned.used;
        Ok(Value::Number(value))
    }

    fn list(&mut self, shape: Option<&Shape>, depth: usize) -> Read<Value> {
        let mut items = Vec::new();
        let mut index = 0u32;
        self.at += 1;
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(shape.map_or(Value::Null, |_| Value::List(items.into())));
        }
        loop {
            let part = shape.and_then(|s| {
                if s.all {
                    return shape;
                }
                s.parts.iter().find(|(step, _)| *step == Step::Index(index)).map(|(_, part)| part)
            });
            let item = self.value(part, depth)?;
            if shape.is_some() {
                // An item that is not asked for keeps its place, as a null.
                items.push(if part.is_some() { item } else { Value::Null });
            }
            index = index.saturating_add(1);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break self.at += 1,
                _ => return Err(self.syntax("',' or ']'")),
            }
            self.space();
        }
        Ok(shape.map_or(Value::Null, |_| Value::List(items.into())))
    }

    fn map(&mut self, shape: Option<&Shape>, depth: usize) -> Read<Value> {
        let mut entries = Vec::new();
        self.at += 1;
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(shape.map_or(Value::Null, |_| Value::Map(Arc::new(Map::default()))));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.syntax("a quoted name"));
            }
            let (part, name) = self.name(shape)?;
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.syntax("':'"));
            }
            self.at += 1;
            self.space();
            let value = self.value(part, depth)?;
            if let Some(name) = name {
                entries.push((name, value));
            }
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break self.at += 1,
                _ => return Err(self.syntax("',' or '}'")),
            }
            self.space();
        }
        Ok(shape.map_or(Value::Null, |_| Value::Map(Arc::new(Map::from_entries(entries)))))
    }

    /// Reads a name, and answers the shape of its value and, if that is wanted, the name to store it under.
    fn name<'s>(&mut self, shape: Option<&'s Shape>) -> Read<(Option<&'s Shape>, Option<Arc<str>>)> {
        let Some(shape) = shape else {
            self.skip_string()?;
            return Ok((None, None));
        };
        if shape.all {
            return Ok((Some(shape), Some(self.string()?)));
        }
        let start = self.at;
        let (raw, escaped) = self.skip_string()?;
        let unescaped: Arc<str>;
        let name = if escaped {
            self.at = start;
            unescaped = self.string()?;
            &*unescaped
        } else {
            raw
        };
        let wanted = shape.parts.iter().find_map(|(step, part)| match step {
            Step::Field(field) if field.as_ref() == name => Some((part, field.clone())),
            _ => None,
        });
        Ok(wanted.map_or((None, None), |(part, field)| (Some(part), Some(field))))
    }

    /// Checks a string; answers what stands between the quotes, and whether there are escapes in it.
    fn skip_string(&mut self) -> Read<(&'t str, bool)> {
        let start = self.at + 1;
        let mut escaped = false;
        self.at = start;
        loop {
            // One pass of a slice iterator over the plain bytes: most of a document is strings.
            let rest = self.bytes.get(self.at..).unwrap_or(&[]);
            let special = rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..0x20));
            self.at += special.unwrap_or(rest.len());
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return Err(self.syntax("an escape in place of a control character")),
                None => return Err(self.syntax("'\"'")),
            }
        }
        let raw = self.text.get(start..self.at).unwrap_or("");
        self.at += 1;
        Ok((raw, escaped))
    }

    fn string(&mut self) -> Read<Arc<str>> {
        let start = self.at;
        let (raw, escaped) = self.skip_string()?;
        if !escaped {
            return Ok(raw.into());
        }
        let end = self.at;
        let mut text = String::with_capacity(raw.len());
        self.at = start + 1;
        while self.at + 1 < end {
            if self.peek() == Some(b'\\') {
                text.push(self.escape()?);
            } else {
                let plain = self.text.get(self.at..end - 1).unwrap_or("");
                let length = plain.find('\\').unwrap_or(plain.len()).max(1);
                text.push_str(plain.get(..length).unwrap_or(""));
                self.at += length;
            }
        }
        self.at = end;
        Ok(text.into())
    }

    fn escape(&mut self) -> Read<char> {
        self.at += 1;
        let c = match self.peek() {
            Some(b'u') => return self.unicode(),
            Some(b @ (b'"' | b'\\' | b'/')) => char::from(b),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return Err(self.syntax("an escape: one of \" \\ / b f n r t u")),
        };
        self.at += 1;
        Ok(c)
    }

    fn unicode(&mut self) -> Read<char> {
        let first = self.four_digits()?;
        if let Some(c) = char::from_u32(first) {
            return Ok(c);
        }
        if first < 0xdc00 && self.peek() == Some(b'\\') && self.bytes.get(self.at + 1) == Some(&b'u') {
            self.at += 1;
            let second = self.four_digits()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return char::from_u32(code).ok_or_else(|| self.syntax("a character"));
            }
        }
        Err(self.syntax("a pair of surrogates"))
    }

    /// From the `u` of an escape.
    fn four_digits(&mut self) -> Read<u32> {
        self.at += 1;
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|b| char::from(b).to_digit(16));
            let Some(digit) = digit else { return Err(self.syntax("four hexadecimal digits")) };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
