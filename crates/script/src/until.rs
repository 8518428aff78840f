//! Time that runs until an expectation holds, and the way back to when it last did not.
//!
//! Both look after every single step, so that they stop exactly where it turns; both work in slices, so that a page keeps
//! its frames.

use crate::Expectation;
use millrace_model::{Span, Time};
use millrace_sim::{Halt, Timeline};

/// Most steps that one run makes.
pub const STEPS: u64 = 1_000_000;
/// Steps that the way back looks through at a time.
const STRETCH: u64 = 256;

/// A run towards the step at which an expectation becomes true.
#[derive(Clone, Debug)]
pub struct Until {
    expectation: Expectation,
    from: (u64, Time),
    deadline: Time,
    within: Span,
}

/// Where a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// It holds, after so many steps and so much virtual time.
    Holds {
        /// Steps made.
        steps: u64,
        /// Virtual time passed.
        took: Span,
    },
    /// It does not hold.
    Not(Limit),
    /// Time has stopped.
    Halted(Halt),
}

/// What ended a run that did not get there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// So much virtual time was allowed.
    Time,
    /// [`STEPS`].
    Steps,
}

impl Until {
    /// From the playhead on, at most so long.
    pub fn new(expectation: Expectation, timeline: &Timeline, within: Span) -> Until {
        let from = (timeline.world().steps(), timeline.world().now());
        Until { expectation, from, deadline: from.1 + within, within }
    }

    /// What is waited for.
    pub fn expectation(&self) -> &Expectation {
        &self.expectation
    }

    /// Makes at most about `budget` steps; the end, once it is reached.
    pub fn advance(&mut self, timeline: &mut Timeline, budget: usize) -> Option<Reached> {
        for _ in 0..budget.max(1) {
            let made = timeline.world().steps().saturating_sub(self.from.0);
            if self.expectation.check(timeline).is_ok() {
                let took = timeline.world().now().since(self.from.1);
                return Some(Reached::Holds { steps: made, took });
            }
            if let Some(halt) = timeline.halt() {
                return Some(Reached::Halted(halt));
            }
            if timeline.world().now() >= self.deadline {
                return Some(Reached::Not(Limit::Time));
            }
            if made >= STEPS {
                return Some(Reached::Not(Limit::Steps));
            }
            // One step, or the clock alone where nothing is left to happen before the deadline.
            timeline.run_until(self.deadline, 1);
        }
        None
    }

    /// The sentence for an end, at the playhead.
    pub fn says(&self, reached: &Reached, timeline: &Timeline) -> String {
        let expectation = &self.expectation;
        match reached {
            Reached::Holds { steps: 0, .. } => format!("{expectation} holds already: no time has passed"),
            Reached::Holds { steps, took } => {
                let now = timeline.world().now();
                let ms = took.0 / 1_000;
                let (s, ms) = (ms / 1_000, ms % 1_000);
                format!("{expectation} holds at {now}, after {s}.{ms:03} s and {}", many(*steps))
            }
            Reached::Halted(_) => "time has stopped".to_owned(),
            Reached::Not(limit) => {
                let limit = match limit {
                    Limit::Time => self.within.to_string(),
                    Limit::Steps => many(STEPS),
                };
                let why = self.expectation.check(timeline).err().unwrap_or_default();
                format!("not within {limit}: {why}")
            }
        }
    }
}

fn many(steps: u64) -> String {
    if steps == 1 { "1 step".to_owned() } else { format!("{steps} steps") }
}

/// The way back to the last step after which an expectation did not hold.
#[derive(Clone, Debug)]
pub struct Back {
    expectation: Expectation,
    home: u64,
    /// The stretch that is looked through: where it begins, where one looks next, where it ends.
    stretch: (u64, u64, u64),
    last: Option<u64>,
}

/// Where the way back ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turned {
    /// It did not hold after this step, which is at the playhead now, and has held since.
    After(u64),
    /// It does not hold at the playhead: there is nothing to go back for.
    NotNow,
    /// It has held since the beginning.
    Always,
}

impl Back {
    /// From the playhead.
    pub fn new(expectation: Expectation, timeline: &Timeline) -> Back {
        let home = timeline.world().steps();
        Back { expectation, home, stretch: (home, home, home), last: None }
    }

    /// Looks through at most `budget` steps; the end, once it is known. The playhead is there then, or back where it was.
    pub fn advance(&mut self, timeline: &mut Timeline, budget: usize) -> Option<Turned> {
        for _ in 0..budget.max(1) {
            let (start, next, end) = self.stretch;
            if timeline.world().steps() != next {
                timeline.seek_step(next);
            }
            if self.expectation.check(timeline).is_err() {
                if next == self.home {
                    return Some(Turned::NotNow);
                }
                self.last = Some(next);
            }
            if next < end {
                self.stretch.1 = next + 1;
                timeline.step();
                continue;
            }
            if let Some(last) = self.last {
                timeline.seek_step(last);
                return Some(Turned::After(last));
            }
            if start == 0 {
                timeline.seek_step(self.home);
                return Some(Turned::Always);
            }
            let start_of_next = start.saturating_sub(STRETCH);
            self.stretch = (start_of_next, start_of_next, start - 1);
        }
        None
    }
}
