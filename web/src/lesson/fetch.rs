//! Files of the lessons, from beside the page. Nothing else is ever asked for.

use leptos::prelude::window;
use millrace_words::lesson as say;
use millrace_words::{Language, language};
use std::cell::RefCell;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// Where the lessons lie, seen from the playground.
const LESSONS: &str = "../lessons/";

thread_local! {
    static BASE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Says where the lessons lie, seen from the page; for a page that is not the playground.
pub fn lie_in(base: String) {
    BASE.set(base);
}

/// A file's name in the language that is spoken: `lesson.md`, `lesson.de.md`.
pub fn named(name: &str, kind: &str) -> String {
    match language() {
        Language::English => [name, ".", kind].concat(),
        other => [name, ".", other.tag(), ".", kind].concat(),
    }
}

/// The text of a file: `catalogue.txt`, `L03-the-key-decides/lesson.md`.
///
/// # Errors
/// A sentence that names the file.
pub async fn text(file: &str) -> Result<String, String> {
    let address = BASE.with_borrow(|base| [if base.is_empty() { LESSONS } else { base }, file].concat());
    let failed = |_| say::not_fetched(&address);
    let answer = JsFuture::from(window().fetch_with_str(&address)).await.map_err(failed)?;
    let answer: Response = answer.dyn_into().map_err(failed)?;
    if !answer.ok() {
        return Err(say::not_there(&address, &answer.status()));
    }
    let text = JsFuture::from(answer.text().map_err(failed)?).await.map_err(failed)?;
    text.as_string().ok_or_else(|| say::no_text(&address))
}
