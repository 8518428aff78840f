//! `record_batch`: `MemoryRecordsBuilder` to bytes, and back.

use super::read::{Compare, batches, compression, timestamp_type};
use super::{bytes, field, flag, list, number, same, same_bytes, some_bytes};
use millrace_records::{BatchBuilder, BatchOptions, CompressionType, RecordError, RecordHeader, Scratch};
use serde_json::{Value, json};

pub fn judge(input: &Value, expected: &Value) -> Result<(), String> {
    let built = build(input)?;
    if let Some(exception) = field(expected, "error").as_str() {
        let error = built.err().ok_or_else(|| format!("Kafka throws {exception}, we do not"))?;
        same("error", &json!(exception), &json!(error.exception().name()))?;
        return same("message", field(expected, "message"), &json!(error.to_string()));
    }
    let built = built.map_err(|error| format!("{}: {error}", error.exception().name()))?;
    let theirs = some_bytes(expected, "hex")?;
    let expected = list(expected, "batches")?;
    batches(expected, &theirs, Compare::All).map_err(|why| format!("Kafka's bytes: {why}"))?;
    if compression(input)?.is_ok_and(|compression| compression.codec() == CompressionType::None) {
        return same_bytes(&theirs, &built);
    }
    // The codec's output is the codec's own; what it is read back to is not.
    batches(expected, &built, Compare::Unpacked).map_err(|why| format!("our bytes: {why}"))
}

type Owned = (Vec<u8>, Option<Vec<u8>>);

/// Builds the batch of a case; the inner error is the builder's.
pub fn build(input: &Value) -> Result<Result<Vec<u8>, RecordError>, String> {
    let log_append_time = match field(input, "log_append_time") {
        Value::Null => -1,
        _ => number(input, "log_append_time")?,
    };
    let compression = match compression(input)? {
        Ok(compression) => compression,
        Err(error) => return Ok(Err(error)),
    };
    let options = BatchOptions {
        magic: number(input, "magic")?,
        compression,
        timestamp_type: timestamp_type(input)?,
        base_offset: number(input, "base_offset")?,
        log_append_time,
        producer_id: number(input, "producer_id")?,
        producer_epoch: number(input, "producer_epoch")?,
        base_sequence: number(input, "base_sequence")?,
        is_transactional: flag(input, "transactional")?,
        is_control_batch: flag(input, "control")?,
        partition_leader_epoch: number(input, "partition_leader_epoch")?,
        delete_horizon_ms: field(input, "delete_horizon_ms").as_i64(),
    };
    let mut builder = match BatchBuilder::new(options, Vec::new()) {
        Ok(builder) => builder,
        Err(error) => return Ok(Err(error)),
    };
    for record in list(input, "records")? {
        let (key, value) = (bytes(field(record, "key"))?, bytes(field(record, "value"))?);
        let owned = headers(record)?;
        let headers: Vec<RecordHeader<'_>> =
            owned.iter().map(|(key, value)| RecordHeader { key, value: value.as_deref() }).collect();
        let timestamp = number(record, "timestamp")?;
        let (key, value) = (key.as_deref(), value.as_deref());
        let appended = match field(record, "offset") {
            Value::Null => builder.append(timestamp, key, value, &headers),
            _ => builder.append_with_offset(number(record, "offset")?, timestamp, key, value, &headers),
        };
        if let Err(error) = appended {
            return Ok(Err(error));
        }
    }
    Ok(builder.build(&mut Scratch::default()))
}

fn headers(record: &Value) -> Result<Vec<Owned>, String> {
    let pair = |header: &Value| {
        let [key, value] = header.as_array()?.as_slice() else { return None };
        Some((key.as_str()?.as_bytes().to_vec(), bytes(value).ok()?))
    };
    let headers = field(record, "headers").as_array().map_or(&[][..], Vec::as_slice);
    let pairs: Option<Vec<Owned>> = headers.iter().map(pair).collect();
    pairs.ok_or_else(|| format!("expected pairs of name and bytes, found {}", field(record, "headers")))
}
