//! A consumer group: its title with its state, and its members.

use crate::draw::{fit, fit_small, g, hit, text, tip};
use crate::key::key;
use crate::member::member;
use crate::node::{Node, node};
use millrace_view::GroupBlock;
use millrace_words::picture as say;

/// The block. Its column is narrow: the state stands below the name.
pub fn group(block: &GroupBlock) -> Node {
    let GroupBlock { target, rect, name, hue, state, members, more } = block;
    let heading = g("title")
        .set("data-target", key(target))
        .child(tip(state.clone()))
        .child(hit(rect.x - 4.0, rect.y - 8.0, rect.w + 8.0, 46.0).stop(say::group(&name, &state)))
        .child(text("name of-group", rect.x, rect.y + 8.0, fit(name.as_str(), rect.w * 0.8)))
        .child(text("subtitle small", rect.x, rect.y + 24.0, fit_small(state, rect.w + 4.0)));
    node("g")
        .key(name.to_string())
        .set("class", format!("group group-{hue}"))
        .is("role", "group")
        .set("aria-label", say::group_name(&name))
        .set("data-group", name.to_string())
        .child(heading)
        .children(members.iter().map(member).collect())
        .maybe(more.clone().map(|more| text("more", rect.x, rect.y + rect.h - 6.0, more)))
}
