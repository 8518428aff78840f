//! What the pictures of a desk share.

use crate::paint::{Node, node};
use crate::stage::draw::px;
use millrace_view::{Point, Rect};

/// The root of a picture.
pub fn root(rect: Rect) -> Node {
    node("svg")
        .set("viewBox", ["0 0 ", &px(rect.w), " ", &px(rect.h)].concat())
        .set("width", px(rect.w))
        .set("height", px(rect.h))
}

/// A line through points, as path data.
pub fn line<'a>(points: impl Iterator<Item = &'a Point>) -> String {
    let mut d = String::new();
    for point in points {
        d.push_str(if d.is_empty() { "M" } else { "L" });
        d.push_str(&px(point.x));
        d.push(' ');
        d.push_str(&px(point.y));
    }
    d
}
