//! Short ways through a parsed JSON document.

use millrace_expr::Value as Json;

/// A member of an object.
pub(super) fn member<'j>(json: &'j Json, name: &str) -> Option<&'j Json> {
    match json {
        Json::Map(map) => map.get(name),
        _ => None,
    }
}

/// The items of a list; none for anything else.
pub(super) fn items(json: &Json) -> &[Json] {
    match json {
        Json::List(items) => items,
        _ => &[],
    }
}

/// A text.
pub(super) fn text_of(json: &Json) -> Option<&str> {
    json.as_text()
}

/// An integer of 64 bits.
pub(super) fn integer(json: &Json) -> Option<i64> {
    json.as_number()?.to_i64()
}

/// A member that is an integer.
pub(super) fn int(json: &Json, name: &str) -> Option<i64> {
    integer(member(json, name)?)
}

/// A member that is a text.
pub(super) fn text<'j>(json: &'j Json, name: &str) -> Option<&'j str> {
    text_of(member(json, name)?)
}
