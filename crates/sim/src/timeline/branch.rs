//! One line of history: its command log, its steps with their trace, and checkpoints.

use crate::command::Command;
use crate::limits;
use crate::trace::{Entry, EntryId};
use crate::world::World;
use millrace_model::{Map, Time};
use std::sync::Arc;

/// The number of a branch, unique in its timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BranchId(pub u32);

/// A command with its place in history. Replaying the log puts each command back exactly there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Logged {
    /// How many steps had happened.
    pub after: u64,
    /// What the clock showed.
    pub at: Time,
    /// What was done; shared with the trace.
    pub command: Arc<Command>,
}

/// One step of a branch as its trace keeps it.
#[derive(Clone, Debug)]
pub struct Step {
    /// When it happened.
    pub at: Time,
    /// The number of its first entry.
    pub first: EntryId,
    /// Its entries; empty once the trace has grown over its limit and this step was forgotten.
    pub entries: Arc<[Entry]>,
}

/// Steps between two checkpoints, at first; doubled whenever there are too many checkpoints.
const CHECKPOINT_EVERY: u64 = 128;
/// As long as nobody has gone back, none is kept before this many steps: they are replayed in some milliseconds, and a
/// page that is only watched needs none.
const UNSOUGHT: u64 = 4_096;
/// Checkpoints kept: each shares all logs with its neighbours, so it costs kilobytes, not megabytes. In a run of 100,000
/// steps they are 512 apart at most, which the page replays in some ten milliseconds.
const CHECKPOINTS: usize = 256;
/// Those that have become too many go a few at a time: a frame has no room for dropping half of them at once.
const DROPPED_AT_ONCE: usize = 4;

/// See the module.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Its number.
    pub id: BranchId,
    /// The branch it grew from, and the step and time at which it did.
    pub forked_from: Option<(BranchId, u64, Time)>,
    log: Vec<Logged>,
    steps: Vec<Step>,
    entries: usize,
    forgotten: usize,
    frontier: Time,
    checkpoints: Map<u64, World>,
    checkpoint_every: u64,
    is_sought: bool,
}

impl Branch {
    /// From the beginning, which needs no checkpoint: it follows from the setup.
    pub(super) fn root(id: BranchId) -> Branch {
        Branch {
            id,
            forked_from: None,
            log: Vec::new(),
            steps: Vec::new(),
            entries: 0,
            forgotten: 0,
            frontier: Time::ZERO,
            checkpoints: Map::default(),
            checkpoint_every: CHECKPOINT_EVERY,
            is_sought: false,
        }
    }

    /// The commands, in order.
    pub fn log(&self) -> &[Logged] {
        &self.log
    }

    /// The steps, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// How many steps are known.
    pub fn step_count(&self) -> u64 {
        self.steps.len() as u64
    }

    /// The latest time that this branch has reached.
    pub fn frontier(&self) -> Time {
        self.frontier
    }

    /// How many trace entries were forgotten at the front ([`limits::TRACE_ENTRIES`]).
    pub fn forgotten_entries(&self) -> usize {
        self.forgotten
    }

    /// One entry; `None` if it has been forgotten or never was.
    pub fn entry(&self, id: EntryId) -> Option<&Entry> {
        let step = self.steps.partition_point(|step| step.first <= id).checked_sub(1)?;
        let step = self.steps.get(step)?;
        step.entries.get((id.0 - step.first.0) as usize)
    }

    /// The entries of the first `steps` steps, the newest first.
    pub fn entries_before(&self, steps: u64) -> impl Iterator<Item = &Entry> {
        let upto = usize::try_from(steps).unwrap_or(usize::MAX).min(self.steps.len());
        self.steps.get(..upto).unwrap_or(&[]).iter().rev().flat_map(|step| step.entries.iter().rev())
    }

    /// How many steps have happened by the time the clock shows `at`.
    pub fn steps_by(&self, at: Time) -> u64 {
        self.steps.partition_point(|step| step.at <= at) as u64
    }

    pub(super) fn next_entry(&self) -> EntryId {
        self.entry_number_of(self.step_count())
    }

    pub(super) fn entry_number_of(&self, step: u64) -> EntryId {
        let index = usize::try_from(step).unwrap_or(usize::MAX);
        let beyond = || EntryId(u32::try_from(self.entries).unwrap_or(u32::MAX));
        self.steps.get(index).map_or_else(beyond, |step| step.first)
    }

    /// The command that was given after exactly `steps` steps, not before `now`.
    pub(super) fn command_after(&self, steps: u64, now: Time) -> Option<&Logged> {
        let index = self.log.partition_point(|logged| logged.after < steps);
        self.log.get(index).filter(|logged| logged.after == steps && logged.at >= now)
    }

    pub(super) fn extend_frontier(&mut self, now: Time) {
        self.frontier = self.frontier.max(now);
    }

    /// Writes down the step that has just been made; a repeated one is known already.
    pub(super) fn finish_step(
        &mut self,
        steps: u64,
        at: Time,
        entries: Vec<Entry>,
        logged: Option<Logged>,
        world: &World,
    ) {
        if steps > self.step_count() {
            let first = self.next_entry();
            self.entries += entries.len();
            self.steps.push(Step { at, first, entries: entries.into() });
            self.forget_old_entries();
        }
        self.log.extend(logged);
        self.extend_frontier(at);
        let is_due = self.is_sought || steps >= UNSOUGHT;
        if is_due && steps.is_multiple_of(self.checkpoint_every) {
            self.keep_checkpoint(steps, world);
        }
    }

    /// Not for a first visit, which is not long enough.
    fn keep_checkpoint(&mut self, steps: u64, world: &World) {
        if !self.checkpoints.contains_key(&steps) {
            self.checkpoints.insert(steps, world.clone());
            self.thin_checkpoints();
        }
    }

    fn forget_old_entries(&mut self) {
        if self.entries - self.forgotten <= limits::TRACE_ENTRIES {
            return;
        }
        // An eighth at a time, so that the cost is spread thin.
        let mut left = limits::TRACE_ENTRIES / 8;
        for step in &mut self.steps {
            if left == 0 {
                break;
            }
            let gone = step.entries.len();
            if gone > 0 {
                step.entries = Arc::default();
                self.forgotten += gone;
                left = left.saturating_sub(gone);
            }
        }
    }

    fn thin_checkpoints(&mut self) {
        if self.checkpoints.len() > CHECKPOINTS {
            self.checkpoint_every *= 2;
        }
        for _ in 0..DROPPED_AT_ONCE {
            let every = self.checkpoint_every;
            let spare = self.checkpoints.keys().copied().find(|steps| !steps.is_multiple_of(every));
            match spare {
                Some(spare) => drop(self.checkpoints.remove(&spare)),
                None => break,
            }
        }
    }

    /// Somebody goes to another moment: checkpoints are worth their room from now on.
    pub(super) fn is_now_sought(&mut self) {
        self.is_sought = true;
    }

    /// The checkpoint nearest before `steps` whose clock is not after `at`; none: the beginning.
    pub(super) fn checkpoint(&self, steps: u64, at: Time) -> Option<&World> {
        self.checkpoints.range(..=steps).rev().map(|(_, world)| world).find(|world| world.now() <= at)
    }

    /// How many steps are made again to go to one, from wherever the playhead is.
    pub fn replayed_for(&self, step: u64) -> u64 {
        let from = self.checkpoints.range(..=step).next_back().map_or(0, |(from, _)| *from);
        step.saturating_sub(from)
    }

    /// How many checkpoints are kept.
    pub fn checkpoint_count(&self) -> usize {
        self.checkpoints.len()
    }

    /// A copy of the first `steps` steps as a branch of its own.
    pub(super) fn fork(&self, id: BranchId, steps: u64, at: Time) -> Branch {
        let kept = usize::try_from(steps).unwrap_or(usize::MAX).min(self.steps.len());
        let kept_steps: Vec<Step> = self.steps.get(..kept).unwrap_or(&[]).to_vec();
        // A command counts as a step: the one given after n steps is step n+1.
        let log = self.log.iter().take_while(|logged| logged.after < steps).cloned().collect();
        Branch {
            id,
            forked_from: Some((self.id, steps, at)),
            log,
            entries: self.entry_number_of(steps).0 as usize,
            forgotten: self.forgotten,
            steps: kept_steps,
            frontier: at,
            checkpoints: self.checkpoints.range(..=steps).map(|(s, world)| (*s, world.clone())).collect(),
            checkpoint_every: self.checkpoint_every,
            is_sought: self.is_sought,
        }
    }
}
