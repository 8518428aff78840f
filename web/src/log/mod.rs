//! The text log: it says what the picture says, one plain sentence a line; a click goes to the moment.

use crate::frame::{FrameState, Sheet};
use crate::groups::standing_still;
use crate::lean::{each, item};
use crate::memo::Memo;
use crate::session::Session;
use crate::ui::{Icon, icon};
use leptos::html;
use leptos::prelude::*;
use millrace_model::Time;
use millrace_sim::EntryId;
use millrace_view::{Names, Sentence, SentenceKind, sentence};
use millrace_words::log as say;

/// Lines that are shown, the newest first.
const LINES: usize = 80;
/// Entries looked at to find them.
const LOOKED_AT: usize = 8_000;

#[derive(Clone, Debug, PartialEq)]
struct Line {
    place: Place,
    branch: u32,
    at: Time,
    text: String,
    kind: SentenceKind,
}

/// Where a line leads.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    /// To the step of an entry of the trace, found when it is wanted.
    Entry(EntryId),
    /// To a step: what is said follows from many entries.
    Step(u64),
}

/// See the module. Nothing is computed while it is closed.
#[component]
pub fn Log() -> AnyView {
    let session = expect_context::<Session>();
    let frame = use_context::<FrameState>();
    let details = NodeRef::<html::Details>::new();
    let is_open = RwSignal::new(false);
    let is_sheet = Memo::new(move |_| frame.is_some_and(|f| f.is_phone.get() && f.sheet.get() == Sheet::Log));
    let lines = Memo::new(move |_| if is_open.get() || is_sheet.get() { lines(session) } else { Vec::new() });
    let toggled = move |_| is_open.set(details.get_untracked().is_some_and(|details| details.open()));
    let items = move || {
        let key = |line: &Line| match line.place {
            Place::Entry(entry) => format!("{} {}", line.branch, entry.0),
            Place::Step(step) => format!("{} {step} {}", line.branch, line.text),
        };
        lines.get().into_iter().map(|line| item(key(&line), move || draw(session, line.clone()))).collect()
    };
    view! {
        <details class="disclosure log-panel" node_ref=details open=move || is_sheet.get() on:toggle=toggled>
            <summary>{icon(Icon::ChevronRight)} {say::log_the_picture_in_words()}</summary>
            <ol class="log-lines" reversed tabindex="0" aria-label=say::what_happened_newest_first()>
                {each(items)}
            </ol>
        </details>
    }
    .into_any()
}

fn draw(session: Session, line: Line) -> AnyView {
    let place = line.place;
    let is_evidence = move || {
        let Place::Entry(entry) = place else { return None };
        let is_it = session.pointed.with(|p| p.as_ref().is_some_and(|p| p.entries.contains(&entry)));
        is_it.then_some("")
    };
    let jump = move |_| {
        let step = match place {
            Place::Step(step) => step,
            Place::Entry(entry) => session.with(|timeline| {
                timeline.branch().steps().partition_point(|step| step.first <= entry) as u64
            }),
        };
        session.seek_step(step);
    };
    view! {
        <li class=format!("log-line {}", class_of(line.kind)) data-evidence=crate::lean::attr_maybe(is_evidence)>
            <button type="button" on:click=jump>
                <span class="number dim">{line.at.to_string()}</span>
                <span>{line.text}</span>
            </button>
        </li>
    }
    .into_any()
}

fn class_of(kind: SentenceKind) -> &'static str {
    match kind {
        SentenceKind::You => "you",
        SentenceKind::Problem => "problem",
        SentenceKind::Producer
        | SentenceKind::Broker
        | SentenceKind::Group
        | SentenceKind::Consumer
        | SentenceKind::App
        | SentenceKind::Streams
        | SentenceKind::Process => "said",
    }
}

fn lines(session: Session) -> Vec<Line> {
    session.scene.track();
    let lines = session.with(|timeline| {
        let names = Names::of(timeline.world());
        let branch = timeline.branch();
        let newest = branch.entries_before(timeline.world().steps()).take(LOOKED_AT);
        let lines = newest.filter_map(|entry| {
            let said = sentence(entry, &names)?;
            let Sentence { text, kind } = said;
            let place = Place::Entry(entry.id);
            Some(Line { place, branch: branch.id.0, at: entry.at, text, kind })
        });
        lines.take(LINES).collect()
    });
    with_pauses(session, lines)
}

/// Puts what groups stood still where it ended, or where it began if it lasts: above all else that happened then.
fn with_pauses(session: Session, mut lines: Vec<Line>) -> Vec<Line> {
    let (now, branch) = session.with(|timeline| (timeline.world().now(), timeline.branch().id.0));
    for still in standing_still(session, now) {
        let (at, text) = (still.at(), still.says());
        let Some(index) = lines.iter().position(|line| line.at <= at) else { continue };
        let place = Place::Step(still.pause.step);
        lines.insert(index, Line { place, branch, at, text, kind: SentenceKind::Group });
    }
    lines
}
