//! The scrubber: all of history as one bar, with marks for what happened. By pointer, finger and keyboard.

use super::scale::{left, part_of, percent};
use crate::lean::{attr, each, item, maybe};
use crate::memo::Memo;
use crate::session::Session;
use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::html;
use leptos::prelude::*;
use millrace_model::{Set, Span, Time};
use millrace_view::MarkKind;
use millrace_words::timebar as say;
use wasm_bindgen::JsCast;

/// How far PageUp and PageDown go.
const PAGE: Span = Span::from_secs(5);
/// Columns of the bar: marks of one kind in one column are drawn once.
const COLUMNS: f64 = 320.0;

/// A mark as it is drawn.
#[derive(Clone, Debug, PartialEq)]
struct Drawn {
    kind: MarkKind,
    column: u32,
    /// In columns; 0 for a point.
    width: u32,
    step: u64,
    text: String,
}

/// See the module.
pub fn scrubber(session: Session, end: Memo<Time>) -> AnyView {
    let track = NodeRef::<html::Div>::new();
    let time_at = move |event: &PointerEvent| {
        let rect = track.get_untracked()?.get_bounding_client_rect();
        let share = (f64::from(event.client_x()) - rect.left()) / rect.width().max(1.0);
        Some(Time((share.clamp(0.0, 1.0) * end.get_untracked().0 as f64) as u64))
    };
    let down = move |event: PointerEvent| {
        if event.button() != 0 {
            return;
        }
        if let Some(track) = track.get_untracked() {
            // Without capture a drag ends at the bar's edge; nothing worse.
            let _ = track.set_pointer_capture(event.pointer_id());
        }
        let step = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let step =
            step.and_then(|element| element.get_attribute("data-step")).and_then(|step| step.parse().ok());
        match (step, time_at(&event)) {
            (Some(step), _) => session.seek_step(step),
            (None, Some(at)) => session.seek(at),
            (None, None) => {}
        }
    };
    let moved = move |event: PointerEvent| {
        if event.buttons() & 1 == 1
            && let Some(at) = time_at(&event)
        {
            session.seek(at);
        }
    };
    let key = move |event: KeyboardEvent| {
        let now = session.playhead.get_untracked();
        match event.key().as_str() {
            "ArrowRight" | "ArrowUp" => session.step_forward(event.shift_key()),
            "ArrowLeft" | "ArrowDown" => session.step_back(event.shift_key()),
            "PageUp" => session.seek(now + PAGE),
            "PageDown" => session.seek(now - PAGE),
            "Home" => session.rewind(),
            "End" => session.go_live(),
            _ => return,
        }
        event.prevent_default();
    };
    let ms = |at: Time| (at.0 / 1_000).to_string();
    let says = move || {
        let (step, steps) = session.history.with(|h| {
            let steps = h.branches.iter().find(|b| b.is_current).map_or(0, |b| b.steps);
            (h.moment.step, steps)
        });
        say::step_of(&session.playhead.get(), &step, &steps)
    };
    let frontier = Memo::new(move |_| session.history.with(|h| h.frontier));
    // Lines that were given are written out once the module is all there: nobody points at a mark before.
    let arrived = crate::rest::arrived();
    let marks = Memo::new(move |_| drawn(session, end.get(), arrived.get()));
    let items = move || {
        let key =
            |m: &Drawn| format!("{} {} {} {} {}", m.kind as u8, m.column, m.width, m.step, m.text.len());
        marks.get().into_iter().map(|mark| item(key(&mark), move || draw(mark.clone()))).collect()
    };
    view! {
        <div class="scrubber" node_ref=track role="slider" tabindex="0" aria-label=say::history()
            aria-valuemin="0" aria-valuemax=attr(move || ms(frontier.get())) aria-valuenow=attr(move || ms(session.playhead.get()))
            aria-valuetext=attr(says) on:pointerdown=down on:pointermove=moved on:keydown=key
        >
            <span class="track"></span>
            {maybe(move || session.is_used.get().then(|| crate::groups::shades(session, end)))}
            <span class="known" style:width=attr(move || left(frontier.get(), end.get()))></span>
            <span class="played" style:width=attr(move || left(session.playhead.get(), end.get()))></span>
            {each(items)}
            <span class="playhead" style:left=attr(move || left(session.playhead.get(), end.get()))></span>
        </div>
    }
    .into_any()
}

fn draw(mark: Drawn) -> AnyView {
    let place = |columns: u32| part_of(u64::from(columns), COLUMNS as u64);
    let width = (mark.width > 0).then(|| place(mark.width));
    view! {
        <span class=format!("mark {}", class_of(mark.kind)) style:left=place(mark.column) style:width=width
            title=mark.text data-step=mark.step></span>
    }
    .into_any()
}

/// What a mark's kind is called in style sheets and tests.
pub fn class_of(kind: MarkKind) -> &'static str {
    match kind {
        MarkKind::Command => "command",
        MarkKind::Rebalance => "rebalance",
        MarkKind::Failure => "failure",
        MarkKind::DeadLetter => "dead-letter",
        MarkKind::WindowClosed => "window-closed",
        MarkKind::Dropped => "dropped",
        MarkKind::Crash => "crash",
        MarkKind::LeftOut => "left-out",
        MarkKind::Alarm => "alarm",
    }
}

fn drawn(session: Session, end: Time, writes_lines: bool) -> Vec<Drawn> {
    let column = |at: Time| (percent(at, end) * COLUMNS / 100.0) as u32;
    let mut taken = Set::new();
    session.history.with(|history| {
        let drawn = history.marks.iter().filter_map(|mark| {
            let at = column(mark.at);
            let width = match mark.kind {
                MarkKind::Rebalance => {
                    column(mark.until.unwrap_or(history.frontier)).saturating_sub(at).max(1)
                }
                _ => 0,
            };
            taken.insert((mark.kind, at)).then(|| Drawn {
                kind: mark.kind,
                column: at,
                width,
                step: mark.step,
                text: match mark.command.is_some() && !writes_lines {
                    true => mark.at.to_string(),
                    false => format!("{} · {}", mark.at, mark.says()),
                },
            })
        });
        drawn.collect()
    })
}
