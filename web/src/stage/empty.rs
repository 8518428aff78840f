//! What the stage says while there is nothing to see: what to do first.

use super::draw::px;
use crate::session::Session;
use leptos::prelude::*;
use millrace_view::{Rect, Scene};

/// An invitation: where it stands, and what it says.
fn invitation(scene: &Scene) -> Option<(Rect, &'static str, &'static str)> {
    let Some(topic) = scene.topics.first() else {
        let rect = Rect { x: 0.0, y: 96.0, w: scene.width, h: 96.0 };
        return Some((rect, "an empty cluster", "create a topic, or choose a scene above"));
    };
    let is_empty = scene.topics.iter().all(|topic| topic.lanes.iter().all(|lane| lane.log_end_offset.0 == 0));
    let (first, last) = (topic.lanes.first()?, topic.lanes.last()?);
    let rect = Rect { h: last.rect.y + last.rect.h - first.rect.y, ..first.rect };
    let is_waiting = is_empty && scene.tokens.is_empty();
    is_waiting.then_some((
        rect,
        "press Enter to send the first record",
        "its key decides which lane it lands in",
    ))
}

/// Shows the invitation while there is one.
pub fn empty(session: Session) -> AnyView {
    let shown = Memo::new(move |_| session.scene.with(|scene| invitation(scene)));
    let card = |(rect, first, second): (Rect, &'static str, &'static str)| {
        let (x, y) = (rect.x + rect.w / 2.0, rect.y + rect.h / 2.0);
        view! {
            <g class="invitation" transform=format!("translate({} {})", px(x), px(y))>
                <rect x="-152" y="-31" width="304" height="62" rx="12"></rect>
                <text class="first" y="-3">{first}</text>
                <text class="second" y="17">{second}</text>
            </g>
        }
    };
    (move || shown.get().map(card)).into_any()
}
