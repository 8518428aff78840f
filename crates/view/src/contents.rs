//! What a topic holds, as text: also Kafka's own topics, which are not on stage (`exclude.internal.topics`) and are opened
//! by their names. Records of `__consumer_offsets` are text as Kafka's formatters print them.

use crate::{cast, words};
use millrace_model::{Bytes, Offset, Timestamp, TopicPartition};
use millrace_sim::World;

/// Most records of one partition that are listed, the newest; the others are counted.
pub const RECORDS: usize = 50;

/// A topic's partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// Kafka's own?
    pub is_internal: bool,
    /// How many partitions it has.
    pub partition_count: i32,
    /// Those that hold or held something, in order.
    pub partitions: Vec<PartitionContents>,
}

/// A partition's records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionContents {
    /// Which.
    pub tp: TopicPartition,
    /// The offset of its first record.
    pub log_start_offset: Offset,
    /// The offset after its last one.
    pub log_end_offset: Offset,
    /// Records before the ones listed.
    pub earlier: u64,
    /// The newest ones, in order.
    pub records: Vec<RecordText>,
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordText {
    /// Its offset.
    pub offset: Offset,
    /// Its timestamp.
    pub timestamp: Timestamp,
    /// Its key.
    pub key: String,
    /// Its value; a tombstone has none.
    pub value: Option<String>,
}

/// All of it, if it is text.
fn text(bytes: Option<&Bytes>) -> String {
    let whole = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok());
    whole.map_or_else(|| words::bytes(bytes), str::to_owned)
}

/// The topic of that name, internal or not; none if there is no such topic.
pub fn contents(world: &World, name: &str) -> Option<Contents> {
    let topic = cast::topic(world, name)?;
    let partitions = cast::logs(topic).filter(|(_, log)| log.log_end_offset() > Offset(0));
    let partitions = partitions.map(|(tp, log)| {
        let (start, end) = (log.log_start_offset(), log.log_end_offset());
        let first = Offset(end.0 - i64::try_from(RECORDS).unwrap_or(i64::MAX)).max(start);
        let batches = log.batches_from(first);
        let records = batches.flat_map(|batch| {
            batch.records_from(first).map(move |(offset, record)| RecordText {
                offset,
                timestamp: batch.timestamp(record),
                key: text(record.key.as_ref()),
                value: record.value.as_ref().map(|value| text(Some(value))),
            })
        });
        let records = records.collect();
        PartitionContents {
            tp,
            log_start_offset: start,
            log_end_offset: end,
            earlier: first.since(start),
            records,
        }
    });
    Some(Contents {
        is_internal: topic.is_internal(),
        partition_count: topic.partition_count(),
        partitions: partitions.collect(),
    })
}
