//! Going anywhere in history: the nearest checkpoint, then replay.

use super::{Moment, Timeline};
use crate::world::World;
use millrace_model::Time;

impl Timeline {
    /// Goes to the moment at which the clock shows `at` on the current branch; no further than it has ever been.
    pub fn seek(&mut self, at: Time) {
        let at = at.min(self.branch().frontier());
        let step = self.branch().steps_by(at);
        self.restore(step, at, true);
    }

    /// Goes to just after step number `step` of the current branch (0 is the start).
    pub fn seek_step(&mut self, step: u64) {
        let step = step.min(self.branch().step_count());
        let index = usize::try_from(step).unwrap_or(usize::MAX);
        let at = index.checked_sub(1).and_then(|i| self.branch().steps().get(i)).map_or(Time::ZERO, |s| s.at);
        self.restore(step, at, true);
    }

    /// Goes to a moment, on whichever branch it lies. False if that branch has been forgotten.
    pub fn go_to(&mut self, moment: Moment) -> bool {
        let same_branch = moment.branch == self.here.id;
        if !same_branch {
            let Some(there) = self.others.iter_mut().find(|branch| branch.id == moment.branch) else {
                return false;
            };
            std::mem::swap(&mut self.here, there);
            // Undo may lead into a branch that was thrown away since: then it is wanted again.
            self.notes.deleted.retain(|id| *id != moment.branch);
        }
        let at = moment.at.min(self.branch().frontier());
        self.restore(moment.step.min(self.branch().step_count()), at, same_branch);
        true
    }

    fn restore(&mut self, step: u64, at: Time, same_branch: bool) {
        self.here.is_now_sought();
        let here = &self.world;
        let is_ahead = same_branch && here.steps() <= step && here.now() <= at;
        let checkpoint = self.branch().checkpoint(step, at);
        // Playing on from here is cheaper than from an older checkpoint.
        let play_on = is_ahead && checkpoint.is_none_or(|world| world.steps() <= here.steps());
        if !play_on {
            self.world = checkpoint.cloned().unwrap_or_else(|| World::new(&self.setup));
        }
        self.run_steps_to(step, at);
        self.world.advance_clock(at);
    }

    /// Makes steps until `step` of them have happened; never one that lies after `at`.
    pub(super) fn run_steps_to(&mut self, step: u64, at: Time) {
        while self.world.steps() < step && self.has_next(at) && self.step() {}
    }
}
