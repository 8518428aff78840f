//! The groups and their members.

use super::{heading, part, remark, span};
use crate::paint::{Node, node};
use crate::stage::key::key;
use crate::stage::member::condition_class;
use millrace_picture::plain::plain;
use millrace_view::{GroupBlock, MemberCard};
use millrace_words::phone as say;

/// A group.
pub fn group(block: &GroupBlock) -> Node {
    let name = block.name.to_string();
    part(format!("group/{name}"), say::group(&name))
        .child(heading(format!("heading group-{}", block.hue), key(&block.target), name, block.state.clone()))
        .child(node("ul").children(block.members.iter().map(member).collect()))
        .maybe(block.more.clone().map(remark))
}

fn member(card: &MemberCard) -> Node {
    let lag = if card.lag > 0 { [" ", &say::lag(&card.lag)].concat() } else { String::new() };
    let chip = |text: &str| match plain(text) {
        // A finger rests on nothing: what a task is, is read aloud only.
        Some(plain) => span("chip", String::new())
            .child(span("", text.to_owned()).is("aria-hidden", "true"))
            .child(span("visually-hidden", plain)),
        None => span("chip", text.to_owned()),
    };
    let chips = card.chips.iter().map(|card| chip(&card.text)).collect();
    let button = node("button")
        .is("type", "button")
        .set("class", format!("member group-{} {}", card.hue, condition_class(card.condition)))
        .set("data-target", key(&card.target))
        .set("data-member", card.name.to_string())
        .child(
            node("span")
                .child(node("b").text(card.name.to_string()))
                .child(span("dim", format!("{}{lag}", card.status))),
        )
        .child(node("span").is("class", "chips").children(chips));
    node("li").key(card.name.to_string()).child(button)
}
