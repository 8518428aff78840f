//! `kafka-console-producer` and `kafka-console-consumer`.

pub(crate) mod consumer;
mod formatter;
pub(crate) mod producer;
mod reader;
pub(crate) mod settings;

use std::collections::BTreeMap;

/// Properties: what was said last counts.
pub(crate) type Properties = BTreeMap<String, String>;

/// `key=value` arguments; a key alone has an empty value (`CommandLineUtils.parseKeyValueArgs`).
fn pairs(arguments: &[&str], into: &mut Properties) {
    for argument in arguments {
        let (key, value) = argument.split_once('=').unwrap_or((argument, ""));
        into.insert(key.to_owned(), value.to_owned());
    }
}
