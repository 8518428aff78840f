//! Joins of a stream with a table or a global table (`KStreamKTableJoinProcessor`): only the stream's records make
//! results, with the row that the table has at that moment.

use super::DropReason;
use super::pass::{Flowing, Pass};
use super::versioned::is_versioned;
use crate::data::Key;
use crate::topology::NodeId;
use crate::topology::evaluate::{Context, Scene};
use crate::topology::join::StreamTableJoin;
use millrace_expr::EvalError;

impl Pass<'_> {
    /// A record of the stream meets the table.
    pub(super) fn join_table(
        &mut self,
        node: NodeId,
        join: &StreamTableJoin,
        record: Flowing,
        context: &Context,
    ) -> Result<(), EvalError> {
        let mapped = match &join.key {
            None => record.key.clone(),
            Some(mapper) => mapper.map(&Scene {
                key: record.key.as_ref(),
                value: record.new.as_ref(),
                timestamp: record.timestamp,
                context,
            })?,
        };
        let passes_without_key = join.left && record.key.is_none() && record.new.is_some();
        if !passes_without_key && (mapped.is_none() || record.new.is_none()) {
            self.drop(node, record.timestamp, context, DropReason::NullJoinKeyOrValue);
            return Ok(());
        }
        match join.grace {
            Some(grace) => self.wait_for_table(node, join, grace, record, context),
            None => self.meet(node, join, mapped.as_ref(), record, context),
        }
    }

    /// A record that has waited meets the table.
    pub(super) fn meet_table(
        &mut self,
        node: NodeId,
        join: &StreamTableJoin,
        record: Flowing,
        context: &Context,
    ) -> Result<(), EvalError> {
        let key = record.key.clone();
        self.meet(node, join, key.as_ref(), record, context)
    }

    fn meet(
        &mut self,
        node: NodeId,
        join: &StreamTableJoin,
        key: Option<&Key>,
        record: Flowing,
        context: &Context,
    ) -> Result<(), EvalError> {
        let row = match key {
            None => None,
            // A table with versions answers as of the record's time, any other with what it has now.
            Some(key) if is_versioned(&self.task.topology, join.table) => {
                self.look_up_at(join.table, key, Some(record.timestamp), context)?
            }
            Some(key) => self.look_up(join.table, key, context)?,
        };
        if join.left || row.is_some() {
            let right = row.as_ref().map(|(value, _)| value);
            let new = join.joiner.join(record.key.as_ref(), record.new.as_ref(), right);
            self.forward(node, Flowing { new, old: None, ..record }, context);
        }
        Ok(())
    }
}
