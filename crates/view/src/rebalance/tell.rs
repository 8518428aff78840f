//! A rebalance as text: what the chart shows, for whoever cannot see it, and for tests.

use super::{Course, Pause, Rebalance};
use crate::words;
use millrace_model::Time;
use std::fmt::Write;

/// The whole story: its title, its phases, what happened, what stood still.
pub fn tell(course: &Course, rebalance: &Rebalance, now: Time) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{}", rebalance.title(now));
    for phase in &rebalance.phases {
        let lasted = match phase.until {
            Some(until) => words::span(until.since(phase.from)),
            None => "goes on".to_owned(),
        };
        let _ = writeln!(out, "{}  {} · {lasted} · {}", phase.from, phase.kind.name(), phase.kind.says());
    }
    for told in &rebalance.told {
        let _ = writeln!(out, "{}  {}", told.at, told.text);
    }
    for still in course.still_in(rebalance) {
        let lasted = match still.until {
            Some(until) => format!("for {}", words::span(until.since(still.from))),
            None => "until now".to_owned(),
        };
        let _ = writeln!(
            out,
            "{}  nobody reads {} of {} {lasted}",
            still.from,
            if still.is_all() { "any".to_owned() } else { still.stopped.to_string() },
            words::many(still.of, "partition")
        );
    }
    out
}

/// What a rebalance cost, in one sentence: how long nobody read, and how many partitions went to another member.
pub fn summary(course: &Course, rebalance: &Rebalance, now: Time) -> String {
    let end = rebalance.until.unwrap_or(now);
    let pauses = Pause::of(course.still_in(rebalance), end.max(rebalance.from));
    let of = pauses.iter().map(|pause| pause.of).max().unwrap_or(course.partitions());
    let cost = match pauses.as_slice() {
        [] => "every partition was read all the while".to_owned(),
        [one] if one.worst < one.of => {
            let (are, left) = (if one.of - one.worst == 1 { "was" } else { "were" }, one.of - one.worst);
            format!("{}, the other {left} {are} read all the while", one.says())
        }
        some => words::list(some.iter().map(Pause::says), 3),
    };
    let readers = if rebalance.moved() == 1 { "got another reader" } else { "got other readers" };
    format!("{cost}; {} of {of} {readers}", rebalance.moved())
}
