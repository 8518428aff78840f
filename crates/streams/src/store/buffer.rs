//! What a suppression holds back (`InMemoryTimeOrderedKeyValueChangeBuffer`): by time, then by the key's bytes.

use crate::data::{Key, Value};
use crate::topology::evaluate::Context;
use millrace_model::{Bytes, Map, Timestamp};
use std::sync::Arc;

/// A result that waits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Buffered {
    /// Its key.
    pub key: Key,
    /// The value before the first result that waits here.
    pub prior: Option<Value>,
    /// The value before the newest result.
    pub old: Option<Value>,
    /// The newest result.
    pub new: Option<Value>,
    /// The newest result's timestamp.
    pub timestamp: Timestamp,
    /// The record that made the newest result.
    pub context: Context,
}

/// Results in the order in which they will leave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SuppressBuffer {
    times: Arc<Map<Bytes, i64>>,
    waiting: Arc<Map<(i64, Bytes), Buffered>>,
}

impl SuppressBuffer {
    /// Since when (in buffer time) the result of a key waits, and the result.
    pub fn get(&self, key: &Bytes) -> Option<(i64, &Buffered)> {
        let time = *self.times.get(key)?;
        Some((time, self.waiting.get(&(time, key.clone()))?))
    }

    /// Holds a result back; one that replaces another keeps its place in the queue.
    pub fn put(&mut self, time: i64, key: Bytes, result: Buffered) {
        let time = *Arc::make_mut(&mut self.times).entry(key.clone()).or_insert(time);
        Arc::make_mut(&mut self.waiting).insert((time, key), result);
    }

    /// Lets a result go.
    pub fn remove(&mut self, key: &Bytes) {
        if let Some(time) = Arc::make_mut(&mut self.times).remove(key) {
            Arc::make_mut(&mut self.waiting).remove(&(time, key.clone()));
        }
    }

    /// What waits, in the order in which it will leave: buffer time, the key's bytes, the result.
    pub fn all(&self) -> impl Iterator<Item = (i64, &Bytes, &Buffered)> {
        self.waiting.iter().map(|((time, key), result)| (*time, key, result))
    }

    /// The earliest buffer time.
    pub fn min_time(&self) -> Option<i64> {
        self.waiting.first_key_value().map(|((time, _), _)| *time)
    }

    /// How many results wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// True when nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}
