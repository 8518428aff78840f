//! `topic import`: an empty topic takes over where another cluster's logs begin and end.

use crate::help::Help;
use crate::language::arguments::{Argument, Arguments, Options, Value};
use crate::language::problem::Problem;
use crate::language::quote::add;
use millrace_model::protocol::AdminRequest;
use millrace_model::{Offset, TopicName, TopicPartition};
use millrace_sim::Command;

pub(super) const HELP: &[Help] = &[Help {
    name: "topic import",
    synopsis: "topic import TOPIC --offsets P:START..END…",
    meaning: "lets the logs of an empty topic begin and end at the offsets of another cluster; what lies between is unknown here",
    example: "topic import orders --offsets 0:100..250 --offsets 1:0..90",
}];

const EXPECTED: &str = "a partition with its first and its next offset, such as 0:100..250";

pub(super) fn parse(arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    arguments.choice("what to do with a topic:", &["import"])?;
    let topic = super::topic(&arguments.word("a topic's name")?)?;
    let options = Options { once: Vec::new(), many: &["offsets"] };
    let mut offsets = Vec::new();
    while let Some(argument) = arguments.argument(&options)? {
        match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option(_) => offsets.push(read(&topic, &arguments.value(EXPECTED)?)?),
        }
    }
    if offsets.is_empty() {
        return Err(arguments.missing("--offsets"));
    }
    Ok(Command::Administer { request: Box::new(AdminRequest::ImportLogs { offsets }) })
}

fn read(topic: &TopicName, value: &Value<'_>) -> Result<(TopicPartition, Offset, Offset), Problem> {
    let (partition, rest) = value.text().split_once(':').unwrap_or_default();
    let (start, end) = rest.split_once("..").unwrap_or_default();
    match (partition.parse::<u16>(), start.parse::<i64>(), end.parse::<i64>()) {
        (Ok(partition), Ok(start), Ok(end)) if (0..=end).contains(&start) => {
            Ok((TopicPartition::new(topic.clone(), i32::from(partition)), Offset(start), Offset(end)))
        }
        _ => Err(value.wrong(EXPECTED)),
    }
}

pub(super) fn print(offsets: &[(TopicPartition, Offset, Offset)]) -> String {
    let mut line = "topic import".to_owned();
    if let Some((tp, ..)) = offsets.first() {
        add(&mut line, tp.topic.as_str());
    }
    for (tp, start, end) in offsets {
        line.push_str(&format!(" --offsets {}:{start}..{end}", tp.partition));
    }
    line
}
