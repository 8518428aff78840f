//! What poll returns.

use millrace_model::{LeaderEpoch, Offset, StoredBatch, TopicPartition};

/// What one poll returned of one partition: every record of `batches` with `from <= offset < to`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PolledPartition {
    /// The partition.
    pub tp: TopicPartition,
    /// The batches that hold the records; the first and the last may hold others too.
    pub batches: Vec<StoredBatch>,
    /// The first offset returned.
    pub from: Offset,
    /// The next offset to read: the position after this poll.
    pub to: Offset,
}

impl PolledPartition {
    /// The records returned, each with its offset and its batch.
    pub fn records(&self) -> impl Iterator<Item = (Offset, &millrace_model::Record, &StoredBatch)> {
        let (from, to) = (self.from, self.to);
        self.batches.iter().flat_map(move |batch| {
            batch
                .records_from(from)
                .take_while(move |(offset, _)| *offset < to)
                .map(move |(offset, record)| (offset, record, batch))
        })
    }

    /// What was returned, as ranges: all of it but markers and what was aborted. Offsets that the cleaner has emptied belong
    /// to the record behind them.
    pub fn runs(&self) -> Vec<(Offset, Offset)> {
        let mut runs: Vec<(Offset, Offset)> = Vec::new();
        let mut at = self.from;
        for batch in &self.batches {
            let end = batch.next_offset().min(self.to);
            let is_passed_over = batch.batch.is_empty()
                && batch.batch.producer.as_ref().is_some_and(|p| p.is_transactional || p.marker.is_some());
            if !is_passed_over && at < end {
                match runs.last_mut() {
                    Some(last) if last.1 == at => last.1 = end,
                    _ => runs.push((at, end)),
                }
            }
            at = at.max(end);
        }
        runs
    }
}

/// What one poll returned: at most `max.poll.records` in all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Polled {
    /// By partition, in the order of the fetch buffer.
    pub records: Vec<PolledPartition>,
    /// How many records that are.
    pub count: usize,
}

/// The leader epoch of the record before `next`, from a batch list.
pub(super) fn epoch_before(batches: &[StoredBatch], next: Offset) -> Option<LeaderEpoch> {
    batches.iter().rev().find(|batch| batch.base_offset < next).map(|batch| batch.leader_epoch)
}
