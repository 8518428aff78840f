//! Stores as tables beside their changelogs. One switch turns the log into the table: the records that a later one of their
//! key has replaced fold away, and what stays is the table.

use super::{Look, html_picture, instances, query};
use crate::lean::part;
use crate::memo::Memo;
use crate::paint::{Node, node};
use crate::ui::Check;
use leptos::prelude::*;
use millrace_view::desk::{LogLine, StoreView, tables};
use millrace_words::desk as say;
use std::sync::Arc;

/// See the module.
pub fn panel(look: Look) -> AnyView {
    let is_folded = RwSignal::new(false);
    let seen = {
        let look = look.clone();
        Memo::new(move |was: Option<&Arc<Vec<StoreView>>>| match look.is_due() {
            true => Arc::new(look.session.with(|timeline| tables(timeline, &look.name))),
            false => was.cloned().unwrap_or_default(),
        })
    };
    let draw = move || Some(seen.with(|stores| drawn(stores, is_folded.get())));
    let none = part(move || match seen.with(|stores| stores.is_empty()) {
        true => view! { <p class="dim">{say::this_topology_keeps_no_state()}</p> }.into_any(),
        false => view! {
            <Check label=say::log_as_table_only_the() value=is_folded/>
            <p class="desk-legend dim">{say::the_log_is_how_the()}</p>
        }
        .into_any(),
    });
    view! {
        {instances::panel(look.clone())}
        {query::panel(look)}
        {none}
        <div class="desk-stores">{html_picture(draw)}</div>
    }
    .into_any()
}

fn drawn(stores: &[StoreView], is_folded: bool) -> Node {
    node("div").children(stores.iter().map(|one| store(one, is_folded)).collect())
}

fn store(store: &StoreView, is_folded: bool) -> Node {
    let restored = match store.restored {
        0 => String::new(),
        n => [" · ", &say::came_back(n as u64)].concat(),
    };
    node("section")
        .key(store.name.clone())
        .is("class", "desk-store")
        .set("data-store", store.name.clone())
        .child(node("h3").is("class", "mono").text(store.name.clone()))
        .child(node("p").is("class", "dim").text(format!("{}{restored}", store.kind)))
        .child(node("div").is("class", "duality").child(table(store)).child(log(store, is_folded)))
}

pub(super) fn head(words: &[&'static str]) -> Node {
    let cells = words.iter().map(|word| node("th").is("scope", "col").text((*word).to_owned()));
    node("thead").child(node("tr").children(cells.collect()))
}

fn table(store: &StoreView) -> Node {
    let line = |[key, value, task]: &[String; 3]| {
        node("tr")
            .key(format!("{task} {key}"))
            .child(node("th").is("scope", "row").text(key.clone()))
            .child(node("td").is("class", "value").text(value.clone()))
            .child(node("td").is("class", "dim").text(task.clone()))
    };
    let more =
        (store.more_rows > 0).then(|| node("p").is("class", "dim").text(say::and_more(&store.more_rows)));
    node("div")
        .child(node("h4").text("table".to_owned()))
        .child(
            node("table")
                .child(head(&[say::key(), say::value(), say::task()]))
                .child(node("tbody").children(store.rows.iter().map(line).collect())),
        )
        .maybe(more)
}

fn log(store: &StoreView, is_folded: bool) -> Node {
    let is_shown = |line: &&LogLine| !is_folded || (line.is_newest && !line.is_tombstone);
    let line = |line: &LogLine| {
        let class = match (line.is_tombstone, line.is_newest) {
            (true, _) => "is-tombstone",
            (false, true) => "is-newest",
            (false, false) => "is-replaced",
        };
        node("tr")
            .key(line.place.clone())
            .is("class", class)
            .child(node("th").is("scope", "row").text(line.key.clone()))
            .child(node("td").is("class", "value").text(line.value.clone()))
            .child(node("td").is("class", "dim").text(line.place.clone()))
    };
    let title = if is_folded { say::log_as_table() } else { say::log() };
    let name = store.changelog.clone().unwrap_or_else(|| say::not_logged().to_owned());
    node("div").child(node("h4").text(title.to_owned())).child(
        node("table")
            .set("title", name)
            .child(head(&[say::key(), say::value(), say::offset()]))
            .child(node("tbody").children(store.log.iter().filter(is_shown).map(line).collect())),
    )
}
