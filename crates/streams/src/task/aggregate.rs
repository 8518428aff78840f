//! Aggregations with and without windows (`KStreamWindowAggregate`, `KStreamAggregate`).

use super::pass::{Flowing, Pass};
use super::{DropReason, TaskEvent};
use crate::data::{Key, Value, Window};
use crate::store::{Cell, Store, WindowStore};
use crate::topology::evaluate::{Context, Scene, SharedHeaders};
use crate::topology::function::Aggregation;
use crate::topology::{EmitStrategy, NodeId, StoreId, TimeWindows, WindowLayout};
use millrace_expr::EvalError;
use millrace_model::collections::sort;
use millrace_model::{Bytes, Map, Timestamp};

/// What stands in a window store under a key: the cell, or that this record has deleted it.
type Seen = Option<(Option<Value>, i64)>;

impl Pass<'_> {
    /// A record reaches a windowed aggregation.
    #[allow(clippy::too_many_arguments)] // The operator's fields one by one: a struct would be built per record.
    pub(super) fn aggregate_windows(
        &mut self,
        node: NodeId,
        windows: TimeWindows,
        aggregation: &Aggregation,
        emit: EmitStrategy,
        store: StoreId,
        record: Flowing,
        context: &Context,
    ) -> Result<(), EvalError> {
        let Some(key) = &record.key else {
            self.drop(node, record.timestamp, context, DropReason::NullKey);
            return Ok(());
        };
        // A windowed key that is windowed again is grouped by its bytes.
        let inner = key.to_bytes();
        let (from, stream_time) = self.advance(node, record.timestamp);
        if stream_time > from {
            self.observe_closings(node, windows, store, from, stream_time);
        }
        let close_time = stream_time.saturating_sub(windows.grace_ms());
        let scene = Scene {
            key: record.key.as_ref(),
            value: record.new.as_ref(),
            timestamp: record.timestamp,
            context,
        };
        for window in windows.windows_for(record.timestamp) {
            if window.end.0 <= close_time {
                let (stream_time, close_time) = (Timestamp(stream_time), Timestamp(close_time));
                let grace_ms = windows.grace_ms();
                let reason = DropReason::LateWindow { window, stream_time, grace_ms, close_time };
                self.drop(node, record.timestamp, context, reason);
                continue;
            }
            let stored = self.window_value(store, &inner, window.start.0);
            let (old, timestamp) = match stored {
                Some((Some(value), timestamp)) => (Some(value), record.timestamp.max(timestamp)),
                Some((None, _)) | None => (None, record.timestamp),
            };
            let new = aggregation.add(&scene, old.as_ref())?;
            let change_old = old.clone().or_else(|| aggregation.initial());
            self.put_window(node, store, &inner, window, (old, new.clone()), timestamp, context);
            if emit == EmitStrategy::OnWindowUpdate {
                let key = Some(Key::Windowed { key: inner.clone(), window });
                self.forward(node, Flowing { key, new, old: change_old, timestamp }, context);
            }
        }
        if emit == EmitStrategy::OnWindowClose {
            self.emit_final(node, windows, store, close_time, context);
        }
        Ok(())
    }

    fn window_store(&self, store: StoreId) -> Option<&WindowStore> {
        match self.task.store(store)? {
            Store::Window(windows) => Some(windows),
            Store::KeyValue(_) | Store::Buffer(_) => None,
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

    fn window_value(&self, store: StoreId, key: &Bytes, start: i64) -> Seen {
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

    #[allow(clippy::too_many_arguments)] // One event's fields.
    fn put_window(
        &mut self,
        node: NodeId,
        store: StoreId,
        key: &Bytes,
        window: Window,
        (old, new): (Option<Value>, Option<Value>),
        timestamp: i64,
        context: &Context,
    ) {
        let Some(base) = self.window_store(store) else { return };
        let before = self.store_time(store, base);
        let kept_from = base.kept_from(before.max(window.start.0));
        let expires = kept_from > base.kept_from(before) && base.first_start().is_some_and(|s| s < kept_from);
        if window.start.0 < kept_from {
            return self.drop(node, timestamp, context, DropReason::ExpiredSegment { window });
        }
        if expires {
            self.outcome.events.push(TaskEvent::StoreExpired { store, before: Timestamp(kept_from) });
        }
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
        let stored = Key::Windowed { key: key.clone(), window };
        self.log(store, stored, new, timestamp, context, SharedHeaders::default());
    }

    /// Says which windows of the store the new stream time has closed.
    fn observe_closings(&mut self, node: NodeId, windows: TimeWindows, store: StoreId, from: i64, to: i64) {
        let Some(base) = self.window_store(store) else { return };
        let open_for = windows.size_ms().saturating_add(windows.grace_ms());
        let (from, to) = (from.saturating_sub(open_for).saturating_add(1), to.saturating_sub(open_for));
        if base.first_start().is_none_or(|first| first > to) {
            return;
        }
        let visible = base.visible_from(base.stream_time()).max(from);
        let closed: Vec<i64> = base.starts(visible, to).collect();
        for start in closed {
            let window = Window::time(start, windows.size_ms());
            self.outcome.events.push(TaskEvent::WindowClosed { node, window });
        }
    }

    /// Sends the results of windows that have closed since the last time (`maybeForwardFinalResult`).
    fn emit_final(
        &mut self,
        node: NodeId,
        windows: TimeWindows,
        store: StoreId,
        close_time: i64,
        context: &Context,
    ) {
        let last = self.emitted_until(node);
        let upper = close_time.saturating_sub(windows.size_ms());
        if (last != -1 && last >= close_time) || upper < 0 {
            return;
        }
        let lower =
            if last == -1 { 0 } else { last.saturating_sub(windows.size_ms()).max(0).saturating_add(1) };
        if last != -1 && windows.windows_for(upper).eq(windows.windows_for(lower.saturating_sub(1))) {
            return;
        }
        let results = self.windows_between(store, lower, upper);
        self.outcome.events.push(TaskEvent::FinalResultsEmitted { node, close_time: Timestamp(close_time) });
        for (start, key, cell) in results {
            let key = Some(Key::Windowed { key, window: Window::time(start, windows.size_ms()) });
            let record = Flowing { key, new: Some(cell.value), old: None, timestamp: cell.timestamp.0 };
            self.forward(node, record, context);
        }
    }

    fn emitted_until(&self, node: NodeId) -> i64 {
        let newest = self.events().iter().rev().find_map(|event| match event {
            TaskEvent::FinalResultsEmitted { node: at, close_time } if *at == node => Some(close_time.0),
            _ => None,
        });
        newest.unwrap_or_else(|| self.task.state_of(node).map_or(-1, |s| s.emitted_until))
    }

    /// `fetchAll`, in the order of the store's layout.
    fn windows_between(&self, store: StoreId, from: i64, to: i64) -> Vec<(i64, Bytes, Cell)> {
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

    /// A record reaches an aggregation without windows.
    pub(super) fn aggregate(
        &mut self,
        node: NodeId,
        aggregation: &Aggregation,
        store: StoreId,
        record: Flowing,
        context: &Context,
    ) -> Result<(), EvalError> {
        let (Some(key), Some(_)) = (&record.key, &record.new) else {
            self.drop(node, record.timestamp, context, DropReason::NullKeyOrValue);
            return Ok(());
        };
        let stored = self.table_value(store, key);
        let (old, timestamp) = match stored {
            Some((Some(value), timestamp)) => (Some(value), record.timestamp.max(timestamp)),
            Some((None, _)) | None => (None, record.timestamp),
        };
        let scene =
            Scene { key: Some(key), value: record.new.as_ref(), timestamp: record.timestamp, context };
        let new = aggregation.add(&scene, old.as_ref())?;
        self.outcome.events.push(TaskEvent::TableUpdated {
            node,
            store,
            key: key.clone(),
            old: old.clone(),
            new: new.clone(),
            timestamp: Timestamp(timestamp),
            origin: context.origin,
        });
        self.log(store, key.clone(), new.clone(), timestamp, context, SharedHeaders::default());
        let old = old.or_else(|| aggregation.initial());
        self.forward(node, Flowing { key: record.key, new, old, timestamp }, context);
        Ok(())
    }

    fn table_value(&self, store: StoreId, key: &Key) -> Seen {
        let pending = self.events().iter().rev().find_map(|event| match event {
            TaskEvent::TableUpdated { store: at, key: of, new, timestamp, .. }
                if *at == store && of == key =>
            {
                Some((new.clone(), timestamp.0))
            }
            _ => None,
        });
        pending.or_else(|| match self.task.store(store)? {
            Store::KeyValue(table) => table.get(key).map(|c| (Some(c.value.clone()), c.timestamp.0)),
            Store::Window(_) | Store::Buffer(_) => None,
        })
    }
}
