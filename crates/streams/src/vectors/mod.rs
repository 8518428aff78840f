//! Replays golden vectors of Kafka's TopologyTestDriver through the public entry points of this crate.
//!
//! It is an adapter: it turns a case's topology into calls of [`TopologyBuilder`](crate::topology::TopologyBuilder)
//! and its records into [`Task`] inputs. Nothing in the engine knows that it exists. A case that
//! uses what is not modelled counts as not passed, with its reason.

mod build;
mod compare;
mod json;
mod queue;
mod tables;

use crate::task::{Failure, Input, Output, Task, TaskId, TaskOutcome};
use crate::topology::{Subtopology, Topology};
use json::{items, member, text_of};
use millrace_expr::Value as Json;
use millrace_model::{Map, Offset, Partition, Record, Timestamp, TopicName};
use queue::Queue;
use std::sync::Arc;

/// How a family of vectors fared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FamilyReport {
    /// The family's name.
    pub family: String,
    /// How many cases gave exactly Kafka's answer.
    pub passed: usize,
    /// How many cases there are.
    pub total: usize,
    /// The other cases, each with its reason.
    pub problems: Vec<(String, Problem)>,
}

/// Why a case did not pass.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// It uses something that is not modelled yet.
    NotModelled(String),
    /// The answer differs from Kafka's.
    Different(String),
    /// The case is not in the format.
    Malformed(String),
}

/// Replays a file of a `streams_*` family.
///
/// # Errors
/// A text that is not such a file.
pub fn replay(file: &str) -> Result<FamilyReport, String> {
    let file = millrace_expr::json::parse(file).map_err(|error| error.to_string())?;
    let family = member(&file, "family").and_then(text_of).ok_or("the file names no family")?.to_owned();
    let cases = items(member(&file, "cases").ok_or("the file has no cases")?);
    let mut report = FamilyReport { family, passed: 0, total: cases.len(), problems: Vec::new() };
    for case in cases {
        let name = member(case, "name").and_then(text_of).unwrap_or("unnamed").to_owned();
        match replay_case(case) {
            Ok(()) => report.passed += 1,
            Err(problem) => report.problems.push((name, problem)),
        }
    }
    Ok(report)
}

/// Judges one case from the texts of its `input` and `expected`.
///
/// # Errors
/// What is different, or what is not modelled.
pub fn judge(input: &str, expected: &str) -> Result<(), String> {
    let parse = |text: &str| millrace_expr::json::parse(text).map_err(|error| error.to_string());
    judge_case(&parse(input)?, &parse(expected)?).map_err(|problem| match problem {
        Problem::NotModelled(what) => format!("not modelled: {what}"),
        Problem::Different(how) => how,
        Problem::Malformed(what) => format!("malformed: {what}"),
    })
}

fn malformed(what: &str) -> Problem {
    Problem::Malformed(what.to_owned())
}

fn replay_case(case: &Json) -> Result<(), Problem> {
    let input = member(case, "input").ok_or_else(|| malformed("no input"))?;
    let expected = member(case, "expected").ok_or_else(|| malformed("no expectation"))?;
    judge_case(input, expected)
}

fn judge_case(input: &Json, expected: &Json) -> Result<(), Problem> {
    let ops = member(input, "topology").ok_or_else(|| malformed("no topology"))?;
    let built = build::topology(ops)?;
    let topology = match (built, member(expected, "build_error")) {
        (Ok(topology), None) => Arc::new(topology),
        (Ok(_), Some(error)) => return Err(Problem::Different(format!("builds, but Kafka says {error}"))),
        (Err(error), None) => return Err(Problem::Different(format!("does not build: {error}"))),
        (Err(error), Some(_)) => return compare::message(expected, &error.to_string()),
    };
    if let Some(describe) = member(expected, "describe").and_then(text_of) {
        return compare::describe(&topology, describe);
    }
    let run = run(&topology, input)?;
    compare::run(&topology, &run, expected)
}

/// The driver's clock when it starts.
pub const WALL_CLOCK: Timestamp = Timestamp(1_000_000);

/// What came of a case.
struct Run {
    tasks: Vec<Task>,
    /// Each output with the index of the input that caused it.
    outputs: Vec<(usize, Output)>,
    /// What stopped it, and the index of the input that did it.
    failure: Option<(usize, Failure)>,
}

/// Every sub-topology as a task over partition 0, as TopologyTestDriver has it.
fn run(topology: &Arc<Topology>, input: &Json) -> Result<Run, Problem> {
    let ids = (0..).zip(topology.subtopologies());
    let mut tasks: Vec<Task> = ids
        .map(|(subtopology, _)| Task::new(topology.clone(), TaskId { subtopology, partition: Partition(0) }))
        .collect();
    let mut outputs = Vec::new();
    let mut offsets: Map<TopicName, i64> = Map::new();
    let mut wall_clock = WALL_CLOCK;
    for task in &mut tasks {
        let told = task.decide_wall_clock(wall_clock);
        told.events.iter().for_each(|event| task.apply(event));
    }
    for (index, record) in items(member(input, "records").unwrap_or(&Json::Null)).iter().enumerate() {
        let mut queue = Queue::default();
        if let Some(ms) = json::int(record, "advance_wall_ms") {
            wall_clock = Timestamp(wall_clock.0.saturating_add(ms));
            for task in &mut tasks {
                let told = task.decide_wall_clock(wall_clock);
                told.events.iter().for_each(|event| task.apply(event));
                take(topology, index, told, &mut queue, &mut outputs);
                commit(topology, index, task, &mut queue, &mut outputs);
            }
        } else {
            let [topic, key, value, timestamp] = items(record) else { return Err(malformed("a record")) };
            let topic = TopicName::from(text_of(topic).ok_or_else(|| malformed("a topic"))?);
            let timestamp = json::integer(timestamp).ok_or_else(|| malformed("a timestamp"))?;
            let bytes = |v: &Json| text_of(v).map(str::as_bytes).map(<[u8]>::to_vec);
            let (key, value) = (bytes(key), bytes(value));
            queue.push(topic, Record::new(Timestamp(timestamp), key.as_deref(), value.as_deref()));
        }
        drain(topology, (index, &mut tasks), &mut queue, &mut offsets, &mut outputs);
        if let Some(failure) = tasks.iter().find_map(|task| task.failure().cloned()) {
            return Ok(Run { tasks, outputs, failure: Some((index, failure)) });
        }
    }
    Ok(Run { tasks, outputs, failure: None })
}

/// Lets the tasks work off what waits. What a task writes into a topic that another reads comes back in, as
/// TopologyTestDriver pipes it.
fn drain(
    topology: &Topology,
    (index, tasks): (usize, &mut Vec<Task>),
    queue: &mut Queue,
    offsets: &mut Map<TopicName, i64>,
    outputs: &mut Vec<(usize, Output)>,
) {
    while let Some((topic, record)) = queue.pop() {
        let offset = offsets.entry(topic.clone()).or_insert(0);
        let input = Input {
            topic: &topic,
            partition: Partition(0),
            offset: Offset(*offset),
            timestamp: record.timestamp,
            record: &record,
        };
        *offset += 1;
        let source = topology.source_of(&topic);
        let of = |s: &Subtopology| source.is_some_and(|source| s.nodes.contains(&source));
        let global = topology.subtopologies().iter().any(|s| s.global && of(s));
        for (task, sub) in tasks.iter_mut().zip(topology.subtopologies()) {
            if global || of(sub) {
                let mut outcome = TaskOutcome::default();
                task.process([input], &mut outcome);
                take(topology, index, outcome, queue, outputs);
                commit(topology, index, task, queue, outputs);
            }
        }
    }
}

/// What a topology's sinks get when records go in one after the other, as Kafka's TopologyTestDriver would have it: every
/// sub-topology one task, all partitions one. It ends early where a record stops the application.
pub fn piped(topology: &Arc<Topology>, records: &[(TopicName, Record)]) -> Vec<(TopicName, Record)> {
    let ids = (0..).zip(topology.subtopologies());
    let mut tasks: Vec<Task> = ids
        .map(|(subtopology, _)| Task::new(topology.clone(), TaskId { subtopology, partition: Partition(0) }))
        .collect();
    let (mut outputs, mut offsets) = (Vec::new(), Map::new());
    for task in &mut tasks {
        let told = task.decide_wall_clock(WALL_CLOCK);
        told.events.iter().for_each(|event| task.apply(event));
    }
    for (index, (topic, record)) in records.iter().enumerate() {
        let mut queue = Queue::default();
        queue.push(topic.clone(), record.clone());
        drain(topology, (index, &mut tasks), &mut queue, &mut offsets, &mut outputs);
        if tasks.iter().any(|task| task.failure().is_some()) {
            break;
        }
    }
    let sunk = outputs.iter().filter(|(_, output)| !output.is_changelog());
    let named = sunk.filter_map(|(_, output)| Some((output.topic(topology)?, output.record(topology))));
    named.filter(|(topic, _)| !topology.is_internal(topic)).collect()
}

/// Keeps a task's outputs, and queues those that another task reads.
fn take(
    topology: &Topology,
    index: usize,
    outcome: TaskOutcome,
    queue: &mut Queue,
    outputs: &mut Vec<(usize, Output)>,
) {
    for output in outcome.outputs {
        let topic = output.topic(topology).filter(|topic| topology.source_of(topic).is_some());
        if let Some(topic) = topic {
            queue.push(topic, output.record(topology));
        }
        outputs.push((index, output));
    }
}

/// TopologyTestDriver commits after every record.
fn commit(
    topology: &Topology,
    index: usize,
    task: &mut Task,
    queue: &mut Queue,
    outputs: &mut Vec<(usize, Output)>,
) {
    let outcome = task.decide_commit();
    outcome.events.iter().for_each(|event| task.apply(event));
    take(topology, index, outcome, queue, outputs);
}
