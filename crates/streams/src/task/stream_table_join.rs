//! Joins of a stream with a table or a global table (`KStreamKTableJoinProcessor`): only the stream's records make
//! results, with the row that the table has at that moment.

use super::DropReason;
use super::pass::{Flowing, Pass};
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
        let row = match &mapped {
            None => None,
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
