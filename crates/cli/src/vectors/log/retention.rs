//! `log_retention`: `UnifiedLog.deleteOldSegments`, rolls, and the log start offset.

use super::{START, batch, field, same, set_segments};
use millrace_broker::log::segments::{PartitionLog, RetentionSettings, SegmentSettings};
use millrace_model::{Offset, Timestamp};
use serde_json::{Map, Value, json};

/// The operation before which a recording that holds the high watermark back lets it go, half of the way.
const HALF_WAY: usize = 9;

pub fn judge(input: &Value, expected: &Value) -> Result<(), String> {
    let (segments, retention) = settings(field(input, "config"))?;
    let holds = field(input, "hold_hw_until_op9_then_half").as_bool().ok_or("not modelled: no hold")?;
    let ops = field(input, "ops").as_array().ok_or("not modelled: no ops")?;
    let results = field(expected, "results").as_array().ok_or("not modelled: no results")?;
    same("results", &json!(results.len()), &json!(ops.len()))?;
    let mut now = Timestamp(START);
    let mut log = PartitionLog::new(segments, now);
    for (at, (op, expected)) in ops.iter().zip(results).enumerate() {
        if !holds {
            log.set_high_watermark(log.log_end_offset());
        } else if at == HALF_WAY {
            log.set_high_watermark(Offset(log.log_end_offset().0 / 2));
        }
        if field(op, "op") == "advance" {
            now.0 += field(op, "ms").as_i64().ok_or_else(|| format!("not modelled: {op}"))?;
        }
        let found = step(op, &mut log, &retention, now)?;
        for (name, expected) in expected.as_object().ok_or("not modelled: a result")? {
            let found = found.get(name).unwrap_or(&Value::Null);
            same(&format!("step {at}, {}, {name}", field(op, "op")), expected, found)?;
        }
    }
    Ok(())
}

fn step(
    op: &Value,
    log: &mut PartitionLog,
    retention: &RetentionSettings,
    now: Timestamp,
) -> Result<Map<String, Value>, String> {
    let mut found = Map::new();
    let mut say = |name: &str, value: Value| drop(found.insert(name.to_owned(), value));
    match field(op, "op").as_str() {
        Some("append") => {
            let stored = batch(op, log)?;
            let (first, next) = (stored.base_offset, stored.next_offset());
            match log.append(stored, now) {
                Ok(_) => {
                    say("first_offset", json!(first.0));
                    say("last_offset", json!(next.0 - 1));
                }
                Err(error) => {
                    say("error", json!("RecordBatchTooLargeException"));
                    let message = format!(
                        "Message batch size is {} bytes in append to partition t-0, which exceeds the maximum configured segment size of {}.",
                        error.size, error.segment_bytes
                    );
                    say("message", json!(message));
                }
            }
        }
        Some("retention") => {
            say("deleted_segments", json!(log.delete_old_segments(retention, now).len()));
        }
        Some("roll") => log.roll(None, now),
        Some("start_offset") => {
            let offset = field(op, "offset").as_i64().ok_or_else(|| format!("not modelled: {op}"))?;
            match log.maybe_increment_log_start_offset(Offset(offset)) {
                Ok(moved) => say("moved", json!(moved)),
                Err(error) => {
                    say("error", json!("OffsetOutOfRangeException"));
                    let message = error.to_string();
                    // Kafka's sentence names the partition in its middle.
                    say("message", json!(message.replace(" since", " of partition t-0 since")));
                }
            }
        }
        Some("advance") => {}
        _ => return Err(format!("not modelled: {op}")),
    }
    say("log_start_offset", json!(log.log_start_offset().0));
    say("leo", json!(log.log_end_offset().0));
    let segments = log.segments().iter();
    say(
        "segments",
        segments.map(|segment| json!([segment.base_offset().0, segment.size_in_bytes()])).collect(),
    );
    Ok(found)
}

fn settings(config: &Value) -> Result<(SegmentSettings, RetentionSettings), String> {
    let mut segments = SegmentSettings::default();
    let mut retention = RetentionSettings { delete: true, retention_ms: 604_800_000, retention_bytes: -1 };
    for (name, value) in config.as_object().ok_or("not modelled: no config")? {
        let number = || value.as_i64().ok_or_else(|| format!("not modelled: {name}={value}"));
        match name.as_str() {
            "cleanup.policy" => retention.delete = value.as_str().is_some_and(|text| text.contains("delete")),
            "retention.ms" => retention.retention_ms = number()?,
            "retention.bytes" => retention.retention_bytes = number()?,
            _ if set_segments(&mut segments, name, value)? => {}
            _ => return Err(format!("not modelled: {name}")),
        }
    }
    Ok((segments, retention))
}
