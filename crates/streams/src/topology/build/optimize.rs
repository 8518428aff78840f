//! `topology.optimization=all`.

use crate::topology::Operator;
use crate::topology::builder::TopologyBuilder;

impl TopologyBuilder {
    /// What `InternalStreamsBuilder.optimizeTopology` does.
    pub(super) fn optimize(&mut self) {
        self.reuse_source_topics();
    }

    /// `reuse.ktable.source.topics`: a table's topic is its store's changelog.
    fn reuse_source_topics(&mut self) {
        for (table, topic) in self.draft.table_sources.clone() {
            if let Some(store) = self.operator(table).and_then(Operator::store) {
                self.draft.source_topics.push((store, topic));
            }
        }
    }
}
