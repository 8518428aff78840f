//! `TimestampedWindowStore` with Kafka's retention: windows vanish from sight by the store's stream time, and their
//! memory goes with their segment (`AbstractRocksDBSegmentedBytesStore`).

use super::Cell;
use super::keys::{Keys, hash};
use crate::topology::WindowLayout;
use millrace_model::collections::sort;
use millrace_model::{Bytes, Map};
use std::sync::Arc;

/// Values by window start and key.
///
/// A window is a map of its own: a clone shares all of them, and only the one that is written to is copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowStore {
    windows: Arc<Map<i64, Arc<Keys>>>,
    /// The largest window start that was ever put (`observedStreamTime`); -1 before the first.
    stream_time: i64,
    size_ms: i64,
    retention_ms: i64,
    layout: WindowLayout,
}

impl WindowStore {
    /// An empty store.
    pub fn new(size_ms: i64, retention_ms: i64, layout: WindowLayout) -> WindowStore {
        WindowStore { windows: Arc::default(), stream_time: -1, size_ms, retention_ms, layout }
    }

    /// The windows' size in milliseconds.
    pub fn size_ms(&self) -> i64 {
        self.size_ms
    }

    /// The largest window start that was put so far; -1 before the first. It is not the task's stream time.
    pub fn stream_time(&self) -> i64 {
        self.stream_time
    }

    /// The first window start that still shows when the store's stream time is this.
    pub fn visible_from(&self, stream_time: i64) -> i64 {
        let first = stream_time.saturating_sub(self.retention_ms);
        match self.layout {
            WindowLayout::KeyFirst => first.saturating_add(1),
            WindowLayout::TimeFirst => first,
        }
    }

    /// How it is laid out.
    pub fn layout(&self) -> WindowLayout {
        self.layout
    }

    /// `Stores.persistentWindowStore`: half the retention, at least a minute.
    fn segment_interval_ms(&self) -> i64 {
        (self.retention_ms / 2).max(60_000)
    }

    /// Which segment a window start belongs to.
    pub fn segment(&self, start: i64) -> i64 {
        start / self.segment_interval_ms()
    }

    /// The first window start whose segment is kept when the store's stream time is this.
    pub fn kept_from(&self, stream_time: i64) -> i64 {
        self.segment(stream_time.saturating_sub(self.retention_ms)).saturating_mul(self.segment_interval_ms())
    }

    /// What is stored under key and window start, whether or not it still shows.
    pub fn stored(&self, key: &Bytes, start: i64) -> Option<&Cell> {
        self.windows.get(&start)?.get(hash(key), key)
    }

    /// What is stored under key and window start, if it still shows.
    pub fn get(&self, key: &Bytes, start: i64) -> Option<&Cell> {
        if start < self.visible_from(self.stream_time) { None } else { self.stored(key, start) }
    }

    /// Sets a value; `None` deletes it.
    pub fn put(&mut self, key: &Bytes, start: i64, cell: Option<Cell>) {
        self.stream_time = self.stream_time.max(start);
        let windows = Arc::make_mut(&mut self.windows);
        match cell {
            Some(cell) => {
                let keys = Arc::make_mut(windows.entry(start).or_default());
                keys.insert(hash(key), key, cell);
            }
            None => {
                let Some(keys) = windows.get_mut(&start) else { return };
                Arc::make_mut(keys).remove(hash(key), key);
                if keys.is_empty() {
                    windows.remove(&start);
                }
            }
        }
    }

    /// How many rows it has in memory, those that no longer show included, and how many bytes their tables take. An
    /// observation: the bytes depend on the machine, and the keys' own are shared with the records that brought them.
    pub fn held(&self) -> (usize, usize) {
        let add = |(rows, bytes), (_, keys): (_, &Arc<Keys>)| (rows + keys.len(), bytes + keys.bytes());
        self.windows.iter().fold((0, 0), add)
    }

    /// Drops every window that starts before this.
    pub fn expire(&mut self, before: i64) {
        if self.first_start().is_some_and(|first| first < before) {
            Arc::make_mut(&mut self.windows).retain(|start, _| *start >= before);
        }
    }

    /// The earliest window start in memory.
    pub fn first_start(&self) -> Option<i64> {
        self.windows.first_key_value().map(|(start, _)| *start)
    }

    /// The window starts from `from` to `to`, both included.
    pub fn starts(&self, from: i64, to: i64) -> impl Iterator<Item = i64> {
        let range = (from <= to).then(|| self.windows.range(from..=to));
        range.into_iter().flatten().map(|(start, _)| *start)
    }

    /// Everything in windows that start from `from` to `to`, both included, by start; keys in no order.
    pub fn range(&self, from: i64, to: i64) -> impl Iterator<Item = (i64, &Bytes, &Cell)> {
        let range = (from <= to).then(|| self.windows.range(from..=to));
        let windows = range.into_iter().flatten();
        windows.flat_map(|(start, keys)| keys.iter().map(|(key, cell)| (*start, key, cell)))
    }

    /// The windows of a key that start from `from` to `to`, both included, by start.
    pub fn of_key(&self, key: &Bytes, from: i64, to: i64) -> impl Iterator<Item = (i64, &Cell)> {
        let range = (from <= to).then(|| self.windows.range(from..=to));
        let (hash, key) = (hash(key), key.clone());
        range.into_iter().flatten().filter_map(move |(start, keys)| Some((*start, keys.get(hash, &key)?)))
    }

    /// Everything that still shows, by start and key (Kafka's `all()` has it by segment and key).
    pub fn all(&self) -> Vec<(i64, &Bytes, &Cell)> {
        let mut all: Vec<_> = self.range(self.visible_from(self.stream_time), i64::MAX).collect();
        sort::sort_by_key(&mut all, |(start, key, _)| (*start, *key));
        all
    }
}
