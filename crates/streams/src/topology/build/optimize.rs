//! `topology.optimization=all`: what `InternalStreamsBuilder.optimizeTopology` does when the topology is built. (Joins
//! of a stream with itself are optimised where they are made.)

use super::rebuild::rebuild;
use crate::data::Serde;
use crate::topology::builder::TopologyBuilder;
use crate::topology::function::Predicate;
use crate::topology::{Node, NodeId, Operator, RepartitionTopic};
use millrace_model::Set;

/// A repartition topic's three nodes: a single node of Kafka's graph.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Repartition {
    filter: NodeId,
    sink: NodeId,
    source: NodeId,
}

/// Nodes that change the key, each with the repartition topics that are there because of it.
type ByKeyChanger = Vec<(NodeId, Vec<Repartition>)>;

impl TopologyBuilder {
    /// All optimisations.
    pub(super) fn optimize(&mut self) {
        self.reuse_source_topics();
        self.merge_repartition_topics();
    }

    /// `reuse.ktable.source.topics`: a table's topic is its store's changelog.
    fn reuse_source_topics(&mut self) {
        for (table, topic) in self.draft.table_sources.clone() {
            if let Some(store) = self.operator(table).and_then(Operator::store) {
                self.draft.source_topics.push((store, topic));
            }
        }
    }

    fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(usize::try_from(id.0).ok()?)
    }

    /// The parents in Kafka's graph: a repartition topic is one node, which its source stands for.
    fn graph_parents(&self, id: NodeId) -> Vec<NodeId> {
        let filter = self.repartitions().find(|r| r.source == id).map(|r| r.filter);
        self.node(filter.unwrap_or(id)).map(|n| n.parents.clone()).unwrap_or_default()
    }

    fn repartitions(&self) -> impl Iterator<Item = Repartition> {
        self.repartition_topics.iter().filter_map(|r| {
            let filter = *self.node(r.sink)?.parents.first()?;
            let known = self.draft.repartition_filters.contains(&filter);
            known.then_some(Repartition { filter, sink: r.sink, source: r.source })
        })
    }

    /// `findParentNodeMatching`: the node itself, or the nearest before it, the last of several ways.
    fn find_before(&self, start: NodeId, wanted: &dyn Fn(NodeId) -> bool) -> Option<NodeId> {
        if wanted(start) {
            return Some(start);
        }
        let mut found = None;
        for parent in self.graph_parents(start) {
            if wanted(parent) {
                return Some(parent);
            }
            found = self.find_before(parent, wanted);
        }
        found
    }

    /// The node at or before `start` whose parent is `parent`.
    fn child_towards(&self, parent: NodeId, start: NodeId) -> Option<NodeId> {
        self.find_before(start, &|at| self.graph_parents(at).contains(&parent))
    }

    fn changes_key(&self, id: NodeId) -> bool {
        matches!(self.operator(id), Some(Operator::SelectKey(_) | Operator::Map(_) | Operator::FlatMap(_)))
    }

    fn changes_value(&self, id: NodeId) -> bool {
        matches!(self.operator(id), Some(Operator::MapValues(_) | Operator::FlatMapValues(_)))
    }

    /// Which repartition topics could be one. A value that is changed between the key and the topic keeps them apart.
    fn by_key_changer(&self) -> ByKeyChanger {
        let ids = (0..).zip(&self.nodes).map(|(at, _)| NodeId(at));
        let mut found: ByKeyChanger =
            ids.filter(|id| self.changes_key(*id)).map(|id| (id, Vec::new())).collect();
        for repartition in self.repartitions().filter(|r| self.draft.optimizable.contains(&r.filter)) {
            let start = repartition.source;
            let any = self.find_before(start, &|at| self.changes_key(at) || self.changes_value(at));
            let key = self.find_before(start, &|at| self.changes_key(at));
            if any == key
                && let Some((_, topics)) = found.iter_mut().find(|(id, _)| Some(*id) == key)
            {
                topics.push(repartition);
            }
        }
        // Where streams with changed keys are merged, the merge takes their place
        // (`maybeUpdateKeyChangingRepartitionNodeMap`).
        for merge in &self.draft.merges {
            let moves = |(key, topics): &(NodeId, Vec<Repartition>)| {
                topics.iter().all(|r| self.child_towards(*merge, r.source).is_some())
                    && self.child_towards(*key, *merge).is_some()
            };
            let (moved, stay): (ByKeyChanger, ByKeyChanger) = found.into_iter().partition(moves);
            found = stay;
            found.push((*merge, moved.into_iter().flat_map(|(_, topics)| topics).collect()));
        }
        found
    }

    /// `merge.repartition.topics`: one topic behind the node that changes the key, instead of one for each that
    /// needs it.
    fn merge_repartition_topics(&mut self) {
        let mut order: Vec<NodeId> = (0..).zip(&self.nodes).map(|(at, _)| NodeId(at)).collect();
        let mut gone: Set<NodeId> = Set::new();
        for (key_changer, topics) in self.by_key_changer() {
            let Some(first) = topics.first() else { continue };
            let Some(made) = self.add_merged(key_changer, *first) else { continue };
            for repartition in &topics {
                self.replace(key_changer, made.source, *repartition);
                gone.extend([repartition.filter, repartition.sink, repartition.source]);
            }
            if let Some(at) = order.iter().position(|id| *id == key_changer) {
                let behind = order.split_off(at.saturating_add(1));
                order.extend([made.filter, made.sink, made.source]);
                order.extend(behind);
            }
        }
        self.repartition_topics.retain(|r| !gone.contains(&r.source));
        order.retain(|id| !gone.contains(id));
        rebuild(self, &order);
    }

    /// The merged topic's nodes, as yet without children.
    fn add_merged(&mut self, key_changer: NodeId, first: Repartition) -> Option<Repartition> {
        let topic = self.repartition_topics.iter().find(|r| r.source == first.source)?.topic.clone();
        let prefix = topic.as_str().strip_prefix(&*self.application_id)?.strip_prefix('-')?.to_owned();
        let serde = match self.operator(first.source) {
            Some(Operator::Source { serde, .. }) => *serde,
            _ => Serde::Bytes,
        };
        let names = self.repartition_names(&prefix);
        let not_null = Operator::Filter { predicate: Predicate::KeyNotNull, not: false };
        // The limit of nodes was kept with more of them.
        let filter = self.add_named(names.filter, not_null, &[key_changer]).ok()?;
        self.draft.repartition_filters.push(filter);
        let sink = self.add_named(names.sink, Operator::Sink { topic: topic.clone() }, &[filter]).ok()?;
        let read = Operator::Source { topics: vec![topic.clone()], serde };
        let source = self.add_named(names.source, read, &[]).ok()?;
        self.repartition_topics.push(RepartitionTopic { topic, sink, source, partitions: None });
        Some(Repartition { filter, sink, source })
    }

    /// Takes a repartition topic out: what leads to it now stands behind `source`.
    fn replace(&mut self, key_changer: NodeId, source: NodeId, gone: Repartition) {
        if let Some(child) = self.child_towards(key_changer, gone.source) {
            // Kafka's graph has the topic as one node; here its filter is what has the parent.
            let child = if child == gone.source { gone.filter } else { child };
            self.unlink(key_changer, child);
            self.link(source, child);
        }
        for (one, other) in &mut self.draft.copartitioned {
            for side in [one, other] {
                if *side == gone.source {
                    *side = source;
                }
            }
        }
        let parents = self.node(gone.filter).map(|n| n.parents.clone()).unwrap_or_default();
        let children = self.node(gone.source).map(|n| n.children.clone()).unwrap_or_default();
        for parent in parents {
            self.unlink(parent, gone.filter);
            for child in &children {
                self.unlink(gone.source, *child);
                self.link(parent, *child);
            }
        }
    }

    fn unlink(&mut self, parent: NodeId, child: NodeId) {
        if let Some(node) = self.node_mut(parent) {
            node.children.retain(|id| *id != child);
        }
        if let Some(node) = self.node_mut(child) {
            node.parents.retain(|id| *id != parent);
        }
    }

    fn link(&mut self, parent: NodeId, child: NodeId) {
        if let Some(node) = self.node_mut(parent).filter(|n| !n.children.contains(&child)) {
            node.children.push(child);
        }
        if let Some(node) = self.node_mut(child).filter(|n| !n.parents.contains(&parent)) {
            node.parents.push(parent);
        }
    }
}
