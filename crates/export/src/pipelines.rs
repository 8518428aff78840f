//! Pipelines as Java: the class that the playground shows, with the application's settings, and a JUnit test over Kafka's
//! TopologyTestDriver whose inputs are the world's records and whose expected outputs are what this engine's own driver
//! gave for them.
//!
//! The driver has one partition of everything, so that stream time is shared: the expected outputs are those of the
//! engine run the same way, not those of the cluster on stage.

use crate::clients::fill;
use crate::java::remarks;
use crate::plan::{Placed, Plan, StreamsPlan};
use crate::quote::{java, stems};
use crate::{Check, File};
use millrace_model::{Bytes, Record, TopicName};
use millrace_streams::vectors;
use std::fmt::Write;
use std::sync::Arc;

const TEST: &str = include_str!("templates/StreamsTest.java");
const POM: &str = include_str!("templates/streams-pom.xml");
/// Records that a test is given at most.
pub(crate) const RECORDS: usize = 2_000;

/// All files of `streams/`; none if there is no pipeline.
pub(crate) fn files(plan: &Plan) -> Vec<File> {
    let mut files = Vec::new();
    let names = stems(plan.pipelines.iter().map(|pipeline| &*pipeline.application_id));
    for (pipeline, stem) in plan.pipelines.iter().zip(names) {
        match pipeline.pipeline.to_java(&pipeline.application_id) {
            Ok(text) => one(&mut files, plan, (pipeline, &stem), &text),
            Err(no) => {
                let text = format!("{no}\n\n{}\n", pipeline.pipeline);
                files.push(File::new(format!("streams/{stem}.txt"), text, Check::Text));
            }
        }
    }
    if files.iter().any(|file| file.checked == Check::Java) {
        let pom = fill(POM, &[("VERSION", plan.version().to_owned())]);
        files.insert(0, File::new("streams/pom.xml", pom, Check::Text));
    }
    files
}

fn one(files: &mut Vec<File>, plan: &Plan, (pipeline, stem): (&StreamsPlan, &str), text: &str) {
    let Some(class) = class(text) else { return };
    let taken = format!("streams/src/main/java/{class}.java");
    if files.iter().any(|file| file.path == taken) {
        // Two ids that differ only in signs give one class.
        let text = format!("{}\n\nIts class would be called as another one's.\n", pipeline.pipeline);
        files.push(File::new(format!("streams/{stem}.txt"), text, Check::Text));
        return;
    }
    files.push(File::new(taken, with_settings(text, pipeline), Check::Java));
    let inputs = inputs(plan, pipeline);
    let topology = Arc::new(pipeline.topology.clone());
    let outputs = vectors::piped(&topology, &inputs);
    let test = fill(TEST, &[("CLASS", class.to_owned()), ("WALL_CLOCK", vectors::WALL_CLOCK.0.to_string())]);
    let resources = "streams/src/test/resources";
    files.push(File::new(format!("streams/src/test/java/{class}Test.java"), test, Check::Java));
    files.push(File::new(format!("{resources}/{class}-inputs.tsv"), table(&inputs), Check::Data));
    files.push(File::new(format!("{resources}/{class}-expected.tsv"), table(&outputs), Check::Data));
}

/// The class's name.
fn class(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("public final class ")?;
    rest.split(' ').next()
}

/// The class with what the application is told beyond the defaults.
fn with_settings(text: &str, pipeline: &StreamsPlan) -> String {
    const END: &str = "        return config;\n";
    let Some((before, after)) = text.split_once(END) else { return text.to_owned() };
    let mut out = before.to_owned();
    if !pipeline.settings.iter().any(|(key, _)| *key == "statestore.cache.max.bytes") {
        let remark = "The scenario runs with the default cache: without this line, as there.";
        out.push_str(&remarks("        ", &[remark.to_owned()]));
    }
    for (key, value) in &pipeline.settings {
        let value = match *key {
            "deserialization.exception.handler" => {
                handler(value, "LogAndFailExceptionHandler", "LogAndContinueExceptionHandler")
            }
            "processing.exception.handler" => handler(
                value,
                "LogAndFailProcessingExceptionHandler",
                "LogAndContinueProcessingExceptionHandler",
            ),
            _ => value.clone(),
        };
        if *key == "errors.dead.letter.queue.topic.name" {
            out.push_str(&remarks("        ", &["Kafka 4.2 and later (KIP-1034).".to_owned()]));
        }
        // Writing into a String cannot fail.
        let _ = writeln!(out, "        config.put({}, {});", java(key), java(&value));
    }
    [&out, END, after].concat()
}

fn handler(value: &str, fail: &str, go_on: &str) -> String {
    let class = if value == "log-and-fail" { fail } else { go_on };
    format!("org.apache.kafka.streams.errors.{class}")
}

/// The records of all topics that the pipeline reads, in the order in which they were appended.
fn inputs(plan: &Plan, pipeline: &StreamsPlan) -> Vec<(TopicName, Record)> {
    let topology = &pipeline.topology;
    let is_read = |name: &TopicName| topology.source_of(name).is_some() && !topology.is_internal(name);
    let read = plan.topics.iter().filter(|topic| is_read(&topic.name));
    let records = read.flat_map(|topic| topic.records.iter().map(|placed| (&topic.name, placed)));
    let mut records: Vec<(&TopicName, &Placed)> = records.collect();
    records.sort_by_key(|(_, placed)| placed.appended_at);
    records.into_iter().take(RECORDS).map(|(name, placed)| (name.clone(), placed.record.clone())).collect()
}

/// A record a line: topic, timestamp, key, value, headers, with `%` before the hex of every byte that is no letter or
/// digit; `-` alone is null.
fn table(records: &[(TopicName, Record)]) -> String {
    let mut out = String::new();
    for (topic, record) in records {
        let headers: Vec<String> = record
            .headers
            .iter()
            .map(|header| [&*escaped(header.key.as_bytes()), "=", &field(&header.value)].concat())
            .collect();
        let _ = writeln!(
            out,
            "{topic}\t{}\t{}\t{}\t{}",
            record.timestamp.0,
            field(&record.key),
            field(&record.value),
            headers.join("&")
        );
    }
    out
}

fn field(bytes: &Option<Bytes>) -> String {
    bytes.as_deref().map_or_else(|| "-".to_owned(), escaped)
}

fn escaped(bytes: &[u8]) -> String {
    let mut out = String::new();
    for byte in bytes {
        let c = char::from(*byte);
        let _ = match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '.' | ':' | '{' | '}' => write!(out, "{c}"),
            _ => write!(out, "%{byte:02X}"),
        };
    }
    out
}
