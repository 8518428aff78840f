//! What is to stay in one partition: what producers were told is written, and what any high watermark has passed.

use super::finding::Kind;
use super::is_same;
use millrace_broker::PartitionLog;
use millrace_model::config::producer::Acks;
use millrace_model::{Batch, Offset, StoredBatch};
use std::sync::Arc;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Keep {
    /// What a high watermark has passed somewhere, in the order of offsets, and whether a reader was shown it.
    passed: Vec<(StoredBatch, bool)>,
    /// What producers were told is written.
    acknowledged: Vec<(Offset, Arc<Batch>, Acks)>,
}

impl Keep {
    /// A replica's high watermark has passed this.
    pub fn passed(&mut self, stored: &StoredBatch) -> Option<Kind> {
        let at = self.passed.partition_point(|(known, _)| known.base_offset < stored.base_offset);
        match self.passed.get_mut(at) {
            Some((known, _)) if is_same(known, stored) => None,
            Some((known, shown)) if known.base_offset == stored.base_offset => {
                let kind = Kind::Changed { offset: stored.base_offset, shown: *shown };
                // Each loss is told once: from now on this is what there is.
                self.passed.truncate(at);
                self.passed.push((stored.clone(), false));
                Some(kind)
            }
            Some((_, shown)) => {
                let kind = Kind::Changed { offset: stored.base_offset, shown: *shown };
                self.passed.truncate(at);
                self.passed.push((stored.clone(), false));
                Some(kind)
            }
            None => {
                let overlaps =
                    self.passed.last().is_some_and(|(last, _)| last.next_offset() > stored.base_offset);
                let shown = self.passed.last().is_some_and(|(_, shown)| *shown);
                if overlaps {
                    self.passed.pop();
                }
                self.passed.push((stored.clone(), false));
                overlaps.then_some(Kind::Changed { offset: stored.base_offset, shown })
            }
        }
    }

    /// A reader was shown this.
    pub fn shown(&mut self, stored: &StoredBatch) -> Option<Kind> {
        let kind = self.passed(stored);
        let at = self.passed.partition_point(|(known, _)| known.base_offset < stored.base_offset);
        if let Some((_, shown)) = self.passed.get_mut(at) {
            *shown = true;
        }
        kind
    }

    /// A producer was told that this is written.
    pub fn acknowledged(&mut self, base: Offset, batch: &Arc<Batch>, acks: Acks) {
        self.acknowledged.push((base, batch.clone(), acks));
    }

    /// Everything that a leader lacks, or has another of. Each is told once.
    pub fn compare_with_leader(&mut self, log: &PartitionLog) -> Vec<Kind> {
        let start = log.log_start_offset();
        let mut kinds = Vec::new();
        let mut batches = log.batches_from(start).peekable();
        self.passed.retain(|(known, shown)| {
            if known.base_offset < start {
                return true;
            }
            while batches.next_if(|stored| stored.base_offset < known.base_offset).is_some() {}
            let kind = match batches.peek() {
                Some(stored) if is_same(stored, known) => return true,
                Some(_) => Kind::Changed { offset: known.base_offset, shown: *shown },
                None => Kind::Missing { offset: known.base_offset, shown: *shown },
            };
            kinds.push(kind);
            false
        });
        kinds.extend(self.lost(log));
        kinds
    }

    /// What of the acknowledged a leader lacks. Each is told once.
    pub fn lost(&mut self, log: &PartitionLog) -> Vec<Kind> {
        let start = log.log_start_offset();
        let mut batches = log.batches_from(start);
        let mut at = batches.next();
        let mut kinds = Vec::new();
        // They come almost in order; where they do not, the log is read from its beginning again.
        self.acknowledged.retain(|(base, batch, acks)| {
            if *base < start {
                return true;
            }
            if at.is_none_or(|stored| stored.base_offset > *base) {
                batches = log.batches_from(start);
                at = batches.next();
            }
            while at.is_some_and(|stored| stored.base_offset < *base) {
                at = batches.next();
            }
            let is_there = at.is_some_and(|stored| {
                stored.base_offset == *base
                    && (Arc::ptr_eq(&stored.batch, batch) || stored.batch.records == batch.records)
            });
            if !is_there {
                kinds.push(Kind::AcknowledgedLost { offset: *base, records: batch.len(), acks: *acks });
            }
            is_there
        });
        kinds
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::{LeaderEpoch, Record, Time, Timestamp};

    fn stored(base: i64, epoch: i32, values: &[&str]) -> StoredBatch {
        let record = |value: &&str| Record::new(Timestamp(1), None, Some(value.as_bytes()));
        StoredBatch {
            base_offset: Offset(base),
            leader_epoch: LeaderEpoch(epoch),
            appended_at: Time::ZERO,
            log_append_time: None,
            batch: Arc::new(Batch::new(values.iter().map(record).collect())),
        }
    }

    fn log(batches: &[StoredBatch]) -> PartitionLog {
        let mut log = PartitionLog::new(Default::default(), Timestamp(0));
        log.append_as_follower(batches);
        log
    }

    #[test]
    fn what_was_passed_is_the_same_everywhere() {
        let mut keep = Keep::default();
        for batch in [stored(0, 0, &["a"]), stored(1, 0, &["b", "c"]), stored(0, 0, &["a"])] {
            assert_eq!(keep.passed(&batch), None);
        }
        let changed = |offset, shown| Some(Kind::Changed { offset: Offset(offset), shown });
        assert_eq!(keep.passed(&stored(1, 0, &["b", "x"])), changed(1, false));
        assert_eq!(keep.shown(&stored(0, 0, &["a"])), None);
        // The same records under another epoch were written by another leader.
        assert_eq!(keep.passed(&stored(0, 1, &["a"])), changed(0, true));
        assert_eq!(keep.passed(&stored(0, 1, &["a"])), None);
    }

    #[test]
    fn a_leader_has_all_that_was_passed() {
        let all = [stored(0, 0, &["a"]), stored(1, 0, &["b"]), stored(2, 1, &["c"])];
        let mut keep = Keep::default();
        all.iter().for_each(|batch| assert_eq!(keep.passed(batch), None));
        assert_eq!(keep.shown(&all[2]), None);
        assert_eq!(keep.compare_with_leader(&log(&all)), []);
        let other = [stored(0, 0, &["a"]), stored(1, 0, &["x"])];
        let (changed, missing) = (
            Kind::Changed { offset: Offset(1), shown: false },
            Kind::Missing { offset: Offset(2), shown: true },
        );
        assert_eq!(keep.compare_with_leader(&log(&other)), [changed, missing]);
        assert_eq!(keep.compare_with_leader(&log(&other)), []);
    }

    #[test]
    fn what_was_acknowledged_is_there_or_lost() {
        let all = [stored(0, 0, &["a"]), stored(1, 0, &["b", "c"]), stored(3, 0, &["d"])];
        let mut keep = Keep::default();
        for at in [2, 0, 1] {
            let acks = if at == 1 { Acks::One } else { Acks::All };
            keep.acknowledged(all[at].base_offset, &all[at].batch, acks);
        }
        assert_eq!(keep.lost(&log(&all)), []);
        let lost = |offset, records, acks| Kind::AcknowledgedLost { offset: Offset(offset), records, acks };
        assert_eq!(
            keep.lost(&log(&[stored(0, 0, &["a"]), stored(1, 0, &["b", "x"])])),
            [lost(3, 1, Acks::All), lost(1, 2, Acks::One)]
        );
        assert_eq!(keep.lost(&log(&all[..1])), []);
    }
}
