//! The entry of the page.

fn main() {
    millrace_web::start();
}

/// Begins the page; `rest.js` calls it as soon as all that is needed is there. It stands here and not in the library: what
/// a module exports cannot be left out of it, and the widget has no use for the page.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn begin() {
    millrace_web::begin();
}
