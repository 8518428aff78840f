//! What a task does without a record: letting cached updates go at a commit, and wall-clock punctuations.

use super::pass::{Flowing, Pass};
use super::{Task, TaskEvent, TaskOutcome};
use crate::data::{Key, Value, WindowKind};
use crate::store::{CacheEntry, Store};
use crate::topology::SharedHeaders;
use crate::topology::evaluate::Context;
use crate::topology::processor::PunctuationType;
use crate::topology::{EmitStrategy, NodeId, Operator, StoreId, Subtopology};
use millrace_model::{Map, Timestamp};

impl Task {
    /// What a commit brings about: every cached update goes into its store and its changelog, and on to the nodes
    /// behind (`ProcessorStateManager.flushCache`). Nothing without caching.
    pub fn decide_commit(&self) -> TaskOutcome {
        let mut outcome = TaskOutcome::default();
        if self.failure.is_none() && self.topology.config().caching {
            let mut pass = Pass::new(self, &mut outcome);
            for store in self.subtopology().map_or(&[][..], |s| &s.stores) {
                pass.flush(*store);
            }
        }
        outcome
    }

    /// What it brings about that the wall clock shows `now`, in milliseconds: punctuations by wall-clock time.
    /// Told for the first time, processors count from there.
    pub fn decide_wall_clock(&self, now: Timestamp) -> TaskOutcome {
        let mut outcome = TaskOutcome::default();
        if self.failure.is_none() && self.wall_clock.is_none_or(|before| before < now) {
            let mut pass = Pass::new(self, &mut outcome);
            pass.punctuate(PunctuationType::WallClockTime, now.0);
            pass.outcome.events.push(TaskEvent::WallClockAdvanced { to: now });
        }
        outcome
    }

    /// When it wants to be told the wall-clock time next, in milliseconds: the first of its processors' punctuations.
    pub fn next_punctuation(&self) -> Option<Timestamp> {
        let sub = self.subtopology().filter(|_| self.punctuates && self.failure.is_none())?;
        let scheduled = |node: &NodeId| match self.topology.node(*node).map(|n| &n.operator) {
            Some(Operator::Process { processor, .. }) => {
                processor.punctuation().filter(|p| p.time == PunctuationType::WallClockTime)?;
                // Told for the first time, it begins to count.
                let next = self.wall_clock.and_then(|_| self.state_of(*node)).map_or(0, |s| s.next);
                Some(Timestamp(next))
            }
            _ => None,
        };
        sub.nodes.iter().filter_map(scheduled).min()
    }

    /// The nodes and stores that it runs.
    pub(super) fn subtopology(&self) -> Option<&Subtopology> {
        self.topology.subtopologies().get(usize::try_from(self.id.subtopology).ok()?)
    }

    /// True for the one that reads a global table.
    pub(super) fn is_global(&self) -> bool {
        self.subtopology().is_some_and(|s| s.global)
    }
}

impl Pass<'_> {
    /// The place at the end of a cache's queue.
    pub(super) fn next_in_cache(&self, store: StoreId) -> u64 {
        let cached = self.events().iter().rev().find_map(|event| match event {
            TaskEvent::UpdateCached { store: at, entry, .. } if *at == store => {
                Some(entry.order.saturating_add(1))
            }
            _ => None,
        });
        cached.unwrap_or_else(|| self.task.cache(store).map_or(0, |c| c.next()))
    }

    /// A key's cached update, this record's events included; `None` if the store has the newest.
    pub(super) fn cached(&self, store: StoreId, key: &Key) -> Option<&CacheEntry> {
        for event in self.events().iter().rev() {
            match event {
                TaskEvent::UpdateCached { store: at, key: of, entry, .. } if *at == store && of == key => {
                    return Some(entry);
                }
                TaskEvent::CacheFlushed { store: at, key: of } if *at == store && of == key => return None,
                _ => {}
            }
        }
        self.task.cache(store)?.get(key)
    }

    /// True if a cache stands in front of a windowed aggregation's store.
    fn caches_windows(&self, node: NodeId) -> bool {
        let emit = match self.task.topology.node(node).map(|n| &n.operator) {
            Some(
                Operator::WindowAggregate { emit, .. }
                | Operator::SlidingAggregate { emit, .. }
                | Operator::SessionAggregate { emit, .. },
            ) => *emit,
            _ => return false,
        };
        emit == EmitStrategy::OnWindowUpdate
    }

    /// Writes a window's or a session's change into the changelog, or queues it for the next commit. `old` is what
    /// the store had before.
    pub(super) fn log_window(
        &mut self,
        node: NodeId,
        store: StoreId,
        key: Key,
        (old, new): (Option<Value>, Option<Value>),
        timestamp: i64,
        context: &Context,
    ) {
        if !self.task.topology.config().caching || !self.caches_windows(node) {
            return self.log(store, key, new, timestamp, context, SharedHeaders::default());
        }
        let old = self.cached(store, &key).map_or(old, |before| before.old.clone());
        self.cache(node, store, key, (old, new), timestamp, context);
    }

    /// Hands a windowed update on, unless a cache holds it back.
    pub(super) fn forward_update(&mut self, node: NodeId, record: Flowing, context: &Context) {
        if !self.task.topology.config().caching || !self.caches_windows(node) {
            self.forward(node, record, context);
        }
    }

    /// Lets a store's cached updates go, the longest unwritten first.
    fn flush(&mut self, store: StoreId) {
        let Some(node) = self.writer(store) else { return };
        let mut dirty: Map<Key, CacheEntry> = Map::new();
        if let Some(cache) = self.task.cache(store) {
            dirty.extend(cache.all().map(|(key, entry)| (key.clone(), entry.clone())));
        }
        for event in self.events() {
            if let TaskEvent::UpdateCached { store: at, key, entry, .. } = event
                && *at == store
            {
                dirty.insert(key.clone(), (**entry).clone());
            }
        }
        let mut queue: Vec<(Key, CacheEntry)> = dirty.into_iter().collect();
        millrace_model::collections::sort::sort_by_key(&mut queue, |(_, entry)| entry.order);
        for (key, entry) in queue {
            self.outcome.events.push(TaskEvent::CacheFlushed { store, key: key.clone() });
            self.flush_entry(node, store, key, entry);
        }
    }

    /// `CachingKeyValueStore.putAndMaybeForward`.
    fn flush_entry(&mut self, node: NodeId, store: StoreId, key: Key, entry: CacheEntry) {
        let CacheEntry { old, cell, context, timestamp, .. } = entry;
        let is_table = matches!(self.task.store(store), Some(Store::KeyValue(_)));
        let old = match is_table {
            true => self.stored_row(store, &key).map(|(value, _)| value),
            false => old,
        };
        if cell.is_none() && old.is_none() {
            return;
        }
        let timestamp = cell.as_ref().map_or(timestamp, |cell| cell.timestamp.0);
        let new = cell.map(|cell| cell.value);
        // Windows are in their store already.
        let timestamp = match key.window().filter(|w| !is_table && w.kind == WindowKind::Session) {
            Some(session) => session.end.0,
            None => timestamp,
        };
        if is_table {
            self.put(node, store, key.clone(), (old.clone(), new.clone()), timestamp, &context);
        } else {
            self.log(store, key.clone(), new.clone(), timestamp, &context, SharedHeaders::default());
        }
        let old = old.filter(|_| self.sends_old(node));
        self.forward(node, Flowing { key: Some(key), new, old, timestamp }, &context);
    }

    /// The node whose results a store holds.
    fn writer(&self, store: StoreId) -> Option<NodeId> {
        let nodes = self.task.topology.nodes().iter().zip(0..);
        nodes.filter(|(node, _)| node.operator.store() == Some(store)).map(|(_, at)| NodeId(at)).next()
    }

    fn sends_old(&self, node: NodeId) -> bool {
        match self.task.topology.node(node).map(|n| &n.operator) {
            Some(
                Operator::TableSource { send_old, .. }
                | Operator::TableFilter { send_old, .. }
                | Operator::TableMapValues { send_old, .. },
            ) => *send_old,
            Some(Operator::TableJoinMerge(merge)) => merge.send_old,
            _ => true,
        }
    }
}
