//! The page: the only crate that knows the browser. It decides nothing about
//! Kafka; it shows what the engine says and sends commands to it.

// The lazy loaders of components and closures nest deeply; the compiler's default is for hand-written types.
#![recursion_limit = "256"]

pub mod app;
mod beside;
pub mod console;
pub mod controls;
pub mod crash;
pub mod desk;
pub mod embed;
mod export;
pub mod failure;
pub mod faults;
mod frame;
pub mod gallery;
pub mod groups;
mod grown;
pub mod inspector;
pub mod keys;
pub mod language;
pub mod lean;
pub mod lesson;
pub mod log;
pub mod memo;
pub mod metrics;
pub mod paint;
pub mod phone;
pub mod rest;
pub mod session;
pub mod stage;
pub mod timebar;
pub mod ui;
mod version;

pub use app::App;

use leptos::prelude::*;
use millrace_words::Language;
use session::{keep, link};

/// Mounts [`App`] into the document's body and removes the loading mark that
/// `index.html` shows until then.
pub fn start() {
    rest::prepare();
    crash::install();
    frame::recall_theme();
    let speaks = language::recall();
    // What comes back from a link or from the last time is read by code that a first visit does not need, and only an
    // English one is short of words.
    rest::begin(
        speaks != Language::English
            || keep::recall().is_some()
            || link::is_in_address()
            || lesson::is_in_address(),
    );
}

/// The page itself, once all that it needs is there; it grows in parts, behind the loading mark.
pub fn begin() {
    grown::begin(|| gallery::ready(mount));
}

fn mount() {
    grown::at_last(|| {
        if let Some(mark) = document().get_element_by_id("boot") {
            mark.remove();
        }
    });
    mount_to_body(App);
}
