//! `stream`, `table` and `globalTable`: where records come from.

use crate::data::Serde;
use crate::topology::builder::{Materialized, Table, TopologyBuilder, check_topic};
use crate::topology::{NodeId, Operator, StoreDef, StoreId, StoreKind, TopologyError};
use millrace_model::TopicName;

/// A `GlobalKTable`.
#[derive(Clone, Copy, Debug)]
pub struct GlobalTable {
    pub(super) node: NodeId,
}

impl TopologyBuilder {
    /// The node with this id.
    pub(in crate::topology) fn node_mut(&mut self, id: NodeId) -> Option<&mut crate::topology::Node> {
        self.nodes.get_mut(usize::try_from(id.0).ok()?)
    }

    /// What the node with this id does.
    pub(in crate::topology) fn operator(&self, id: NodeId) -> Option<&Operator> {
        self.nodes.get(usize::try_from(id.0).ok()?).map(|n| &n.operator)
    }

    /// The name of a node.
    pub(in crate::topology) fn name(&self, id: NodeId) -> &str {
        usize::try_from(id.0).ok().and_then(|at| self.nodes.get(at)).map_or("", |n| &*n.name)
    }

    /// Lets a node use stores (`connectProcessorAndStateStores`).
    pub(super) fn connect(&mut self, node: NodeId, stores: &[StoreId]) {
        if let Some(node) = self.node_mut(node) {
            for store in stores {
                if !node.stores.contains(store) {
                    node.stores.push(*store);
                }
            }
        }
    }

    /// The stream source that already reads exactly these topics.
    pub(in crate::topology) fn same_source(
        &self,
        topics: &[TopicName],
    ) -> Result<Option<NodeId>, TopologyError> {
        for (node, at) in self.nodes.iter().zip(0..) {
            let Operator::Source { topics: read, .. } = &node.operator else { continue };
            if !topics.iter().any(|topic| read.contains(topic)) {
                continue;
            }
            let is_table = self.draft.table_sources.iter().any(|(_, topic)| read.contains(topic));
            if is_table || self.repartition_topics.iter().any(|r| r.source == NodeId(at)) {
                let topic = topics.iter().find(|topic| read.contains(topic));
                return Err(TopologyError::TopicTwice(topic.map(TopicName::to_string).unwrap_or_default()));
            }
            if *read != topics {
                return Err(TopologyError::OverlappingTopics);
            }
            return Ok(Some(NodeId(at)));
        }
        Ok(None)
    }

    /// A source node of topics that no other source reads.
    pub(in crate::topology) fn add_source(
        &mut self,
        name: String,
        topics: Vec<TopicName>,
    ) -> Result<NodeId, TopologyError> {
        for topic in &topics {
            check_topic(topic)?;
            let taken = |n: &crate::topology::Node| matches!(&n.operator, Operator::Source { topics, .. } if topics.contains(topic));
            if self.nodes.iter().any(taken) {
                return Err(TopologyError::TopicTwice(topic.to_string()));
            }
        }
        self.add_named(name, Operator::Source { topics, serde: Serde::Bytes }, &[])
    }

    /// The names of a table's store, source and processor, drawn in Kafka's order.
    fn table_names(&mut self, topic: &TopicName, store: Option<String>) -> (String, bool, String, String) {
        let given = store.is_some();
        let store = store.unwrap_or_else(|| self.numbered(&format!("{topic}-STATE-STORE-")));
        (store, given, self.numbered("KSTREAM-SOURCE-"), self.numbered("KTABLE-SOURCE-"))
    }

    /// `StreamsBuilder.table`. Without a store's name there is a store only if an operation behind needs one.
    ///
    /// # Errors
    /// A topic with a wrong name or one that is already read; a store's name that is taken.
    pub fn table(&mut self, topic: &TopicName, materialized: Materialized) -> Result<Table, TopologyError> {
        self.table_of(topic, materialized, StoreKind::KeyValue)
    }

    /// `StreamsBuilder.table` with `Stores.persistentVersionedKeyValueStore`: it remembers what each row was, this far
    /// back.
    ///
    /// # Errors
    /// As with [`table`](Self::table).
    pub fn versioned_table(
        &mut self,
        topic: &TopicName,
        store: &str,
        history_ms: i64,
    ) -> Result<Table, TopologyError> {
        let materialized = Materialized { store: Some(store.to_owned()), retention_ms: None };
        self.table_of(topic, materialized, StoreKind::Versioned { history_ms })
    }

    fn table_of(
        &mut self,
        topic: &TopicName,
        materialized: Materialized,
        kind: StoreKind,
    ) -> Result<Table, TopologyError> {
        let (store, given, source, name) = self.table_names(topic, materialized.store);
        let source = self.add_source(source, vec![topic.clone()])?;
        let node = self.add_table_source(name, source, store, false, Serde::Bytes)?;
        if let Some(def) = self.draft.pending.get_mut(&node) {
            def.kind = kind;
        }
        if given {
            self.materialize(node)?;
        }
        self.draft.table_sources.push((node, topic.clone()));
        Ok(Table { node, serde: Serde::Bytes })
    }

    /// A node that makes a table out of its changes, with the store at once or later.
    pub(super) fn add_table_source(
        &mut self,
        name: String,
        parent: NodeId,
        store: String,
        at_once: bool,
        serde: Serde,
    ) -> Result<NodeId, TopologyError> {
        let operator = Operator::TableSource { store: None, send_old: false };
        let node = self.add_named(name, operator, &[parent])?;
        let def = StoreDef { name: store.into(), kind: StoreKind::KeyValue, serde };
        self.draft.pending.insert(node, def);
        if at_once {
            self.materialize(node)?;
        }
        Ok(node)
    }

    /// Gives a table source its store (`KTableSource.materialize`).
    pub(super) fn materialize(&mut self, node: NodeId) -> Result<(), TopologyError> {
        let Some(def) = self.draft.pending.remove(&node) else { return Ok(()) };
        let store = self.add_store(def.name.to_string(), def.kind, def.serde)?;
        if let Some(node) = self.node_mut(node)
            && let Operator::TableSource { store: slot, .. } = &mut node.operator
        {
            *slot = Some(store);
            node.stores.push(store);
        }
        Ok(())
    }

    /// `StreamsBuilder.globalTable`.
    ///
    /// # Errors
    /// As with [`table`](Self::table).
    pub fn global_table(
        &mut self,
        topic: &TopicName,
        materialized: Materialized,
    ) -> Result<GlobalTable, TopologyError> {
        let (store, _, source, name) = self.table_names(topic, materialized.store);
        let source = self.add_source(source, vec![topic.clone()])?;
        let store = self.add_store(store, StoreKind::KeyValue, Serde::Bytes)?;
        self.draft.source_topics.push((store, topic.clone()));
        let node = self.add_named(name, Operator::GlobalTable { store }, &[source])?;
        Ok(GlobalTable { node })
    }
}
