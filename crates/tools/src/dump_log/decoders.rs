//! What makes keys and values readable: decoders by class, and those of Kafka's own logs.

use super::schema::{Schema, part, varint};
use super::{DECODERS, Thrown, Wrapped, thrown};
use crate::options::Given;
use millrace_records::Record;

/// What is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decoder {
    /// By classes, one for keys, one for values.
    Classes(Class, Class),
    /// `__consumer_offsets`
    Offsets,
    /// `__transaction_state`
    Transactions,
    /// The controller's log.
    Metadata,
    /// A log that the playground cannot read.
    Unknown,
}

/// Kafka's decoders (`org.apache.kafka.tools.api`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Text,
    Bytes,
    Integer,
    Long,
}

/// A key and a value, if there are any to print.
type Shown = (Option<String>, Option<String>);

impl Decoder {
    pub fn of(given: &Given) -> Result<Decoder, Thrown> {
        match DECODERS.iter().find(|name| given.has(name)) {
            Some(&"offsets-decoder") => return Ok(Decoder::Offsets),
            Some(&"transaction-log-decoder") => return Ok(Decoder::Transactions),
            Some(&"cluster-metadata-decoder") => return Ok(Decoder::Metadata),
            Some(_) => return Ok(Decoder::Unknown),
            None => {}
        }
        let class = |name: &str| {
            let class = given.value(name).map_err(Wrapped::from)?;
            let class = class.unwrap_or("org.apache.kafka.tools.api.StringDecoder");
            match class.strip_prefix("org.apache.kafka.tools.api.") {
                Some("StringDecoder") => Ok(Class::Text),
                Some("DefaultDecoder") => Ok(Class::Bytes),
                Some("IntegerDecoder") => Ok(Class::Integer),
                Some("LongDecoder") => Ok(Class::Long),
                _ => thrown("java.lang.ClassNotFoundException", class),
            }
        };
        let value = class("value-decoder-class")?;
        Ok(Decoder::Classes(class("key-decoder-class")?, value))
    }

    /// The key and the value of a record.
    ///
    /// # Errors
    /// The exception that ends the tool.
    pub fn decode(self, record: &Record<'_>) -> Result<Shown, Thrown> {
        let skipped = |why: &str| format!("Error at offset {}, skipping. {why}", record.offset);
        Ok(match self {
            Decoder::Classes(key, value) => {
                (record.key.map(|bytes| key.decode(bytes)), record.value.map(|bytes| value.decode(bytes)))
            }
            Decoder::Offsets => {
                let Some(key) = record.key else {
                    let words = format!(
                        "Failed to decode message at offset {} using offset topic decoder (message had a missing key)",
                        record.offset
                    );
                    return thrown("java.lang.RuntimeException", words);
                };
                of_group(key, record.value, record.offset)
                    .unwrap_or_else(|| (Some(skipped("Could not read record.")), None))
            }
            Decoder::Transactions => of_transaction(record.key.unwrap_or_default(), record.value),
            Decoder::Metadata => {
                let shown = of_controller(record.value.unwrap_or_default());
                let failed = || format!("Error at {}, skipping. Could not read record.", record.offset);
                (None, Some(shown.unwrap_or_else(failed)))
            }
            Decoder::Unknown => (None, Some(skipped("The playground does not have this decoder."))),
        })
    }
}

impl Class {
    fn decode(self, bytes: &[u8]) -> String {
        match self {
            Class::Text => String::from_utf8_lossy(bytes).into_owned(),
            // An array's name and where it lies in memory.
            Class::Bytes => format!("[B@{:x}", millrace_records::crc32c(bytes) >> 4),
            Class::Integer => {
                bytes.first_chunk().map_or_else(String::new, |n| i32::from_be_bytes(*n).to_string())
            }
            Class::Long => {
                bytes.first_chunk().map_or_else(String::new, |n| i64::from_be_bytes(*n).to_string())
            }
        }
    }
}

/// The version that bytes begin with, and the rest.
fn versioned(bytes: &[u8]) -> Option<(i16, &[u8])> {
    let (version, rest) = bytes.split_first_chunk()?;
    Some((i16::from_be_bytes(*version), rest))
}

/// A group coordinator's record. A key's version says which one it is.
fn of_group(key: &[u8], value: Option<&[u8]>, offset: i64) -> Option<Shown> {
    let (kind, rest) = versioned(key)?;
    let line = |n: usize| Schema::new(part(1).nth(n)?);
    // Kinds 0 and 1 are both commits.
    let at = usize::try_from(kind.max(1) - 1).ok().map(|at| 2 * at).filter(|_| kind >= 0);
    let Some(schema) = at.and_then(line) else {
        return Some((Some(format!("Unknown record type {kind} at offset {offset}, skipping.")), None));
    };
    let key = format!("{{\"type\":\"{kind}\",\"data\":{}}}", schema.read(rest, kind)?);
    let Some(value) = value else { return Some((Some(key), Some("<DELETE>".to_owned()))) };
    let (version, rest) = versioned(value)?;
    let schema = line(at? + 1).filter(|schema| (0..=schema.newest).contains(&version))?;
    let value = format!("{{\"version\":\"{version}\",\"data\":{}}}", schema.read(rest, version)?);
    Some((Some(key), Some(value)))
}

/// A controller's record: the version of its frame, its kind, its version.
fn of_controller(value: &[u8]) -> Option<String> {
    let (_, rest) = varint(value)?;
    let (kind, rest) = varint(rest)?;
    let (version, rest) = varint(rest)?;
    let kind = format!("{kind} ");
    let line = part(0).find_map(|line| line.strip_prefix(&kind))?;
    let (name, _) = line.split_once(' ')?;
    let schema = Schema::new(line)?;
    let version = i16::try_from(version).ok().filter(|version| *version <= schema.newest)?;
    Some(format!("{{\"type\":\"{name}\",\"version\":{version},\"data\":{}}}", schema.read(rest, version)?))
}

/// `TransactionState`, by number.
const STATES: [&str; 8] = [
    "Empty",
    "Ongoing",
    "PrepareCommit",
    "PrepareAbort",
    "CompleteCommit",
    "CompleteAbort",
    "Dead",
    "PrepareEpochFence",
];

/// A transaction coordinator's record (`TransactionLog.formatRecordKeyAndValue`).
fn of_transaction(key: &[u8], value: Option<&[u8]>) -> Shown {
    let named = |name: &str| Schema::new(part(2).find_map(|line| line.strip_prefix(name))?);
    let (version, rest) = versioned(key).unwrap_or((-1, &[]));
    let id =
        named("TransactionLogKey ").filter(|_| version == 0).and_then(|schema| schema.read(rest, version));
    let Some(id) = id.as_deref().and_then(|json| field(json, "transactionalId")) else {
        return (Some(format!("unknown::version={version}")), None);
    };
    let id = format!("transaction_metadata::transactionalId={}", id.trim_matches('"'));
    let Some(value) = value else { return (Some(id), Some("<DELETE>".to_owned())) };
    let json = versioned(value)
        .and_then(|(version, rest)| named("TransactionLogValue ")?.read(rest, version))
        .unwrap_or_default();
    let get = |name: &str| field(&json, name).unwrap_or_default();
    let state =
        get("transactionStatus").parse().ok().and_then(|n: usize| STATES.get(n)).copied().unwrap_or("");
    let partitions = if state == "Empty" { String::new() } else { partitions(&json) };
    let value = format!(
        "producerId:{},producerEpoch:{},state={state},partitions=[{partitions}],txnLastUpdateTimestamp={},txnTimeoutMs={}",
        get("producerId"),
        get("producerEpoch"),
        get("transactionLastUpdateTimestampMs"),
        get("transactionTimeoutMs")
    );
    (Some(id), Some(value))
}

/// A number or a text of our own JSON.
fn field<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = json.split_once(&format!("\"{name}\":"))?;
    rest.get(..rest.find([',', '}']).unwrap_or(rest.len()))
}

/// `topic-partition`, set off by commas.
fn partitions(json: &str) -> String {
    let mut all = Vec::new();
    for part in json.split("{\"topic\":\"").skip(1) {
        let (topic, rest) = part.split_once('"').unwrap_or((part, ""));
        let ids = rest.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map_or("", |(ids, _)| ids);
        all.extend(ids.split(',').filter(|id| !id.is_empty()).map(|id| format!("{topic}-{id}")));
    }
    all.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transactions_are_shown_as_the_coordinator_does() {
        let key = [&[0, 0, 0, 2][..], b"t1"].concat();
        let value = [
            &[0, 0][..],
            &7_i64.to_be_bytes(),
            &3_i16.to_be_bytes(),
            &60_000_i32.to_be_bytes(),
            &[1, 0, 0, 0, 1, 0, 1, b'a', 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 4],
            &100_i64.to_be_bytes(),
            &50_i64.to_be_bytes(),
        ]
        .concat();
        let (shown_key, shown_value) = of_transaction(&key, Some(&value));
        assert_eq!(shown_key.unwrap(), "transaction_metadata::transactionalId=t1");
        assert_eq!(
            shown_value.unwrap(),
            "producerId:7,producerEpoch:3,state=Ongoing,partitions=[a-0,a-4],txnLastUpdateTimestamp=100,txnTimeoutMs=60000"
        );
        assert_eq!(of_transaction(&key, None).1.unwrap(), "<DELETE>");
        assert_eq!(of_transaction(&[0, 9], None).0.unwrap(), "unknown::version=9");
    }

    #[test]
    fn commits_are_shown_by_the_version_of_their_key() {
        let key = [&[0, 1, 0, 1][..], b"g", &[0, 1], b"t", &[0, 0, 0, 2]].concat();
        let value = [&[0, 3][..], &5_i64.to_be_bytes(), &[0, 0, 0, 0, 0, 0], &9_i64.to_be_bytes()].concat();
        let (shown_key, shown_value) = of_group(&key, Some(&value), 0).unwrap();
        assert_eq!(shown_key.unwrap(), r#"{"type":"1","data":{"group":"g","topic":"t","partition":2}}"#);
        let data = r#"{"offset":5,"leaderEpoch":0,"metadata":"","commitTimestamp":9}"#;
        assert_eq!(shown_value.unwrap(), format!("{{\"version\":\"3\",\"data\":{data}}}"));
        assert_eq!(
            of_group(&[0, 99], None, 4).unwrap().0.unwrap(),
            "Unknown record type 99 at offset 4, skipping."
        );
    }
}
