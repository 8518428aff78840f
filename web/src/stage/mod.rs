//! The stage: the scene as SVG. It shows what `millrace_picture` draws and decides nothing; clicks and arrow keys
//! become `selected` and focus.

pub use millrace_picture::{bar_state, cell, draw, key, member, picture, station_says};

use crate::memo::Memo;
use crate::paint::{Canvas, Space};
use crate::session::Session;
use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::prelude::*;
use leptos::svg;
use millrace_picture::plain::explained;
use millrace_view::Target;
use wasm_bindgen::JsCast;
use web_sys::{Element, SvgElement};

/// Draws the scene.
#[component]
pub fn Stage() -> AnyView {
    let session = expect_context::<Session>();
    let is_still = crate::frame::media("(prefers-reduced-motion: reduce)");
    let stage = NodeRef::<svg::Svg>::new();
    let canvas = StoredValue::new_local(None::<Canvas>);
    Effect::new(move |_| {
        let Some(stage) = stage.get() else { return };
        canvas.set_value(Some(Canvas::new(document(), stage.unchecked_into(), Space::Svg)));
    });
    let is_playing = Memo::new(move |_| session.transport.with(|transport| transport.is_playing));
    // The first of the two layers of change: per step.
    Effect::new(move |_| {
        let scene = session.scene.get();
        let is_still = !is_playing.get();
        let picture = session.selected.with(|selected| picture(&scene, selected.as_ref(), is_still));
        // What explains itself on a second look comes with the second half.
        let picture = if crate::rest::is_there() { explained(picture) } else { picture };
        let marks = session.pointed.with(|pointed| {
            pointed.as_ref().map(|evidence| crate::lesson::evidence::marks(&scene, evidence))
        });
        let picture = picture.children(marks.unwrap_or_default());
        let picture = picture.is("class", if session.is_hurried() { "stage is-hurried" } else { "stage" });
        let is_there = stage.get().is_some();
        let now = session.playhead.get_untracked();
        let held = document().active_element().and_then(|element| key_at(Some(element.into())));
        canvas.update_value(|canvas| {
            if let (Some(canvas), true) = (canvas, is_there) {
                canvas.show(picture);
                canvas.move_to(now);
            }
        });
        keep_focus(held);
    });
    // The second: per frame.
    Effect::new(move |_| {
        let (now, is_still) = (session.playhead.get(), is_still.get());
        canvas.update_value(|canvas| {
            if let Some(canvas) = canvas {
                canvas.keep_still(is_still);
                canvas.move_to(now);
            }
        });
    });
    view! {
        <svg
            class="stage"
            role="group"
            aria-label=millrace_words::frame::the_stage()
            node_ref=stage
            on:click=move |event| clicked(session, &event)
            on:keydown=move |event| pressed(session, &event)
        ></svg>
        {crate::desk::desks(session)}
    }
    .into_any()
}

/// The key of the target that an element, or what it is part of, stands for.
pub(crate) fn key_at(target: Option<web_sys::EventTarget>) -> Option<String> {
    let element = target?.dyn_into::<Element>().ok()?;
    // A line stands for its client, which the keyboard reaches elsewhere.
    let found = element.closest("[data-target], [data-wire]").ok()??;
    found.get_attribute("data-target").or_else(|| found.get_attribute("data-wire"))
}

/// A click selects what it hits; one beside everything selects nothing.
pub(crate) fn clicked(session: Session, event: &MouseEvent) {
    let key = key_at(event.target());
    let found = key.and_then(|key| session.scene.with_untracked(|scene| key::find(scene, &key)));
    select(session, found);
}

/// A message would have arrived before anybody could decide what to do with it: time stands still for it.
fn select(session: Session, found: Option<Target>) {
    if matches!(found, Some(Target::Message(_))) {
        session.pause();
    }
    session.selected.set(found);
}

/// Enter and Space select, Escape selects nothing, arrow keys move the focus.
fn pressed(session: Session, event: &KeyboardEvent) {
    if event.ctrl_key() || event.alt_key() || event.meta_key() {
        return;
    }
    let name = event.key();
    if name == "Escape" && session.selected.with_untracked(Option::is_some) {
        session.selected.set(None);
        return;
    }
    let Some(from) = key_at(event.target()) else { return };
    let scene = session.scene.get_untracked();
    match name.as_str() {
        "Enter" | " " => select(session, key::find(&scene, &from)),
        arrow => match key::neighbour(&scene, &from, arrow) {
            Some(to) => focus(&to),
            None => return,
        },
    }
    event.prevent_default();
    event.stop_propagation();
}

/// A record that leaves the stage while it has the focus hands it to its partition: arrow keys go on from there.
fn keep_focus(held: Option<String>) {
    let lane = held.as_deref().and_then(|held| held.strip_prefix("record/")?.rsplit_once('/'));
    if let Some((lane, _)) = lane
        && document().active_element().is_none_or(|element| element.tag_name() == "BODY")
    {
        focus(&format!("partition/{lane}"));
    }
}

/// Moves the focus to what stands for a target.
fn focus(wanted: &str) {
    let Ok(all) = document().query_selector_all(".stage [data-target]") else { return };
    let elements = (0..all.length()).filter_map(|n| all.item(n)?.dyn_into::<Element>().ok());
    // Names of keys may hold any character: comparing spares escaping them for a selector.
    let found = elements.into_iter().find(|e| e.get_attribute("data-target").as_deref() == Some(wanted));
    let button = found.and_then(|element| element.query_selector("[role=button]").ok()?);
    if let Some(button) = button.and_then(|button| button.dyn_into::<SvgElement>().ok()) {
        let _ = button.focus();
    }
}
