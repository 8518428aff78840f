//! What was done in the lessons, kept in the browser.

use leptos::prelude::window;
use millrace_lessons::Learnt;
use std::cell::Cell;
use web_sys::Storage;

const LEARNT: &str = "millrace.learnt";

thread_local! {
    static IS_NEVER: Cell<bool> = const { Cell::new(false) };
}

/// Nothing shall be kept here: what is done in a widget is told to the page around it.
pub fn never() {
    IS_NEVER.set(true);
}

fn local() -> Option<Storage> {
    if IS_NEVER.get() {
        return None;
    }
    window().local_storage().ok()?
}

/// What is kept; nothing, if nothing can be read of it.
pub fn recall() -> Learnt {
    let text = local().and_then(|storage| storage.get_item(LEARNT).ok()?);
    text.and_then(|text| Learnt::parse(&text).ok()).map(|(learnt, _)| learnt).unwrap_or_default()
}

/// Keeps it. Another tab may have kept something since: nothing of that is lost.
pub fn remember(learnt: &Learnt) -> bool {
    IS_NEVER.get() || local().is_some_and(|storage| storage.set_item(LEARNT, &learnt.print()).is_ok())
}
