//! Aggregations without windows (`KStreamAggregate`).

use super::pass::{Flowing, Pass};
use super::{DropReason, TaskEvent};
use crate::data::{Key, Value};
use crate::store::Store;
use crate::topology::evaluate::{Context, Scene};
use crate::topology::function::Aggregation;
use crate::topology::{EmitStrategy, NodeId, StoreId};
use millrace_expr::EvalError;

/// What stands in a store under a key: the value, or that this record has deleted it, and the timestamp.
pub(super) type Seen = Option<(Option<Value>, i64)>;

/// An aggregation in windows that a record has reached: what all kinds of windows have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reached<'a> {
    /// Its node.
    pub node: NodeId,
    /// Its store.
    pub store: StoreId,
    /// What it does with each record.
    pub aggregation: &'a Aggregation,
    /// When it sends results.
    pub emit: EmitStrategy,
    /// Where the record came from.
    pub context: &'a Context,
}

impl Pass<'_> {
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
        let old = old.or_else(|| aggregation.initial());
        self.put_and_forward(node, store, Flowing { key: record.key, new, old, timestamp }, true, context);
        Ok(())
    }

    pub(super) fn table_value(&self, store: StoreId, key: &Key) -> Seen {
        if let Some(entry) = self.cached(store, key) {
            return entry.cell.as_ref().map(|c| (Some(c.value.clone()), c.timestamp.0));
        }
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
            _ => None,
        })
    }
}
