//! What has happened last on a desk's ground, in the log's own sentences.

use crate::desk::SEARCHED;
use crate::sentence::{Names, sentence};
use crate::words;
use millrace_model::Time;
use millrace_sim::{Entry, Timeline};

/// So many sentences.
const SENTENCES: usize = 8;

/// Something that has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// When.
    pub at: Time,
    /// The same as the clock shows it.
    pub clock: String,
    /// The log's sentence.
    pub text: String,
}

/// The newest first, of the entries that belong to it.
pub(super) fn told(timeline: &Timeline, belongs: fn(&Entry) -> bool) -> Vec<Told> {
    let names = Names::of(timeline.world());
    let entries = timeline.branch().entries_before(timeline.moment().step).take(SEARCHED);
    let said = entries.filter(|entry| belongs(entry)).filter_map(|entry| {
        Some(Told { at: entry.at, clock: words::time(entry.at), text: sentence(entry, &names)?.text })
    });
    let mut all: Vec<Told> = Vec::new();
    for told in said {
        // The same said twice in one moment is said once.
        if !all.contains(&told) {
            all.push(told);
        }
        if all.len() == SENTENCES {
            break;
        }
    }
    all
}
