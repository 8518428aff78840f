//! Building a timeline from what was saved: setup, command logs, and where the playhead stood.
//!
//! A log can be long, so the work is done in slices: a page keeps its frames and can say how far it has come.
//!
//! Each command goes back to its exact place: after so many steps, at its time. Where steps are missing, because a command
//! before has been lost, only the branch of the playhead is built, each command at its time.

use super::{Branch, BranchId, Logged, Moment, Timeline};
use crate::world::{Refusal, Setup, Volume, World};
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

const STEPS_BETWEEN_COUNTS: u64 = 64;

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

/// How much the histories may do before the rest is left out: what comes from a stranger shall not run for ever, nor
/// fill the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Steps, of all branches together.
    pub steps: u64,
    /// What the topics of one branch may hold.
    pub volume: Volume,
    /// The latest virtual time.
    pub time: Time,
}

impl Allowance {
    /// Whether a world that has come so far may go on.
    pub fn permits(&self, world: &World) -> bool {
        let volume = world.volume();
        let is_full = volume.records >= self.volume.records || volume.bytes >= self.volume.bytes;
        world.steps() < self.steps && world.now() <= self.time && !is_full
    }
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
    allowance: Option<Allowance>,
    made: u64,
    is_cut: bool,
    is_by_time: bool,
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
        let (misfits, allowance) = (Vec::new(), None);
        Rebuild {
            timeline,
            saved,
            playhead,
            branch: 0,
            next: None,
            misfits,
            allowance,
            made: 0,
            is_cut: false,
            is_by_time: false,
        }
    }

    /// Begins with commands missing: the playhead's branch alone, each command at its time.
    #[must_use]
    pub fn by_time(mut self) -> Rebuild {
        self.begin_by_time();
        self
    }

    fn begin_by_time(&mut self) {
        let id = self.playhead.branch;
        self.saved.retain(|saved| saved.id == id);
        for saved in &mut self.saved {
            saved.forked_from = None;
            saved.frontier = saved.frontier.max(self.playhead.at);
        }
        self.timeline = Timeline::new(self.timeline.setup().clone());
        (self.branch, self.next, self.is_by_time) = (0, None, true);
    }

    /// The same, within bounds: where one is reached, the rest is left out.
    #[must_use]
    pub fn within(mut self, allowance: Allowance) -> Rebuild {
        for saved in &mut self.saved {
            let before = saved.log.len();
            saved.log.retain(|logged| logged.at <= allowance.time);
            self.is_cut |= saved.log.len() < before || saved.frontier > allowance.time;
            saved.frontier = saved.frontier.min(allowance.time);
        }
        self.allowance = Some(allowance);
        self
    }

    /// True if something was left out because a bound was reached.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Makes at most about `budget` steps; true once everything is there.
    pub fn advance(&mut self, budget: usize) -> bool {
        let mut left = budget;
        while left > 0 {
            if self.is_spent() {
                self.saved.truncate(self.branch + 1);
                self.branch = self.saved.len();
                self.is_cut = true;
            }
            let Some(saved) = self.saved.get(self.branch) else { return true };
            let Some(next) = self.next else {
                self.begin_branch();
                continue;
            };
            let target = saved.log.get(next).map_or(saved.frontier, |logged| logged.at);
            let exactly = saved.log.get(next).filter(|_| !self.is_by_time);
            let due = exactly.map_or(u64::MAX, |logged| logged.after);
            let steps = self.timeline.world().steps();
            if steps < due && self.timeline.has_next(target) {
                self.timeline.step();
                self.made += 1;
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
        if self.is_by_time {
            self.timeline.seek(self.playhead.at);
        } else if !self.timeline.go_to(self.playhead) {
            let frontier = self.timeline.branch().frontier();
            self.timeline.seek(frontier);
        }
        self.timeline.expect_undo();
        (self.timeline, self.misfits)
    }

    /// Whether a bound is reached. What the topics hold is counted now and then: a step adds little.
    fn is_spent(&self) -> bool {
        self.allowance.is_some_and(|allowance| {
            let is_due = self.made.is_multiple_of(STEPS_BETWEEN_COUNTS);
            self.made >= allowance.steps || (is_due && !allowance.permits(self.timeline.world()))
        })
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
            let mut logged = logged.clone();
            if self.is_by_time {
                let world = self.timeline.world();
                (logged.after, logged.at) = (world.steps(), logged.at.max(world.now()));
            }
            let put_back = self.timeline.replay(logged);
            self.made += 1;
            self.next = Some(next + 1);
            if let Err(refusal) = put_back {
                let is_shifted = matches!(refusal, Refusal::OutOfOrder { .. });
                if self.misfits.iter().all(|known| (known.branch, known.index) != (saved.id, next)) {
                    self.misfits.push(Misfit { branch: saved.id, index: next, refusal });
                }
                if is_shifted && !self.is_by_time {
                    self.begin_by_time();
                }
            }
        } else {
            self.timeline.run_until(saved.frontier, usize::MAX);
            self.branch += 1;
            self.next = None;
        }
    }
}
