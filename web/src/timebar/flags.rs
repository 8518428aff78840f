//! Bookmarks on the bar, each where its moment is.

use super::scale::left;
use crate::lean::{attr, each, item};
use crate::memo::Memo;
use crate::session::Session;
use leptos::prelude::*;
use millrace_model::Time;
use millrace_view::{Flag, futures};
use millrace_words::timebar as say;

/// Those of the branch on stage. The keys `,` and `.` and the list do the same.
pub fn flags(session: Session, end: Memo<Time>) -> AnyView {
    let flags = Memo::new(move |_| {
        session.history.track();
        session.with(|timeline| match timeline.bookmarks().is_empty() {
            true => Vec::new(),
            false => futures(timeline).flags,
        })
    });
    let items = move || {
        let here = flags.get().into_iter().filter(|flag| flag.is_here);
        here.map(|flag| {
            item(format!("{} {}", flag.moment.step, flag.name), move || draw(session, end, &flag))
        })
        .collect()
    };
    view! { <div class="flags">{each(items)}</div> }.into_any()
}

fn draw(session: Session, end: Memo<Time>, flag: &Flag) -> AnyView {
    let moment = flag.moment;
    let says = say::bookmark_at(&flag.name, &moment.at);
    view! {
        <button type="button" class="flag" aria-label=says.clone() title=says tabindex="-1"
            style:left=attr(move || left(moment.at, end.get())) on:click=move |_| session.go_to(moment)></button>
    }
    .into_any()
}
