//! `cargo xtask lint`: everything that needs no running program to be judged.

mod clippy;
mod edges;
mod fmt;
mod graph;
mod licences;
mod words;

use crate::Done;
use crate::args::{USAGE, nearest};
use crate::process::say;

type Part = (&'static str, fn() -> Done);

/// The parts, the quick ones first.
const PARTS: &[Part] = &[
    ("fmt", fmt::run),
    ("edges", edges::run),
    ("licences", licences::run),
    ("words", words::run),
    ("clippy", clippy::run),
];

/// Runs all parts, or the one that is named, and tells of every part that failed.
///
/// # Errors
/// If a part finds something, or the argument names no part.
pub fn run(args: &[String]) -> Done {
    let chosen: Vec<&Part> = match args {
        [] => PARTS.iter().collect(),
        [name] => PARTS.iter().filter(|(part, _)| part == name).collect(),
        [_, extra, ..] => return Err(format!("{USAGE}: one part at a time, what is `{extra}`?")),
    };
    if chosen.is_empty() {
        let names: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
        let given = args.first().map_or("", String::as_str);
        return Err(format!("{USAGE}: no part `{given}`; the nearest is `{}`", nearest(given, &names)));
    }
    let mut failed = Vec::new();
    for (name, part) in chosen {
        say(&format!("lint {name}"));
        if let Err(message) = part() {
            failed.push(format!("lint {name}: {message}"));
        }
    }
    if failed.is_empty() {
        say("lint: clean");
        return Ok(());
    }
    Err(failed.join("\n"))
}

/// Turns what a rule found into an end: nothing is good.
fn verdict(found: &[String]) -> Done {
    if found.is_empty() { Ok(()) } else { Err(format!("{} found\n  {}", found.len(), found.join("\n  "))) }
}
