//! Every test that needs a browser, in one binary.
#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "all of this is tests, which clippy does not see behind wasm_bindgen_test"
)]

use wasm_bindgen_test::wasm_bindgen_test_configure;

#[path = "all/mount.rs"]
mod mount;

wasm_bindgen_test_configure!(run_in_browser);
