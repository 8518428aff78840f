//! Records over event time and processing time. One that was produced by hand can be moved: dragged, or by the field below.

use super::{Look, picture, plot, sample, width};
use crate::controls::live::{Live, live_field};
use crate::controls::read;
use crate::lean::{maybe, part, text as words};
use crate::memo::Memo;
use crate::paint::{Node, node};
use crate::session::Session;
use crate::stage::draw::{at, boxed, g, hit, px, stroke, text, tip};
use crate::stage::key::key;
use crate::ui::Choice;
use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use millrace_model::{Offset, Timestamp, TopicPartition};
use millrace_view::desk::{Dot, DotFate, ResultMark, Timing, WindowBox, timing};
use millrace_view::{Point, Target};
use millrace_words::desk as say;
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// Nearer than this a pointer has only pressed, not dragged.
const SLACK: f32 = 4.0;

/// A record on its way to another time.
#[derive(Clone, Debug, PartialEq)]
struct Drag {
    key: String,
    from: f32,
    x: f32,
}

/// See the module.
pub fn panel(look: Look) -> AnyView {
    let session = look.session;
    let task = RwSignal::new(None::<String>);
    let drag = RwSignal::new(None::<Drag>);
    let seen = Memo::new(move |was: Option<&Option<Arc<Timing>>>| {
        let task = task.get();
        if !look.is_due() {
            return was.cloned().flatten();
        }
        session.with(|timeline| timing(timeline, &look.name, task.as_deref(), width(session))).map(Arc::new)
    });
    let draw = move || {
        let timing = seen.get()?;
        let drag = drag.get();
        let selected = session.selected.get();
        Some(drawn(&timing, drag.as_ref(), selected.as_ref()))
    };
    let (view, place) = picture("event-time", say::records_over_event_time_and(), draw);
    let dot_at = move |event: &web_sys::Event| {
        let element = event.target()?.dyn_into::<web_sys::Element>().ok()?;
        let key = element.closest("[data-dot]").ok()??.get_attribute("data-dot")?;
        seen.get_untracked()?.dots.iter().find(|dot| self::key(&dot.target) == key).cloned()
    };
    let x_of = move |event: &PointerEvent| {
        let (svg, timing) = (place.get_untracked()?, seen.get_untracked()?);
        let seen = svg.get_bounding_client_rect();
        let scale = timing.rect.w / (seen.width() as f32).max(1.0);
        Some((event.client_x() as f32 - seen.left() as f32) * scale)
    };
    let pressed = move |event: PointerEvent| {
        let Some(dot) = dot_at(&event) else { return };
        session.selected.set(Some(dot.target.clone()));
        if let (true, Some(x), Some(svg)) = (dot.can_move, x_of(&event), place.get_untracked()) {
            let _ = svg.set_pointer_capture(event.pointer_id());
            drag.set(Some(Drag { key: key(&dot.target), from: x, x }));
            event.prevent_default();
        }
    };
    let moved = move |event: PointerEvent| {
        if let Some(x) = x_of(&event) {
            drag.update(|drag| drag.iter_mut().for_each(|drag| drag.x = x));
        }
    };
    let dropped = move |_: PointerEvent| {
        let (Some(ended), Some(timing)) = (drag.get_untracked(), seen.get_untracked()) else { return };
        drag.set(None);
        let found = timing.dots.iter().find(|dot| key(&dot.target) == ended.key);
        if let Some(Target::Record(tp, offset)) = found.map(|dot| &dot.target)
            && (ended.x - ended.from).abs() >= SLACK
        {
            session.retime(tp, *offset, timing.event_time.time(ended.x));
        }
    };
    let cancelled = move |_: PointerEvent| drag.set(None);
    let keyed = move |event: KeyboardEvent| {
        let Some(dot) = dot_at(&event) else { return };
        let step = match event.key().as_str() {
            "Enter" | " " => {
                session.selected.set(Some(dot.target));
                event.prevent_default();
                event.stop_propagation();
                return;
            }
            "ArrowRight" | "ArrowUp" => 1,
            "ArrowLeft" | "ArrowDown" => -1,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        focus_next(&key(&dot.target), step);
    };
    let tasks = Memo::new(move |_| seen.with(|t| t.as_ref().map(|t| t.tasks.clone()).unwrap_or_default()));
    let which = move || {
        (tasks.with(Vec::len) > 1).then(|| {
            let options = Signal::derive(move || {
                tasks.with(|all| all.iter().map(|one| (one.clone(), say::one_task(&one))).collect::<Vec<_>>())
            });
            let now = Signal::derive(move || seen.with(|t| t.as_ref().map(|t| t.task.clone()).unwrap_or_default()));
            view! { <Choice label=say::each_task_has_a_stream() options=options value=now on_change=move |id| task.set(Some(id))/> }
                .into_any()
        })
    };
    let none = move || {
        seen.with(Option::is_none)
            .then(|| view! { <p class="dim">{say::no_task_has_taken_a()}</p> }.into_any())
    };
    view! {
        {maybe(which)}
        {maybe(none)}
        <div
            on:pointerdown=pressed
            on:pointermove=moved
            on:pointerup=dropped
            on:pointercancel=cancelled
            on:keydown=keyed
        >{view}</div>
        {legend()}
        {chosen(session, seen)}
    }
    .into_any()
}

/// How to read it.
fn legend() -> AnyView {
    view! {
        <p class="desk-legend dim">
            {say::right_is_later()} " "
            {sample("is-late", say::late_but_taken_in())} {sample("is-dropped", say::dropped())}
            {sample("is-update", say::update())} {sample("is-final", say::final_result())}
        </p>
    }
    .into_any()
}

/// The record that is selected: what became of it, and the field that moves it.
fn chosen(session: Session, seen: Memo<Option<Arc<Timing>>>) -> AnyView {
    let dot = Memo::new(move |_| {
        let selected = session.selected.get()?;
        let timing = seen.get()?;
        timing.dots.iter().find(|dot| dot.target == selected).cloned()
    });
    let says = move || match dot.get() {
        None => say::drag_a_record_along_event().to_owned(),
        Some(dot) if !dot.can_move => say::a_steady_stream_wrote_it(&dot.label),
        Some(dot) => dot.label,
    };
    let target = Memo::new(move |_| {
        dot.with(|dot| dot.as_ref().filter(|dot| dot.can_move).map(|dot| dot.target.clone()))
    });
    let field = part(move || match target.get() {
        Some(Target::Record(tp, offset)) => {
            view! { <div class="desk-field">{live_field(time_of(session, dot, tp, offset))}</div> }.into_any()
        }
        _ => ().into_any(),
    });
    view! {
        <p class="desk-says" aria-live="polite">{words(says)}</p>
        {field}
    }
    .into_any()
}

fn time_of(session: Session, dot: Memo<Option<Dot>>, tp: TopicPartition, offset: Offset) -> Live {
    let now = move || dot.with(|dot| dot.as_ref().map(|dot| dot.timestamp));
    Live {
        label: say::event_time_of(&tp, &offset),
        name: "event-time",
        current: Signal::derive(move || now().map(clock).unwrap_or_default()),
        check: |text| read::timestamp(text, Timestamp(0).time()).map(drop),
        commit: Callback::new(move |typed: String| {
            // A shift such as -5s counts from the time that the record has.
            let base = now().unwrap_or(Timestamp(0)).time();
            match read::timestamp(&typed, base) {
                Ok(Some(to)) => session.retime(&tp, offset, to),
                Ok(None) | Err(_) => false,
            }
        }),
        hint: say::a_time_such_as_12(),
        is_long: false,
    }
}

fn clock(at: Timestamp) -> String {
    millrace_view::words::clock(at)
}

/// Moves the focus along the records, in the order in which they were processed.
fn focus_next(from: &str, step: i32) {
    let Ok(all) = document().query_selector_all(".desk-picture [data-dot]") else { return };
    let dots: Vec<web_sys::Element> =
        (0..all.length()).filter_map(|n| all.item(n)?.dyn_into().ok()).collect();
    let here = dots.iter().position(|dot| dot.get_attribute("data-dot").as_deref() == Some(from));
    let next = here.and_then(|n| n.checked_add_signed(step as isize)).and_then(|n| dots.get(n));
    let button = next.and_then(|dot| dot.query_selector("[role=button]").ok()?);
    if let Some(button) = button.and_then(|button| button.dyn_into::<web_sys::SvgElement>().ok()) {
        let _ = button.focus();
    }
}

fn drawn(timing: &Timing, drag: Option<&Drag>, selected: Option<&Target>) -> Node {
    let area = timing.plot;
    let end = area.y + area.h;
    let mut ground = g("ground").child(boxed("trough", area, "10"));
    for tick in &timing.ticks {
        ground = ground
            .child(stroke("grid", format!("M{} {}V{}", px(tick.x), px(area.y), px(end))))
            .child(text("tick", tick.x, end + 16.0, tick.text.clone()));
    }
    for tick in &timing.clocks {
        ground = ground.child(text("tick end", area.x - 8.0, tick.x + 4.0, tick.text.clone()));
    }
    let mut shown = say::event_time_task(&timing.task);
    if let Some(ours) = timing.extension {
        shown.push_str(" · ");
        shown.push_str(ours);
    }
    let hidden = match timing.hidden {
        0 => shown,
        n => say::older_records_are_not_shown(&shown, &n),
    };
    plot::root(timing.rect)
        .child(ground.child(text("more", area.x, end + 34.0, hidden)))
        .child(g("spans").children(timing.windows.iter().map(window).collect()))
        .child(stair(timing))
        .child(g("results").children(timing.results.iter().map(result).collect()))
        .child(g("dots").children(
            timing.dots.iter().enumerate().map(|(n, d)| dot(n, d, timing, drag, selected)).collect(),
        ))
}

fn window(window: &WindowBox) -> Node {
    let class = match (window.is_merged, window.is_closed) {
        (true, _) => "span is-merged",
        (false, true) => "span is-closed",
        (false, false) => "span is-open",
    };
    let rect = window.rect;
    let word = match class {
        "span is-merged" => say::merged(),
        "span is-closed" => say::closed(),
        _ => say::open(),
    };
    g(class).child(tip(format!("{} {word}", window.text))).child(boxed("pane", rect, "4")).maybe(
        (rect.w > 48.0 && rect.h > 18.0)
            .then(|| text("span-word", rect.x + 6.0, rect.y + 14.0, word.to_owned())),
    )
}

fn stair(timing: &Timing) -> Node {
    let line = &timing.stair.line;
    let back: Vec<Point> = line
        .iter()
        .rev()
        .map(|p| Point { x: (p.x - timing.stair.grace).max(timing.plot.x), y: p.y })
        .collect();
    let label = line.last().map(|last| {
        let says = say::stream_time(&timing.stair.text);
        let is_right = last.x + says.chars().count() as f32 * 6.8 + 12.0 > timing.plot.right();
        let (class, x) =
            if is_right { ("clock-text end", last.x - 8.0) } else { ("clock-text", last.x + 8.0) };
        text(class, x, last.y + 14.0, says)
    });
    g("stair")
        .set("data-stream-time", timing.stair.text.clone())
        .child(stroke("grace", plot::line(line.iter().chain(&back)) + "Z"))
        .child(stroke("line", plot::line(line.iter())))
        .maybe(label)
}

fn result(result: &ResultMark) -> Node {
    let class = if result.is_final { "result is-final" } else { "result is-update" };
    g(class)
        .child(tip(result.text.clone()))
        .child(stroke("mark", format!("M{} {}l4 4-4 4-4-4z", px(result.at.x), px(result.at.y - 4.0))))
}

fn dot(n: usize, dot: &Dot, timing: &Timing, drag: Option<&Drag>, selected: Option<&Target>) -> Node {
    let key = key(&dot.target);
    let drag = drag.filter(|drag| drag.key == key && (drag.x - drag.from).abs() >= SLACK);
    let (fate, word) = match dot.fate {
        DotFate::InOrder => ("is-in-order", say::in_order()),
        DotFate::Late => ("is-late", say::late()),
        DotFate::Dropped => ("is-dropped", say::dropped()),
    };
    let is_selected = selected == Some(&dot.target);
    let x = drag.map_or(dot.at.x, |drag| timing.event_time.at(timing.event_time.time(drag.x).0));
    let class = [
        "dot ",
        fate,
        if dot.can_move { " can-move" } else { "" },
        if is_selected { " is-selected" } else { "" },
        " hue-",
        &dot.hue.to_string(),
    ]
    .concat();
    let cross = (dot.fate == DotFate::Dropped).then(|| stroke("cross", "M4-10l6 6m0-6l-6 6".to_owned()));
    let going = drag.map(|drag| text("going", 0.0, -16.0, clock(timing.event_time.time(drag.x))));
    let tile = node("rect")
        .is("class", "tile")
        .is("x", "-9")
        .is("y", "-9")
        .is("width", "18")
        .is("height", "18")
        .is("rx", "4");
    // One stop for the Tab key; arrow keys go on from there.
    let tile =
        if is_selected || (n == 0 && selected.is_none_or(|s| !timing.dots.iter().any(|d| d.target == *s))) {
            tile.stop(dot.label.clone())
        } else {
            tile.button(dot.label.clone())
        };
    node("g")
        .key(key.clone())
        .set("class", class)
        .set("style", at(x, dot.at.y))
        .set("data-dot", key)
        .is("data-fate", word)
        .child(tip(dot.label.clone()))
        // For a finger; the style sheet shows it to no one else.
        .child(hit(-22.0, -22.0, 44.0, 44.0))
        .child(tile)
        .child(text("letter", 0.0, 4.0, dot.letter.clone()))
        .maybe(cross)
        .maybe(going)
}
