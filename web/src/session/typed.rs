//! Lines of the console, carried out on the session's timeline.

use super::{Session, Shelf, keep};
use leptos::prelude::*;
use millrace_console::{Line, Printed};
use millrace_sim::Timeline;
use millrace_tools::NoFiles;

impl Session {
    /// Carries out one line of the console. What it changes is kept, undone and branched like everything else.
    pub fn type_line(self, line: &Line) -> Printed {
        if self.is_loading() {
            let stderr = [millrace_words::session::a_history_is_on_its_way(), "\n"].concat();
            return Printed { stderr, exit: 1, ..Printed::default() };
        }
        let before = self.with(|timeline| (timeline.branch().id, timeline.branch().log().len()));
        let forgotten = self.with(Timeline::forgotten_branches);
        let printed =
            self.change(Printed::default(), |timeline| millrace_console::run(timeline, line, &NoFiles));
        let after = self.with(|timeline| (timeline.branch().id, timeline.branch().log().len()));
        // A branch that was switched to has a log of its own; nothing was given then.
        let is_forked = self.with(|timeline| timeline.is_live()) && before.0 != after.0;
        self.is_used.set(true);
        if before != after {
            self.shelf.update_value(Shelf::forget_after);
            self.same_as.set(line.text.clone());
            self.given.update(|n| *n += 1);
            match is_forked && is_command(line) {
                true => self.say_forked(forgotten),
                false => self.notice.set(None),
            }
        }
        keep::remember(self);
        printed
    }
}

/// Whether a line does something to the world, and not to history.
fn is_command(line: &Line) -> bool {
    use millrace_console::Job;
    use millrace_script::Statement;
    match &line.job {
        Ok(Job::Tool(_) | Job::Bare(_)) => true,
        Ok(Job::Say(statement)) => matches!(**statement, Statement::Do(_)),
        Ok(Job::Help(_) | Job::Print(_)) | Err(_) => false,
    }
}
