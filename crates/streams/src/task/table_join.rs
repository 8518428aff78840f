//! Joins of two tables by key (`KTableKTableInnerJoin`, `…LeftJoin`, `…RightJoin`, `…OuterJoin`): each side's change
//! looks up the other side's row.

use super::DropReason;
use super::pass::{Flowing, Pass};
use crate::data::Value;
use crate::topology::evaluate::Context;
use crate::topology::join::{TableJoin, TableJoinMerge};
use crate::topology::{JoinType, NodeId, Side};
use millrace_expr::EvalError;

impl Pass<'_> {
    /// A change of one side.
    pub(super) fn join_tables(
        &mut self,
        node: NodeId,
        join: &TableJoin,
        record: Flowing,
        context: &Context,
    ) -> Result<(), EvalError> {
        let Some(key) = &record.key else {
            self.drop(node, record.timestamp, context, DropReason::NullKey);
            return Ok(());
        };
        if self.is_outdated(node) {
            self.drop(node, record.timestamp, context, DropReason::OutdatedChange);
            return Ok(());
        }
        let other = self.look_up(join.other, key, context)?;
        let timestamp = other.as_ref().map_or(record.timestamp, |(_, t)| record.timestamp.max(*t));
        let other = other.map(|(value, _)| value);
        // Which rows a result needs: this side's, the other's.
        let (needs_this, needs_other) = match (join.join_type, join.side) {
            (JoinType::Inner, _) => (true, true),
            (JoinType::Left, Side::Left) => (true, false),
            (JoinType::Left, Side::Right) => (false, true),
            (JoinType::Outer, _) => (false, false),
        };
        if other.is_none() && (needs_other || (record.new.is_none() && record.old.is_none())) {
            return Ok(());
        }
        let join_with = |this: Option<&Value>| {
            let nothing = (this.is_none() && needs_this) || (this.is_none() && other.is_none());
            if nothing {
                return None;
            }
            match join.side {
                Side::Left => join.joiner.join(Some(key), this, other.as_ref()),
                Side::Right => join.joiner.join(Some(key), other.as_ref(), this),
            }
        };
        let new = join_with(record.new.as_ref());
        let old = if join.send_old { join_with(record.old.as_ref()) } else { None };
        self.forward(node, Flowing { key: record.key, new, old, timestamp }, context);
        Ok(())
    }

    /// A result of either side.
    pub(super) fn merge_tables(
        &mut self,
        node: NodeId,
        merge: &TableJoinMerge,
        record: Flowing,
        context: &Context,
    ) {
        let old = record.old.filter(|_| merge.send_old);
        self.change(node, merge.store, Flowing { old, ..record }, merge.send_old, context);
    }
}
