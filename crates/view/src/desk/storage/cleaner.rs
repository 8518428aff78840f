//! What the log cleaner sees in a log, and what a pass of it would leave now: the pass itself is asked, on a copy.

use crate::{hue, words};
use millrace_broker::PartitionLog;
use millrace_broker::log::cleaner::{CompactionSettings, LogToClean};
use millrace_model::{Bytes, Map, Offset, Record, Set, StoredBatch, Timestamp};
use millrace_words::storage as say;

/// Records that are shown, the newest of those that a pass could touch.
const SHOWN: usize = 72;
/// Keys of the map that are shown.
const KEYS: usize = 24;

/// Where a record lies in the eyes of a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Before where the last pass ended.
    Clean,
    /// What a pass reads into its map.
    Dirty,
    /// What no pass may touch yet: the active segment, or what is not stable or too young.
    OutOfReach,
}

impl Section {
    /// All, in the order of the log.
    pub const ALL: [Section; 3] = [Section::Clean, Section::Dirty, Section::OutOfReach];
}

/// A record before the pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Where it lies.
    pub offset: Offset,
    /// Its key's letter.
    pub letter: String,
    /// Its key's hue.
    pub hue: u8,
    /// Whether its value is null.
    pub is_tombstone: bool,
    /// Where it lies in the eyes of a pass.
    pub section: Section,
    /// Whether a pass would leave it.
    pub stays: bool,
    /// All of it in words, and why.
    pub says: String,
}

/// A key of the map that a pass makes of the dirty part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// The key.
    pub key: String,
    /// Its letter.
    pub letter: String,
    /// Its hue.
    pub hue: u8,
    /// Its last offset there.
    pub offset: Offset,
    /// What a pass takes for its sake, in words.
    pub takes: String,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleaning {
    /// The dirty ratio, in thousandths.
    pub dirty: u32,
    /// `min.cleanable.dirty.ratio`, in thousandths.
    pub least: u32,
    /// Whether the cleaner would take it up.
    pub is_due: bool,
    /// Bytes and ratio in words.
    pub detail: String,
    /// Whether it is worth it, in words.
    pub verdict: String,
    /// Where the dirty part begins and ends, in words.
    pub reach: String,
    /// The newest records.
    pub records: Vec<Kept>,
    /// What a pass reads first: each key of the dirty part with its last offset there.
    pub keys: Vec<Mapped>,
    /// How many more keys it has.
    pub more_keys: u64,
    /// What a pass would come to.
    pub outcome: String,
}

pub(super) fn cleaning(log: &PartitionLog, settings: &CompactionSettings, now: Timestamp) -> Cleaning {
    let plan = log.to_clean(log.last_clean(), settings, now);
    let is_due = plan.is_due(settings);
    let mut after = log.clone();
    let cleaned = log.clean(&plan, settings, now);
    after.replace_segments(&cleaned);
    let start = log.log_start_offset();
    let left: Set<Offset> = after.batches_from(start).flat_map(|stored| offsets(stored, start)).collect();
    let map = log.keys_to_clean(&plan);
    let pass = Pass { log, plan, latest: map.iter().map(|(key, offset)| (key, *offset)).collect() };
    let mut records: Vec<Kept> = Vec::new();
    let mut superseded: Map<Bytes, Vec<Offset>> = Map::new();
    for stored in log.batches_from(start) {
        for (offset, record) in stored.records_from(start) {
            let (letter, hue) = match stored.batch.marker() {
                Some(_) => ("•".to_owned(), hue::NO_KEY),
                None => hue::of_key(record.key.as_deref()),
            };
            let section = pass.section(offset);
            let stays = left.contains(&offset);
            if let (false, Some(key), true) = (stays, &record.key, pass.supersedes(offset, record).is_some())
            {
                superseded.entry(key.clone()).or_default().push(offset);
            }
            let fate = match (section, stays) {
                (Section::OutOfReach, _) => say::out_of_reach().to_owned(),
                (_, true) => pass.stays(stored, record),
                (_, false) => pass.goes(stored, offset, record),
            };
            records.push(Kept {
                offset,
                letter,
                hue,
                is_tombstone: record.value.is_none(),
                section,
                stays,
                says: say::record_fate(&offset, &words::key(record.key.as_ref()), &fate),
            });
        }
    }
    let gone = records.iter().filter(|record| !record.stays).count();
    let outcome = match gone {
        0 => say::pass_takes_nothing().to_owned(),
        n => say::pass_takes(n as u64, &words::many(after.size_in_bytes(), "byte"), &log.size_in_bytes()),
    };
    records.drain(..records.len().saturating_sub(SHOWN));
    let dirty = pass.plan.cleanable_ppm() / 1_000;
    let least = settings.min_cleanable_ppm / 1_000;
    let ratio = |thousandths: u32| format!("{}.{:02}", thousandths / 1_000, thousandths % 1_000 / 10);
    let keys = map.iter().take(KEYS).map(|(key, offset)| mapped(key, *offset, superseded.get(key)));
    Cleaning {
        dirty,
        least,
        is_due,
        detail: say::dirty_detail(
            &words::many(pass.plan.cleanable_bytes, "byte"),
            &words::many(pass.plan.total_bytes(), "byte"),
            &ratio(dirty),
        ),
        verdict: match is_due {
            true => say::worth_it(&ratio(least)),
            false => say::not_worth_it(&ratio(least)),
        },
        reach: match pass.plan.first_dirty_offset < pass.plan.first_uncleanable_offset {
            true => say::dirty_reach(&pass.plan.first_dirty_offset, &pass.plan.first_uncleanable_offset),
            false => say::nothing_dirty().to_owned(),
        },
        keys: keys.collect(),
        more_keys: map.len().saturating_sub(KEYS) as u64,
        records,
        outcome,
    }
}

fn mapped(key: &Bytes, offset: Offset, superseded: Option<&Vec<Offset>>) -> Mapped {
    let (letter, hue) = hue::of_key(Some(key));
    let takes = match superseded {
        Some(offsets) => words::list(offsets.iter().map(|offset| format!("@{offset}")), 6),
        None => say::takes_none().to_owned(),
    };
    Mapped { key: words::key(Some(key)), letter, hue, offset, takes }
}

/// A pass, for saying why.
struct Pass<'a> {
    log: &'a PartitionLog,
    plan: LogToClean,
    latest: Map<&'a Bytes, Offset>,
}

impl Pass<'_> {
    fn section(&self, offset: Offset) -> Section {
        if offset >= self.plan.first_uncleanable_offset {
            Section::OutOfReach
        } else if offset >= self.plan.first_dirty_offset {
            Section::Dirty
        } else {
            Section::Clean
        }
    }

    /// Where its key was written again, as the map knows.
    fn supersedes(&self, offset: Offset, record: &Record) -> Option<Offset> {
        self.latest.get(record.key.as_ref()?).copied().filter(|latest| *latest > offset)
    }

    fn stays(&self, stored: &StoredBatch, record: &Record) -> String {
        let horizon = stored.batch.cleaned.as_ref().and_then(|cleaned| cleaned.delete_horizon);
        match (record.value.is_none() && stored.batch.marker().is_none(), horizon) {
            (true, Some(until)) => say::tombstone_until(&words::clock(until)),
            (true, None) => say::tombstone_stays().to_owned(),
            (false, _) => say::stays().to_owned(),
        }
    }

    fn goes(&self, stored: &StoredBatch, offset: Offset, record: &Record) -> String {
        if stored.batch.marker().is_some() {
            return say::marker_goes().to_owned();
        }
        if self.is_aborted(stored, offset) {
            return say::aborted_goes().to_owned();
        }
        match self.supersedes(offset, record) {
            _ if record.key.is_none() => say::keyless_goes().to_owned(),
            Some(by) => say::superseded(&by),
            None => say::tombstone_goes().to_owned(),
        }
    }

    fn is_aborted(&self, stored: &StoredBatch, offset: Offset) -> bool {
        let Some(producer) = stored.batch.producer.as_deref().filter(|producer| producer.is_transactional)
        else {
            return false;
        };
        let mut aborted = self.log.segments().iter().flat_map(|segment| segment.aborted_transactions());
        aborted.any(|txn| {
            txn.producer_id == producer.id && (txn.first_offset..=txn.last_offset).contains(&offset)
        })
    }
}

fn offsets(stored: &StoredBatch, from: Offset) -> Vec<Offset> {
    stored.records_from(from).map(|(offset, _)| offset).collect()
}
