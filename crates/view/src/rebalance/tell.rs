//! A rebalance as text: what the chart shows, for whoever cannot see it, and for tests.

use super::{Course, Rebalance};
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
