//! The text log: it says what the picture says, one plain sentence a line; a click goes to the moment.

use crate::frame::{FrameState, Sheet};
use crate::lean::{each, item};
use crate::memo::Memo;
use crate::session::Session;
use crate::ui::{Icon, icon};
use leptos::html;
use leptos::prelude::*;
use millrace_model::Time;
use millrace_sim::EntryId;
use millrace_view::{Names, Sentence, SentenceKind, sentence};

/// Lines that are shown, the newest first.
const LINES: usize = 80;
/// Entries looked at to find them.
const LOOKED_AT: usize = 8_000;

#[derive(Clone, Debug, PartialEq)]
struct Line {
    entry: EntryId,
    branch: u32,
    at: Time,
    text: String,
    kind: SentenceKind,
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
        let key = |line: &Line| format!("{} {}", line.branch, line.entry.0);
        lines.get().into_iter().map(|line| item(key(&line), move || draw(session, line.clone()))).collect()
    };
    view! {
        <details class="disclosure log-panel" node_ref=details open=move || is_sheet.get() on:toggle=toggled>
            <summary>{icon(Icon::ChevronRight)} "log: the picture in words"</summary>
            <ol class="log-lines" reversed tabindex="0" aria-label="what happened, newest first">
                {each(items)}
            </ol>
        </details>
    }
    .into_any()
}

fn draw(session: Session, line: Line) -> AnyView {
    let entry = line.entry;
    let jump = move |_| {
        let step = session
            .with(|timeline| timeline.branch().steps().partition_point(|step| step.first <= entry) as u64);
        session.seek_step(step);
    };
    view! {
        <li class=format!("log-line {}", class_of(line.kind))>
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
    session.with(|timeline| {
        let names = Names::of(timeline.world());
        let branch = timeline.branch();
        let newest = branch.entries_before(timeline.world().steps()).take(LOOKED_AT);
        let lines = newest.filter_map(|entry| {
            let said = sentence(entry, &names)?;
            let Sentence { text, kind } = said;
            Some(Line { entry: entry.id, branch: branch.id.0, at: entry.at, text, kind })
        });
        lines.take(LINES).collect()
    })
}
