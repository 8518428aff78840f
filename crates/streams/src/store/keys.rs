//! The keys of one window and their values: a hash table of our own, since the standard one iterates at random.
//!
//! A search compares hashes that lie side by side, follows one pointer and makes no copy of the key. Iteration is in no
//! order that means anything, but the same wherever the same was done; readers sort.

use super::Cell;
use millrace_model::{Bytes, StableHasher};
use std::hash::Hasher;

/// Keys and values. Open addressing: `slots` says at which place among the entries a hash is to be found.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    /// Zero is free; else one more than the place of the entry. Its length is zero or a power of two.
    slots: Vec<u32>,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    hash: u64,
    key: Bytes,
    cell: Cell,
}

/// The hash that a key is found by.
pub(super) fn hash(key: &[u8]) -> u64 {
    let mut hasher = StableHasher::default();
    hasher.write(key);
    hasher.finish()
}

impl Keys {
    /// The value of a key with this hash.
    pub fn get(&self, hash: u64, key: &[u8]) -> Option<&Cell> {
        let (_, place) = self.find(hash, key)?;
        self.entries.get(place).map(|entry| &entry.cell)
    }

    /// Sets the value of a key with this hash.
    pub fn insert(&mut self, hash: u64, key: &Bytes, cell: Cell) {
        if let Some((_, place)) = self.find(hash, key) {
            if let Some(entry) = self.entries.get_mut(place) {
                entry.cell = cell;
            }
            return;
        }
        self.entries.push(Entry { hash, key: key.clone(), cell });
        // At most three quarters full, so that a free slot ends every search.
        if self.entries.len() * 4 > self.slots.len() * 3 {
            self.slots = vec![0; (self.slots.len() * 2).max(8)];
            for place in 0..self.entries.len() {
                self.enter(place);
            }
        } else {
            self.enter(self.entries.len() - 1);
        }
    }

    /// Removes a key with this hash.
    pub fn remove(&mut self, hash: u64, key: &[u8]) {
        let Some((slot, place)) = self.find(hash, key) else { return };
        self.free(slot);
        let last = self.entries.len() - 1;
        // The last entry takes the place of the removed one.
        if last != place
            && let Some(slot) = self.slot_of(last)
            && let Some(slot) = self.slots.get_mut(slot)
        {
            *slot = stored(place);
        }
        self.entries.swap_remove(place);
    }

    /// True without keys.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many keys it has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// The bytes of its table, free places included; the keys' own are shared with the records that brought them.
    pub fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<u32>() + self.entries.capacity() * size_of::<Entry>()
    }

    /// Every key and value.
    pub fn iter(&self) -> impl Iterator<Item = (&Bytes, &Cell)> {
        self.entries.iter().map(|entry| (&entry.key, &entry.cell))
    }

    fn mask(&self) -> usize {
        self.slots.len().wrapping_sub(1)
    }

    /// The slots to look at for a hash, from its own on, each with the place that it leads to.
    fn probe(&self, hash: u64) -> impl Iterator<Item = (usize, usize)> {
        let (mask, home) = (self.mask(), home(hash));
        let slots = (0..self.slots.len()).map(move |step| home.wrapping_add(step) & mask);
        slots.map_while(|slot| Some((slot, self.place_at(slot)?)))
    }

    fn place_at(&self, slot: usize) -> Option<usize> {
        usize::try_from(*self.slots.get(slot)?).ok()?.checked_sub(1)
    }

    fn find(&self, hash: u64, key: &[u8]) -> Option<(usize, usize)> {
        self.probe(hash).find(|(_, place)| {
            self.entries.get(*place).is_some_and(|entry| entry.hash == hash && *entry.key == *key)
        })
    }

    fn slot_of(&self, place: usize) -> Option<usize> {
        let hash = self.entries.get(place)?.hash;
        self.probe(hash).find(|(_, found)| *found == place).map(|(slot, _)| slot)
    }

    /// Makes an entry findable.
    fn enter(&mut self, place: usize) {
        let Some(hash) = self.entries.get(place).map(|entry| entry.hash) else { return };
        let mask = self.mask();
        let mut slot = home(hash) & mask;
        while self.place_at(slot).is_some() {
            slot = slot.wrapping_add(1) & mask;
        }
        if let Some(free) = self.slots.get_mut(slot) {
            *free = stored(place);
        }
    }

    /// Frees a slot and moves up what could no longer be found behind it.
    fn free(&mut self, mut hole: usize) {
        let mask = self.mask();
        let mut slot = hole;
        loop {
            slot = slot.wrapping_add(1) & mask;
            let Some(place) = self.place_at(slot) else { break };
            let Some(entry) = self.entries.get(place) else { break };
            // How far the entry is from its own slot, and how far the hole is from this one.
            let (away, back) = (slot.wrapping_sub(home(entry.hash)) & mask, slot.wrapping_sub(hole) & mask);
            if away >= back {
                if let Some(to) = self.slots.get_mut(hole) {
                    *to = stored(place);
                }
                hole = slot;
            }
        }
        if let Some(to) = self.slots.get_mut(hole) {
            *to = 0;
        }
    }
}

/// Where a hash would like to lie; the mask cuts it to the size of the table.
fn home(hash: u64) -> usize {
    // The same on 32 and 64 bits.
    (hash & 0xffff_ffff) as usize
}

fn stored(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX).saturating_add(1)
}

/// Equal when the same keys have the same values, whatever was removed in between.
impl PartialEq for Keys {
    fn eq(&self, other: &Keys) -> bool {
        let same = |entry: &Entry| other.get(entry.hash, &entry.key) == Some(&entry.cell);
        self.entries.len() == other.entries.len() && self.entries.iter().all(same)
    }
}

impl Eq for Keys {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Value;
    use millrace_model::Timestamp;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn cell(n: i64) -> Cell {
        Cell { value: Value::Long(n), timestamp: Timestamp(n) }
    }

    proptest! {
        /// Any puts and removals, with hashes that collide, against an ordinary map.
        #[test]
        fn it_is_a_map(steps in proptest::collection::vec((0_u8..24, any::<bool>(), 1_u64..9), 0..200)) {
            let bad = |key: u8, spread: u64| u64::from(key) % spread;
            let spread = steps.first().map_or(1, |s| s.2);
            let (mut keys, mut map) = (Keys::default(), BTreeMap::new());
            for (n, (key, put, _)) in (0..).zip(steps) {
                let (hash, bytes): (u64, Bytes) = (bad(key, spread), [key][..].into());
                if put {
                    keys.insert(hash, &bytes, cell(n));
                    map.insert(key, n);
                } else {
                    keys.remove(hash, &bytes);
                    map.remove(&key);
                }
                for key in 0..24 {
                    let found = keys.get(bad(key, spread), &[key]).cloned();
                    prop_assert_eq!(found, map.get(&key).map(|n| cell(*n)));
                }
            }
            let all: BTreeMap<u8, Cell> = keys.iter().map(|(k, c)| (k[0], c.clone())).collect();
            prop_assert_eq!(keys.is_empty(), map.is_empty());
            prop_assert_eq!(all, map.into_iter().map(|(k, n)| (k, cell(n))).collect::<BTreeMap<_, _>>());
        }
    }

    #[test]
    fn the_way_to_the_same_content_does_not_matter() {
        let (a, b): (Bytes, Bytes) = (b"a"[..].into(), b"b"[..].into());
        let (mut one, mut other) = (Keys::default(), Keys::default());
        one.insert(hash(&a), &a, cell(1));
        one.insert(hash(&b), &b, cell(2));
        other.insert(hash(&b), &b, cell(2));
        assert_ne!(one, other);
        other.insert(hash(&a), &a, cell(1));
        assert_eq!(one, other);
    }
}
