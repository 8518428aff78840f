//! The marks as a list: the same that the bar shows, for whoever cannot see or hit it.

use super::scrubber::class_of;
use crate::session::Session;
use crate::ui::{Button, ButtonKind, Dialog, Icon};
use leptos::prelude::*;

/// Marks that are listed, the newest first.
const LISTED: usize = 200;

/// The button and its dialog.
pub fn events(session: Session) -> AnyView {
    let open = RwSignal::new(false);
    let list = move || {
        let marks = session.history.with_untracked(|h| h.marks.clone());
        let items = marks.iter().rev().take(LISTED).map(|mark| {
            let step = mark.step;
            let jump = move |_| {
                open.set(false);
                session.seek_step(step);
            };
            view! {
                <li>
                    <button type="button" class="menu-item" on:click=jump>
                        <span class=format!("sign {}", class_of(mark.kind))></span>
                        <span class="number dim">{mark.at.to_string()}</span>
                        <span>{mark.text.clone()}</span>
                    </button>
                </li>
            }
        });
        let items: Vec<_> = items.collect();
        if items.is_empty() {
            return view! { <p class="dim">"Nothing worth a mark has happened yet."</p> }.into_any();
        }
        view! { <ol class="event-list">{items}</ol> }.into_any()
    };
    view! {
        <Button label="events" icon=Icon::Log kind=ButtonKind::Quiet on_press=move |()| open.set(true)/>
        <Dialog title="What happened, newest first" open=open>{list()}</Dialog>
    }
    .into_any()
}
