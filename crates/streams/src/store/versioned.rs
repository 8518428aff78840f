//! `VersionedKeyValueStore` (`RocksDBVersionedStore`): each key's values over time, as far back as its history goes.

use crate::data::{Key, Value};
use millrace_model::Map;
use std::sync::Arc;

/// A key's versions: from when on each was so; `None` says that there was nothing.
pub type Versions = Map<i64, Option<Value>>;

/// Versions of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionedStore {
    keys: Arc<Map<Key, Arc<Versions>>>,
    /// The largest timestamp that was ever put (`observedStreamTime`); -1 before the first.
    stream_time: i64,
    history_ms: i64,
}

/// What a key was at a time: `None` if nothing, or if that is too long ago.
pub fn as_of(versions: &Versions, time: i64, oldest: i64) -> Option<(&Value, i64)> {
    let (since, value) = versions.range(..=time).next_back()?;
    // Before the history only what is still so is known.
    let is_latest = versions.last_key_value().is_some_and(|(last, _)| last == since);
    if time < oldest && !is_latest {
        return None;
    }
    value.as_ref().map(|value| (value, *since))
}

impl VersionedStore {
    /// An empty store that answers for times up to `history_ms` before the newest.
    pub fn new(history_ms: i64) -> VersionedStore {
        VersionedStore { keys: Arc::default(), stream_time: -1, history_ms }
    }

    /// The largest timestamp that was put so far; -1 before the first.
    pub fn stream_time(&self) -> i64 {
        self.stream_time
    }

    /// The earliest time of which it knows, and at which it takes values, when its stream time is this.
    pub fn oldest(&self, stream_time: i64) -> i64 {
        stream_time.saturating_sub(self.history_ms)
    }

    /// A key's versions.
    pub fn versions(&self, key: &Key) -> Option<&Versions> {
        self.keys.get(key).map(|versions| &**versions)
    }

    /// Sets what a key is from a time on, until its next version.
    pub fn put(&mut self, key: &Key, time: i64, value: Option<Value>) {
        self.stream_time = self.stream_time.max(time);
        let oldest = self.oldest(self.stream_time);
        let keys = Arc::make_mut(&mut self.keys);
        let versions = Arc::make_mut(keys.entry(key.clone()).or_default());
        versions.insert(time, value);
        // What was over before the history begins nobody can ask for.
        let first = versions.range(..=oldest).next_back().map(|(time, _)| *time);
        if let Some(first) = first {
            versions.retain(|time, _| *time >= first);
        }
    }

    /// Every key with its newest value, by key.
    pub fn all(&self) -> impl Iterator<Item = (&Key, &Value, i64)> {
        self.keys.iter().filter_map(|(key, versions)| {
            let (time, value) = versions.last_key_value()?;
            Some((key, value.as_ref()?, *time))
        })
    }
}
