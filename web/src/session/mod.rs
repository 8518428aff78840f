//! The session: the one timeline of this page, and the signals that the components draw from.
//!
//! Commands go up through [`Session::dispatch`] or [`Session::run_line`]; state comes down as signals. A component never
//! sees the timeline itself.

mod clock;
mod history;
pub mod keep;
mod transport;

pub use clock::start_clock;
pub use history::{BranchLine, History};
pub use transport::{SPEEDS, Transport};

use leptos::prelude::*;
use millrace_model::Time;
use millrace_script::{Problem, Runner};
use millrace_sim::{Command, Setup, Timeline};
use millrace_view::{Scene, Target, Viewport};
use std::sync::Arc;

/// A handle on the session: copied into every component.
#[derive(Clone, Copy)]
pub struct Session {
    timeline: StoredValue<Timeline>,
    seen: StoredValue<Seen>,
    /// The picture at the playhead; changes per step.
    pub scene: RwSignal<Arc<Scene>>,
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
    /// How wide the stage is, in CSS pixels.
    pub width: RwSignal<f32>,
}

/// What the scene was last computed for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Seen {
    branch: u32,
    step: u64,
    width: f32,
    is_known: bool,
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
    /// A session over a timeline.
    pub fn new(timeline: Timeline, width: f32) -> Session {
        let scene = millrace_view::scene(timeline.world(), Viewport { width });
        let playhead = timeline.world().now();
        let history = Arc::new(History::of(&timeline, None));
        Session {
            timeline: StoredValue::new(timeline),
            seen: StoredValue::new(Seen::default()),
            scene: RwSignal::new(Arc::new(scene)),
            playhead: RwSignal::new(playhead),
            transport: RwSignal::new(Transport::default()),
            history: RwSignal::new(history),
            selected: RwSignal::new(None),
            notice: RwSignal::new(None),
            same_as: RwSignal::new(String::new()),
            width: RwSignal::new(width),
        }
    }

    /// Looks at the timeline.
    pub fn with<T>(self, look: impl FnOnce(&Timeline) -> T) -> T {
        self.timeline.with_value(look)
    }

    /// Does something now; what makes no sense is said in `notice`, and nothing has changed.
    pub fn dispatch(self, command: Command) {
        let line = millrace_script::print(&command);
        let done = self.change(|timeline| timeline.dispatch(command));
        match done {
            Ok(_) => self.done(line),
            Err(refusal) => self.refuse(refusal.to_string()),
        }
    }

    /// Runs lines of the one language, as the console does.
    pub fn run_line(self, text: &str) -> Result<(), Problem> {
        let done = self.change(|timeline| Runner::new(timeline).run_text(text));
        match &done {
            Ok(()) => self.done(text.to_owned()),
            Err(problem) => self.refuse(problem.to_string()),
        }
        done
    }

    /// Says something.
    pub fn say(self, text: impl Into<String>) {
        self.notice.set(Some(Notice { text: text.into(), is_error: false }));
    }

    /// Says why something was not done.
    pub fn refuse(self, text: impl Into<String>) {
        self.notice.set(Some(Notice { text: text.into(), is_error: true }));
    }

    /// Begins anew with another timeline (a scene from the gallery, an opened file).
    pub fn replace(self, timeline: Timeline) {
        self.timeline.set_value(timeline);
        self.selected.set(None);
        self.notice.set(None);
        self.same_as.set(String::new());
        self.refresh();
        keep::remember(self);
    }

    /// Takes the last command back.
    pub fn undo(self) {
        let what = self.with(|timeline| timeline.undoable().map(millrace_script::print));
        if self.change(Timeline::undo) {
            self.pause();
            self.say(what.map_or_else(|| "undone".to_owned(), |line| format!("undone: {line}")));
            keep::remember(self);
        }
    }

    /// Does again what was undone.
    pub fn redo(self) {
        if self.change(Timeline::redo) {
            keep::remember(self);
        }
    }

    /// What the run began with.
    pub fn setup(self) -> Setup {
        self.with(|timeline| timeline.setup().clone())
    }

    fn done(self, line: String) {
        self.notice.set(None);
        self.same_as.set(line);
        keep::remember(self);
    }

    /// Changes the timeline, then shows it.
    fn change<T>(self, change: impl FnOnce(&mut Timeline) -> T) -> T {
        let mut result = None;
        self.timeline.update_value(|timeline| result = Some(change(timeline)));
        self.refresh();
        // `update_value` always runs its closure while the owner lives; the page's root owns the session.
        match result {
            Some(result) => result,
            None => unreachable!("the session outlives the page"),
        }
    }

    /// Computes the signals anew as far as the timeline has changed.
    pub fn refresh(self) {
        let width = self.width.get_untracked();
        let (seen, now) = self.with(|timeline| {
            let moment = timeline.moment();
            (Seen { branch: moment.branch.0, step: moment.step, width, is_known: true }, moment.at)
        });
        if seen != self.seen.get_value() {
            self.seen.set_value(seen);
            let scene = self.with(|timeline| millrace_view::scene(timeline.world(), Viewport { width }));
            self.scene.set(Arc::new(scene));
        }
        let before = self.history.get_untracked();
        let history = self.with(|timeline| History::of(timeline, Some(&before)));
        if history != *before {
            self.history.set(Arc::new(history));
        }
        if self.playhead.get_untracked() != now {
            self.playhead.set(now);
        }
    }
}
