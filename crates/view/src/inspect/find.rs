//! Finding entries in the trace, always within bounds.

use super::{SEARCHED, Why};
use crate::sentence::{Names, sentence};
use millrace_sim::{Entry, EntryId, Fact, Timeline, Timer};
use millrace_words::inspect as say;

/// The step of an entry, counted from 1.
pub fn step_of(timeline: &Timeline, id: EntryId) -> u64 {
    timeline.branch().steps().partition_point(|step| step.first <= id) as u64
}

/// A link of a chain.
pub fn why(timeline: &Timeline, entry: &Entry, text: impl Into<String>) -> Why {
    Why { text: text.into(), at: entry.at, step: step_of(timeline, entry.id), entry: entry.id }
}

/// The newest entry before the playhead for which `wanted` gives something.
pub fn newest<'a, T>(
    timeline: &'a Timeline,
    wanted: impl Fn(&'a Entry) -> Option<T>,
) -> Option<(&'a Entry, T)> {
    let before = timeline.branch().entries_before(timeline.moment().step);
    before.take(SEARCHED).find_map(|entry| Some((entry, wanted(entry)?)))
}

/// Links of a chain that are told; between its beginning and these the rest is passed over.
const LINKS: usize = 8;

/// The chain of causes of an entry as sentences; links without a sentence (departures, arrivals, timers that only led to
/// the next one) are passed over. A record of a workload is a beginning: the record before it is no cause of it.
pub fn chain(timeline: &Timeline, id: EntryId) -> Vec<Why> {
    let names = Names::of(timeline.world());
    let causes = timeline.causes(id);
    let begins =
        causes.iter().rposition(|entry| matches!(entry.fact, Fact::Woke(Timer::Workload))).unwrap_or(0);
    let links = causes.iter().skip(begins).filter_map(|entry| {
        let text = match &entry.fact {
            Fact::Woke(Timer::Workload) => say::made_a_record_its_turn(&names.actor(entry.actor)),
            _ => sentence(entry, &names)?.text,
        };
        Some(why(timeline, entry, text))
    });
    let mut links: Vec<Why> = links.collect();
    if links.len() > LINKS {
        links.drain(1..links.len() + 1 - LINKS);
    }
    links
}

/// The entries from `first` on up to the playhead, the oldest first, at most [`SEARCHED`].
pub fn onward(timeline: &Timeline, first: EntryId) -> impl Iterator<Item = &Entry> {
    let steps = timeline.branch().steps();
    let from = steps.partition_point(|step| step.first <= first).saturating_sub(1);
    let upto = usize::try_from(timeline.moment().step).unwrap_or(usize::MAX).min(steps.len());
    steps.get(from..upto).unwrap_or(&[]).iter().flat_map(|step| step.entries.iter()).take(SEARCHED)
}
