//! Operations of tables: `filter`, `mapValues`, `toTable`, `groupBy` and aggregations of groups.

use crate::data::{Serde, Value};
use crate::topology::builder::{Materialized, Stream, Table, TopologyBuilder, mapped_serde};
use crate::topology::function::{KeyValueMapper, Predicate, TableAggregation, ValueMapper};
use crate::topology::{NodeId, Operator, RepartitionTopic, StoreId, StoreKind, TopologyError};

/// A `KGroupedTable`.
#[derive(Clone, Debug)]
pub struct GroupedTable {
    select: NodeId,
    serde: Serde,
    name: Option<String>,
}

impl TopologyBuilder {
    /// `KTable.filter`, or with `not` `filterNot`.
    ///
    /// # Errors
    /// A store's name that is taken.
    pub fn filter_table(
        &mut self,
        of: Table,
        predicate: Predicate,
        not: bool,
        materialized: Materialized,
    ) -> Result<Table, TopologyError> {
        let name = self.numbered("KTABLE-FILTER-");
        let send_old = self.send_old_values(of.node, false)?;
        let store = self.optional_store(materialized, of.serde)?;
        let operator = Operator::TableFilter { predicate, not, table: of.node, store, send_old };
        Ok(Table { node: self.add_named(name, operator, &[of.node])?, ..of })
    }

    /// `KTable.mapValues`.
    ///
    /// # Errors
    /// A store's name that is taken.
    pub fn map_table_values(
        &mut self,
        of: Table,
        mapper: ValueMapper,
        materialized: Materialized,
    ) -> Result<Table, TopologyError> {
        let serde = mapped_serde(&mapper, of.serde);
        let name = self.numbered("KTABLE-MAPVALUES-");
        let store = self.optional_store(materialized, serde)?;
        let operator = Operator::TableMapValues { mapper, table: of.node, store, send_old: false };
        Ok(Table { node: self.add_named(name, operator, &[of.node])?, serde })
    }

    pub(super) fn optional_store(
        &mut self,
        materialized: Materialized,
        serde: Serde,
    ) -> Result<Option<StoreId>, TopologyError> {
        let Some(name) = materialized.store else { return Ok(None) };
        self.add_store(name, StoreKind::KeyValue, serde).map(Some)
    }

    /// `KStream.toTable`.
    ///
    /// # Errors
    /// A store's name that is taken.
    pub fn to_table(&mut self, of: Stream, materialized: Materialized) -> Result<Table, TopologyError> {
        let name = self.numbered("KSTREAM-TOTABLE-");
        let given = materialized.store.is_some();
        let store = materialized.store.unwrap_or_else(|| self.numbered("KSTREAM-TOTABLE-STATE-STORE-"));
        let parent = match of.key_changed {
            true => {
                let names = self.repartition_names(&name);
                self.add_optimizable(of, names)?
            }
            false => of.node,
        };
        let node = self.add_table_source(name, parent, store, given, of.serde)?;
        Ok(Table { node, serde: of.serde })
    }

    /// `KTable.groupBy`; the name is `Grouped.as`.
    ///
    /// # Errors
    /// See [`filter`](Self::filter).
    pub fn group_table(
        &mut self,
        of: Table,
        mapper: KeyValueMapper,
        name: Option<&str>,
    ) -> Result<GroupedTable, TopologyError> {
        let serde = match &mapper {
            KeyValueMapper::Swap | KeyValueMapper::Expr(_) => Serde::Bytes,
            KeyValueMapper::Rekey { value, .. } => mapped_serde(value, of.serde),
        };
        let operator = Operator::TableGroupBy(mapper);
        let node_name = self.named_or_numbered(name.map(str::to_owned), "KTABLE-SELECT-");
        let select = self.add_named(node_name, operator, &[of.node])?;
        self.send_old_values(of.node, true)?;
        Ok(GroupedTable { select, serde, name: name.map(str::to_owned) })
    }

    /// `count`, `reduce` or `aggregate` of a grouped table.
    ///
    /// # Errors
    /// A store's name that is taken.
    pub fn aggregate_table(
        &mut self,
        of: GroupedTable,
        aggregation: TableAggregation,
        materialized: Materialized,
    ) -> Result<Table, TopologyError> {
        let store = materialized.store.unwrap_or_else(|| self.numbered("KTABLE-AGGREGATE-STATE-STORE-"));
        let (sink, source) = (self.numbered("KSTREAM-SINK-"), self.numbered("KSTREAM-SOURCE-"));
        let (prefix, serde) = match &aggregation {
            TableAggregation::Count => ("KTABLE-AGGREGATE-", Serde::Long),
            TableAggregation::Sum(_) => ("KTABLE-AGGREGATE-", Serde::Number),
            TableAggregation::Reduce { .. } => ("KTABLE-REDUCE-", of.serde),
            TableAggregation::Aggregate { init, .. } => ("KTABLE-AGGREGATE-", serde_of(init)),
        };
        let name = self.numbered(prefix);
        let key = (of.select, of.name.clone().unwrap_or_default());
        let shared = self.draft.grouped.get(&key).copied().filter(|_| of.name.is_some());
        let source = match shared {
            Some(source) => source,
            None => {
                let topic = format!("{}-repartition", of.name.as_ref().unwrap_or(&store));
                let topic = self.internal_topic(&topic)?;
                let sink = self.add_named(sink, Operator::Sink { topic: topic.clone() }, &[of.select])?;
                let read = Operator::Source { topics: vec![topic.clone()], serde: Serde::Bytes };
                let source = self.add_named(source, read, &[])?;
                self.repartition_topics.push(RepartitionTopic { topic, sink, source, partitions: None });
                self.draft.grouped.insert(key, source);
                source
            }
        };
        let store = self.add_store(store, StoreKind::KeyValue, serde)?;
        let operator = Operator::TableAggregate { aggregation, serde: of.serde, store };
        let node = self.add_named(name, operator, &[source])?;
        Ok(Table { node, serde })
    }

    /// `KTableImpl.enableSendingOldValues`: true when the table now sends the value before with each change. With
    /// `force` a table source without a store gets one.
    pub(super) fn send_old_values(&mut self, of: NodeId, force: bool) -> Result<bool, TopologyError> {
        let Some(operator) = self.operator(of) else { return Ok(false) };
        let enabled = match operator {
            Operator::TableSource { store: None, .. } if !force => return Ok(false),
            Operator::TableSource { .. } => {
                self.materialize(of)?;
                true
            }
            Operator::TableFilter { store: Some(_), .. }
            | Operator::TableMapValues { store: Some(_), .. } => true,
            Operator::TableFilter { table, send_old, .. }
            | Operator::TableMapValues { table, send_old, .. } => {
                let (table, before) = (*table, *send_old);
                self.send_old_values(table, force)? || before
            }
            Operator::TableJoinMerge(merge) => {
                let (left, right) = (merge.left, merge.right);
                for side in [left, right] {
                    let Some(Operator::TableJoin(join)) = self.operator(side) else { continue };
                    let (this, other) = (join.this, join.other);
                    self.send_old_values(this, true)?;
                    self.send_old_values(other, true)?;
                    if let Some(Operator::TableJoin(join)) = self.node_mut(side).map(|n| &mut n.operator) {
                        join.send_old = true;
                    }
                }
                true
            }
            Operator::Suppress { .. } => match self.parent(of) {
                Some(parent) => self.send_old_values(parent, force)?,
                None => true,
            },
            // Aggregations always know the value before.
            _ => true,
        };
        if let Some(
            Operator::TableSource { send_old, .. }
            | Operator::TableFilter { send_old, .. }
            | Operator::TableMapValues { send_old, .. },
        ) = self.node_mut(of).map(|n| &mut n.operator)
        {
            *send_old = enabled;
        }
        if let Some(Operator::TableJoinMerge(merge)) = self.node_mut(of).map(|n| &mut n.operator) {
            merge.send_old = enabled;
        }
        Ok(enabled)
    }

    /// How far back a table's history goes, if it has versions.
    pub(in crate::topology) fn history_ms(&self, table: NodeId) -> Option<i64> {
        match self.operator(table)? {
            Operator::TableSource { store: Some(store), .. } => {
                match self.stores.get(usize::try_from(store.0).ok()?)?.kind {
                    StoreKind::Versioned { history_ms } => Some(history_ms),
                    _ => None,
                }
            }
            Operator::TableFilter { store: None, table, .. }
            | Operator::TableMapValues { store: None, table, .. } => self.history_ms(*table),
            _ => None,
        }
    }

    /// The node in front of another; the first one if there are several.
    pub(super) fn parent(&self, of: NodeId) -> Option<NodeId> {
        self.nodes.get(usize::try_from(of.0).ok()?)?.parents.first().copied()
    }

    /// The stores that a look into the table needs, which makes a table source materialise
    /// (`KTableImpl.valueGetterSupplier().storeNames()`).
    pub(super) fn getter_stores(&mut self, of: NodeId) -> Result<Vec<StoreId>, TopologyError> {
        let Some(operator) = self.operator(of) else { return Ok(Vec::new()) };
        if let Operator::Suppress { store, .. } = operator {
            let store = *store;
            let mut stores = match self.parent(of) {
                Some(parent) => self.getter_stores(parent)?,
                None => Vec::new(),
            };
            stores.push(store);
            return Ok(stores);
        }
        if let Some(store) = operator.store() {
            return Ok(vec![store]);
        }
        match operator {
            Operator::TableSource { .. } => {
                self.materialize(of)?;
                Ok(self.operator(of).and_then(Operator::store).into_iter().collect())
            }
            Operator::TableFilter { table, .. } | Operator::TableMapValues { table, .. } => {
                let table = *table;
                self.getter_stores(table)
            }
            Operator::TableJoinMerge(merge) => {
                let mut stores = Vec::new();
                for side in [merge.left, merge.right] {
                    let Some(Operator::TableJoin(join)) = self.operator(side) else { continue };
                    for table in [join.this, join.other] {
                        for store in self.getter_stores(table)? {
                            if !stores.contains(&store) {
                                stores.push(store);
                            }
                        }
                    }
                }
                Ok(stores)
            }
            _ => Ok(Vec::new()),
        }
    }
}

pub(super) fn serde_of(value: &Value) -> Serde {
    match value {
        Value::Bytes(_) => Serde::Bytes,
        Value::Long(_) => Serde::Long,
        Value::Number(_) => Serde::Number,
    }
}
