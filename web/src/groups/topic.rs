//! One of Kafka's own topics, opened: its records as Kafka's formatters print them, by partition. They are not on stage;
//! each leads to the inspector, as a record on stage does.

use crate::memo::Memo;
use crate::paint::{Canvas, Node, Space, node};
use crate::session::Session;
use leptos::ev::MouseEvent;
use leptos::html;
use leptos::prelude::*;
use millrace_model::{Offset, TopicPartition};
use millrace_view::{Contents, PartitionContents, RecordText, Target, contents, words};
use millrace_words::groups as say;
use wasm_bindgen::JsCast;
use web_sys::Element;

/// Records of one partition that are listed, the newest.
const LISTED: usize = 20;

/// The records of a topic, or of one of its partitions.
pub fn topic(
    session: Session,
    name: String,
    only: Option<TopicPartition>,
    tick: Memo<(bool, u64)>,
) -> AnyView {
    let place = NodeRef::<html::Div>::new();
    let canvas = StoredValue::new_local(None::<Canvas>);
    Effect::new(move |_| {
        let Some(place) = place.get() else { return };
        canvas.set_value(Some(Canvas::new(document(), place.unchecked_into(), Space::Html)));
    });
    Effect::new(move |_| {
        tick.track();
        session.history.track();
        let is_there = place.get().is_some();
        let found = session.with(|timeline| contents(timeline.world(), &name));
        canvas.update_value(|canvas| {
            if let (Some(canvas), Some(found), true) = (canvas, found, is_there) {
                canvas.show(picture(&found, only.as_ref()));
            }
        });
    });
    let clicked = move |event: MouseEvent| {
        let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let place = element.and_then(|element| element.closest("[data-place]").ok()?);
        if let Some(target) = place.and_then(|place| read(&place.get_attribute("data-place")?)) {
            session.selected.set(Some(target));
        }
    };
    view! { <section class="panel topic-panel"><div node_ref=place on:click=clicked></div></section> }
        .into_any()
}

/// `topic/partition` or `topic/partition/offset`: a topic's name holds no slash.
fn read(place: &str) -> Option<Target> {
    let mut parts = place.split('/');
    let (topic, partition) = (parts.next()?, parts.next()?.parse::<i32>().ok()?);
    let tp = TopicPartition::new(topic, partition);
    Some(match parts.next() {
        Some(offset) => Target::Record(tp, Offset(offset.parse().ok()?)),
        None => Target::Partition(tp),
    })
}

fn picture(found: &Contents, only: Option<&TopicPartition>) -> Node {
    let shown = found.partitions.iter().filter(|partition| only.is_none_or(|tp| *tp == partition.tp));
    let parts: Vec<Node> = shown.map(partition).collect();
    let says = match (parts.is_empty(), only) {
        (true, _) => say::holds_no_record_yet().to_owned(),
        (false, Some(_)) => say::the_newest_records().to_owned(),
        (false, None) => {
            say::of_partitions_hold_records(&parts.len(), u64::try_from(found.partition_count).unwrap_or(0))
        }
    };
    node("div").is("class", "group-numbers").child(span("dim says", says)).children(parts)
}

fn partition(partition: &PartitionContents) -> Node {
    let tp = &partition.tp;
    let hidden = partition.records.len().saturating_sub(LISTED);
    let rows = partition.records.iter().rev().take(LISTED).map(|one| record(tp, one)).collect();
    let earlier = partition.earlier + hidden as u64;
    let more = (earlier > 0).then(|| span("dim says", say::and_earlier_records(earlier)));
    let head = |text: &str| node("th").is("scope", "col").text(text.to_owned());
    let heads =
        node("tr").child(head(say::offset())).child(head(say::time())).child(head(say::key_and_value()));
    node("div")
        .key(tp.to_string())
        .child(node("h3").child(link(format!("{}/{}", tp.topic, tp.partition), tp.to_string())))
        .child(
            node("table")
                .is("class", "commits")
                .child(node("thead").child(heads))
                .child(node("tbody").children(rows)),
        )
        .maybe(more)
}

fn record(tp: &TopicPartition, record: &RecordText) -> Node {
    let place = format!("{}/{}/{}", tp.topic, tp.partition, record.offset);
    let value = record.value.clone().unwrap_or_else(|| say::null_tombstone().to_owned());
    node("tr")
        .key(record.offset.to_string())
        .child(node("td").child(link(place, record.offset.to_string())))
        .child(node("td").is("class", "number dim").text(words::clock(record.timestamp)))
        .child(
            node("td")
                .child(span("number", record.key.clone()))
                .child(span("dim number", words::without_uuids(&value))),
        )
}

fn link(place: String, text: String) -> Node {
    node("button").is("type", "button").is("class", "number place-link").set("data-place", place).text(text)
}

fn span(class: &'static str, text: String) -> Node {
    node("span").is("class", class).text(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let tp = TopicPartition::new("__consumer_offsets", 9);
        assert_eq!(read("__consumer_offsets/9"), Some(Target::Partition(tp.clone())));
        assert_eq!(read("__consumer_offsets/9/3"), Some(Target::Record(tp, Offset(3))));
        assert_eq!(read("__consumer_offsets"), None);
    }
}
