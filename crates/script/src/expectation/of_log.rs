//! What can be looked at in a partition's log as it lies on disk: segments, indexes, what the cleaner has left.

use super::Value;
use super::eval::{broker, number};
use super::streams::read_bytes;
use crate::language::time::print_timestamp;
use millrace_broker::PartitionLog;
use millrace_broker::log::segments::LogSegment;
use millrace_model::{Offset, Record, Timestamp, TopicPartition};
use millrace_sim::World;

/// What.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OfLog {
    /// `start(TOPIC-N)`: the log start offset. No reader gets what lies before it.
    Start,
    /// `lso(TOPIC-N)`: the last stable offset, where the first open transaction begins, or the high watermark. No reader
    /// with `read_committed` gets what lies behind it.
    Stable,
    /// `segments(TOPIC-N)`: how many segments there are, the active one among them.
    Segments,
    /// `base(TOPIC-N, OFFSET)`: where the segment begins in which this offset lies: the name of its file. None outside of
    /// the log.
    Base(Offset),
    /// `indexed(TOPIC-N, OFFSET)`: where the search for this offset begins: the last entry of the segment's offset index at
    /// or before it, or the segment's beginning.
    Indexed(Offset),
    /// `scanned(TOPIC-N, OFFSET)`: bytes from there to the batch that holds the offset, or the next one behind it.
    Scanned(Offset),
    /// `since(TOPIC-N, TIME)`: the first offset whose timestamp is not older, or none (ListOffsets).
    Since(Timestamp),
    /// `record(TOPIC-N, OFFSET)`: the value at this offset; none for a tombstone, a marker, or if no record is there.
    Record(Offset),
    /// `gaps(TOPIC-N)`: offsets from the log's start to its end at which no record is: cleaned away.
    Gaps,
    /// `dirty(TOPIC-N)`: percent of what may be cleaned and was not yet, of what may be cleaned in all (the metric
    /// `max-dirty-percent`); 0 if the topic is not compacted.
    Dirty,
    /// `cleaned(TOPIC-N)`: up to where the cleaner has been (`cleaner-offset-checkpoint`), or none.
    Cleaned,
}

impl OfLog {
    /// The name that it is written with.
    pub(super) fn name(self) -> &'static str {
        match self {
            OfLog::Start => "start",
            OfLog::Stable => "lso",
            OfLog::Segments => "segments",
            OfLog::Base(_) => "base",
            OfLog::Indexed(_) => "indexed",
            OfLog::Scanned(_) => "scanned",
            OfLog::Since(_) => "since",
            OfLog::Record(_) => "record",
            OfLog::Gaps => "gaps",
            OfLog::Dirty => "dirty",
            OfLog::Cleaned => "cleaned",
        }
    }

    /// What stands behind the partition.
    pub(super) fn argument(self) -> Option<String> {
        match self {
            OfLog::Base(offset) | OfLog::Indexed(offset) | OfLog::Scanned(offset) | OfLog::Record(offset) => {
                Some(offset.0.to_string())
            }
            OfLog::Since(time) => Some(print_timestamp(time)),
            OfLog::Start | OfLog::Stable | OfLog::Segments | OfLog::Gaps | OfLog::Dirty | OfLog::Cleaned => {
                None
            }
        }
    }

    pub(super) fn value(self, world: &World, tp: &TopicPartition, log: &PartitionLog) -> Value {
        let offset = |offset: Option<Offset>| offset.map_or(Value::None, |offset| Value::Number(offset.0));
        match self {
            OfLog::Start => Value::Number(log.log_start_offset().0),
            OfLog::Stable => Value::Number(log.last_stable_offset().0),
            OfLog::Segments => number(log.segments().len() as u64),
            OfLog::Base(of) => offset(segment(log, of).map(LogSegment::base_offset)),
            OfLog::Indexed(of) => offset(segment(log, of).map(|segment| segment.offset_index().lookup(of).0)),
            OfLog::Scanned(of) => scanned(log, of).map_or(Value::None, number),
            OfLog::Since(time) => offset(log.offset_for_timestamp(time).map(|found| found.offset)),
            OfLog::Record(of) => {
                let value = record(log, of).and_then(|record| record.value.as_deref());
                value.map_or(Value::None, read_bytes)
            }
            OfLog::Gaps => {
                let all = log.log_end_offset().since(log.log_start_offset());
                number(all.saturating_sub(log.record_count() as u64))
            }
            OfLog::Dirty => number(dirty(world, tp, log)),
            OfLog::Cleaned => offset(log.last_clean()),
        }
    }

    /// The record that it is about.
    pub(super) fn record(self, world: &World, tp: &TopicPartition) -> Option<Offset> {
        let log = world.log(tp)?;
        let at = match self {
            OfLog::Base(of) | OfLog::Indexed(of) | OfLog::Scanned(of) | OfLog::Record(of) => of,
            OfLog::Since(time) => log.offset_for_timestamp(time)?.offset,
            OfLog::Start => log.log_start_offset(),
            OfLog::Stable => log.last_stable_offset(),
            OfLog::Segments | OfLog::Gaps | OfLog::Dirty | OfLog::Cleaned => return None,
        };
        record(log, at).map(|_| at)
    }
}

/// The segment in which an offset of the log lies.
fn segment(log: &PartitionLog, of: Offset) -> Option<&LogSegment> {
    let is_within = log.log_start_offset() <= of && of < log.log_end_offset();
    let mut segments = log.segments().iter().rev().filter(|_| is_within);
    segments.find(|segment| segment.base_offset() <= of).map(|segment| &**segment)
}

fn scanned(log: &PartitionLog, of: Offset) -> Option<u64> {
    let segment = segment(log, of)?;
    let (_, from) = segment.offset_index().lookup(of);
    let found = segment.batches_from(of).next()?;
    Some(u64::from(found.position.saturating_sub(from)))
}

fn record(log: &PartitionLog, of: Offset) -> Option<&Record> {
    let batch = log.batches_from(of).next().filter(|_| log.log_start_offset() <= of)?;
    let batch = Some(batch).filter(|stored| stored.batch.marker().is_none())?;
    let (at, record) = batch.records_from(of).next()?;
    (at == of).then_some(record)
}

fn dirty(world: &World, tp: &TopicPartition, log: &PartitionLog) -> u64 {
    let topic = broker(world).ok().and_then(|broker| broker.topic(tp.topic.as_str()));
    let Some(config) = topic.map(|topic| topic.log_config()).filter(|config| config.compact) else {
        return 0;
    };
    let plan = log.to_clean(log.last_clean(), &config.compaction, world.now().timestamp());
    u64::from(plan.cleanable_ppm() / 10_000)
}
