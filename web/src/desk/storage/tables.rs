//! The indexes of a segment as tables, beside each other.

use super::shelf::Seen;
use crate::desk::frame::html_picture;
use crate::memo::Memo;
use crate::paint::{Node, node};
use crate::ui::Choice;
use leptos::prelude::*;
use millrace_model::Offset;
use millrace_view::desk::storage::Table;
use millrace_view::desk::storage::shelf::Shelf;
use millrace_words::storage as say;

/// See the module; `wanted` is the segment by its base offset.
pub fn panel(seen: Seen, wanted: RwSignal<Option<Offset>>) -> AnyView {
    let all = Memo::new(move |_| {
        let names = |of: &Shelf| {
            let names =
                of.segments.iter().map(|segment| (segment.base_offset.to_string(), segment.name.clone()));
            names.collect::<Vec<_>>()
        };
        seen.with(|of| of.as_ref().map(|of| names(of))).unwrap_or_default()
    });
    let options = Signal::derive(move || all.get());
    let opened = Signal::derive(move || {
        seen.with(|of| of.as_ref().map(|of| of.opened.to_string())).unwrap_or_default()
    });
    let choose = move |base: String| wanted.set(base.parse().ok().map(Offset));
    let picture = html_picture(move || seen.with(|of| of.as_ref().map(|of| drawn(of))));
    view! {
        <div class="desk-form index-choice"><Choice label=say::segment() options=options value=opened on_change=choose/></div>
        {picture}
    }
    .into_any()
}

fn drawn(of: &Shelf) -> Node {
    let name = millrace_view::desk::storage::file_name(of.opened);
    node("div").is("class", "indexes").children(of.tables.iter().map(|one| table(&name, one)).collect())
}

fn table(name: &str, of: &Table) -> Node {
    let head = of.columns.iter().map(|column| node("th").is("scope", "col").text((*column).to_owned()));
    let row = |cells: &Vec<String>| {
        node("tr").children(cells.iter().map(|cell| node("td").text(cell.clone())).collect())
    };
    let none = of.rows.is_empty().then(|| node("p").is("class", "dim").text(say::no_entries().to_owned()));
    let more = (of.more > 0).then(|| node("p").is("class", "dim").text(say::more_entries(of.more)));
    let rows = node("table")
        .child(node("caption").is("class", "mono").text([name, ".", of.kind].concat()))
        .child(node("thead").child(node("tr").children(head.collect())))
        .child(node("tbody").children(of.rows.iter().map(row).collect()));
    node("section")
        .key(of.kind.to_owned())
        .is("class", "index")
        .set("data-index", of.kind.to_owned())
        .child(node("p").is("class", "dim").text(of.says.to_owned()))
        .child(node("div").is("class", "desk-scroll").child(rows))
        .maybe(none)
        .maybe(more)
}
