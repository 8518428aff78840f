//! A lesson in a widget: the desk without what belongs to the page around it. There is no shelf, no address and no history of
//! the learner's own to go back to; what was done is told to whoever listens, and is handed out to be kept.

use super::check::says;
use super::desk::{Desk, OnStage};
use super::evidence::names;
use super::{Lessons, panel};
use crate::lean::{part, text};
use crate::memo::Memo;
use crate::session::{Loading, Session, next_frame};
use leptos::prelude::*;
use millrace_lessons::{Learnt, Record, Seen, StepState};
use millrace_words::lesson as say;

/// What stands between the parts of what is kept: facts, the step that is open, the try on stage.
const CUT: &str = "\n---\n";

/// A handle on it.
#[derive(Clone, Copy)]
pub struct Guest {
    desk: Desk,
    lessons: Lessons,
}

/// Something that is worth telling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// The lesson is there, or cannot be: then why not.
    Ready(Option<String>),
    /// The question was answered, and the run has answered it.
    Predict {
        /// Which option was chosen, from 1.
        answer: usize,
        /// Whether the run has shown the same.
        correct: bool,
    },
    /// A task's check was looked at after the learner did something.
    Check {
        /// The task's number.
        task: String,
        /// Whether all of it was met.
        pass: bool,
        /// Its lines.
        evidence: Vec<Line>,
    },
    /// Every task is solved.
    Complete {
        /// How many stars that was worth.
        stars: usize,
    },
}

/// A line of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What has to be so.
    pub check: String,
    /// What is so instead; `None` if it is met.
    pub says: Option<String>,
    /// Where that can be seen: `orders-0 @3`, `billing`.
    pub at: Vec<String>,
}

impl Guest {
    /// Opens a lesson, with other dice than its own if `seed` says so, at the task of that number. `kept` is what
    /// [`Guest::save`] has answered before.
    pub fn new(session: Session, id: &str, seed: Option<u64>, task: Option<String>, kept: &str) -> Guest {
        let mut parts = kept.splitn(3, CUT);
        let facts = parts.next().and_then(|facts| Some(Learnt::parse(facts).ok()?.0));
        let step = parts.next().and_then(|step| step.trim().parse::<usize>().ok());
        let a_try = parts.next().map(str::to_owned);
        let desk = Desk::of_guest(session, facts, seed);
        let lessons = Lessons::of(Some(id.to_ascii_uppercase()));
        let guest = Guest { desk, lessons };
        Effect::new(move |_| desk.open(lessons.open.get()));
        Effect::new(move |was: Option<bool>| {
            let Some(course) = desk.course.get() else { return was == Some(true) };
            if was == Some(true) {
                return true;
            }
            let is_wanted = |n: &usize| course.task(*n).is_some_and(|of| Some(&of.id) == task.as_ref());
            let of_task = (0..course.steps.len()).find(is_wanted);
            if let Some(n) = step.or(of_task) {
                // What opens once the steps are there comes into sight.
                desk.step.set(None);
                next_frame(move || desk.step.set(Some(n)));
            }
            match (&a_try, step) {
                (Some(text), Some(n)) if course.task(n).is_some() => guest.bring_back(n, text),
                (None, None) => of_task.into_iter().for_each(|n| desk.start(n)),
                _ => {}
            }
            true
        });
        guest
    }

    /// A try that was left comes on stage again.
    fn bring_back(self, n: usize, text: &str) {
        match Loading::begin(text) {
            Ok(loading) => self.go_on(n, loading),
            // The task can be begun again.
            Err(_) => self.desk.start(n),
        }
    }

    fn go_on(self, n: usize, mut loading: Loading) {
        match loading.go_on() {
            Ok(true) => {
                self.desk.tries.update_value(|tries| drop(tries.insert(n, loading.finish().timeline)));
                self.desk.start(n);
            }
            Ok(false) => next_frame(move || self.go_on(n, loading)),
            Err(_) => self.desk.start(n),
        }
    }

    /// What there is to see of it beside the stage.
    pub fn view(self) -> AnyView {
        let Guest { desk, lessons } = self;
        let body = part(move || match (desk.course.get(), desk.trouble.get()) {
            (Some(course), _) => panel::opened(desk, lessons, &course),
            (None, Some(trouble)) => {
                view! { <p class="lesson-trouble" role="alert">{trouble}</p> }.into_any()
            }
            (None, None) => {
                view! { <p class="dim lesson-trouble" role="status">{say::on_its_way()}</p> }.into_any()
            }
        });
        view! {
            <section class="lesson" aria-label=say::lesson()>
                <div class="lesson-body" tabindex="0">{body}</div>
                <p class="visually-hidden" role="status">{text(move || desk.says.get())}</p>
            </section>
        }
        .into_any()
    }

    /// Begins again with what is on stage.
    pub fn again(self) {
        self.desk.again();
    }

    /// What is needed to go on later.
    pub fn save(self) -> String {
        let desk = self.desk;
        let step = desk.step.get_untracked().map_or_else(String::new, |step| step.to_string());
        let mut kept = [desk.learnt.with_untracked(Learnt::print).as_str(), CUT, &step].concat();
        let on_stage = desk.stage.get_untracked();
        if matches!((&on_stage, desk.step.get_untracked()), (OnStage::Task(n), Some(step)) if *n == step) {
            kept.push_str(CUT);
            kept.push_str(&desk.session.save());
        }
        kept
    }

    /// Its tasks, and whether each is solved.
    pub fn tasks(self) -> Vec<(String, bool)> {
        let record = self.desk.record_untracked();
        let of = |course: &std::sync::Arc<super::course::Course>| {
            let task = |task: &millrace_lessons::Task| {
                (say::task_title(&task.id, &task.title), record.solved.contains(&task.id))
            };
            course.lesson.tasks().map(task).collect()
        };
        self.desk.course.with_untracked(|course| course.as_ref().map(of)).unwrap_or_default()
    }

    /// Tells what happens from now on, with the lesson's number.
    pub fn hear(self, tell: impl Fn(&str, Told) + 'static) {
        let desk = self.desk;
        let tell = StoredValue::new_local(tell);
        let say = move |told: Told| {
            let id = desk.id.get_untracked();
            tell.with_value(|tell| tell(&id, told));
        };
        // It is there once its world is on stage.
        Effect::new(move |was: Option<bool>| {
            let (is_there, trouble) = (desk.stage.get() != OnStage::Own, desk.trouble.get());
            let was = was == Some(true);
            if !was && (is_there || trouble.is_some()) {
                say(Told::Ready(trouble));
                return true;
            }
            was
        });
        Effect::new(move |was: Option<(String, Record)>| {
            let (id, now) = (desk.id.get(), desk.record());
            if let Some((of, before)) = was
                && of == id
            {
                news(&before, &now, desk).into_iter().for_each(say);
            }
            (id, now)
        });
        let failed = Memo::new(move |_| failing(desk));
        Effect::new(move |_| failed.get().into_iter().for_each(say));
    }
}

/// What a record has that it had not before.
fn news(before: &Record, now: &Record, desk: Desk) -> Vec<Told> {
    let mut news = Vec::new();
    if let (None, Some(answer)) = (before.predicted, now.predicted) {
        news.push(Told::Predict { answer: answer.choice + 1, correct: answer.is_right });
    }
    for task in now.solved.iter().filter(|task| !before.solved.contains(*task)) {
        let evidence = desk.seen.with_untracked(|seen| seen.iter().map(line).collect());
        news.push(Told::Check { task: task.clone(), pass: true, evidence });
    }
    let count = desk
        .course
        .with_untracked(|course| course.as_ref().map_or(0, |course| course.lesson.tasks().count()));
    let stars = now.stars(count);
    if stars.done && !before.stars(count).done {
        news.push(Told::Complete { stars: stars.count() });
    }
    news
}

/// What a try lacks, once the learner has done something and time stands still.
fn failing(desk: Desk) -> Option<Told> {
    let OnStage::Task(n) = desk.stage.get() else { return None };
    if desk.session.transport.with(|transport| transport.is_playing) || !desk.has_acted() {
        return None;
    }
    let evidence: Vec<Line> = desk.seen.with(|seen| seen.iter().map(line).collect());
    let is_open = evidence.iter().any(|line| line.says.is_some()) && desk.state(n) != StepState::Done;
    let task = desk.course.with(|course| Some(course.as_ref()?.task(n)?.id.clone()))?;
    is_open.then_some(Told::Check { task, pass: false, evidence })
}

fn line(seen: &Seen) -> Line {
    Line { check: seen.check.to_string(), says: says(seen), at: names(&seen.evidence) }
}
