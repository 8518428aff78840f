//! Measures a tumbling count: `cargo run --release -p millrace-streams --example tumbling`.
//!
//! 1,000,000 records over 1,000 keys, one millisecond apart, windows of 60 s with 10 s grace, one result and one
//! changelog record per input: the shape of the TopologyTestDriver benchmark in the golden vectors' README. Of the five
//! runs the first three only decide and apply, as `cargo xtask bench` has it; the last two also write each output's
//! record. Where the system tells the thread's own time, the rate counts that: what others do meanwhile does not matter.
#![allow(clippy::disallowed_types)] // A benchmark measures the host's time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use millrace_model::{Bytes, Offset, Partition, Record, Timestamp, TopicName};
use millrace_streams::language::Pipeline;
use millrace_streams::{Input, Task, TaskId, TaskOutcome};

const RECORDS: i64 = 1_000_000;
const KEYS: i64 = 1_000;
const BATCH: usize = 500;

fn main() -> Result<(), String> {
    let text = "stream orders | group by key | window tumbling 60s grace 10s | count | to counts";
    let pipeline = Pipeline::parse(text).map_err(|e| e.to_string())?;
    let topology = Arc::new(pipeline.topology("bench").map_err(|e| e.to_string())?);
    let topic = TopicName::from("orders");
    let keys: Vec<Bytes> = (0..KEYS).map(|k| format!("customer-{k:04}").into_bytes().into()).collect();
    let value: Bytes = [b'x'; 100][..].into();
    let records: Vec<Record> = (0..RECORDS)
        .map(|n| {
            let key = keys.get(usize::try_from(n * 7_919 % KEYS).unwrap_or(0)).cloned();
            let record = Record::new(Timestamp(n), None, None);
            Record { key, value: Some(value.clone()), ..record }
        })
        .collect();
    for run in 1..=5 {
        let writes = run > 3;
        let mut task = Task::new(topology.clone(), TaskId { subtopology: 0, partition: Partition(0) });
        let (mut results, mut bytes) = (0_usize, 0_usize);
        let mut outcome = TaskOutcome::default();
        let (start, own) = (Instant::now(), thread_time());
        for (batch, chunk) in (0_i64..).zip(records.chunks(BATCH)) {
            let base = batch * i64::try_from(BATCH).unwrap_or(0);
            let inputs = (base..).zip(chunk).map(|(offset, record)| Input {
                topic: &topic,
                partition: Partition(0),
                offset: Offset(offset),
                timestamp: record.timestamp,
                record,
            });
            outcome.clear();
            task.process(inputs, &mut outcome);
            results += outcome.outputs.len();
            for output in outcome.outputs.iter().filter(|_| writes) {
                let record = output.record(&topology);
                bytes += record.key.map_or(0, |k| k.len()) + record.value.map_or(0, |v| v.len());
            }
        }
        let wall = start.elapsed();
        let taken = own.and_then(|own| Some(thread_time()? - own)).unwrap_or(wall);
        let per_second = u128::try_from(RECORDS).unwrap_or(0) * 1_000_000 / taken.as_micros().max(1);
        println!(
            "run {run}: {per_second} records/s ({results} output records, {bytes} bytes, digest {:016x})",
            task.digest()
        );
    }
    Ok(())
}

/// How long this process has really run, where the system tells.
fn thread_time() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    Some(Duration::from_nanos(told.split_whitespace().next()?.parse().ok()?))
}
