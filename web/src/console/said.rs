//! What stands in the console: what was typed with what it printed, what was clicked, where a paste has stopped.

use super::Desk;
use leptos::prelude::*;
use millrace_console::Printed;
use millrace_model::Time;
use millrace_sim::Moment;
use millrace_words::console as say;

/// Lines of the history so far that are shown when the console is first opened.
const BEFORE: usize = 40;

/// One entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Its number, from 0.
    pub number: u32,
    /// What the clock showed.
    pub at: Time,
    /// What it is.
    pub kind: Kind,
}

/// See [`Said`].
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A line was typed, or pasted.
    Typed {
        /// As it was written.
        line: String,
        /// Where the playhead was.
        before: Moment,
        /// How many commands it gave.
        given: usize,
        /// What came of it.
        printed: Printed,
    },
    /// Something was done by a click, or by a scene.
    Clicked {
        /// The line that does the same.
        line: String,
        /// How it came: `by click`, or `so far` for what had been done when the console was opened.
        by: &'static str,
    },
    /// A text of several lines has stopped.
    Stopped {
        /// The number of the line that failed.
        number: usize,
        /// How many were not carried out.
        left: usize,
        /// Those.
        rest: String,
    },
}

impl Said {
    /// As plain text.
    pub fn text(&self) -> String {
        match &self.kind {
            Kind::Typed { line, printed, .. } => {
                let exit = match printed.exit {
                    0 => String::new(),
                    exit => format!("# exit {exit}\n"),
                };
                format!("$ {line}\n{}{}{exit}", printed.stdout, printed.stderr)
            }
            Kind::Clicked { line, by } => format!("$ {line}  # {by}\n"),
            Kind::Stopped { number, left, .. } => format!("# stopped at line {number}, {left} left\n"),
        }
    }
}

/// Shows what this history has been until now, as lines.
pub fn begin(desk: Desk) {
    let (lines, left_out) = desk.session.with(|timeline| {
        let profile = timeline.setup().profile;
        let steps = timeline.world().steps();
        let log: Vec<_> = timeline.branch().log().iter().filter(|logged| logged.after < steps).collect();
        let left_out = log.len().saturating_sub(BEFORE);
        let shown = log.into_iter().skip(left_out);
        let lines = shown.map(|logged| (logged.at, millrace_script::print(&logged.command, profile)));
        (lines.collect::<Vec<_>>(), left_out)
    });
    let mut number = 0;
    let mut all = Vec::new();
    let mut push = |at: Time, line: String| {
        all.push(std::sync::Arc::new(Said { number, at, kind: Kind::Clicked { line, by: say::so_far() } }));
        number += 1;
    };
    if left_out > 0 {
        push(Time::ZERO, format!("# {left_out} lines before"));
    }
    for (at, line) in lines {
        push(at, line);
    }
    desk.next.set_value(number);
    desk.said.set(all);
}
