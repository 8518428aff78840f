//! What the time bar offers beyond moving the playhead: running until something holds, bookmarks, the futures in full.
//! None of it is needed on a first visit: it comes with the second half of the module.

use super::album;
use super::until;
use crate::session::Session;
use crate::ui::{Menu, MenuItem};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use millrace_view::futures;
use wasm_bindgen::JsCast;

/// Which panels are open.
#[derive(Clone, Copy)]
pub struct Panels {
    /// Running until something holds.
    pub until: RwSignal<bool>,
    /// Futures and bookmarks.
    pub album: RwSignal<bool>,
}

/// The menu, the panels, the keys.
pub fn more(session: Session) -> AnyView {
    let panels = Panels { until: RwSignal::new(false), album: RwSignal::new(false) };
    provide_context(panels);
    listen(session, panels);
    let open_until = move |()| panels.until.set(true);
    let open_album = move |()| panels.album.set(true);
    let items = view! {
        <MenuItem label="Run until …" says="stops at the very step at which something holds · U" on_press=open_until/>
        <MenuItem label="Bookmark this moment" says="B; , and . go from one to the next" on_press=move |()| mark(session)/>
        <MenuItem label="Compare futures" says="two stages at the same time, what differs marked · C" on_press=move |()| compare(session)/>
        <MenuItem label="Futures and bookmarks" says="named, compared, deleted · F" on_press=open_album/>
    };
    view! {
        <div class="moments"><Menu label="time" class="up right quiet">{items}</Menu></div>
        {until::panel(session, panels)}
        {crate::beside::beside(session)}
        {album::panel(session, panels)}
    }
    .into_any()
}

/// Sets a bookmark at the playhead, under the first name that is free.
pub fn mark(session: Session) {
    let name = session.with(|timeline| {
        let is_free = |name: &String| timeline.bookmark(name).is_none();
        (1..).map(|n: u32| format!("bookmark {n}")).find(is_free).unwrap_or_default()
    });
    if session.travel(millrace_script::Travel::Mark(name.clone())) {
        session.say(format!("{name} is set at {}; F shows and names it", session.playhead.get_untracked()));
    }
}

/// The keys of these panels, as long as the page lives.
fn listen(session: Session, panels: Panels) {
    let pressed = window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
        let is_plain = !(event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing());
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let busy = "input:not([type=range]):not([type=checkbox]), textarea, select, dialog";
        let is_busy = target.is_some_and(|target| target.closest(busy).ok().flatten().is_some());
        if event.default_prevented() || !is_plain || is_busy {
            return;
        }
        match event.key().as_str() {
            "u" => panels.until.set(true),
            "b" => mark(session),
            "f" => panels.album.set(true),
            "c" => compare(session),
            "," => jump(session, false),
            "." => jump(session, true),
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || pressed.remove());
}

/// Shows the other future that is likeliest to be meant beside this one, or the one stage again.
fn compare(session: Session) {
    if session.beside().is_some() {
        return session.put_on_both_stages(None);
    }
    let lines = session.with(futures).few(2).lines;
    match lines.iter().find(|line| !line.is_played) {
        Some(other) => session.put_on_both_stages(Some(other.id)),
        None => session
            .say("there is one future so far: go back, do something else, and there are two to compare"),
    }
}

/// Goes to the next bookmark, or the one before.
fn jump(session: Session, forward: bool) {
    let found = session.with(|timeline| {
        let futures = futures(timeline);
        futures.next_flag(timeline.moment(), forward).map(|flag| (flag.moment, flag.name.clone()))
    });
    match found {
        Some((moment, name)) => {
            session.go_to(moment);
            session.say(name);
        }
        None if forward => session.say("no bookmark after this moment"),
        None => session.say("no bookmark before this moment"),
    }
}
