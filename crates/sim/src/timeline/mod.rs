//! A history of the world: the command log, the trace, checkpoints, and the branches that grew where the learner went
//! back and did something else.
//!
//! Every move is one of three: play (run steps towards a time), seek (nearest checkpoint, then replay), dispatch (append a
//! command, on a new branch if there was a future). Seeking and playing give the same worlds: a test compares hashes.

mod branch;
mod notes;
mod rebuild;
mod rewrite;
mod seek;
mod undo;

pub use branch::{Branch, BranchId, Logged, Step};
pub use notes::{BOOKMARKS, Bookmark, CannotNote, NAME, Noted};
pub use rebuild::{Allowance, Misfit, Rebuild, SavedBranch};
pub use rewrite::LeftOut;

use crate::command::Command;
use crate::limits;
use crate::trace::{Entry, EntryId, Recorder};
use crate::world::{Halt, Refusal, Setup, World};
use millrace_model::Time;
use millrace_model::collections::sort;
use notes::Notes;
use std::sync::Arc;
use undo::Deed;

/// A place in history: a branch, how many of its steps have happened, and what the clock shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    /// The branch.
    pub branch: BranchId,
    /// Steps that have happened.
    pub step: u64,
    /// The clock, at or after the last of them.
    pub at: Time,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Timeline {
    setup: Setup,
    here: Branch,
    others: Vec<Branch>,
    next_branch: u32,
    world: World,
    undo: Vec<Deed>,
    redo: Vec<Deed>,
    notes: Notes,
    forgotten: u32,
}

impl Timeline {
    /// An empty history.
    pub fn new(setup: Setup) -> Timeline {
        let world = World::new(&setup);
        let here = Branch::root(BranchId(0));
        Timeline {
            setup,
            here,
            others: Vec::new(),
            next_branch: 1,
            world,
            undo: Vec::new(),
            redo: Vec::new(),
            notes: Notes::default(),
            forgotten: 0,
        }
    }

    /// What the run began with.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// The world at the playhead.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Where the playhead is.
    pub fn moment(&self) -> Moment {
        Moment { branch: self.branch().id, step: self.world.steps(), at: self.world.now() }
    }

    /// The branch that is on stage.
    pub fn branch(&self) -> &Branch {
        &self.here
    }

    /// One branch as a history of its own, at its beginning: to be looked at beside this one. `None` if there is no such
    /// branch.
    pub fn alone(&self, id: BranchId) -> Option<Timeline> {
        let branch = self.branches().into_iter().find(|branch| branch.id == id)?.clone();
        let empty = Timeline::new(self.setup.clone());
        Some(Timeline { here: branch, next_branch: self.next_branch, ..empty })
    }

    /// Goes to where the clock shows `at`; beyond the end of the branch its future goes on. At most about `budget` new
    /// steps; true once it is there, or time has stopped.
    pub fn follow(&mut self, at: Time, budget: usize) -> bool {
        if at != self.world.now() {
            self.seek(at);
        }
        self.world.now() >= at || self.run_until(at, budget) < budget
    }

    /// All branches, the oldest first; those that were thrown away are not among them.
    pub fn branches(&self) -> Vec<&Branch> {
        let mut all: Vec<&Branch> = self.others.iter().chain([&self.here]).collect();
        all.retain(|branch| !self.notes.deleted.contains(&branch.id));
        sort::sort_by_key(&mut all, |branch| branch.id);
        all
    }

    /// How many branches were forgotten because there were more than [`limits::BRANCHES`].
    pub fn forgotten_branches(&self) -> u32 {
        self.forgotten
    }

    /// True at the edge of what has happened: playing on makes history instead of repeating it.
    pub fn is_live(&self) -> bool {
        let branch = self.branch();
        self.world.steps() >= branch.step_count() && self.world.now() >= branch.frontier()
    }

    /// Why time has stopped, if it has.
    pub fn halt(&self) -> Option<Halt> {
        self.world.halt()
    }

    /// One entry of the current branch's trace; `None` if it has been forgotten or never was.
    pub fn entry(&self, id: EntryId) -> Option<&Entry> {
        self.branch().entry(id)
    }

    /// The chain of causes of an entry, from the learner's deed down to the entry itself.
    pub fn causes(&self, id: EntryId) -> Vec<&Entry> {
        let mut chain = Vec::new();
        let mut next = Some(id);
        while let Some(entry) = next.and_then(|id| self.entry(id)) {
            // A cause is always older than its effect, so this ends; the check keeps a defect from becoming a hang.
            next = entry.cause.filter(|cause| *cause < entry.id);
            chain.push(entry);
        }
        chain.reverse();
        chain
    }

    /// Does something now. In the past of a branch this begins a new one.
    ///
    /// # Errors
    /// [`Refusal`] if it makes no sense in this world; nothing has changed then.
    pub fn dispatch(&mut self, command: impl Into<Arc<Command>>) -> Result<EntryId, Refusal> {
        self.dispatch_shared(command.into())
    }

    fn dispatch_shared(&mut self, command: Arc<Command>) -> Result<EntryId, Refusal> {
        self.world.check(&command)?;
        if self.branch().log().len() >= limits::COMMANDS {
            return Err(Refusal::TooMany { what: "commands in one history", limit: limits::COMMANDS });
        }
        self.undo.push(Deed::At(self.moment()));
        self.redo.clear();
        if !self.is_live() {
            self.fork();
        }
        Ok(self.execute(command))
    }

    /// Appends a command of a stored log at its own place: `after` steps, at its own time.
    ///
    /// # Errors
    /// [`Refusal`] as for [`Timeline::dispatch`], and if its place lies in the past.
    pub fn replay(&mut self, logged: Logged) -> Result<EntryId, Refusal> {
        self.run_steps_to(logged.after, logged.at);
        if self.world.steps() != logged.after || self.world.now() > logged.at {
            return Err(Refusal::OutOfOrder { after: logged.after, steps: self.world.steps() });
        }
        self.world.advance_clock(logged.at);
        self.world.check(&logged.command)?;
        Ok(self.execute(logged.command))
    }

    fn execute(&mut self, command: Arc<Command>) -> EntryId {
        let logged = Logged { after: self.world.steps(), at: self.world.now(), command: command.clone() };
        let mut recorder = Recorder::new(self.branch().next_entry(), self.world.now());
        let id = recorder.upcoming();
        self.world.execute(command, &mut recorder);
        self.finish_step(recorder, Some(logged));
        id
    }

    /// Runs everything that happens up to and including `target`, then shows that time. Returns the steps made; stops
    /// early after `budget` steps (so that a page keeps its frame rate) or where the world halts.
    pub fn run_until(&mut self, target: Time, budget: usize) -> usize {
        let mut done = 0;
        while done < budget {
            if self.world.halt().is_some() || !self.has_next(target) {
                break;
            }
            self.step();
            done += 1;
        }
        if done < budget && self.world.halt().is_none() {
            self.world.advance_clock(target);
            self.note_frontier();
        }
        done
    }

    /// Makes one step, whatever its time; false if nothing is left to happen.
    pub fn step(&mut self) -> bool {
        if self.world.halt().is_some() {
            return false;
        }
        if let Some(logged) = self.due_command(Time(u64::MAX)) {
            let command = logged.command.clone();
            let at = logged.at;
            self.world.advance_clock(at);
            let mut recorder = Recorder::new(self.entry_number_here(), at);
            self.world.execute(command, &mut recorder);
            self.finish_step(recorder, None);
            return true;
        }
        let Some(at) = self.world.next_time() else { return false };
        let mut recorder = Recorder::new(self.entry_number_here(), at);
        let stepped = self.world.step(&mut recorder);
        if stepped {
            self.finish_step(recorder, None);
        }
        stepped
    }

    fn has_next(&self, target: Time) -> bool {
        self.due_command(target).is_some() || self.world.next_time().is_some_and(|time| time <= target)
    }

    /// The logged command that comes next, if its turn is before anything else up to `target`.
    fn due_command(&self, target: Time) -> Option<&Logged> {
        let logged = self.branch().command_after(self.world.steps(), self.world.now())?;
        (logged.at <= target).then_some(logged)
    }

    /// The entry number at which the step at the playhead begins (a repeated step keeps the numbers that it had).
    fn entry_number_here(&self) -> EntryId {
        self.branch().entry_number_of(self.world.steps())
    }

    fn finish_step(&mut self, recorder: Recorder, logged: Option<Logged>) {
        let at = self.world.now();
        let steps = self.world.steps();
        let entries = recorder.finish();
        self.here.finish_step(steps, at, entries, logged, &self.world);
    }

    fn note_frontier(&mut self) {
        self.here.extend_frontier(self.world.now());
    }

    /// Begins a branch at the playhead and goes there.
    fn fork(&mut self) {
        let id = BranchId(self.next_branch);
        self.fork_as(id, self.world.now());
    }

    /// As [`Timeline::fork`], under a given number and with a given time on the clock.
    fn fork_as(&mut self, id: BranchId, at: Time) {
        let fork = self.here.fork(id, self.world.steps(), at);
        self.put_on_stage(fork);
    }

    /// Begins a saved branch that has no parent: the first one takes the empty root's place.
    fn root_as(&mut self, id: BranchId) {
        self.world = World::new(&self.setup);
        self.put_on_stage(Branch::root(id));
        self.others.retain(|branch| !branch.log().is_empty() || branch.step_count() > 0);
    }

    fn put_on_stage(&mut self, branch: Branch) {
        self.next_branch = self.next_branch.max(branch.id.0.saturating_add(1));
        let before = std::mem::replace(&mut self.here, branch);
        self.others.push(before);
        if self.others.len() >= limits::BRANCHES {
            self.forget_one();
        }
    }

    /// What was thrown away goes first, then the oldest that is no ancestor, then the oldest.
    fn forget_one(&mut self) {
        let ancestors = self.ancestors();
        let rank = |branch: &Branch| {
            let is_kept = !self.notes.deleted.contains(&branch.id);
            (is_kept, ancestors.contains(&branch.id), branch.id)
        };
        let first = (0..self.others.len()).min_by_key(|&i| self.others.get(i).map(rank));
        let Some(gone) = first.map(|i| self.others.swap_remove(i).id) else { return };
        self.notes.forget(gone);
        self.undo.retain(|deed| !deed.leads_to(gone));
        self.redo.retain(|deed| !deed.leads_to(gone));
        for deed in self.undo.iter_mut().chain(&mut self.redo) {
            if let Deed::Noted(noted) = deed {
                noted.1.forget(gone);
            }
        }
        self.forgotten += 1;
    }

    /// The branches from which the one on stage grew.
    fn ancestors(&self) -> Vec<BranchId> {
        let mut ancestors = Vec::new();
        let mut next = self.here.forked_from;
        while let Some((id, ..)) = next.filter(|(id, ..)| !ancestors.contains(id)) {
            ancestors.push(id);
            next = self.others.iter().find(|branch| branch.id == id).and_then(|branch| branch.forked_from);
        }
        ancestors
    }
}
