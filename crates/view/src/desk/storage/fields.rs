//! The fields of a batch in the reader's words, and what each belongs to.

use millrace_records::{Field, FieldValue};
use millrace_words::storage as say;
use std::ops::Range;

/// What a field is about: its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Where the batch stands and how long it is.
    Place,
    /// The checksum.
    Checksum,
    /// Codec and flags.
    Attributes,
    /// Offsets and timestamps.
    Time,
    /// The producer's id, epoch and sequence number.
    Producer,
    /// Lengths and counts.
    Count,
    /// A record's key.
    Key,
    /// A record's value.
    Value,
    /// A record's headers.
    Headers,
    /// Packed records, and what makes no sense.
    Rest,
}

impl Group {
    /// The groups that are explained, in the order in which they are met.
    pub const ALL: [Group; 9] = [
        Group::Place,
        Group::Checksum,
        Group::Attributes,
        Group::Time,
        Group::Producer,
        Group::Count,
        Group::Key,
        Group::Value,
        Group::Headers,
    ];

    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Group::Place => say::group_place(),
            Group::Checksum => say::group_checksum(),
            Group::Attributes => say::group_attributes(),
            Group::Time => say::group_time(),
            Group::Producer => say::group_producer(),
            Group::Count => say::group_count(),
            Group::Key => say::group_key(),
            Group::Value => say::group_value(),
            Group::Headers => say::group_headers(),
            Group::Rest => say::group_rest(),
        }
    }
}

/// A field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldView {
    /// Kafka's name of it.
    pub name: &'static str,
    /// Which bytes.
    pub range: Range<usize>,
    /// Which record it belongs to.
    pub record: Option<usize>,
    /// What stands there, as a reader sees it.
    pub value: String,
    /// What it means.
    pub meaning: &'static str,
    /// What it is about.
    pub group: Group,
}

/// A field of these bytes.
pub(super) fn field(bytes: &[u8], field: &Field) -> FieldView {
    let Field { name, range, record, value, .. } = field;
    let of_it = bytes.get(range.clone()).unwrap_or_default();
    let value = match value {
        FieldValue::Bytes => text(of_it),
        FieldValue::Bits(bits) => format!("{bits:#010b}"),
        other @ (FieldValue::Number(_) | FieldValue::Checksum(_)) => other.to_string(),
    };
    let (group, meaning) = about(name, record.is_some());
    FieldView { name, range: range.clone(), record: *record, value, meaning, group }
}

/// Bytes as text, cut; dots where they are none.
fn text(bytes: &[u8]) -> String {
    const SHOWN: usize = 48;
    let letters = bytes.iter().take(SHOWN).map(|byte| letter(*byte));
    let more = if bytes.len() > SHOWN { "…" } else { "" };
    letters.chain(more.chars()).collect()
}

/// A byte as a hex dump shows it.
pub(super) fn letter(byte: u8) -> char {
    if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '·' }
}

fn about(name: &str, is_in_record: bool) -> (Group, &'static str) {
    match name {
        "baseOffset" => (Group::Place, say::f_base_offset()),
        "batchLength" => (Group::Place, say::f_batch_length()),
        "partitionLeaderEpoch" => (Group::Place, say::f_leader_epoch()),
        "magic" => (Group::Place, say::f_magic()),
        "crc" => (Group::Checksum, say::f_crc()),
        "attributes" if is_in_record => (Group::Attributes, say::f_record_attributes()),
        "attributes" => (Group::Attributes, say::f_attributes()),
        "lastOffsetDelta" => (Group::Time, say::f_last_offset_delta()),
        "baseTimestamp" => (Group::Time, say::f_base_timestamp()),
        "maxTimestamp" => (Group::Time, say::f_max_timestamp()),
        "producerId" => (Group::Producer, say::f_producer_id()),
        "producerEpoch" => (Group::Producer, say::f_producer_epoch()),
        "baseSequence" => (Group::Producer, say::f_base_sequence()),
        "recordsCount" => (Group::Count, say::f_records_count()),
        "length" => (Group::Count, say::f_length()),
        "timestampDelta" => (Group::Time, say::f_timestamp_delta()),
        "offsetDelta" => (Group::Time, say::f_offset_delta()),
        "keyLength" => (Group::Count, say::f_key_length()),
        "key" => (Group::Key, say::f_key()),
        "valueLength" => (Group::Count, say::f_value_length()),
        "value" => (Group::Value, say::f_value()),
        "headersCount" => (Group::Count, say::f_headers_count()),
        "headerKeyLength" | "headerValueLength" => (Group::Count, say::f_header_length()),
        "headerKey" => (Group::Headers, say::f_header_key()),
        "headerValue" => (Group::Headers, say::f_header_value()),
        "records" => (Group::Rest, say::f_records()),
        _ => (Group::Rest, say::f_rest()),
    }
}
