//! Versioned tables: a source that keeps history, looks as of a time, and streams that wait for a table.

use super::pass::{Flowing, Pass};
use super::{DropReason, Failure, TaskEvent};
use crate::data::{Key, Value};
use crate::store::stream_buffer::{WaitingPlace, WaitingRecord};
use crate::store::versioned::{VersionedStore, Versions, as_of};
use crate::store::{Store, StreamBuffer};
use crate::topology::SharedHeaders;
use crate::topology::evaluate::Context;
use crate::topology::join::{JoinGrace, StreamTableJoin};
use crate::topology::{NodeId, Operator, StoreId, StoreKind, Topology};
use millrace_expr::EvalError;
use millrace_model::Map;

/// True if a node's rows have versions: a source with a versioned store, or what is derived from one without a store
/// of its own (`isVersionedOrVersionedUpstream`).
pub(super) fn is_versioned(topology: &Topology, node: NodeId) -> bool {
    match topology.node(node).map(|n| &n.operator) {
        Some(Operator::TableSource { store: Some(store), .. }) => {
            topology.store(*store).is_some_and(|s| matches!(s.kind, StoreKind::Versioned { .. }))
        }
        Some(
            Operator::TableFilter { store: None, table, .. }
            | Operator::TableMapValues { store: None, table, .. },
        ) => is_versioned(topology, *table),
        _ => false,
    }
}

impl Pass<'_> {
    fn versioned_store(&self, store: StoreId) -> Option<&VersionedStore> {
        match self.task.store(store)? {
            Store::Versioned(versioned) => Some(versioned),
            _ => None,
        }
    }

    /// True for a change that is not the newest of its row, behind a node whose rows have versions.
    pub(super) fn is_outdated(&self, node: NodeId) -> bool {
        !self.latest && self.has_versions(node)
    }

    /// True if the rows that reach a node have versions.
    pub(super) fn has_versions(&self, node: NodeId) -> bool {
        let topology = &self.task.topology;
        let parents = topology.node(node).map_or(&[][..], |n| &n.parents);
        parents.iter().any(|parent| is_versioned(topology, *parent))
    }

    /// A key's versions and the store's stream time, this record's events included.
    fn versions(&self, store: StoreId, key: &Key) -> (Versions, i64) {
        let Some(base) = self.versioned_store(store) else { return (Versions::new(), -1) };
        let mut found = base.versions(key).cloned().unwrap_or_default();
        let mut stream_time = base.stream_time();
        for event in self.events() {
            if let TaskEvent::TableUpdated { store: at, key: of, new, timestamp, .. } = event
                && *at == store
            {
                stream_time = stream_time.max(timestamp.0);
                if of == key {
                    found.insert(timestamp.0, new.clone());
                }
            }
        }
        (found, stream_time)
    }

    /// A key's row as of a time, or its newest.
    pub(super) fn versioned_row(&self, store: StoreId, key: &Key, at: Option<i64>) -> Option<(Value, i64)> {
        let base = self.versioned_store(store)?;
        let (versions, stream_time) = self.versions(store, key);
        let found = match at {
            Some(at) => as_of(&versions, at, base.oldest(stream_time)),
            None => as_of(&versions, i64::MAX, i64::MIN),
        };
        found.map(|(value, since)| (value.clone(), since))
    }

    /// A change reaches a table's source with a versioned store; one that is too old is dropped.
    pub(super) fn versioned_source(
        &mut self,
        node: NodeId,
        store: StoreId,
        send_old: bool,
        record: Flowing,
        context: &Context,
    ) {
        let Some(key) = record.key.clone() else { return };
        let Some(base) = self.versioned_store(store) else { return };
        let (versions, stream_time) = self.versions(store, &key);
        let time = record.timestamp;
        if time < base.oldest(stream_time) {
            self.log(store, key, record.new, time, context, SharedHeaders::default());
            return self.drop(node, time, context, DropReason::ExpiredVersion);
        }
        let newest = versions.last_key_value();
        let is_latest = newest.is_none_or(|(last, _)| *last <= time);
        let old = newest.and_then(|(_, value)| value.clone());
        self.put(node, store, key, (old.clone(), record.new.clone()), time, context);
        let latest = std::mem::replace(&mut self.latest, is_latest);
        let old = old.filter(|_| send_old);
        self.forward(node, Flowing { old, ..record }, context);
        self.latest = latest;
    }

    fn stream_buffer(&self, store: StoreId) -> Option<&StreamBuffer> {
        match self.task.store(store)? {
            Store::StreamBuffer(buffer) => Some(buffer),
            _ => None,
        }
    }

    /// A record waits until stream time is its own time and the grace; then it meets the table as it was. One that is
    /// too late already meets it at once.
    pub(super) fn wait_for_table(
        &mut self,
        node: NodeId,
        join: &StreamTableJoin,
        grace: JoinGrace,
        record: Flowing,
        context: &Context,
    ) -> Result<(), EvalError> {
        let (Some(key), Some(value)) = (&record.key, &record.new) else {
            self.fail(node, Failure::NullKeyInBuffer);
            return Ok(());
        };
        let Some(base) = self.stream_buffer(grace.buffer) else { return Ok(()) };
        let (mut stream_time, mut sequence) = (base.stream_time(), base.sequence());
        for event in self.events() {
            if let TaskEvent::RecordHeldBack { store, place, .. } = event
                && *store == grace.buffer
            {
                (stream_time, sequence) = (stream_time.max(place.time), place.sequence);
            }
        }
        if stream_time.saturating_sub(grace.grace_ms) > record.timestamp {
            return self.meet_table(node, join, record, context);
        }
        let place =
            WaitingPlace { time: record.timestamp, key: key.to_bytes(), sequence: sequence.wrapping_add(1) };
        let waiting = WaitingRecord { key: key.clone(), value: value.clone(), context: context.clone() };
        self.log_waiting(grace.buffer, &place, Some(value.clone()), context);
        let due = stream_time.max(record.timestamp).saturating_sub(grace.grace_ms);
        let (store, record) = (grace.buffer, Box::new(waiting));
        self.outcome.events.push(TaskEvent::RecordHeldBack { node, store, place, record });
        for (place, record) in self.due(grace.buffer, due) {
            let timestamp = place.time;
            let flowing = Flowing { key: Some(record.key), new: Some(record.value), old: None, timestamp };
            self.meet_table(node, join, flowing, &record.context)?;
            self.log_waiting(grace.buffer, &place, None, context);
            self.outcome.events.push(TaskEvent::RecordLetGo { node, store: grace.buffer, place });
        }
        Ok(())
    }

    fn log_waiting(&mut self, store: StoreId, place: &WaitingPlace, value: Option<Value>, context: &Context) {
        let sequence = place.sequence.to_be_bytes();
        let key = [&place.time.to_be_bytes(), &*place.key, &sequence].concat();
        self.log(store, Key::Plain(key.into()), value, place.time, context, SharedHeaders::default());
    }

    /// The waiting records up to a time, this record's events included.
    fn due(&self, store: StoreId, until: i64) -> Vec<(WaitingPlace, WaitingRecord)> {
        let mut found: Map<WaitingPlace, WaitingRecord> = Map::new();
        if let Some(base) = self.stream_buffer(store) {
            let due = base.all().take_while(|(place, _)| place.time <= until);
            found.extend(due.map(|(place, record)| (place.clone(), record.clone())));
        }
        for event in self.events() {
            match event {
                TaskEvent::RecordHeldBack { store: at, place, record, .. }
                    if *at == store && place.time <= until =>
                {
                    found.insert(place.clone(), (**record).clone());
                }
                TaskEvent::RecordLetGo { store: at, place, .. } if *at == store => {
                    found.remove(place);
                }
                _ => {}
            }
        }
        found.into_iter().collect()
    }
}
