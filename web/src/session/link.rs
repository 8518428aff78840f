//! `#run=…`: a whole history in a link. The letters are the language's (`millrace_script::link`); nothing is sent
//! anywhere, because a browser keeps what follows `#` to itself.

use crate::session::Session;
use leptos::prelude::window;
use millrace_script::link::{Damage, Linked, decode, encode};

const RUN: &str = "#run=";

/// The link that reproduces a saved text.
pub fn of_text(text: &str) -> String {
    let location = window().location();
    let base = location.href().unwrap_or_default();
    let base = base.split('#').next().unwrap_or_default();
    format!("{base}{RUN}{}", encode(text))
}

/// The link that reproduces what is on stage.
pub fn of_session(session: Session) -> String {
    of_text(&session.save())
}

/// Whether the page's own address holds a history.
pub fn is_in_address() -> bool {
    window().location().hash().is_ok_and(|hash| hash.starts_with(RUN))
}

/// What the page's own address holds, if it holds a history; one of which nothing can be read is an error.
pub fn from_address() -> Option<Result<Linked, Damage>> {
    let hash = window().location().hash().ok()?;
    Some(decode(hash.strip_prefix(RUN)?))
}

/// Takes the history out of the address, so that a reload brings back what was done since.
pub fn clear_address() {
    if let Ok(history) = window().history() {
        let path = window().location().pathname().unwrap_or_default();
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&path));
    }
}
