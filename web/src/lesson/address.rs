//! `#lesson=L03` and `#lessons`: which lesson is open stands in the page's address, so that it can be sent, kept, and left by
//! the browser's own way back.

use leptos::prelude::window;
use wasm_bindgen::JsValue;

const LESSON: &str = "#lesson=";
const SHELF: &str = "#lessons";

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
    let id = hash.strip_prefix(LESSON)?;
    (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric())).then(|| id.to_ascii_uppercase())
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
