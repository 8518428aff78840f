//! The tries of a lesson's tasks, kept as long as the tab: a reload loses none. What counts is kept elsewhere, in the record
//! of what was learnt.

use super::desk::{Desk, OWN, OnStage};
use crate::session::{Loading, next_frame};
use leptos::prelude::*;
use millrace_script::log;
use millrace_sim::Timeline;
use millrace_words::lesson as say;
use web_sys::Storage;

/// What stands before the lesson and the number of the step.
const TRY: &str = "millrace.try.";

/// A try that was kept: how many commands its task began with, and its history.
pub type Kept = (usize, String);

fn tab() -> Option<Storage> {
    window().session_storage().ok()?
}

fn place(id: &str, n: usize) -> String {
    format!("{TRY}{id}.{n}")
}

/// The try of a step.
pub fn recall(id: &str, n: usize) -> Option<Kept> {
    let text = tab()?.get_item(&place(id, n)).ok()??;
    let (begins, text) = text.split_once('\n')?;
    Some((begins.parse().ok()?, text.to_owned()))
}

/// Keeps the try that is on stage, after each thing that is done in it and when the page is left.
pub fn follow(desk: Desk) {
    Effect::new(move |_| {
        desk.session.given.track();
        keep(desk);
    });
    let left = window_event_listener(leptos::ev::pagehide, move |_| keep(desk));
    on_cleanup(move || left.remove());
}

fn keep(desk: Desk) {
    let Some(OnStage::Task(n)) = desk.stage.try_get_untracked() else { return };
    let id = desk.id.get_untracked();
    // Lessons of one's own share their number.
    if id.is_empty() || id == OWN || !desk.has_acted_untracked() {
        return;
    }
    let text = format!("{}\n{}", desk.begins.get_value(), desk.session.with(log::save));
    // Without storage a try lasts as long as the page.
    let _ = tab().map(|storage| storage.set_item(&place(&id, n), &text).is_ok());
}

/// Forgets the try of a step.
pub fn forget(id: &str, n: usize) {
    let _ = tab().map(|storage| storage.remove_item(&place(id, n)).is_ok());
}

/// A text becomes a history again, a slice with every frame, as long as `is_wanted`; none if it cannot be.
pub fn load(
    desk: Desk,
    text: &str,
    is_wanted: impl Fn() -> bool + 'static,
    then: impl FnOnce(Option<Timeline>) + 'static,
) {
    match Loading::begin(text) {
        Ok(loading) => go_on(desk, loading, Box::new(is_wanted), Box::new(then)),
        Err(_) => then(None),
    }
}

fn go_on(
    desk: Desk,
    mut loading: Loading,
    is_wanted: Box<dyn Fn() -> bool>,
    then: Box<dyn FnOnce(Option<Timeline>)>,
) {
    let progress = desk.session.progress;
    if !is_wanted() {
        return progress.set(None);
    }
    let done = match loading.go_on() {
        Ok(false) => {
            progress.set(Some(say::setting_the_stage(&say::your_try())));
            return next_frame(move || go_on(desk, loading, is_wanted, then));
        }
        Ok(true) => Some(loading.finish().timeline),
        Err(_) => None,
    };
    progress.set(None);
    then(done);
}
