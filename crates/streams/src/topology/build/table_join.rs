//! Joins of tables with tables by key.

use crate::data::Serde;
use crate::topology::builder::{Materialized, Table, TopologyBuilder};
use crate::topology::function::Joiner;
use crate::topology::join::{TableJoin, TableJoinMerge};
use crate::topology::{JoinType, Operator, Side, StoreKind, TopologyError};

impl TopologyBuilder {
    /// `KTable.join`, `leftJoin` or `outerJoin`; with a `Materialized` the result has a store, named or numbered.
    ///
    /// # Errors
    /// A store's name that is taken.
    pub fn join_tables(
        &mut self,
        left: Table,
        right: Table,
        join_type: JoinType,
        joiner: Joiner,
        materialized: Option<Materialized>,
    ) -> Result<Table, TopologyError> {
        let store =
            materialized.map(|m| m.store.unwrap_or_else(|| self.numbered("KTABLE-MERGE-STATE-STORE-")));
        let merge = self.numbered("KTABLE-MERGE-");
        if join_type != JoinType::Inner {
            self.send_old_values(left.node, true)?;
        }
        if join_type == JoinType::Outer {
            self.send_old_values(right.node, true)?;
        }
        let (left_stores, right_stores) = (self.getter_stores(left.node)?, self.getter_stores(right.node)?);
        let (this, other) = (self.numbered("KTABLE-JOINTHIS-"), self.numbered("KTABLE-JOINOTHER-"));
        let side = |side, this, other| {
            let join = TableJoin { side, join_type, this, other, joiner, send_old: false };
            Operator::TableJoin(Box::new(join))
        };
        let this = self.add_named(this, side(Side::Left, left.node, right.node), &[left.node])?;
        let other = self.add_named(other, side(Side::Right, right.node, left.node), &[right.node])?;
        let store = match store {
            Some(name) => Some(self.add_store(name, StoreKind::KeyValue, Serde::Bytes)?),
            None => None,
        };
        let operator =
            Operator::TableJoinMerge(TableJoinMerge { left: this, right: other, store, send_old: false });
        let node = self.add_named(merge, operator, &[this, other])?;
        self.connect(this, &right_stores);
        self.connect(other, &left_stores);
        self.draft.copartitioned.push((left.node, right.node));
        Ok(Table { node, serde: Serde::Bytes })
    }
}
