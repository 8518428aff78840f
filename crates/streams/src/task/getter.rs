//! Looks into tables (`KTableValueGetter`): into their store, or through what lies between them and a store.

use super::pass::Pass;
use crate::data::{Key, Value};
use crate::store::Store;
use crate::topology::evaluate::{Context, Scene};
use crate::topology::join::TableJoin;
use crate::topology::{JoinType, NodeId, Operator, StoreId};
use millrace_expr::EvalError;

/// A row: its value and its timestamp.
pub(super) type Row = (Value, i64);

impl Pass<'_> {
    /// A key's row in the table that a node makes; `None` if there is none.
    pub(super) fn look_up(
        &self,
        table: NodeId,
        key: &Key,
        context: &Context,
    ) -> Result<Option<Row>, EvalError> {
        self.look_up_at(table, key, None, context)
    }

    /// The same as of a time, in a table with versions.
    pub(super) fn look_up_at(
        &self,
        table: NodeId,
        key: &Key,
        at: Option<i64>,
        context: &Context,
    ) -> Result<Option<Row>, EvalError> {
        let task = self.task;
        let Some(node) = task.topology.node(table) else { return Ok(None) };
        if let Operator::Suppress { store, .. } = &node.operator {
            // What waits is not yet so: a look sees the value that was last let go.
            if let Some((_, waiting)) = self.buffered(*store, &key.to_bytes()) {
                return Ok(waiting.prior.map(|value| (value, -1)));
            }
            let Some(parent) = node.parents.first() else { return Ok(None) };
            return self.look_up(*parent, key, context);
        }
        if let Some(store) = node.operator.store() {
            return Ok(match self.task.store(store) {
                Some(Store::Versioned(_)) => self.versioned_row(store, key, at),
                _ => self.stored_row(store, key),
            });
        }
        match &node.operator {
            Operator::TableFilter { predicate, not, table, .. } => {
                let Some((value, timestamp)) = self.look_up_at(*table, key, at, context)? else {
                    return Ok(None);
                };
                let scene = Scene { key: Some(key), value: Some(&value), timestamp, context };
                Ok((predicate.test(&scene)? != *not).then_some((value, timestamp)))
            }
            Operator::TableMapValues { mapper, table, .. } => {
                let Some((value, timestamp)) = self.look_up_at(*table, key, at, context)? else {
                    return Ok(None);
                };
                let scene = Scene { key: Some(key), value: Some(&value), timestamp, context };
                Ok(mapper.map(&scene)?.map(|value| (value, timestamp)))
            }
            Operator::TableJoinMerge(merge) => match task.topology.node(merge.left).map(|n| &n.operator) {
                Some(Operator::TableJoin(join)) => self.joined_row(join, key, context),
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// The row of a join that keeps none itself.
    fn joined_row(&self, join: &TableJoin, key: &Key, context: &Context) -> Result<Option<Row>, EvalError> {
        let left = self.look_up(join.this, key, context)?;
        let right = self.look_up(join.other, key, context)?;
        let wanted = match join.join_type {
            JoinType::Inner => left.is_some() && right.is_some(),
            JoinType::Left => left.is_some(),
            JoinType::Outer => left.is_some() || right.is_some(),
        };
        if !wanted {
            return Ok(None);
        }
        let timestamp = left.as_ref().map_or(-1, |r| r.1).max(right.as_ref().map_or(-1, |r| r.1));
        let value = join.joiner.join(Some(key), left.as_ref().map(|r| &r.0), right.as_ref().map(|r| &r.0));
        Ok(value.map(|value| (value, timestamp)))
    }

    /// A key's row in a store with or without windows, this record's events and the cache included.
    pub(super) fn stored_row(&self, store: StoreId, key: &Key) -> Option<Row> {
        let (value, timestamp) = match (self.task.store(store)?, key) {
            (Store::KeyValue(_), key) => self.table_value(store, key)?,
            (Store::Window(_), Key::Windowed { key, window }) => {
                self.window_value(store, key, window.start.0)?
            }
            (Store::Session(sessions), Key::Windowed { key, window }) => {
                let mut same = sessions.find(key, window.end.0, window.start.0);
                let found = same.find(|(at, _)| at == window).map(|(_, value)| value.clone());
                (found, window.end.0)
            }
            _ => return None,
        };
        Some((value?, timestamp))
    }
}
