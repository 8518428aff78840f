//! `log_txn_read_committed`: the last stable offset, the index of aborted transactions, and what `read_committed` gets.

use super::recorded::{Recorded, number, written};
use super::{field, same};
use millrace_broker::log::segments::{FetchIsolation, SegmentSettings};
use millrace_model::Offset;
use serde_json::{Map, Value, json};

pub fn judge(input: &Value, expected: &Value) -> Result<(), String> {
    judge_as(FetchIsolation::TxnCommitted, input, expected)
}

/// As who the recording's readers read; as an argument, so that a test can break it.
pub fn judge_as(isolation: FetchIsolation, input: &Value, expected: &Value) -> Result<(), String> {
    let segment_bytes = number::<u32>(input, "segment_bytes")?;
    let settings = SegmentSettings { segment_bytes, ..SegmentSettings::default() };
    let ops = field(input, "ops").as_array().ok_or("not modelled: no ops")?;
    let after = field(expected, "after").as_array().ok_or("not modelled: no after")?;
    same("after", &json!(after.len()), &json!(ops.len()))?;
    let mut recorded = Recorded::new(settings, false);
    for (at, (op, expected)) in ops.iter().zip(after).enumerate() {
        let mut found = match recorded.step(op)? {
            Some(found) => found,
            None if field(op, "op") == "hw" => {
                recorded.log.set_high_watermark(Offset(number(op, "offset")?));
                Map::new()
            }
            None => return Err(format!("not modelled: {op}")),
        };
        let log = &recorded.log;
        found.insert("leo".to_owned(), json!(log.log_end_offset().0));
        found.insert("hw".to_owned(), json!(log.high_watermark().0));
        found.insert("lso".to_owned(), json!(log.last_stable_offset().0));
        found.insert("first_unstable".to_owned(), json!(log.first_unstable_offset().map(|offset| offset.0)));
        for (name, expected) in expected.as_object().ok_or("not modelled: a result")? {
            let found = found.get(name).unwrap_or(&Value::Null);
            same(&format!("step {at}, {}, {name}", field(op, "op")), expected, found)?;
        }
    }
    let log = &recorded.log;
    for fetch in field(expected, "fetches").as_array().ok_or("not modelled: no fetches")? {
        let start = Offset(number(fetch, "start")?);
        let read = log.read(start, isolation, usize::MAX, true);
        let offsets = read.batches.iter().flat_map(|stored| stored.records_from(stored.base_offset));
        let offsets: Vec<i64> = offsets.map(|(offset, _)| offset.0).collect();
        let aborted = read.aborted.unwrap_or_default();
        let aborted: Vec<[i64; 2]> = aborted.iter().map(|(id, first)| [id.0, first.0]).collect();
        let found = json!({"start": start.0, "offsets": offsets, "aborted": aborted});
        same("fetch", fetch, &found)?;
    }
    let index = log.segments().iter().flat_map(|segment| segment.aborted_transactions());
    let index = index.map(|txn| {
        let (first, last, lso) = (txn.first_offset.0, txn.last_offset.0, txn.last_stable_offset.0);
        json!({"pid": txn.producer_id.0, "first": first, "last": last, "lso": lso})
    });
    same("txnindex", field(expected, "txnindex"), &index.collect())?;
    same("log", field(expected, "log"), &written(log))
}
