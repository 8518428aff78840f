//! What a consumer's `value.deserializer` does with bytes that are no value (a poison pill).
//!
//! Kafka's consumer throws `RecordDeserializationException` out of `poll` and leaves the position where it is: the next
//! poll meets the same bytes. Records before it in the same answer are returned first. The answer stays the next in line
//! (`FetchCollector.collectFetch`), so that other partitions of the *same* consumer come to nothing, too, as long as nobody
//! seeks past the record; other consumers read on.

use millrace_model::Record;

/// `value.deserializer`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deserializer {
    /// `ByteArrayDeserializer`: every value is one.
    #[default]
    Bytes,
    /// A JSON deserializer that throws.
    Json,
    /// Spring's `ErrorHandlingDeserializer` around it: the exception comes in place of the value, and goes the way of all
    /// exceptions.
    ErrorHandling,
}

impl Deserializer {
    /// All of them, by their names in scripts.
    pub const ALL: [(&'static str, Deserializer); 3] = [
        ("bytes", Deserializer::Bytes),
        ("json", Deserializer::Json),
        ("error-handling", Deserializer::ErrorHandling),
    ];
}

/// Why a record's value is no JSON; `None` if it is.
pub fn poison(record: &Record) -> Option<&'static str> {
    let value = record.value.as_deref()?;
    match std::str::from_utf8(value) {
        Err(_) => Some("the value is not UTF-8"),
        Ok(text) => millrace_expr::json::parse(text).is_err().then_some("the value is no JSON"),
    }
}
