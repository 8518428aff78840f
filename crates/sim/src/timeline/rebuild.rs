//! Building a timeline from what was saved: setup, command logs, and where the playhead stood.
//!
//! A log can be long, so the work is done in slices: a page keeps its frames and can say how far it has come.

use super::{Branch, BranchId, Logged, Moment, Timeline};
use crate::world::{Refusal, Setup};
use millrace_model::Time;

/// A branch as it is saved: the log is the truth, the frontier says how far it had been played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedBranch {
    /// Its number.
    pub id: BranchId,
    /// The branch it grew from, and the step and time at which it did.
    pub forked_from: Option<(BranchId, u64, Time)>,
    /// All its commands, those before the fork included.
    pub log: Vec<Logged>,
    /// The latest time that it had reached.
    pub frontier: Time,
}

/// A command that could not be put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The branch.
    pub branch: BranchId,
    /// Its place in the branch's log, from 0.
    pub index: usize,
    /// Why it was left out.
    pub refusal: Refusal,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Rebuild {
    timeline: Timeline,
    saved: Vec<SavedBranch>,
    playhead: Moment,
    branch: usize,
    next: Option<usize>,
    misfits: Vec<Misfit>,
}

impl Branch {
    /// What has to be saved of it.
    pub fn to_saved(&self) -> SavedBranch {
        SavedBranch {
            id: self.id,
            forked_from: self.forked_from,
            log: self.log().to_vec(),
            frontier: self.frontier(),
        }
    }
}

impl Rebuild {
    /// Begins; parents must stand before the branches that grew from them.
    pub fn new(setup: Setup, saved: Vec<SavedBranch>, playhead: Moment) -> Rebuild {
        let timeline = Timeline::new(setup);
        Rebuild { timeline, saved, playhead, branch: 0, next: None, misfits: Vec::new() }
    }

    /// Makes at most about `budget` steps; true once everything is there.
    pub fn advance(&mut self, budget: usize) -> bool {
        let mut left = budget;
        while left > 0 {
            let Some(saved) = self.saved.get(self.branch) else { return true };
            let Some(next) = self.next else {
                self.begin_branch();
                continue;
            };
            let target = saved.log.get(next).map_or(saved.frontier, |logged| logged.at);
            let due = saved.log.get(next).map_or(u64::MAX, |logged| logged.after);
            let steps = self.timeline.world().steps();
            if steps < due && self.timeline.has_next(target) {
                self.timeline.step();
                left -= 1;
                if self.timeline.halt().is_none() {
                    continue;
                }
            }
            self.put_back(next);
        }
        self.saved.get(self.branch).is_none()
    }

    /// How much is done, in percent of the virtual time to be played.
    pub fn percent(&self) -> u8 {
        let total: u64 = self.saved.iter().map(|saved| saved.frontier.0).sum::<u64>().max(1);
        let done: u64 = self.saved.iter().take(self.branch).map(|saved| saved.frontier.0).sum();
        let here = if self.next.is_some() { self.timeline.world().now().0 } else { 0 };
        u8::try_from(((done + here) * 100 / total).min(100)).unwrap_or(100)
    }

    /// The timeline with its playhead where it stood, and the commands that had to be left out.
    pub fn finish(mut self) -> (Timeline, Vec<Misfit>) {
        while !self.advance(100_000) {}
        if !self.timeline.go_to(self.playhead) {
            let frontier = self.timeline.branch().frontier();
            self.timeline.seek(frontier);
        }
        self.timeline.expect_undo();
        (self.timeline, self.misfits)
    }

    /// Goes to where the next branch begins.
    fn begin_branch(&mut self) {
        let Some(saved) = self.saved.get(self.branch) else { return };
        let skip = match saved.forked_from {
            Some((branch, step, at)) if self.timeline.go_to(Moment { branch, step, at }) => {
                self.timeline.fork_as(saved.id, at);
                saved.log.partition_point(|logged| logged.after < step)
            }
            _ => {
                self.timeline.root_as(saved.id);
                0
            }
        };
        self.next = Some(skip);
    }

    /// Puts one command back, or ends the branch when all are.
    fn put_back(&mut self, next: usize) {
        let Some(saved) = self.saved.get(self.branch) else { return };
        if let Some(logged) = saved.log.get(next) {
            let put_back = self.timeline.replay(logged.clone());
            if let Err(refusal) = put_back {
                self.misfits.push(Misfit { branch: saved.id, index: next, refusal });
            }
            self.next = Some(next + 1);
        } else {
            self.timeline.run_until(saved.frontier, usize::MAX);
            self.branch += 1;
            self.next = None;
        }
    }
}
