//! `kafka-delete-records`: a log begins later. Where Kafka's tool wants a file, what would be in it can be written.

use crate::help::Help;
use crate::language::arguments::{Argument, Arguments, Options};
use crate::language::problem::Problem;
use crate::language::quote::option;
use millrace_expr::{Value, json};
use millrace_model::protocol::AdminRequest;
use millrace_model::{Offset, TopicPartition};
use millrace_sim::Command;

pub(super) const HELP: &[Help] = &[Help {
    name: "kafka-delete-records",
    synopsis: "kafka-delete-records --offset-json-file '{\"partitions\":[{\"topic\":TOPIC,\"partition\":N,\"offset\":N}],\"version\":1}' [--bootstrap-server HOST:PORT]",
    meaning: "deletes the records before an offset; -1 is the end",
    example: "kafka-delete-records --offset-json-file '{\"partitions\":[{\"topic\":\"orders\",\"partition\":0,\"offset\":5}],\"version\":1}'",
}];

const EXPECTED: &str = "offsets as JSON, such as {\"partitions\":[{\"topic\":\"orders\",\"partition\":0,\"offset\":5}],\"version\":1}";

pub(super) fn parse(arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let options = Options { once: vec!["offset-json-file", "bootstrap-server"], many: &[] };
    let mut offsets = None;
    while let Some(argument) = arguments.argument(&options)? {
        match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option("offset-json-file") => {
                let value = arguments.value(EXPECTED)?;
                offsets = Some(read(value.text()).ok_or_else(|| value.wrong(EXPECTED))?);
            }
            Argument::Option(_) => drop(arguments.value("the broker's address")?),
        }
    }
    let offsets = offsets.ok_or_else(|| arguments.missing("--offset-json-file"))?;
    Ok(Command::Administer { request: Box::new(AdminRequest::DeleteRecords { offsets }) })
}

fn read(text: &str) -> Option<Vec<(TopicPartition, Offset)>> {
    let Value::Map(whole) = json::parse(text).ok()? else { return None };
    let Value::List(partitions) = whole.get("partitions")? else { return None };
    let number = |value: &Value| value.to_text().parse::<i64>().ok();
    partitions
        .iter()
        .map(|partition| {
            let Value::Map(partition) = partition else { return None };
            let topic = partition.get("topic")?.as_text()?.to_owned();
            let number_of = |name| partition.get(name).and_then(number);
            let index = i32::try_from(number_of("partition")?).ok()?;
            Some((TopicPartition::new(topic, index), Offset(number_of("offset")?)))
        })
        .collect()
}

pub(super) fn print(offsets: &[(TopicPartition, Offset)]) -> String {
    let shown: Vec<String> = offsets
        .iter()
        .map(|(tp, offset)| {
            let topic = tp.topic.as_str().replace('\\', "\\\\").replace('"', "\\\"");
            format!("{{\"topic\":\"{topic}\",\"partition\":{},\"offset\":{offset}}}", tp.partition)
        })
        .collect();
    let mut line = "kafka-delete-records".to_owned();
    option(&mut line, "offset-json-file", &format!("{{\"partitions\":[{}],\"version\":1}}", shown.join(",")));
    line
}
