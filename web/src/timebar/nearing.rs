//! A word before a limit hurts, as long as it is near.

use crate::lean::maybe;
use crate::memo::Memo;
use crate::session::Session;
use crate::ui::{Icon, icon};
use leptos::prelude::*;
use millrace_view::Nearing;

/// Steps from one look to the next: a look counts the records of all partitions.
const STEPS: u64 = 64;

/// See the module.
pub fn nearing(session: Session) -> AnyView {
    let beat = Memo::new(move |_| {
        session.history.with(|history| (history.moment.branch, history.moment.step / STEPS, history.is_live))
    });
    let near = Memo::new(move |_| {
        beat.track();
        session.given.track();
        session.with(|timeline| Nearing::of(timeline.world()))
    });
    maybe(move || {
        near.get().map(|near| {
            view! { <p class="nearing" role="status">{icon(Icon::Warning)} <span>{near.text()}</span></p> }.into_any()
        })
    })
}
