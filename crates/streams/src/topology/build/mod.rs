//! The builder's methods beyond single streams, one file per family, and what turns a draft into a topology.

mod finish;
mod foreign_key;
mod join;
mod optimize;
mod process;
mod rebuild;
mod repartition;
mod source;
mod table;
mod table_join;

pub use join::StreamJoined;
pub use source::GlobalTable;
pub use table::GroupedTable;

use super::{NodeId, StoreDef};
use millrace_model::{Map, TopicName};

/// What a builder remembers beside the nodes.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    /// Stores of tables that nobody has looked into so far.
    pending: Map<NodeId, StoreDef>,
    /// Repartition topics that a grouping with a name has made: by stream and name, their source.
    grouped: Map<(NodeId, String), NodeId>,
    /// Repartition topics in front of joins: by stream, their source.
    joined: Map<NodeId, NodeId>,
    /// The filters in front of repartition topics, which let null keys pass only where a join behind wants them.
    repartition_filters: Vec<NodeId>,
    /// Joins that take records without a key.
    null_key_joins: Vec<NodeId>,
    /// Repartition topics that an optimisation may merge (`OptimizableRepartitionNode`), by their filter.
    optimizable: Vec<NodeId>,
    /// Pairs of nodes whose sources must have as many partitions as one another.
    copartitioned: Vec<(NodeId, NodeId)>,
    /// Stores that are read from a topic which holds all that they hold.
    source_topics: Vec<(super::StoreId, TopicName)>,
    /// Merges of streams.
    pub(super) merges: Vec<NodeId>,
    /// Table sources and their topics.
    table_sources: Vec<(NodeId, TopicName)>,
}
