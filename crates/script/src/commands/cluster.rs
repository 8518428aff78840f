//! `cluster start`: several brokers with a controller; and what is done to the process of one of them (`broker crash`, `stop`,
//! `restart`).

use crate::help::Help;
use crate::language::arguments::{Argument, Arguments, Options};
use crate::language::number::whole;
use crate::language::problem::Problem;
use crate::language::quote::{add, option};
use crate::settings::{self, cluster::SETTINGS};
use millrace_model::config::cluster::ClusterConfig;
use millrace_model::protocol::{AlterPartitionReassignmentsRequest, ElectLeadersRequest, ElectionType};
use millrace_model::{BrokerId, Partition, Profile, TopicPartition};
use millrace_sim::{BrokerAction, ClusterCommand, Command};
use std::sync::Arc;

pub(super) const HELP: &[Help] = &[
    Help {
        name: "cluster start",
        synopsis: "cluster start --brokers N [--controllers N] [--racks A,B,…] [--override KEY=VALUE…]",
        meaning: "starts several brokers and a controller that never fails, or several controllers; only before anything else is there",
        example: "cluster start --brokers 3",
    },
    Help {
        name: "kafka-leader-election",
        synopsis: "kafka-leader-election --election-type preferred|unclean (--topic TOPIC --partition N | --all-topic-partitions) [--bootstrap-server HOST:PORT]",
        meaning: "elects the preferred leader, or a replica that is not in sync where there is no leader",
        example: "kafka-leader-election --election-type preferred --topic orders --partition 0",
    },
    Help {
        name: "cluster reassign",
        synopsis: "cluster reassign TOPIC-PARTITION A,B,…|cancel [TOPIC-PARTITION …]",
        meaning: "gives partitions other replicas, the preferred leader first, or calls that off while it is under way",
        example: "cluster reassign orders-0 2,3,1",
    },
    Help {
        name: "cluster add",
        synopsis: "cluster add broker-N [--rack RACK]",
        meaning: "starts one more broker with an empty disk; it holds nothing until partitions are moved to it",
        example: "cluster add broker-4 --rack b",
    },
    Help {
        name: "kafka-cluster",
        synopsis: "kafka-cluster unregister --id N [--bootstrap-server HOST:PORT]",
        meaning: "makes the controller forget a broker: it leads nothing and is in sync with nothing any more",
        example: "kafka-cluster unregister --id 4",
    },
    Help {
        name: "broker crash",
        synopsis: "broker crash broker-N [--lose unflushed|disk]",
        meaning: "kills a broker: its memory is gone, what it has written stays, unless its machine loses its power, too (what was not flushed is gone), or its disk",
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

pub(super) fn parse(arguments: &mut Arguments<'_>, profile: Profile) -> Result<Command, Problem> {
    match arguments.choice("what to do:", &["start", "reassign", "add"])? {
        1 => return parse_reassign(arguments),
        2 => return parse_add(arguments),
        _ => {}
    }
    let options = Options { once: vec!["brokers", "controllers", "racks"], many: &["override"] };
    let (mut brokers, mut controllers, mut racks, mut config) =
        (3, 1, Vec::new(), ClusterConfig::defaults(profile));
    while let Some(argument) = arguments.argument(&options)? {
        match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option("brokers") => {
                let what = "how many brokers";
                brokers = whole(&arguments.value(what)?, what, 1, u32::MAX)?;
            }
            Argument::Option("controllers") => {
                let what = "how many controllers";
                controllers = whole(&arguments.value(what)?, what, 1, u32::MAX)?;
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
    Ok(Command::Cluster(Box::new(ClusterCommand::Start { brokers, controllers, racks, config })))
}

fn parse_add(arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let what = "a broker, such as broker-4";
    let value = arguments.word(what)?;
    let id = super::faults::broker(&value, what)?;
    let mut rack = None;
    while let Some(argument) = arguments.argument(&Options { once: vec!["rack"], many: &[] })? {
        match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option(_) => rack = Some(Arc::from(arguments.value("a rack")?.text())),
        }
    }
    Ok(Command::Cluster(Box::new(ClusterCommand::AddBroker { id, rack })))
}

/// `kafka-cluster unregister`.
pub(super) fn parse_unregister(arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    arguments.choice("what to do:", &["unregister"])?;
    let mut id = None;
    let options = Options { once: vec!["id", "bootstrap-server"], many: &[] };
    while let Some(argument) = arguments.argument(&options)? {
        match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option("id") => {
                let what = "the number of a broker";
                id = Some(whole(&arguments.value(what)?, what, 0, i32::MAX)?);
            }
            Argument::Option(_) => drop(arguments.value("the broker's address")?),
        }
    }
    let id = id.ok_or_else(|| arguments.missing("--id and the number of a broker"))?;
    Ok(Command::Cluster(Box::new(ClusterCommand::Unregister(BrokerId(id)))))
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

const TP: &str = "a partition such as orders-0";
const REPLICAS: &str = "its replicas, such as 2,3,1, or cancel";

fn parse_reassign(arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let mut partitions = Vec::new();
    let mut next = Some(arguments.word(TP)?);
    while let Some(value) = next {
        let parts = value.text().rsplit_once('-').filter(|(topic, _)| !topic.is_empty());
        let partition = parts.and_then(|(_, n)| n.parse().ok()).filter(|n: &i32| *n >= 0);
        let (Some((topic, _)), Some(partition)) = (parts, partition) else { return Err(value.wrong(TP)) };
        let tp = TopicPartition { topic: topic.into(), partition: Partition(partition) };
        let replicas = arguments.word(REPLICAS)?;
        let target = if replicas.text() == "cancel" {
            None
        } else {
            let ids: Option<Vec<BrokerId>> =
                replicas.text().split(',').map(|id| id.parse().ok().map(BrokerId)).collect();
            Some(ids.ok_or_else(|| replicas.wrong(REPLICAS))?)
        };
        partitions.push((tp, target));
        next = arguments.next_if(|_| true);
    }
    arguments.done()?;
    let request = AlterPartitionReassignmentsRequest { partitions };
    Ok(Command::Cluster(Box::new(ClusterCommand::Reassign(request))))
}

fn print_reassign(request: &AlterPartitionReassignmentsRequest) -> String {
    let mut line = "cluster reassign".to_owned();
    for (tp, target) in &request.partitions {
        add(&mut line, &tp.to_string());
        let ids = |ids: &Vec<BrokerId>| ids.iter().map(BrokerId::to_string).collect::<Vec<_>>().join(",");
        add(&mut line, &target.as_ref().map_or("cancel".to_owned(), ids));
    }
    line
}

const LOSSES: [(&str, BrokerAction); 2] =
    [("unflushed", BrokerAction::CrashUnflushed), ("disk", BrokerAction::CrashDiskLost)];

/// What follows `broker crash broker-N`.
pub(super) fn parse_crash(arguments: &mut Arguments<'_>) -> Result<BrokerAction, Problem> {
    let mut action = BrokerAction::Crash;
    while let Some(argument) = arguments.argument(&Options { once: vec!["lose"], many: &[] })? {
        match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option(_) => {
                let what = "what is lost:";
                let at = arguments.value(what)?.choice(what, &LOSSES.map(|(word, _)| word))?;
                action = LOSSES.get(at).map_or(action, |(_, action)| *action);
            }
        }
    }
    Ok(action)
}

fn print_action(id: BrokerId, action: BrokerAction) -> String {
    let (word, lost) = match action {
        BrokerAction::Crash => ("crash", ""),
        BrokerAction::CrashUnflushed => ("crash", " --lose unflushed"),
        BrokerAction::CrashDiskLost => ("crash", " --lose disk"),
        BrokerAction::Stop => ("stop", ""),
        BrokerAction::Restart => ("restart", ""),
    };
    format!("broker {word} broker-{id}{lost}")
}

pub(super) fn act(id: BrokerId, action: BrokerAction) -> Command {
    Command::Cluster(Box::new(ClusterCommand::Broker { id, action }))
}

pub(super) fn print(command: &ClusterCommand, profile: Profile) -> String {
    match command {
        ClusterCommand::Start { brokers, controllers, racks, config } => {
            let mut line = format!("cluster start --brokers {brokers}");
            if *controllers != 1 {
                option(&mut line, "controllers", &controllers.to_string());
            }
            if !racks.is_empty() {
                option(&mut line, "racks", &racks.join(","));
            }
            let defaults = ClusterConfig::defaults(profile);
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
        ClusterCommand::Broker { id, action } => print_action(*id, *action),
        ClusterCommand::Reassign(request) => print_reassign(request),
        ClusterCommand::AddBroker { id, rack } => {
            let mut line = format!("cluster add broker-{id}");
            if let Some(rack) = rack {
                option(&mut line, "rack", rack);
            }
            line
        }
        ClusterCommand::Unregister(id) => format!("kafka-cluster unregister --id {id}"),
        ClusterCommand::Controller { id, action } => super::controllers::print(*id, *action),
    }
}
