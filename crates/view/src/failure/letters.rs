//! The dead letters of an application: search, groups by cause, one line for each.

use super::{Line, Place, simple};
use crate::words;
use millrace_client::listener::headers;
use millrace_model::{Record, Timestamp};
use millrace_sim::Timeline;
use millrace_sim::world::{Closed, Letter};

/// Most letters that are listed.
const LISTED: usize = 100;

/// Which letters are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// A text that stands in the key, the value, a header of the failure, or the place.
    pub text: String,
    /// A class of exceptions, with its package.
    pub cause: Option<String>,
    /// Those, too, that the desk has dealt with.
    pub closed: bool,
}

/// Letters of one cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The exception's class, with its package.
    pub class: String,
    /// Without it.
    pub name: String,
    /// The message of one of them.
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
    let now = world.now().timestamp();
    let mut found = Letters::default();
    let mut oldest = None::<Timestamp>;
    let mut causes: Vec<(Cause, Timestamp)> = Vec::new();
    let wanted = search.text.trim().to_lowercase();
    for letter in world.letters(group) {
        let class = text(letter.record, headers::EXCEPTION_CAUSE_FQCN);
        let message = reason(letter.record);
        if letter.closed.is_some() {
            found.closed += 1;
        } else {
            found.open += 1;
            oldest = Some(oldest.map_or(letter.timestamp, |at| at.min(letter.timestamp)));
            match causes.iter_mut().find(|(cause, _)| cause.class == class) {
                Some((cause, at)) => {
                    cause.open += 1;
                    *at = (*at).min(letter.timestamp);
                }
                None => {
                    let filter = format!("headers[\"{}\"] == \"{class}\"", headers::EXCEPTION_CAUSE_FQCN);
                    let name = simple(&class).to_owned();
                    let (class, message) = (class.clone(), message.clone());
                    let cause = Cause { class, name, message, open: 1, oldest: String::new(), filter };
                    causes.push((cause, letter.timestamp));
                }
            }
        }
        let is_meant = (search.closed || letter.closed.is_none())
            && search.cause.as_ref().is_none_or(|cause| *cause == class);
        if !is_meant {
            continue;
        }
        let line = line(&letter, &class, &message, now);
        let fits = |text: &String| text.to_lowercase().contains(&wanted);
        if !wanted.is_empty()
            && ![&line.line.place, &line.line.key, &line.line.value, &class, &message].into_iter().any(fits)
        {
            continue;
        }
        if found.lines.len() < LISTED { found.lines.push(line) } else { found.more += 1 }
    }
    millrace_model::collections::sort::sort_by_key(&mut causes, |(cause, _)| std::cmp::Reverse(cause.open));
    found.oldest = oldest.map(|at| super::age(now, at));
    found.causes =
        causes.into_iter().map(|(cause, at)| Cause { oldest: super::age(now, at), ..cause }).collect();
    found
}

fn line(letter: &Letter<'_>, class: &str, message: &str, now: Timestamp) -> LetterLine {
    let at = (letter.tp.clone(), letter.offset);
    // The header counts the coming delivery, and none comes.
    let tries = headers::attempts(letter.record).saturating_sub(1).max(1);
    let from = match headers::original(letter.record) {
        Some((tp, offset)) => format!(
            "{message} · from {} · {}",
            words::place(&tp, offset),
            words::many(tries, "try").replace("trys", "tries")
        ),
        None => message.to_owned(),
    };
    LetterLine {
        line: Line::of(&at, letter.record, from),
        at,
        cause: simple(class).to_owned(),
        age: super::age(now, letter.timestamp),
        closed: letter.closed.map(|closed| match closed {
            Closed::Redriven => "sent again",
            Closed::Discarded => "thrown away",
        }),
    }
}

/// What the application said: the last part of Spring's message is its own.
fn reason(record: &Record) -> String {
    let text = text(record, headers::EXCEPTION_MESSAGE);
    match text.rsplit_once("; ") {
        Some((_, own)) => own.to_owned(),
        None => text,
    }
}

/// A header as text.
fn text(record: &Record, name: &str) -> String {
    record.header(name).map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
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
