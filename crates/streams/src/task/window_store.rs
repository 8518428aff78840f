//! A window store as one record sees it: what the task holds, and what this record has changed so far.

use super::aggregate::{Reached, Seen};
use super::pass::Pass;
use super::{DropReason, TaskEvent};
use crate::data::{Key, Value, Window};
use crate::store::{Cell, Store, WindowStore};
use crate::topology::{NodeId, StoreId, WindowLayout, Windows};
use millrace_model::collections::sort;
use millrace_model::{Bytes, Map, Timestamp};

impl Pass<'_> {
    fn window_store(&self, store: StoreId) -> Option<&WindowStore> {
        match self.task.store(store)? {
            Store::Window(windows) => Some(windows),
            _ => None,
        }
    }

    /// The store's stream time, this record's events included.
    fn store_time(&self, store: StoreId, base: &WindowStore) -> i64 {
        let put = |event: &TaskEvent| match event {
            TaskEvent::WindowUpdated { store: at, window, .. } if *at == store => Some(window.start.0),
            _ => None,
        };
        self.events().iter().filter_map(put).fold(base.stream_time(), i64::max)
    }

    pub(super) fn window_value(&self, store: StoreId, key: &Bytes, start: i64) -> Seen {
        let base = self.window_store(store)?;
        if start < base.visible_from(self.store_time(store, base)) {
            return None;
        }
        let pending = self.events().iter().rev().find_map(|event| match event {
            TaskEvent::WindowUpdated { store: at, key: of, window, new, timestamp, .. }
                if *at == store && window.start.0 == start && of == key =>
            {
                Some((new.clone(), timestamp.0))
            }
            _ => None,
        });
        pending.or_else(|| base.stored(key, start).map(|c| (Some(c.value.clone()), c.timestamp.0)))
    }

    pub(super) fn put_window(
        &mut self,
        Reached { node, store, context, .. }: Reached<'_>,
        key: &Bytes,
        window: Window,
        (old, new): (Option<Value>, Option<Value>),
        timestamp: i64,
    ) {
        let Some(base) = self.window_store(store) else { return };
        let before = self.store_time(store, base);
        let before_put = old.clone();
        // A new largest start may end the life of segments; any other may itself come too late for its own.
        let mut is_expired = false;
        if window.start.0 > before {
            let kept_from = base.kept_from(window.start.0);
            if kept_from > base.kept_from(before) && base.first_start().is_some_and(|s| s < kept_from) {
                self.outcome.events.push(TaskEvent::StoreExpired { store, before: Timestamp(kept_from) });
            }
        } else if window.start.0 < base.visible_from(before) {
            is_expired = window.start.0 < base.kept_from(before);
        }
        if is_expired {
            self.drop(node, timestamp, context, DropReason::ExpiredSegment { window });
        } else {
            self.outcome.events.push(TaskEvent::WindowUpdated {
                node,
                store,
                key: key.clone(),
                window,
                old,
                new: new.clone(),
                timestamp: Timestamp(timestamp),
                origin: context.origin,
            });
        }
        // The changelog is written whether or not the store has taken it.
        let stored = Key::Windowed { key: key.clone(), window };
        self.log_window(node, store, stored, (before_put, new), timestamp, context);
    }

    /// Says which windows of the store the new stream time has closed. Sessions are not in such a store.
    pub(super) fn observe_closings(
        &mut self,
        node: NodeId,
        windows: Windows,
        store: StoreId,
        from: i64,
        to: i64,
    ) {
        let Some(base) = self.window_store(store) else { return };
        let size_ms = base.size_ms();
        // From a window's start to the stream time that closes it.
        let open_for = windows.closes_at(Window::time(0, size_ms));
        let (from, to) = (from.saturating_sub(open_for).saturating_add(1), to.saturating_sub(open_for));
        if base.first_start().is_none_or(|first| first > to) {
            return;
        }
        let visible = base.visible_from(base.stream_time()).max(from);
        let closed: Vec<i64> = base.starts(visible, to).collect();
        for start in closed {
            self.outcome.events.push(TaskEvent::WindowClosed { node, window: Window::time(start, size_ms) });
        }
    }

    /// The windows of a key that start from `from` to `to`, both included, by start.
    pub(super) fn windows_of(&self, store: StoreId, key: &Bytes, from: i64, to: i64) -> Vec<(i64, Cell)> {
        let Some(base) = self.window_store(store) else { return Vec::new() };
        let from = from.max(base.visible_from(self.store_time(store, base)));
        let mut found: Vec<(i64, Cell)> =
            base.of_key(key, from, to).map(|(start, cell)| (start, cell.clone())).collect();
        for event in self.events() {
            if let TaskEvent::WindowUpdated { store: at, key: of, window, new, timestamp, .. } = event
                && *at == store
                && of == key
                && (from..=to).contains(&window.start.0)
            {
                let start = window.start.0;
                found.retain(|(other, _)| *other != start);
                let place = found.partition_point(|(other, _)| *other < start);
                if let Some(value) = new {
                    found.insert(place, (start, Cell { value: value.clone(), timestamp: *timestamp }));
                }
            }
        }
        found
    }

    /// `fetchAll`, in the order of the store's layout.
    pub(super) fn windows_between(&self, store: StoreId, from: i64, to: i64) -> Vec<(i64, Bytes, Cell)> {
        let Some(base) = self.window_store(store) else { return Vec::new() };
        let from = from.max(base.visible_from(self.store_time(store, base)));
        let mut found: Map<(i64, Bytes), Option<Cell>> = base
            .range(from, to)
            .map(|(start, key, cell)| ((start, key.clone()), Some(cell.clone())))
            .collect();
        for event in self.events() {
            if let TaskEvent::WindowUpdated { store: at, key, window, new, timestamp, .. } = event
                && *at == store
                && (from..=to).contains(&window.start.0)
            {
                let cell = new.as_ref().map(|v| Cell { value: v.clone(), timestamp: *timestamp });
                found.insert((window.start.0, key.clone()), cell);
            }
        }
        let mut all: Vec<(i64, Bytes, Cell)> =
            found.into_iter().filter_map(|((start, key), cell)| Some((start, key, cell?))).collect();
        if base.layout() == WindowLayout::KeyFirst {
            sort::sort_by_key(&mut all, |(start, key, _)| {
                (base.segment(*start), [&**key, &start.to_be_bytes(), &[0; 4]].concat())
            });
        }
        all
    }
}
