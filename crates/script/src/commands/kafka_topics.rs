//! `kafka-topics`: Kafka's own tool with Kafka's own options. The broker judges names and numbers, as it does there.

use super::topic;
use crate::help::Help;
use crate::language::arguments::{Argument, Arguments, Options, Value};
use crate::language::number::whole;
use crate::language::problem::Problem;
use crate::language::quote::option;
use crate::settings;
use millrace_expr::Span;
use millrace_model::config::topic::TopicConfig;
use millrace_model::{BrokerId, Profile, TopicName};
use millrace_sim::{ClusterCommand, Command};

pub(super) const HELP: &[Help] = &[
    Help {
        name: "kafka-topics --create",
        synopsis: "kafka-topics --create --topic TOPIC [--partitions N] [--replication-factor N] [--config KEY=VALUE]… [--bootstrap-server HOST:PORT]",
        meaning: "creates a topic",
        example: "kafka-topics --create --topic orders --partitions 3 --config message.timestamp.type=LogAppendTime",
    },
    Help {
        name: "kafka-topics --alter",
        synopsis: "kafka-topics --alter --topic TOPIC --partitions N [--bootstrap-server HOST:PORT]",
        meaning: "gives a topic more partitions; keys may move to other ones",
        example: "kafka-topics --alter --topic orders --partitions 6",
    },
    Help {
        name: "kafka-topics --delete",
        synopsis: "kafka-topics --delete --topic TOPIC [--bootstrap-server HOST:PORT]",
        meaning: "deletes a topic with all its records, and what groups had committed for it",
        example: "kafka-topics --delete --topic orders",
    },
];

const CREATE: &str = "--create, --alter or --delete";

pub(super) fn parse(arguments: &mut Arguments<'_>, profile: Profile) -> Result<Command, Problem> {
    let options = Options {
        once: vec![
            "create",
            "alter",
            "delete",
            "topic",
            "partitions",
            "replication-factor",
            "replica-assignment",
            "bootstrap-server",
        ],
        many: &["config"],
    };
    let (mut create, mut alter): (Option<Span>, Option<Span>) = (None, None);
    let mut delete: Option<Span> = None;
    let mut name = None;
    let mut partitions = None;
    let mut replication_factor = None;
    let mut config = TopicConfig::default();
    let mut only_for_create = None;
    let mut assigned = None;
    while let Some(argument) = arguments.argument(&options)? {
        match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option("create") => create = Some(arguments.option_span()),
            Argument::Option("alter") => alter = Some(arguments.option_span()),
            Argument::Option("delete") => delete = Some(arguments.option_span()),
            Argument::Option("topic") => name = Some(topic(&arguments.value("a topic's name")?)?),
            Argument::Option("partitions") => {
                let what = "the number of partitions";
                partitions = Some(whole(&arguments.value(what)?, what, i32::MIN, i32::MAX)?);
            }
            Argument::Option("replication-factor") => {
                only_for_create = Some((arguments.option_span(), "--replication-factor"));
                let what = "the replication factor";
                replication_factor = Some(whole(&arguments.value(what)?, what, i16::MIN, i16::MAX)?);
            }
            Argument::Option("replica-assignment") => {
                only_for_create = Some((arguments.option_span(), "--replica-assignment"));
                assigned = Some((arguments.option_span(), replicas(&arguments.value(REPLICAS)?)?));
            }
            Argument::Option("config") => {
                only_for_create = Some((arguments.option_span(), "--config"));
                let value = arguments.value("a topic's setting and its value")?;
                settings::topic::read(&mut config, &value, profile)?;
            }
            // Every real command needs it; here there is one cluster, so that it says nothing.
            Argument::Option(_) => drop(arguments.value("the broker's address")?),
        }
    }
    let topic =
        |arguments: &mut Arguments<'_>| name.ok_or_else(|| arguments.missing("--topic and a topic's name"));
    if let Some(at) = delete {
        if create.or(alter).is_some() {
            return Err(arguments.problem(at, "one thing to do", "--delete, too"));
        }
        if let Some((at, name)) = only_for_create {
            let found = format!("{name} with --delete");
            return Err(arguments.problem(at, "--create, to which this option belongs", found));
        }
        return Ok(Command::DeleteTopic { topic: topic(arguments)? });
    }
    match (create, alter) {
        (Some(_), Some(at)) => Err(arguments.problem(at, "--create alone", "--alter, too")),
        (None, None) => Err(arguments.missing(CREATE)),
        (Some(_), None) if assigned.is_some() => {
            let (at, replicas) = assigned.unwrap_or_default();
            if partitions.is_some() || replication_factor.is_some() {
                let expected = "--replica-assignment without --partitions and --replication-factor";
                return Err(arguments.problem(at, expected, "one of them, too"));
            }
            let command = ClusterCommand::CreateTopic { topic: topic(arguments)?, config, replicas };
            Ok(Command::Cluster(Box::new(command)))
        }
        (Some(_), None) => {
            Ok(Command::CreateTopic { topic: topic(arguments)?, partitions, replication_factor, config })
        }
        (None, Some(_)) => {
            if let Some((at, name)) = only_for_create {
                return Err(arguments.problem(
                    at,
                    "--create, to which this option belongs",
                    format!("{name} with --alter"),
                ));
            }
            let topic = topic(arguments)?;
            let total = partitions.ok_or_else(|| arguments.missing("--partitions and their number"))?;
            Ok(Command::AddPartitions { topic, total })
        }
    }
}

const REPLICAS: &str = "the replicas of each partition, such as 1:2:3,2:3:1";

fn replicas(value: &Value<'_>) -> Result<Vec<Vec<BrokerId>>, Problem> {
    let partition = |text: &str| -> Option<Vec<BrokerId>> {
        text.split(':').map(|id| id.parse().ok().filter(|id| *id >= 0).map(BrokerId)).collect()
    };
    value.text().split(',').map(partition).collect::<Option<Vec<_>>>().ok_or_else(|| value.wrong(REPLICAS))
}

pub(super) fn print_assigned(topic: &TopicName, config: &TopicConfig, replicas: &[Vec<BrokerId>]) -> String {
    let mut line = print_create(topic, None, None, &TopicConfig::default());
    let partition = |ids: &Vec<BrokerId>| ids.iter().map(BrokerId::to_string).collect::<Vec<_>>().join(":");
    option(&mut line, "replica-assignment", &replicas.iter().map(partition).collect::<Vec<_>>().join(","));
    settings::topic::print(&mut line, config);
    line
}

pub(super) fn print_create(
    topic: &TopicName,
    partitions: Option<i32>,
    replication_factor: Option<i16>,
    config: &TopicConfig,
) -> String {
    let mut line = "kafka-topics --create".to_owned();
    option(&mut line, "topic", topic.as_str());
    if let Some(partitions) = partitions {
        option(&mut line, "partitions", &partitions.to_string());
    }
    if let Some(factor) = replication_factor {
        option(&mut line, "replication-factor", &factor.to_string());
    }
    settings::topic::print(&mut line, config);
    line
}

pub(super) fn print_delete(topic: &TopicName) -> String {
    let mut line = "kafka-topics --delete".to_owned();
    option(&mut line, "topic", topic.as_str());
    line
}

pub(super) fn print_alter(topic: &TopicName, total: i32) -> String {
    let mut line = "kafka-topics --alter".to_owned();
    option(&mut line, "topic", topic.as_str());
    option(&mut line, "partitions", &total.to_string());
    line
}
