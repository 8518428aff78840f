//! Tables: sources, filters, mappings, groupings and aggregations of groups.

use super::pass::{Flowing, Pass};
use super::{DropReason, Failure, TaskEvent, versioned};
use crate::data::{Key, Serde, Value};
use crate::store::{CacheEntry, Cell};
use crate::topology::SharedHeaders;
use crate::topology::evaluate::{Context, Scene};
use crate::topology::function::{KeyValueMapper, Predicate, TableAggregation, ValueMapper};
use crate::topology::{NodeId, StoreId};
use millrace_expr::EvalError;
use millrace_model::{Bytes, Timestamp};

impl Pass<'_> {
    /// A change reaches a table's source.
    pub(super) fn table_source(
        &mut self,
        node: NodeId,
        store: Option<StoreId>,
        send_old: bool,
        record: Flowing,
        context: &Context,
    ) {
        let Some(key) = &record.key else {
            return self.drop(node, record.timestamp, context, DropReason::NullKey);
        };
        let Some(store) = store else {
            return self.forward(node, Flowing { old: None, ..record }, context);
        };
        if versioned::is_versioned(&self.task.topology, node) {
            return self.versioned_source(node, store, send_old, record, context);
        }
        let before = self.stored_row(store, key).map(|(value, _)| value);
        self.put_and_forward(node, store, Flowing { old: before, ..record }, send_old, context);
    }

    /// A record of a global table's topic. Every task keeps a copy; only one of them counts what is dropped.
    pub(super) fn global_table(&mut self, node: NodeId, store: StoreId, record: Flowing, context: &Context) {
        let Some(key) = record.key else {
            if self.task.is_global() {
                self.drop(node, record.timestamp, context, DropReason::NullKey);
            }
            return;
        };
        let old = self.stored_row(store, &key).map(|(value, _)| value);
        self.put(node, store, key, (old, record.new), record.timestamp, context);
    }

    /// Writes a row and hands the change on, with the value before if that is wanted (`TimestampedTupleForwarder`). A
    /// cached store holds both back until the commit. `record.old` is the value before, `record.timestamp` the row's.
    pub(super) fn put_and_forward(
        &mut self,
        node: NodeId,
        store: StoreId,
        record: Flowing,
        send_old: bool,
        context: &Context,
    ) {
        let Some(key) = record.key.clone() else { return };
        if self.task.topology.config().caching {
            return self.cache(node, store, key, (None, record.new), record.timestamp, context);
        }
        self.put(node, store, key, (record.old.clone(), record.new.clone()), record.timestamp, context);
        let old = record.old.filter(|_| send_old);
        let latest = std::mem::replace(&mut self.latest, true);
        self.forward(node, Flowing { old, ..record }, context);
        self.latest = latest;
    }

    /// Queues an update for the next commit; `old` is kept for what a windowed store had before the first of them.
    pub(super) fn cache(
        &mut self,
        node: NodeId,
        store: StoreId,
        key: Key,
        (old, new): (Option<Value>, Option<Value>),
        timestamp: i64,
        context: &Context,
    ) {
        let order = self.next_in_cache(store);
        let cell = new.map(|value| Cell { value, timestamp: Timestamp(timestamp) });
        let entry = Box::new(CacheEntry { order, old, cell, context: context.clone(), timestamp });
        self.outcome.events.push(TaskEvent::UpdateCached { node, store, key, entry });
    }

    /// Writes a row into a store and its changelog.
    pub(super) fn put(
        &mut self,
        node: NodeId,
        store: StoreId,
        key: Key,
        (old, new): (Option<Value>, Option<Value>),
        timestamp: i64,
        context: &Context,
    ) {
        self.outcome.events.push(TaskEvent::TableUpdated {
            node,
            store,
            key: key.clone(),
            old,
            new: new.clone(),
            timestamp: Timestamp(timestamp),
            origin: context.origin,
        });
        self.log(store, key, new, timestamp, context, SharedHeaders::default());
    }

    /// What a table had for a record's key before, if it sends that on: as stored, or computed anew from the old value.
    fn old_of(
        &self,
        send_old: bool,
        store: Option<StoreId>,
        record: &Flowing,
        compute: impl Fn(Option<&Value>) -> Result<Option<Value>, EvalError>,
    ) -> Result<Option<Value>, EvalError> {
        match (send_old, store, &record.key) {
            (false, ..) => Ok(None),
            (true, Some(store), Some(key)) => Ok(self.stored_row(store, key).map(|(value, _)| value)),
            (true, ..) => compute(record.old.as_ref()),
        }
    }

    /// A change reaches a table's filter.
    #[allow(clippy::too_many_arguments)] // The operator's fields one by one.
    pub(super) fn table_filter(
        &mut self,
        node: NodeId,
        predicate: &Predicate,
        not: bool,
        store: Option<StoreId>,
        send_old: bool,
        record: Flowing,
        context: &Context,
    ) -> Result<(), EvalError> {
        let keep = |value: Option<&Value>| match value {
            None => Ok(None),
            Some(kept) => {
                let scene = Scene { key: record.key.as_ref(), value, timestamp: record.timestamp, context };
                Ok((predicate.test(&scene)? != not).then(|| kept.clone()))
            }
        };
        let new = keep(record.new.as_ref())?;
        let old = self.old_of(send_old, store, &record, keep)?;
        // A row that was not there and is not there now is no news, if one can know.
        if send_old && new.is_none() && old.is_none() && !self.has_versions(node) {
            return Ok(());
        }
        self.change(node, store, Flowing { new, old, ..record }, send_old, context);
        Ok(())
    }

    /// A change reaches a table's `mapValues`.
    pub(super) fn table_map_values(
        &mut self,
        node: NodeId,
        mapper: &ValueMapper,
        store: Option<StoreId>,
        send_old: bool,
        record: Flowing,
        context: &Context,
    ) -> Result<(), EvalError> {
        let map = |value: Option<&Value>| match value {
            None => Ok(None),
            value => {
                mapper.map(&Scene { key: record.key.as_ref(), value, timestamp: record.timestamp, context })
            }
        };
        let new = map(record.new.as_ref())?;
        let old = self.old_of(send_old, store, &record, map)?;
        self.change(node, store, Flowing { new, old, ..record }, send_old, context);
        Ok(())
    }

    /// Hands a change on, by way of the store if there is one.
    pub(super) fn change(
        &mut self,
        node: NodeId,
        store: Option<StoreId>,
        record: Flowing,
        send_old: bool,
        context: &Context,
    ) {
        match store {
            Some(store) => self.put_and_forward(node, store, record, send_old, context),
            None => self.forward(node, record, context),
        }
    }

    /// A change reaches a table's `groupBy`: what was leaves its group, what is enters one.
    pub(super) fn table_group_by(
        &mut self,
        node: NodeId,
        mapper: &KeyValueMapper,
        record: Flowing,
        context: &Context,
    ) -> Result<(), EvalError> {
        let Some(key) = &record.key else {
            self.fail(node, Failure::NullKeyInTable);
            return Ok(());
        };
        if self.is_outdated(node) {
            return Ok(());
        }
        let timestamp = record.timestamp;
        let pair = |value: Option<&Value>| match value {
            None => Ok(None),
            value => {
                let mapped = mapper.map(&Scene { key: Some(key), value, timestamp, context })?;
                Ok(if let (Some(key), Some(value)) = mapped { Some((key, value)) } else { None })
            }
        };
        let (new, old) = (pair(record.new.as_ref())?, pair(record.old.as_ref())?);
        let mut send = |key: Key, new: Option<&Value>, old: Option<&Value>| {
            let new = Some(Value::Bytes(change_bytes(new, old)));
            self.forward(node, Flowing { key: Some(key), new, old: None, timestamp }, context);
        };
        match (old, new) {
            (Some((was, old)), Some((is, new))) if was == is => send(is, Some(&new), Some(&old)),
            (old, new) => {
                if let Some((key, old)) = old {
                    send(key, None, Some(&old));
                }
                if let Some((key, new)) = new {
                    send(key, Some(&new), None);
                }
            }
        }
        Ok(())
    }

    /// A change of a group reaches its aggregation.
    pub(super) fn table_aggregate(
        &mut self,
        node: NodeId,
        aggregation: &TableAggregation,
        serde: Serde,
        store: StoreId,
        record: Flowing,
        context: &Context,
    ) -> Result<(), EvalError> {
        let Some(key) = &record.key else {
            self.fail(node, Failure::NullKeyInTable);
            return Ok(());
        };
        let Some((new, old)) = record.new.as_ref().and_then(|value| change_of(value, serde)) else {
            self.fail(node, Failure::Internal);
            return Ok(());
        };
        let stored = self.stored_row(store, key);
        let timestamp = stored.as_ref().map_or(record.timestamp, |(_, t)| record.timestamp.max(*t));
        let stored = stored.map(|(value, _)| value);
        let scene = Scene { key: Some(key), value: None, timestamp: record.timestamp, context };
        let result = aggregation.change(&scene, old.as_ref(), new.as_ref(), stored.as_ref())?;
        let record = Flowing { key: record.key, new: result, old: stored, timestamp };
        self.put_and_forward(node, store, record, true, context);
        Ok(())
    }
}

/// `ChangedSerializer`: the values and a flag for which of them are there.
fn change_bytes(new: Option<&Value>, old: Option<&Value>) -> Bytes {
    match (new.map(Value::to_bytes), old.map(Value::to_bytes)) {
        (Some(new), Some(old)) => {
            let length = u32::try_from(new.len()).unwrap_or(u32::MAX);
            [&varint(length.wrapping_mul(2))[..], &new, &old, &[2]].concat().into()
        }
        (Some(new), None) => [&*new, &[1]].concat().into(),
        (None, Some(old)) => [&*old, &[0]].concat().into(),
        (None, None) => Bytes::from(&[][..]),
    }
}

/// The inverse: the new value and the old one.
fn change_of(value: &Value, serde: Serde) -> Option<(Option<Value>, Option<Value>)> {
    let bytes = value.to_bytes();
    let (flag, data) = bytes.split_last()?;
    let read = |bytes: &[u8]| serde.read(&bytes.into());
    match flag {
        0 => Some((None, Some(read(data)?))),
        1 => Some((Some(read(data)?), None)),
        2 => {
            let (mut length, mut shift, mut rest) = (0_u32, 0_u32, data);
            loop {
                let (byte, more) = rest.split_first()?;
                length |= u32::from(byte & 0x7f).checked_shl(shift)?;
                (shift, rest) = (shift.saturating_add(7), more);
                if byte & 0x80 == 0 {
                    break;
                }
            }
            let (new, old) = rest.split_at_checked(usize::try_from(length >> 1).ok()?)?;
            Some((Some(read(new)?), Some(read(old)?)))
        }
        _ => None,
    }
}

fn varint(mut value: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    bytes.push(value.to_le_bytes()[0]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both values, one, or the other, short and longer than a varint's first byte can say.
    #[test]
    fn a_change_reads_back_from_kafkas_bytes() {
        for length in [0, 1, 63, 64, 200, 10_000] {
            let (new, old) = (Value::text("n".repeat(length)), Value::text("old"));
            for (new, old) in [(Some(&new), Some(&old)), (Some(&new), None), (None, Some(&old))] {
                let bytes = Value::Bytes(change_bytes(new, old));
                assert_eq!(change_of(&bytes, Serde::Bytes), Some((new.cloned(), old.cloned())), "{length}");
            }
        }
        assert_eq!(&*change_bytes(Some(&Value::text("ab")), Some(&Value::text("c"))), b"\x04abc\x02");
        assert_eq!(change_of(&Value::text(""), Serde::Bytes), None);
        assert_eq!(change_of(&Value::Bytes(b"\x09ab\x02"[..].into()), Serde::Bytes), None);
    }
}
