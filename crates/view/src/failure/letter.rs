//! One dead letter: its bytes, and its headers with what they mean.

use super::Place;
use crate::cast;
use crate::inspect;
use crate::scene::Target;
use crate::words;
use millrace_client::listener::headers;
use millrace_model::Bytes;
use millrace_sim::Timeline;
use millrace_sim::world::desk::REDRIVEN_FROM;
use millrace_words::fates as say;

/// Bytes on one line.
const WIDTH: usize = 8;
/// Lines of bytes at most.
const LINES: usize = 64;

/// Eight bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HexLine {
    /// Where they begin, in hexadecimal.
    pub at: String,
    /// The bytes.
    pub hex: String,
    /// The same as text; a dot for what is none.
    pub text: String,
}

/// A header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderLine {
    /// Its name.
    pub name: String,
    /// Its value, decoded.
    pub value: String,
    /// What it tells.
    pub means: &'static str,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterView {
    /// `orders-dlt-0 @3`.
    pub place: String,
    /// The letter itself.
    pub target: Target,
    /// The record that it is a copy of.
    pub original: Option<Place>,
    /// Its key.
    pub key: String,
    /// Its value as text, if it is text.
    pub value: Option<String>,
    /// Its value as bytes.
    pub hex: Vec<HexLine>,
    /// How many bytes there are.
    pub size: usize,
    /// Its headers.
    pub headers: Vec<HeaderLine>,
}

/// The letter that lies there.
pub fn letter(timeline: &Timeline, place: &Place) -> Option<LetterView> {
    let record = cast::record(timeline.world(), &place.0, place.1)?;
    let value = record.value.as_ref();
    let header = |header: &millrace_model::Header| HeaderLine {
        name: header.key.to_string(),
        value: inspect::header_value(header),
        means: means(&header.key),
    };
    Some(LetterView {
        place: words::place(&place.0, place.1),
        target: Target::Record(place.0.clone(), place.1),
        original: headers::original(record),
        key: words::bytes(record.key.as_ref()),
        value: value.and_then(|bytes| std::str::from_utf8(bytes).ok()).map(str::to_owned),
        hex: value.map(hex).unwrap_or_default(),
        size: value.map_or(0, |bytes| bytes.len()),
        headers: record.headers.iter().map(header).collect(),
    })
}

fn hex(bytes: &Bytes) -> Vec<HexLine> {
    let line = |(n, chunk): (usize, &[u8])| HexLine {
        at: format!("{:04x}", n * WIDTH),
        hex: chunk.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" "),
        text: chunk
            .iter()
            .map(|b| if b.is_ascii_graphic() || *b == b' ' { *b as char } else { '·' })
            .collect(),
    };
    bytes.chunks(WIDTH).take(LINES).enumerate().map(line).collect()
}

fn means(name: &str) -> &'static str {
    match name {
        headers::ORIGINAL_TOPIC => say::the_topic_in_which_it(),
        headers::ORIGINAL_PARTITION => say::its_partition_there(),
        headers::ORIGINAL_OFFSET => say::its_offset_there_with_topic(),
        headers::ORIGINAL_TIMESTAMP => say::when_it_was_written_there(),
        headers::ORIGINAL_TIMESTAMP_TYPE => say::whose_clock_that_was(),
        headers::ORIGINAL_CONSUMER_GROUP => say::the_group_that_could_not(),
        headers::EXCEPTION_FQCN => say::what_reached_the_error_handler(),
        headers::EXCEPTION_CAUSE_FQCN => say::what_the_listener_method_threw(),
        headers::EXCEPTION_MESSAGE => say::both_messages(),
        headers::EXCEPTION_STACKTRACE => say::where_it_was_thrown(),
        headers::ATTEMPTS => say::the_number_of_the_delivery(),
        headers::BACKOFF_TIMESTAMP => say::when_that_try_was_due(),
        headers::ORIGINAL_TIMESTAMP_OF_RETRY => say::when_it_was_written_first(),
        REDRIVEN_FROM => say::it_was_sent_again_from(),
        _ => say::the_producers_own(),
    }
}
