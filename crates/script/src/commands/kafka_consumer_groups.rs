//! `kafka-consumer-groups`: Kafka's own tool with Kafka's own options, as far as it changes something.

use super::topic;
use crate::help::Help;
use crate::language::arguments::{Argument, Arguments, Options, Value};
use crate::language::iso;
use crate::language::number::whole;
use crate::language::problem::Problem;
use crate::language::quote::option;
use millrace_expr::Span;
use millrace_model::protocol::AdminRequest;
use millrace_model::{GroupId, Partition, TopicName, TopicPartition};
use millrace_sim::{Command, ResetScope, ResetTarget};

pub(super) const HELP: &[Help] = &[
    Help {
        name: "kafka-consumer-groups --reset-offsets",
        synopsis: "kafka-consumer-groups --reset-offsets --group GROUP --all-topics | --topic TOPIC[:P,P…]… --to-earliest | --to-latest | --to-current | --to-offset N | --shift-by N | --to-datetime YYYY-MM-DDTHH:mm:ss.sss | --by-duration PnDTnHnMnS [--execute | --dry-run] [--bootstrap-server HOST:PORT]",
        meaning: "changes what an inactive group has committed",
        example: "kafka-consumer-groups --reset-offsets --group billing --topic orders --to-earliest --execute",
    },
    Help {
        name: "kafka-consumer-groups --delete",
        synopsis: "kafka-consumer-groups --delete --group GROUP [--bootstrap-server HOST:PORT]",
        meaning: "deletes a group without members, and what it has committed",
        example: "kafka-consumer-groups --delete --group billing",
    },
    Help {
        name: "kafka-consumer-groups --delete-offsets",
        synopsis: "kafka-consumer-groups --delete-offsets --group GROUP --topic TOPIC:P[,P…]… [--bootstrap-server HOST:PORT]",
        meaning: "deletes what a group has committed for topics that it does not read now",
        example: "kafka-consumer-groups --delete-offsets --group billing --topic orders:0,1",
    },
];

const TARGETS: [&str; 7] =
    ["to-earliest", "to-latest", "to-current", "to-offset", "shift-by", "to-datetime", "by-duration"];

pub(super) fn parse(arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let mut once = vec![
        "reset-offsets",
        "delete",
        "delete-offsets",
        "group",
        "all-topics",
        "execute",
        "dry-run",
        "bootstrap-server",
    ];
    once.extend(TARGETS);
    let options = Options { once, many: &["topic"] };
    let (mut is_reset, mut all_topics) = (false, false);
    let (mut deletes, mut deletes_offsets) = (false, false);
    let (mut group, mut topics) = (None, Vec::new());
    let mut target: Option<(&str, ResetTarget)> = None;
    let mut how: Option<(bool, Span)> = None;
    while let Some(argument) = arguments.argument(&options)? {
        let name = match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option(name) => name,
        };
        match name {
            "reset-offsets" => is_reset = true,
            "delete" => deletes = true,
            "delete-offsets" => deletes_offsets = true,
            "all-topics" => all_topics = true,
            "group" => {
                group = Some(GroupId::from(arguments.value("a group's name")?.name("a group's name")?));
            }
            "topic" => topics.push(partitions(&arguments.value("a topic, such as orders or orders:0,1")?)?),
            "execute" | "dry-run" => {
                if how.is_some() {
                    let at = arguments.option_span();
                    return Err(arguments.problem(at, "one of --execute and --dry-run", "both"));
                }
                how = Some((name == "execute", arguments.option_span()));
            }
            "bootstrap-server" => drop(arguments.value("the broker's address")?),
            name => {
                if let Some((other, _)) = target {
                    let at = arguments.option_span();
                    let found = format!("--{name} and --{other}");
                    return Err(arguments.problem(at, "one place to reset to", found));
                }
                target = Some((name, read_target(name, arguments)?));
            }
        }
    }
    if u8::from(is_reset) + u8::from(deletes) + u8::from(deletes_offsets) != 1 {
        return Err(arguments.missing("one of --reset-offsets, --delete and --delete-offsets"));
    }
    let group = group.ok_or_else(|| arguments.missing("--group and a group's name"))?;
    if !is_reset {
        if all_topics || target.is_some() || how.is_some() {
            return Err(arguments.missing("--reset-offsets, to which these options belong"));
        }
        let request = if deletes {
            AdminRequest::DeleteGroups { group }
        } else {
            let partitions: Vec<TopicPartition> = topics
                .into_iter()
                .flat_map(|(topic, partitions)| {
                    let tp = move |partition| TopicPartition { topic: topic.clone(), partition };
                    partitions.into_iter().map(tp)
                })
                .collect();
            if partitions.is_empty() {
                return Err(arguments.missing("--topic and partitions, such as orders:0,1"));
            }
            AdminRequest::OffsetDelete { group, partitions }
        };
        return Ok(Command::Administer { request: Box::new(request) });
    }
    let scope = match (all_topics, topics.is_empty()) {
        (true, true) => ResetScope::AllTopics,
        (false, false) => ResetScope::Topics(topics),
        (true, false) | (false, true) => return Err(arguments.missing("either --all-topics or --topic")),
    };
    let Some((_, to)) = target else {
        let names = TARGETS.map(|name| format!("--{name}")).join(", ");
        return Err(arguments.missing(&format!("where to: one of {names}")));
    };
    Ok(Command::ResetOffsets { group, scope, to, execute: how.is_some_and(|(execute, _)| execute) })
}

pub(super) fn print_delete(group: &GroupId) -> String {
    let mut line = "kafka-consumer-groups --delete".to_owned();
    option(&mut line, "group", group.as_str());
    line
}

pub(super) fn print_delete_offsets(group: &GroupId, partitions: &[TopicPartition]) -> String {
    let mut line = "kafka-consumer-groups --delete-offsets".to_owned();
    option(&mut line, "group", group.as_str());
    for run in partitions.chunk_by(|a, b| a.topic == b.topic) {
        let numbers: Vec<String> = run.iter().map(|tp| tp.partition.to_string()).collect();
        if let Some(first) = run.first() {
            option(&mut line, "topic", &format!("{}:{}", first.topic, numbers.join(",")));
        }
    }
    line
}

fn read_target(name: &str, arguments: &mut Arguments<'_>) -> Result<ResetTarget, Problem> {
    Ok(match name {
        "to-earliest" => ResetTarget::Earliest,
        "to-latest" => ResetTarget::Latest,
        "to-current" => ResetTarget::Current,
        "to-offset" => {
            ResetTarget::Offset(whole(&arguments.value("an offset")?, "an offset", i64::MIN, i64::MAX)?)
        }
        "shift-by" => {
            let what = "by how many records";
            ResetTarget::ShiftBy(whole(&arguments.value(what)?, what, i64::MIN, i64::MAX)?)
        }
        "to-datetime" => {
            let what = "a time such as 2026-01-01T12:00:30.000";
            let value = arguments.value(what)?;
            ResetTarget::Datetime(iso::read_datetime(value.text()).ok_or_else(|| value.wrong(what))?)
        }
        _ => {
            let what = "a duration such as PT1H or P1DT30M";
            let value = arguments.value(what)?;
            ResetTarget::Duration(iso::read_duration(value.text()).ok_or_else(|| value.wrong(what))?)
        }
    })
}

/// `orders`, `orders:0,2`.
fn partitions(value: &Value<'_>) -> Result<(TopicName, Vec<Partition>), Problem> {
    let Some((name, list)) = value.text().split_once(':') else {
        return Ok((topic(value)?, Vec::new()));
    };
    let numbers: Option<Vec<Partition>> =
        list.split(',').map(|n| n.parse().ok().filter(|n| *n >= 0).map(Partition)).collect();
    match numbers {
        Some(numbers) if !name.is_empty() => Ok((name.into(), numbers)),
        _ => Err(value.wrong("a topic and its partitions, such as orders:0,1")),
    }
}

pub(super) fn print_reset(group: &GroupId, scope: &ResetScope, to: ResetTarget, execute: bool) -> String {
    let mut line = "kafka-consumer-groups --reset-offsets".to_owned();
    option(&mut line, "group", group.as_str());
    match scope {
        ResetScope::AllTopics => line.push_str(" --all-topics"),
        ResetScope::Topics(topics) => {
            for (topic, partitions) in topics {
                let numbers: Vec<String> = partitions.iter().map(|p| p.0.to_string()).collect();
                let sign = if numbers.is_empty() { "" } else { ":" };
                option(&mut line, "topic", &format!("{topic}{sign}{}", numbers.join(",")));
            }
        }
    }
    match to {
        ResetTarget::Earliest => line.push_str(" --to-earliest"),
        ResetTarget::Latest => line.push_str(" --to-latest"),
        ResetTarget::Current => line.push_str(" --to-current"),
        ResetTarget::Offset(offset) => option(&mut line, "to-offset", &offset.to_string()),
        ResetTarget::ShiftBy(by) => option(&mut line, "shift-by", &by.to_string()),
        ResetTarget::Datetime(timestamp) => {
            option(&mut line, "to-datetime", &iso::print_datetime(timestamp));
        }
        ResetTarget::Duration(span) => option(&mut line, "by-duration", &iso::print_duration(span)),
    }
    line.push_str(if execute { " --execute" } else { " --dry-run" });
    line
}
