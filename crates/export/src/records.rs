//! `records.jsonl`: every given record as it is, for `python/replay.py`; bytes that are no text as hex.

use crate::plan::{Placed, Plan, Topic};
use crate::quote::json;
use millrace_model::Bytes;
use millrace_script::language::quote::hex;
use std::fmt::Write;

/// A record a line, in the order in which they were appended.
pub(crate) fn text(plan: &Plan) -> String {
    let all = plan.given().flat_map(|topic| topic.records.iter().map(move |placed| (topic, placed)));
    let mut all: Vec<(&Topic, &Placed)> = all.collect();
    all.sort_by_key(|(_, placed)| placed.appended_at);
    let mut out = String::new();
    for (topic, placed) in all {
        let record = &placed.record;
        let headers: Vec<String> = record
            .headers
            .iter()
            .map(|header| format!("[{}, {}]", json(&header.key), value(&header.value)))
            .collect();
        // Writing into a String cannot fail.
        let _ = writeln!(
            out,
            "{{\"topic\": {}, \"partition\": {}, \"timestamp\": {}, \"key\": {}, \"value\": {}, \"headers\": [{}]}}",
            json(topic.name.as_str()),
            placed.partition,
            record.timestamp.0,
            value(&record.key),
            value(&record.value),
            headers.join(", ")
        );
    }
    out
}

/// A text, `{"hex": …}`, or null.
fn value(bytes: &Option<Bytes>) -> String {
    match bytes.as_deref().map(|bytes| (bytes, std::str::from_utf8(bytes))) {
        None => "null".to_owned(),
        Some((_, Ok(text))) => json(text),
        Some((bytes, Err(_))) => format!("{{\"hex\": \"{}\"}}", hex(bytes)),
    }
}
