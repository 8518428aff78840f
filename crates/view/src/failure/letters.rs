//! The dead letters of an application: search, groups by cause, one line for each.

use super::{Line, Place};
use crate::words;
use millrace_client::listener::headers;
use millrace_model::{Span, Time};
use millrace_sim::Timeline;
use millrace_sim::world::{Closed, Letter, letters as causes};
use millrace_words::fates as say;

/// Most letters that are listed.
const LISTED: usize = 100;

/// Which letters are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// A text that stands in the key, the value, the topic, or a header.
    pub text: String,
    /// A cause, by its id.
    pub cause: Option<String>,
    /// Those, too, that the desk has dealt with.
    pub closed: bool,
}

/// Letters of one cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// What tells it from others.
    pub id: String,
    /// The exception's class, without its package.
    pub name: String,
    /// What their messages have in common.
    pub message: String,
    /// How many wait.
    pub open: u64,
    /// How long the oldest has waited.
    pub oldest: String,
    /// What chooses them in a command.
    pub filter: String,
}

/// A letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterLine {
    /// Where it lies.
    pub at: Place,
    /// The record.
    pub line: Line,
    /// The exception's class, without the package.
    pub cause: String,
    /// How long it has lain there.
    pub age: String,
    /// What the desk has done with it.
    pub closed: Option<&'static str>,
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letters {
    /// How many wait for somebody.
    pub open: u64,
    /// How many have been dealt with.
    pub closed: u64,
    /// How long the oldest has waited.
    pub oldest: Option<String>,
    /// By cause, the largest group first.
    pub causes: Vec<Cause>,
    /// Those that are wanted, the oldest first.
    pub lines: Vec<LetterLine>,
    /// How many more there are.
    pub more: usize,
}

/// The letters of `group`.
pub fn letters(timeline: &Timeline, group: &str, search: &Search) -> Letters {
    let world = timeline.world();
    let now = world.now();
    let mut found = Letters::default();
    let groups = world.causes(group);
    for one in &groups {
        let class = &one.cause.class;
        let is_only = groups.iter().filter(|other| other.cause.class == *class).count() == 1;
        let places =
            || one.letters.iter().map(|letter| (letter.tp.clone(), letter.offset)).collect::<Vec<Place>>();
        let filter = match is_only
            && one.letters.iter().all(|l| l.record.header(headers::EXCEPTION_CAUSE_FQCN).is_some())
        {
            true => format!("headers[\"{}\"] == \"{class}\"", headers::EXCEPTION_CAUSE_FQCN),
            false => filter_of(&places()),
        };
        let oldest = one.letters.iter().map(|letter| letter.age(now)).max().unwrap_or(Span::ZERO);
        found.open += one.letters.len() as u64;
        found.causes.push(Cause {
            id: id_of(&one.cause),
            name: one.cause.simple_name().to_owned(),
            message: one.cause.template.to_string(),
            open: one.letters.len() as u64,
            oldest: super::age(oldest),
            filter,
        });
    }
    found.oldest = world.oldest_letter(group).map(super::age);
    let wanted = search.text.trim();
    for letter in world.letters(group) {
        found.closed += u64::from(letter.closed.is_some());
        let is_meant = (search.closed || letter.closed.is_none())
            && search.cause.as_ref().is_none_or(|cause| *cause == id_of(&letter.cause()))
            && (wanted.is_empty() || letter.contains(wanted));
        match is_meant {
            true if found.lines.len() < LISTED => found.lines.push(line(&letter, now)),
            true => found.more += 1,
            false => {}
        }
    }
    found
}

fn id_of(cause: &causes::Cause) -> String {
    [&*cause.class, " ", &*cause.template].concat()
}

fn line(letter: &Letter<'_>, now: Time) -> LetterLine {
    let at = (letter.tp.clone(), letter.offset);
    let tries = say::tries(letter.attempts() as u64);
    let says = match letter.original() {
        Some((tp, offset)) => say::from(&words::place(&tp, offset), &tries),
        None => letter.exception().1.to_string(),
    };
    LetterLine {
        line: Line::of(&at, letter.record, says),
        at,
        cause: letter.cause().simple_name().to_owned(),
        age: super::age(letter.age(now)),
        closed: letter.closed.map(|closed| match closed {
            Closed::Redriven => say::sent_again(),
            Closed::Discarded => say::thrown_away(),
            Closed::Handled => say::handled_by_the_listener_of(),
        }),
    }
}

/// What chooses exactly these letters in a command.
pub fn filter_of(places: &[Place]) -> String {
    let mut parts: Vec<(&Place, Vec<i64>)> = Vec::new();
    for place in places {
        match parts.iter_mut().find(|(of, _)| of.0 == place.0) {
            Some((_, offsets)) => offsets.push(place.1.0),
            None => parts.push((place, vec![place.1.0])),
        }
    }
    let part = |((tp, _), offsets): &(&Place, Vec<i64>)| {
        let list = offsets.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let which = if offsets.len() == 1 { format!("== {list}") } else { format!("in [{list}]") };
        format!("topic == \"{}\" and partition == {} and offset {which}", tp.topic, tp.partition)
    };
    match parts.as_slice() {
        [one] => part(one),
        all => all.iter().map(|one| format!("({})", part(one))).collect::<Vec<_>>().join(" or "),
    }
}
