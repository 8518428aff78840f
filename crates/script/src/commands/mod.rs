//! The commands: one file each, with its parser, its printer and its lines of help.
//!
//! To add one: a file with `parse`, `print` and `HELP`, an arm in [`parse`], an arm in [`print()`], a line in [`help`].

mod app;
mod cluster;
mod consumer;
mod controllers;
mod dashboard;
mod desk;
mod errands;
mod faults;
mod kafka_configs;
mod kafka_consumer_groups;
mod kafka_delete_records;
mod kafka_server_start;
mod kafka_topics;
mod kafka_transactions;
mod listeners;
mod machines;
mod network;
mod produce;
mod producer;
mod queues;
mod services;
mod streams;
mod topic_import;

pub use produce::json_lines;

use crate::help::Help;
use crate::language::arguments::{Arguments, Value};
use crate::language::problem::Problem;
use millrace_model::{Profile, TopicName};
use millrace_sim::Command;

/// The first words of all commands.
pub(crate) const NAMES: &[&str] = &[
    "kafka-server-start",
    "cluster",
    "kafka-leader-election",
    "kafka-cluster",
    "kafka-topics",
    "kafka-consumer-groups",
    "kafka-configs",
    "kafka-delete-records",
    "kafka-transactions",
    "producer",
    "produce",
    "app",
    "consumer",
    "streams",
    "dashboard",
    "topic",
    "network",
    "machines",
    "broker",
    "controller",
    "dlq",
    "alert",
    "service",
    "queue",
];

/// Reads what follows the first word; `None` if no command begins with it.
pub(crate) fn parse(
    first: &str,
    arguments: &mut Arguments<'_>,
    profile: Profile,
) -> Option<Result<Command, Problem>> {
    Some(match first {
        "kafka-topics" | "kafka-topics.sh" => kafka_topics::parse(arguments, profile),
        "cluster" => cluster::parse(arguments, profile),
        "kafka-leader-election" | "kafka-leader-election.sh" => cluster::parse_election(arguments),
        "kafka-cluster" | "kafka-cluster.sh" => cluster::parse_unregister(arguments),
        "kafka-server-start" | "kafka-server-start.sh" => kafka_server_start::parse(arguments, profile),
        "kafka-consumer-groups" | "kafka-consumer-groups.sh" => kafka_consumer_groups::parse(arguments),
        "kafka-configs" | "kafka-configs.sh" => kafka_configs::parse(arguments),
        "kafka-delete-records" | "kafka-delete-records.sh" => kafka_delete_records::parse(arguments),
        "kafka-transactions" | "kafka-transactions.sh" => kafka_transactions::parse(arguments),
        "producer" => producer::parse(arguments, profile),
        "produce" => produce::parse(arguments),
        "app" => app::parse(arguments, profile),
        "consumer" => consumer::parse(arguments, profile),
        "streams" => streams::parse(arguments),
        "dashboard" => dashboard::parse(arguments),
        "topic" => topic_import::parse(arguments),
        "network" => network::parse(arguments),
        "machines" => machines::parse(arguments),
        "broker" => faults::parse_broker(arguments),
        "controller" => controllers::parse(arguments),
        "dlq" => desk::parse(arguments),
        "service" => services::parse(arguments),
        "queue" => queues::parse(arguments),
        "alert" => desk::parse_alert(arguments),
        _ => return None,
    })
}

/// The line that says the same, without what is the default anyway. The parser's inverse under the same `profile`.
pub fn print(command: &Command, profile: Profile) -> String {
    match command {
        Command::CreateTopic { topic, partitions, replication_factor, config } => {
            kafka_topics::print_create(topic, *partitions, *replication_factor, config)
        }
        Command::AddPartitions { topic, total } => kafka_topics::print_alter(topic, *total),
        Command::StartProducer { name, topic, config } => producer::print_start(name, topic, config, profile),
        Command::SetWorkload { producer, workload } => producer::print_rate(producer, workload.as_ref()),
        Command::Produce { producer, records } => produce::print(producer.as_deref(), records),
        Command::StartApp { app, instances } => app::print_start(app, *instances, profile),
        Command::SetWork { group, instance: None, work } => app::print_work(group, *work),
        Command::SetFailures { group, rules } => app::print_fails(group, rules),
        Command::SetRetry { group, retry } => app::print_retry(group, retry),
        Command::DeleteTopic { topic } => kafka_topics::print_delete(topic),
        Command::ResetOffsets { group, scope, to, execute } => {
            kafka_consumer_groups::print_reset(group, scope, *to, *execute)
        }
        Command::StartBrokers { config } => kafka_server_start::print(config, profile),
        Command::AddInstance { group, name, own } => {
            errands::print_add(group, name.as_ref(), own.as_deref(), profile)
        }
        Command::Errand { group, name, errand } => errands::print(group, name, errand),
        Command::Instance { group, name, action } => consumer::print_action(group, name, *action),
        Command::SetWork { group, instance: Some(name), work } => consumer::print_work(group, name, *work),
        Command::StartStreams { name, pipeline, config, instances } => {
            streams::print_start(name, pipeline, config, *instances)
        }
        Command::StopStreams { name } => streams::print_stop(name),
        Command::AddStreamsInstance { name } => streams::print_add(name),
        Command::StreamsInstance { name, instance, action } => {
            streams::print_instance(name, instance, *action)
        }
        Command::OpenDashboard { name, topic } => dashboard::print_open(name, topic),
        Command::OpenFeed { name, from } => dashboard::print_feed(name, *from),
        Command::SetNetwork { latency } => network::print(*latency),
        Command::SetMachines(machines) => machines::print(machines.as_ref()),
        Command::Administer { request } => kafka_configs::print(request),
        Command::Fault(fault) => faults::print(fault),
        Command::DeskWork(work) => desk::print(work),
        Command::Service(command) => services::print(command),
        Command::Queue(command) => queues::print(command),
        Command::Cluster(command) => cluster::print(command, profile),
        Command::Producer { name, action } => producer::print_action(name, action),
        Command::SetAlert(rule) => desk::print_alert(rule),
        Command::SetListeners(change) => listeners::print(change),
    }
}

/// The help of all commands, in the order in which they are learnt.
pub(crate) fn help() -> impl Iterator<Item = &'static Help> {
    [
        kafka_server_start::HELP,
        cluster::HELP,
        controllers::HELP,
        kafka_topics::HELP,
        producer::HELP,
        produce::HELP,
        app::HELP,
        consumer::HELP,
        streams::HELP,
        crate::shown::HELP,
        dashboard::HELP,
        kafka_consumer_groups::HELP,
        kafka_configs::HELP,
        kafka_delete_records::HELP,
        kafka_transactions::HELP,
        topic_import::HELP,
        network::HELP,
        machines::HELP,
        faults::HELP,
        &[listeners::HELP],
        desk::HELP,
        services::HELP,
        queues::HELP,
    ]
    .into_iter()
    .flatten()
}

pub(crate) fn topic(value: &Value<'_>) -> Result<TopicName, Problem> {
    Ok(TopicName::from(value.name("a topic's name")?))
}
