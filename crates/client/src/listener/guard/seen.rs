//! What an idempotent consumer remembers: ids with their times, a Bloom filter, the rows of an inbox.

use super::dedupe::{Bloom, Dedupe, StoreKind};
use super::{GuardDeed, Guarded};
use crate::listener::event::InstanceEvent;
use millrace_model::{Bytes, Map, StableHasher, Time};
use std::sync::Arc;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Seen {
    marks: Map<Arc<str>, Time>,
    bits: Vec<u64>,
    /// Rows that are stored and not done.
    inbox: Map<Arc<str>, Time>,
    lookups: u64,
    spared: u64,
    /// How many records of a key wait in the retry topic.
    parked: Map<Bytes, u32>,
}

impl Seen {
    /// Whether the id counts as seen. A Bloom filter never forgets one and sometimes takes a new one for an old.
    pub fn is_seen(&self, dedupe: &Dedupe, id: &str, now: Time) -> bool {
        if let Some(bloom) = dedupe.bloom
            && !self.is_in_filter(bloom, id)
        {
            return false;
        }
        if dedupe.store == StoreKind::FilterOnly {
            return dedupe.bloom.is_some();
        }
        self.inbox.contains_key(id)
            || self.marks.get(id).is_some_and(|at| dedupe.window.is_none_or(|window| *at + window > now))
    }

    /// True if a record of the key waits in the retry topic.
    pub fn is_parked(&self, key: &Bytes) -> bool {
        self.parked.contains_key(key)
    }

    /// One more record of the key waits.
    pub fn park(&mut self, key: &Bytes) {
        *self.parked.entry(key.clone()).or_insert(0) += 1;
    }

    /// One of them is done, or dead.
    pub fn release(&mut self, key: &Bytes) {
        if let Some(count) = self.parked.get_mut(key) {
            *count = count.saturating_sub(1);
        }
        self.parked.retain(|_, count| *count > 0);
    }

    /// How often the store was asked, and how often the filter made that needless.
    pub fn lookups(&self) -> (u64, u64) {
        (self.lookups, self.spared)
    }

    /// Ids that are kept.
    pub fn len(&self) -> usize {
        self.marks.len()
    }

    /// True if no id is kept.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// Rows of the inbox that are not done.
    pub fn inbox(&self) -> impl Iterator<Item = &Arc<str>> {
        self.inbox.keys()
    }

    /// Takes over what an event says about ids.
    pub fn apply(&mut self, dedupe: &Dedupe, event: &InstanceEvent) {
        match event {
            InstanceEvent::Handled(handled) => {
                if let Some(id) = &handled.mark {
                    self.mark(dedupe, id, handled.at);
                }
            }
            InstanceEvent::Guarded { guarded, .. } => match guarded.deed {
                GuardDeed::Marked => self.mark(dedupe, &guarded.id, guarded.at),
                GuardDeed::Dropped => self.lookups += 1,
                GuardDeed::Stored => self.store(guarded),
            },
            _ => {}
        }
    }

    fn store(&mut self, guarded: &Guarded) {
        self.inbox.insert(guarded.id.clone(), guarded.at);
    }

    /// The row is done.
    pub fn finish(&mut self, dedupe: &Dedupe, id: &Arc<str>, at: Time) {
        self.inbox.remove(id);
        self.mark(dedupe, id, at);
    }

    fn mark(&mut self, dedupe: &Dedupe, id: &Arc<str>, at: Time) {
        match dedupe.bloom {
            Some(bloom) if !self.is_in_filter(bloom, id) => self.spared += 1,
            _ => self.lookups += 1,
        }
        if let Some(bloom) = dedupe.bloom {
            self.bits.resize(words(bloom), 0);
            for (word, bit) in places(bloom, id) {
                if let Some(word) = self.bits.get_mut(word) {
                    *word |= bit;
                }
            }
        }
        if dedupe.store != StoreKind::FilterOnly {
            self.marks.insert(id.clone(), at);
        }
        if let Some(window) = dedupe.window {
            self.marks.retain(|_, marked| *marked + window > at);
        }
    }

    fn is_in_filter(&self, bloom: Bloom, id: &str) -> bool {
        places(bloom, id).all(|(word, bit)| self.bits.get(word).is_some_and(|word| word & bit != 0))
    }
}

fn words(bloom: Bloom) -> usize {
    bloom.bits.div_ceil(64) as usize
}

/// Two hashes make all the others (Kirsch and Mitzenmacher).
fn places(bloom: Bloom, id: &str) -> impl Iterator<Item = (usize, u64)> {
    let (first, second) = (StableHasher::of(&(id, 1_u8)), StableHasher::of(&(id, 2_u8)) | 1);
    (0..u64::from(bloom.hashes)).map(move |n| {
        let bit = first.wrapping_add(n.wrapping_mul(second)) % u64::from(bloom.bits.max(64));
        ((bit / 64) as usize, 1 << (bit % 64))
    })
}
