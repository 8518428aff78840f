//! Records to text (`DefaultMessageFormatter`), and the deserializers that it may be told to use.

use super::Properties;
use crate::java_number;
use millrace_model::{Bytes, Record, Timestamp};

/// Where a record lies.
pub(super) struct Place<'a> {
    pub partition: i32,
    pub offset: i64,
    pub timestamp: Timestamp,
    pub is_append_time: bool,
    pub record: &'a Record,
}

/// What prints records.
pub(super) enum Formatter {
    Default(Box<DefaultFormatter>),
    /// Nothing at all.
    NoOp,
}

pub(super) struct DefaultFormatter {
    timestamp: bool,
    partition: bool,
    offset: bool,
    delivery: bool,
    epoch: bool,
    headers: bool,
    key: bool,
    value: bool,
    key_separator: String,
    line_separator: String,
    headers_separator: String,
    null_literal: String,
    key_deserializer: Option<Deserializer>,
    value_deserializer: Option<Deserializer>,
    headers_deserializer: Option<Deserializer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deserializer {
    Text,
    Short,
    Integer,
    Long,
    Float,
    Double,
    Boolean,
    Uuid,
    Void,
    Bytes,
    Buffer,
}

const PACKAGE: &str = "org.apache.kafka.common.serialization.";

impl Deserializer {
    /// `None`: the class is not known; `Some(None)`: bytes stay bytes.
    fn named(class: &str) -> Option<Option<Deserializer>> {
        Some(match class.strip_prefix(PACKAGE)? {
            "StringDeserializer" => Some(Deserializer::Text),
            "ShortDeserializer" => Some(Deserializer::Short),
            "IntegerDeserializer" => Some(Deserializer::Integer),
            "LongDeserializer" => Some(Deserializer::Long),
            "FloatDeserializer" => Some(Deserializer::Float),
            "DoubleDeserializer" => Some(Deserializer::Double),
            "BooleanDeserializer" => Some(Deserializer::Boolean),
            "UUIDDeserializer" => Some(Deserializer::Uuid),
            "VoidDeserializer" => Some(Deserializer::Void),
            "ByteArrayDeserializer" => Some(Deserializer::Bytes),
            "ByteBufferDeserializer" => Some(Deserializer::Buffer),
            "BytesDeserializer" => None,
            _ => return None,
        })
    }

    /// # Errors
    /// The sentence of the `SerializationException`, or another exception with its class.
    fn read(self, bytes: &[u8]) -> Result<String, String> {
        let sized = |name: &str, size: usize| format!("Size of data received by {name} is not {size}");
        macro_rules! number {
            ($kind:ty, $name:literal) => {
                <[u8; size_of::<$kind>()]>::try_from(bytes)
                    .map(<$kind>::from_be_bytes)
                    .map_err(|_| sized($name, size_of::<$kind>()))
            };
        }
        match self {
            Deserializer::Text => Ok(String::from_utf8_lossy(bytes).into_owned()),
            Deserializer::Short => number!(i16, "ShortDeserializer").map(|n| n.to_string()),
            Deserializer::Integer => number!(i32, "IntegerDeserializer").map(|n| n.to_string()),
            Deserializer::Long => number!(i64, "LongDeserializer").map(|n| n.to_string()),
            Deserializer::Float => number!(f32, "Deserializer").map(|n| java_number::double(f64::from(n))),
            Deserializer::Double => number!(f64, "Deserializer").map(java_number::double),
            Deserializer::Boolean => match bytes {
                [0] => Ok("false".to_owned()),
                [1] => Ok("true".to_owned()),
                [_] => Err(format!(
                    "Unexpected byte received by BooleanDeserializer: {}",
                    bytes.first().copied().unwrap_or(0)
                )),
                _ => Err(sized("BooleanDeserializer", 1)),
            },
            Deserializer::Uuid => {
                uuid(&String::from_utf8_lossy(bytes)).ok_or_else(|| "Error parsing data into UUID".to_owned())
            }
            Deserializer::Void => {
                Err("java.lang.IllegalArgumentException: Data should be null for a VoidDeserializer."
                    .to_owned())
            }
            // What Java says of an array is its class and where it lies.
            Deserializer::Bytes => Ok("[B@0".to_owned()),
            Deserializer::Buffer => {
                let size = bytes.len();
                Ok(format!("java.nio.HeapByteBuffer[pos=0 lim={size} cap={size}]"))
            }
        }
    }
}

/// `UUID.fromString` and back: parts may lack zeros in front.
fn uuid(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split('-').collect();
    let widths = [8, 4, 4, 4, 12];
    if parts.len() != widths.len() {
        return None;
    }
    let part = |(part, width): (&&str, usize)| {
        let number = u64::from_str_radix(part, 16).ok().filter(|_| !part.starts_with('+'))?;
        let shown = format!("{number:0width$x}");
        shown.get(shown.len() - width..).map(str::to_owned)
    };
    parts.iter().zip(widths).map(part).collect::<Option<Vec<_>>>().map(|parts| parts.join("-"))
}

impl Formatter {
    /// By the name of its class; `None` if there is none of that name here. The second part are deserializers that are not
    /// known.
    pub fn named(class: &str, properties: &Properties) -> Option<(Formatter, Vec<String>)> {
        match class {
            // The second logs each record besides, at a level that the tools' log leaves out.
            "org.apache.kafka.tools.consumer.DefaultMessageFormatter"
            | "org.apache.kafka.tools.consumer.LoggingMessageFormatter" => {
                let (formatter, unknown) = DefaultFormatter::new(properties);
                Some((Formatter::Default(Box::new(formatter)), unknown))
            }
            "org.apache.kafka.tools.consumer.NoOpMessageFormatter" => Some((Formatter::NoOp, Vec::new())),
            _ => None,
        }
    }
}

impl DefaultFormatter {
    fn new(properties: &Properties) -> (DefaultFormatter, Vec<String>) {
        let is = |key: &str, default: bool| {
            properties.get(key).map_or(default, |value| value.trim().eq_ignore_ascii_case("true"))
        };
        let text = |key: &str, default: &str| properties.get(key).map_or(default, String::as_str).to_owned();
        let mut unknown = Vec::new();
        let mut deserializer = |key: &str| {
            let class = properties.get(key)?;
            match Deserializer::named(class) {
                Some(known) => known,
                None => {
                    unknown.push(class.clone());
                    None
                }
            }
        };
        let formatter = DefaultFormatter {
            timestamp: is("print.timestamp", false),
            partition: is("print.partition", false),
            offset: is("print.offset", false),
            delivery: is("print.delivery", false),
            epoch: is("print.epoch", false),
            headers: is("print.headers", false),
            key: is("print.key", false),
            value: is("print.value", true),
            key_separator: text("key.separator", "\t"),
            line_separator: text("line.separator", "\n"),
            headers_separator: text("headers.separator", ","),
            null_literal: text("null.literal", "null"),
            key_deserializer: deserializer("key.deserializer"),
            value_deserializer: deserializer("value.deserializer"),
            headers_deserializer: deserializer("headers.deserializer"),
        };
        (formatter, unknown)
    }

    /// A record's text, and whether it had to stop: what was printed before stays.
    pub fn print(&self, place: &Place<'_>) -> (String, Result<(), String>) {
        let mut out = String::new();
        let done = self.write(place, &mut out);
        (out, done)
    }

    fn write(&self, place: &Place<'_>, out: &mut String) -> Result<(), String> {
        let (key, value) = (self.key, self.value);
        // A column is followed by the separator if another comes, else by the end of the line.
        let end = |out: &mut String, more: bool| {
            out.push_str(if more { &self.key_separator } else { &self.line_separator });
        };
        let headers = self.headers || key || value;
        let epoch = self.epoch || headers;
        let delivery = self.delivery || epoch;
        let offset = self.offset || delivery;
        if self.timestamp {
            let kind = if place.is_append_time { "LogAppendTime" } else { "CreateTime" };
            out.push_str(&format!("{kind}:{}", place.timestamp.0));
            end(out, self.partition || offset);
        }
        if self.partition {
            out.push_str(&format!("Partition:{}", place.partition));
            end(out, offset);
        }
        if self.offset {
            out.push_str(&format!("Offset:{}", place.offset));
            end(out, delivery);
        }
        if self.delivery {
            out.push_str("Delivery:NOT_PRESENT");
            end(out, epoch);
        }
        if self.epoch {
            // The tool copies the record without its epoch.
            out.push_str("Epoch:NOT_PRESENT");
            end(out, headers);
        }
        if self.headers {
            if place.record.headers.is_empty() {
                out.push_str("NO_HEADERS");
            }
            for (at, header) in place.record.headers.iter().enumerate() {
                if at > 0 {
                    out.push_str(&self.headers_separator);
                }
                out.push_str(&format!("{}:", header.key));
                self.put(out, self.headers_deserializer, header.value.as_ref())?;
            }
            end(out, key || value);
        }
        if key {
            self.put(out, self.key_deserializer, place.record.key.as_ref())?;
            end(out, value);
        }
        if value {
            self.put(out, self.value_deserializer, place.record.value.as_ref())?;
            out.push_str(&self.line_separator);
        }
        Ok(())
    }

    fn put(&self, out: &mut String, how: Option<Deserializer>, bytes: Option<&Bytes>) -> Result<(), String> {
        // Kafka deserializes the word for null, too.
        let bytes: &[u8] = bytes.map_or(self.null_literal.as_bytes(), |bytes| bytes);
        match how {
            Some(deserializer) => out.push_str(&deserializer.read(bytes)?),
            None => out.push_str(&String::from_utf8_lossy(bytes)),
        }
        Ok(())
    }
}
