//! One pass over a log (`Cleaner.doClean`): read the dirty part into a map from keys to their last offsets, then write all
//! segments up to there anew, without what has been superseded.

use super::transactions::CleanedTransactions;
use super::{CompactionSettings, LogToClean};
use crate::log::producer_state::{ProducerEpoch, ProducerId};
use crate::log::segments::{LogSegment, Logged, PartitionLog};
use millrace_encode::packed;
use millrace_model::{Bytes, Map, Offset, Record, StoredBatch, Timestamp};
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// How much of a segment is read in one go, in bytes (`log.cleaner.io.buffer.size` for one thread, halved).
const IO_BUFFER_SIZE: u32 = 262_144;

/// What a pass has read and left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CleanerStats {
    /// Bytes of the batches that were read.
    pub bytes_read: u64,
    /// Bytes of those that are left.
    pub bytes_written: u64,
    /// Records that were read.
    pub messages_read: u64,
    /// Records that are left.
    pub messages_written: u64,
}

/// What a pass has made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CleanedLog {
    /// Up to here the log is clean now: the next pass begins there.
    pub clean_until: Offset,
    /// The segments that take the place of those before `replaced_until`.
    pub segments: Vec<Arc<LogSegment>>,
    /// The base offset of the first segment that stays as it was.
    pub replaced_until: Offset,
    /// What it has come to.
    pub stats: CleanerStats,
}

/// What tells two passes of a run apart; segments are not walked.
impl Hash for CleanedLog {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.clean_until, self.replaced_until, self.stats).hash(state);
    }
}

/// Where each key was last written, in what was read.
struct OffsetMap {
    // As large as the log: a sorted vector would take too long.
    latest: BTreeMap<Bytes, Offset>,
    last: Offset,
}

/// A producer's last batch (`LastRecord`).
struct LastRecord {
    data_offset: Option<Offset>,
    epoch: ProducerEpoch,
}

impl PartitionLog {
    /// Cleans: nothing here changes, the answer says what is to take whose place ([`PartitionLog::replace_segments`]).
    #[must_use]
    pub fn clean(&self, to_clean: &LogToClean, settings: &CompactionSettings, now: Timestamp) -> CleanedLog {
        let map = self.offset_map(to_clean.first_dirty_offset, to_clean.first_uncleanable_offset);
        let clean_until = map.last.plus(1);
        let mut pass = Pass {
            log: self,
            map,
            settings,
            now,
            upper_bound: to_clean.first_uncleanable_offset,
            transactions: CleanedTransactions::default(),
            last_records: self.last_records(),
            stats: CleanerStats::default(),
        };
        let old = self.segments_between(Offset(0), clean_until);
        let segments = self.grouped(old, to_clean.first_uncleanable_offset);
        let segments = segments.into_iter().map(|group| Arc::new(pass.clean_group(group))).collect();
        let replaced_until = self.segments().get(old.len()).map_or(clean_until, |next| next.base_offset());
        CleanedLog { clean_until, segments, replaced_until, stats: pass.stats }
    }

    /// Puts what a pass has made into the place of what it was made of.
    pub fn replace_segments(&mut self, cleaned: &CleanedLog) {
        let until = self.segments.partition_point(|segment| segment.base_offset() < cleaned.replaced_until);
        self.segments.splice(..until, cleaned.segments.iter().cloned());
        self.last_clean = Some(cleaned.clean_until);
        self.note(3, cleaned.clean_until);
        self.recount();
    }

    /// What a pass would read of the dirty part: each key with its last offset there, by key (`Cleaner.buildOffsetMap`).
    #[must_use]
    pub fn keys_to_clean(&self, to_clean: &LogToClean) -> Vec<(Bytes, Offset)> {
        let map = self.offset_map(to_clean.first_dirty_offset, to_clean.first_uncleanable_offset);
        map.latest.into_iter().collect()
    }

    /// `Cleaner.buildOffsetMap`.
    fn offset_map(&self, start: Offset, end: Offset) -> OffsetMap {
        let mut map = OffsetMap { latest: BTreeMap::new(), last: Offset(-1) };
        let mut transactions = CleanedTransactions::default();
        transactions.add(self.collect_aborted_transactions(start, self.log_start_offset(), end));
        let dirty = self.segments_between(start, end);
        for (at, segment) in dirty.iter().enumerate() {
            for logged in segment.batches_from(start) {
                map.read(&logged.stored, start, &mut transactions);
            }
            let next = dirty.get(at + 1).map_or(end, |next| next.base_offset());
            map.last = Offset(next.0.saturating_sub(1));
        }
        map
    }

    /// Neighbours that fit into one segment become one (`Cleaner.groupSegmentsBySize`).
    fn grouped<'a>(
        &self,
        segments: &'a [Arc<LogSegment>],
        first_uncleanable: Offset,
    ) -> Vec<&'a [Arc<LogSegment>]> {
        let settings = self.settings();
        let mut groups = Vec::new();
        let mut rest = segments;
        while let Some(first) = rest.first() {
            let sizes = |segment: &LogSegment| {
                let (offsets, times) = (segment.offset_index(), segment.time_index());
                [segment.size_in_bytes(), offsets.size_in_bytes(), times.size_in_bytes()].map(u64::from)
            };
            let most = [settings.segment_bytes, settings.segment_index_bytes, settings.segment_index_bytes];
            let mut sum = sizes(first);
            let mut last_base = first.base_offset();
            let mut count = 1;
            while let Some(next) = rest.get(count) {
                let more = sizes(next);
                let fits =
                    sum.iter().zip(more).zip(most).all(|((sum, more), most)| sum + more <= u64::from(most));
                let end = rest.get(count + 1).map_or(first_uncleanable, |behind| behind.base_offset());
                let reach = end.0.saturating_sub(1).saturating_sub(last_base.0);
                if !fits || (next.size_in_bytes() > 0 && i32::try_from(reach).is_err()) {
                    break;
                }
                sum = [sum[0] + more[0], sum[1] + more[1], sum[2] + more[2]];
                last_base = next.base_offset();
                count += 1;
            }
            let (group, behind) = rest.split_at(count);
            groups.push(group);
            rest = behind;
        }
        groups
    }

    fn last_records(&self) -> Map<ProducerId, LastRecord> {
        let producers = self.producers().producers();
        let last = producers.map(|entry| {
            let data_offset = entry.batches().last().map(|batch| batch.last_offset);
            (entry.producer_id, LastRecord { data_offset, epoch: entry.producer_epoch })
        });
        last.collect()
    }
}

impl OffsetMap {
    fn read(&mut self, stored: &StoredBatch, start: Offset, transactions: &mut CleanedTransactions) {
        if let Some(marker) = stored.batch.marker() {
            transactions.on_marker(stored, marker);
        } else if !transactions.on_batch(stored) {
            for (offset, record) in stored.records_from(start) {
                if let Some(key) = &record.key {
                    self.latest.insert(Arc::clone(key), offset);
                }
            }
        }
    }

    /// Whether nothing later with the same key is known. What lies behind the map is not judged; what has no key goes.
    fn is_latest(&self, offset: Offset, key: Option<&Bytes>) -> bool {
        key.is_some_and(|key| self.latest.get(key).is_none_or(|latest| offset >= *latest))
    }
}

/// What a pass knows while it writes.
struct Pass<'a> {
    log: &'a PartitionLog,
    map: OffsetMap,
    settings: &'a CompactionSettings,
    now: Timestamp,
    upper_bound: Offset,
    transactions: CleanedTransactions,
    last_records: Map<ProducerId, LastRecord>,
    stats: CleanerStats,
}

/// What one read of a buffer has left.
struct Kept {
    batches: Vec<Logged>,
    max: (Timestamp, Offset),
    largest_offset: Offset,
}

impl Pass<'_> {
    /// `Cleaner.cleanSegments`
    fn clean_group(&mut self, group: &[Arc<LogSegment>]) -> LogSegment {
        let first = group.first().map_or(Offset(0), |segment| segment.base_offset());
        let modified = group.last().map_or(Timestamp::NONE, |segment| segment.created());
        let mut cleaned = LogSegment::new(first, self.log.settings(), modified);
        for (at, segment) in group.iter().enumerate() {
            let next =
                group.get(at + 1).map_or_else(|| segment.read_next_offset(), |next| next.base_offset());
            let start = self.log.log_start_offset();
            self.transactions.add(self.log.collect_aborted_transactions(segment.base_offset(), start, next));
            let mut batches = segment.batches().peekable();
            while batches.peek().is_some() {
                let mut kept = Kept {
                    batches: Vec::new(),
                    max: (Timestamp::NONE, Offset(-1)),
                    largest_offset: Offset(-1),
                };
                let mut bytes = 0_u32;
                let fits = |logged: &&Logged, bytes: u32| {
                    bytes == 0 || bytes.saturating_add(logged.size) <= IO_BUFFER_SIZE
                };
                while let Some(logged) = batches.next_if(|logged| fits(logged, bytes)) {
                    bytes = bytes.saturating_add(logged.size);
                    self.filter(logged, &mut cleaned, &mut kept);
                }
                kept.append_to(&mut cleaned, self.log);
            }
        }
        cleaned.become_inactive();
        cleaned
    }

    /// `MemoryRecords.filterTo`, for one batch.
    fn filter(&mut self, logged: &Logged, cleaned: &mut LogSegment, kept: &mut Kept) {
        let stored = &logged.stored;
        let batch = &stored.batch;
        let marker = batch.marker();
        let (can_discard, stays_in_index) = match marker {
            Some(marker) => self.transactions.on_marker(stored, marker),
            None => (self.transactions.on_batch(stored), None),
        };
        if let Some(txn) = stays_in_index {
            cleaned.add_aborted(txn);
        }
        let horizon = batch.cleaned.as_ref().and_then(|cleaned| cleaned.delete_horizon);
        let is_over = horizon.is_some_and(|horizon| horizon <= self.now);
        let discards = can_discard && (marker.is_none() || is_over);
        self.stats.bytes_read += u64::from(logged.size);
        let keeps_header = self.is_last_of_producer(stored) || stored.next_offset() == self.upper_bound;
        if discards && !keeps_header {
            return;
        }
        self.stats.messages_read += batch.len() as u64;
        let stays = |(offset, record): &(Offset, &Record)| {
            let is_retained = record.value.is_some() || !is_over;
            !discards
                && (marker.is_some()
                    || *offset > self.map.last
                    || (self.map.is_latest(*offset, record.key.as_ref()) && is_retained))
        };
        let left: Vec<(Offset, &Record)> = stored.records_from(stored.base_offset).filter(stays).collect();
        let has_tombstone = left.iter().any(|(_, record)| record.value.is_none());
        let sets_horizon = horizon.is_none() && (has_tombstone || (can_discard && marker.is_some()));
        if left.is_empty() && !keeps_header {
            return;
        }
        let largest = match left.last() {
            Some((offset, _)) if left.len() < batch.len() || sets_horizon => *offset,
            Some(_) | None => stored.last_offset(),
        };
        self.stats.messages_written += left.len() as u64;
        let is_whole = !left.is_empty() && left.len() == batch.len() && !sets_horizon;
        let written = if is_whole {
            Logged { position: 0, ..logged.clone() }
        } else {
            let until = Timestamp(self.now.0.saturating_add(self.settings.delete_retention_ms));
            let horizon = if sets_horizon { Some(until) } else { horizon };
            // An empty header has none.
            let horizon = horizon.filter(|_| !left.is_empty());
            let delta = |offset: Offset| u32::try_from(offset.since(stored.base_offset)).unwrap_or(u32::MAX);
            let records = left.iter().map(|(offset, record)| (delta(*offset), (*record).clone())).collect();
            let left = Arc::new(batch.retaining(records, horizon));
            Logged::new(StoredBatch { batch: packed(&left, batch.compression), ..stored.clone() })
        };
        self.stats.bytes_written += u64::from(written.size);
        if written.max_timestamp > kept.max.0 {
            kept.max = (written.max_timestamp, stored.last_offset());
        }
        kept.largest_offset = kept.largest_offset.max(largest);
        kept.batches.push(written);
    }

    /// A producer's last batch must be remembered, or its next one would look out of order.
    fn is_last_of_producer(&self, stored: &StoredBatch) -> bool {
        let Some(producer) = stored.batch.producer.as_deref() else { return false };
        self.last_records.get(&producer.id).is_some_and(|last| match last.data_offset {
            Some(offset) => stored.last_offset() == offset,
            None => producer.marker.is_some() && producer.epoch == last.epoch,
        })
    }
}

impl Kept {
    fn append_to(self, cleaned: &mut LogSegment, log: &PartitionLog) {
        if self.batches.is_empty() {
            return;
        }
        let bytes = self.batches.iter().map(|logged| logged.size).fold(0, u32::saturating_add);
        cleaned.append_all(self.batches.into_iter(), self.max, self.largest_offset, bytes, log.settings());
    }
}
