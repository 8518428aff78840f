//! What runs out: a pie that empties, a bar that drains.

use crate::draw::{g, moved, px, tip};
use crate::motion::Motion;
use crate::node::{Node, node};
use millrace_view::{Drain, Point};

/// A clock on a tile that waits. Its hand is a stroke around a small circle, as long as what is left.
pub fn pie(drain: Drain, x: f32, y: f32) -> Node {
    let hand = node("circle")
        .is("class", "hand")
        .is("r", "3")
        .is("pathLength", "100")
        .is("transform", "rotate(-90)");
    g("clock")
        .set("transform", moved(x, y))
        .child(node("circle").is("class", "face").is("r", "8"))
        .child(hand.moving(Motion::Pie(drain)))
}

/// A bar below a member: how far it is from its next timeout.
pub fn bar(drain: Drain, x: f32, y: f32, w: f32) -> Node {
    let line = |class: &'static str| {
        node("rect").is("class", class).set("width", px(w)).is("height", "3").is("rx", "1.5")
    };
    g("drain")
        .child(tip(drain.what.to_owned()))
        .child(line("rail").set("x", px(x)).set("y", px(y)))
        .child(line("rest").moving(Motion::Bar(drain, Point { x, y })))
}
