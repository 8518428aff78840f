//! Records of a stream that wait for a versioned table (`RocksDBTimeOrderedKeyValueBuffer`): by time, key and the order
//! of their coming.

use crate::data::{Key, Value};
use crate::topology::evaluate::Context;
use millrace_model::{Bytes, Map};
use std::sync::Arc;

/// A waiting record's place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WaitingPlace {
    /// Its time.
    pub time: i64,
    /// Its key's bytes.
    pub key: Bytes,
    /// Which record of the buffer it is.
    pub sequence: u32,
}

/// A waiting record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WaitingRecord {
    /// Its key.
    pub key: Key,
    /// Its value.
    pub value: Value,
    /// Where it came from.
    pub context: Context,
}

/// The waiting records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamBuffer {
    waiting: Arc<Map<WaitingPlace, WaitingRecord>>,
    stream_time: i64,
    sequence: u32,
}

impl Default for StreamBuffer {
    fn default() -> StreamBuffer {
        StreamBuffer { waiting: Arc::default(), stream_time: -1, sequence: 0 }
    }
}

impl StreamBuffer {
    /// The largest time that was put so far; -1 before the first.
    pub fn stream_time(&self) -> i64 {
        self.stream_time
    }

    /// How many records were put so far.
    pub fn sequence(&self) -> u32 {
        self.sequence
    }

    /// Holds a record back.
    pub fn put(&mut self, place: WaitingPlace, record: WaitingRecord) {
        self.stream_time = self.stream_time.max(place.time);
        self.sequence = place.sequence;
        Arc::make_mut(&mut self.waiting).insert(place, record);
    }

    /// Lets a record go.
    pub fn remove(&mut self, place: &WaitingPlace) {
        Arc::make_mut(&mut self.waiting).remove(place);
    }

    /// What waits, in the order in which it will go.
    pub fn all(&self) -> impl Iterator<Item = (&WaitingPlace, &WaitingRecord)> {
        self.waiting.iter()
    }
}
