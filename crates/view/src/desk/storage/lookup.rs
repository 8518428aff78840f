//! How a fetch finds an offset on disk, step by step: the segment by its name, the last index entry at or before the offset, the
//! place in the log that it points to, and from there one batch after the other (`LogSegment.translateOffset`).

use millrace_broker::PartitionLog;
use millrace_broker::log::segments::{LogSegment, Logged};
use millrace_model::Offset;
use millrace_words::storage as say;

/// Index entries and batches that are shown, those around what is found.
const SHOWN: usize = 8;

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Which file: the last one whose name is not larger.
    Segment,
    /// The last index entry at or before it.
    Entry,
    /// One batch after the other from there.
    Scan,
    /// The batch that holds it.
    Found,
}

impl Step {
    /// All, in order.
    pub const ALL: [Step; 4] = [Step::Segment, Step::Entry, Step::Scan, Step::Found];
}

/// An entry of the offset index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its offset.
    pub offset: Offset,
    /// Where to look in the log file, in bytes.
    pub position: u32,
    /// Whether it is the one that is taken.
    pub is_taken: bool,
}

/// A batch that the scan meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    /// Where it begins in the file, in bytes.
    pub position: u32,
    /// Its first offset.
    pub first: Offset,
    /// Its last.
    pub last: Offset,
    /// Whether it holds what is looked for.
    pub is_it: bool,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// What is looked for.
    pub offset: Offset,
    /// The base offset of the segment.
    pub segment: Offset,
    /// Its index around the entry.
    pub entries: Vec<Entry>,
    /// The batches from where the entry points.
    pub batches: Vec<Met>,
    /// How many batches lie between those that are shown and the one that is found.
    pub skipped: u64,
    /// What each step does, in words.
    pub says: [String; 4],
}

pub(super) fn lookup(log: &PartitionLog, offset: Option<Offset>) -> Lookup {
    let (start, end) = (log.log_start_offset(), log.log_end_offset());
    let newest = Offset(end.0.saturating_sub(1)).max(start);
    let offset = offset.unwrap_or(newest).clamp(start, newest);
    let segments = log.segments();
    let n = segments.partition_point(|segment| segment.base_offset() <= offset).saturating_sub(1);
    let Some(segment) = segments.get(n) else {
        return Lookup {
            offset,
            segment: start,
            entries: Vec::new(),
            batches: Vec::new(),
            skipped: 0,
            says: Default::default(),
        };
    };
    let (entry, position) = segment.offset_index().lookup(offset);
    let entries = entries(segment, position);
    let has_entry = entries.iter().any(|entry| entry.is_taken);
    let from_there = |logged: &&Logged| logged.position >= position;
    let reaches = |logged: &Logged| logged.stored.next_offset() > offset;
    let mut batches: Vec<Met> = Vec::new();
    for logged in segment.batches().filter(from_there) {
        let is_it = reaches(logged);
        let (first, last) = (logged.stored.base_offset, logged.last_offset());
        batches.push(Met { position: logged.position, first, last, is_it });
        if is_it {
            break;
        }
    }
    let scanned = batches.len() as u64;
    let found = batches.last().cloned();
    let skipped = batches.len().saturating_sub(SHOWN);
    if skipped > 0 {
        // The first ones, and the one that is found.
        batches.truncate(SHOWN - 1);
        batches.extend(found.clone());
    }
    let name = millrace_disk::name(segment.base_offset());
    let by_index = match has_entry {
        true => say::step_entry(&name, &entry, &position),
        false => say::step_no_entry(&name),
    };
    let at_last = match &found {
        Some(met) if met.is_it => say::step_found(&met.position, &met.first, &met.last),
        Some(_) | None => say::step_behind().to_owned(),
    };
    Lookup {
        offset,
        segment: segment.base_offset(),
        entries,
        batches,
        skipped: skipped as u64,
        says: [say::step_segment(&offset, &name), by_index, say::step_scan(&position, scanned), at_last],
    }
}

/// The entries around the one that points to `position`.
fn entries(segment: &LogSegment, position: u32) -> Vec<Entry> {
    let all: Vec<Entry> = segment
        .offset_index()
        .entries()
        .map(|(offset, at)| Entry { offset, position: at, is_taken: at == position })
        .collect();
    let taken = all.iter().position(|entry| entry.is_taken).unwrap_or(0);
    let first = taken.saturating_sub(SHOWN / 2).min(all.len().saturating_sub(SHOWN));
    all.into_iter().skip(first).take(SHOWN).collect()
}
