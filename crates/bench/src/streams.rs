//! The stream processor alone: a tumbling count over a million records and a thousand keys.
//!
//! As Kafka's TopologyTestDriver was measured: windows of a minute and ten seconds of grace, a millisecond between two
//! records, values of 100 bytes, no cache, so that each record sends one result and one change.

use crate::runs::Line;
use millrace_model::{Offset, Partition, Record, Timestamp, TopicName};
use millrace_streams::language::Pipeline;
use millrace_streams::store::Store;
use millrace_streams::topology::StoreId;
use millrace_streams::{Input, Task, TaskId, TaskOutcome};
use std::sync::Arc;

const RECORDS: u64 = 1_000_000;
const KEYS: u64 = 1_000;
/// What a poll returns (`max.poll.records` of Kafka Streams).
const POLL: u64 = 1_000;
const PIPELINE: &str = "stream orders | group by key | window tumbling 1m grace 10s | count | to counts";

/// Records a second, and how much the store and the task hold in the end.
pub fn tumbling_count(clock: &dyn Fn() -> f64, memory: &dyn Fn() -> f64) -> Vec<Line> {
    let Ok(pipeline) = Pipeline::parse(PIPELINE) else { return Vec::new() };
    let Ok(topology) = pipeline.topology("bench") else { return Vec::new() };
    let mut task = Task::new(Arc::new(topology), TaskId { subtopology: 0, partition: Partition(0) });
    let topic = TopicName::from("orders");
    let value: Arc<[u8]> = [b'x'; 100].into();
    let records: Vec<Record> = (0..KEYS)
        .map(|key| Record {
            timestamp: Timestamp(0),
            key: Some(format!("customer-{key}").into_bytes().into()),
            value: Some(value.clone()),
            headers: Arc::default(),
            origin: Default::default(),
        })
        .collect();
    let mut outcome = TaskOutcome::default();
    let mut results = 0;
    let (mut rows, mut bytes) = (0, 0);
    let (before_all, before) = (memory(), clock());
    for poll in 0..RECORDS / POLL {
        let inputs = records.iter().zip(poll * POLL..).map(|(record, n)| {
            let n = i64::try_from(n).unwrap_or(i64::MAX);
            let (partition, offset) = (Partition(0), Offset(n));
            Input { topic: &topic, partition, offset, timestamp: Timestamp(n), record }
        });
        outcome.clear();
        task.process(inputs, &mut outcome);
        results += outcome.outputs.len();
        if let Some(held) = held(&task).filter(|held| held.1 > bytes) {
            (rows, bytes) = held;
        }
    }
    let seconds = ((clock() - before) / 1_000.0).max(1e-9);
    // One result and one change for each record, or it has measured something else.
    let done = if results as u64 == 2 * RECORDS { RECORDS as f64 } else { f64::NAN };
    vec![
        Line {
            name: "tumbling count, 1,000,000 records and 1,000 keys",
            value: done / seconds,
            unit: "records/s",
        },
        Line { name: "tumbling count, memory added", value: (memory() - before_all) / 1e6, unit: "MB" },
        Line { name: "tumbling count, its store at its peak", value: bytes as f64 / 1e6, unit: "MB" },
        Line {
            name: "tumbling count, a key's window in the store",
            value: bytes as f64 / rows as f64,
            unit: "bytes",
        },
    ]
}

/// The rows of the count's store and the bytes that they take; the keys' own belong to the records.
fn held(task: &Task) -> Option<(usize, usize)> {
    match task.store(StoreId(0))? {
        Store::Window(windows) => Some(windows.held()),
        _ => None,
    }
}
