//! The module comes in two halves; the second is fetched when it is first used.
//!
//! `cargo xtask build` cuts between functions, along a recorded first visit
//! (`docs/decisions/0007`): code is written as if there were no halves.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

#[wasm_bindgen(module = "/src/rest.js")]
extern "C" {
    #[wasm_bindgen(js_name = prepareRest)]
    fn prepare_rest(first: &JsValue);

    #[wasm_bindgen(js_name = fetchRest)]
    async fn fetch_rest();

    #[wasm_bindgen(js_name = loadRest)]
    fn load_rest();

    #[wasm_bindgen(js_name = restIsThere)]
    fn rest_is_there() -> bool;
}

/// Lets the second half come at the first sign of use. Nothing else may be done before.
pub fn prepare() {
    prepare_rest(&wasm_bindgen::exports());
}

/// Has the second half come before `begin`.
pub fn before(begin: fn()) {
    if is_there() {
        return begin();
    }
    spawn_local(async move {
        fetch_rest().await;
        begin();
    });
}

/// Whether all of the module is there. It always is where it was not cut.
#[wasm_bindgen(js_name = restIsThere)]
pub fn is_there() -> bool {
    rest_is_there()
}

/// Fetches the second half now, unless it is there; the page waits for it.
#[wasm_bindgen(js_name = loadRest)]
pub fn load() {
    load_rest();
}
