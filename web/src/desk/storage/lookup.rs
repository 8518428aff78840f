//! How an offset is found, step by step: each step lights up what it looks at.

use super::shelf::Seen;
use crate::desk::frame::html_picture;
use crate::lean::text;
use crate::memo::Memo;
use crate::paint::{Node, node};
use crate::session::Session;
use crate::ui::{Button, ButtonKind, Field};
use leptos::prelude::*;
use millrace_model::Offset;
use millrace_view::desk::storage::{Lookup, Step};
use millrace_words::storage as say;
use std::time::Duration;

/// From one step to the next.
const BEAT: Duration = Duration::from_millis(900);

/// See the module.
pub fn panel(session: Session, seen: Seen, offset: RwSignal<Option<Offset>>) -> AnyView {
    let asked = RwSignal::new(String::new());
    let step = RwSignal::new(0_usize);
    let last = Step::ALL.len() - 1;
    let of = Memo::new(move |_| seen.with(|of| of.as_ref().map(|of| of.lookup.clone())));
    // Which run of the steps goes on: a later one, or a step by hand, ends it.
    let run = RwSignal::new(0_u32);
    let is_still = crate::frame::media("(prefers-reduced-motion: reduce)");
    let find = move |()| match asked.get_untracked().trim().parse::<i64>() {
        Ok(number) => {
            offset.set(Some(Offset(number)));
            let this = run.get_untracked() + 1;
            run.set(this);
            step.set(if is_still.get_untracked() { last } else { 0 });
            go_on(step, run, this, last);
        }
        Err(_) => session.refuse(say::not_an_offset()),
    };
    let by_hand = move |to: usize| {
        run.update(|n| *n += 1);
        step.set(to);
    };
    let picture = html_picture(move || {
        let step = step.get();
        of.with(|of: &Option<Lookup>| of.as_ref().map(|of| drawn(of, step)))
    });
    let says = text(move || {
        let step = step.get();
        of.with(|of| of.as_ref().and_then(|of| of.says.get(step).cloned())).unwrap_or_default()
    });
    let is_first = Signal::derive(move || step.get() == 0);
    let is_last = Signal::derive(move || step.get() >= last);
    view! {
        <div class="desk-form">
            <Field label=say::offset() value=asked on_enter=find keyboard="numeric"/>
            <Button label=say::find() on_press=find/>
            <Button label=say::step_back() kind=ButtonKind::Quiet disabled=is_first on_press=move |()| by_hand(step.get_untracked().saturating_sub(1))/>
            <Button label=say::step_on() disabled=is_last on_press=move |()| by_hand((step.get_untracked() + 1).min(last))/>
        </div>
        <p class="look-says" aria-live="polite">{says}</p>
        {picture}
    }
    .into_any()
}

/// One step after the other, as long as this run is the one that goes on.
fn go_on(step: RwSignal<usize>, run: RwSignal<u32>, this: u32, last: usize) {
    let next = move || {
        let is_on = run.try_get_untracked() == Some(this) && step.get_untracked() < last;
        if is_on {
            step.update(|n| *n += 1);
            go_on(step, run, this, last);
        }
    };
    set_timeout(next, BEAT);
}

fn drawn(of: &Lookup, step: usize) -> Node {
    let reached = |wanted: Step| Step::ALL.get(step).is_some_and(|step| *step >= wanted);
    let none = of.entries.is_empty().then(|| node("p").is("class", "dim").text(say::no_entries().to_owned()));
    let entry = |entry: &millrace_view::desk::storage::Entry| {
        let class = if entry.is_taken && reached(Step::Entry) { "is-lit" } else { "" };
        node("li")
            .is("class", class)
            .child(node("span").text(entry.offset.to_string()))
            .child(node("span").is("class", "dim").text(["→ ", &entry.position.to_string()].concat()))
    };
    let met = |met: &millrace_view::desk::storage::Met| {
        let class = match (met.is_it && reached(Step::Found), reached(Step::Scan)) {
            (true, _) => "is-found",
            (false, true) => "is-lit",
            (false, false) => "",
        };
        let offsets = if met.first == met.last {
            met.first.to_string()
        } else {
            format!("{}–{}", met.first, met.last)
        };
        node("li")
            .is("class", class)
            .child(node("span").is("class", "dim").text(met.position.to_string()))
            .child(node("span").text(offsets))
    };
    let skipped =
        (of.skipped > 0).then(|| node("p").is("class", "dim").text(say::skipped_batches(&of.skipped)));
    let lit = |wanted: Step| if reached(wanted) { "look-part is-lit" } else { "look-part" };
    node("div")
        .is("class", "look")
        .set("data-step", step.to_string())
        .child(
            node("section")
                .is("class", lit(Step::Segment))
                .child(node("h3").is("class", "mono").text(format!("{:020}.log", of.segment.0))),
        )
        .child(
            node("section")
                .is("class", lit(Step::Entry))
                .child(node("h3").text(say::index_entries().to_owned()))
                .maybe(none)
                .child(node("ol").is("class", "look-rows").children(of.entries.iter().map(entry).collect())),
        )
        .child(
            node("section")
                .is("class", lit(Step::Scan))
                .child(node("h3").text(say::scanned().to_owned()))
                .child(node("ol").is("class", "look-rows").children(of.batches.iter().map(met).collect()))
                .maybe(skipped),
        )
}
