//! The stage: the scene as SVG. It draws what `millrace_view` says and decides nothing; clicks and arrow keys become
//! `selected` and focus.
//!
//! Layers from below: lines, blocks, the halo of what is selected, messages on their way.

pub mod cell;
mod clock_face;
pub mod draw;
mod empty;
mod group;
pub mod key;
mod lane;
mod links;
pub mod member;
mod producer;
mod retry;
mod store;
mod tokens;
mod topic;
mod windows;

use crate::session::Session;
use draw::px;
use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, SvgElement};

/// Draws the scene.
#[component]
pub fn Stage() -> AnyView {
    let session = expect_context::<Session>();
    let is_still = crate::frame::media("(prefers-reduced-motion: reduce)");
    let size = Memo::new(move |_| session.scene.with(|scene| (scene.width, scene.height)));
    let view_box = move || {
        let (w, h) = size.get();
        format!("0 0 {} {}", px(w), px(h))
    };
    let more = move || {
        let more =
            session.scene.with(|scene| scene.more.clone().map(|more| (more, scene.width, scene.height)));
        more.map(|(more, w, h)| draw::text("more centred", w / 2.0, h - 8.0, more))
    };
    view! {
        <svg
            class="stage"
            role="group"
            aria-label="the stage: producers, topics, groups, retries and windows"
            viewBox=view_box
            width=move || px(size.get().0)
            height=move || px(size.get().1)
            on:click=move |event| clicked(session, &event)
            on:keydown=move |event| pressed(session, &event)
        >
            {links::links(session)}
            {topic::topics(session)}
            {retry::retries(session)}
            {windows::boards(session)}
            {group::groups(session)}
            {producer::producers(session)}
            {more}
            {empty::empty(session)}
            {halo(session)}
            {tokens::tokens(session, is_still)}
        </svg>
        {store::stores(session)}
    }
    .into_any()
}

/// A ring around what is selected.
fn halo(session: Session) -> AnyView {
    let place = Memo::new(move |_| {
        let selected = session.selected.get()?;
        session.scene.with(|scene| key::place(scene, &selected))
    });
    let ring = |rect: millrace_view::Rect| {
        let out = 3.0;
        view! {
            <rect
                class="halo"
                style=draw::at(rect.x - out, rect.y - out)
                width=px(rect.w + 2.0 * out)
                height=px(rect.h + 2.0 * out)
                rx="8"
            ></rect>
        }
    };
    (move || place.get().map(ring)).into_any()
}

/// The key of the target that an element, or what it is part of, stands for.
pub(crate) fn key_at(target: Option<web_sys::EventTarget>) -> Option<String> {
    let element = target?.dyn_into::<Element>().ok()?;
    element.closest("[data-target]").ok()??.get_attribute("data-target")
}

/// A click selects what it hits; one beside everything selects nothing.
pub(crate) fn clicked(session: Session, event: &MouseEvent) {
    let key = key_at(event.target());
    let found = key.and_then(|key| session.scene.with_untracked(|scene| key::find(scene, &key)));
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
        "Enter" | " " => session.selected.set(key::find(&scene, &from)),
        arrow => match key::neighbour(&scene, &from, arrow) {
            Some(to) => focus(&key::key(&to)),
            None => return,
        },
    }
    event.prevent_default();
    event.stop_propagation();
}

/// Moves the focus to what stands for a target.
fn focus(wanted: &str) {
    let Ok(all) = document().query_selector_all(".stage [data-target]") else { return };
    let elements = (0..all.length()).filter_map(|n| all.item(n)?.dyn_into::<SvgElement>().ok());
    // Names of keys may hold any character: comparing spares escaping them for a selector.
    if let Some(element) =
        elements.into_iter().find(|e| e.get_attribute("data-target").as_deref() == Some(wanted))
    {
        let _ = element.focus();
    }
}
