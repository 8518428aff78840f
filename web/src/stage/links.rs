//! Lines: who writes where, who owns what, where failed records go.

use super::draw::{g, path};
use crate::paint::{Node, node};
use millrace_view::{Link, LinkKind};

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
    node("path")
        .key(link.id.clone())
        .set("class", format!("{class} group-{}", link.hue))
        .set("d", path(link.curve))
        .set("data-link", link.id.clone())
}
