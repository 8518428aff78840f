//! `kafka-topics --describe`.

use super::{Failure, ensure_found, topics};
use crate::cluster::{broker, ongoing_reassignments, read_id, shown_id};
use crate::configs_of::topic_overrides;
use crate::java_map;
use crate::options::Given;
use crate::shell::Shell;
use millrace_broker::{PartitionState, Topic};
use millrace_model::protocol::OngoingReassignment;
use millrace_model::{BrokerId, TopicName};
use std::fmt::Write;

pub(super) fn describe(shell: &mut Shell<'_>, given: &Given) -> Result<(), Failure> {
    let id = match given.value("topic-id")? {
        Some(text) => {
            Some(read_id(text).map_err(Failure::illegal)?).filter(|id| (id.most, id.least) != (0, 0))
        }
        None => None,
    };
    let names: Vec<TopicName> = match id {
        Some(id) => {
            let all = broker(shell.world()).into_iter().flat_map(|broker| broker.topics());
            let found: Vec<TopicName> =
                all.filter(|topic| topic.id() == id).map(|topic| topic.name().clone()).collect();
            if found.is_empty() && !given.has("if-exists") {
                let words = format!("TopicId '{}' does not exist as expected", shown_id(id));
                return Err(Failure::illegal(words));
            }
            found
        }
        None => {
            let found = topics(shell, given)?;
            ensure_found(&found, given)?;
            java_map::order(found.iter().map(|name| name.to_string()).collect())
                .into_iter()
                .map(|name| TopicName::from(&*name))
                .collect()
        }
    };
    if !names.is_empty() {
        // What moves only the controller knows.
        shell.await_controller("listPartitionReassignments", None).map_err(|words| {
            let cause =
                "java.util.concurrent.ExecutionException: org.apache.kafka.common.errors.TimeoutException";
            Failure::new("java.lang.RuntimeException", format!("{cause}: {words}"))
        })?;
    }
    let mut text = String::new();
    if let Some(broker) = broker(shell.world()) {
        for topic in names.iter().filter_map(|name| broker.topic(name.as_str())) {
            describe_topic(&mut text, shell, given, topic, id.is_some());
        }
    }
    shell.print(&text);
    Ok(())
}

fn describe_topic(text: &mut String, shell: &Shell<'_>, given: &Given, topic: &Topic, by_id: bool) {
    let reports = Reports::of(given);
    let name = topic.name();
    let moving = ongoing_reassignments(shell.world());
    let move_of = |number: usize| {
        let is_it = |of: &&OngoingReassignment| {
            of.tp.topic == *name && usize::try_from(of.tp.partition.0) == Ok(number)
        };
        moving.iter().find(is_it)
    };
    let overrides = topic_overrides(shell.world(), topic);
    let is_without = given.has("topics-with-overrides") && overrides.is_empty();
    if !reports.any() && !is_without {
        let first = topic.partitions().next();
        let replicas = first.map_or(0, |partition| replication_factor(partition, move_of(0)));
        let shown: Vec<String> = overrides.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let _ = writeln!(
            text,
            "Topic: {name}\tTopicId: {}\tPartitionCount: {}\tReplicationFactor: {replicas}\tConfigs: {}",
            shown_id(topic.id()),
            topic.partition_count(),
            shown.join(",")
        );
    }
    if given.has("topics-with-overrides") {
        return;
    }
    for (number, partition) in topic.partitions().enumerate() {
        let moved = move_of(number);
        if reports.wants(partition, moved, topic.config().min_insync_replicas) {
            let leader = partition.info.leader.map_or("none".to_owned(), |leader| leader.to_string());
            // Replicas that may become leader again (KIP-966) are asked for by name only; none are kept here.
            let elr = if by_id { "N/A" } else { "" };
            let change = moved.map_or(String::new(), |moved| {
                let (adding, removing) = (joined(&moved.adding_replicas), joined(&moved.removing_replicas));
                format!("\tAdding Replicas: {adding}\tRemoving Replicas: {removing}")
            });
            let _ = writeln!(
                text,
                "\tTopic: {name}\tPartition: {number}\tLeader: {leader}\tReplicas: {}\tIsr: {}{change}\tElr: {elr}\tLastKnownElr: {elr}",
                joined(&partition.info.replicas),
                joined(&partition.info.isr)
            );
        }
    }
}

fn joined(brokers: &[BrokerId]) -> String {
    let shown: Vec<String> = brokers.iter().map(ToString::to_string).collect();
    shown.join(",")
}

/// How many replicas a partition is to have: while it is moved, those that come and do not yet count are left out
/// (`TopicCommand.getReplicationFactor`).
fn replication_factor(partition: &PartitionState, moved: Option<&OngoingReassignment>) -> usize {
    let replicas = &partition.info.replicas;
    let is_under_way = |moved: &&OngoingReassignment| {
        let mut changing = moved.adding_replicas.iter().chain(&moved.removing_replicas);
        changing.any(|replica| replicas.contains(replica))
    };
    match moved.filter(is_under_way) {
        Some(moved) => moved.replicas.len().saturating_sub(moved.adding_replicas.len()),
        None => replicas.len(),
    }
}

/// Which partitions only (`DescribeOptions`).
struct Reports {
    under_replicated: bool,
    unavailable: bool,
    under_min_isr: bool,
    at_min_isr: bool,
}

impl Reports {
    fn of(given: &Given) -> Reports {
        Reports {
            under_replicated: given.has("under-replicated-partitions"),
            unavailable: given.has("unavailable-partitions"),
            under_min_isr: given.has("under-min-isr-partitions"),
            at_min_isr: given.has("at-min-isr-partitions"),
        }
    }

    fn any(&self) -> bool {
        self.under_replicated || self.unavailable || self.under_min_isr || self.at_min_isr
    }

    fn wants(&self, partition: &PartitionState, moved: Option<&OngoingReassignment>, min_isr: usize) -> bool {
        let (replicas, isr) = (replication_factor(partition, moved), partition.info.isr.len());
        let has_leader = partition.info.leader.is_some();
        !self.any()
            || (self.under_replicated && replicas > isr)
            || (self.unavailable && !has_leader)
            || (self.under_min_isr && (!has_leader || isr < min_isr))
            || (self.at_min_isr && isr == min_isr)
    }
}
