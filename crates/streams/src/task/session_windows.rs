//! Session aggregations (`KStreamSessionWindowAggregate`): a record opens a session, extends one, or joins several.

use super::aggregate::Reached;
use super::pass::{Flowing, Pass};
use super::{DropReason, TaskEvent};
use crate::data::{Key, Value, Window};
use crate::store::{SessionStore, Store};
use crate::topology::evaluate::Scene;
use crate::topology::function::Merger;
use crate::topology::{EmitStrategy, NodeId, SessionWindows, StoreId};
use millrace_expr::EvalError;
use millrace_model::{Bytes, Map, Timestamp};

impl Pass<'_> {
    /// A record reaches a session aggregation.
    pub(super) fn aggregate_sessions(
        &mut self,
        at: Reached<'_>,
        windows: SessionWindows,
        merger: &Merger,
        record: Flowing,
    ) -> Result<(), EvalError> {
        let Reached { node, store, context, .. } = at;
        let timestamp = record.timestamp;
        if record.key.is_none() {
            self.drop(node, timestamp, context, DropReason::NullKey);
            return Ok(());
        }
        let (from, stream_time) = self.advance(node, timestamp);
        if stream_time > from {
            self.observe_ended_sessions(node, windows, store, from, stream_time);
        }
        self.aggregate_in_sessions(at, (windows, stream_time), merger, record)
    }

    /// The same once time is known.
    pub(super) fn aggregate_in_sessions(
        &mut self,
        at: Reached<'_>,
        (windows, stream_time): (SessionWindows, i64),
        merger: &Merger,
        record: Flowing,
    ) -> Result<(), EvalError> {
        let Reached { node, store, aggregation, emit, context } = at;
        let timestamp = record.timestamp;
        let Some(key) = &record.key else { return Ok(()) };
        let inner = key.to_bytes();
        let close_time = stream_time.saturating_sub(windows.wait_ms());
        let earliest_end = timestamp.saturating_sub(windows.gap_ms());
        let latest_start = timestamp.saturating_add(windows.gap_ms());
        let merged = self.sessions_of(store, &inner, earliest_end, latest_start);
        let alone = Window::session(timestamp, timestamp);
        let (mut window, mut aggregate) = (alone, aggregation.initial());
        for (session, value) in &merged {
            aggregate = merger.merge(aggregate.as_ref(), Some(value))?;
            window.start = window.start.min(session.start);
            window.end = window.end.max(session.end);
        }
        let emits_updates = emit == EmitStrategy::OnWindowUpdate;
        if window.end.0 < close_time {
            let (stream_time, close_time) = (Timestamp(stream_time), Timestamp(close_time));
            let (gap_ms, grace_ms) = (windows.gap_ms(), windows.grace_ms());
            let reason = DropReason::LateSession { window, stream_time, gap_ms, grace_ms, close_time };
            self.drop(node, timestamp, context, reason);
        } else {
            let mut replaced = None;
            for (session, value) in merged {
                // A record at the very time of a session of one moment changes that one in place.
                if window == alone {
                    replaced = Some(value);
                    continue;
                }
                self.put_session(at, &inner, session, (Some(value.clone()), None), timestamp);
                if emits_updates {
                    let key = Some(Key::Windowed { key: inner.clone(), window: session });
                    let gone = Flowing { key, new: None, old: Some(value), timestamp: session.end.0 };
                    self.forward_update(node, gone, context);
                }
            }
            let (key, value) = (record.key.as_ref(), record.new.as_ref());
            let new = aggregation.add(&Scene { key, value, timestamp, context }, aggregate.as_ref())?;
            self.put_session(at, &inner, window, (replaced, new.clone()), timestamp);
            if emits_updates {
                let key = Some(Key::Windowed { key: inner, window });
                self.forward_update(node, Flowing { key, new, old: None, timestamp: window.end.0 }, context);
            }
        }
        if emit == EmitStrategy::OnWindowClose {
            self.emit_final(node, windows.into(), store, close_time, context);
        }
        Ok(())
    }

    fn session_store(&self, store: StoreId) -> Option<&SessionStore> {
        match self.task.store(store)? {
            Store::Session(sessions) => Some(sessions),
            _ => None,
        }
    }

    /// What this record has done to the sessions of a store so far.
    fn changed_sessions(&self, store: StoreId) -> impl Iterator<Item = (&Bytes, Window, Option<&Value>)> {
        self.events().iter().filter_map(move |event| match event {
            TaskEvent::WindowUpdated { store: at, key, window, new, .. } if *at == store => {
                Some((key, *window, new.as_ref()))
            }
            _ => None,
        })
    }

    /// The store's stream time, this record's events included.
    fn session_time(&self, store: StoreId, base: &SessionStore) -> i64 {
        self.changed_sessions(store).map(|(_, window, _)| window.end.0).fold(base.stream_time(), i64::max)
    }

    /// `findSessions(key, earliestSessionEndTime, latestSessionStartTime)`: by end and start.
    pub(super) fn sessions_of(
        &self,
        store: StoreId,
        key: &Bytes,
        earliest_end: i64,
        latest_start: i64,
    ) -> Vec<(Window, Value)> {
        let Some(base) = self.session_store(store) else { return Vec::new() };
        let earliest_end = earliest_end.max(base.visible_from(self.session_time(store, base)));
        let stored = base.find(key, earliest_end, latest_start);
        let mut found: Vec<(Window, Value)> = stored.map(|(window, value)| (window, value.clone())).collect();
        for (of, window, new) in self.changed_sessions(store) {
            if of == key && window.end.0 >= earliest_end && window.start.0 <= latest_start {
                found.retain(|(other, _)| *other != window);
                let place = found.partition_point(|(w, _)| (w.end, w.start) < (window.end, window.start));
                if let Some(new) = new {
                    found.insert(place, (window, new.clone()));
                }
            }
        }
        found
    }

    /// `findSessions(earliestSessionEndTime, latestSessionEndTime)`: by end, start and key. Retention does not hide a
    /// session here as long as its segment is kept.
    pub(super) fn sessions_ending(&self, store: StoreId, from: i64, to: i64) -> Vec<(Window, Bytes, Value)> {
        let Some(base) = self.session_store(store) else { return Vec::new() };
        let from = from.max(base.kept_from(self.session_time(store, base)));
        let mut found: Map<(Timestamp, Timestamp, Bytes), Value> = base
            .ending(from, to)
            .map(|(window, key, value)| ((window.end, window.start, key.clone()), value.clone()))
            .collect();
        for (key, window, new) in self.changed_sessions(store) {
            if (from..=to).contains(&window.end.0) {
                let at = (window.end, window.start, key.clone());
                match new {
                    Some(new) => found.insert(at, new.clone()),
                    None => found.remove(&at),
                };
            }
        }
        let session = |((end, start, key), value): ((Timestamp, Timestamp, _), _)| {
            (Window::session(start.0, end.0), key, value)
        };
        found.into_iter().map(session).collect()
    }

    pub(super) fn put_session(
        &mut self,
        Reached { node, store, context, .. }: Reached<'_>,
        key: &Bytes,
        window: Window,
        (old, new): (Option<Value>, Option<Value>),
        timestamp: i64,
    ) {
        let Some(base) = self.session_store(store) else { return };
        let before = self.session_time(store, base);
        let before_put = old.clone();
        let kept_from = base.kept_from(before.max(window.end.0));
        let expires =
            kept_from > base.kept_from(before) && base.first_end().is_some_and(|end| end < kept_from);
        if expires {
            self.outcome.events.push(TaskEvent::StoreExpired { store, before: Timestamp(kept_from) });
        }
        if window.end.0 >= kept_from {
            self.outcome.events.push(TaskEvent::WindowUpdated {
                node,
                store,
                key: key.clone(),
                window,
                old,
                new: new.clone(),
                timestamp: window.end,
                origin: context.origin,
            });
        } else if new.is_some() {
            self.drop(node, timestamp, context, DropReason::ExpiredSegment { window });
        }
        // The changelog is written whether or not the store has taken it.
        let stored = Key::Windowed { key: key.clone(), window };
        self.log_window(node, store, stored, (before_put, new), timestamp, context);
    }

    /// Says which sessions of the store the new stream time has closed.
    pub(super) fn observe_ended_sessions(
        &mut self,
        node: NodeId,
        windows: SessionWindows,
        store: StoreId,
        from: i64,
        to: i64,
    ) {
        let Some(base) = self.session_store(store) else { return };
        let last = to.saturating_sub(windows.wait_ms()).saturating_sub(1);
        if base.first_end().is_none_or(|first| first > last) {
            return;
        }
        let visible = base.visible_from(base.stream_time());
        let first = from.saturating_sub(windows.wait_ms()).max(visible);
        let mut closed: Vec<Window> = base.ending(first, last).map(|(window, ..)| window).collect();
        closed.dedup();
        for window in closed {
            self.outcome.events.push(TaskEvent::WindowClosed { node, window });
        }
    }
}
