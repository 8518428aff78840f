//! What lines print, as they are typed where there are no files.

// Each test takes of it what it needs.
#![allow(missing_docs, dead_code)]

use millrace_console::{Printed, lines, run};
use millrace_sim::Timeline;
use millrace_tools::NoFiles;

/// What each of some lines prints.
pub fn all(timeline: &mut Timeline, text: &str) -> Vec<Printed> {
    lines(text, timeline.setup().profile).map(|line| run(timeline, &line, &NoFiles)).collect()
}

/// What one line prints.
pub fn one(timeline: &mut Timeline, text: &str) -> Printed {
    let mut printed = all(timeline, text);
    assert_eq!(printed.len(), 1, "{text}: {printed:?}");
    printed.remove(0)
}
