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

#[path = "all/canvas.rs"]
mod canvas;
#[path = "all/lessons.rs"]
mod lessons;
#[path = "all/mount.rs"]
mod mount;
#[path = "all/panels.rs"]
mod panels;
#[path = "all/parity.rs"]
mod parity;
#[path = "all/parts.rs"]
mod parts;
#[path = "all/phone.rs"]
mod phone;
#[path = "all/stage.rs"]
mod stage;
#[path = "all/support.rs"]
mod support;

wasm_bindgen_test_configure!(run_in_browser);
