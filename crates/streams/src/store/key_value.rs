//! `TimestampedKeyValueStore`.

use super::Cell;
use crate::data::Key;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Keys and their newest value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyValueStore {
    cells: Arc<BTreeMap<Key, Cell>>,
}

impl KeyValueStore {
    /// The value of a key.
    pub fn get(&self, key: &Key) -> Option<&Cell> {
        self.cells.get(key)
    }

    /// Sets a key's value; `None` deletes it.
    pub fn put(&mut self, key: &Key, cell: Option<Cell>) {
        let cells = Arc::make_mut(&mut self.cells);
        match cell {
            None => {
                cells.remove(key);
            }
            Some(cell) => match cells.get_mut(key) {
                Some(slot) => *slot = cell,
                None => {
                    cells.insert(key.clone(), cell);
                }
            },
        }
    }

    /// Every key and value, by key.
    pub fn all(&self) -> impl Iterator<Item = (&Key, &Cell)> {
        self.cells.iter()
    }

    /// Keys from this one on, by key.
    pub fn from(&self, key: &Key) -> impl Iterator<Item = (&Key, &Cell)> {
        self.cells.range(key..)
    }

    /// How many keys it holds.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// True without keys.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }
}
