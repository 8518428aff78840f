//! From a draft to a topology: what Kafka does when `build` is called.

use crate::topology::builder::TopologyBuilder;
use crate::topology::function::Predicate;
use crate::topology::operator::Operator;
use crate::topology::subtopology::split;
use crate::topology::{Changelog, NodeId, Optimization, Topology};
use millrace_model::{Set, collections::sort};

impl TopologyBuilder {
    /// The topology.
    pub fn build(mut self) -> Topology {
        if self.config.optimization == Optimization::All {
            self.optimize();
        }
        self.relax_repartition_filters();
        let copartitioned = self.copartitioned();
        let mut changelogs: Vec<Changelog> = self.stores.iter().map(|_| Changelog::Own).collect();
        for (store, topic) in &self.draft.source_topics {
            if let Some(slot) = usize::try_from(store.0).ok().and_then(|at| changelogs.get_mut(at)) {
                *slot = Changelog::Source(topic.clone());
            }
        }
        let subtopologies = split(&self.nodes);
        Topology {
            application_id: self.application_id,
            nodes: self.nodes,
            stores: self.stores,
            subtopologies,
            repartition_topics: self.repartition_topics,
            copartitioned,
            changelogs,
            config: self.config,
        }
    }

    /// Null keys pass a repartition topic only if a join behind it takes them
    /// (`NodesWithRelaxedNullKeyJoinDownstream`).
    fn relax_repartition_filters(&mut self) {
        let mut wanted: Set<NodeId> = Set::new();
        wanted.extend(self.draft.null_key_joins.iter().copied());
        // Sources stand behind their sinks and children behind their parents: backwards, one round is enough.
        for (at, node) in (0..).zip(&self.nodes).collect::<Vec<(u32, _)>>().into_iter().rev() {
            let topic = self.repartition_topics.iter().find(|r| r.sink == NodeId(at));
            if node.children.iter().chain(topic.map(|r| &r.source)).any(|next| wanted.contains(next)) {
                wanted.insert(NodeId(at));
            }
        }
        for filter in self.draft.repartition_filters.clone() {
            let Some(node) = self.node_mut(filter).filter(|_| wanted.contains(&filter)) else { continue };
            if let Operator::Filter { predicate, .. } = &mut node.operator {
                *predicate = Predicate::True;
            }
        }
    }

    /// The sources of each pair of nodes that a join brings together.
    fn copartitioned(&self) -> Vec<Vec<NodeId>> {
        let mut groups = Vec::new();
        for (one, other) in &self.draft.copartitioned {
            let mut sources = Vec::new();
            self.sources_of(*one, &mut sources);
            self.sources_of(*other, &mut sources);
            sort::sort(&mut sources);
            sources.dedup();
            groups.push(sources);
        }
        groups
    }

    fn sources_of(&self, node: NodeId, found: &mut Vec<NodeId>) {
        if matches!(self.operator(node), Some(Operator::Source { .. })) {
            found.push(node);
        }
        let parents =
            self.nodes.get(usize::try_from(node.0).unwrap_or(usize::MAX)).map(|n| n.parents.clone());
        for parent in parents.unwrap_or_default() {
            self.sources_of(parent, found);
        }
    }
}
