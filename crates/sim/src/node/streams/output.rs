//! What leaves a task: told in the trace, and handed to its thread's producer.

use super::{StreamsEvent, StreamsNode, Turn};
use millrace_client::partitioner::partition_for_key;
use millrace_client::producer::{ProducerInput, ProducerRecord};
use millrace_model::{Map, Partition, Timestamp, TopicName};
use millrace_streams::{Key, Output, OutputKind, Task, TaskEvent, TaskId, TaskOutcome, Topology};

impl StreamsNode {
    /// Tells what a task did, and makes records of what comes out of it.
    pub(super) fn leave(
        &self,
        task: TaskId,
        outcome: TaskOutcome,
        records: &mut Vec<ProducerRecord>,
        turn: &mut Turn<'_>,
    ) {
        for event in outcome.events {
            if !matches!(event, TaskEvent::WallClockAdvanced { .. }) {
                turn.tell(StreamsEvent::Task { task, event });
            }
        }
        if !outcome.passed.is_empty() {
            turn.tell(StreamsEvent::Passed { task, nodes: outcome.passed });
        }
        let results = outcome.outputs.iter().filter(|o| matches!(o.kind, OutputKind::Sink { .. })).count();
        let changes = outcome.outputs.len() - results;
        if results + changes > 0 {
            turn.tell(StreamsEvent::Emitted { task, results, changes });
        }
        let (topology, sinks) = (&self.topology, &self.sinks);
        records.extend(outcome.outputs.iter().filter_map(|output| written(topology, sinks, task, output)));
    }

    pub(super) fn send(&mut self, thread: u8, records: Vec<ProducerRecord>, turn: &mut Turn<'_>) {
        if !records.is_empty() {
            self.begin(thread, turn);
            self.produce(thread, ProducerInput::Send { records }, turn);
        }
    }

    /// Lets tasks decide something that no record brings about.
    pub(super) fn each_task(
        &mut self,
        thread: u8,
        turn: &mut Turn<'_>,
        decide: impl Fn(&Task, Timestamp) -> TaskOutcome,
    ) {
        let (mut records, mut outcomes) = (Vec::new(), Vec::new());
        let runs = &self.runs;
        let own = |id: &TaskId| runs.get(id).is_some_and(|run| run.thread == thread && run.takes_records());
        for (id, task) in self.tasks.iter_mut().filter(|(id, _)| own(id)) {
            let outcome = decide(task, turn.now.timestamp());
            outcome.events.iter().for_each(|event| task.apply(event));
            outcomes.push((*id, outcome));
        }
        for (id, outcome) in outcomes {
            self.leave(id, outcome, &mut records, turn);
        }
        self.send(thread, records, turn);
    }
}

/// An output as its producer sends it: changes go to the task's own partition of the changelog, windowed results to the
/// partition of the key without its window (`WindowedStreamPartitioner`), all others where the producer's partitioner says.
fn written(
    topology: &Topology,
    sinks: &Map<TopicName, i32>,
    task: TaskId,
    output: &Output,
) -> Option<ProducerRecord> {
    let topic = output.topic(topology)?;
    let partition = match (&output.kind, &output.key) {
        (OutputKind::Changelog { .. }, _) => Some(task.partition),
        (OutputKind::Sink { .. }, Some(Key::Windowed { key, .. })) => {
            sinks.get(&topic).map(|&count| Partition(partition_for_key(key, count)))
        }
        (OutputKind::Sink { .. }, _) => None,
    };
    let record = output.record(topology);
    Some(ProducerRecord {
        topic,
        partition,
        timestamp: Some(record.timestamp),
        key: record.key,
        value: record.value,
        headers: record.headers,
        origin: record.origin,
    })
}
