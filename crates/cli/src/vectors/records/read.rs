//! Batches as the vectors tell of them.

use super::{field, hex, number, same};
use millrace_records::control::{ControlRecordType, EndTransactionMarker};
use millrace_records::{
    Batch, Batches, Compression, CompressionType, Record, RecordError, Scratch, TimestampType,
};
use serde_json::{Map, Value, json};

/// What is compared of a batch.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// Everything.
    All,
    /// What does not depend on how well the codec packs.
    Unpacked,
}

/// Fields that depend on the packed bytes.
const PACKED: &[&str] = &["size_in_bytes", "batch_length", "crc"];

/// Compares all batches in some bytes with what Kafka read there.
pub fn batches(expected: &[Value], bytes: &[u8], compare: Compare) -> Result<(), String> {
    let mut scratch = Scratch::default();
    let found: Result<Vec<Batch<'_>>, RecordError> = Batches::new(bytes).collect();
    let found = found.map_err(|error| error.to_string())?;
    same("batches", &json!(expected.len()), &json!(found.len()))?;
    for (number, (expected, batch)) in expected.iter().zip(found).enumerate() {
        let wrong = |what: String| format!("batch {number}: {what}");
        one_batch(expected, &batch, compare, &mut scratch).map_err(wrong)?;
    }
    Ok(())
}

fn one_batch(
    expected: &Value,
    batch: &Batch<'_>,
    compare: Compare,
    scratch: &mut Scratch,
) -> Result<(), String> {
    let expected = expected.as_object().ok_or("not modelled: no object")?;
    for (name, expected) in expected {
        if compare == Compare::Unpacked && PACKED.contains(&name.as_str()) {
            continue;
        }
        if name == "records" {
            records(expected, batch, scratch)?;
        } else {
            same(name, expected, &header_field(batch, name)?)?;
        }
    }
    Ok(())
}

fn header_field(batch: &Batch<'_>, name: &str) -> Result<Value, String> {
    Ok(match name {
        "base_offset" => json!(batch.base_offset()),
        "last_offset" => json!(batch.last_offset()),
        "size_in_bytes" => json!(batch.size_in_bytes()),
        "magic" => json!(batch.magic()),
        "batch_length" => json!(batch.batch_length()),
        "partition_leader_epoch" => json!(batch.partition_leader_epoch()),
        "crc" => json!(batch.checksum()),
        "attributes" => json!(batch.attributes()),
        "last_offset_delta" => json!(batch.last_offset_delta()),
        "base_timestamp_field" => json!(batch.base_timestamp()),
        "max_timestamp" => json!(batch.max_timestamp()),
        "timestamp_type" => json!(batch.timestamp_type().name()),
        "producer_id" => json!(batch.producer_id()),
        "producer_epoch" => json!(batch.producer_epoch()),
        "base_sequence" => json!(batch.base_sequence()),
        "last_sequence" => json!(batch.last_sequence()),
        "count" => json!(batch.count()),
        "compression" => json!(batch.compression_type().map(CompressionType::name).ok()),
        "transactional" => json!(batch.is_transactional()),
        "control" => json!(batch.is_control_batch()),
        "delete_horizon_ms" => json!(batch.delete_horizon_ms()),
        "valid" => json!(batch.is_valid()),
        _ => return Err(format!("not modelled: {name}")),
    })
}

fn records(expected: &Value, batch: &Batch<'_>, scratch: &mut Scratch) -> Result<(), String> {
    let expected = expected.as_array().ok_or("not modelled: records")?;
    let mut found = 0;
    for record in batch.records(scratch).map_err(|error| error.to_string())? {
        let record = record.map_err(|error| error.to_string())?;
        let Some(expected) = expected.get(found) else {
            return Err(format!("record {found}: Kafka has no more"));
        };
        same(&format!("record {found}"), &plain(expected)?, &told(&record, batch.is_control_batch())?)?;
        found += 1;
    }
    same("records", &json!(expected.len()), &json!(found))
}

/// A recorded record with its bytes in hex alone, and headers even if there are none.
fn plain(record: &Value) -> Result<Value, String> {
    let mut record = record.as_object().ok_or("not modelled: a record")?.clone();
    for name in ["key", "value"] {
        let bytes = super::bytes(record.get(name).unwrap_or(&Value::Null))?;
        record.insert(name.to_owned(), json!(bytes.as_deref().map(hex)));
    }
    record.entry("headers").or_insert_with(|| json!([]));
    Ok(Value::Object(record))
}

fn told(record: &Record<'_>, is_control: bool) -> Result<Value, String> {
    let header = |header: millrace_records::RecordHeader<'_>| {
        json!([String::from_utf8_lossy(header.key), header.value.map(hex)])
    };
    let mut told = Map::new();
    told.insert("offset".to_owned(), json!(record.offset));
    told.insert("timestamp".to_owned(), json!(record.timestamp));
    told.insert("key".to_owned(), json!(record.key.map(hex)));
    told.insert("value".to_owned(), json!(record.value.map(hex)));
    told.insert("headers".to_owned(), record.headers.map(header).collect());
    if is_control {
        let (key, value) = (record.key.unwrap_or_default(), record.value.unwrap_or_default());
        let control_type = ControlRecordType::parse(key).map_err(|error| error.to_string())?;
        told.insert("control_type".to_owned(), json!(control_type.name()));
        if matches!(control_type, ControlRecordType::Commit | ControlRecordType::Abort) {
            let marker = EndTransactionMarker::parse(key, value).map_err(|error| error.to_string())?;
            told.insert("coordinator_epoch".to_owned(), json!(marker.coordinator_epoch));
        }
    }
    Ok(Value::Object(told))
}

/// The codec of a case; the inner error is Kafka's for a level that the codec does not know.
pub fn compression(input: &Value) -> Result<Result<Compression, RecordError>, String> {
    let name = super::text(input, "compression")?;
    let codec = CompressionType::for_name(name).ok_or_else(|| format!("not modelled: codec {name}"))?;
    Ok(match field(input, "level") {
        Value::Null => Ok(Compression::of(codec)),
        _ => Compression::of(codec).with_level(number(input, "level")?),
    })
}

pub fn timestamp_type(input: &Value) -> Result<TimestampType, String> {
    let name = super::text(input, "timestamp_type")?;
    [TimestampType::NoTimestampType, TimestampType::CreateTime, TimestampType::LogAppendTime]
        .into_iter()
        .find(|kind| kind.name() == name)
        .ok_or_else(|| format!("not modelled: {name}"))
}
