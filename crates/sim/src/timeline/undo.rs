//! Undo and redo: back to just before the last command, on a line of history in which it was not given.
//!
//! Nothing is thrown away: the future that was undone stays among the branches, and redo goes back into it.

use super::{Logged, Moment, Timeline};
use crate::command::Command;

impl Timeline {
    /// The command that [`Timeline::undo`] would take back.
    pub fn undoable(&self) -> Option<&Command> {
        let moment = self.undo.last()?;
        // A rewritten past began its branch long before the moment to which undo goes back.
        let step = match self.branch().forked_from {
            Some((_, step, _)) if moment.branch != self.branch().id => step.min(moment.step),
            _ => moment.step,
        };
        self.branch().log().iter().find(|logged| logged.after == step).map(|logged| &logged.command)
    }

    /// Makes every command before the playhead undoable: what was saved does not say in which order branches were visited,
    /// so the order of the log counts.
    pub(super) fn expect_undo(&mut self) {
        let here = self.moment();
        let before = |logged: &&Logged| logged.after < here.step;
        let moment = |logged: &Logged| Moment { branch: here.branch, step: logged.after, at: logged.at };
        self.undo = self.branch().log().iter().filter(before).map(moment).collect();
    }

    /// Makes what has been done so far count as given: there is nothing to undo or redo any more.
    pub fn forget_undo(&mut self) {
        self.undo.clear();
        self.redo.clear();
    }

    /// True if there is something to do again.
    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    /// Goes back to just before the last command, without it. False if there is none.
    pub fn undo(&mut self) -> bool {
        let Some(moment) = self.undo.pop() else { return false };
        let here = self.moment();
        if !self.go_to(moment) {
            return false;
        }
        self.redo.push(here);
        // Where the command began a branch of its own, the older branch does not have it: going there is enough.
        if moment.branch == here.branch {
            self.fork();
        }
        true
    }

    /// Takes the last undo back: returns to where it was pressed. False if there is none.
    pub fn redo(&mut self) -> bool {
        let Some(moment) = self.redo.pop() else { return false };
        let here = self.moment();
        if !self.go_to(moment) {
            return false;
        }
        self.undo.push(here);
        true
    }
}
