//! `log_compaction`, `log_offset_for_timestamp`, `log_producer_state`, `log_retention`, `log_txn_read_committed`: one
//! partition's log, as Kafka's `UnifiedLog` and `Cleaner` ran it.

mod compaction;
mod producers;
mod recorded;
mod retention;
mod timestamps;
mod transactions;

pub use compaction::judge as judge_compaction;
pub use producers::judge as judge_producer_state;
pub use retention::judge as judge_retention;
pub use timestamps::judge as judge_offset_for_timestamp;
pub use transactions::judge as judge_txn_read_committed;

use super::field;
use millrace_broker::log::segments::{PartitionLog, SegmentSettings};
use millrace_model::{Batch, LeaderEpoch, Record, StoredBatch, Time, Timestamp};
use serde_json::Value;
use std::sync::Arc;

/// What the clock shows when a recording begins, in milliseconds.
const START: i64 = 1_700_000_000_000;

/// The batch of an `append`: records as key, value and timestamp.
fn batch(op: &Value, log: &PartitionLog) -> Result<StoredBatch, String> {
    let record = |record: &Value| {
        let [key, value, timestamp] = record.as_array()?.as_slice() else { return None };
        let bytes = |text: &Value| match text {
            Value::Null => Some(None),
            text => text.as_str().map(|text| Some(text.as_bytes().to_vec())),
        };
        let (key, value) = (bytes(key)?, bytes(value)?);
        Some(Record::new(Timestamp(timestamp.as_i64()?), key.as_deref(), value.as_deref()))
    };
    let records = field(op, "records").as_array().map(|records| records.iter().map(record).collect());
    let records: Option<Vec<Record>> = records.ok_or_else(|| format!("not modelled: {op}"))?;
    let records = records.ok_or_else(|| format!("not modelled: {op}"))?;
    Ok(StoredBatch {
        base_offset: log.log_end_offset(),
        leader_epoch: LeaderEpoch(0),
        appended_at: Time::ZERO,
        log_append_time: None,
        batch: Arc::new(Batch::new(records)),
    })
}

/// Takes a topic's setting of its segments; says whether it is one.
fn set_segments(segments: &mut SegmentSettings, name: &str, value: &Value) -> Result<bool, String> {
    let number = || value.as_i64().ok_or_else(|| format!("not modelled: {name}={value}"));
    let size = || number().map(|number| u32::try_from(number).unwrap_or(u32::MAX));
    match name {
        "segment.bytes" => segments.segment_bytes = size()?,
        "segment.ms" => segments.segment_ms = number()?,
        "segment.index.bytes" => segments.segment_index_bytes = size()?,
        "index.interval.bytes" => segments.index_interval_bytes = size()?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn same(what: &str, expected: &Value, found: &Value) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    Err(format!("{what}: Kafka says {expected}, we say {found}"))
}

#[cfg(test)]
mod changed;
#[cfg(test)]
mod derived;
#[cfg(test)]
mod tests;
