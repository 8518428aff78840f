//! What `cargo xtask bench` measures: the same runs natively and in the browser, timed by the caller's clock.
//!
//! Nothing here asserts a speed: a bench prints, a person judges.

mod assignors;
mod broker;
mod kafka;
mod records;
mod runs;
mod streams;
#[cfg(target_arch = "wasm32")]
mod web;

pub use runs::{Line, all};
pub use streams::tumbling_count;
