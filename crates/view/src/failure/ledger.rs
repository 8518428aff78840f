//! The ledger: how many records an application was to handle and what became of them, and which they are.

use super::{Line, Place};
use crate::cast;
use crate::words;
use millrace_client::listener::{Deed, Entry, headers};
use millrace_model::{Map, Offset};
use millrace_sim::Timeline;
use millrace_sim::world::{Account, Fortune, Outcome};
use millrace_words::fates as say;

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
            Kind::Expected => say::expected(),
            Kind::Of(Outcome::Once) => say::done_once(),
            Kind::Of(Outcome::Twice) => say::done_twice(),
            Kind::Of(Outcome::Lost) => say::lost(),
            Kind::Of(Outcome::Open) => say::still_to_come(),
            Kind::Of(Outcome::Waiting) => say::waiting(),
            Kind::Of(Outcome::Dead) => say::dead_letters(),
            Kind::Of(Outcome::Skipped) => say::skipped(),
        }
    }

    /// What it means.
    pub fn says(self) -> &'static str {
        match self {
            Kind::Expected => say::every_record_in_the_applications(),
            Kind::Of(Outcome::Once) => say::the_side_effect_was_done(),
            Kind::Of(Outcome::Twice) => say::the_side_effect_was(),
            Kind::Of(Outcome::Lost) => say::not_done_and_nobody_will(),
            Kind::Of(Outcome::Open) => say::not_done_and_not_committed(),
            Kind::Of(Outcome::Waiting) => say::not_done_a_copy_is(),
            Kind::Of(Outcome::Dead) => say::not_done_it_lies_in(),
            Kind::Of(Outcome::Skipped) => say::not_done_given_up_knowingly(),
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
    let by = |entry: &Entry| say::by_at(&entry.by, &words::time(entry.at));
    match fortune.outcome() {
        Outcome::Once | Outcome::Twice => {
            let done = about.iter().filter(|entry| entry.deed == Deed::Done).map(|entry| by(entry));
            let done: Vec<String> = done.collect();
            match done.split_first() {
                Some((first, [])) => say::done(&first),
                Some((first, rest)) => {
                    say::done_and_again(first, &rest.join(&[say::and_again(), " "].concat()))
                }
                None => say::done_times(fortune.times as u64),
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
                (Some(copy), Some(why)) => say::now_in(&why, &copy),
                (Some(copy), None) => say::now_in_copy(&copy),
                (None, _) => say::on_its_way().to_owned(),
            }
        }
        Outcome::Open => match last {
            Some(entry) => match &entry.deed {
                Deed::Failed(class) => say::failed_it_will_be_tried(&by(entry), &super::simple(class)),
                _ => say::not_committed_yet().to_owned(),
            },
            None => say::nobody_has_handled_it_yet().to_owned(),
        },
        Outcome::Skipped => match about.iter().rev().find(|entry| entry.deed == Deed::Skipped) {
            Some(entry) => say::given_up_with_a_line(&by(entry)),
            None => say::thrown_away_at_the_desk().to_owned(),
        },
        Outcome::Lost => match last {
            Some(entry) if entry.deed == Deed::Dropped => say::dropped_as_seen_before_though(&by(entry)),
            _ => say::its_offset_was_committed_its().to_owned(),
        },
    }
}

/// `12 of 40 done once; 5 wait, 2 were done twice, 1 is lost`.
fn sentence(account: &Account) -> String {
    let Account { expected, once, .. } = *account;
    if expected == 0 {
        return say::no_record_has_come_yet().to_owned();
    }
    if once == expected {
        return say::all_done_each_exactly_once(&expected);
    }
    let part = |n: u64, says: fn(u64) -> String| (n > 0).then(|| says(n));
    let parts = [
        part(account.lost, say::part_lost),
        part(account.twice, say::part_twice),
        part(account.dead, say::part_dead),
        part(account.waiting, say::part_waiting),
        part(account.open, say::part_open),
        part(account.skipped, say::part_skipped),
    ];
    say::of_done_once(&once, &expected, &words::list(parts.into_iter().flatten(), 6))
}
