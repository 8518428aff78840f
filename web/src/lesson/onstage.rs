//! What the desk brings on stage: a task's world or the try that was left, a run that is shown, the learner's own history
//! again. Not here: what is read and looked at meanwhile.

use super::course::Course;
use super::desk::{Desk, OnStage};
use super::run::{Errand, Ready, run};
use super::tries;
use crate::session::SPEEDS;
use leptos::prelude::*;
use millrace_lessons::Watch;
use millrace_sim::Timeline;
use millrace_words::lesson as say;
use std::sync::Arc;

/// Reader's seconds that a run which is shown takes at most.
const SHOWN_SECONDS: u64 = 10;

impl Desk {
    /// The world that the lesson begins with is what there is to see while one reads.
    pub(super) fn show_world(self, course: &Arc<Course>) {
        let errand = Errand::new(say::the_lesson(), &course.lesson, &[&course.lesson.preset], &[]);
        self.send(errand, move |ready| {
            self.bring(OnStage::Shown(0, say::world_of_lesson().to_owned()), ready.timeline);
        });
    }

    /// Begins again with what is on stage.
    pub fn again(self) {
        match (self.stage.get_untracked(), self.course.get_untracked()) {
            (OnStage::Task(n), _) => self.start_over(n),
            (_, Some(course)) => self.show_world(&course),
            (_, None) => {}
        }
    }

    /// Brings the task of a step on stage: the try that was left, or its world.
    pub fn start(self, n: usize) {
        if self.stage.with_untracked(|stage| *stage == OnStage::Task(n)) {
            return;
        }
        let kept = self.tries.try_update_value(|tries| tries.remove(&n)).flatten();
        match kept {
            Some(timeline) => self.bring(OnStage::Task(n), timeline),
            None => match self.kept_try(n) {
                Some((begins, text)) => self.go_on_with(n, begins, &text),
                None => self.run_task(n, false),
            },
        }
    }

    /// The try that was there before the page was loaded again.
    fn go_on_with(self, n: usize, begins: usize, text: &str) {
        self.session.pause();
        let is_wanted = self.next_errand();
        tries::load(self, text, is_wanted, move |timeline| match timeline {
            Some(timeline) => {
                self.begins.set_value(begins);
                self.bring(OnStage::Task(n), timeline);
            }
            // It cannot be read any more: the task begins anew.
            None => self.run_task(n, false),
        });
    }

    /// Begins the task of a step again; undo brings the try before back.
    pub fn start_over(self, n: usize) {
        if !self.is_guest {
            self.id.with_untracked(|id| tries::forget(id, n));
        }
        self.run_task(n, true);
    }

    fn run_task(self, n: usize, is_anew: bool) {
        let Some(course) = self.course.get_untracked() else { return };
        let Some(task) = course.task(n) else { return };
        let errand = Errand::new(say::task(&task.id), &course.lesson, &[course.lesson.preset_of(task)], &[]);
        self.send(errand, move |ready| {
            self.begins.set_value(ready.timeline.branch().log().len());
            let is_here = self.stage.with_untracked(|stage| *stage == OnStage::Task(n));
            match is_anew && is_here {
                true => {
                    self.watch.set_value(Watch::default());
                    self.session.lend_anew(ready.timeline, &self.title());
                    self.look();
                }
                false => self.bring(OnStage::Task(n), ready.timeline),
            }
        });
    }

    /// Shows a run on stage: its beginning, then what comes, as quickly as a reader can follow. The try that was there is
    /// kept. `then` is told of the whole of it before it is shown.
    pub fn show(self, n: usize, what: String, errand: Errand, then: impl FnOnce(&Timeline) + 'static) {
        self.send(errand, move |ready| {
            then(&ready.timeline);
            let (begins, ends) = (ready.begins, ready.ends);
            self.begins.set_value(0);
            self.bring(OnStage::Shown(n, what), ready.timeline);
            let span = ends.since(begins.at);
            if crate::frame::media("(prefers-reduced-motion: reduce)").get_untracked() || span.0 == 0 {
                return;
            }
            let fits = |speed: &&u32| span.0 / u64::from(**speed) <= SHOWN_SECONDS * 1_000_000 / 100;
            let speed = SPEEDS.iter().filter(|speed| **speed >= 100).find(fits);
            self.session.go_to(begins);
            self.session.set_speed(speed.copied().unwrap_or(10_000));
            self.session.play();
            self.ends.set(Some(ends));
            if self.is_phone.get_untracked() {
                self.session.say(say::see_it_run());
            }
        });
    }

    /// Goes back to the learner's try, or to the beginning of the task.
    pub fn back_to_try(self, n: usize) {
        self.start(n);
    }

    /// Puts the learner's own history back on stage; a try is kept.
    pub fn own(self) {
        self.errand.update_value(|n| *n += 1);
        self.ends.set(None);
        let before = self.stage.get_untracked();
        let timeline = self.session.give_back();
        self.put_by(before, timeline);
        self.stage.set(OnStage::Own);
    }

    fn send(self, errand: Errand, then: impl FnOnce(Ready) + 'static) {
        let is_wanted = Box::new(self.next_errand());
        self.session.pause();
        let done = move |ready: Result<Ready, String>| match ready {
            Ok(ready) => then(ready),
            Err(sentence) => self.session.refuse(sentence),
        };
        run(self.session, errand, is_wanted, Box::new(done));
    }

    /// Whatever else was on its way is not wanted any more; whether this still is.
    fn next_errand(self) -> impl Fn() -> bool + 'static {
        self.errand.update_value(|n| *n += 1);
        let number = self.errand.get_value();
        move || self.errand.try_get_value() == Some(number)
    }

    fn bring(self, what: OnStage, timeline: Timeline) {
        self.ends.set(None);
        self.session.set_speed(100);
        self.watch.set_value(Watch::default());
        let before = self.stage.get_untracked();
        let handed_out = self.session.lend(timeline, &self.title());
        self.put_by(before, handed_out);
        self.stage.set(what);
        self.session.is_used.set(true);
    }

    /// A try that leaves the stage is kept.
    pub(super) fn put_by(self, was: OnStage, timeline: Option<Timeline>) {
        if let (OnStage::Task(n), Some(timeline)) = (was, timeline) {
            self.tries.update_value(|tries| drop(tries.insert(n, timeline)));
        }
    }
}
