//! `#lesson=L03`, `#lessons`, and `#lesson-text=…` with a whole lesson: which lesson is open stands in the page's address, so that it can be sent, kept, and left by
//! the browser's own way back.

use leptos::prelude::window;
use millrace_script::link::{decode, encode};
use wasm_bindgen::JsValue;

const LESSON: &str = "#lesson=";
const SHELF: &str = "#lessons";
const TEXT: &str = "#lesson-text=";

/// What is open while a lesson is made.
pub const NEW: &str = "NEW";
/// What is open while the address holds the lesson itself.
pub const HELD: &str = "HELD";

fn hash() -> String {
    window().location().hash().unwrap_or_default()
}

/// Whether the address asks for a lesson or for the shelf.
pub fn is_in_address() -> bool {
    hash().starts_with("#lesson")
}

/// The number of the lesson that the address asks for.
pub fn lesson() -> Option<String> {
    let hash = hash();
    if hash.starts_with(TEXT) {
        return Some(HELD.to_owned());
    }
    let id = hash.strip_prefix(LESSON)?;
    (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric())).then(|| id.to_ascii_uppercase())
}

/// The lesson that the address holds.
///
/// # Errors
/// What was damaged on its way.
pub fn held() -> Result<String, String> {
    let hash = hash();
    let letters = hash.strip_prefix(TEXT).unwrap_or_default();
    let linked = decode(letters).map_err(|damage| damage.to_string())?;
    match linked.damage {
        Some(damage) => Err(damage.to_string()),
        None => Ok(linked.text),
    }
}

/// The link that holds a lesson.
pub fn of_text(text: &str) -> String {
    let address = window().location().href().unwrap_or_default();
    let base = address.split('#').next().unwrap_or_default();
    [base, TEXT, &encode(text)].concat()
}

/// Whether it asks for the shelf.
pub fn is_shelf() -> bool {
    hash() == SHELF
}

/// Puts a lesson, or none, into the address: the browser's way back leads to what was there before.
pub fn push(id: Option<&str>) {
    let Ok(history) = window().history() else { return };
    let address = match id {
        Some(id) => [LESSON, id].concat(),
        None => window().location().pathname().unwrap_or_default(),
    };
    // A page that may not change its address works without.
    let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&address));
}
