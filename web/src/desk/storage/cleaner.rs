//! The cleaner's pass: the newest records before it by their part of the log, the map that it makes of the dirty part, and what it
//! would leave.

use super::shelf::Seen;
use crate::desk::frame::{html_picture, sample};
use crate::lean::maybe;
use crate::memo::Memo;
use crate::paint::{Node, node};
use leptos::prelude::*;
use millrace_view::desk::storage::{Cleaning, Kept, Mapped, Section};
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
                    {sample("is-st-tombstone", say::legend_tombstone())}
                </p>
            }
            .into_any()
        })
    })
}

fn drawn(of: &Cleaning) -> Node {
    let dirty = format!("width:{}.{}%", of.dirty / 10, of.dirty % 10);
    let least = format!("left:{}.{}%", of.least / 10, of.least % 10);
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
        .child(node("p").text(of.reach.clone()))
        .child(row(say::before(), &of.records, false))
        .maybe((!of.keys.is_empty()).then(|| map(of)))
        .child(row(say::after(), &of.records, true))
        .child(node("p").text(of.outcome.clone()))
}

/// All records, by their part of the log.
fn row(word: &'static str, records: &[Kept], is_after: bool) -> Node {
    let part = |section: Section| {
        let (class, name) = match section {
            Section::Clean => ("pass-part is-clean", say::section_clean()),
            Section::Dirty => ("pass-part is-dirty", say::section_dirty()),
            Section::OutOfReach => ("pass-part is-out", say::section_out()),
        };
        let own: Vec<Node> =
            records.iter().filter(|one| one.section == section).map(|one| record(one, is_after)).collect();
        (!own.is_empty()).then(|| {
            node("li")
                .key(class.to_owned())
                .is("class", class)
                .child(node("span").is("class", "pass-part-name").text(name.to_owned()))
                .child(node("ol").children(own))
        })
    };
    let parts = Section::ALL.into_iter().filter_map(part).collect();
    node("div")
        .is("class", "pass-row")
        .child(node("span").is("class", "dim").text(word.to_owned()))
        .child(node("ol").is("class", "pass-records").children(parts))
}

/// What the pass reads first: where each key of the dirty part was written last.
fn map(of: &Cleaning) -> Node {
    let head = [say::map_key(), say::map_latest(), say::map_takes()];
    let line = |one: &Mapped| {
        let sign =
            node("span").set("class", format!("pass-record hue-{}", one.hue)).is("aria-hidden", "true");
        let key = node("th").is("scope", "row").child(sign.text(one.letter.clone()));
        node("tr")
            .key(one.key.clone())
            .set("data-mapped", one.offset.to_string())
            .child(key.child(node("span").text(one.key.clone())))
            .child(node("td").is("class", "number").text(one.offset.to_string()))
            .child(node("td").is("class", "number").text(one.takes.clone()))
    };
    let more = (of.more_keys > 0).then(|| node("p").is("class", "dim").text(say::more_keys(of.more_keys)));
    let table = node("table")
        .is("class", "pass-map")
        .child(node("caption").text(say::offset_map().to_owned()))
        .child(node("thead").child(
            node("tr").children(head.map(|head| node("th").is("scope", "col").text(head.to_owned())).into()),
        ))
        .child(node("tbody").children(of.keys.iter().map(line).collect()));
    node("div").is("class", "pass-map-box").child(table).maybe(more)
}

/// A record has the same place before and after: a gap is what the pass takes.
fn record(of: &Kept, is_after: bool) -> Node {
    let mut class = format!("pass-record hue-{}", of.hue);
    for (is, name) in [
        (of.section == Section::OutOfReach, " is-out"),
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
