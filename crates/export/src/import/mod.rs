//! What Kafka's tools list of a real cluster becomes lines that show the same topology with its offsets and lag.
//!
//! Read are, in any order and mixed: `kafka-topics --describe`, `kafka-consumer-groups --describe` (offsets, `--members`,
//! `--state`, `--all-groups`), `kafka-get-offsets`. Nobody's records are in such listings: the logs begin and end at their
//! offsets, and what lies between stays unknown. What is not understood is said with its line; the rest is kept.

mod groups;
mod lines;
mod topics;

use millrace_model::{Map, Profile};
use std::fmt;

/// Lines of a listing that are read; more are left out, and that is said.
const LINES: usize = 100_000;

/// A line of the listing that is not part of the result, or not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Its number, from 1; 0: the whole.
    pub line: usize,
    /// What about it.
    pub says: String,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.says),
            line => write!(f, "line {line}: {}", self.says),
        }
    }
}

/// What a listing comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Import {
    /// The script.
    pub lines: Vec<String>,
    /// The topics, for a preview.
    pub topics: Vec<TopicFound>,
    /// The groups, for a preview.
    pub groups: Vec<GroupFound>,
    /// Lines that were not understood.
    pub problems: Vec<Remark>,
    /// What is not as it was there.
    pub remarks: Vec<Remark>,
}

/// A topic of the listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopicFound {
    /// Its name.
    pub name: String,
    /// How many partitions it has.
    pub partitions: i32,
    /// How many copies there are of each.
    pub replication_factor: i32,
    /// Its settings.
    pub configs: Vec<(String, String)>,
    /// Where each partition's log begins and ends, as far as the listing says it.
    pub ends: Map<i32, (i64, i64)>,
}

/// A group of the listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupFound {
    /// Its name.
    pub name: String,
    /// What it has committed: topic, partition, offset.
    pub committed: Vec<(String, i32, i64)>,
    /// Its members' ids.
    pub members: Vec<String>,
    /// How many there are, if only their number is told.
    pub member_count: usize,
    /// The sum of its lags, as far as offsets are known.
    pub lag: i64,
}

/// Reads a listing.
pub fn import(text: &str, profile: Profile) -> Import {
    let mut reading = Reading::default();
    for (at, line) in text.lines().enumerate() {
        if at >= LINES {
            reading.remark(at + 1, format!("only the first {LINES} lines are read"));
            break;
        }
        reading.line(at + 1, line.trim_end_matches('\r'));
    }
    reading.settle();
    lines::of(reading, profile)
}

/// A listing as far as it has been read.
#[derive(Default)]
struct Reading {
    topics: Map<String, TopicFound>,
    groups: Map<String, GroupFound>,
    /// What `kafka-get-offsets` says of each partition: where its log ends, or, said again, where it begins.
    told: Map<(String, i32), Vec<i64>>,
    problems: Vec<Remark>,
    remarks: Vec<Remark>,
    /// The columns of the table that is being read.
    columns: Vec<String>,
}

impl Reading {
    fn problem(&mut self, line: usize, says: impl Into<String>) {
        self.problems.push(Remark { line, says: says.into() });
    }

    fn remark(&mut self, line: usize, says: impl Into<String>) {
        self.remarks.push(Remark { line, says: says.into() });
    }

    fn line(&mut self, number: usize, line: &str) {
        let trimmed = line.trim();
        if trimmed.is_empty() || is_aside(trimmed) {
            return;
        }
        if trimmed.starts_with("Topic:") {
            self.columns.clear();
            return self.topic_line(number, trimmed);
        }
        let words: Vec<&str> = trimmed.split_whitespace().collect();
        if groups::is_header(&words) {
            self.columns = words.iter().map(|word| (*word).to_owned()).collect();
            return;
        }
        if let [one] = *words
            && let Some((topic, partition, offset)) = log_end(one)
        {
            return self.offset_line(number, topic, partition, offset);
        }
        match self.columns.is_empty() {
            false => self.group_line(number, &words),
            true => self.problem(
                number,
                "neither a line of kafka-topics --describe nor one of kafka-consumer-groups --describe",
            ),
        }
    }

    fn topic(&mut self, name: &str) -> &mut TopicFound {
        let new = || TopicFound { name: name.to_owned(), replication_factor: 1, ..TopicFound::default() };
        self.topics.entry(name.to_owned()).or_insert_with(new)
    }

    fn group(&mut self, name: &str) -> &mut GroupFound {
        let new = || GroupFound { name: name.to_owned(), ..GroupFound::default() };
        self.groups.entry(name.to_owned()).or_insert_with(new)
    }

    /// `kafka-get-offsets`
    fn offset_line(&mut self, number: usize, topic: &str, partition: i32, offset: i64) {
        if self.is_odd(number, topic, partition) {
            return;
        }
        self.told.entry((topic.to_owned(), partition)).or_default().push(offset);
        let topic = self.topic(topic);
        topic.partitions = topic.partitions.max(partition.saturating_add(1));
    }

    /// Of several offsets of a partition the smallest is where its log begins, the largest where it ends.
    fn settle(&mut self) {
        for ((topic, partition), told) in std::mem::take(&mut self.told) {
            let topic = self.topic(&topic);
            let known = topic.ends.get(&partition).map(|(_, end)| *end);
            let (Some(least), Some(most)) = (told.iter().min(), told.iter().max()) else { continue };
            let end = known.map_or(*most, |known| known.max(*most));
            let is_start = told.len() > 1 || *least < end;
            topic.ends.insert(partition, (if is_start { *least } else { 0 }, end));
        }
    }

    /// A topic's name or a partition that there cannot be here; said.
    fn is_odd(&mut self, number: usize, topic: &str, partition: i32) -> bool {
        if let Some(reason) = millrace_broker::topic::invalid_topic_reason(topic) {
            self.problem(number, reason);
            return true;
        }
        let is_ours = (0..millrace_model::limits::PARTITIONS_PER_TOPIC).contains(&partition);
        if !is_ours {
            self.problem(
                number,
                format!(
                    "partition {partition} of {topic}: a topic has at most {} partitions here",
                    millrace_model::limits::PARTITIONS_PER_TOPIC
                ),
            );
        }
        !is_ours
    }
}

/// What stands around a listing: prompts, commands, notes of the tools.
fn is_aside(line: &str) -> bool {
    let command = line.trim_start_matches(['$', '#', '>', '%']).trim_start();
    let first = command.split_whitespace().next().unwrap_or_default();
    let program = first.rsplit('/').next().unwrap_or_default();
    line.starts_with('#')
        || program.starts_with("kafka-")
        || line.starts_with("Warning:")
        || line.starts_with("WARNING")
        || (line.starts_with("Consumer group '") && line.contains("has no active members"))
}

/// `orders:0:250`
fn log_end(word: &str) -> Option<(&str, i32, i64)> {
    let (rest, offset) = word.rsplit_once(':')?;
    let (topic, partition) = rest.rsplit_once(':')?;
    Some((topic, partition.parse().ok()?, offset.parse().ok().filter(|offset| *offset >= 0)?))
}
