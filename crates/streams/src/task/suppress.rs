//! `suppress` (`KTableSuppressProcessor`): results wait until stream time has come far enough.

use super::pass::{Flowing, Pass};
use super::{Failure, TaskEvent};
use crate::data::Value;
use crate::store::{Buffered, Store};
use crate::topology::SharedHeaders;
use crate::topology::evaluate::Context;
use crate::topology::{BufferFull, NodeId, StoreId, SuppressUntil};
use millrace_model::{Bytes, Header, Map, Timestamp};

impl Pass<'_> {
    /// A result reaches a suppression.
    #[allow(clippy::too_many_arguments)] // The operator's fields one by one: a struct would be built per record.
    pub(super) fn suppress(
        &mut self,
        node: NodeId,
        until: SuppressUntil,
        max_records: Option<usize>,
        when_full: BufferFull,
        store: StoreId,
        record: Flowing,
        context: &Context,
    ) {
        let Some(key) = record.key else { return };
        let (_, stream_time) = self.advance(node, record.timestamp);
        let (time, wait_ms, drop_tombstones) = match until {
            SuppressUntil::WindowCloses { grace_ms } => match key.window() {
                Some(window) => (window.end.0, grace_ms, true),
                None => return self.fail(node, Failure::NotWindowed),
            },
            SuppressUntil::TimeLimit { ms } => (record.timestamp, ms, false),
        };
        let bytes = key.to_bytes();
        let waiting = self.buffered(store, &bytes);
        let (time, prior) = match waiting {
            Some((time, before)) => (time, before.prior),
            None => (time, record.old.clone()),
        };
        let result = Buffered {
            key,
            prior,
            old: record.old,
            new: record.new,
            timestamp: Timestamp(record.timestamp),
            context: context.clone(),
        };
        let value = Value::Bytes(changelog_value(&result, time));
        let headers = SharedHeaders::from(&std::sync::Arc::from([Header {
            key: "v".into(),
            value: Some([3][..].into()),
        }]));
        self.log(store, result.key.clone(), Some(value), record.timestamp, context, headers);
        let result = Box::new(result);
        self.outcome.events.push(TaskEvent::ResultBuffered { node, store, time: Timestamp(time), result });

        let expiry = stream_time.saturating_sub(wait_ms);
        for (_, result) in self.waiting_until(store, expiry, usize::MAX) {
            self.release(node, store, result, drop_tombstones, context);
        }
        let Some(max_records) = max_records else { return };
        let count = self.waiting_count(store);
        if count > max_records {
            match when_full {
                BufferFull::ShutDown => self.fail(node, Failure::BufferFull { records: count, max_records }),
                BufferFull::Emit => {
                    for (_, result) in self.waiting_until(store, i64::MAX, count - max_records) {
                        self.release(node, store, result, drop_tombstones, context);
                    }
                }
            }
        }
    }

    fn release(
        &mut self,
        node: NodeId,
        store: StoreId,
        result: Buffered,
        drop_tombstones: bool,
        cause: &Context,
    ) {
        let key = result.key.clone();
        self.outcome.events.push(TaskEvent::ResultReleased { node, store, key: key.clone() });
        self.log(store, key, None, result.timestamp.0, cause, SharedHeaders::default());
        if result.new.is_some() || !drop_tombstones {
            let Buffered { key, old, new, timestamp, context, .. } = result;
            self.forward(node, Flowing { key: Some(key), new, old, timestamp: timestamp.0 }, &context);
        }
    }

    /// The waiting result of a key, this record's events included.
    pub(super) fn buffered(&self, store: StoreId, key: &Bytes) -> Option<(i64, Buffered)> {
        for event in self.events().iter().rev() {
            match event {
                TaskEvent::ResultBuffered { store: at, time, result, .. }
                    if *at == store && result.key.to_bytes() == *key =>
                {
                    return Some((time.0, (**result).clone()));
                }
                TaskEvent::ResultReleased { store: at, key: of, .. }
                    if *at == store && of.to_bytes() == *key =>
                {
                    return None;
                }
                _ => {}
            }
        }
        match self.task.store(store)? {
            Store::Buffer(buffer) => buffer.get(key).map(|(time, result)| (time, result.clone())),
            _ => None,
        }
    }

    /// At most `most` results with a buffer time up to `until`, in the order in which they leave.
    fn waiting_until(&self, store: StoreId, until: i64, most: usize) -> Vec<(i64, Buffered)> {
        let Some(Store::Buffer(buffer)) = self.task.store(store) else { return Vec::new() };
        let mut found: Map<(i64, Bytes), Buffered> = Map::new();
        if buffer.min_time().is_some_and(|first| first <= until) {
            let due = buffer.all().take_while(|(time, ..)| *time <= until);
            // This record's own releases may hide some of the first ones.
            let due = due.take(most.saturating_add(self.events().len()));
            found.extend(due.map(|(time, key, result)| ((time, key.clone()), result.clone())));
        }
        for event in self.events() {
            match event {
                TaskEvent::ResultBuffered { store: at, time, result, .. }
                    if *at == store && time.0 <= until =>
                {
                    found.insert((time.0, result.key.to_bytes()), (**result).clone());
                }
                TaskEvent::ResultReleased { store: at, key, .. } if *at == store => {
                    let key = key.to_bytes();
                    found.retain(|(_, of), _| *of != key);
                }
                _ => {}
            }
        }
        found.into_iter().take(most).map(|((time, _), result)| (time, result)).collect()
    }

    fn waiting_count(&self, store: StoreId) -> usize {
        self.waiting_until(store, i64::MAX, usize::MAX).len()
    }
}

/// Version 3 of the buffer's changelog (`BufferValue.serialize`): context, prior, old and new value, buffer time.
fn changelog_value(result: &Buffered, time: i64) -> Bytes {
    let mut bytes = Vec::new();
    let context = &result.context;
    let length = |n: usize| i32::try_from(n).unwrap_or(i32::MAX).to_be_bytes();
    bytes.extend(result.timestamp.0.to_be_bytes());
    bytes.extend(context.offset.0.to_be_bytes());
    bytes.extend(length(context.topic.as_str().len()));
    bytes.extend(context.topic.as_str().as_bytes());
    bytes.extend(context.partition.0.to_be_bytes());
    bytes.extend(length(context.headers.list().len()));
    for header in context.headers.list() {
        bytes.extend(length(header.key.len()));
        bytes.extend(header.key.as_bytes());
        push_value(&mut bytes, header.value.as_deref());
    }
    let serialized = |v: &Option<Value>| v.as_ref().map(Value::to_bytes);
    let (prior, old) = (serialized(&result.prior), serialized(&result.old));
    push_value(&mut bytes, prior.as_deref());
    if prior.is_some() && prior == old {
        // Equal to the prior value: written once (`OLD_PREV_DUPLICATE_VALUE_SENTINEL`).
        bytes.extend((-2_i32).to_be_bytes());
    } else {
        push_value(&mut bytes, old.as_deref());
    }
    push_value(&mut bytes, serialized(&result.new).as_deref());
    bytes.extend(time.to_be_bytes());
    bytes.into()
}

/// A length and the bytes; -1 for null.
fn push_value(to: &mut Vec<u8>, value: Option<&[u8]>) {
    match value {
        None => to.extend((-1_i32).to_be_bytes()),
        Some(value) => {
            to.extend(i32::try_from(value.len()).unwrap_or(i32::MAX).to_be_bytes());
            to.extend(value);
        }
    }
}
