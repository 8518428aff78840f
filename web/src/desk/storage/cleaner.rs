//! The cleaner's pass: the newest records before it, and what it would leave.

use super::shelf::Seen;
use crate::desk::frame::{html_picture, sample};
use crate::lean::maybe;
use crate::memo::Memo;
use crate::paint::{Node, node};
use leptos::prelude::*;
use millrace_view::desk::storage::{Cleaning, Kept};
use millrace_words::storage as say;

/// Nothing for a topic that is not compacted.
pub fn panel(seen: Seen) -> AnyView {
    let of = Memo::new(move |_| seen.with(|of| of.as_ref().and_then(|of| of.cleaning.clone())));
    let compacts = Memo::new(move |_| of.with(Option::is_some));
    maybe(move || {
        compacts.get().then(|| {
            let picture = html_picture(move || of.with(|of: &Option<Cleaning>| of.as_ref().map(drawn)));
            view! {
                <h2>{say::cleaner()}</h2>
                {picture}
                <p class="desk-legend dim">
                    {sample("is-st-stays", say::legend_stays())}
                    {sample("is-st-goes", say::legend_goes())}
                    {sample("is-st-clean", say::legend_clean())}
                    {sample("is-st-tombstone", say::legend_tombstone())}
                    {sample("is-st-reach", say::legend_reach())}
                </p>
            }
            .into_any()
        })
    })
}

fn drawn(of: &Cleaning) -> Node {
    let dirty = format!("width:{}.{}%", of.dirty / 10, of.dirty % 10);
    let least = format!("left:{}.{}%", of.least / 10, of.least % 10);
    let row = |word: &'static str, records: Vec<Node>| {
        node("div")
            .is("class", "pass-row")
            .child(node("span").is("class", "dim").text(word.to_owned()))
            .child(node("ol").is("class", "pass-records").children(records))
    };
    let verdict = if of.is_due { "verdict is-due" } else { "verdict is-still" };
    node("div")
        .is("class", "pass")
        .child(node("p").is("class", "dim").text(of.detail.clone()))
        .child(
            node("div")
                .is("class", "pass-ratio")
                .is("aria-hidden", "true")
                .child(node("span").is("class", "pass-dirty").set("style", dirty))
                .child(node("span").is("class", "pass-least").set("style", least)),
        )
        .child(
            node("p")
                .is("class", "counted")
                .child(node("strong").is("class", verdict).text(of.verdict.clone())),
        )
        .child(row(say::before(), of.records.iter().map(|one| record(one, false)).collect()))
        .child(row(say::after(), of.records.iter().map(|one| record(one, true)).collect()))
        .child(node("p").text(of.outcome.clone()))
}

/// A record has the same place before and after: a gap is what the pass takes.
fn record(of: &Kept, is_after: bool) -> Node {
    let mut class = format!("pass-record hue-{}", of.hue);
    for (is, name) in [
        (of.is_clean, " is-clean"),
        (of.is_out_of_reach, " is-out"),
        (of.is_tombstone, " is-tombstone"),
        (!of.stays && !is_after, " goes"),
        (!of.stays && is_after, " is-gone"),
    ] {
        if is {
            class.push_str(name);
        }
    }
    node("li")
        .key(of.offset.to_string())
        .set("class", class)
        .set("title", of.says.clone())
        .set("data-offset", of.offset.to_string())
        .text(if is_after && !of.stays { String::new() } else { of.letter.clone() })
}
