//! What the desk knows, and what can be done at it: which lesson lies on it, which step is open, what is on stage, and how
//! far the learner is.

use super::course::Course;
use super::run::{Errand, Ready, run};
use super::{address, fetch, store};
use crate::memo::Memo;
use crate::session::{SPEEDS, Session};
use leptos::prelude::*;
use millrace_lessons::{Answer, Catalogue, Learnt, Record, Seen, StepState, Watch};
use millrace_model::{Map, Time};
use millrace_sim::Timeline;
use millrace_words::lesson as say;
use std::sync::Arc;

/// Virtual milliseconds, at 1×, between two looks at a check while time runs: eyes cannot read faster, and a look costs.
const LOOK_MS: u64 = 250;
/// Reader's seconds that a run which is shown takes at most.
const SHOWN_SECONDS: u64 = 10;

/// The number of every lesson that was made in the page.
pub const OWN: &str = "X01";

/// What is on stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OnStage {
    /// The learner's own history.
    #[default]
    Own,
    /// The learner's try at the task of a step.
    Task(usize),
    /// Something of a step that is only shown: a solution, a mistake, a proof, what was predicted.
    Shown(usize, String),
}

/// A handle on it: copied into every part of the desk.
#[derive(Clone, Copy)]
pub struct Desk {
    /// The session whose stage it uses.
    pub session: Session,
    /// What stands on the shelf, once it is fetched.
    pub catalogue: RwSignal<Option<Arc<Catalogue>>>,
    /// The lesson that lies on it.
    pub course: RwSignal<Option<Arc<Course>>>,
    /// Its number.
    pub id: RwSignal<String>,
    /// Why it does not lie there.
    pub trouble: RwSignal<Option<String>>,
    /// What was done in all lessons.
    pub learnt: RwSignal<Learnt>,
    /// The step that is open.
    pub step: RwSignal<Option<usize>>,
    /// What is on stage.
    pub stage: RwSignal<OnStage>,
    /// The check of the task on stage, line by line.
    pub seen: RwSignal<Arc<Vec<Seen>>>,
    /// Whether the controls are shown in its place.
    pub shows_controls: RwSignal<bool>,
    /// The answer that is chosen and not run yet.
    pub choice: RwSignal<Option<usize>>,
    /// The last thing worth a word to a screen reader.
    pub says: RwSignal<String>,
    watch: StoredValue<Watch>,
    tries: StoredValue<Map<usize, Timeline>>,
    begins: StoredValue<usize>,
    ends: RwSignal<Option<Time>>,
    errand: StoredValue<u32>,
    answer: RwSignal<Option<(Answer, Option<usize>)>>,
}

impl Desk {
    /// An empty desk.
    pub fn new(session: Session) -> Desk {
        let desk = Desk {
            session,
            catalogue: RwSignal::new(None),
            course: RwSignal::new(None),
            id: RwSignal::new(String::new()),
            trouble: RwSignal::new(None),
            learnt: RwSignal::new(store::recall()),
            step: RwSignal::new(Some(0)),
            stage: RwSignal::new(OnStage::Own),
            seen: RwSignal::new(Arc::default()),
            shows_controls: RwSignal::new(false),
            says: RwSignal::new(String::new()),
            watch: StoredValue::new(Watch::default()),
            tries: StoredValue::new(Map::default()),
            begins: StoredValue::new(0),
            ends: RwSignal::new(None),
            errand: StoredValue::new(0),
            choice: RwSignal::new(None),
            answer: RwSignal::new(None),
        };
        desk.watch();
        desk
    }

    /// Looks at the check whenever something has happened, and stops what is shown where it ends.
    fn watch(self) {
        let session = self.session;
        let tick = Memo::new(move |_| {
            let transport = session.transport.get();
            match transport.is_playing {
                true => (true, session.playhead.get().0 / (LOOK_MS * 10 * u64::from(transport.speed.max(1)))),
                false => (
                    false,
                    session
                        .history
                        .with(|h| u64::from(h.moment.branch.0) << 40 ^ h.moment.step ^ h.moment.at.0),
                ),
            }
        });
        Effect::new(move |_| {
            tick.track();
            self.stage.track();
            self.look();
        });
        // The learner's own history may have come back by another way, such as a scene that was chosen.
        Effect::new(move |_| {
            if !session.is_lent.get() && self.stage.with_untracked(|stage| *stage != OnStage::Own) {
                self.put_by(self.stage.get_untracked(), session.take_left());
                self.stage.set(OnStage::Own);
            }
        });
        // What was predicted counts once the run has been seen.
        Effect::new(move |_| {
            if let (None, Some((answer, _))) = (self.ends.get(), self.answer.get())
                && self.record_untracked().predicted.is_none()
            {
                self.note(|record| record.predict(answer.choice, answer.is_right));
            }
        });
        Effect::new(move |_| {
            let Some(ends) = self.ends.get() else { return };
            if session.playhead.get() >= ends {
                self.ends.set(None);
                session.seek(ends);
                session.set_speed(100);
            }
        });
    }

    /// Fetches the shelf, unless that is done.
    pub fn fetch_shelf(self) {
        if self.catalogue.with_untracked(Option::is_some) {
            return;
        }
        leptos::task::spawn_local(async move {
            match fetch::text(&fetch::named("catalogue", "txt")).await.and_then(|text| {
                Catalogue::parse(&text)
                    .map_err(|problem| format!("the catalogue of lessons: {}", problem.sentence))
            }) {
                Ok(catalogue) => self.catalogue.set(Some(Arc::new(catalogue))),
                Err(trouble) => self.trouble.set(Some(trouble)),
            }
        });
    }

    /// Lays a lesson on the desk, or puts the one that lies there away.
    pub fn open(self, id: Option<String>) {
        if self.id.with_untracked(|known| Some(known) == id.as_ref())
            && self.course.with_untracked(Option::is_some)
        {
            return;
        }
        self.clear();
        let Some(id) = id else { return };
        match id.as_str() {
            address::NEW => return,
            address::HELD => {
                return match address::held() {
                    Ok(text) => self.preview(&text),
                    Err(why) => self.trouble.set(Some(say::not_readable(&why))),
                };
            }
            _ => self.id.set(id.clone()),
        }
        leptos::task::spawn_local(async move {
            let course = self.fetch_course(&id).await;
            // Another one may have been opened meanwhile.
            if self.id.with_untracked(|wanted| *wanted != id) {
                return;
            }
            match course {
                Ok(course) => {
                    let next = course.lesson.next_step(&self.learnt.with_untracked(|learnt| learnt.of(&id)));
                    self.step.set(Some(next));
                    self.course.set(Some(course.clone()));
                    self.show_world(&course);
                }
                Err(trouble) => self.trouble.set(Some(trouble)),
            }
        });
    }

    /// The world that the lesson begins with is what there is to see while one reads.
    fn show_world(self, course: &Arc<Course>) {
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

    /// Lays a lesson on the desk that stands on no shelf; what is done in it is not kept.
    pub fn preview(self, text: &str) {
        match Course::of_text(text) {
            Ok(course) => {
                self.clear();
                self.learnt.update(|learnt| learnt.forget(&course.lesson.front.id));
                self.id.set(course.lesson.front.id.clone());
                self.step.set(Some(0));
                self.course.set(Some(course.clone()));
                self.show_world(&course);
            }
            Err(why) => self.trouble.set(Some(say::not_readable(&why))),
        }
    }

    /// Takes the lesson from the desk that was only looked at.
    pub fn put_away(self) {
        self.clear();
    }

    async fn fetch_course(self, id: &str) -> Result<Arc<Course>, String> {
        let catalogue = match self.catalogue.get_untracked() {
            Some(catalogue) => catalogue,
            None => {
                let text = fetch::text(&fetch::named("catalogue", "txt")).await?;
                let catalogue = Catalogue::parse(&text).map_err(|problem| problem.sentence)?;
                let catalogue = Arc::new(catalogue);
                self.catalogue.set(Some(catalogue.clone()));
                catalogue
            }
        };
        Course::fetch(&catalogue, id).await
    }

    /// Puts everything away; the learner's own history comes back on stage.
    fn clear(self) {
        self.errand.update_value(|n| *n += 1);
        self.session.give_back();
        self.tries.set_value(Map::default());
        self.course.set(None);
        self.id.set(String::new());
        self.trouble.set(None);
        self.ends.set(None);
        self.shows_controls.set(false);
        self.choice.set(None);
        self.answer.set(None);
        self.stage.set(OnStage::Own);
    }

    /// What was done in this lesson.
    pub fn record(self) -> Record {
        let id = self.id.get();
        self.learnt.with(|learnt| learnt.of(&id))
    }

    /// The same, once.
    pub fn record_untracked(self) -> Record {
        self.learnt.with_untracked(|learnt| self.id.with_untracked(|id| learnt.of(id)))
    }

    /// Whether something is being shown that has not come to its end.
    pub fn is_running(self) -> bool {
        self.ends.with(Option::is_some)
    }

    /// The run of the question was computed: what was answered, and which option holds.
    pub fn predicted(self, answer: Answer, right: Option<usize>) {
        self.answer.set(Some((answer, right)));
    }

    /// The option that the run has shown, once it has been seen.
    pub fn revealed(self) -> Option<usize> {
        if self.is_running() { None } else { self.answer.get()?.1 }
    }

    /// Writes something down.
    pub fn note(self, change: impl FnOnce(&mut Record)) {
        let id = self.id.get_untracked();
        if id.is_empty() {
            return;
        }
        self.learnt.update(|learnt| {
            // What another tab has noted since.
            learnt.join(&store::recall());
            change(learnt.of_mut(&id));
        });
        self.keep();
    }

    /// Forgets what was done in this lesson.
    pub fn forget(self) {
        let id = self.id.get_untracked();
        self.learnt.update(|learnt| learnt.forget(&id));
        self.choice.set(None);
        self.answer.set(None);
        self.keep();
    }

    /// Keeps what was done in the browser, and says so if that cannot be.
    pub fn keep(self) {
        let mut learnt = self.learnt.get_untracked();
        // Lessons of one's own share their number.
        learnt.forget(OWN);
        if !store::remember(&learnt) {
            self.session.refuse(say::keeps_nothing());
        }
    }

    /// How far the learner is with a step.
    pub fn state(self, n: usize) -> StepState {
        let record = self.record();
        self.course.with(|course| {
            let of = |course: &Arc<Course>| Some(course.lesson.state(course.step(n)?, &record));
            course.as_ref().and_then(of).unwrap_or(StepState::Read)
        })
    }

    /// True if this is on stage; for the views.
    pub fn is_on_stage(self, n: usize) -> bool {
        self.stage.with(|stage| matches!(stage, OnStage::Task(step) | OnStage::Shown(step, _) if *step == n))
    }

    /// Brings the task of a step on stage: the try that was left, or its world.
    pub fn start(self, n: usize) {
        if self.stage.with_untracked(|stage| *stage == OnStage::Task(n)) {
            return;
        }
        let kept = self.tries.try_update_value(|tries| tries.remove(&n)).flatten();
        match kept {
            Some(timeline) => self.bring(OnStage::Task(n), timeline),
            None => self.run_task(n, false),
        }
    }

    /// Begins the task of a step again; undo brings the try before back.
    pub fn start_over(self, n: usize) {
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
        self.errand.update_value(|n| *n += 1);
        let number = self.errand.get_value();
        self.session.pause();
        let is_wanted = Box::new(move || self.errand.try_get_value() == Some(number));
        let done = move |ready: Result<Ready, String>| match ready {
            Ok(ready) => then(ready),
            Err(sentence) => self.session.refuse(sentence),
        };
        run(self.session, errand, is_wanted, Box::new(done));
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
    fn put_by(self, was: OnStage, timeline: Option<Timeline>) {
        if let (OnStage::Task(n), Some(timeline)) = (was, timeline) {
            self.tries.update_value(|tries| drop(tries.insert(n, timeline)));
        }
    }

    fn title(self) -> String {
        let title = self
            .course
            .with_untracked(|course| course.as_ref().map(|course| course.lesson.front.title.clone()));
        format!("{} · {}", self.id.get_untracked(), title.unwrap_or_default())
    }

    /// The check of what is on stage, again.
    pub fn look(self) {
        let (n, is_try) = match self.stage.get_untracked() {
            OnStage::Own => return self.forget_seen(),
            OnStage::Task(n) => (n, true),
            OnStage::Shown(n, _) => (n, false),
        };
        let Some(course) = self.course.get_untracked() else { return };
        let Some(task) = course.task(n) else { return self.forget_seen() };
        let seen = self.watch.try_update_value(|watch| {
            self.session.with(|timeline| (watch.look(task, timeline).to_vec(), watch.is_met()))
        });
        let Some((seen, is_met)) = seen else { return };
        if self.seen.with_untracked(|known| **known != seen) {
            self.seen.set(Arc::new(seen));
        }
        if is_try && is_met && task.check.over().is_none() {
            self.solved(&task.id);
        }
    }

    fn forget_seen(self) {
        if self.seen.with_untracked(|seen| !seen.is_empty()) {
            self.seen.set(Arc::default());
        }
    }

    /// A task's check was met in every world in which it has to be.
    pub fn solved(self, task: &str) {
        let id = self.id.get_untracked();
        if !self.learnt.with_untracked(|learnt| learnt.of(&id).solved.contains(task)) {
            self.note(|record| record.solve(task));
            self.says.set(say::is_solved(&task));
        }
    }

    /// Whether the learner has done something since the task began.
    pub fn has_acted(self) -> bool {
        self.session.history.track();
        self.session.with(|timeline| timeline.branch().log().len() > self.begins.get_value())
    }
}
