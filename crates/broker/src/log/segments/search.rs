//! From a timestamp to an offset, by way of the indexes (`UnifiedLog.fetchOffsetByTimestamp`).

use super::PartitionLog;
use super::segment::LogSegment;
use millrace_model::{LeaderEpoch, Offset, Timestamp};

/// An offset found by its timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundOffset {
    /// The offset.
    pub offset: Offset,
    /// The timestamp that readers see there.
    pub timestamp: Timestamp,
    /// The leader epoch of its batch.
    pub leader_epoch: LeaderEpoch,
}

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
            // `earliest-local`, -4: without tiered storage, nothing lies elsewhere.
            -2 | -4 => Self::Earliest,
            -3 => Self::MaxTimestamp,
            timestamp => Self::At(Timestamp(timestamp)),
        }
    }
}

impl PartitionLog {
    /// The offset that a query finds, with its timestamp (-1 for the log's ends).
    #[must_use]
    pub fn fetch_offset_by_timestamp(&self, query: TimestampQuery) -> Option<(Offset, Timestamp)> {
        let found = match query {
            TimestampQuery::Latest => return Some((self.log_end_offset(), Timestamp::NONE)),
            TimestampQuery::Earliest => return Some((self.log_start_offset(), Timestamp::NONE)),
            TimestampQuery::MaxTimestamp => self.offset_of_max_timestamp(),
            TimestampQuery::At(target) => self.offset_for_timestamp(target),
        };
        found.map(|found| (found.offset, found.timestamp))
    }

    /// The first record whose timestamp is `target` or later, in the first segment that has one so late: nowhere else,
    /// although it may lie below the log's start there.
    #[must_use]
    pub fn offset_for_timestamp(&self, target: Timestamp) -> Option<FoundOffset> {
        let segment = self.segments().iter().find(|segment| segment.largest_timestamp() >= target)?;
        segment.find_offset_by_timestamp(target, self.log_start_offset())
    }

    /// The first record with the largest timestamp of the log (`ListOffsetsRequest.MAX_TIMESTAMP`).
    #[must_use]
    pub fn offset_of_max_timestamp(&self) -> Option<FoundOffset> {
        // The first segment of those with the largest one; `max_by_key` would take the last.
        let largest = |segment: &LogSegment| segment.max_timestamp_and_offset_so_far().0;
        let most = self.segments().iter().map(|segment| largest(segment)).max()?;
        let segment = self.segments().iter().find(|segment| largest(segment) == most)?;
        let (_, position) = segment.offset_index().lookup(segment.max_timestamp_and_offset_so_far().1);
        let batch = segment.batches_at(position).find(|batch| batch.max_timestamp == most)?;
        batch.first_at_or_after(most, Offset(0))
    }
}

impl super::Logged {
    /// The first record from `start` on with that timestamp or a later one.
    fn first_at_or_after(&self, target: Timestamp, start: Offset) -> Option<FoundOffset> {
        let leader_epoch = self.stored.leader_epoch;
        let found = self.timestamps(start).find(|(_, timestamp)| *timestamp >= target);
        found.map(|(offset, timestamp)| FoundOffset { offset, timestamp, leader_epoch })
    }
}

impl LogSegment {
    /// The first record from `start` on with that timestamp or a later one: the time index says where to begin, the
    /// offset index where that lies.
    fn find_offset_by_timestamp(&self, target: Timestamp, start: Offset) -> Option<FoundOffset> {
        let (_, offset) = self.time_index().lookup(target);
        let (_, position) = self.offset_index().lookup(offset.max(start));
        let later = |batch: &&super::Logged| batch.max_timestamp >= target;
        self.batches_at(position).filter(later).find_map(|batch| batch.first_at_or_after(target, start))
    }
}
