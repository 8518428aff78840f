//! The state machine of a group, drawn: where it is, and where it can go from there.

use crate::paint::{Node, node};
use crate::stage::draw::{boxed, g, stroke, text};
use millrace_view::{GroupPanel, Rect};
use millrace_words::groups as say;

/// Places of the five states: Empty, the first and the second of a rebalance, Stable, Dead.
const PLACES: [(f32, f32, f32); 5] =
    [(0.0, 2.0, 56.0), (0.0, 44.0, 130.0), (150.0, 44.0, 130.0), (188.0, 86.0, 54.0), (224.0, 2.0, 56.0)];
const H: f32 = 24.0;
/// From, to, the way.
const WAYS: [(usize, usize, &str); 7] = [
    (0, 1, "M22 26V42"),
    (1, 0, "M40 44V28"),
    (1, 2, "M130 52H148"),
    (2, 1, "M150 62H132"),
    (2, 3, "M215 68V84"),
    (3, 1, "M188 98H65V70"),
    (0, 4, "M56 14H222"),
];

/// The drawing.
pub fn states(panel: &GroupPanel) -> Node {
    let ways = WAYS.iter().map(|(from, _, d)| {
        stroke(if *from == panel.state { "way is-open" } else { "way" }, (*d).to_owned())
            .is("marker-end", "url(#arrow)")
    });
    let states = panel.states.iter().zip(PLACES).enumerate().map(|(n, (name, (x, y, w)))| {
        g(if n == panel.state { "state is-now" } else { "state" })
            .child(boxed("box", Rect { x, y, w, h: H }, "6"))
            .child(text("small", x + w / 2.0, y + 16.0, (*name).to_owned()))
    });
    let now = panel.states.get(panel.state).copied().unwrap_or_default();
    let arrow = node("marker")
        .is("id", "arrow")
        .is("viewBox", "0 0 6 6")
        .is("refX", "5")
        .is("refY", "3")
        .is("markerWidth", "5")
        .is("markerHeight", "5")
        .is("orient", "auto")
        .child(node("path").is("d", "M0 0 6 3 0 6z"));
    node("svg")
        .set("class", format!("states group-{}", panel.hue))
        .is("viewBox", "-1 0 282 114")
        .is("role", "img")
        .set("data-state", now.to_owned())
        .set("aria-label", say::states_of_the_group_it(&panel.states.join(", "), &now))
        .child(node("defs").child(arrow))
        .child(g("ways").children(ways.collect()))
        .children(states.collect())
}
