//! `record_batch_corrupt`: bytes that were flipped, cut off, or given a right checksum over wrong contents.

use super::{field, list, same, some_bytes};
use millrace_records::{Batches, RecordError, Scratch, valid_bytes};
use serde_json::{Value, json};

/// How bytes are read; as an argument, so that a test can break it.
pub type Read = fn(&[u8]) -> Found;

/// What reading bytes comes to.
#[derive(Default)]
pub struct Found {
    /// Each batch: whether it is valid, and if so how many records it has.
    pub batches: Vec<Result<Result<usize, RecordError>, RecordError>>,
    /// Why there is no further batch, if it is not that the bytes end.
    pub iteration_error: Option<RecordError>,
}

pub fn read(bytes: &[u8]) -> Found {
    let mut scratch = Scratch::default();
    let mut found = Found::default();
    for batch in Batches::new(bytes) {
        match batch {
            Ok(batch) => found.batches.push(batch.ensure_valid().map(|()| {
                batch.records(&mut scratch)?.try_fold(0, |count, record| record.map(|_| count + 1))
            })),
            Err(error) => found.iteration_error = Some(error),
        }
    }
    found
}

pub fn judge(input: &Value, expected: &Value) -> Result<(), String> {
    judge_by(read, input, expected)
}

pub fn judge_by(read: Read, input: &Value, expected: &Value) -> Result<(), String> {
    let bytes = some_bytes(input, "hex")?;
    let found = read(&bytes);
    let batches = list(expected, "batches")?;
    same("batches", &json!(batches.len()), &json!(found.batches.len()))?;
    for (number, (expected, found)) in batches.iter().zip(&found.batches).enumerate() {
        let (valid, records) = match found {
            Err(error) => (class(error), Value::Null),
            Ok(records) => (json!(true), records.as_ref().map_or_else(class, |count| json!(count))),
        };
        same(&format!("batch {number}, valid"), &classes(field(expected, "ensure_valid")), &valid)?;
        let expected = match field(expected, "records_error") {
            Value::Null => field(expected, "records_read").clone(),
            error => classes(error),
        };
        same(&format!("batch {number}, records"), &expected, &records)?;
    }
    let error = found.iteration_error.as_ref().map_or(Value::Null, class);
    same("iteration", &classes(field(expected, "iteration_error")), &error)?;
    match valid_bytes(&bytes) {
        Ok(count) => same("valid bytes", field(expected, "valid_bytes"), &json!(count)),
        Err(error) => same("valid bytes", &classes(field(expected, "valid_bytes_error")), &class(&error)),
    }
}

fn class(error: &RecordError) -> Value {
    json!(error.exception().name())
}

/// The exception's class without what it says; anything else as it is.
fn classes(expected: &Value) -> Value {
    match expected.as_str() {
        Some(text) => json!(text.split(':').next()),
        None => expected.clone(),
    }
}
