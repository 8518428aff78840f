//! The cache in front of a store (`NamedCache` with `CachingKeyValueStore`): only the last update of a key goes on, at
//! the next commit.

use super::Cell;
use crate::data::{Key, Value};
use crate::topology::evaluate::Context;
use millrace_model::Map;
use std::sync::Arc;

/// An update that waits for the commit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CacheEntry {
    /// Where it stands in the queue: the key that was written longest ago goes first.
    pub order: u64,
    /// What a window or session was at the last commit; a table's row is looked up when it goes on.
    pub old: Option<Value>,
    /// The new value; `None` deletes.
    pub cell: Option<Cell>,
    /// The record that made it, with its timestamp.
    pub context: Context,
    /// The timestamp of that record.
    pub timestamp: i64,
}

/// Dirty entries of one store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cache {
    dirty: Arc<Map<Key, CacheEntry>>,
    next: u64,
}

impl Cache {
    /// The waiting update of a key.
    pub fn get(&self, key: &Key) -> Option<&CacheEntry> {
        self.dirty.get(key)
    }

    /// The place behind all that was ever queued.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Queues an update; one of the same key leaves its place.
    pub fn put(&mut self, key: Key, entry: CacheEntry) {
        self.next = self.next.max(entry.order.saturating_add(1));
        Arc::make_mut(&mut self.dirty).insert(key, entry);
    }

    /// Takes an update out.
    pub fn remove(&mut self, key: &Key) {
        Arc::make_mut(&mut self.dirty).remove(key);
    }

    /// What waits, by key.
    pub fn all(&self) -> impl Iterator<Item = (&Key, &CacheEntry)> {
        self.dirty.iter()
    }

    /// True when nothing waits.
    pub fn is_empty(&self) -> bool {
        self.dirty.is_empty()
    }
}
