//! What the tool learns of transactions: from their coordinator, and from the partitions that they write to
//! (`TransactionsCommand`'s subcommands).

use crate::cluster::{broker, leader};
use crate::java_map::{order_by, topic_partition_hash};
use crate::shell::Shell;
use millrace_broker::log::producer_state::ProducerStateEntry;
use millrace_broker::{Broker, TxnMetadata};
use millrace_model::{BrokerId, Offset, TopicPartition};

/// The brokers that are there; each coordinates transactional ids of its own.
fn brokers<'a>(shell: &'a Shell<'_>) -> impl Iterator<Item = &'a Broker> {
    let world = shell.world();
    world.brokers().filter(|broker| !world.is_broker_down(broker.id()))
}

/// A row of `list` for each transactional id; with a filter only those that have been open for longer than so many ms.
pub(super) fn listed(shell: &Shell<'_>, longer_than_ms: Option<i64>) -> Vec<Vec<String>> {
    let now = shell.world().now().timestamp().0;
    let is_meant = |metadata: &TxnMetadata| match (longer_than_ms, metadata.started_at) {
        (Some(ms), Some(since)) if ms >= 0 => now.saturating_sub(since.timestamp().0) > ms,
        _ => true,
    };
    let of_broker = |broker: &Broker| -> Vec<Vec<String>> {
        let all = broker.txn_coordinator().transactions().filter(|(_, metadata)| is_meant(metadata));
        let row = |(id, metadata): (&std::sync::Arc<str>, &TxnMetadata)| {
            vec![
                id.to_string(),
                broker.id().to_string(),
                metadata.producer_id.to_string(),
                metadata.state.to_string(),
            ]
        };
        all.map(row).collect()
    };
    brokers(shell).flat_map(of_broker).collect()
}

/// The row of `describe`; none if nobody has that transactional id.
pub(super) fn described(shell: &Shell<'_>, id: &str) -> Option<Vec<String>> {
    let asked = broker(shell.world())?;
    let of_it = leader(shell.world(), &asked.txn_partition(id));
    let broker = of_it.unwrap_or(asked);
    let metadata = broker.txn_coordinator().transaction(id)?;
    let now = shell.world().now().timestamp().0;
    let since = metadata.started_at.map(|since| since.timestamp().0);
    let or_none = |number: Option<i64>| number.map_or("None".to_owned(), |number| number.to_string());
    let partitions: Vec<&TopicPartition> = metadata.partitions.iter().collect();
    let partitions = order_by(partitions, 16, |tp| topic_partition_hash(tp.topic.as_str(), tp.partition.0));
    let partitions: Vec<String> = partitions.into_iter().map(ToString::to_string).collect();
    Some(vec![
        broker.id().to_string(),
        id.to_owned(),
        metadata.producer_id.to_string(),
        metadata.producer_epoch.to_string(),
        metadata.state.to_string(),
        metadata.timeout.as_millis().to_string(),
        or_none(since),
        or_none(since.map(|since| now.saturating_sub(since))),
        partitions.join(","),
    ])
}

/// What a partition knows of its producers (DescribeProducers), by their ids: at its leader, or at that broker.
pub(super) fn producers<'a>(
    shell: &'a Shell<'_>,
    tp: &TopicPartition,
    on: Option<i32>,
) -> Vec<&'a ProducerStateEntry> {
    let asked = match on {
        Some(id) => shell.world().broker(BrokerId(id)),
        None => leader(shell.world(), tp).or_else(|| broker(shell.world())),
    };
    let log = asked.and_then(|broker| broker.log(tp));
    log.into_iter().flat_map(|log| log.producers().producers()).collect()
}

/// A row of `describe-producers`.
pub(super) fn producer_row(state: &ProducerStateEntry) -> Vec<String> {
    vec![
        state.producer_id.to_string(),
        state.producer_epoch.to_string(),
        state.coordinator_epoch.to_string(),
        state.last_seq().to_string(),
        state.last_timestamp.0.to_string(),
        state.current_txn_first_offset.map_or("None".to_owned(), |offset| offset.to_string()),
    ]
}

/// The producer whose open transaction begins at that offset.
pub(super) fn open_at<'a>(
    shell: &'a Shell<'_>,
    tp: &TopicPartition,
    offset: i64,
) -> Option<&'a ProducerStateEntry> {
    producers(shell, tp, None)
        .into_iter()
        .find(|state| state.current_txn_first_offset == Some(Offset(offset)))
}

/// A row of `find-hanging` for each transaction that has been open in a partition for more than so many minutes, and of
/// which its coordinator knows nothing there.
pub(super) fn hanging(
    shell: &Shell<'_>,
    partitions: &[TopicPartition],
    minutes: i64,
    on: Option<i32>,
) -> Vec<Vec<String>> {
    let now = shell.world().now().timestamp().0;
    let is_known = |tp: &TopicPartition, state: &ProducerStateEntry| {
        let mut transactions = brokers(shell).flat_map(|broker| broker.txn_coordinator().transactions());
        transactions.any(|(_, metadata)| {
            metadata.producer_id == state.producer_id && metadata.partitions.contains(tp)
        })
    };
    let mut rows = Vec::new();
    for tp in partitions {
        for state in producers(shell, tp, on) {
            let Some(start) = state.current_txn_first_offset else { continue };
            let open_ms = now.saturating_sub(state.last_timestamp.0);
            if open_ms <= minutes.saturating_mul(60_000) || is_known(tp, state) {
                continue;
            }
            rows.push(vec![
                tp.topic.to_string(),
                tp.partition.to_string(),
                state.producer_id.to_string(),
                state.producer_epoch.to_string(),
                state.coordinator_epoch.to_string(),
                start.to_string(),
                state.last_timestamp.0.to_string(),
                (open_ms / 60_000).to_string(),
            ]);
        }
    }
    rows
}
