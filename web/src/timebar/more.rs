//! What the time bar offers beyond moving the playhead: running until something holds, bookmarks, the futures in full.
//! None of it is needed on a first visit: it comes with the second half of the module.

use super::album;
use super::until;
use crate::session::Session;
use crate::ui::{Menu, MenuItem};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use millrace_view::futures;
use millrace_words::timebar as say;
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
        <MenuItem label=say::run_until() says=say::stops_at_the_very_step() on_press=open_until/>
        <MenuItem label=say::bookmark_this_moment() says=say::b_and_go_from_one() on_press=move |()| mark(session)/>
        <MenuItem label=say::compare_futures() says=say::two_stages_at_the_same() on_press=move |()| compare(session)/>
        <MenuItem label=say::futures_and_bookmarks() says=say::named_compared_deleted_f() on_press=open_album/>
    };
    view! {
        <div class="moments"><Menu label=say::time() class="up right quiet">{items}</Menu></div>
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
        (1..).map(|n: u32| say::bookmark_n(&n)).find(is_free).unwrap_or_default()
    });
    if session.travel(millrace_script::Travel::Mark(name.clone())) {
        session.say(say::is_set_at_f_shows(&name, &session.playhead.get_untracked()));
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
        None => session.say(say::there_is_one_future_so()),
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
        None if forward => session.say(say::no_bookmark_after_this_moment()),
        None => session.say(say::no_bookmark_before_this_moment()),
    }
}
