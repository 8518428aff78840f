//! What may go wrong when dead letters are sent again, said before it is done: order, staleness, duplicates, and the
//! load on what has just been mended. The engine counts; here it becomes words.

use super::Place;
use crate::words;
use millrace_model::Span;
use millrace_sim::Timeline;
use millrace_sim::world::{Letter, Overload};

/// From this age on a letter is called stale.
const STALE: Span = Span::from_secs(60);

/// One of the four.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Danger {
    /// `order`, `staleness`, `duplicates`, `overload`.
    pub name: &'static str,
    /// Whether it is there.
    pub is_there: bool,
    /// What it comes to.
    pub says: String,
}

/// The dangers of sending these letters again, so many a second.
pub fn dangers(timeline: &Timeline, group: &str, chosen: &[Place], rate: Option<u32>) -> Vec<Danger> {
    let world = timeline.world();
    let is_chosen =
        |letter: &Letter<'_>| chosen.iter().any(|(tp, offset)| letter.tp == *tp && letter.offset == *offset);
    let letters: Vec<Letter<'_>> = world.letters(group).filter(is_chosen).collect();
    if letters.is_empty() {
        return Vec::new();
    }
    let found = world.dangers(group, &letters, rate);
    let n = letters.len();
    let danger = |name, is_there, says| Danger { name, is_there, says };
    let order = match found.overtaken.len() {
        0 => "No newer record of their keys is done: they still come in time.".to_owned(),
        late => format!(
            "{late} of {n} would come after a newer record of the same key that is done: an old state over a new one."
        ),
    };
    let oldest = found.oldest.unwrap_or(Span::ZERO);
    let staleness = match oldest >= STALE {
        true => format!(
            "The oldest was written {} ago: does anybody still want what it asks for?",
            super::age(oldest)
        ),
        false => format!("The oldest was written {} ago.", super::age(oldest)),
    };
    let (done, copies) = (found.done_before.len(), found.copies.len());
    let duplicates = match (done, copies, found.is_idempotent) {
        (0, 0, true) => "None of them is done. The application knows what it has seen by its id, and drops it.".to_owned(),
        (0, 0, false) => "None of them is done by the books. What a try had done before it failed, nobody knows: this application does not know its records again.".to_owned(),
        (_, _, true) => format!("{done} of {n} are done already, {copies} are sent a second time; the application knows them by their id, and drops them."),
        (_, _, false) => format!("{done} of {n} are done already, {copies} are sent a second time: they would be done twice."),
    };
    let is_twice = done + copies > 0 && !found.is_idempotent;
    let (heavy, overload) = match &found.overload {
        Some(overload) => load(overload, n as u64),
        None => (false, "It calls no service: only the application itself has more to do.".to_owned()),
    };
    vec![
        danger("order", !found.overtaken.is_empty(), order),
        danger("staleness", oldest >= STALE, staleness),
        danger("duplicates", is_twice, duplicates),
        danger("overload", heavy, overload),
    ]
}

fn load(overload: &Overload, n: u64) -> (bool, String) {
    let Overload { service, rate, capacity, queue, is_broken } = overload;
    let heavy = overload.is_too_much(n);
    if *is_broken {
        return (heavy, format!("{service} is broken: they would come straight back."));
    }
    let takes = format!("{service} answers {capacity} calls a second");
    let waits = match *queue {
        Span::ZERO => String::new(),
        queue => format!(", and a call waits {} for its turn now", words::span(queue)),
    };
    let says = match (rate, heavy) {
        (Some(rate), false) => format!("{takes}{waits}; {rate} a second leave room for what is new."),
        (Some(rate), true) => format!("{takes}{waits}; {rate} a second are more than that."),
        (None, false) => format!("{takes}{waits}; {n} at once are gone within a second."),
        (None, true) => format!(
            "{takes}{waits}; {n} at once keep it busy for {}, before anything new.",
            words::span(Span::from_millis(n * 1_000 / (*capacity).max(1)))
        ),
    };
    (heavy, says)
}
