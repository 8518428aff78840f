//! Lines of a lesson become a history, a slice with every frame: a long preset must not stop the page.

use crate::session::{Session, next_frame};
use leptos::prelude::*;
use millrace_lessons::{Block, Lesson, Play};
use millrace_model::Time;
use millrace_script::over::Variation;
use millrace_sim::{Moment, Timeline};
use millrace_words::lesson as say;

/// Wall time that one frame may spend, in milliseconds.
const SHARE_MS: f64 = 9.0;
/// Steps between two looks at the clock.
const STEPS: usize = 200;

/// What is to be run.
pub struct Errand {
    /// What is said meanwhile: `task 1`.
    pub says: String,
    play: Play,
    /// What comes after the beginning.
    then: Vec<Block>,
    begins: Option<Moment>,
}

/// A history, and where in it the beginning ends.
pub struct Ready {
    /// The history.
    pub timeline: Timeline,
    /// The moment at which the preset was done.
    pub begins: Moment,
    /// The moment at which everything was.
    pub ends: Time,
}

impl Errand {
    /// In a lesson's own world: `first` is what it begins with, and cannot be undone; `then` is done.
    pub fn new(says: impl Into<String>, lesson: &Lesson, first: &[&Block], then: &[&Block]) -> Errand {
        let world = Variation { seed: Some(lesson.front.seed), ..Variation::default() };
        let mut play = Play::new(lesson, &world);
        first.iter().for_each(|block| play.add(block.lines.iter().cloned()));
        let then = then.iter().map(|block| (*block).clone()).collect();
        Errand { says: says.into(), play, then, begins: None }
    }

    /// A run that is ready to go, without a beginning of its own.
    pub fn of_play(says: impl Into<String>, play: Play) -> Errand {
        Errand { says: says.into(), play, then: Vec::new(), begins: None }
    }

    /// Goes on for one slice; true once everything is done.
    fn advance(&mut self, has_time: impl Fn() -> bool) -> Result<bool, String> {
        while has_time() {
            if !self.play.advance(STEPS).map_err(|fault| fault.to_string())? {
                continue;
            }
            if self.begins.is_some() {
                return Ok(true);
            }
            self.play.settle();
            self.begins = Some(self.play.timeline().moment());
            let lines: Vec<_> = self.then.iter().flat_map(|block| block.lines.iter().cloned()).collect();
            if lines.is_empty() {
                return Ok(true);
            }
            self.play.add(lines);
        }
        Ok(false)
    }

    fn ready(self) -> Ready {
        let timeline = self.play.into_timeline();
        let here = timeline.moment();
        Ready { begins: self.begins.unwrap_or(here), ends: here.at, timeline }
    }
}

/// Runs an errand as long as `is_wanted`; then tells how it ended. The page waits for it, and says so.
pub fn run(
    session: Session,
    mut errand: Errand,
    is_wanted: Box<dyn Fn() -> bool>,
    then: Box<dyn FnOnce(Result<Ready, String>)>,
) {
    let own = say::setting_the_stage(&errand.says);
    let others = session.progress.with_untracked(|says| says.as_ref().is_some_and(|says| *says != own));
    if !is_wanted() {
        if !others {
            session.progress.set(None);
        }
        return;
    }
    if others {
        // The learner's own history is still on its way.
        next_frame(move || run(session, errand, is_wanted, then));
        return;
    }
    let clock = || window().performance().map_or(0.0, |clock| clock.now());
    let start = clock();
    match errand.advance(|| clock() - start < SHARE_MS) {
        Ok(false) => {
            if session.progress.with_untracked(Option::is_none) {
                session.progress.set(Some(own));
            }
            next_frame(move || run(session, errand, is_wanted, then));
        }
        Ok(true) => {
            session.progress.set(None);
            then(Ok(errand.ready()));
        }
        Err(sentence) => {
            session.progress.set(None);
            then(Err(sentence));
        }
    }
}
