//! Records that a container's thread has polled and not yet handled.

use crate::consumer::{Polled, PolledPartition};
use crate::listener::event::HandledRange;
use millrace_model::{Offset, Record, StoredBatch, TopicPartition};

/// What is left of a poll, in its order: partition by partition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Hand {
    /// `from` of each moves forward as its records are handled.
    partitions: Vec<PolledPartition>,
    /// The partition in work; those before it are done.
    at: usize,
}

impl Hand {
    /// All of a poll.
    pub fn new(polled: Polled) -> Hand {
        let mut hand = Hand { partitions: polled.records, at: 0 };
        hand.skip_done();
        hand
    }

    fn skip_done(&mut self) {
        while self.partitions.get(self.at).is_some_and(|p| p.records().next().is_none()) {
            self.at += 1;
        }
    }

    /// The partitions that are left.
    pub fn rest(&self) -> &[PolledPartition] {
        self.partitions.get(self.at..).unwrap_or_default()
    }

    /// How many records are left.
    pub fn len(&self) -> usize {
        self.rest().iter().map(|p| usize::try_from(p.to.since(p.from)).unwrap_or(usize::MAX)).sum()
    }

    /// True when all is handled.
    pub fn is_empty(&self) -> bool {
        self.rest().is_empty()
    }

    /// The next record, with its offset and its batch.
    pub fn next(&self) -> Option<(&TopicPartition, Offset, &Record, &StoredBatch)> {
        let partition = self.rest().first()?;
        let (offset, record, batch) = partition.records().next()?;
        Some((&partition.tp, offset, record, batch))
    }

    /// The ranges that are left.
    pub fn ranges(&self) -> Vec<HandledRange> {
        let of = |p: &PolledPartition| {
            let tp = p.tp.clone();
            p.runs().into_iter().map(move |(from, to)| HandledRange { tp: tp.clone(), from, to })
        };
        self.rest().iter().flat_map(of).collect()
    }

    /// Takes out what is before `to` in `tp`, and all partitions before it.
    pub fn advance(&mut self, tp: &TopicPartition, to: Offset) {
        let Some(skip) = self.rest().iter().position(|p| p.tp == *tp) else { return };
        self.at += skip;
        if let Some(partition) = self.partitions.get_mut(self.at) {
            partition.from = partition.from.max(to);
        }
        self.skip_done();
    }

    /// Where each partition that has records left has to be read again from.
    pub fn positions(&self) -> Vec<(TopicPartition, Offset)> {
        self.rest()
            .iter()
            .filter_map(|p| p.records().next().map(|(offset, ..)| (p.tp.clone(), offset)))
            .collect()
    }
}
