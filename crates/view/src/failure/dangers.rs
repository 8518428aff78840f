//! What may go wrong when dead letters are sent again, said before it is done: order, staleness, duplicates, and the
//! load on what has just been mended. The engine counts; here it becomes words.

use super::Place;
use crate::words;
use millrace_model::Span;
use millrace_sim::Timeline;
use millrace_sim::world::{Letter, Overload};
use millrace_words::fates as say;

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
        0 => say::no_newer_record_of_their().to_owned(),
        late => say::of_would_come_after_a(&late, &n),
    };
    let oldest = found.oldest.unwrap_or(Span::ZERO);
    let staleness = match oldest >= STALE {
        true => say::the_oldest_was_written_ago(&super::age(oldest)),
        false => say::the_oldest_was_written(&super::age(oldest)),
    };
    let (done, copies) = (found.done_before.len(), found.copies.len());
    let duplicates = match (done, copies, found.is_idempotent) {
        (0, 0, true) => say::none_of_them_is_done().to_owned(),
        (0, 0, false) => say::none_of_them_is().to_owned(),
        (_, _, true) => say::of_are_done_already_are(&done, &n, &copies),
        (_, _, false) => say::of_are_done_already(&done, &n, &copies),
    };
    let is_twice = done + copies > 0 && !found.is_idempotent;
    let (heavy, overload) = match &found.overload {
        Some(overload) => load(overload, n as u64),
        None => (false, say::it_calls_no_service_only().to_owned()),
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
        return (heavy, say::is_broken_they_would_come(&service));
    }
    let takes = say::answers_calls_a_second(&service, &capacity);
    let waits = match *queue {
        Span::ZERO => String::new(),
        queue => say::and_a_call_waits_for(&words::span(queue)),
    };
    let says = match (rate, heavy) {
        (Some(rate), false) => say::a_second_leave_room_for(&takes, &waits, &rate),
        (Some(rate), true) => say::a_second_are_more_than(&takes, &waits, &rate),
        (None, false) => say::at_once_are_gone_within(&takes, &waits, &n),
        (None, true) => say::at_once_keep_it_busy(
            &takes,
            &waits,
            &n,
            &words::span(Span::from_millis(n * 1_000 / (*capacity).max(1))),
        ),
    };
    (heavy, says)
}
