//! `log_producer_state`: `UnifiedLog.appendAsLeader` with idempotent and transactional producers.

use super::{START, field, same};
use millrace_broker::log::producer_state::{
    AppendOrigin, EndTransactionMarker, ProducedBatch, ProducerEpoch, ProducerId, ProducerState,
    ProducerStateError, Verdict,
};
use millrace_model::{Offset, Timestamp};
use serde_json::{Map, Value, json};

/// As whom the recording's producers append; as an argument, so that a test can break it.
pub fn judge_as(origin: AppendOrigin, input: &Value, expected: &Value) -> Result<(), String> {
    let expiration: i64 = number(input, "producer_id_expiration_ms")?;
    let ops = field(input, "ops").as_array().ok_or("not modelled: no ops")?;
    let results = field(expected, "results").as_array().ok_or("not modelled: no results")?;
    same("results", &json!(results.len()), &json!(ops.len()))?;
    let mut log = Log { state: ProducerState::default(), end: Offset(0), now: Timestamp(START) };
    for (at, (op, expected)) in ops.iter().zip(results).enumerate() {
        let found = log.step(op, origin, expiration)?;
        for (name, expected) in expected.as_object().ok_or("not modelled: a result")? {
            // Kafka's sentences name partition and segment.
            if name != "message" {
                let found = found.get(name).unwrap_or(&Value::Null);
                same(&format!("step {at}, {}, {name}", field(op, "op")), expected, found)?;
            }
        }
    }
    Ok(())
}

pub fn judge(input: &Value, expected: &Value) -> Result<(), String> {
    judge_as(AppendOrigin::Client, input, expected)
}

fn number<T: TryFrom<i64>>(op: &Value, name: &str) -> Result<T, String> {
    let number = field(op, name).as_i64().and_then(|number| T::try_from(number).ok());
    number.ok_or_else(|| format!("expected a number in {name}, found {op}"))
}

struct Log {
    state: ProducerState,
    end: Offset,
    now: Timestamp,
}

impl Log {
    fn step(
        &mut self,
        op: &Value,
        origin: AppendOrigin,
        expiration: i64,
    ) -> Result<Map<String, Value>, String> {
        let mut found = Map::new();
        let mut say = |name: &str, value: Value| drop(found.insert(name.to_owned(), value));
        match field(op, "op").as_str() {
            Some("append") => match self.append(op, origin)? {
                Ok((first, last, is_duplicate)) => {
                    say("first_offset", json!(first));
                    say("last_offset", json!(last));
                    if is_duplicate {
                        say("duplicate", json!(true));
                    }
                }
                Err(error) => say("error", json!(error.exception())),
            },
            Some("marker") => match self.marker(op)? {
                Ok(offset) => {
                    say("first_offset", json!(offset));
                    say("last_offset", json!(offset));
                }
                Err(error) => say("error", json!(error.exception())),
            },
            Some("advance") => self.now.0 += number::<i64>(op, "ms")?,
            Some("expire") => self.state.remove_expired(self.now, expiration),
            // Segments are nothing to a producer.
            Some("roll") => {}
            _ => return Err(format!("not modelled: {op}")),
        }
        // The recording's high watermark is the log's end.
        self.state.on_high_watermark_updated(self.end);
        say("leo", json!(self.end.0));
        say("lso", json!(self.state.first_unstable_offset().unwrap_or(self.end).0));
        let producer = |entry: &millrace_broker::log::producer_state::ProducerStateEntry| {
            let told = json!({
                "epoch": entry.producer_epoch.0,
                "last_seq": entry.last_seq(),
                "last_ts": entry.last_timestamp.0,
                "coordinator_epoch": entry.coordinator_epoch,
                "txn_start": entry.current_txn_first_offset.map_or(-1, |offset| offset.0),
            });
            (entry.producer_id.0.to_string(), told)
        };
        say("producers", self.state.producers().map(producer).collect());
        Ok(found)
    }

    fn append(
        &mut self,
        op: &Value,
        origin: AppendOrigin,
    ) -> Result<Result<(i64, i64, bool), ProducerStateError>, String> {
        let records = field(op, "records").as_array().filter(|records| !records.is_empty());
        let records = records.ok_or_else(|| format!("not modelled: {op}"))?;
        if field(op, "pid").is_null() {
            let first = self.end.0;
            self.end = self.end.plus(records.len());
            return Ok(Ok((first, self.end.0 - 1, false)));
        }
        let timestamps = records.iter().map(|record| record.get(2).and_then(Value::as_i64));
        let most = timestamps.collect::<Option<Vec<i64>>>().and_then(|all| all.into_iter().max());
        let batch = ProducedBatch {
            producer_id: ProducerId(number(op, "pid")?),
            producer_epoch: ProducerEpoch(number(op, "epoch")?),
            base_sequence: number(op, "seq")?,
            base_offset: self.end,
            last_offset_delta: i32::try_from(records.len() - 1).unwrap_or(i32::MAX),
            max_timestamp: Timestamp(most.ok_or_else(|| format!("not modelled: {op}"))?),
            is_transactional: field(op, "txn").as_bool().unwrap_or(false),
        };
        Ok(match self.state.prepare(&batch, origin) {
            Err(error) => Err(error),
            Ok(Verdict::Duplicate(known)) => Ok((known.first_offset().0, known.last_offset.0, true)),
            Ok(Verdict::Append(prepared)) => {
                self.state.update(&prepared);
                let first = self.end.0;
                self.end = self.end.plus(records.len());
                Ok((first, self.end.0 - 1, false))
            }
        })
    }

    fn marker(&mut self, op: &Value) -> Result<Result<i64, ProducerStateError>, String> {
        let marker = EndTransactionMarker {
            producer_id: ProducerId(number(op, "pid")?),
            producer_epoch: ProducerEpoch(number(op, "epoch")?),
            coordinator_epoch: number(op, "coordinator_epoch")?,
            committed: match field(op, "type").as_str() {
                Some("commit") => true,
                Some("abort") => false,
                _ => return Err(format!("not modelled: {op}")),
            },
            offset: self.end,
            timestamp: Timestamp(number(op, "ts")?),
        };
        Ok(self.state.prepare_marker(&marker, AppendOrigin::Coordinator).map(|prepared| {
            self.state.update(&prepared);
            self.end = self.end.plus(1);
            marker.offset.0
        }))
    }
}
