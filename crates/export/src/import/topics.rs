//! `kafka-topics --describe`: a line for the topic, one for each partition, `Name: value` set off by tabs.

use super::Reading;

impl Reading {
    pub(super) fn topic_line(&mut self, number: usize, line: &str) {
        let fields = fields(line);
        let field = |name: &str| fields.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let Some(name) = field("Topic").filter(|name| !name.is_empty()) else {
            return self.problem(number, "a topic without a name");
        };
        let whole = |name: &str| field(name).and_then(|value| value.parse::<i32>().ok());
        if let Some(partition) = whole("Partition") {
            if self.is_odd(number, name, partition) {
                return;
            }
            if field("Leader").is_some_and(|leader| matches!(leader, "none" | "-1")) {
                self.remark(number, format!("{name}-{partition} has no leader there; here it has one"));
            }
            let topic = self.topic(name);
            topic.partitions = topic.partitions.max(partition.saturating_add(1));
            return;
        }
        let Some(partitions) = whole("PartitionCount") else {
            return self.problem(number, format!("{name}: neither PartitionCount nor Partition"));
        };
        if self.is_odd(number, name, partitions.saturating_sub(1)) {
            return;
        }
        let topic = self.topic(name);
        topic.partitions = topic.partitions.max(partitions);
        topic.replication_factor = whole("ReplicationFactor").unwrap_or(1);
        topic.configs = configs(field("Configs").unwrap_or_default());
    }
}

const NAMES: &[&str] = &[
    "Topic",
    "TopicId",
    "PartitionCount",
    "ReplicationFactor",
    "Configs",
    "Partition",
    "Leader",
    "Replicas",
    "Isr",
    "Elr",
    "LastKnownElr",
];

/// The line's names with their values, whether tabs are still there or have become spaces.
fn fields(line: &str) -> Vec<(&'static str, &str)> {
    let mut starts: Vec<(usize, usize, &'static str)> = Vec::new();
    for name in NAMES {
        let sign = [name, ":"].concat();
        let at = line.match_indices(&*sign).map(|(at, _)| at).find(|at| {
            let before = line.get(..*at).unwrap_or_default();
            before.is_empty() || before.ends_with(char::is_whitespace)
        });
        starts.extend(at.map(|at| (at, at + sign.len(), *name)));
    }
    starts.sort_unstable();
    let ends: Vec<usize> = starts.iter().skip(1).map(|(at, ..)| *at).chain([line.len()]).collect();
    let value = |((_, from, name), end): (&(usize, usize, &'static str), usize)| {
        (*name, line.get(*from..end).unwrap_or_default().trim())
    };
    starts.iter().zip(ends).map(value).collect()
}

/// `a=b,c=d`; a part without a sign belongs to the value before it (`cleanup.policy=compact,delete`).
fn configs(text: &str) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    for part in text.split(',') {
        match (part.split_once('='), out.last_mut()) {
            (Some((key, value)), _) => out.push((key.trim().to_owned(), value.to_owned())),
            (None, Some((_, value))) => value.extend([",", part]),
            (None, None) => {}
        }
    }
    out
}
