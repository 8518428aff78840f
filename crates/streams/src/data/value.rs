//! Values inside a topology, and the serdes that write them.

use millrace_expr::Decimal;
use millrace_model::Bytes;
use std::borrow::Cow;
use std::fmt;

/// A value; Kafka's null is `Option::None` around it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// The record's bytes, as yet unread (`Serdes.ByteArray`, `Serdes.String`).
    Bytes(Bytes),
    /// A count, or a number of a value mapper (`Serdes.Long`: eight bytes, big-endian).
    Long(i64),
    /// An exact sum. Kafka has no serde for decimals; it is written as text, like a JSON number.
    Number(Decimal),
}

/// How a value becomes bytes and back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Serde {
    /// As it is.
    #[default]
    Bytes,
    /// `Serdes.Long`.
    Long,
    /// The text of a decimal number.
    Number,
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<String>) -> Value {
        Value::Bytes(text.into().into_bytes().into())
    }

    /// Its text: bytes as UTF-8 (wrong ones replaced), numbers in decimal.
    pub fn to_text(&self) -> Cow<'_, str> {
        match self {
            Value::Bytes(bytes) => String::from_utf8_lossy(bytes),
            Value::Long(n) => Cow::Owned(n.to_string()),
            Value::Number(n) => Cow::Owned(n.to_string()),
        }
    }

    /// The bytes that go into a topic: see the variants.
    pub fn to_bytes(&self) -> Bytes {
        match self {
            Value::Bytes(bytes) => bytes.clone(),
            Value::Long(n) => n.to_be_bytes().into(),
            Value::Number(n) => n.to_string().into_bytes().into(),
        }
    }
}

impl Serde {
    /// Reads a value; `None` if these are not its bytes (Kafka's `SerializationException`).
    pub fn read(self, bytes: &Bytes) -> Option<Value> {
        match self {
            Serde::Bytes => Some(Value::Bytes(bytes.clone())),
            Serde::Long => Some(Value::Long(i64::from_be_bytes((**bytes).try_into().ok()?))),
            Serde::Number => std::str::from_utf8(bytes).ok()?.parse().ok().map(Value::Number),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_text())
    }
}

impl fmt::Display for Serde {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Serde::Bytes => "bytes",
            Serde::Long => "Long",
            Serde::Number => "number",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_serde_reads_what_its_value_wrote() {
        let number = Value::Number("-12.5".parse().unwrap());
        for (serde, value, bytes) in [
            (Serde::Bytes, Value::text("x"), &b"x"[..]),
            (Serde::Long, Value::Long(258), b"\0\0\0\0\0\0\x01\x02"),
            (Serde::Number, number, b"-12.5"),
        ] {
            assert_eq!(&*value.to_bytes(), bytes);
            assert_eq!(serde.read(&value.to_bytes()), Some(value));
        }
        assert_eq!(Serde::Long.read(&b"7 bytes"[..].into()), None);
        assert_eq!(Serde::Number.read(&b"seven"[..].into()), None);
    }
}
