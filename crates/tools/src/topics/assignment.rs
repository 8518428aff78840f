//! `--replica-assignment`: what the tool checks of it, and what the controller does
//! (`ReplicationControlManager.validateManualPartitionAssignment`).

use super::Failure;
use crate::cluster::broker;
use crate::errors::Refused;
use crate::shell::Shell;
use millrace_model::ErrorCode;

/// `1:2,2:3`: the replicas of each partition.
pub(super) fn parse(text: &str) -> Result<Vec<Vec<i32>>, Failure> {
    let mut all: Vec<Vec<i32>> = Vec::new();
    // Java's split drops empty parts at the end.
    for (at, part) in text.trim_end_matches(',').split(',').enumerate() {
        let mut brokers: Vec<i32> = Vec::new();
        for word in part.trim_end_matches(':').split(':').map(str::trim) {
            let number = word.parse().map_err(|_| {
                Failure::new("java.lang.NumberFormatException", format!("For input string: \"{word}\""))
            })?;
            brokers.push(number);
        }
        let mut twice: Vec<String> = Vec::new();
        for (i, broker) in brokers.iter().enumerate() {
            let shown = broker.to_string();
            if brokers.iter().take(i).any(|other| other == broker) && !twice.contains(&shown) {
                twice.push(shown);
            }
        }
        if !twice.is_empty() {
            return Err(Failure::new(
                "org.apache.kafka.server.common.AdminCommandFailedException",
                format!("Partition replica lists may not contain duplicate entries: {}", twice.join(",")),
            ));
        }
        if all.first().is_some_and(|first| first.len() != brokers.len()) {
            let shown: Vec<String> = brokers.iter().map(ToString::to_string).collect();
            return Err(Failure::new(
                "org.apache.kafka.server.common.AdminOperationException",
                format!("Partition {at} has different replication factor: [{}]", shown.join(", ")),
            ));
        }
        all.push(brokers);
    }
    Ok(all)
}

/// What the controller says to these replicas; `replicas` is how many the partitions before them have.
pub(super) fn check(
    shell: &Shell<'_>,
    assignment: &[Vec<i32>],
    replicas: Option<usize>,
) -> Result<(), Refused> {
    let refuse = |words: String| Err(Refused::new(ErrorCode::InvalidReplicaAssignment, Some(words.into())));
    for brokers in assignment {
        for id in brokers {
            let is_known = broker(shell.world()).is_some_and(|broker| {
                broker.brokers().iter().any(|known| i64::from(known.id.0) == i64::from(*id))
            });
            if !is_known {
                return refuse(format!(
                    "The manual partition assignment includes broker {id}, but no such broker is registered."
                ));
            }
        }
        if let Some(replicas) = replicas.filter(|replicas| *replicas != brokers.len()) {
            return refuse(format!(
                "The manual partition assignment includes a partition with {} replica(s), but this is not consistent with \
                 previous partitions, which have {replicas} replica(s).",
                brokers.len()
            ));
        }
    }
    Ok(())
}

/// The same for partitions that are added up to `total`: the assignment is that of all partitions.
pub(super) fn check_added(
    shell: &Shell<'_>,
    assignment: &[Vec<i32>],
    topic: &str,
    total: i32,
) -> Result<(), Refused> {
    let Some(topic) = broker(shell.world()).and_then(|broker| broker.topic(topic)) else { return Ok(()) };
    let now = usize::try_from(topic.partition_count()).unwrap_or(0);
    let added = assignment.get(now..).unwrap_or_default();
    let wanted = total.saturating_sub(topic.partition_count());
    if i32::try_from(added.len()) != Ok(wanted) {
        let words = format!(
            "Attempted to add {wanted} additional partition(s), but only {} assignment(s) were specified.",
            added.len()
        );
        return Err(Refused::new(ErrorCode::InvalidReplicaAssignment, Some(words.into())));
    }
    let replicas = topic.partitions().next().map(|partition| partition.info.replicas.len());
    check(shell, added, replicas)
}
