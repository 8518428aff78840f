//! `log_offset_for_timestamp`: `UnifiedLog.fetchOffsetByTimestamp`.

use super::{START, batch, field, same};
use millrace_broker::log::segments::{PartitionLog, SegmentSettings, TimestampQuery};
use millrace_model::{Offset, Timestamp};
use serde_json::{Value, json};

/// How a query is answered; as an argument, so that a test can break it.
pub type Answer = fn(&PartitionLog, TimestampQuery) -> Option<(Offset, Timestamp)>;

pub fn judge(input: &Value, expected: &Value) -> Result<(), String> {
    judge_by(PartitionLog::fetch_offset_by_timestamp, input, expected)
}

pub fn judge_by(answer: Answer, input: &Value, expected: &Value) -> Result<(), String> {
    let now = Timestamp(START);
    let mut log = PartitionLog::new(SegmentSettings::default(), now);
    for op in field(input, "batches").as_array().ok_or("not modelled: no batches")? {
        if field(op, "op") != "append" {
            return Err(format!("not modelled: {op}"));
        }
        let stored = batch(op, &log)?;
        log.append(stored, now).map_err(|error| format!("{error:?}"))?;
        log.set_high_watermark(log.log_end_offset());
    }
    let queries = field(input, "queries").as_array().ok_or("not modelled: no queries")?;
    let answers = field(expected, "answers").as_array().ok_or("not modelled: no answers")?;
    same("answers", &json!(answers.len()), &json!(queries.len()))?;
    for (query, expected) in queries.iter().zip(answers) {
        let timestamp = query.as_i64().ok_or_else(|| format!("not modelled: {query}"))?;
        let found = answer(&log, TimestampQuery::from_wire(timestamp));
        let found = found.map(|(offset, timestamp)| json!({"offset": offset.0, "timestamp": timestamp.0}));
        same(&format!("at {timestamp}"), expected, &found.unwrap_or(Value::Null))?;
    }
    Ok(())
}
