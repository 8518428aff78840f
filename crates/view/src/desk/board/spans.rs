//! The transactions of a partition as spans: from the first record to the marker that ends it, or on and on.

use super::Who;
use crate::scene::Rect;
use millrace_broker::PartitionLog;
use millrace_model::{Map, Offset, ProducerEpoch, ProducerId, StoredBatch};

/// How a transaction ended in a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No marker has come.
    Open,
    /// A COMMIT marker has.
    Committed,
    /// An ABORT marker has.
    Aborted,
}

/// A transaction in a partition.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Whose it is.
    pub producer_id: ProducerId,
    /// Under which epoch.
    pub producer_epoch: ProducerEpoch,
    /// Its transactional id, else its producer's number.
    pub name: String,
    /// Its producer's colour.
    pub hue: u8,
    /// Its first record.
    pub first: Offset,
    /// Its marker.
    pub last: Option<Offset>,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether no coordinator knows of it, though it is open.
    pub hangs: bool,
    /// Its bar.
    pub rect: Rect,
    /// Which row of bars it stands in.
    pub row: usize,
    /// All of it in words.
    pub says: String,
}

/// What lies at an offset.
pub(super) enum Found<'a> {
    /// A record, with the number of its transaction.
    Record(Option<usize>, &'a millrace_model::Record),
    /// A marker.
    Marker { commits: bool, coordinator_epoch: i32, producer: ProducerId },
}

/// Spans without their places, and what lies at each offset from `from` up to `until`.
pub(super) struct Read<'a> {
    pub spans: Vec<Span>,
    pub found: Vec<(Offset, Found<'a>)>,
}

/// Reads the log from `from` on.
pub(super) fn read<'a>(log: &'a PartitionLog, from: Offset, until: Offset, who: &Who) -> Read<'a> {
    let mut read = Read { spans: Vec::new(), found: Vec::new() };
    let mut open: Map<ProducerId, usize> = Map::new();
    // What began before, and is open still.
    for entry in log.producers().producers() {
        if let Some(first) = entry.current_txn_first_offset.filter(|first| *first < from) {
            open.insert(entry.producer_id, read.spans.len());
            read.spans.push(begun(entry.producer_id, entry.producer_epoch, first, who));
        }
    }
    for stored in log.batches_from(from).take_while(|stored| stored.base_offset < until) {
        read.batch(stored, &mut open, who);
    }
    read
}

fn begun(id: ProducerId, epoch: ProducerEpoch, first: Offset, who: &Who) -> Span {
    Span {
        producer_id: id,
        producer_epoch: epoch,
        name: who.name(id),
        hue: who.hue(id),
        first,
        last: None,
        outcome: Outcome::Open,
        hangs: false,
        rect: Rect::default(),
        row: 0,
        says: String::new(),
    }
}

impl<'a> Read<'a> {
    fn batch(&mut self, stored: &'a StoredBatch, open: &mut Map<ProducerId, usize>, who: &Who) {
        let producer = stored.batch.producer.as_deref();
        if let Some((producer, marker)) = producer.and_then(|producer| Some((producer, producer.marker?))) {
            let outcome = if marker.committed { Outcome::Committed } else { Outcome::Aborted };
            if let Some(span) = open.remove(&producer.id).and_then(|n| self.spans.get_mut(n)) {
                (span.last, span.outcome) = (Some(stored.base_offset), outcome);
            }
            let found = Found::Marker {
                commits: marker.committed,
                coordinator_epoch: marker.coordinator_epoch,
                producer: producer.id,
            };
            self.found.push((stored.base_offset, found));
            return;
        }
        let span = producer.filter(|producer| producer.is_transactional).map(|producer| {
            *open.entry(producer.id).or_insert_with(|| {
                self.spans.push(begun(producer.id, producer.epoch, stored.base_offset, who));
                self.spans.len() - 1
            })
        });
        let records = stored.records_from(stored.base_offset);
        self.found.extend(records.map(|(offset, record)| (offset, Found::Record(span, record))));
    }
}
