//! A check in many worlds: with each of so many seeds, with a crash at each point of a loop, or with other settings, whose runs
//! are compared when all are done. So many steps at a time.

use crate::curve::Curve;
use crate::grade::Fault;
use crate::lesson::{Lesson, Task};
use crate::look::{Seen, look};
use crate::play::Play;
use millrace_script::Statement;
use millrace_script::over::Variation;
use millrace_sim::Timeline;

/// The worlds in which a task's check has to hold: those that it names, else the lesson's own.
pub fn worlds(lesson: &Lesson, task: &Task) -> Vec<Variation> {
    let own = || vec![Variation { seed: Some(lesson.front.seed), ..Variation::default() }];
    task.check.over().map_or_else(own, |over| {
        let mut all = over.variations();
        all.iter_mut().for_each(|world| world.seed = world.seed.or(Some(lesson.front.seed)));
        all
    })
}

/// How far a sweep has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Worlds in which the check holds.
    pub done: usize,
    /// Of so many.
    pub of: usize,
    /// The first one in which it does not; the sweep ends there.
    pub stranger: Option<Stranger>,
    /// What the runs have come to, if they are compared.
    pub curve: Option<Curve>,
}

/// A world in which a check does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// Which.
    pub world: Variation,
    /// The check there; empty if the run came to an end before.
    pub seen: Vec<Seen>,
    /// The line that could not be carried out.
    pub fault: Option<Fault>,
}

impl Progress {
    /// True if there is nothing more to do.
    pub fn is_over(&self) -> bool {
        self.stranger.is_some() || self.done == self.of
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Sweep {
    lesson: Lesson,
    task: Task,
    lines: Vec<(usize, Statement)>,
    worlds: Vec<Variation>,
    play: Option<Play>,
    progress: Progress,
}

impl Sweep {
    /// Of what a learner did up to the playhead, whatever it was: each command at the time at which it was given.
    pub fn of_history(lesson: &Lesson, task: &Task, timeline: &Timeline) -> Sweep {
        let mut lines = Vec::new();
        let steps = timeline.world().steps();
        for logged in timeline.branch().log().iter().take_while(|logged| logged.after < steps) {
            lines.push((0, Statement::WaitUntil(logged.at)));
            lines.push((0, Statement::Do((*logged.command).clone())));
        }
        lines.push((0, Statement::WaitUntil(timeline.world().now())));
        Sweep::of_lines(lesson, task, lines, worlds(lesson, task))
    }

    /// Of lines from an empty world on.
    pub(crate) fn of_lines(
        lesson: &Lesson,
        task: &Task,
        lines: Vec<(usize, Statement)>,
        worlds: Vec<Variation>,
    ) -> Sweep {
        let progress = Progress { done: 0, of: worlds.len(), stranger: None, curve: Curve::of(task) };
        let (lesson, task) = (Lesson { sections: Vec::new(), ..lesson.clone() }, task.clone());
        Sweep { lesson, task, lines, worlds, play: None, progress }
    }

    /// How far it has come.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The run of the first world in which the check does not hold, to be looked at: not a step of it is done yet.
    pub fn again(&self) -> Option<Play> {
        let stranger = self.progress.stranger.as_ref()?;
        let mut play = Play::new(&self.lesson, &stranger.world);
        play.add(self.lines.iter().cloned());
        Some(play)
    }

    /// Goes on for about so many steps.
    pub fn advance(&mut self, steps: usize) -> &Progress {
        let Some(world) = self.worlds.get(self.progress.done).filter(|_| !self.progress.is_over()) else {
            return &self.progress;
        };
        let play = self.play.get_or_insert_with(|| {
            let mut play = Play::new(&self.lesson, world);
            play.add(self.lines.iter().cloned());
            play
        });
        let stranger = match play.advance(steps) {
            Ok(false) => return &self.progress,
            Ok(true) => {
                let seen = look(&self.task, play.timeline());
                // What another setting comes to need not be good enough: it is compared.
                let fails = world.settings.is_none() && seen.iter().any(|seen| !seen.is_met());
                let is_last = self.progress.done + 1 == self.progress.of;
                match &mut self.progress.curve {
                    Some(curve) if !fails => {
                        curve.push(world, play.timeline());
                        let judged = is_last.then(|| curve.judge()).flatten();
                        judged.map(|(world, seen)| Stranger { world, seen: vec![seen], fault: None })
                    }
                    _ => fails.then(|| Stranger { world: world.clone(), seen, fault: None }),
                }
            }
            Err(fault) => Some(Stranger { world: world.clone(), seen: Vec::new(), fault: Some(fault) }),
        };
        self.play = None;
        match stranger {
            Some(stranger) => self.progress.stranger = Some(stranger),
            None => self.progress.done += 1,
        }
        &self.progress
    }
}
