//! One run of a lesson's lines, so many steps at a time.

use crate::grade::Fault;
use crate::lesson::{Block, Lesson};
use millrace_model::Time;
use millrace_script::over::Variation;
use millrace_script::{Failure, Runner, Statement};
use millrace_sim::Timeline;
use std::collections::VecDeque;

/// See the module.
#[derive(Clone, Debug)]
pub struct Play {
    runner: Runner,
    world: Variation,
    limit: u64,
    lines: VecDeque<(usize, Statement)>,
    until: Option<(usize, Time)>,
}

impl Play {
    /// An empty history in one of the worlds of a lesson.
    pub fn new(lesson: &Lesson, world: &Variation) -> Play {
        Play {
            runner: Runner::new(lesson.front.setup(world.seed)),
            world: world.clone(),
            limit: lesson.front.steps,
            lines: VecDeque::new(),
            until: None,
        }
    }

    /// The history.
    pub fn timeline(&self) -> &Timeline {
        self.runner.timeline()
    }

    /// The history, to keep.
    pub fn into_timeline(self) -> Timeline {
        self.runner.into_timeline()
    }

    /// Makes what was done so far the beginning: it can no longer be undone.
    pub fn settle(&mut self) {
        let empty = Timeline::new(self.timeline().setup().clone());
        let mut timeline = std::mem::replace(&mut self.runner, Runner::with(empty)).into_timeline();
        timeline.forget_undo();
        self.runner = Runner::with(timeline);
    }

    /// What is to be done next, behind what is to be done already.
    pub fn add(&mut self, lines: impl IntoIterator<Item = (usize, Statement)>) {
        self.lines.extend(lines);
    }

    /// Goes on for about so many steps; true once everything is done.
    ///
    /// # Errors
    /// The line that could not be carried out. What follows it is forgotten.
    pub fn advance(&mut self, steps: usize) -> Result<bool, Fault> {
        let end = self.steps() + steps as u64;
        loop {
            if let Some((line, target)) = self.until {
                let left = usize::try_from(end.saturating_sub(self.steps())).unwrap_or(usize::MAX).max(1);
                match self.runner.advance(target, left) {
                    Ok(true) => self.until = None,
                    Ok(false) => {}
                    Err(failure) => return Err(self.stop(line, failure.to_string())),
                }
                if self.steps() > self.limit {
                    let sentence =
                        format!("more than {} steps; the front matter's limits: allow no more", self.limit);
                    return Err(self.stop(line, sentence));
                }
                if self.until.is_some() {
                    return Ok(false);
                }
            }
            let Some((line, statement)) = self.lines.pop_front() else { return Ok(true) };
            self.begin(line, statement)?;
            if self.steps() >= end && (self.until.is_some() || !self.lines.is_empty()) {
                return Ok(false);
            }
        }
    }

    /// Carries a block out to its end.
    ///
    /// # Errors
    /// As [`Play::advance`].
    pub fn run(&mut self, block: &Block) -> Result<(), Fault> {
        self.add(block.lines.iter().cloned());
        while !self.advance(usize::MAX >> 1)? {}
        Ok(())
    }

    /// The sentence with which a line is refused; `None` if it is not.
    pub(crate) fn refusal(&mut self, statement: &Statement) -> Option<String> {
        match self.runner.run(statement) {
            Err(failure @ (Failure::Refused(_) | Failure::Unseen(_))) => Some(failure.to_string()),
            _ => None,
        }
    }

    fn steps(&self) -> u64 {
        self.timeline().world().steps()
    }

    fn stop(&mut self, line: usize, sentence: String) -> Fault {
        self.lines.clear();
        self.until = None;
        Fault { line, sentence }
    }

    fn begin(&mut self, line: usize, statement: Statement) -> Result<(), Fault> {
        let now = self.timeline().world().now();
        let statement = match statement {
            Statement::Do(command) => Statement::Do(self.world.instead(&command).unwrap_or(command)),
            other => other,
        };
        match statement {
            Statement::Wait(span) => self.until = Some((line, now + span)),
            Statement::WaitUntil(time) => self.until = Some((line, time)),
            other => {
                self.runner.run(&other).map_err(|failure| self.stop(line, failure.to_string()))?;
                if let Statement::Do(command) = &other
                    && let Some(fault) = self.world.after(command)
                {
                    let broken = self.runner.run(&Statement::Do(fault));
                    broken.map_err(|failure| self.stop(line, failure.to_string()))?;
                }
            }
        }
        Ok(())
    }
}
