//! `cluster start`: several brokers with a controller; and what is done to the process of one of them (`broker crash`, `stop`,
//! `restart`).

use crate::help::Help;
use crate::language::arguments::{Argument, Arguments, Options};
use crate::language::number::whole;
use crate::language::problem::Problem;
use crate::language::quote::option;
use crate::settings::{self, cluster::SETTINGS};
use millrace_model::config::cluster::ClusterConfig;
use millrace_model::protocol::{ElectLeadersRequest, ElectionType};
use millrace_model::{BrokerId, Partition, TopicPartition};
use millrace_sim::{BrokerAction, ClusterCommand, Command};
use std::sync::Arc;

pub(super) const HELP: &[Help] = &[
    Help {
        name: "cluster start",
        synopsis: "cluster start --brokers N [--racks A,B,…] [--override KEY=VALUE…]",
        meaning: "starts several brokers and a controller; only before anything else is there",
        example: "cluster start --brokers 3",
    },
    Help {
        name: "kafka-leader-election",
        synopsis: "kafka-leader-election --election-type preferred|unclean (--topic TOPIC --partition N | --all-topic-partitions) [--bootstrap-server HOST:PORT]",
        meaning: "elects the preferred leader, or a replica that is not in sync where there is no leader",
        example: "kafka-leader-election --election-type preferred --topic orders --partition 0",
    },
    Help {
        name: "broker crash",
        synopsis: "broker crash broker-N",
        meaning: "kills a broker: its memory is gone, what it has written stays",
        example: "broker crash broker-1",
    },
    Help {
        name: "broker stop",
        synopsis: "broker stop broker-N",
        meaning: "stops a broker cleanly: it gives its leaderships away first",
        example: "broker stop broker-1",
    },
    Help {
        name: "broker restart",
        synopsis: "broker restart broker-N",
        meaning: "starts a broker that was killed or stopped",
        example: "broker restart broker-1",
    },
];

pub(super) fn parse(arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    arguments.choice("what to do:", &["start"])?;
    let options = Options { once: vec!["brokers", "racks"], many: &["override"] };
    let (mut brokers, mut racks, mut config) = (3, Vec::new(), ClusterConfig::default());
    while let Some(argument) = arguments.argument(&options)? {
        match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option("brokers") => {
                let what = "how many brokers";
                brokers = whole(&arguments.value(what)?, what, 1, u32::MAX)?;
            }
            Argument::Option("racks") => {
                let what = "racks, such as a,b,c";
                let value = arguments.value(what)?;
                racks = value.text().split(',').map(Arc::from).collect();
                if racks.iter().any(|rack: &Arc<str>| rack.is_empty()) {
                    return Err(value.wrong(what));
                }
            }
            Argument::Option(_) => {
                let value = arguments.value("a broker's setting and its value")?;
                let what = ("a broker's setting", "broker.session.timeout.ms=6000");
                settings::read_pair(SETTINGS, what, &mut config, &value)?;
            }
        }
    }
    Ok(Command::Cluster(Box::new(ClusterCommand::Start { brokers, racks, config })))
}

const TYPES: [(&str, ElectionType); 2] =
    [("preferred", ElectionType::Preferred), ("unclean", ElectionType::Unclean)];

/// `kafka-leader-election`.
pub(super) fn parse_election(arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let options = Options {
        once: vec!["election-type", "topic", "partition", "all-topic-partitions", "bootstrap-server"],
        many: &[],
    };
    let (mut kind, mut topic, mut partition, mut all) = (None, None, None, false);
    while let Some(argument) = arguments.argument(&options)? {
        match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option("election-type") => {
                let what = "which election:";
                let at = arguments.value(what)?.choice(what, &TYPES.map(|(word, _)| word))?;
                kind = TYPES.get(at).map(|(_, kind)| *kind);
            }
            Argument::Option("topic") => topic = Some(super::topic(&arguments.value("a topic's name")?)?),
            Argument::Option("partition") => {
                let what = "the number of a partition";
                partition = Some(whole(&arguments.value(what)?, what, 0, i32::MAX)?);
            }
            Argument::Option("all-topic-partitions") => all = true,
            Argument::Option(_) => drop(arguments.value("the broker's address")?),
        }
    }
    let election_type = kind.ok_or_else(|| arguments.missing("--election-type and preferred or unclean"))?;
    let partitions = match (topic, partition) {
        (Some(topic), Some(partition)) if !all => {
            Some(vec![TopicPartition { topic, partition: Partition(partition) }])
        }
        (None, None) if all => None,
        _ => return Err(arguments.missing("--topic and --partition, or --all-topic-partitions")),
    };
    let request = ElectLeadersRequest { election_type, partitions };
    Ok(Command::Cluster(Box::new(ClusterCommand::ElectLeaders(request))))
}

fn print_election(request: &ElectLeadersRequest) -> String {
    let mut line = "kafka-leader-election".to_owned();
    let word = TYPES.iter().find(|(_, kind)| *kind == request.election_type).map_or("", |(word, _)| word);
    option(&mut line, "election-type", word);
    match request.partitions.as_deref() {
        Some([tp, ..]) => {
            option(&mut line, "topic", tp.topic.as_str());
            option(&mut line, "partition", &tp.partition.to_string());
        }
        Some([]) | None => line.push_str(" --all-topic-partitions"),
    }
    line
}

/// The words of [`BrokerAction`]s behind `broker`.
pub(super) const ACTIONS: [(&str, BrokerAction); 3] =
    [("crash", BrokerAction::Crash), ("stop", BrokerAction::Stop), ("restart", BrokerAction::Restart)];

pub(super) fn act(id: BrokerId, action: BrokerAction) -> Command {
    Command::Cluster(Box::new(ClusterCommand::Broker { id, action }))
}

pub(super) fn print(command: &ClusterCommand) -> String {
    match command {
        ClusterCommand::Start { brokers, racks, config } => {
            let mut line = format!("cluster start --brokers {brokers}");
            if !racks.is_empty() {
                option(&mut line, "racks", &racks.join(","));
            }
            let defaults = ClusterConfig::default();
            for setting in SETTINGS {
                let value = setting.show(config);
                if value != setting.show(&defaults) {
                    option(&mut line, "override", &format!("{}={value}", setting.key));
                }
            }
            line
        }
        ClusterCommand::CreateTopic { topic, config, replicas } => {
            super::kafka_topics::print_assigned(topic, config, replicas)
        }
        ClusterCommand::ElectLeaders(request) => print_election(request),
        ClusterCommand::Broker { id, action } => {
            let word = ACTIONS.iter().find(|(_, known)| known == action).map_or("", |(word, _)| word);
            format!("broker {word} broker-{id}")
        }
    }
}
