//! Headers of a record, decoded where Spring Kafka's encoding is known.

use crate::words;
use millrace_client::listener::headers;
use millrace_model::{Header, Timestamp};

/// A header's value for reading.
pub fn value(header: &Header) -> String {
    let Some(bytes) = &header.value else { return "null".to_owned() };
    let integer = |bytes: &[u8]| match *bytes {
        [a, b, c, d] => Some(i64::from(i32::from_be_bytes([a, b, c, d]))),
        [a, b, c, d, e, f, g, h] => Some(i64::from_be_bytes([a, b, c, d, e, f, g, h])),
        _ => None,
    };
    let time = |ms: i64| words::clock(Timestamp(ms));
    let known = match &*header.key {
        headers::ORIGINAL_PARTITION | headers::ORIGINAL_OFFSET | headers::ATTEMPTS => {
            integer(bytes).map(|n| n.to_string())
        }
        headers::ORIGINAL_TIMESTAMP => integer(bytes).map(time),
        headers::BACKOFF_TIMESTAMP | headers::ORIGINAL_TIMESTAMP_OF_RETRY => {
            headers::from_big_integer(bytes).map(time)
        }
        _ => None,
    };
    known.unwrap_or_else(|| words::bytes(Some(bytes)))
}
