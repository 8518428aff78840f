//! What an author has written, kept in the browser: a reload loses no line of it. What was played is the history's affair.

use js_sys::{Array, JSON};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Storage;

const DRAFT: &str = "millrace.draft";

fn local() -> Option<Storage> {
    window().local_storage().ok()?
}

/// The texts, in the order in which they were kept; none if there are none.
pub fn recall() -> Vec<String> {
    let text = local().and_then(|storage| storage.get_item(DRAFT).ok()?);
    let all = text.and_then(|text| JSON::parse(&text).ok()?.dyn_into::<Array>().ok());
    all.map(|all| all.iter().map(|one| one.as_string().unwrap_or_default()).collect()).unwrap_or_default()
}

/// Keeps them; nothing, if all of them are empty.
pub fn remember(texts: &[String]) {
    let Some(storage) = local() else { return };
    if texts.iter().all(String::is_empty) {
        let _ = storage.remove_item(DRAFT);
        return;
    }
    let all: Array = texts.iter().map(|text| JsValue::from_str(text)).collect();
    // A browser that keeps nothing has said so already.
    let _ = JSON::stringify(&all).ok().and_then(|text| storage.set_item(DRAFT, &text.as_string()?).ok());
}
