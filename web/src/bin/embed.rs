//! The entry of the widget: what lives in other people's pages, over the same crates as the page.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

fn main() {
    millrace_web::embed::prepare();
}

/// Begins the widgets that wait; `rest.js` calls it as soon as all that they need is there.
#[wasm_bindgen]
pub fn begin() {
    millrace_web::embed::begin();
}

/// Puts a widget into an element. `wish` has its attributes as they were written, and the text of its scenario; `tell` is
/// called with the name and the detail of each event. The answer is its number.
#[wasm_bindgen]
pub fn mount(place: web_sys::HtmlElement, wish: &JsValue, tell: js_sys::Function) -> u32 {
    millrace_web::embed::mount(place, wish, tell)
}

/// Asks a widget for something, by its number: a method of the element, and its argument.
#[wasm_bindgen]
pub fn ask(number: u32, what: &str, argument: &str) -> JsValue {
    millrace_web::embed::ask(number, what, argument)
}
