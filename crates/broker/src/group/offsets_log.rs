//! The records that the coordinator writes to `__consumer_offsets`.
//!
//! Kafka writes its own binary schemas (`OffsetCommitKey/Value`, `GroupMetadataKey/Value`); here key and value are the
//! text that Kafka's formatters print for them, so that a reader of the topic can read them.

use super::Group;
use crate::{Broker, Event};
use millrace_model::protocol::{Assignment, CommittedOffset};
use millrace_model::{Batch, ErrorCode, GroupId, MemberId, Record, Time, TopicPartition};
use std::fmt::Write;
use std::sync::Arc;

/// The append of `records` to the group's partition. A full log is `NOT_COORDINATOR`
/// (`appendGroupMetadataErrorToResponseError`).
pub(super) fn append(
    broker: &Broker,
    now: Time,
    group: &GroupId,
    records: Vec<Record>,
) -> Result<Event, ErrorCode> {
    let tp = broker.offsets_partition(group);
    let partition = crate::api::led(broker, &tp).map_err(|_| ErrorCode::NotCoordinator)?;
    let batch = Arc::new(Batch::new(records));
    let stored = crate::api::place(broker, partition, &tp, &batch, now, None)
        .map_err(|_| ErrorCode::NotCoordinator)?;
    Ok(Event::BatchAppended { tp, stored })
}

/// A committed position: `[billing,orders,0]` → `OffsetAndMetadata(…)`.
pub(super) fn offset_commit(
    group: &GroupId,
    tp: &TopicPartition,
    committed: &CommittedOffset,
    now: Time,
) -> Record {
    let key = format!("[{group},{},{}]", tp.topic, tp.partition);
    let epoch = committed.leader_epoch.map_or("Optional.empty".to_owned(), |e| format!("Optional[{e}]"));
    let value = format!(
        "OffsetAndMetadata(offset={}, leaderEpoch={epoch}, metadata={}, commitTimestamp={})",
        committed.offset,
        committed.metadata,
        now.timestamp().0
    );
    Record::new(now.timestamp(), Some(key.as_bytes()), Some(value.as_bytes()))
}

/// The end of a committed position: its key without a value.
pub(super) fn tombstone(group: &GroupId, tp: &TopicPartition, now: Time) -> Record {
    let key = format!("[{group},{},{}]", tp.topic, tp.partition);
    Record::new(now.timestamp(), Some(key.as_bytes()), None)
}

/// A group with its members and their assignments.
pub(super) fn group_metadata(group: &Group, assignments: &[(MemberId, Assignment)], now: Time) -> Record {
    let mut members = String::new();
    for member in group.members() {
        let assignment = assignments.iter().find(|(id, _)| *id == member.id).map(|(_, a)| &*a.partitions);
        let separator = if members.is_empty() { "" } else { ", " };
        // Writing to a String cannot fail.
        let _ = write!(members, "{separator}{}={:?}", member.id, assignment.unwrap_or_default());
    }
    let value = format!(
        "GroupMetadata(groupId={}, generation={}, protocolType={}, protocol={}, leader={}, members=[{members}])",
        group.id(),
        group.generation(),
        group.protocol_type().unwrap_or_default(),
        group.protocol().unwrap_or("null"),
        group.leader().map_or("null", MemberId::as_str),
    );
    Record::new(now.timestamp(), Some(group.id().as_str().as_bytes()), Some(value.as_bytes()))
}
