//! The time bar: where the playhead stands in history, how time runs, and the other futures.

mod album;
mod branches;
mod events;
mod flags;
mod more;
mod nearing;
mod scale;
mod scrubber;
mod transport;
mod until;

pub use scale::{left, part_of, scale};
pub use scrubber::scrubber;
pub use transport::speed;

use crate::grown::part;
use crate::lean::{attr, maybe, text};
use crate::memo::Memo;
use crate::session::Session;
use leptos::prelude::*;
use millrace_view::{Names, sentence};
use millrace_words::timebar as say;
use wasm_bindgen::JsCast;

/// Entries looked at for the last sentence: a long idle stretch has none worth a word.
const LOOKED_AT: usize = 4_000;

/// See the module. While time stands, `data-hash` is the state's number: tests compare it.
#[component]
pub fn TimeBar() -> AnyView {
    let session = expect_context::<Session>();
    let moment = Memo::new(move |_| session.history.with(|history| history.moment));
    let is_playing = Memo::new(move |_| session.transport.with(|t| t.is_playing));
    let hash = move || {
        moment.track();
        (!is_playing.get()).then(|| session.hash())
    };
    let scale = scale(session);
    let arrived = crate::rest::arrived();
    view! {
        <div class="time" data-hash=hash data-step=attr(move || moment.get().step.to_string()) data-playing=attr(move || is_playing.get().to_string())>
            {part(move || transport::buttons(session))}
            <div class="tracks">
                {part(move || branches::lines(session, scale))}
                {part(move || scrubber::scrubber(session, scale))}
                {maybe(move || arrived.get().then(|| flags::flags(session, scale)))}
            </div>
            <div class="time-line">
                <output class="clock number" aria-label=say::virtual_time()>{text(move || session.playhead.get().to_string())}</output>
                {transport::speed(session)}
                <span class="dim number steps">{text(move || say::step(&moment.get().step))}</span>
                {transport::undo(session)}
                <span class="last dim">{text(last(session))}</span>
                {part(move || events::events(session))}
                {part(move || branches::menu(session))}
                {maybe(move || arrived.get().then(|| more::more(session)))}
            </div>
            {maybe(move || arrived.get().then(|| nearing::nearing(session)))}
            {maybe(move || session.progress.get().map(|says| view! { <p class="progress" role="status">{says}</p> }.into_any()))}
        </div>
    }
    .into_any()
}

/// The last thing that happened and is worth a sentence.
fn last(session: Session) -> impl Fn() -> String {
    let said = Memo::new(move |_| {
        session.scene.track();
        session.with(|timeline| {
            let names = Names::of(timeline.world());
            let newest = timeline.branch().entries_before(timeline.world().steps());
            newest.take(LOOKED_AT).find_map(|entry| sentence(entry, &names)).map(|said| said.text)
        })
    });
    move || said.get().unwrap_or_default()
}

/// Puts the focus on the first thing that a selector finds.
fn focus(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(found) = found.and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = found.focus();
    }
}
