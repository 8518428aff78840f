//! What stands in a segment's files beside its log: the indexes by offset and by time, the aborted transactions, and what was
//! known of the producers when it was begun. As tables.

use super::shelf::File;
use crate::words;
use millrace_broker::log::segments::LogSegment;
use millrace_words::storage as say;

/// Rows of a table that are shown, the first ones.
const SHOWN: usize = 12;
/// An entry of the transaction index (`TransactionIndex`, `AbortedTxn.TOTAL_SIZE`): version, producer, two offsets, LSO.
const ABORTED: u64 = 34;
/// A producer snapshot (`ProducerStateManager.writeSnapshot`): version, checksum and count, then each producer.
const SNAPSHOT: (u64, u64) = (10, 46);

/// A file as a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What follows the dot in its name.
    pub kind: &'static str,
    /// What it is for.
    pub says: &'static str,
    /// What its columns are.
    pub columns: Vec<&'static str>,
    /// Its first entries.
    pub rows: Vec<Vec<String>>,
    /// How many more there are.
    pub more: u64,
}

/// The files of a segment with their sizes.
pub(super) fn files(segment: &LogSegment) -> Vec<File> {
    let mut files = vec![
        File { kind: "log", size: u64::from(segment.size_in_bytes()) },
        File { kind: "index", size: u64::from(segment.offset_index().size_in_bytes()) },
        File { kind: "timeindex", size: u64::from(segment.time_index().size_in_bytes()) },
    ];
    let aborted = segment.aborted_transactions().len() as u64;
    if aborted > 0 {
        files.push(File { kind: "txnindex", size: aborted.saturating_mul(ABORTED) });
    }
    if let Some(known) = segment.producer_snapshot() {
        let producers = known.producers().count() as u64;
        files.push(File {
            kind: "snapshot",
            size: SNAPSHOT.0.saturating_add(producers.saturating_mul(SNAPSHOT.1)),
        });
    }
    files
}

/// All but the log.
pub(super) fn tables(segment: &LogSegment) -> Vec<Table> {
    let offsets = segment.offset_index().entries();
    let offsets = offsets.map(|(offset, position)| vec![offset.to_string(), position.to_string()]);
    let times = segment.time_index().entries();
    let times = times.map(|(timestamp, offset)| vec![words::clock(timestamp), offset.to_string()]);
    let mut all = vec![
        table("index", say::of_index(), vec![say::offset(), say::position()], offsets),
        table("timeindex", say::of_timeindex(), vec![say::timestamp(), say::offset()], times),
    ];
    if !segment.aborted_transactions().is_empty() {
        let columns = vec![say::producer_id(), say::first_offset(), say::last_offset(), say::lso()];
        let aborted = segment.aborted_transactions().iter().map(|txn| {
            let offsets = [txn.first_offset, txn.last_offset, txn.last_stable_offset];
            let offsets = offsets.iter().map(ToString::to_string);
            std::iter::once(txn.producer_id.0.to_string()).chain(offsets).collect()
        });
        all.push(table("txnindex", say::of_txnindex(), columns, aborted));
    }
    if let Some(known) = segment.producer_snapshot() {
        let columns =
            vec![say::producer_id(), say::epoch(), say::sequence(), say::last_offset(), say::open_since()];
        let nothing = || "-".to_owned();
        let producers = known.producers().map(|entry| {
            let last = entry.batches().last();
            vec![
                entry.producer_id.0.to_string(),
                entry.producer_epoch.0.to_string(),
                last.map_or_else(nothing, |batch| batch.last_seq.to_string()),
                last.map_or_else(nothing, |batch| batch.last_offset.to_string()),
                entry.current_txn_first_offset.map_or_else(nothing, |first| first.to_string()),
            ]
        });
        all.push(table("snapshot", say::of_snapshot(), columns, producers));
    }
    all
}

fn table(
    kind: &'static str,
    says: &'static str,
    columns: Vec<&'static str>,
    mut rows: impl Iterator<Item = Vec<String>>,
) -> Table {
    let shown = rows.by_ref().take(SHOWN).collect();
    Table { kind, says, columns, rows: shown, more: rows.count() as u64 }
}
