//! What the desk knows, and what can be done at it: which lesson lies on it, which step is open, what is on stage, and how
//! far the learner is.

use super::course::Course;
use super::{address, fetch, store};
use crate::frame::FrameState;
use crate::memo::Memo;
use crate::session::Session;
use leptos::prelude::*;
use millrace_lessons::{Answer, Catalogue, Learnt, Record, Seen, StepState, Watch};
use millrace_model::{Map, Time};
use millrace_sim::Timeline;
use millrace_words::lesson as say;
use std::sync::Arc;

/// Virtual milliseconds, at 1×, between two looks at a check while time runs: eyes cannot read faster, and a look costs.
const LOOK_MS: u64 = 250;

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
    /// Whether it lies in a widget, which has no history but the lesson's.
    pub is_guest: bool,
    seed: StoredValue<Option<u64>>,
    /// Whether the stage is another sheet.
    pub(super) is_phone: Signal<bool>,
    pub(super) watch: StoredValue<Watch>,
    pub(super) tries: StoredValue<Map<usize, Timeline>>,
    pub(super) begins: StoredValue<usize>,
    pub(super) ends: RwSignal<Option<Time>>,
    pub(super) errand: StoredValue<u32>,
    pub(super) answer: RwSignal<Option<(Answer, Option<usize>)>>,
}

impl Desk {
    /// An empty desk.
    pub fn new(session: Session) -> Desk {
        Desk::begin(session, false, store::recall(), None)
    }

    /// The desk of a widget: what was done before, and other dice than the lesson's.
    pub fn of_guest(session: Session, learnt: Option<Learnt>, seed: Option<u64>) -> Desk {
        Desk::begin(session, true, learnt.unwrap_or_else(store::recall), seed)
    }

    fn begin(session: Session, is_guest: bool, learnt: Learnt, seed: Option<u64>) -> Desk {
        let desk = Desk {
            is_guest,
            seed: StoredValue::new(seed),
            session,
            catalogue: RwSignal::new(None),
            course: RwSignal::new(None),
            id: RwSignal::new(String::new()),
            trouble: RwSignal::new(None),
            learnt: RwSignal::new(learnt),
            step: RwSignal::new(Some(0)),
            stage: RwSignal::new(OnStage::Own),
            seen: RwSignal::new(Arc::default()),
            shows_controls: RwSignal::new(false),
            says: RwSignal::new(String::new()),
            is_phone: use_context::<FrameState>().unwrap_or_else(FrameState::provide).is_phone,
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
        Course::fetch(&catalogue, id, self.seed.get_value()).await
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

    pub(super) fn title(self) -> String {
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
        self.has_acted_untracked()
    }

    /// The same, once.
    pub fn has_acted_untracked(self) -> bool {
        self.session.with(|timeline| timeline.branch().log().len() > self.begins.get_value())
    }

    /// The try that the browser has kept; a widget's is kept by the page around it.
    pub(super) fn kept_try(self, n: usize) -> Option<super::tries::Kept> {
        if self.is_guest { None } else { self.id.with_untracked(|id| super::tries::recall(id, n)) }
    }

    /// Whether there is a try at the task of a step to go on with.
    pub fn has_try(self, n: usize) -> bool {
        self.tries.with_value(|tries| tries.contains_key(&n)) || self.kept_try(n).is_some()
    }
}
