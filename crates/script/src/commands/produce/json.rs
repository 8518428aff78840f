//! Pasted JSON lines as records: `{"key": "alice", "value": {"amount": 12}}`, one a line.

use crate::language::problem::{Problem, shown};
use crate::language::time::read_timestamp;
use millrace_expr::json::{self, JsonProblem};
use millrace_expr::{Map, Span, Value, suggest};
use millrace_model::{Bytes, Header, Partition, Timestamp, TopicName};
use millrace_sim::{NewRecord, limits};
use std::sync::Arc;

const FIELDS: &[&str] = &["key", "value", "topic", "partition", "timestamp", "headers"];

/// Reads records, one JSON object a line; empty lines are skipped.
///
/// `value` must be there (null is a tombstone); `key`, `topic`, `partition`, `timestamp` (a clock face or milliseconds)
/// and `headers` (an object) may be. What is no text is written as JSON.
///
/// # Errors
/// Every line that is wrong, each once.
pub fn json_lines(source: &str) -> Result<Vec<NewRecord>, Vec<Problem>> {
    let mut records = Vec::new();
    let mut problems = Vec::new();
    let mut start = 0;
    for (number, line) in source.split_inclusive('\n').enumerate() {
        let text = line.trim_end();
        if !text.trim_start().is_empty() {
            match record(text) {
                Ok(record) => records.push(record),
                Err(problem) => problems.push(problem.moved(number, start)),
            }
        }
        start += line.len();
    }
    if records.len() > limits::RECORDS_PER_COMMAND {
        let whole = Span { start: 0, end: source.len() };
        let expected = format!("at most {} records at once", limits::RECORDS_PER_COMMAND);
        problems.push(Problem::new(source, whole, expected, records.len().to_string()));
    }
    if problems.is_empty() { Ok(records) } else { Err(problems) }
}

fn record(line: &str) -> Result<NewRecord, Problem> {
    let whole = Span { start: line.len() - line.trim_start().len(), end: line.len() };
    let wrong = |expected: &str, found: String| Problem::new(line, whole, expected, found);
    let value = json::parse(line).map_err(|error| {
        let start = line.char_indices().nth(error.column - 1).map_or(line.len(), |(at, _)| at);
        let (expected, found) = match error.problem {
            JsonProblem::Syntax { expected, found: Some(c) } => (expected, shown(&c.to_string())),
            JsonProblem::Syntax { expected, found: None } => (expected, "the end of the line".to_owned()),
            JsonProblem::NumberTooLarge => ("a number with at most 29 digits", "a larger one".to_owned()),
            JsonProblem::TooDeep => ("JSON that is less deeply nested", "one level more".to_owned()),
        };
        Problem::new(line, Span { start, end: start }, expected, found)
    })?;
    let Value::Map(map) = value else {
        return Err(wrong("an object such as {\"key\": \"alice\", \"value\": 1}", value.kind().to_string()));
    };
    if let Some((name, _)) = map.iter().find(|(name, _)| !FIELDS.contains(name)) {
        let nearest = suggest::nearest(name, FIELDS.iter().copied());
        return Err(
            wrong("key, value, topic, partition, timestamp or headers", shown(name)).with_nearest(nearest)
        );
    }
    let Some(value) = map.get("value") else {
        return Err(wrong("a value (null for a tombstone)", "an object without one".to_owned()));
    };
    Ok(NewRecord {
        topic: match map.get("topic") {
            None | Some(Value::Null) => None,
            Some(Value::Text(name)) if !name.is_empty() => Some(TopicName::new(name.clone())),
            Some(other) => return Err(wrong("a topic's name", other.to_string())),
        },
        key: map.get("key").and_then(bytes),
        value: bytes(value),
        timestamp: timestamp(&map).map_err(|found| wrong("a timestamp such as \"12:00:07.500\"", found))?,
        partition: partition(&map).map_err(|found| wrong("a partition's number", found))?,
        headers: headers(&map).map_err(|found| wrong("headers as an object", found))?,
    })
}

fn bytes(value: &Value) -> Option<Bytes> {
    (*value != Value::Null).then(|| value.to_text().as_bytes().into())
}

fn timestamp(map: &Map) -> Result<Option<Timestamp>, String> {
    match map.get("timestamp") {
        None | Some(Value::Null) => Ok(None),
        Some(value) => read_timestamp(&value.to_text()).map(Some).ok_or_else(|| value.to_string()),
    }
}

fn partition(map: &Map) -> Result<Option<Partition>, String> {
    match map.get("partition") {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let number = value.as_number().and_then(|n| n.to_i64()).and_then(|n| i32::try_from(n).ok());
            number.filter(|n| *n >= 0).map(|n| Some(Partition(n))).ok_or_else(|| value.to_string())
        }
    }
}

fn headers(map: &Map) -> Result<Arc<[Header]>, String> {
    match map.get("headers") {
        None | Some(Value::Null) => Ok(Arc::default()),
        Some(Value::Map(headers)) => {
            Ok(headers.iter().map(|(key, value)| Header { key: key.into(), value: bytes(value) }).collect())
        }
        Some(other) => Err(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_records() {
        let source = "{\"key\": \"alice\", \"value\": {\"amount\": 12}}\n\n  {\"value\": null, \"key\": 7, \"partition\": 2, \
                      \"timestamp\": \"12:00:01\", \"topic\": \"t\", \"headers\": {\"a\": \"b\", \"c\": null}}\r\n";
        let records = json_lines(source).unwrap();
        assert_eq!(
            super::super::print(None, &records),
            "produce --key alice --value '{\"amount\":12}' + --key 7 --tombstone --topic t --partition 2 \
             --timestamp 12:00:01.000 --header a=b --header-null c"
        );
    }

    #[test]
    fn every_wrong_line_is_named() {
        let source = "{\"value\": 1}\n{\"key\": }\n  [1]\n{\"valeu\": 1}\n{\"key\": 1}\n{\"value\": 1, \"partition\": -1}";
        let problems: Vec<String> = json_lines(source).unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(
            problems,
            [
                "line 2, column 9: expected a JSON value, found `}`",
                "line 3, column 3: expected an object such as {\"key\": \"alice\", \"value\": 1}, found a list",
                "line 4, column 1: expected key, value, topic, partition, timestamp or headers, found `valeu`; did you mean value?",
                "line 5, column 1: expected a value (null for a tombstone), found an object without one",
                "line 6, column 1: expected a partition's number, found -1",
            ]
        );
    }
}
