//! A log that follows a recording's operations, and how the recordings write a log down.

use super::{START, batch, field};
use millrace_broker::log::producer_state::AppendOrigin;
use millrace_broker::log::segments::{LogAppendError, Logged, PartitionLog, SegmentSettings};
use millrace_model::{
    Batch, EndTxnMarker, ProducedBy, ProducerEpoch, ProducerId, Record, StoredBatch, Timestamp,
};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The log, the clock, and whether the topic is compacted.
pub struct Recorded {
    pub log: PartitionLog,
    pub now: Timestamp,
    pub compacts: bool,
}

impl Recorded {
    pub fn new(settings: SegmentSettings, compacts: bool) -> Self {
        let now = Timestamp(START);
        Self { log: PartitionLog::new(settings, now), now, compacts }
    }

    /// Does `append`, `marker`, `advance` or `roll`; gives what the recording says of it, or nothing if it is another
    /// operation.
    pub fn step(&mut self, op: &Value) -> Result<Option<Map<String, Value>>, String> {
        let mut said = Map::new();
        match field(op, "op").as_str() {
            Some("append") => {
                self.append(produced(op, batch(op, &self.log)?)?, AppendOrigin::Client, &mut said);
            }
            Some("marker") => self.append(marker(op, &self.log)?, AppendOrigin::Coordinator, &mut said),
            Some("advance") => self.now.0 += number::<i64>(op, "ms")?,
            Some("roll") => self.log.roll(None, self.now),
            _ => return Ok(None),
        }
        Ok(Some(said))
    }

    fn append(&mut self, stored: StoredBatch, origin: AppendOrigin, said: &mut Map<String, Value>) {
        // Keys are the client's to give.
        let compacts = self.compacts && origin == AppendOrigin::Client;
        match self.log.check(&stored.batch, stored.base_offset, compacts, origin) {
            Ok(None) => {
                let (first, last) = (stored.base_offset, stored.last_offset());
                if self.log.append(stored, self.now).is_err() {
                    said.insert("error".to_owned(), json!("RecordBatchTooLargeException"));
                    return;
                }
                said.insert("first_offset".to_owned(), json!(first.0));
                said.insert("last_offset".to_owned(), json!(last.0));
            }
            Ok(Some(known)) => {
                said.insert("first_offset".to_owned(), json!(known.first_offset().0));
                said.insert("last_offset".to_owned(), json!(known.last_offset.0));
                said.insert("duplicate".to_owned(), json!(true));
            }
            Err(LogAppendError::NoKey(_)) => {
                said.insert("error".to_owned(), json!("RecordValidationException"));
            }
            Err(LogAppendError::Producer(error)) => {
                said.insert("error".to_owned(), json!(error.exception()));
            }
        }
    }
}

pub fn number<T: TryFrom<i64>>(op: &Value, name: &str) -> Result<T, String> {
    let number = field(op, name).as_i64().and_then(|number| T::try_from(number).ok());
    number.ok_or_else(|| format!("expected a number in {name}, found {op}"))
}

/// The batch of an `append`, of its producer if it has one.
fn produced(op: &Value, stored: StoredBatch) -> Result<StoredBatch, String> {
    if field(op, "pid").is_null() {
        return Ok(stored);
    }
    let producer = ProducedBy {
        id: ProducerId(number(op, "pid")?),
        epoch: ProducerEpoch(number(op, "epoch")?),
        base_sequence: number(op, "seq")?,
        is_transactional: field(op, "txn").as_bool().unwrap_or(false),
        marker: None,
    };
    let batch = Arc::new(Batch::clone(&stored.batch).produced_by(producer));
    Ok(StoredBatch { batch, ..stored })
}

fn marker(op: &Value, log: &PartitionLog) -> Result<StoredBatch, String> {
    let marker = EndTxnMarker {
        committed: match field(op, "type").as_str() {
            Some("commit") => true,
            Some("abort") => false,
            _ => return Err(format!("not modelled: {op}")),
        },
        coordinator_epoch: number(op, "coordinator_epoch")?,
    };
    let producer = ProducedBy {
        id: ProducerId(number(op, "pid")?),
        epoch: ProducerEpoch(number(op, "epoch")?),
        base_sequence: millrace_model::produced::NO_SEQUENCE,
        is_transactional: true,
        marker: None,
    };
    let control = Batch::end_transaction(producer, marker, Timestamp(number(op, "ts")?));
    let stored = batch(&json!({"records": []}), log)?;
    Ok(StoredBatch { batch: Arc::new(control), ..stored })
}

/// A log as the recordings write it down.
pub fn written(log: &PartitionLog) -> Value {
    let segments = log.segments().iter().map(|segment| {
        let batches: Vec<Value> = segment.batches().map(written_batch).collect();
        json!({"base_offset": segment.base_offset().0, "batches": batches})
    });
    json!({
        "log_start_offset": log.log_start_offset().0,
        "log_end_offset": log.log_end_offset().0,
        "segments": segments.collect::<Vec<_>>(),
    })
}

fn written_batch(logged: &Logged) -> Value {
    let stored = &logged.stored;
    let marker = stored.batch.marker();
    let text = |bytes: &Option<millrace_model::Bytes>| {
        bytes.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    };
    let record = |record: (millrace_model::Offset, &Record)| match marker {
        Some(marker) => json!([record.0.0, if marker.committed { "COMMIT" } else { "ABORT" }]),
        None => json!([record.0.0, text(&record.1.key), text(&record.1.value), record.1.timestamp.0]),
    };
    let records: Vec<Value> = stored.records_from(stored.base_offset).map(record).collect();
    let mut said = json!({
        "base_offset": stored.base_offset.0,
        "last_offset": stored.last_offset().0,
        "records": records,
    });
    let mut say = |name: &str, value: Value| {
        if let Some(said) = said.as_object_mut() {
            said.insert(name.to_owned(), value);
        }
    };
    if let Some(producer) = stored.batch.producer.as_deref() {
        say("pid", json!(producer.id.0));
        say("epoch", json!(producer.epoch.0));
        say("seq", json!(producer.base_sequence));
        if producer.is_transactional {
            say("txn", json!(true));
        }
        if marker.is_some() {
            say("control", json!(true));
        }
    }
    if let Some(horizon) = stored.batch.cleaned.as_ref().and_then(|cleaned| cleaned.delete_horizon) {
        say("delete_horizon_ms", json!(horizon.0));
    }
    said
}
