//! The stage on a phone: the same scene as a list, one lane at a time.

mod lanes;
mod readers;
mod rest;

use crate::frame::{FrameState, Sheet};
use crate::session::Session;
use crate::stage::{clicked, key_at};
use leptos::prelude::*;

/// Draws the scene as a list.
#[component]
pub fn Phone() -> AnyView {
    let session = expect_context::<Session>();
    let frame = use_context::<FrameState>();
    view! {
        <div class="phone" on:click=move |event| tapped(session, frame, &event)>
            {lanes::lanes(session)}
            {readers::readers(session)}
            {rest::retries(session)}
            {rest::boards(session)}
        </div>
    }
    .into_any()
}

/// A tap on something selects it and shows why it is there; a tap beside it does nothing.
fn tapped(session: Session, frame: Option<FrameState>, event: &leptos::ev::MouseEvent) {
    if key_at(event.target()).is_some() {
        clicked(session, event);
        if let Some(frame) = frame {
            frame.sheet.set(Sheet::Inspector);
        }
    }
}
