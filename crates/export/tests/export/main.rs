//! Exports as a whole: their text, their archive, and their scripts run.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;
mod golden;
mod imports;
mod scripts;
mod settings;
