//! From a timestamp to an offset, by way of the indexes (`UnifiedLog.fetchOffsetByTimestamp`).

use super::SegmentedLog;
use super::segment::LogSegment;
use millrace_model::{Offset, Timestamp};

/// What ListOffsets may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampQuery {
    /// `latest`, -1: the log end offset.
    Latest,
    /// `earliest`, -2: the log start offset.
    Earliest,
    /// `max-timestamp`, -3 (KIP-734): the first record with the largest timestamp.
    MaxTimestamp,
    /// The first record with that timestamp or a later one.
    At(Timestamp),
}

impl TimestampQuery {
    /// What a number of the protocol asks for.
    #[must_use]
    pub fn from_wire(timestamp: i64) -> Self {
        match timestamp {
            -1 => Self::Latest,
            -2 => Self::Earliest,
            -3 => Self::MaxTimestamp,
            timestamp => Self::At(Timestamp(timestamp)),
        }
    }
}

impl SegmentedLog {
    /// The offset that a query finds, with its timestamp (-1 for the log's ends).
    #[must_use]
    pub fn fetch_offset_by_timestamp(&self, query: TimestampQuery) -> Option<(Offset, Timestamp)> {
        match query {
            TimestampQuery::Latest => Some((self.log_end_offset(), Timestamp::NONE)),
            TimestampQuery::Earliest => Some((self.log_start_offset(), Timestamp::NONE)),
            TimestampQuery::MaxTimestamp => self.max_timestamp(),
            TimestampQuery::At(target) => {
                let segment = self.segments().iter().find(|segment| segment.largest_timestamp() >= target)?;
                segment.find_offset_by_timestamp(target, self.log_start_offset())
            }
        }
    }

    fn max_timestamp(&self) -> Option<(Offset, Timestamp)> {
        // The first segment of those with the largest one; `max_by_key` would take the last.
        let largest = |segment: &LogSegment| segment.max_timestamp_and_offset_so_far().0;
        let most = self.segments().iter().map(|segment| largest(segment)).max()?;
        let segment = self.segments().iter().find(|segment| largest(segment) == most)?;
        let (_, position) = segment.offset_index().lookup(segment.max_timestamp_and_offset_so_far().1);
        let batch = segment.batches_at(position).find(|batch| batch.max_timestamp == most)?;
        batch.timestamps(Offset(0)).find(|(_, timestamp)| *timestamp == most)
    }
}

impl LogSegment {
    /// The first record from `start` on with that timestamp or a later one: the time index says where to begin, the
    /// offset index where that lies.
    fn find_offset_by_timestamp(&self, target: Timestamp, start: Offset) -> Option<(Offset, Timestamp)> {
        let (_, offset) = self.time_index().lookup(target);
        let (_, position) = self.offset_index().lookup(offset.max(start));
        let later = |batch: &&super::Logged| batch.max_timestamp >= target;
        self.batches_at(position)
            .filter(later)
            .find_map(|batch| batch.timestamps(start).find(|(_, timestamp)| *timestamp >= target))
    }
}
