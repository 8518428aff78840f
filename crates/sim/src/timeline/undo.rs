//! Undo and redo: back to just before the last command, on a line of history in which it was not given.
//!
//! Nothing is thrown away: the future that was undone stays among the branches, and redo goes back into it.

use super::notes::{Noted, Notes};
use super::{BranchId, Logged, Moment, Timeline};
use crate::command::Command;

/// Something that undo takes back.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    /// A command: where the playhead stood before it. On the other side: where undo was pressed.
    At(Moment),
    /// A note, and all notes as they were without it. On the other side: as they were with it.
    Noted(Box<(Noted, Notes)>),
}

impl Deed {
    /// Whether it leads to a branch.
    pub(super) fn leads_to(&self, id: BranchId) -> bool {
        matches!(self, Deed::At(moment) if moment.branch == id)
    }
}

impl Timeline {
    /// The command that [`Timeline::undo`] would take back; `None` if it is a note, or nothing.
    pub fn undoable(&self) -> Option<&Command> {
        let Some(Deed::At(moment)) = self.undo.last() else { return None };
        // A rewritten past began its branch long before the moment to which undo goes back.
        let step = match self.branch().forked_from {
            Some((_, step, _)) if moment.branch != self.branch().id => step.min(moment.step),
            _ => moment.step,
        };
        self.branch().log().iter().find(|logged| logged.after == step).map(|logged| &*logged.command)
    }

    /// The note that [`Timeline::undo`] would take back, if it is one.
    pub fn noted(&self) -> Option<&Noted> {
        match self.undo.last()? {
            Deed::Noted(noted) => Some(&noted.0),
            Deed::At(_) => None,
        }
    }

    /// Makes every command before the playhead undoable: what was saved does not say in which order branches were visited,
    /// so the order of the log counts.
    pub(super) fn expect_undo(&mut self) {
        let here = self.moment();
        let before = |logged: &&Logged| logged.after < here.step;
        let deed =
            |logged: &Logged| Deed::At(Moment { branch: here.branch, step: logged.after, at: logged.at });
        self.undo = self.branch().log().iter().filter(before).map(deed).collect();
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

    /// Goes back to just before the last command, without it, or takes the last note back. False if there is none.
    pub fn undo(&mut self) -> bool {
        let Some(deed) = self.undo.pop() else { return false };
        let moment = match deed {
            Deed::At(moment) => moment,
            Deed::Noted(noted) => {
                let (noted, before) = *noted;
                let after = self.change_notes(before);
                self.redo.push(Deed::Noted(Box::new((noted, after))));
                return true;
            }
        };
        let here = self.moment();
        if !self.go_to(moment) {
            return false;
        }
        self.redo.push(Deed::At(here));
        // Where the command began a branch of its own, the older branch does not have it: going there is enough.
        if moment.branch == here.branch {
            self.fork();
        }
        true
    }

    /// Takes the last undo back: returns to where it was pressed. False if there is none.
    pub fn redo(&mut self) -> bool {
        let Some(deed) = self.redo.pop() else { return false };
        let moment = match deed {
            Deed::At(moment) => moment,
            Deed::Noted(noted) => {
                let (noted, after) = *noted;
                let before = self.change_notes(after);
                self.undo.push(Deed::Noted(Box::new((noted, before))));
                return true;
            }
        };
        let here = self.moment();
        if !self.go_to(moment) {
            return false;
        }
        self.undo.push(Deed::At(here));
        true
    }
}
