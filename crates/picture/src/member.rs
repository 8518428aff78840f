//! A member of a group: what it does, what it owns, how far it lags, and the timeout that it runs toward.

use crate::clock_face::bar;
use crate::draw::{boxed, fit, fit_small, g, px, stroke, text, tip};
use crate::key::member_key;
use crate::node::{Node, node};
use millrace_view::{Chip, Condition, MemberCard, Rect};
use millrace_words::picture as say;

/// What the class of a card says.
pub fn condition_class(condition: Condition) -> &'static str {
    match condition {
        Condition::Joining => "is-joining",
        Condition::Active => "is-active",
        Condition::Idle => "is-idle",
        Condition::Frozen => "is-frozen",
        Condition::Crashed => "is-crashed",
        Condition::Stopped => "is-stopped",
    }
}

/// The card.
pub fn member(card: &MemberCard) -> Node {
    let MemberCard { target, rect, name, hue, condition, status, chips, lag, drain } = card;
    let Rect { x, y, w, h } = *rect;
    let owned: Vec<&str> = chips.iter().map(|chip| chip.text.as_str()).collect();
    let owns = if owned.is_empty() { say::no_partition().to_owned() } else { owned.join(", ") };
    // Where the first line stands below the card's top, and the second above its end.
    let (first, second) = if h < 52.0 { (17.0, 16.5) } else { (20.0, 20.0) };
    // A cross for what is down, two bars for what stands still.
    let sign = match condition {
        Condition::Crashed | Condition::Stopped => Some("l7 7m0-7l-7 7"),
        Condition::Frozen => Some("m1 0v7m5-7v7"),
        Condition::Joining | Condition::Active | Condition::Idle => None,
    };
    let behind = if *lag > 0 { say::lag(&lag) } else { String::new() };
    let behind_w = if *lag > 0 { 8.0 + behind.chars().count() as f32 * 6.7 } else { 0.0 };
    let spine = Rect { x, y: y + 10.0, w: 3.0, h: h - 20.0 };
    let sign = sign.map(|d| {
        stroke(
            "sign",
            format!("M{} {}{d}", px(x + 22.0 + name.chars().count() as f32 * 7.5), px(y + first - 8.0)),
        )
    });
    node("g")
        .key(name.to_string())
        .set("class", format!("member group-{hue} {}", condition_class(*condition)))
        .set("data-target", member_key(target))
        .set("data-member", name.to_string())
        .set("data-owns", owns.clone())
        .set("data-lag", lag.to_string())
        .child(tip(status.clone()))
        .child(boxed("card", *rect, "10").button(say::member_owns_lag(&name, &status, &owns, &lag)))
        .child(boxed("spine", spine, "1.5"))
        .child(text("name", x + 14.0, y + first, fit(name, w - 28.0)))
        .maybe(sign)
        .child(text("status", x + 14.0, y + h - second, fit_small(status, w - 22.0)))
        .child(text("lag", x + w - 12.0, y + h - 5.0, behind))
        .children(chips.iter().map(chip).collect())
        .maybe(drain.clone().map(|drain| bar(drain, x + 14.0, y + h - 11.0, w - 26.0 - behind_w)))
}

fn chip(chip: &Chip) -> Node {
    let Rect { x, y, w, h } = chip.rect;
    g("chip").key(chip.text.clone()).child(boxed("chip-box", chip.rect, "6")).child(text(
        "",
        x + w / 2.0,
        y + h / 2.0 + 4.0,
        chip.text.clone(),
    ))
}
