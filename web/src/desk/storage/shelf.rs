//! The shelf: the files of each segment, how an offset or a timestamp is found in them, what stands in the indexes, what retention
//! does next, and what a pass of the cleaner would leave.

use super::{choice, cleaner, lookup, tables};
use crate::desk::frame::{Look, html_picture};
use crate::lean::{maybe, text};
use crate::memo::Memo;
use crate::paint::{Node, node};
use leptos::prelude::*;
use millrace_model::{Offset, TopicPartition};
use millrace_view::desk::storage::Wanted;
use millrace_view::desk::storage::shelf::{Segment, Shelf, Sought, shelf};
use millrace_words::storage as say;
use std::sync::Arc;

/// What is seen of the shelf.
pub type Seen = Memo<Option<Arc<Shelf>>>;

/// See the module.
pub fn panel(look: Look) -> AnyView {
    let session = look.session;
    let partition = RwSignal::new(None::<TopicPartition>);
    let wanted = RwSignal::new(None::<Wanted>);
    let segment = RwSignal::new(None::<Offset>);
    let seen: Seen = Memo::new(move |was: Option<&Option<Arc<Shelf>>>| {
        if !look.is_due() {
            return was.cloned().flatten();
        }
        let sought = Sought { partition: partition.get(), wanted: wanted.get(), segment: segment.get() };
        session.with(|timeline| shelf(timeline, &sought)).map(Arc::new)
    });
    let all =
        Memo::new(move |_| seen.with(|of| of.as_ref().map(|of| of.partitions.clone())).unwrap_or_default());
    let shown = Memo::new(move |_| {
        seen.with(|of| of.as_ref().map(|of| of.partition.to_string())).unwrap_or_default()
    });
    let read = move |read: fn(&Shelf) -> String| {
        text(move || seen.with(|of| of.as_ref().map(|of| read(of))).unwrap_or_default())
    };
    let is_empty = Memo::new(move |_| seen.with(Option::is_none));
    let files = html_picture(move || seen.with(|of| of.as_ref().map(|of| files(of))));
    view! {
        <div class="desk-form">{choice(all, shown, partition)} <p class="dim shelf-detail">{read(|of| of.detail.clone())}</p></div>
        {maybe(move || is_empty.get().then(|| view! { <p class="dim">{say::nothing_yet()}</p> }.into_any()))}
        {files}
        <h2>{say::look_up()}</h2>
        {lookup::panel(session, seen, wanted)}
        <h2>{say::indexes()}</h2>
        {tables::panel(seen, segment)}
        <h2>{say::retention()}</h2>
        <p class="desk-says">{read(|of| of.retention.clone())}</p>
        {cleaner::panel(seen)}
    }
    .into_any()
}

fn files(of: &Shelf) -> Node {
    let setting = |(name, value): &(&'static str, String)| {
        node("div").child(node("dt").text((*name).to_owned())).child(node("dd").text(value.clone()))
    };
    let earlier = of.earlier.as_ref().map(|earlier| node("p").is("class", "dim").text(earlier.clone()));
    node("div")
        .is("class", "shelf")
        .maybe(earlier)
        .child(node("ol").is("class", "shelf-segments").children(of.segments.iter().map(segment).collect()))
        .child(
            node("dl")
                .is("class", "facts shelf-settings")
                .children(of.settings.iter().map(setting).collect()),
        )
}

fn segment(of: &Segment) -> Node {
    let class = match (of.is_active, of.goes) {
        (_, true) => "shelf-segment is-going",
        (true, false) => "shelf-segment is-active",
        (false, false) => "shelf-segment",
    };
    let file = |file: &millrace_view::desk::storage::shelf::File| {
        node("li")
            .key(file.kind.to_owned())
            .child(node("span").is("class", "mono").text([".", file.kind].concat()))
            .child(node("span").is("class", "number").text(say::codec_size(&file.size)))
    };
    let active = of.is_active.then(|| node("p").is("class", "shelf-active").text(say::active().to_owned()));
    let fate = of.fate.as_ref().map(|fate| node("p").is("class", "shelf-fate").text(fate.clone()));
    let width = format!("width:{}.{}%", of.filled / 10, of.filled % 10);
    node("li")
        .key(of.name.clone())
        .is("class", class)
        .set("data-segment", of.base_offset.to_string())
        .child(node("p").is("class", "mono shelf-name").text(of.name.clone()))
        .child(
            node("span")
                .is("class", "txn-track")
                .is("aria-hidden", "true")
                .child(node("span").is("class", "shelf-fill").set("style", width)),
        )
        .child(node("ul").is("class", "shelf-files").children(of.files.iter().map(file).collect()))
        .child(node("p").is("class", "dim").text(of.detail.clone()))
        .maybe(active)
        .maybe(fate)
}
