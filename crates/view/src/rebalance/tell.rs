//! A rebalance as text: what the chart shows, for whoever cannot see it, and for tests.

use super::{Course, Pause, Rebalance};
use crate::words;
use millrace_model::Time;
use millrace_words::rebalances as say;
use std::fmt::Write;

/// The whole story: its title, its phases, what happened, what stood still.
pub fn tell(course: &Course, rebalance: &Rebalance, now: Time) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{}", rebalance.title(now));
    for phase in &rebalance.phases {
        let lasted = match phase.until {
            Some(until) => words::span(until.since(phase.from)),
            None => say::goes_on().to_owned(),
        };
        let _ = writeln!(out, "{}  {} · {lasted} · {}", phase.from, phase.kind.name(), phase.kind.says());
    }
    for told in &rebalance.told {
        let _ = writeln!(out, "{}  {}", told.at, told.text);
    }
    for still in course.still_in(rebalance) {
        let lasted = match still.until {
            Some(until) => say::for_word(&words::span(until.since(still.from))),
            None => say::until_now().to_owned(),
        };
        let which = if still.is_all() { say::any().to_owned() } else { still.stopped.to_string() };
        let says = say::nobody_reads_lasted(&which, still.of as u64, &lasted);
        let _ = writeln!(out, "{}  {says}", still.from);
    }
    out
}

/// What a rebalance cost, in one sentence: how long nobody read, and how many partitions went to another member.
pub fn summary(course: &Course, rebalance: &Rebalance, now: Time) -> String {
    let end = rebalance.until.unwrap_or(now);
    let pauses = Pause::of(course.still_in(rebalance), end.max(rebalance.from));
    let of = pauses.iter().map(|pause| pause.of).max().unwrap_or(course.partitions());
    let cost = match pauses.as_slice() {
        [] => say::every_partition_was_read_all().to_owned(),
        [one] if one.worst < one.of => say::the_others(&one.says(), (one.of - one.worst) as u64),
        some => words::list(some.iter().map(Pause::says), 3),
    };
    say::got_other_readers(&cost, rebalance.moved() as u64, &of)
}
