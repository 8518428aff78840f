//! The ledger: how many records an application was to handle and what became of them, and which they are.

use super::{Line, Place};
use crate::cast;
use crate::words;
use millrace_client::listener::{Deed, Entry, headers};
use millrace_model::{Map, Offset};
use millrace_sim::Timeline;
use millrace_sim::world::{Account, Fortune, Outcome};

/// Most records of one kind that are listed.
const LISTED: usize = 100;

/// A kind of record: all of them, or those of one outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Everything that the application is to handle.
    Expected,
    /// Those with this outcome.
    Of(Outcome),
}

impl Kind {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Kind; 8] = [
        Kind::Expected,
        Kind::Of(Outcome::Once),
        Kind::Of(Outcome::Twice),
        Kind::Of(Outcome::Lost),
        Kind::Of(Outcome::Open),
        Kind::Of(Outcome::Waiting),
        Kind::Of(Outcome::Dead),
        Kind::Of(Outcome::Skipped),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Expected => "expected",
            Kind::Of(Outcome::Once) => "done once",
            Kind::Of(Outcome::Twice) => "done twice",
            Kind::Of(Outcome::Lost) => "lost",
            Kind::Of(Outcome::Open) => "still to come",
            Kind::Of(Outcome::Waiting) => "waiting",
            Kind::Of(Outcome::Dead) => "dead letters",
            Kind::Of(Outcome::Skipped) => "skipped",
        }
    }

    /// What it means.
    pub fn says(self) -> &'static str {
        match self {
            Kind::Expected => "every record in the application's topics, copies not counted",
            Kind::Of(Outcome::Once) => "the side effect was done exactly once",
            Kind::Of(Outcome::Twice) => {
                "the side effect was done more than once: a card charged again, a mail sent again"
            }
            Kind::Of(Outcome::Lost) => "not done, and nobody will ever come back to it",
            Kind::Of(Outcome::Open) => "not done and not committed: it will be read, or read again",
            Kind::Of(Outcome::Waiting) => "not done; a copy is on its way through the retry topics",
            Kind::Of(Outcome::Dead) => "not done; it lies in the dead letters until somebody decides",
            Kind::Of(Outcome::Skipped) => "not done; given up knowingly",
        }
    }

    /// How many there are.
    pub fn count(self, account: &Account) -> u64 {
        match self {
            Kind::Expected => account.expected,
            Kind::Of(Outcome::Once) => account.once,
            Kind::Of(Outcome::Twice) => account.twice,
            Kind::Of(Outcome::Lost) => account.lost,
            Kind::Of(Outcome::Open) => account.open,
            Kind::Of(Outcome::Waiting) => account.waiting,
            Kind::Of(Outcome::Dead) => account.dead,
            Kind::Of(Outcome::Skipped) => account.skipped,
        }
    }

    fn holds(self, fortune: &Fortune) -> bool {
        match self {
            Kind::Expected => true,
            Kind::Of(outcome) => fortune.outcome() == outcome,
        }
    }
}

/// The ledger of an application, with the records of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Books {
    /// How many there are of each.
    pub account: Account,
    /// The whole of it in a sentence.
    pub says: String,
    /// The records of the wanted kind, the newest first.
    pub lines: Vec<Line>,
    /// How many more there are.
    pub more: usize,
}

/// The ledger of `group`, and the records of a kind.
pub fn books(timeline: &Timeline, group: &str, kind: Option<Kind>) -> Option<Books> {
    let world = timeline.world();
    let account = world.account(group)?;
    let mut lines = Vec::new();
    let mut more = 0;
    if let Some(kind) = kind {
        let fortunes = world.fortunes(group)?;
        let wanted = fortunes.iter().filter(|(_, fortune)| kind.holds(fortune));
        let mut wanted: Vec<(&Place, &Fortune, Option<i64>)> = wanted
            .map(|(place, fortune)| {
                let stored = cast::stored(world, &place.0, place.1);
                (place, fortune, stored.map(|batch| batch.appended_at.timestamp().0))
            })
            .collect();
        more = wanted.len().saturating_sub(LISTED);
        millrace_model::collections::sort::sort_by_key(&mut wanted, |(place, _, at)| {
            (std::cmp::Reverse(*at), std::cmp::Reverse((*place).clone()))
        });
        wanted.truncate(LISTED);
        let deeds = deeds(timeline, group, wanted.iter().map(|(place, ..)| *place));
        for (place, fortune, _) in wanted {
            let Some(record) = cast::record(world, &place.0, place.1) else { continue };
            let about = deeds.get(place).map_or(&[][..], |deeds| deeds);
            lines.push(Line::of(place, record, told(fortune, about)));
        }
    }
    Some(Books { says: sentence(&account), account, lines, more })
}

/// What the ledger of side effects has about records, their copies in the main topics included.
fn deeds<'a>(
    timeline: &'a Timeline,
    group: &str,
    wanted: impl Iterator<Item = &'a Place>,
) -> Map<Place, Vec<&'a Entry>> {
    let world = timeline.world();
    let mut found: Map<Place, Vec<&Entry>> = wanted.map(|place| (place.clone(), Vec::new())).collect();
    let Some(ledger) = world.ledger(group) else { return found };
    for entry in ledger.entries() {
        let mut at = entry.from;
        while at < entry.to {
            let own = (entry.tp.clone(), at);
            // A record that was sent again from the dead letters is read in the main topic under its new offset.
            let copied = || cast::record(world, &own.0, at).and_then(headers::original);
            let place = if found.contains_key(&own) { Some(own.clone()) } else { copied() };
            if let Some(list) = place.and_then(|place| found.get_mut(&place)) {
                list.push(entry);
            }
            at = Offset(at.0 + 1);
        }
    }
    found
}

fn told(fortune: &Fortune, about: &[&Entry]) -> String {
    let last = about.last();
    let by = |entry: &Entry| format!("by {} at {}", entry.by, words::time(entry.at));
    match fortune.outcome() {
        Outcome::Once | Outcome::Twice => {
            let done = about.iter().filter(|entry| entry.deed == Deed::Done).map(|entry| by(entry));
            let done: Vec<String> = done.collect();
            match done.split_first() {
                Some((first, [])) => format!("done {first}"),
                Some((first, rest)) => format!("done {first}, and again {}", rest.join(", and again ")),
                None => format!("done {}", words::many(fortune.times, "time")),
            }
        }
        Outcome::Waiting | Outcome::Dead => {
            let copy = about.iter().rev().find_map(|entry| match &entry.deed {
                Deed::Retried(tp, offset) | Deed::Dead(tp, offset) => Some(words::place(tp, *offset)),
                Deed::Done | Deed::Failed(_) | Deed::Skipped | Deed::Dropped => None,
            });
            let why = about.iter().rev().find_map(|entry| match &entry.deed {
                Deed::Failed(class) => Some(super::simple(class).to_owned()),
                Deed::Done | Deed::Retried(..) | Deed::Dead(..) | Deed::Skipped | Deed::Dropped => None,
            });
            match (copy, why) {
                (Some(copy), Some(why)) => format!("{why}; now in {copy}"),
                (Some(copy), None) => format!("now in {copy}"),
                (None, _) => "on its way".to_owned(),
            }
        }
        Outcome::Open => match last {
            Some(entry) => match &entry.deed {
                Deed::Failed(class) => {
                    format!("failed {}: {}; it will be tried again", by(entry), super::simple(class))
                }
                _ => "not committed yet".to_owned(),
            },
            None => "nobody has handled it yet".to_owned(),
        },
        Outcome::Skipped => match about.iter().rev().find(|entry| entry.deed == Deed::Skipped) {
            Some(entry) => format!("given up {}, with a line in the log", by(entry)),
            None => "thrown away at the desk".to_owned(),
        },
        Outcome::Lost => match last {
            Some(entry) if entry.deed == Deed::Dropped => {
                format!("dropped {} as seen before, though it was not", by(entry))
            }
            _ => "its offset was committed, its side effect never done".to_owned(),
        },
    }
}

/// `12 of 40 done once; 5 wait, 2 were done twice, 1 is lost`.
fn sentence(account: &Account) -> String {
    let Account { expected, once, .. } = *account;
    if expected == 0 {
        return "No record has come yet.".to_owned();
    }
    if once == expected {
        return format!("All {expected} done, each exactly once.");
    }
    let part =
        |n: u64, one: &str, many: &str| (n > 0).then(|| format!("{n} {}", if n == 1 { one } else { many }));
    let parts = [
        part(account.lost, "is lost", "are lost"),
        part(account.twice, "was done twice", "were done twice"),
        part(account.dead, "is a dead letter", "are dead letters"),
        part(account.waiting, "waits for its next try", "wait for their next try"),
        part(account.open, "is still to come", "are still to come"),
        part(account.skipped, "was given up knowingly", "were given up knowingly"),
    ];
    format!("{once} of {expected} done once; {}.", words::list(parts.into_iter().flatten(), 6))
}
