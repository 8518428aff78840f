//! `varint`, `record_batch`, `control_batch`, `record_batch_corrupt`, `filter_to`: Kafka's bytes, both ways.

mod batch;
mod control;
mod corrupt;
mod filter;
mod read;
mod varint;

pub use batch::judge as judge_record_batch;
pub use control::judge as judge_control_batch;
pub use corrupt::judge as judge_corrupt;
pub use filter::judge as judge_filter_to;
pub use varint::judge as judge_varint;

use super::{bytes, field};
use serde_json::Value;

/// A number of the case, of any width.
fn number<T: TryFrom<i64>>(value: &Value, name: &str) -> Result<T, String> {
    let number = field(value, name).as_i64().and_then(|number| T::try_from(number).ok());
    number.ok_or_else(|| format!("expected a number in {name}, found {}", field(value, name)))
}

fn flag(value: &Value, name: &str) -> Result<bool, String> {
    field(value, name)
        .as_bool()
        .ok_or_else(|| format!("expected true or false in {name}, found {}", field(value, name)))
}

fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str, String> {
    field(value, name)
        .as_str()
        .ok_or_else(|| format!("expected text in {name}, found {}", field(value, name)))
}

fn list<'a>(value: &'a Value, name: &str) -> Result<&'a [Value], String> {
    let list = field(value, name).as_array();
    list.map(Vec::as_slice).ok_or_else(|| format!("expected a list in {name}, found {}", field(value, name)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes that must be there.
fn some_bytes(value: &Value, name: &str) -> Result<Vec<u8>, String> {
    bytes(field(value, name))?.ok_or_else(|| format!("expected bytes in {name}, found null"))
}

fn same(what: &str, expected: &Value, found: &Value) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    Err(format!("{what}: Kafka says {expected}, we say {found}"))
}

/// Whether the bytes are Kafka's.
fn same_bytes(expected: &[u8], found: &[u8]) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    let at = expected.iter().zip(found).position(|(a, b)| a != b).unwrap_or(expected.len().min(found.len()));
    Err(format!(
        "bytes: from byte {at} on, Kafka has {}, we have {}",
        around(expected, at),
        around(found, at)
    ))
}

fn around(bytes: &[u8], at: usize) -> String {
    hex(bytes.get(at..).unwrap_or_default().get(..16).unwrap_or(bytes.get(at..).unwrap_or_default()))
}

#[cfg(test)]
mod tests;
