//! `log_compaction`: `LogCleanerManager.cleanableOffsets` and `Cleaner.doClean`.

use super::recorded::{Recorded, written};
use super::{field, same, set_segments};
use millrace_broker::log::cleaner::{CompactionSettings, LogToClean};
use millrace_broker::log::segments::SegmentSettings;
use millrace_model::Offset;
use serde_json::{Map, Value, json};

/// What a pass is told; a test changes it.
pub type Plan = fn(LogToClean) -> LogToClean;

pub fn judge(input: &Value, expected: &Value) -> Result<(), String> {
    judge_by(|plan| plan, input, expected)
}

pub fn judge_by(change: Plan, input: &Value, expected: &Value) -> Result<(), String> {
    let (segments, compaction) = settings(field(input, "config"))?;
    let ops = field(input, "ops").as_array().ok_or("not modelled: no ops")?;
    let results = field(expected, "results").as_array().ok_or("not modelled: no results")?;
    same("results", &json!(results.len()), &json!(ops.len()))?;
    let mut recorded = Recorded::new(segments, true);
    let mut last_clean = None;
    for (at, (op, expected)) in ops.iter().zip(results).enumerate() {
        let found = match recorded.step(op)? {
            Some(found) => found,
            None if field(op, "op") == "clean" => clean(&mut recorded, &compaction, &mut last_clean, change),
            None => return Err(format!("not modelled: {op}")),
        };
        recorded.log.set_high_watermark(recorded.log.log_end_offset());
        for (name, expected) in expected.as_object().ok_or("not modelled: a result")? {
            // Kafka's sentence comes wrapped in the names of two classes.
            if name != "message" {
                let found = found.get(name).unwrap_or(&Value::Null);
                same(&format!("step {at}, {}, {name}", field(op, "op")), expected, found)?;
            }
        }
    }
    Ok(())
}

fn clean(
    recorded: &mut Recorded,
    settings: &CompactionSettings,
    last_clean: &mut Option<Offset>,
    change: Plan,
) -> Map<String, Value> {
    let plan = change(recorded.log.to_clean(*last_clean, settings, recorded.now));
    let cleaned = recorded.log.clean(&plan, settings, recorded.now);
    recorded.log.replace_segments(&cleaned);
    *last_clean = Some(cleaned.clean_until);
    let said = [
        ("first_dirty", json!(plan.first_dirty_offset.0)),
        ("first_uncleanable", json!(plan.first_uncleanable_dirty_offset.0)),
        ("next_dirty", json!(cleaned.clean_until.0)),
        ("log", written(&recorded.log)),
    ];
    said.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn settings(config: &Value) -> Result<(SegmentSettings, CompactionSettings), String> {
    let mut segments = SegmentSettings::default();
    let mut compaction = CompactionSettings::default();
    for (name, value) in config.as_object().ok_or("not modelled: no config")? {
        let number = || value.as_i64().ok_or_else(|| format!("not modelled: {name}={value}"));
        match name.as_str() {
            "delete.retention.ms" => compaction.delete_retention_ms = number()?,
            "min.compaction.lag.ms" => compaction.min_compaction_lag_ms = number()?,
            "max.compaction.lag.ms" => compaction.max_compaction_lag_ms = number()?,
            // When it is worth it: the recording cleans when it is told to.
            "cleanup.policy" | "min.cleanable.dirty.ratio" => {}
            _ if set_segments(&mut segments, name, value)? => {}
            _ => return Err(format!("not modelled: {name}")),
        }
    }
    // A compacted topic's segments are no older than its records may wait (`LogConfig.maxSegmentMs`).
    segments.segment_ms = segments.segment_ms.min(compaction.max_compaction_lag_ms);
    Ok((segments, compaction))
}
