//! Another past: one command of the log in another form, and everything that was commanded after it once more, on a branch
//! of its own. The history as it was stays among the branches.

use super::{Logged, Moment, Timeline};
use crate::command::Command;
use crate::world::Refusal;

/// What a rewritten history could not do again, because it makes no sense there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The command.
    pub command: Command,
    /// Why.
    pub refusal: Refusal,
}

impl Timeline {
    /// Puts `command` in the place of the one that stands at `index` of the current branch's log, gives the later ones up
    /// to the playhead again, each at its own time, and plays on to where the playhead stood. Undo goes back there.
    /// Answers what had to be left out.
    ///
    /// # Errors
    /// [`Refusal`] if the log has no such place before the playhead, or the command makes no sense there; nothing has
    /// changed then.
    pub fn rewrite(&mut self, index: usize, command: Command) -> Result<Vec<LeftOut>, Refusal> {
        let here = self.moment();
        let log: Vec<Logged> = self.branch().log().iter().skip(index).cloned().collect();
        let mut past = log.into_iter().take_while(|logged| logged.after < here.step);
        let Some(first) = past.next() else {
            return Err(Refusal::OutOfOrder { after: here.step, steps: here.step });
        };
        let there = Moment { branch: here.branch, step: first.after, at: first.at };
        if !self.go_to(there) {
            return Err(Refusal::OutOfOrder { after: first.after, steps: here.step });
        }
        if let Err(refusal) = self.world.check(&command) {
            self.go_to(here);
            return Err(refusal);
        }
        self.fork();
        self.execute(command);
        let mut left_out = Vec::new();
        let mut last = first;
        for logged in past {
            // Commands that followed each other at once do so again; the steps between the others may have become more
            // or fewer, their times are what counts.
            let at_once = logged.at == last.at && logged.after == last.after.saturating_add(1);
            if !at_once {
                self.run_until(logged.at, usize::MAX);
            }
            match self.world.check(&logged.command) {
                Ok(()) => {
                    self.execute(logged.command.clone());
                }
                Err(refusal) => left_out.push(LeftOut { command: logged.command.clone(), refusal }),
            }
            last = logged;
        }
        self.run_until(here.at, usize::MAX);
        self.undo.push(here);
        self.redo.clear();
        Ok(left_out)
    }
}
