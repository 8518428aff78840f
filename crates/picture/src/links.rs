//! Lines: who writes where, who owns what, where failed records go.

use crate::draw::{g, path, px, tip};
use crate::key::key;
use crate::motion::along;
use crate::node::{Node, node};
use millrace_view::{Link, LinkKind, LinkState};
use millrace_words::picture as say;

/// All lines, below everything else.
pub fn links(links: &[Link]) -> Node {
    g("links").is("aria-hidden", "true").children(links.iter().map(link).collect())
}

fn link(link: &Link) -> Node {
    let class = match link.kind {
        LinkKind::Writes => "link is-write",
        LinkKind::Owns => "link is-own",
        LinkKind::Fails => "link is-fail",
        LinkKind::Results => "link is-result",
    };
    let state = match link.state {
        LinkState::Usual => "",
        LinkState::Slow => " is-slow",
        LinkState::Cut => " is-cut",
    };
    let line = node("path")
        .key(link.id.clone())
        .set("class", format!("{class} group-{}{state}", link.hue))
        .set("d", path(link.curve))
        .set("data-link", link.id.clone());
    let Some(target) = &link.target else { return line };
    g("wire")
        .key(link.id.clone())
        .set("data-wire", key(target))
        .child(line)
        .child(node("path").is("class", "reach").set("d", path(link.curve)))
        .maybe(sign(link))
}

/// In the middle of a line that is not like the others: a gap with two ends, or a clock's hand.
fn sign(link: &Link) -> Option<Node> {
    let (d, says) = match link.state {
        LinkState::Usual => return None,
        LinkState::Slow => ("M0-4v4l3 2", say::this_link_is_slow()),
        LinkState::Cut => ("M-4-4l8 8m0-8l-8 8", say::this_link_is_cut_nothing()),
    };
    let middle = along(link.curve, 0.35);
    Some(
        node("g")
            .set("transform", format!("translate({} {})", px(middle.x), px(middle.y)))
            .is("class", if link.state == LinkState::Cut { "link-sign is-cut" } else { "link-sign is-slow" })
            .child(tip(says.to_owned()))
            .child(node("circle").is("r", "9"))
            .child(node("path").is("d", d)),
    )
}
