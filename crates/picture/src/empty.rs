//! What the stage says while there is nothing to see: what to do first.

use crate::draw::{g, moved, text};
use crate::node::{Node, node};
use millrace_view::{Rect, Scene};

/// An invitation: where it stands, and what it says.
fn words(scene: &Scene) -> Option<(Rect, &'static str, &'static str)> {
    let Some(topic) = scene.topics.first() else {
        let rect = Rect { x: 0.0, y: 0.0, w: scene.width, h: scene.height };
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

/// The invitation, while there is one.
pub fn invitation(scene: &Scene) -> Option<Node> {
    let (rect, first, second) = words(scene)?;
    let card =
        node("rect").is("x", "-152").is("y", "-31").is("width", "304").is("height", "62").is("rx", "12");
    Some(
        g("invitation")
            .set("transform", moved(rect.x + rect.w / 2.0, rect.y + rect.h / 2.0))
            .child(card)
            .child(text("first", 0.0, -3.0, first.to_owned()))
            .child(text("second", 0.0, 17.0, second.to_owned())),
    )
}
