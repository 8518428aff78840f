//! The drawing of a batch's bytes: sixteen or eight a line, in the colours of their fields, and beside them as text.

use crate::paint::{Node, node};
use millrace_view::desk::storage::bytes::BatchBytes;
use millrace_view::desk::storage::{FieldView, Group};
use millrace_words::storage as say;

/// The class that gives a group its colour.
pub fn class(group: Group) -> &'static str {
    match group {
        Group::Place => "by-place",
        Group::Checksum => "by-checksum",
        Group::Attributes => "by-attributes",
        Group::Time => "by-time",
        Group::Producer => "by-producer",
        Group::Count => "by-count",
        Group::Key => "by-key",
        Group::Value => "by-value",
        Group::Headers => "by-headers",
        Group::Rest => "by-rest",
    }
}

/// The bytes; `selected` is one of them.
pub fn drawn(of: &BatchBytes, selected: usize, columns: usize) -> Node {
    let field_of = |at: usize| of.fields.iter().position(|field| field.range.contains(&at));
    let chosen = field_of(selected);
    let lines = of.bytes.chunks(columns).enumerate().map(|(n, line)| {
        let first = n * columns;
        let bytes = line.iter().enumerate().map(|(i, byte)| {
            let at = first + i;
            let field = field_of(at);
            one(
                of,
                at,
                *byte,
                field.and_then(|n| of.fields.get(n)),
                field.is_some() && field == chosen,
                at == selected,
            )
        });
        let letters: String = line
            .iter()
            .map(|byte| if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '·' })
            .collect();
        node("div")
            .is("class", "hex-line")
            .child(node("span").is("class", "hex-at").text(format!("{first:04x}")))
            .child(node("span").is("class", "hex-bytes").children(bytes.collect()))
            .child(node("span").is("class", "hex-text").text(letters))
    });
    let more = of.size.saturating_sub(of.bytes.len());
    let more = (more > 0).then(|| node("p").is("class", "dim").text(say::more_bytes(more as u64)));
    node("div").is("class", "hex").is("aria-hidden", "true").children(lines.collect()).maybe(more)
}

fn one(
    of: &BatchBytes,
    at: usize,
    byte: u8,
    field: Option<&FieldView>,
    is_chosen: bool,
    is_selected: bool,
) -> Node {
    let mut name = String::from(field.map_or("by-rest", |field| class(field.group)));
    // A field's ends are round: neighbours of one colour stay two.
    if field.is_some_and(|field| field.range.start == at) {
        name.push_str(" is-first");
    }
    if field.is_some_and(|field| field.range.end == at + 1) {
        name.push_str(" is-last");
    }
    if is_chosen {
        name.push_str(" is-chosen");
    }
    if is_selected {
        name.push_str(" is-selected");
    }
    if of.edited == Some(at) {
        name.push_str(" is-edited");
    }
    let title = field.map_or_else(String::new, |field| [field.name, ": ", field.meaning].concat());
    node("span")
        .set("class", name)
        .set("data-at", at.to_string())
        .set("title", title)
        .text(format!("{byte:02x}"))
}
