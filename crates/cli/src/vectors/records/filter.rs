//! `filter_to`: `MemoryRecords.filterTo`, the batch rewrite of log compaction.

use super::read::{Compare, batches};
use super::{field, flag, list, number, same, same_bytes, some_bytes, text};
use millrace_records::{
    Batch, BatchRetention, BatchRetentionResult, Batches, CompressionType, FilterSettings, Record,
    RecordFilter, Scratch, filter_to,
};
use serde_json::{Value, json};

struct Keep {
    offsets: Vec<i64>,
    retention: BatchRetentionResult,
}

impl RecordFilter for Keep {
    fn check_batch_retention(&mut self, _: &Batch<'_>) -> BatchRetentionResult {
        self.retention
    }

    fn should_retain_record(&mut self, _: &Batch<'_>, record: &Record<'_>) -> bool {
        self.offsets.contains(&record.offset)
    }
}

pub fn judge(input: &Value, expected: &Value) -> Result<(), String> {
    let batch_retention = match text(input, "batch_retention")? {
        "DELETE" => BatchRetention::Delete,
        "RETAIN_EMPTY" => BatchRetention::RetainEmpty,
        "DELETE_EMPTY" => BatchRetention::DeleteEmpty,
        other => return Err(format!("not modelled: {other}")),
    };
    let offsets: Option<Vec<i64>> = list(input, "keep")?.iter().map(Value::as_i64).collect();
    let contains_marker_for_empty_txn = flag(input, "marker_for_empty_txn")?;
    let mut keep = Keep {
        offsets: offsets.ok_or("expected offsets in keep")?,
        retention: BatchRetentionResult { batch_retention, contains_marker_for_empty_txn },
    };
    let settings = FilterSettings {
        current_time: number(input, "current_time")?,
        delete_retention_ms: number(input, "delete_retention_ms")?,
        max_record_batch_size: usize::MAX,
    };
    let bytes = some_bytes(input, "hex")?;
    let mut out = Vec::new();
    let result = filter_to(&bytes, &mut keep, &settings, &mut out, &mut Scratch::default());
    if let Some(exception) = field(expected, "error").as_str() {
        let error = result.err().ok_or_else(|| format!("Kafka throws {exception}, we do not"))?;
        return same("error", &json!(exception), &json!(error.exception().name()));
    }
    let theirs = some_bytes(expected, "hex")?;
    let result = result.map_err(|error| format!("{}: {error}", error.exception().name()))?;
    let is_packed = Batches::new(&bytes)
        .any(|batch| batch.is_ok_and(|batch| batch.compression_type() != Ok(CompressionType::None)));
    let numbers = [
        ("messages_read", json!(result.messages_read)),
        ("bytes_read", json!(result.bytes_read)),
        ("messages_retained", json!(result.messages_retained)),
        ("max_offset", json!(result.max_offset)),
        ("max_timestamp", json!(result.max_timestamp)),
        ("shallow_offset_of_max_timestamp", json!(result.shallow_offset_of_max_timestamp)),
    ];
    for (name, found) in numbers {
        same(name, field(expected, name), &found)?;
    }
    let compare = if is_packed {
        same("bytes_retained, of our own", &json!(out.len()), &json!(result.bytes_retained))?;
        Compare::Unpacked
    } else {
        same("bytes_retained", field(expected, "bytes_retained"), &json!(result.bytes_retained))?;
        same_bytes(&theirs, &out)?;
        Compare::All
    };
    let expected = list(expected, "batches")?;
    batches(expected, &theirs, Compare::All).map_err(|why| format!("Kafka's bytes: {why}"))?;
    batches(expected, &out, compare).map_err(|why| format!("our bytes: {why}"))
}
