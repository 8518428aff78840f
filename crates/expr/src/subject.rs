//! The record that an expression looks at, borrowed from wherever it is stored.

use std::fmt;

/// Headers of a record in order; a name may occur more than once.
///
/// A trait and not a slice, so that a caller lends the headers it stores without building a list per record.
pub trait Headers {
    /// The header at `index`, from 0; `None` behind the last. A header's value may be null.
    fn nth(&self, index: usize) -> Option<(&str, Option<&[u8]>)>;

    /// The value of the last header of that name, as Kafka's `Headers.lastHeader` answers; the outer `None`
    /// means that there is none.
    fn last(&self, name: &str) -> Option<Option<&[u8]>> {
        let mut found = None;
        let mut index = 0;
        while let Some((header, value)) = self.nth(index) {
            if header == name {
                found = Some(value);
            }
            index += 1;
        }
        found
    }
}

impl<'h> Headers for [(&'h str, Option<&'h [u8]>)] {
    fn nth(&self, index: usize) -> Option<(&str, Option<&[u8]>)> {
        self.get(index).copied()
    }
}

impl<'h, const N: usize> Headers for [(&'h str, Option<&'h [u8]>); N] {
    fn nth(&self, index: usize) -> Option<(&str, Option<&[u8]>)> {
        self.get(index).copied()
    }
}

/// No headers at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHeaders;

impl Headers for NoHeaders {
    fn nth(&self, _index: usize) -> Option<(&str, Option<&[u8]>)> {
        None
    }
}

/// A record, and how often its delivery has been tried.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The key's bytes; `None` if the record has no key.
    pub key: Option<&'a [u8]>,
    /// The value's bytes; `None` for a tombstone.
    pub value: Option<&'a [u8]>,
    /// The headers.
    pub headers: &'a dyn Headers,
    /// The topic that it was read from or goes to.
    pub topic: &'a str,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
    /// The timestamp in milliseconds since the epoch.
    pub timestamp: i64,
    /// The delivery attempt, from 1.
    pub attempt: u32,
}

impl Default for Subject<'_> {
    /// A record with neither key nor value at offset 0 of an unnamed topic, at its first attempt.
    fn default() -> Self {
        Self {
            key: None,
            value: None,
            headers: &NoHeaders,
            topic: "",
            partition: 0,
            offset: 0,
            timestamp: 0,
            attempt: 1,
        }
    }
}

impl fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject")
            .field("key", &self.key)
            .field("value", &self.value)
            .field("topic", &self.topic)
            .field("partition", &self.partition)
            .field("offset", &self.offset)
            .field("timestamp", &self.timestamp)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}
