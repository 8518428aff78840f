//! The session as a script: copied, or as a file.

use super::Desk;
use super::said::Kind;
use crate::controls::copy_text;
use leptos::prelude::*;
use millrace_console::{Typed, recorded};
use millrace_words::console as say;

fn script(desk: Desk) -> String {
    let typed: Vec<Typed> = desk.said.with_untracked(|all| {
        let typed = all.iter().filter_map(|said| match &said.kind {
            Kind::Typed { line, before, given, printed } => {
                let is_worth_it = printed.exit == 0;
                is_worth_it.then(|| Typed { line: line.clone(), before: *before, given: *given })
            }
            Kind::Clicked { .. } | Kind::Stopped { .. } => None,
        });
        typed.collect()
    });
    desk.session.with(|timeline| recorded(timeline, &typed))
}

/// Onto the clipboard.
pub fn copy(desk: Desk) {
    copy_text(desk.session, script(desk), say::copied_this_history_as_a());
}

/// As a file.
pub fn download(desk: Desk) {
    if crate::gallery::write(&script(desk), "session.mill").is_none() {
        desk.session.refuse(say::the_browser_did_not_allow());
    }
}
