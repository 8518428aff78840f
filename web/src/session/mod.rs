//! The session: the one timeline of this page, and the signals that the components draw from.
//!
//! Commands go up through [`Session::dispatch`] or [`Session::run_line`]; state comes down as signals. A component never
//! sees the timeline itself.

mod beside;
mod clock;
mod history;
pub mod keep;
mod lend;
pub mod link;
mod loading;
mod pace;
mod rewrite;
mod roster;
mod shelf;
mod transport;
mod travel;
mod typed;
mod undo;
mod version;

pub use beside::{STRATEGIES, Story, set_strategy, start_of, strategy_of};
pub use clock::{after, next_frame, start_clock};
pub use history::{BranchLine, History};
pub use loading::Loading;
pub use roster::{AppItem, MemberItem, MemberState, ProducerItem, Roster, StreamsItem};
pub use transport::{SPEEDS, Transport, speed_label};
pub use travel::Arrived;

use crate::memo::Memo;
use leptos::prelude::*;
use loading::Loaded;
use millrace_model::Time;
use millrace_script::expectation::Evidence;
use millrace_script::link::Linked;
use millrace_script::{Answer, Runner, Statement, Travel, log, parse_script};
use millrace_sim::{Command, Setup, Timeline};
use millrace_view::metrics::Metrics;
use millrace_view::rebalance::Stories;
use millrace_view::{Marks, Scene, Target, Viewport};
use millrace_words::session as say;
use pace::Pace;
use shelf::Shelf;
use std::sync::Arc;

/// A handle on the session: copied into every component.
#[derive(Clone, Copy)]
pub struct Session {
    timeline: StoredValue<Timeline>,
    shelf: StoredValue<Shelf>,
    read: StoredValue<Read>,
    seen: StoredValue<Option<Seen>>,
    pace: StoredValue<Pace>,
    /// The picture at the playhead; changes per step.
    pub scene: RwSignal<Arc<Scene>>,
    /// What there is to operate; changes when the learner or the cluster changes it.
    pub roster: Memo<Roster>,
    /// What the clock shows; changes per frame while time runs.
    pub playhead: RwSignal<Time>,
    /// Whether time runs, and how fast.
    pub transport: RwSignal<Transport>,
    /// Where the playhead stands in history.
    pub history: RwSignal<Arc<History>>,
    /// What the inspector shows.
    pub selected: RwSignal<Option<Target>>,
    /// The last thing worth a word: a refusal, an answer of the cluster, "saved".
    pub notice: RwSignal<Option<Notice>>,
    /// The line that does what was done last.
    pub same_as: RwSignal<String>,
    /// How wide the stage is, and whether it is for a finger.
    pub viewport: RwSignal<Viewport>,
    /// What is on stage: a scene's title, or the name of an opened file.
    pub title: RwSignal<String>,
    /// What is being loaded, and how far it has come.
    pub progress: RwSignal<Option<String>>,
    /// Counts the commands; for what has to happen once after each.
    pub given: RwSignal<u32>,
    /// Whose rebalances are shown below the stage.
    pub story: RwSignal<Option<Story>>,
    /// The branch whose stage is shown beside the one that is played, as its number and one; 0: none.
    both: RwSignal<u32>,
    /// True once something was done here, or another history came on stage than a first visit's: then the time bar is
    /// shaded where a group stood still, which a first visit shall not have to load.
    pub is_used: RwSignal<bool>,
    /// While this is set, nothing is done: the lines that would do it are put here.
    pub rehearsal: RwSignal<Option<String>>,
    /// The text of the link that the page was opened with, as it came.
    pub linked: RwSignal<Option<Arc<str>>>,
    /// True while another history than the learner's own is on stage, such as a lesson's; the own one is kept meanwhile.
    pub is_lent: RwSignal<bool>,
    kept: StoredValue<Option<Box<lend::Kept>>>,
    left: StoredValue<Option<Timeline>>,
    /// What is pointed at on stage: where it can be seen why something is not as it should be.
    pub pointed: RwSignal<Option<Arc<Evidence>>>,
}

/// What has been read of the branch on stage, each step once.
#[derive(Default)]
struct Read {
    marks: Marks,
    stories: Stories,
    metrics: Metrics,
}

/// What the scene was last computed for.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Seen {
    branch: u32,
    step: u64,
    viewport: Viewport,
}

/// A word to the learner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What is said.
    pub text: String,
    /// Whether something was refused.
    pub is_error: bool,
}

/// Steps made at most between two looks at the wall clock.
pub(super) const SLICE: usize = 500;

impl Session {
    /// A session over a timeline. It lives as long as the owner under which it was made: the page's root.
    pub fn new(timeline: Timeline, width: f32) -> Session {
        Session::read_before(timeline, Marks::default(), width)
    }

    /// The same over a timeline of which marks have been read already.
    pub fn read_before(timeline: Timeline, marks: Marks, width: f32) -> Session {
        let viewport = crate::frame::viewport(width);
        let scene = millrace_view::scene(timeline.world(), viewport);
        let playhead = timeline.world().now();
        let (shelf, mut read) = (Shelf::default(), Read { marks, ..Read::default() });
        let history = Arc::new(History::of(&timeline, &shelf, &mut read.marks, None));
        let timeline = StoredValue::new(timeline);
        let scene = RwSignal::new(Arc::new(scene));
        let roster = Memo::new(move |_| {
            scene.track();
            timeline.with_value(|timeline| Roster::of(timeline.world()))
        });
        Session {
            timeline,
            shelf: StoredValue::new(shelf),
            read: StoredValue::new(read),
            seen: StoredValue::new(None),
            pace: StoredValue::new(Pace::default()),
            scene,
            roster,
            playhead: RwSignal::new(playhead),
            transport: RwSignal::new(Transport::default()),
            history: RwSignal::new(history),
            selected: RwSignal::new(None),
            notice: RwSignal::new(None),
            same_as: RwSignal::new(String::new()),
            viewport: RwSignal::new(viewport),
            title: RwSignal::new(String::new()),
            progress: RwSignal::new(None),
            given: RwSignal::new(0),
            story: RwSignal::new(None),
            both: RwSignal::new(0),
            is_used: RwSignal::new(false),
            rehearsal: RwSignal::new(None),
            linked: RwSignal::new(None),
            is_lent: RwSignal::new(false),
            kept: StoredValue::new(None),
            left: StoredValue::new(None),
            pointed: RwSignal::new(None),
        }
    }

    /// Looks at the timeline.
    pub fn with<T>(self, look: impl FnOnce(&Timeline) -> T) -> T {
        self.timeline.with_value(look)
    }

    /// Looks at the timeline, with the stories of its groups read as far as its branch goes.
    pub fn with_stories<T>(self, look: impl FnOnce(&Timeline, &Stories) -> T) -> Option<T> {
        self.read.try_update_value(|read| {
            self.with(|timeline| {
                read.stories.read(timeline.branch());
                look(timeline, &read.stories)
            })
        })
    }

    /// Looks at the timeline, with its metrics read as far as its branch goes.
    pub fn with_metrics<T>(self, look: impl FnOnce(&Timeline, &Metrics) -> T) -> Option<T> {
        self.read.try_update_value(|read| {
            self.with(|timeline| {
                read.metrics.read(timeline);
                look(timeline, &read.metrics)
            })
        })
    }

    /// Does something now; what makes no sense is said in `notice`, and nothing has changed. True if it was done.
    pub fn dispatch(self, command: Command) -> bool {
        let line = self.print(&command);
        if self.is_rehearsed(&line) {
            return false;
        }
        self.run_all(vec![Statement::Do(command)], line)
    }

    /// Runs lines of the one language, as the console does. True if all of them were carried out.
    pub fn run_line(self, text: &str) -> bool {
        if self.is_rehearsed(text) {
            return false;
        }
        let (statements, problems) = parse_script(text, self.setup().profile);
        if let Some(problem) = problems.first() {
            self.refuse(problem.to_string());
            return false;
        }
        let statements = statements.into_iter().map(|(_, statement)| statement).collect();
        self.run_all(statements, text.to_owned())
    }

    /// Does something to history itself, as the line says that does the same. True if it was done.
    pub fn travel(self, travel: Travel) -> bool {
        let line = travel.print();
        self.run_all(vec![Statement::Travel(Box::new(travel))], line)
    }

    /// Whether clicks only say what they would do; then this is said.
    fn is_rehearsed(self, line: &str) -> bool {
        let is_rehearsal = self.rehearsal.with_untracked(Option::is_some);
        if is_rehearsal {
            self.rehearsal.set(Some(line.to_owned()));
        }
        is_rehearsal
    }

    fn run_all(self, statements: Vec<Statement>, line: String) -> bool {
        let branch = self.with(|timeline| timeline.branch().id);
        let forgotten = self.with(Timeline::forgotten_branches);
        let is_deed = statements.iter().any(|statement| matches!(statement, Statement::Do(_)));
        let is_travel = statements.iter().all(|statement| matches!(statement, Statement::Travel(_)));
        let done = self.change(None, |timeline| {
            let empty = Timeline::new(timeline.setup().clone());
            let mut runner = Runner::with(std::mem::replace(timeline, empty));
            let mut answer = Ok(Answer::default());
            for statement in &statements {
                answer = runner.run(statement);
                if answer.is_err() {
                    break;
                }
            }
            *timeline = runner.into_timeline();
            Some(answer)
        });
        match done {
            None => false,
            Some(Ok(answer)) => {
                self.shelf.update_value(Shelf::forget_after);
                self.same_as.set(line);
                self.given.update(|n| *n += 1);
                self.is_used.set(true);
                match answer.refused {
                    // The cluster's own answer: it happened, it stands in the history.
                    Some(sentence) => self.refuse(sentence.to_string()),
                    None if is_deed && self.with(|timeline| timeline.branch().id) != branch => {
                        self.say_forked(forgotten);
                    }
                    None => match answer.shown {
                        // What the console asked for, it shows itself.
                        Some(shown) if is_travel => self.say(shown.to_string()),
                        _ => self.notice.set(None),
                    },
                }
                keep::remember(self);
                true
            }
            Some(Err(failure)) => {
                self.refuse(failure.to_string());
                false
            }
        }
    }

    /// Another future has begun; `forgotten` branches had been forgotten before.
    fn say_forked(self, forgotten: u32) {
        let at = self.playhead.get_untracked();
        let mut says = say::a_new_future_begins(&at);
        if self.with(Timeline::forgotten_branches) > forgotten {
            let most = millrace_sim::limits::BRANCHES;
            says += ". ";
            says += &say::the_oldest_was_forgotten(&most);
        }
        self.say(says);
    }

    /// A command as a line.
    pub fn print(self, command: &Command) -> String {
        millrace_script::print(command, self.setup().profile)
    }

    /// Says something.
    pub fn say(self, text: impl Into<String>) {
        self.notice.set(Some(Notice { text: text.into(), is_error: false }));
    }

    /// Says why something was not done.
    pub fn refuse(self, text: impl Into<String>) {
        self.notice.set(Some(Notice { text: text.into(), is_error: true }));
    }

    /// Begins anew with another timeline (a scene from the gallery, an opened file). Undo brings the old one back.
    pub fn replace(self, mut timeline: Timeline, title: &str) {
        // A scene, a file, a link: the learner has left what was lent.
        let left = self.give_back();
        self.left.set_value(left);
        self.timeline.update_value(|stage| std::mem::swap(stage, &mut timeline));
        self.shelf.update_value(|shelf| shelf.put_away(timeline));
        self.title.set(title.to_owned());
        self.notice.set(None);
        self.same_as.set(String::new());
        self.show_other();
    }

    /// Puts a timeline on stage without a way back: what the page begins with.
    fn install(self, timeline: Timeline, title: &str) {
        self.timeline.set_value(timeline);
        self.title.set(title.to_owned());
        self.show_other();
    }

    /// Reads a text in slices, then puts its history on stage and calls `then`. What is wrong with it is said. Undo brings
    /// back what was on stage, unless `is_first`.
    pub fn load(self, text: &str, title: String, is_first: bool, then: Box<dyn Fn(bool)>) {
        match Loading::begin(text) {
            Ok(loading) => load_on(self, loading, title, is_first, then),
            Err(problems) => {
                self.refuse(format!("{title}: {problems}"));
                then(false);
            }
        }
    }

    /// The same for a text that the page begins with, in a world that begins with `setup`.
    pub fn load_as(self, text: &str, setup: Setup, title: String, then: Box<dyn Fn(bool)>) {
        match Loading::begin_with(text, setup) {
            Ok(loading) => load_on(self, loading, title, true, then),
            Err(problems) => {
                self.refuse(format!("{title}: {problems}"));
                then(false);
            }
        }
    }

    /// Reads what a link holds, as [`Session::load`] does; it is what the page begins with.
    pub fn load_linked(self, linked: Linked, then: Box<dyn Fn(bool)>) {
        let title = say::a_history_from_a_link().to_owned();
        match Loading::begin_linked(&linked.text, linked.damage) {
            Ok(loading) => {
                self.linked.set(Some(linked.text.into()));
                load_on(self, loading, title, true, then);
            }
            Err(problem) => {
                then(false);
                self.refuse(format!("{title}: {problem}"));
            }
        }
    }

    /// True while time stands still.
    pub fn is_paused(self) -> bool {
        self.transport.with_untracked(|transport| !transport.is_playing)
    }

    /// True while what is on stage is not what counts: a history is on its way, or the page has given up.
    pub fn is_loading(self) -> bool {
        self.progress.with_untracked(Option::is_some) || crate::crash::has_happened()
    }

    /// What the run began with.
    pub fn setup(self) -> Setup {
        self.with(|timeline| timeline.setup().clone())
    }

    /// The text that holds the whole history.
    pub fn save(self) -> String {
        self.with(log::save)
    }

    /// A number that is equal for equal worlds, as text.
    pub fn hash(self) -> String {
        self.with(|timeline| format!("{:016x}", timeline.world().state_hash()))
    }

    /// Changes the timeline, then shows it. `absent` is the answer once the page's root is gone, as in tests.
    fn change<T>(self, absent: T, change: impl FnOnce(&mut Timeline) -> T) -> T {
        let Some(result) = self.timeline.try_update_value(change) else { return absent };
        self.refresh();
        result
    }

    /// Whether more happens than an eye can follow.
    pub fn is_hurried(self) -> bool {
        self.pace.try_with_value(Pace::is_hurried) == Some(true)
    }

    /// Whether what is now to be seen is to be drawn; while time runs, another picture follows.
    fn draws(self, seen: Option<Seen>) -> bool {
        // What is drawn in a hurry is of the second half: until it is there, nobody is in one.
        if !crate::rest::is_there() {
            return true;
        }
        let clock = window().performance().map_or(0.0, |clock| clock.now());
        let step = seen.map_or(0, |seen| seen.step);
        let draws = self.pace.try_update_value(|pace| pace.draws(clock, step));
        draws != Some(false) || self.is_paused()
    }

    /// Computes the signals anew as far as the timeline has changed.
    pub fn refresh(self) {
        let viewport = self.viewport.get_untracked();
        let (seen, now) = self.with(|timeline| {
            let moment = timeline.moment();
            (Some(Seen { branch: moment.branch.0, step: moment.step, viewport }), moment.at)
        });
        if seen != self.seen.get_value() && self.draws(seen) {
            self.seen.set_value(seen);
            let scene = self.with(|timeline| millrace_view::scene(timeline.world(), viewport));
            self.scene.set(Arc::new(scene));
        }
        let before = self.history.get_untracked();
        let history = self.with(|timeline| {
            let history = |read: &mut Read| {
                self.shelf.with_value(|shelf| History::of(timeline, shelf, &mut read.marks, Some(&before)))
            };
            self.read.try_update_value(history)
        });
        if let Some(history) = history
            && history != *before
        {
            self.history.set(Arc::new(history));
        }
        if self.playhead.get_untracked() != now {
            self.playhead.set(now);
        }
    }
}

/// Loads one slice a frame, and says how far it has come.
fn load_on(session: Session, mut loading: Loading, title: String, is_first: bool, then: Box<dyn Fn(bool)>) {
    match loading.go_on() {
        Ok(true) => {
            let Loaded { timeline, wrong, foreign } = loading.finish();
            session.progress.set(None);
            match is_first {
                true => session.install(timeline, &title),
                false => session.replace(timeline, &title),
            }
            match foreign {
                _ if !wrong.is_empty() => {
                    session.refuse(wrong.into_iter().chain(foreign).collect::<Vec<_>>().join("\n"));
                }
                Some(foreign) => session.say(foreign),
                None => {}
            }
            then(true);
        }
        Ok(false) => {
            session.progress.set(Some(say::replaying(&title, &loading.percent())));
            // Not with the next frame: a widget that is out of sight gets none, and may be asked for something all the same.
            after(0, move || load_on(session, loading, title, is_first, then));
        }
        Err(problem) => {
            session.progress.set(None);
            session.refuse(format!("{title}: {problem}"));
            then(false);
        }
    }
}
