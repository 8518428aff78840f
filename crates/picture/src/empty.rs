//! What the stage says while there is nothing to see: what to do first.

use crate::draw::{g, moved, text};
use crate::node::{Node, node};
use millrace_view::{Rect, Scene};
use millrace_words::picture as say;

/// An invitation: where it stands, and what it says.
fn words(scene: &Scene) -> Option<(Rect, &'static str, &'static str)> {
    let Some(topic) = scene.topics.first() else {
        if !scene.retries.is_empty() {
            return None;
        }
        let rect = Rect { x: 0.0, y: 0.0, w: scene.width, h: scene.height };
        return Some((rect, say::an_empty_cluster(), say::create_a_topic_or_choose()));
    };
    let is_empty = scene.topics.iter().all(|topic| topic.lanes.iter().all(|lane| lane.log_end_offset.0 == 0));
    let (first, last) = (topic.lanes.first()?, topic.lanes.last()?);
    let rect = Rect { h: last.rect.y + last.rect.h - first.rect.y, ..first.rect };
    let is_waiting = is_empty && scene.tokens.is_empty();
    is_waiting.then_some((rect, say::press_enter_to_send_the(), say::its_key_decides_which_lane()))
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
