//! What is shown when the engine or the page has panicked: calm, in plain words, with the link that reproduces it.
//!
//! Drawn with plain DOM calls: nothing of the page can be trusted any more.

use crate::session::{keep, link};
use millrace_words::frame as say;
use std::cell::Cell;
use std::panic::PanicHookInfo;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Document, Element, HtmlElement};

thread_local! {
    static IS_DRAWN: Cell<bool> = const { Cell::new(false) };
}

/// Whether the page has given up: what it holds can no longer be trusted, nor be written down.
pub fn has_happened() -> bool {
    IS_DRAWN.get()
}

/// The clipboard. A page that came over plain http has none, which the binding does not say: it would throw.
pub fn clipboard() -> Option<web_sys::Clipboard> {
    let clipboard = web_sys::window()?.navigator().clipboard();
    (!clipboard.is_undefined()).then_some(clipboard)
}

/// Draws the page when something panics, after the console has been told.
pub fn install() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        if !IS_DRAWN.replace(true) {
            let _ = draw(&words(info));
        }
    }));
    // What the machine itself stops (memory, the depth of calls) passes by the hook.
    let _ = leptos::prelude::window_event_listener_untyped("error", |event| {
        let what = js_sys::Reflect::get(&event, &"message".into()).ok().and_then(|text| text.as_string());
        if let Some(what) = what.filter(|what| what.contains("RuntimeError") || what.contains("call stack"))
            && !IS_DRAWN.replace(true)
        {
            let _ = draw(&what);
        }
    });
}

fn words(info: &PanicHookInfo<'_>) -> String {
    let place = info.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
    format!("{text} ({place})")
}

/// Draws it; `None` if even that is refused.
pub fn draw(what: &str) -> Option<()> {
    let document = web_sys::window()?.document()?;
    let body = document.body()?;
    let text = keep::last_remembered();
    // Before anything was done the address alone shows the same.
    let link = if text.is_empty() { document.document_uri().ok()? } else { link::of_text(&text) };
    let page = element(&document, "main", "panic-page", "")?;
    let put = |child: Option<Element>| child.and_then(|child| page.append_child(&child).ok());
    put(element(&document, "h1", "", say::something_in_millrace_broke()));
    put(element(&document, "p", "", say::this_is_a_defect_of()));
    put(element(&document, "pre", "panic-what", what));
    let anchor = element(&document, "a", "panic-link", say::the_link_that_reproduces_it())?;
    let _ = anchor.set_attribute("href", &link);
    let focused = anchor.clone();
    put(Some(anchor));
    let row = element(&document, "p", "row", "")?;
    let copy = button(&document, say::copy_the_link(), move |button| copy(&link, button))?;
    let reload = button(&document, say::reload_the_page(), |_| {
        drop(web_sys::window().map(|w| w.location().reload()))
    })?;
    let anew = button(&document, say::start_over(), |_| {
        keep::forget();
        link::clear_address();
        drop(web_sys::window().map(|w| w.location().reload()));
    })?;
    for button in [copy, reload, anew] {
        let _ = row.append_child(&button);
    }
    put(Some(row));
    body.set_text_content(None);
    let _ = body.append_child(&page);
    let _ = focused.dyn_ref::<HtmlElement>()?.focus();
    Some(())
}

fn element(document: &Document, tag: &str, class: &str, text: &str) -> Option<Element> {
    let element = document.create_element(tag).ok()?;
    element.set_class_name(class);
    element.set_text_content(Some(text));
    Some(element)
}

fn button(document: &Document, label: &str, press: impl Fn(&Element) + 'static) -> Option<Element> {
    let button = element(document, "button", "button", label)?;
    let of = button.clone();
    let closure = Closure::<dyn Fn()>::new(move || press(&of));
    button.dyn_ref::<HtmlElement>()?.set_onclick(Some(closure.as_ref().unchecked_ref()));
    closure.forget();
    Some(button)
}

fn copy(link: &str, button: &Element) {
    // Whether it was allowed is not known here; the link itself stays on the page.
    if let Some(clipboard) = clipboard() {
        let _ = clipboard.write_text(link);
        button.set_text_content(Some(say::copied()));
    }
}
