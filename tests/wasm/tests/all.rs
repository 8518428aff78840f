//! Every test that needs a browser, in one binary.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::wasm_bindgen_test_configure;

#[path = "all/mount.rs"]
mod mount;

wasm_bindgen_test_configure!(run_in_browser);
