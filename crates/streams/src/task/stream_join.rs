//! Joins of two streams (`KStreamJoinWindow`, `KStreamKStreamJoin`, `KStreamKStreamSelfJoin`).

use super::pass::{Flowing, Pass};
use super::{DropReason, TaskEvent};
use crate::data::{Key, Value, Window};
use crate::store::outer_join::list_bytes;
use crate::store::{Awaiting, JoinRecord, JoinStore, OuterJoinStore, Store};
use crate::topology::SharedHeaders;
use crate::topology::evaluate::Context;
use crate::topology::join::{SelfJoin, StreamJoin};
use crate::topology::{NodeId, Side, StoreId};
use millrace_model::{Bytes, Map, Timestamp};

impl Pass<'_> {
    /// A record of one side goes on to meet the other side's, and is then kept.
    pub(super) fn keep_for_join(&mut self, node: NodeId, store: StoreId, record: Flowing, context: &Context) {
        self.forward(node, record.clone(), context);
        if let (Some(key), Some(value)) = (&record.key, record.new) {
            self.put_join_record(node, store, key.to_bytes(), record.timestamp, value, context);
        }
    }

    fn put_join_record(
        &mut self,
        node: NodeId,
        store: StoreId,
        key: Bytes,
        time: i64,
        value: Value,
        context: &Context,
    ) {
        let Some(base) = self.join_store(store) else { return };
        let (before, sequence) = self.join_progress(store, base);
        let kept_from = base.kept_from(before.max(time));
        let sequence = sequence.wrapping_add(1) & i32::MAX;
        let record = JoinRecord { key, time, sequence, value };
        let logged = (Key::Plain(record.changelog_key()), Some(record.value.clone()));
        if time < kept_from {
            let window = Window::time(time, base.size_ms());
            self.drop(node, time, context, DropReason::ExpiredSegment { window });
        } else {
            if kept_from > base.kept_from(before) && base.has_before(kept_from) {
                self.outcome.events.push(TaskEvent::StoreExpired { store, before: Timestamp(kept_from) });
            }
            let origin = context.origin;
            self.outcome.events.push(TaskEvent::JoinRecordKept { node, store, record, origin });
        }
        self.log(store, logged.0, logged.1, time, context, SharedHeaders::default());
    }

    fn join_store(&self, store: StoreId) -> Option<&JoinStore> {
        match self.task.store(store)? {
            Store::Join(records) => Some(records),
            _ => None,
        }
    }

    /// A store's stream time and newest sequence number, this record's events included.
    fn join_progress(&self, store: StoreId, base: &JoinStore) -> (i64, i32) {
        let (mut time, mut sequence) = (base.stream_time(), base.sequence());
        for event in self.events() {
            if let TaskEvent::JoinRecordKept { store: at, record, .. } = event
                && *at == store
            {
                (time, sequence) = (time.max(record.time), record.sequence);
            }
        }
        (time, sequence)
    }

    /// `fetch(key, from, to)`, this record's events included.
    fn fetch(&self, store: StoreId, key: &Bytes, from: i64, to: i64) -> Vec<(i64, Value)> {
        let Some(base) = self.join_store(store) else { return Vec::new() };
        let from = from.max(base.visible_from(self.join_progress(store, base).0));
        let mut found: Vec<(i64, Value)> = base.fetch(key, from, to).map(|(t, v)| (t, v.clone())).collect();
        let kept = found.len();
        for event in self.events() {
            if let TaskEvent::JoinRecordKept { store: at, record, .. } = event
                && *at == store
                && record.key == *key
                && (from..=to).contains(&record.time)
            {
                found.push((record.time, record.value.clone()));
            }
        }
        if found.len() > kept {
            // Stable: what came later stands behind what has the same time.
            millrace_model::collections::sort::sort_by_key(&mut found, |(time, _)| *time);
        }
        found
    }

    /// A record of one side meets the other side's.
    pub(super) fn join_streams(
        &mut self,
        node: NodeId,
        join: &StreamJoin,
        record: Flowing,
        context: &Context,
    ) {
        let (_, stream_time) = self.advance(join.tracker, record.timestamp);
        let time = record.timestamp;
        let (Some(key), Some(value)) = (&record.key, &record.new) else {
            if join.outer && record.new.is_some() {
                let new = joined(join, None, record.new.as_ref(), None);
                return self.forward(node, Flowing { new, old: None, ..record }, context);
            }
            return self.drop(node, time, context, DropReason::NullKeyOrValue);
        };
        if time == stream_time {
            self.emit_without_partner(node, join, stream_time, context);
        }
        let windows = join.windows;
        let (before, after) = match join.side {
            Side::Left => (windows.before_ms(), windows.after_ms()),
            Side::Right => (windows.after_ms(), windows.before_ms()),
        };
        let (from, to) = (time.saturating_sub(before).max(0), time.saturating_add(after).max(0));
        let bytes = key.to_bytes();
        let others = self.fetch(join.other, &bytes, from, to);
        let alone = others.is_empty();
        for (other_time, other) in others {
            if let Some(waiting) = join.waiting {
                let other_side = if join.side == Side::Left { Side::Right } else { Side::Left };
                self.settle(node, waiting, Awaiting::new(other_side, bytes.clone(), other_time), context);
            }
            let new = joined(join, Some(key), Some(value), Some(&other));
            let key = record.key.clone();
            self.forward(node, Flowing { key, new, old: None, timestamp: time.max(other_time) }, context);
        }
        if !alone || !join.outer {
            return;
        }
        match join.waiting.filter(|_| to >= stream_time) {
            // Nothing can come any more that would match.
            None => {
                let new = joined(join, Some(key), Some(value), None);
                self.forward(node, Flowing { new, old: None, ..record }, context);
            }
            Some(waiting) => {
                let (min_time, next_emit) = self.join_tracking(join.tracker);
                if time < min_time {
                    self.track(join.tracker, time, next_emit);
                }
                let key = Awaiting::new(join.side, bytes, time);
                let mut values = self.awaiting(waiting, &key);
                let value = value.clone();
                values.push(value.clone());
                let list = Value::Bytes(list_bytes(key.left, &values));
                let logged = Key::Plain(key.to_bytes());
                let origin = context.origin;
                let event = TaskEvent::PartnerAwaited { node, store: waiting, key, value, origin };
                self.outcome.events.push(event);
                self.log(waiting, logged, Some(list), time, context, SharedHeaders::default());
            }
        }
    }

    /// Sends on alone whose window has closed (`emitNonJoinedOuterRecords`).
    fn emit_without_partner(&mut self, node: NodeId, join: &StreamJoin, stream_time: i64, context: &Context) {
        let Some(store) = join.waiting else { return };
        let (min_time, next_emit) = self.join_tracking(join.tracker);
        let windows = join.windows;
        let after = match join.side {
            Side::Left => windows.after_ms(),
            Side::Right => windows.before_ms(),
        };
        // The sum wraps as in Kafka: while nothing is known to wait, the first search comes at once.
        let open = |min: i64, look_back: i64| {
            min.wrapping_add(look_back).wrapping_add(windows.grace_ms()) >= stream_time
        };
        if open(min_time, after) {
            return;
        }
        // Who never tells the time never waits for it.
        let now = self.task.wall_clock.map_or(i64::MAX, |now| now.0);
        if now < next_emit {
            return;
        }
        let next_emit = match self.task.wall_clock {
            Some(now) => now.0.saturating_add(self.task.topology.config().outer_join_emit_interval_ms),
            None => 0,
        };
        let mut min_time = i64::MAX;
        let mut previous: Option<Awaiting> = None;
        let (mut left_open, mut right_open) = (false, false);
        'all: for (key, values) in self.all_awaiting(store) {
            for value in values {
                min_time = key.time;
                if left_open && right_open {
                    break 'all;
                }
                let look_back = if key.left { windows.after_ms() } else { windows.before_ms() };
                if open(min_time, look_back) {
                    *(if key.left { &mut left_open } else { &mut right_open }) = true;
                    continue;
                }
                let plain = Key::Plain(key.key.clone());
                let (left, right) = if key.left { (Some(&value), None) } else { (None, Some(&value)) };
                let new = join.joiner.join(Some(&plain), left, right);
                let alone = Flowing { key: Some(plain), new, old: None, timestamp: key.time };
                self.forward(node, alone, context);
                if let Some(done) = previous.replace(key.clone()).filter(|done| *done != key) {
                    self.settle(node, store, done, context);
                }
            }
        }
        if let Some(done) = previous {
            self.settle(node, store, done, context);
        }
        self.track(join.tracker, min_time, next_emit);
    }

    /// Records wait no longer, if any did.
    fn settle(&mut self, node: NodeId, store: StoreId, key: Awaiting, context: &Context) {
        if self.awaiting(store, &key).is_empty() {
            return;
        }
        let (logged, time) = (Key::Plain(key.to_bytes()), key.time);
        self.outcome.events.push(TaskEvent::PartnerSettled { node, store, key });
        self.log(store, logged, None, time, context, SharedHeaders::default());
    }

    fn track(&mut self, tracker: NodeId, min_time: i64, next_emit: i64) {
        let (min_time, next_emit) = (Timestamp(min_time), Timestamp(next_emit));
        self.outcome.events.push(TaskEvent::JoinTimeTracked { node: tracker, min_time, next_emit });
    }

    /// The earliest time that may wait and the time of the next search.
    fn join_tracking(&self, tracker: NodeId) -> (i64, i64) {
        let newest = self.events().iter().rev().find_map(|event| match event {
            TaskEvent::JoinTimeTracked { node, min_time, next_emit } if *node == tracker => {
                Some((min_time.0, next_emit.0))
            }
            _ => None,
        });
        newest.unwrap_or_else(|| self.task.state_of(tracker).map_or((i64::MAX, 0), |s| (s.min_time, s.next)))
    }

    fn outer_store(&self, store: StoreId) -> Option<&OuterJoinStore> {
        match self.task.store(store)? {
            Store::OuterJoin(waiting) => Some(waiting),
            _ => None,
        }
    }

    /// What waits under a key, this record's events included.
    fn awaiting(&self, store: StoreId, key: &Awaiting) -> Vec<Value> {
        let mut values = self.outer_store(store).map_or_else(Vec::new, |s| s.get(key).to_vec());
        for event in self.events() {
            match event {
                TaskEvent::PartnerAwaited { store: at, key: of, value, .. } if *at == store && of == key => {
                    values.push(value.clone());
                }
                TaskEvent::PartnerSettled { store: at, key: of, .. } if *at == store && of == key => {
                    values.clear();
                }
                _ => {}
            }
        }
        values
    }

    /// What waits, the earliest first, this record's events included.
    fn all_awaiting(&self, store: StoreId) -> Vec<(Awaiting, Vec<Value>)> {
        let mut found: Map<Awaiting, Vec<Value>> = Map::new();
        if let Some(base) = self.outer_store(store) {
            found.extend(base.all().map(|(key, values)| (key.clone(), values.to_vec())));
        }
        for event in self.events() {
            match event {
                TaskEvent::PartnerAwaited { store: at, key, value, .. } if *at == store => {
                    found.entry(key.clone()).or_default().push(value.clone());
                }
                TaskEvent::PartnerSettled { store: at, key, .. } if *at == store => {
                    found.remove(key);
                }
                _ => {}
            }
        }
        found.into_iter().collect()
    }

    /// A record of a stream meets the others of the same stream.
    pub(super) fn join_with_self(
        &mut self,
        node: NodeId,
        join: &SelfJoin,
        record: Flowing,
        context: &Context,
    ) {
        let (Some(key), Some(value)) = (&record.key, &record.new) else {
            return self.drop(node, record.timestamp, context, DropReason::NullKeyOrValue);
        };
        let (time, windows) = (record.timestamp, join.windows);
        let (_, stream_time) = self.advance(node, time);
        let keeps_itself = time > stream_time.saturating_sub(windows.retention_ms()).saturating_add(1);
        let bytes = key.to_bytes();
        let span =
            |before: i64, after: i64| (time.saturating_sub(before).max(0), time.saturating_add(after).max(0));
        let send = |pass: &mut Self, left: &Value, right: &Value, timestamp: i64| {
            let new = join.joiner.join(Some(key), Some(left), Some(right));
            let key = Some(key.clone());
            pass.forward(node, Flowing { key, new, old: None, timestamp }, context);
        };
        let (from, to) = span(windows.before_ms(), windows.after_ms());
        for (other_time, other) in self.fetch(join.store, &bytes, from, to) {
            send(self, value, &other, time.max(other_time));
        }
        let mut itself = keeps_itself;
        let (from, to) = span(windows.after_ms(), windows.before_ms());
        for (other_time, other) in self.fetch(join.store, &bytes, from, to) {
            if time < other_time && std::mem::take(&mut itself) {
                send(self, value, value, time);
            }
            send(self, &other, value, time.max(other_time));
        }
        if itself {
            send(self, value, value, time);
        }
    }
}

/// This side's value and the other's in their places.
fn joined(
    join: &StreamJoin,
    key: Option<&Key>,
    this: Option<&Value>,
    other: Option<&Value>,
) -> Option<Value> {
    match join.side {
        Side::Left => join.joiner.join(key, this, other),
        Side::Right => join.joiner.join(key, other, this),
    }
}
