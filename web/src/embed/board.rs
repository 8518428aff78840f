//! What is in a widget's place: the stage, and around it what was asked for.

use super::bar;
use super::wish::{Controls, Moment, View, Wish};
use super::{Tell, object};
use crate::frame::{FrameState, PHONE, StageSlot};
use crate::inspector::Inspector;
use crate::lean::{attr, maybe};
use crate::lesson::Guest;
use crate::log::Log;
use crate::memo::Memo;
use crate::session::{Session, start_clock};
use crate::ui::{Button, ButtonKind, Icon, Toast};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use millrace_sim::Timeline;
use millrace_words::embed as say;
use wasm_bindgen::{JsCast, JsValue};

/// The stage's width until it has been measured, in CSS pixels.
const WIDTH: f32 = 640.0;

/// The widget, the session that it shows, and its lesson.
pub fn board(wish: Wish, tell: Tell) -> (Session, Option<Guest>, AnyView) {
    let session = Session::new(Timeline::new(wish.setup.clone()), WIDTH);
    provide_context(session);
    FrameState::provide_for(wish.phone.as_deref().unwrap_or(PHONE));
    session.title.set(wish.title.clone());
    let is_ready = RwSignal::new(false);
    let guest = super::lesson::guest(session, &wish, &tell, is_ready);
    if guest.is_none() {
        load(session, wish.clone(), tell.clone(), is_ready);
    }
    tell_steps(session, tell.clone(), is_ready);
    start_clock(session);
    let (view, controls, word) = (wish.view, wish.controls, wish.view_word());
    let can_act = view != View::ReadOnly && controls == Controls::Full;
    let size = match controls {
        Controls::Full => "full",
        Controls::Minimal => "minimal",
        Controls::None => "none",
    };
    let main = match view {
        View::Timeline => view! { <div class="happened"><Log/></div> }.into_any(),
        View::Board | View::Console | View::Metrics | View::Lesson | View::ReadOnly => {
            view! { <StageSlot/> }.into_any()
        }
    };
    let produce = (can_act && matches!(view, View::Board | View::Console))
        .then(|| view! { <div class="deeds">{crate::controls::produce(session)}</div> }.into_any());
    let console = (matches!(view, View::Console | View::Lesson) && controls != Controls::None)
        .then(|| crate::console::line(session));
    let state = attr(move || if is_ready.get() { "ready" } else { "loading" }.to_owned());
    let shown = view! {
        <div
            class="widget"
            data-view=word
            data-controls=size
            data-state=state
            on:keydown=move |event| pressed(session, &event)
        >
            {guest.map(Guest::view)}
            <section class="scene" aria-label=say::the_stage() tabindex="-1">{main}</section>
            {why(session)}
            {produce}
            {console}
            {(controls != Controls::None).then(|| bar::bar(session, guest, &wish, tell))}
            <Toast/>
        </div>
    };
    (session, guest, shown.into_any())
}

/// What is selected, and why it is there; as long as something is.
fn why(session: Session) -> AnyView {
    let is_any = Memo::new(move |_| session.selected.with(Option::is_some));
    maybe(move || {
        is_any.get().then(|| {
            let close = move |()| session.selected.set(None);
            view! {
                <aside class="selection" aria-label=say::what_is_selected()>
                    <Button label=say::close() icon=Icon::Close bare=true kind=ButtonKind::Quiet on_press=close/>
                    <Inspector/>
                </aside>
            }
            .into_any()
        })
    })
}

/// Reads the widget's text, goes to its moment, and says that it is there.
pub fn load(session: Session, wish: Wish, tell: Tell, is_ready: RwSignal<bool>) {
    let (text, setup, title) = (wish.text.clone(), wish.setup.clone(), wish.title.clone());
    let then = move |done: bool| {
        match wish.moment {
            _ if !done => {}
            Some(Moment::At(at)) => session.arrive(at),
            Some(Moment::Step(step)) => session.seek_step(step),
            None => {}
        }
        if !wish.problems.is_empty() {
            session.refuse(wish.problems.join("\n"));
        }
        let wrong = session.notice.with_untracked(|notice| notice.as_ref().map(|notice| notice.text.clone()));
        if let Some(wrong) = wrong {
            tell.error(if done { "attribute" } else { "scenario" }, &wrong);
        }
        if wish.view == View::Metrics {
            crate::desk::frame::open("metrics", "");
        }
        if done && wish.runs {
            session.play();
        }
        is_ready.set(true);
        ready(session, &tell);
    };
    session.load_as(&text, setup, title, Box::new(then));
}

/// Says that it is there.
pub fn ready(session: Session, tell: &Tell) {
    let version = env!("CARGO_PKG_VERSION").into();
    tell.event("ready", &[("version", version), ("hash", session.hash().into())]);
}

/// Each place that the playhead comes to is an event, at most one a frame.
fn tell_steps(session: Session, tell: Tell, is_ready: RwSignal<bool>) {
    let tell = StoredValue::new_local(tell);
    let step = Memo::new(move |_| session.history.with(|history| history.moment.step));
    let is_playing = Memo::new(move |_| session.transport.with(|transport| transport.is_playing));
    Effect::new(move |_| {
        let (step, is_playing) = (step.get(), is_playing.get());
        if is_ready.get_untracked() {
            let time = session.playhead.get_untracked().to_string();
            tell.with_value(|tell| tell.event("step", &step_detail(step, &time, is_playing)));
        }
    });
}

fn step_detail(step: u64, time: &str, is_playing: bool) -> [(&'static str, JsValue); 3] {
    [("step", (step as f64).into()), ("time", time.into()), ("playing", is_playing.into())]
}

/// Space and arrows, unless they mean something where they were pressed.
fn pressed(session: Session, event: &KeyboardEvent) {
    if event.default_prevented() || event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let busy = "button, input, textarea, select, summary, a, [role=slider], [role=button]";
    if target.is_some_and(|target| target.closest(busy).ok().flatten().is_some()) {
        return;
    }
    match event.key().as_str() {
        " " => session.toggle(),
        "ArrowRight" => session.step_forward(event.shift_key()),
        "ArrowLeft" => session.step_back(event.shift_key()),
        _ => return,
    }
    event.prevent_default();
}

/// What `getState` answers of the playhead.
pub fn place(session: Session) -> JsValue {
    let step = session.history.with_untracked(|history| history.moment.step);
    let time = session.playhead.get_untracked().to_string();
    object(&step_detail(step, &time, !session.is_paused()))
}
