//! A topic: its title and its lanes.

use crate::draw::{fit, g, hit, px, text};
use crate::key::key;
use crate::lane::lane;
use crate::node::{Node, node};
use millrace_view::{Rect, TopicBlock};
use millrace_words::picture as say;

/// The block.
pub fn topic(block: &TopicBlock) -> Node {
    let TopicBlock { target, rect, name, subtitle, is_paused, density, lanes, more } = block;
    let name = name.to_string();
    let subtitle = if *is_paused { say::its_broker_stands_still() } else { subtitle.as_str() };
    node("g")
        .is("class", if *is_paused { "topic is-standing-still" } else { "topic" })
        .key(name.clone())
        .is("role", "group")
        .set("aria-label", say::topic(&name))
        .set("data-topic", name.clone())
        .child(title(*rect, &name, "name mono", subtitle, key(target)))
        .children(lanes.iter().map(|one| lane(one, *density)).collect())
        .maybe(more.clone().map(|more| text("more", rect.x, rect.y + rect.h - 8.0, more)))
}

/// The title of a block: its name, and a quieter line that goes on from it. It is the block's stop for the Tab key.
pub fn title(rect: Rect, name: &str, class: &'static str, subtitle: &str, target: String) -> Node {
    let room = rect.w - name.chars().count() as f32 * 8.6 - 10.0;
    let part = |class: &'static str, text: String| node("tspan").is("class", class).text(text);
    let line = node("text").is("aria-hidden", "true").set("x", px(rect.x)).set("y", px(rect.y + 14.0));
    g("title")
        .set("data-target", target)
        .child(hit(rect.x - 4.0, rect.y - 12.0, rect.w + 8.0, 44.0).stop(format!("{name}, {subtitle}")))
        .child(
            line.child(part(class, name.to_owned()))
                .child(part("subtitle", fit(subtitle, room)).is("dx", "10")),
        )
}
