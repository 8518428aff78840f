//! `kafka-consumer-groups --reset-offsets`: what would come of it, and with `--execute` doing it.

use super::checks::SCENARIOS;
use super::{Failure, GRAMMAR, LOGGER, error, offsets, view};
use crate::cluster::list_offsets;
use crate::java_map;
use crate::java_number;
use crate::options::{Given, in_java_order, listed, usage};
use crate::shell::Shell;
use millrace_model::protocol::OffsetSpec;
use millrace_model::{GroupId, Map, Offset, Partition, TopicName, TopicPartition};
use millrace_sim::{Command, ResetScope, ResetTarget, World};

type Plan = Vec<(TopicPartition, i64)>;

pub(super) fn reset(shell: &mut Shell<'_>, given: &Given) -> Result<(), Failure> {
    let mut names: Vec<String> = if given.has("all-groups") {
        view::names(shell.world())
    } else {
        given.values("group").into_iter().map(str::to_owned).collect()
    };
    names.sort();
    names.dedup();
    let mut plans: Vec<(String, Plan)> = Vec::new();
    for name in java_map::order_for(names, 0) {
        let group = view::described(shell, &name)?;
        if group.state != "Empty" && group.state != "Dead" {
            let words = format!(
                "Assignments can only be reset if the group '{name}' is inactive, but the current state is {}.",
                group.state
            );
            error(shell, &words);
            plans.push((name, Vec::new()));
            continue;
        }
        let partitions = partitions(shell, given, &name)?;
        let plan = plan(shell, given, &name, partitions)?;
        if given.has("execute") && !given.has("dry-run") {
            execute(shell, &name, &plan)?;
        }
        plans.push((name, plan));
    }
    if given.has("export") {
        export(shell, given, &plans);
        return Ok(());
    }
    let line = |cells: [&str; 4]| {
        let [group, topic, partition, offset] = cells;
        format!("\n{group:<30} {topic:<30} {partition:<10} {offset:<15}")
    };
    let mut text = String::new();
    if !plans.is_empty() {
        text.push_str(&line(["GROUP", "TOPIC", "PARTITION", "NEW-OFFSET"]));
    }
    for (group, plan) in &plans {
        for (tp, offset) in plan {
            text.push_str(&line([group, tp.topic.as_str(), &tp.partition.to_string(), &offset.to_string()]));
        }
    }
    shell.say(text);
    Ok(())
}

fn export(shell: &mut Shell<'_>, given: &Given, plans: &[(String, Plan)]) {
    let is_single = given.values("group").len() == 1;
    let mut text = String::new();
    for (group, plan) in plans {
        for (tp, offset) in plan {
            let group = if is_single { String::new() } else { format!("{group},") };
            text.push_str(&format!("{group}{},{},{offset}\n", tp.topic, tp.partition));
        }
    }
    shell.say(text);
}

/// Commits the plan: one command for all partitions that get the same offset.
fn execute(shell: &mut Shell<'_>, group: &str, plan: &Plan) -> Result<(), Failure> {
    let mut by_offset: Map<i64, Map<TopicName, Vec<Partition>>> = Map::new();
    for (tp, offset) in plan {
        by_offset.entry(*offset).or_default().entry(tp.topic.clone()).or_default().push(tp.partition);
    }
    for (offset, topics) in by_offset {
        let mut topics: Vec<(TopicName, Vec<Partition>)> = topics.into_iter().collect();
        for (_, partitions) in &mut topics {
            partitions.sort();
        }
        let command = Command::ResetOffsets {
            group: GroupId::from(group),
            scope: ResetScope::Topics(topics),
            to: ResetTarget::Offset(offset),
            execute: true,
        };
        shell.execute(command).map_err(|words| Failure::caused_by(&words))?;
    }
    Ok(())
}

fn partitions(shell: &mut Shell<'_>, given: &Given, group: &str) -> Result<Vec<TopicPartition>, Failure> {
    if given.has("all-topics") {
        return Ok(offsets::in_java_order(
            offsets::committed(shell.world(), group).keys().cloned().collect(),
        ));
    }
    if !given.has("topic") {
        if given.has("from-file") {
            return Ok(Vec::new());
        }
        let words = "One of the reset scopes should be defined: --all-topics, --topic.";
        return Err(usage(shell, &GRAMMAR, words).into());
    }
    let (mut named, mut topics) = (Vec::new(), Vec::new());
    for text in given.values("topic") {
        match offsets::parse(text)? {
            Some(partitions) => named.extend(partitions),
            None => topics.push(text.to_owned()),
        }
    }
    topics.sort();
    topics.dedup();
    for topic in java_map::order(topics) {
        match offsets::partitions_of(shell.world(), &topic) {
            Some(all) => named.extend(all),
            None => {
                return Err(Failure::caused_by(
                    "java.util.concurrent.ExecutionException: \
                     org.apache.kafka.common.errors.UnknownTopicOrPartitionException: This server does not host this \
                     topic-partition.",
                ));
            }
        }
    }
    Ok(named)
}

fn plan(
    shell: &mut Shell<'_>,
    given: &Given,
    group: &str,
    partitions: Vec<TopicPartition>,
) -> Result<Plan, Failure> {
    let committed = offsets::committed(shell.world(), group);
    let wanted: Plan = if let Some(offset) = given.number::<i64>("to-offset")? {
        check_range(shell, partitions.into_iter().map(|tp| (tp, offset)).collect())?
    } else if given.has("to-earliest") {
        look_up(shell, &partitions, OffsetSpec::Earliest)?
    } else if given.has("to-latest") {
        look_up(shell, &partitions, OffsetSpec::Latest)?
    } else if let Some(by) = given.number::<i64>("shift-by")? {
        let mut shifted = Plan::new();
        for tp in partitions {
            let Some(offset) = committed.get(&tp) else {
                return Err(Failure::Usage(format!(
                    "Cannot shift offset for partition {tp} since there is no current committed offset"
                )));
            };
            shifted.push((tp, offset.saturating_add(by)));
        }
        check_range(shell, shifted)?
    } else if let Some(text) = given.value("to-datetime")? {
        let timestamp = read_datetime(text)?;
        at_time(shell, &partitions, OffsetSpec::Timestamp(timestamp))?
    } else if let Some(text) = given.value("by-duration")? {
        let Some(ms) = java_number::read_duration(text) else {
            let words = "Text cannot be parsed to a Duration";
            return Err(Failure::Error("java.time.format.DateTimeParseException", words.to_owned()));
        };
        let mut timestamp = shell.world().now().timestamp();
        timestamp.0 = timestamp.0.saturating_sub(ms);
        at_time(shell, &partitions, OffsetSpec::Timestamp(timestamp))?
    } else if let Some(path) = given.value("from-file")? {
        let plan = from_file(shell, given, path, group)?;
        check_range(shell, plan)?
    } else if given.has("to-current") {
        let (known, unknown): (Vec<TopicPartition>, Vec<TopicPartition>) =
            partitions.into_iter().partition(|tp| committed.contains_key(tp));
        let mut plan: Plan = known
            .into_iter()
            .filter_map(|tp| committed.get(&tp).copied().map(|offset| (tp, offset)))
            .collect();
        plan.extend(look_up(shell, &unknown, OffsetSpec::Latest)?);
        plan
    } else {
        let scenarios = listed(&in_java_order(&SCENARIOS));
        let words =
            format!("Option '[reset-offsets]' requires one of the following scenarios: [{scenarios}]");
        return Err(usage(shell, &GRAMMAR, &words).into());
    };
    Ok(sorted(wanted))
}

/// In the order of the hash table that the plan is.
fn sorted(plan: Plan) -> Plan {
    java_map::order_by(plan, 16, |(tp, _)| java_map::topic_partition_hash(tp.topic.as_str(), tp.partition.0))
}

fn read_datetime(text: &str) -> Result<millrace_model::Timestamp, Failure> {
    java_number::read_datetime(text)
        .map_err(|words| Failure::caused_by(&format!("java.text.ParseException: {words}")))
}

/// The offset that each partition has for `spec`; -1 if there is none.
fn look_up(shell: &mut Shell<'_>, partitions: &[TopicPartition], spec: OffsetSpec) -> Result<Plan, Failure> {
    let is_answered = |world: &World| {
        !list_offsets(world, partitions, spec).iter().any(|listed| listed.error.is_retriable())
    };
    shell.try_until("listOffsets(api=METADATA)", view::TIMEOUT_MS, is_answered).map_err(offsets::too_late)?;
    let listed = list_offsets(shell.world(), partitions, spec);
    Ok(listed.into_iter().map(|listed| (listed.tp, listed.offset.0)).collect())
}

/// The same for a time; the end where nothing is so new.
fn at_time(shell: &mut Shell<'_>, partitions: &[TopicPartition], spec: OffsetSpec) -> Result<Plan, Failure> {
    const UNKNOWN: Offset = Offset(-1);
    let found = look_up(shell, partitions, spec)?;
    let (mut plan, late): (Plan, Plan) = found.into_iter().partition(|(_, offset)| *offset != UNKNOWN.0);
    let late = sorted(late);
    for (tp, _) in &late {
        shell.say(format!(
            "\nWarn: Partition {} from topic {} is empty. Falling back to latest known offset.",
            tp.partition, tp.topic
        ));
    }
    let late: Vec<TopicPartition> = late.into_iter().map(|(tp, _)| tp).collect();
    plan.extend(look_up(shell, &late, OffsetSpec::Latest)?);
    Ok(plan)
}

/// Never outside of what the logs hold (`checkOffsetsRange`).
fn check_range(shell: &mut Shell<'_>, plan: Plan) -> Result<Plan, Failure> {
    let partitions: Vec<TopicPartition> = plan.iter().map(|(tp, _)| tp.clone()).collect();
    let starts: Map<TopicPartition, i64> =
        look_up(shell, &partitions, OffsetSpec::Earliest)?.into_iter().collect();
    let ends: Map<TopicPartition, i64> =
        look_up(shell, &partitions, OffsetSpec::Latest)?.into_iter().collect();
    let mut checked = Plan::new();
    for (tp, offset) in sorted(plan) {
        let (start, end) = (starts.get(&tp).copied(), ends.get(&tp).copied());
        let bound = match (start, end) {
            (_, Some(end)) if offset > end => Some(("higher than latest", end)),
            (Some(start), _) if offset < start => Some(("lower than earliest", start)),
            _ => None,
        };
        if let Some((how, bound)) = bound {
            let words = format!(
                "New offset ({offset}) is {how} offset for topic partition {tp}. Value will be set to {bound}"
            );
            shell.log("WARN", &words, LOGGER);
        }
        checked.push((tp, bound.map_or(offset, |(_, bound)| bound)));
    }
    Ok(checked)
}

/// Lines `topic,partition,offset`, or with the group before.
fn from_file(shell: &mut Shell<'_>, given: &Given, path: &str, group: &str) -> Result<Plan, Failure> {
    let Some(text) = shell.read(path) else {
        return Err(Failure::caused_by(&format!("java.nio.file.NoSuchFileException: {path}")));
    };
    let is_single = given.values("group").len() == 1;
    let mut plan = Plan::new();
    let mut found = false;
    for line in text.lines().filter(|line| !line.is_empty()) {
        let cells: Vec<&str> = line.split(',').map(|cell| cell.trim_matches('"')).collect();
        let (of, topic, partition, offset) = match cells.as_slice() {
            [topic, partition, offset] if is_single => (group, *topic, *partition, *offset),
            [of, topic, partition, offset] => (*of, *topic, *partition, *offset),
            _ => continue,
        };
        if let (true, Ok(partition), Ok(offset)) = (of == group, partition.parse(), offset.parse()) {
            found = true;
            plan.push((TopicPartition::new(topic, partition), offset));
        }
    }
    if !found {
        error(shell, &format!("No reset plan for group {group} found"));
    }
    Ok(plan)
}
