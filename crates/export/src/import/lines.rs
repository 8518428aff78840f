//! From what was read to the script that shows it.

use super::{GroupFound, Import, Reading, TopicFound};
use crate::comment;
use crate::quote::shell;
use millrace_model::{Map, Profile};
use millrace_script::parse_line;

/// Members that a group is shown with at most.
const MEMBERS: usize = 12;

pub(super) fn of(reading: Reading, profile: Profile) -> Import {
    let Reading { topics, groups, problems, mut remarks, .. } = reading;
    let mut remark = |says: String| remarks.push(super::Remark { line: 0, says });
    let is_internal = |name: &str| name.starts_with("__");
    let internal: Vec<&str> = topics.keys().map(String::as_str).filter(|name| is_internal(name)).collect();
    if !internal.is_empty() {
        remark(format!("left out: {} (Kafka makes and fills them itself)", internal.join(", ")));
    }
    let topics: Vec<TopicFound> =
        topics.values().filter(|topic| !is_internal(&topic.name)).cloned().collect();
    let mut groups: Vec<GroupFound> = groups.values().cloned().collect();
    for group in &mut groups {
        group.committed.retain(|(topic, ..)| !is_internal(topic));
        let end = |(topic, partition, offset): &(String, i32, i64)| {
            let found = topics.iter().find(|found| found.name == *topic)?;
            Some(found.ends.get(partition)?.1.saturating_sub(*offset))
        };
        group.lag = group.committed.iter().filter_map(end).fold(0, i64::saturating_add);
    }
    let mut lines = Vec::new();
    if topics.is_empty() && groups.is_empty() {
        return Import { problems, remarks, ..Import::default() };
    }
    lines.push("# Imported from the listings of a real cluster: offsets and lag are as they were there, contents unknown.".to_owned());
    let copies = topics.iter().map(|topic| topic.replication_factor).max().unwrap_or(1);
    if copies > 1 {
        remark(format!("one broker here: of each partition there is one copy, there up to {copies}"));
    }
    for topic in &topics {
        create(&mut lines, topic, profile, &mut remark);
    }
    if topics.iter().any(|topic| !topic.ends.is_empty() && topic.ends.values().all(|(start, _)| *start == 0))
    {
        remark("the listings do not say where logs begin: they begin at 0 here (paste kafka-get-offsets --time earliest, too)".to_owned());
    }
    for group in &groups {
        reset(&mut lines, group);
    }
    for group in &groups {
        start(&mut lines, group, &mut remark);
    }
    if groups.iter().any(|group| !group.committed.is_empty()) {
        lines.push("wait 8s".to_owned());
    }
    if lines.len() == 1 {
        // The comment alone.
        lines.clear();
    }
    Import { lines, topics, groups, problems, remarks }
}

fn create(lines: &mut Vec<String>, topic: &TopicFound, profile: Profile, remark: &mut impl FnMut(String)) {
    let name = shell(&topic.name);
    let mut line = format!("kafka-topics --create --topic {name} --partitions {}", topic.partitions.max(1));
    for (key, value) in &topic.configs {
        let config = format!(" --config {}", shell(&[key, "=", value].concat()));
        match parse_line(&[&*line, &config].concat(), profile) {
            Ok(_) => line.push_str(&config),
            Err(problem) => remark(format!("{}: left out {key}={value}: {}", topic.name, problem.sentence())),
        }
        if key == "min.insync.replicas" && value != "1" {
            remark(format!(
                "{}: {key}={value} with one copy: with acks=all nothing can be produced",
                topic.name
            ));
        }
    }
    lines.push(line);
    if topic.ends.is_empty() {
        return;
    }
    let mut line = format!("topic import {name}");
    for (partition, (start, end)) in &topic.ends {
        line.push_str(&format!(" --offsets {partition}:{start}..{end}"));
    }
    lines.push(line);
}

/// What a group has committed; partitions at the same offset share a line.
fn reset(lines: &mut Vec<String>, group: &GroupFound) {
    let mut by_offset: Map<(&str, i64), Vec<String>> = Map::new();
    for (topic, partition, offset) in &group.committed {
        by_offset.entry((topic, *offset)).or_default().push(partition.to_string());
    }
    for ((topic, offset), partitions) in &by_offset {
        lines.push(format!(
            "kafka-consumer-groups --reset-offsets --group {} --topic {} --to-offset {offset} --execute",
            shell(&group.name),
            shell(&format!("{topic}:{}", partitions.join(",")))
        ));
    }
}

/// The group with as many members; one that had none is there, stopped.
fn start(lines: &mut Vec<String>, group: &GroupFound, remark: &mut impl FnMut(String)) {
    let mut topics: Vec<&str> = group.committed.iter().map(|(topic, ..)| &**topic).collect();
    topics.sort_unstable();
    topics.dedup();
    if topics.is_empty() {
        remark(format!("{}: left out, the listings do not say what it reads", comment::line(&group.name)));
        return;
    }
    let members = group.members.len().max(group.member_count);
    let name = shell(&group.name);
    let mut line = format!("app start {name}");
    for topic in topics {
        line.extend([" --topic ", &shell(topic)]);
    }
    if members > 1 {
        line.push_str(&format!(" --instances {}", members.min(MEMBERS)));
    }
    lines.push(line);
    if members > MEMBERS {
        remark(format!("{}: {MEMBERS} of its {members} members are shown", group.name));
    }
    if members == 0 {
        lines.push(format!("consumer stop {}", shell(&[&*group.name, "/c1"].concat())));
    }
}
