//! What the log cleaner sees in a log, and what a pass of it would leave now: the pass itself is asked, on a copy.

use crate::{hue, words};
use millrace_broker::PartitionLog;
use millrace_broker::log::cleaner::CompactionSettings;
use millrace_model::{Offset, Set, Timestamp};
use millrace_words::storage as say;

/// Records that are shown, the newest of those that a pass could touch.
const SHOWN: usize = 72;

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
    /// Whether it lies before where the last pass ended.
    pub is_clean: bool,
    /// Whether it lies in what no pass may touch yet: the active segment, or what is not stable.
    pub is_out_of_reach: bool,
    /// Whether a pass would leave it.
    pub stays: bool,
    /// All of it in words.
    pub says: String,
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
    /// The newest records.
    pub records: Vec<Kept>,
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
    let mut records: Vec<Kept> = Vec::new();
    for stored in log.batches_from(start) {
        for (offset, record) in stored.records_from(start) {
            let (letter, hue) = match stored.batch.marker() {
                Some(_) => ("•".to_owned(), hue::NO_KEY),
                None => hue::of_key(record.key.as_deref()),
            };
            let is_out_of_reach = offset >= plan.first_uncleanable_offset;
            let stays = left.contains(&offset);
            let fate = match (is_out_of_reach, stays) {
                (true, _) => say::out_of_reach(),
                (false, true) => say::stays(),
                (false, false) => say::superseded(),
            };
            records.push(Kept {
                offset,
                letter,
                hue,
                is_tombstone: record.value.is_none(),
                is_clean: offset < plan.first_dirty_offset,
                is_out_of_reach,
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
    let dirty = plan.cleanable_ppm() / 1_000;
    let least = settings.min_cleanable_ppm / 1_000;
    let ratio = |thousandths: u32| format!("{}.{:02}", thousandths / 1_000, thousandths % 1_000 / 10);
    Cleaning {
        dirty,
        least,
        is_due,
        detail: say::dirty_detail(
            &words::many(plan.cleanable_bytes, "byte"),
            &words::many(plan.total_bytes(), "byte"),
            &ratio(dirty),
        ),
        verdict: match is_due {
            true => say::worth_it(&ratio(least)),
            false => say::not_worth_it(&ratio(least)),
        },
        records,
        outcome,
    }
}

fn offsets(stored: &millrace_model::StoredBatch, from: Offset) -> Vec<Offset> {
    stored.records_from(from).map(|(offset, _)| offset).collect()
}
