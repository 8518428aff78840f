//! The records that the coordinator writes to `__consumer_offsets`.
//!
//! Kafka writes its own binary schemas (`OffsetCommitKey/Value`, `GroupMetadataKey/Value`); here key and value are the
//! text that Kafka's formatters print for them, so that a reader of the topic can read them.

use super::{Group, snapshot};
use crate::log::producer_state::AppendOrigin;
use crate::log::segments::LogAppendError;
use crate::{Broker, Event};
use millrace_model::protocol::{Assignment, CommittedOffset};
use millrace_model::{
    Batch, Bytes, ErrorCode, GroupId, Header, LeaderEpoch, MemberId, Offset, Partition, ProducedBy, Record,
    Time, TopicPartition,
};
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
    append_batch(broker, now, group, Batch::new(records))
}

/// The same as part of a producer's transaction. A producer that another one has fenced is refused.
pub(super) fn append_in_transaction(
    broker: &Broker,
    now: Time,
    group: &GroupId,
    records: Vec<Record>,
    producer: ProducedBy,
) -> Result<Event, ErrorCode> {
    append_batch(broker, now, group, Batch::new(records).produced_by(producer))
}

fn append_batch(broker: &Broker, now: Time, group: &GroupId, batch: Batch) -> Result<Event, ErrorCode> {
    let tp = broker.offsets_partition(group);
    let partition = crate::api::led(broker, &tp).map_err(|_| ErrorCode::NotCoordinator)?;
    let batch = Arc::new(batch);
    if batch.producer.is_some() {
        let end = partition.log.log_end_offset();
        match partition.log.check(&batch, end, false, AppendOrigin::Coordinator) {
            Ok(_) | Err(LogAppendError::NoKey(_)) => {}
            Err(LogAppendError::Producer(error)) => return Err(error.code()),
        }
    }
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

/// The end of a group, where somebody may have to know: in a cluster.
pub(super) fn group_tombstone(broker: &Broker, group: &GroupId, now: Time) -> Option<Record> {
    broker.replicas()?;
    Some(Record::new(now.timestamp(), Some(group.as_str().as_bytes()), None))
}

/// Puts the group as it is behind the last of its records, where somebody may have to take over: in a cluster.
pub(super) fn carry(broker: &Broker, records: &mut [Record], group: impl FnOnce() -> Bytes) {
    if let (Some(last), Some(_)) = (records.last_mut(), broker.replicas()) {
        last.headers = [Header { key: snapshot::HEADER.into(), value: Some(group()) }].into();
    }
}

/// What a committed position's record says (the opposite of [`offset_commit`] and [`tombstone`]); `None` for another record.
pub(super) fn read_offset(record: &Record) -> Option<(GroupId, TopicPartition, Option<CommittedOffset>)> {
    let text =
        |bytes: &Option<Bytes>| bytes.as_deref().and_then(|b| std::str::from_utf8(b).ok().map(str::to_owned));
    let key = text(&record.key)?;
    let (rest, partition) = key.strip_prefix('[')?.strip_suffix(']')?.rsplit_once(',')?;
    let (group, topic) = rest.rsplit_once(',')?;
    let tp = TopicPartition { topic: topic.into(), partition: Partition(partition.parse().ok()?) };
    let group = GroupId::new(group);
    if record.value.is_none() {
        return Some((group, tp, None));
    }
    let value = text(&record.value)?;
    let rest = value.strip_prefix("OffsetAndMetadata(offset=")?;
    let (offset, rest) = rest.split_once(", leaderEpoch=")?;
    let (epoch, rest) = rest.split_once(", metadata=")?;
    let (metadata, _) = rest.rsplit_once(", commitTimestamp=")?;
    let epoch = epoch.strip_prefix("Optional[").and_then(|epoch| epoch.strip_suffix(']')?.parse().ok());
    let committed = CommittedOffset {
        offset: Offset(offset.parse().ok()?),
        leader_epoch: epoch.map(LeaderEpoch),
        metadata: metadata.into(),
    };
    Some((group, tp, Some(committed)))
}
