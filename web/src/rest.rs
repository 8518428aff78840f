//! The module comes in two halves; the second is fetched when it is first used.
//!
//! `cargo xtask build` cuts between functions, along a recorded first visit
//! (`docs/decisions/0007`): code is written as if there were no halves.

use leptos::prelude::{RwSignal, Set};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/rest.js")]
extern "C" {
    #[wasm_bindgen(js_name = prepareRest)]
    fn prepare_rest(first: &JsValue);

    #[wasm_bindgen(js_name = beginWith)]
    fn begin_with(everything: bool);

    #[wasm_bindgen(js_name = loadRest)]
    fn load_rest();

    #[wasm_bindgen(js_name = restIsThere)]
    fn rest_is_there() -> bool;

    #[wasm_bindgen(js_name = whenRestIsThere)]
    fn when_rest_is_there(tell: &JsValue);
}

/// Lets the second half come at the first sign of use. Nothing else may be done before.
pub fn prepare() {
    prepare_rest(&wasm_bindgen::exports());
}

/// Has the page begin ([`crate::begin`]): now, or once the second half has come.
pub fn begin(with_everything: bool) {
    begin_with(with_everything);
}

/// Whether all of the module is there. It always is where it was not cut.
pub fn is_there() -> bool {
    rest_is_there()
}

/// Turns true when all of the module is there: for what lies below the first sight and need not be built for it.
pub fn arrived() -> RwSignal<bool> {
    let arrived = RwSignal::new(is_there());
    let tell = move || {
        // The page's root may be gone, as in tests.
        let _ = arrived.try_set(true);
    };
    when_rest_is_there(&Closure::once_into_js(tell));
    arrived
}

/// Fetches the second half now, unless it is there; the page waits for it.
#[wasm_bindgen(js_name = loadRest)]
pub fn load() {
    load_rest();
}
