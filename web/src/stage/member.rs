//! A member of a group: what it does, what it owns, how far it lags, and the timeout that it runs toward.

use super::clock_face;
use super::draw::{boxed, fit, fit_small, follow, px, text};
use super::key::key;
use crate::session::Session;
use leptos::prelude::*;
use millrace_model::GroupId;
use millrace_view::{Chip, Condition, MemberCard, Rect};
use std::sync::Arc;

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

/// The card of a member.
pub fn member(session: Session, group: GroupId, name: Arc<str>) -> AnyView {
    let shown = follow(session, move |scene| {
        let group = scene.groups.iter().find(|block| block.name == group)?;
        group.members.iter().find(|card| card.name == name).cloned()
    });
    (move || shown.get().map(|member| card(session, member))).into_any()
}

fn card(session: Session, card: MemberCard) -> AnyView {
    let MemberCard { target, rect, name, hue, condition, status, chips, lag, drain } = card;
    let Rect { x, y, w, h } = rect;
    let owned: Vec<&str> = chips.iter().map(|chip| chip.text.as_str()).collect();
    let owns = if owned.is_empty() { "no partition".to_owned() } else { owned.join(", ") };
    let says = format!("member {name}, {status}, owns {owns}, lag {lag}");
    let (first, second) = if h < 60.0 { (19.0, 16.0) } else { (23.0, 23.0) };
    // A cross for what is down, two bars for what stands still.
    let sign = match condition {
        Condition::Crashed | Condition::Stopped => Some("l7 7m0-7l-7 7"),
        Condition::Frozen => Some("m1 0v7m5-7v7"),
        Condition::Joining | Condition::Active | Condition::Idle => None,
    };
    let lag_text = if lag > 0 { format!("lag {lag}") } else { String::new() };
    let lag_w = if lag > 0 { 8.0 + lag_text.chars().count() as f32 * 6.7 } else { 0.0 };
    let chips: Vec<AnyView> = chips.into_iter().map(chip).collect();
    let full = status.clone();
    view! {
        <g
            class=format!("member group-{hue} {}", condition_class(condition))
            role="button"
            tabindex="-1"
            aria-label=says
            data-target=key(&target)
            data-member=name.to_string()
            data-owns=owns
            data-lag=lag
        >
            <title>{full}</title>
            {boxed("card", rect, "10")}
            <rect class="spine" x=px(x) y=px(y + 10.0) width="3" height=px(h - 20.0) rx="1.5"></rect>
            {text("name", x + 14.0, y + first, fit(&name, w - 28.0))}
            {sign.map(|sign| view! { <path class="sign" d=format!("M{} {}{sign}", px(x + w - 20.0), px(y + h - second - 7.5))></path> })}
            {text("status", x + 14.0, y + h - second, fit_small(&status, w - if sign.is_some() { 38.0 } else { 22.0 }))}
            {text("lag", x + w - 12.0, y + h - 8.0, lag_text)}
            {chips}
            {drain.map(|drain| clock_face::bar(session, drain, x + 14.0, y + h - 13.0, w - 26.0 - lag_w))}
        </g>
    }
    .into_any()
}

fn chip(chip: Chip) -> AnyView {
    let Chip { rect, text } = chip;
    view! {
        <g class="chip">
            {boxed("chip-box", rect, "6")}
            <text x=px(rect.x + rect.w / 2.0) y=px(rect.y + rect.h / 2.0 + 4.0)>{text}</text>
        </g>
    }
    .into_any()
}
