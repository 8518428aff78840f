//! Keeping history in the browser: a reload loses nothing, and two tabs never overwrite each other.
//!
//! Each tab has a number of its own (in `sessionStorage`, which survives a reload) and one slot in `localStorage` under
//! that number. A duplicated tab copies the number: the newcomer claims the slot, the tab that had it hears of the claim
//! and moves to a slot of its own, so both keep everything.

use super::Session;
use crate::rest;
use leptos::prelude::{GetUntracked, WithUntracked};
use millrace_words::session as say;
use std::cell::{Cell, RefCell};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Storage, StorageEvent, Window};

const SLOT: &str = "millrace.history.";
const OWNER: &str = "millrace.owner.";
const TAB: &str = "millrace.tab";
const TITLE: &str = "millrace.title";
/// Histories of closed tabs that are kept; the oldest go first.
const SLOTS: usize = 8;

thread_local! {
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
    static REFUSED: Cell<bool> = const { Cell::new(false) };
    static IS_NEVER: Cell<bool> = const { Cell::new(false) };
}

/// Nothing shall be kept here: a widget's history belongs to the page around it, which may ask for it.
pub fn never() {
    IS_NEVER.set(true);
}

/// The history that this tab had before it was reloaded, with its title.
pub fn recall() -> Option<(String, String)> {
    let window = web_sys::window()?;
    let tab = tab_number(&window)?;
    let text = local(&window)?.get_item(&format!("{SLOT}{tab}")).ok()??;
    let title = window.session_storage().ok()??.get_item(TITLE).ok()?;
    Some((text, title.unwrap_or_else(|| millrace_words::gallery::your_history().to_owned())))
}

/// Forgets this tab's history: the next load begins anew.
pub fn forget() {
    LAST.with(|last| last.try_borrow_mut().map(|mut text| text.clear()).ok());
    let Some(window) = web_sys::window() else { return };
    if let (Some(storage), Some(tab)) = (local(&window), tab_number(&window)) {
        let _ = storage.remove_item(&format!("{SLOT}{tab}"));
    }
}

/// The text that reproduces the page as it was last remembered; for the page that a panic shows.
pub fn last_remembered() -> String {
    LAST.with(|last| last.try_borrow().map(|text| text.clone()).unwrap_or_default())
}

/// Writes the history down. If the browser refuses, that is said once.
pub fn remember(session: Session) {
    // Nothing is left to remember once the page's root is gone, as in tests.
    let is_gone = session.title.try_get_untracked().is_none();
    if IS_NEVER.get() || is_gone || session.is_loading() || !rest::is_there() {
        // What is stored is still the better copy; and whoever has not touched the page has nothing to lose.
        return;
    }
    if session.is_lent.get_untracked() {
        // The learner's own history was remembered before the stage was lent.
        return;
    }
    let text = session.save();
    session.title.with_untracked(|title| {
        let storage = web_sys::window().and_then(|window| window.session_storage().ok().flatten());
        // Without its title a history is called "your history" after a reload.
        storage.map(|storage| storage.set_item(TITLE, title).is_ok())
    });
    LAST.with(|last| last.replace(text.clone()));
    if !write(&text) && !REFUSED.replace(true) {
        session.refuse(say::this_browser_keeps_nothing_for());
    }
}

fn write(text: &str) -> bool {
    let Some(window) = web_sys::window() else { return false };
    let (Some(storage), Some(tab)) = (local(&window), tab_number(&window)) else { return false };
    let slot = format!("{SLOT}{tab}");
    if storage.set_item(&slot, text).is_ok() {
        return true;
    }
    // Full: make room among the histories of other tabs, once.
    forget_others(&storage, &slot, 0);
    storage.set_item(&slot, text).is_ok()
}

/// Claims this tab's slot, leaves it to a duplicate that claims it later, and remembers the playhead when the page is left.
pub fn guard(session: Session) {
    let Some(window) = web_sys::window() else { return };
    let Some(tab) = tab_number(&window) else { return };
    if let Some(storage) = local(&window) {
        forget_others(&storage, &format!("{SLOT}{tab}"), SLOTS);
        let _ = storage.set_item(&format!("{OWNER}{tab}"), &random_text());
    }
    listen(&window, "storage", move |event| {
        let key = event.dyn_ref::<StorageEvent>().and_then(StorageEvent::key);
        let Some(window) = web_sys::window() else { return };
        if key.is_some() && key == tab_number(&window).map(|tab| format!("{OWNER}{tab}")) {
            move_to_new_slot(&window);
            remember(session);
        }
    });
    listen(&window, "pagehide", move |_| {
        // Who has only looked leaves nothing, and nothing may be fetched on the way out.
        if rest::is_there() {
            remember(session);
        }
    });
}

fn listen(window: &Window, event: &str, handle: impl FnMut(web_sys::Event) + 'static) {
    let closure = Closure::<dyn FnMut(web_sys::Event)>::new(handle);
    // The page listens as long as it lives.
    let _ = window.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    closure.forget();
}

fn tab_number(window: &Window) -> Option<String> {
    let storage = window.session_storage().ok()??;
    if let Ok(Some(tab)) = storage.get_item(TAB) {
        return Some(tab);
    }
    move_to_new_slot(window);
    storage.get_item(TAB).ok()?
}

fn move_to_new_slot(window: &Window) {
    if let Ok(Some(storage)) = window.session_storage() {
        let _ = storage.set_item(TAB, &random_text());
    }
}

/// A name that no other tab has. Not the engine's business: the page may use the browser's own chance.
fn random_text() -> String {
    let chance = (js_sys::Math::random() * 9e15) as u64;
    format!("{chance:x}-{:x}", js_sys::Date::now() as u64)
}

fn local(window: &Window) -> Option<Storage> {
    window.local_storage().ok()?
}

/// Removes all but `keep` histories of other tabs, the oldest first (slot names end in the time of their creation).
fn forget_others(storage: &Storage, own: &str, keep: usize) {
    let count = storage.length().unwrap_or(0);
    let mut slots: Vec<String> = (0..count)
        .filter_map(|i| storage.key(i).ok()?)
        .filter(|key| key.starts_with(SLOT) && key != own)
        .collect();
    slots.sort_by_key(|slot| slot.rsplit_once('-').map(|(_, time)| time.to_owned()));
    let surplus = slots.len().saturating_sub(keep);
    for slot in slots.into_iter().take(surplus) {
        let _ = storage.remove_item(&slot);
        let _ = storage.remove_item(&slot.replace(SLOT, OWNER));
    }
}
