//! The marks as a list: the same that the bar shows, for whoever cannot see or hit it.

use super::scrubber::class_of;
use crate::groups::standing_still;
use crate::session::Session;
use crate::ui::{Button, ButtonKind, Dialog, Icon};
use leptos::prelude::*;
use millrace_model::Time;
use millrace_words::timebar as say;

/// When, the step, what it is called in style sheets, what happened.
type Row = (Time, u64, &'static str, String);

/// Marks that are listed, the newest first.
const LISTED: usize = 200;

/// The button and its dialog.
pub fn events(session: Session) -> AnyView {
    let open = RwSignal::new(false);
    let list = move || {
        let marks = session.history.with_untracked(|h| h.marks.clone());
        let mut rows: Vec<Row> =
            marks.iter().rev().take(LISTED).map(|m| (m.at, m.step, class_of(m.kind), m.says())).collect();
        for still in standing_still(session, session.history.with_untracked(|h| h.frontier)) {
            let row = (still.pause.from, still.pause.step, "still", still.says());
            let index = rows.iter().position(|(at, ..)| *at <= row.0);
            // What is older than all that is listed is not.
            if let Some(index) = index {
                rows.insert(index, row);
            }
        }
        let items = rows.into_iter().map(|(at, step, class, text)| {
            let jump = move |_| {
                open.set(false);
                session.seek_step(step);
            };
            view! {
                <li>
                    <button type="button" class="menu-item" on:click=jump>
                        <span class=format!("sign {class}")></span>
                        <span class="number dim">{at.to_string()}</span>
                        <span>{text}</span>
                    </button>
                </li>
            }
        });
        let items: Vec<_> = items.collect();
        if items.is_empty() {
            return view! { <p class="dim">{say::nothing_worth_a_mark_has()}</p> }.into_any();
        }
        view! { <ol class="event-list">{items}</ol> }.into_any()
    };
    view! {
        <Button label=say::events() icon=Icon::Log kind=ButtonKind::Quiet on_press=move |()| open.set(true)/>
        <Dialog title=say::what_happened_newest_first() open=open>{list()}</Dialog>
    }
    .into_any()
}
