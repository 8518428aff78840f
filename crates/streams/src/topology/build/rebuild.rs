//! Puts a draft's nodes into another order, some of them left out: every id that names a node follows.

use crate::topology::builder::TopologyBuilder;
use crate::topology::join::TableJoinMerge;
use crate::topology::{Node, NodeId, Operator};
use millrace_model::Map;
use millrace_model::collections::sort;

/// The nodes of `order`, in that order. What is left out must have no children and be nobody's parent.
pub(super) fn rebuild(builder: &mut TopologyBuilder, order: &[NodeId]) {
    let mut places: Map<NodeId, NodeId> = Map::new();
    places.extend((0..).zip(order).map(|(new, old)| (*old, NodeId(new))));
    let mut nodes: Vec<Node> = Vec::with_capacity(order.len());
    for id in order {
        let Some(node) = usize::try_from(id.0).ok().and_then(|at| builder.nodes.get(at)) else { continue };
        let mut node = node.clone();
        follow_all(&places, &mut node.children);
        // Kafka adds nodes to its topology in their order, and with them the children.
        sort::sort(&mut node.children);
        follow_all(&places, &mut node.parents);
        follow_in(&places, &mut node.operator);
        nodes.push(node);
    }
    builder.nodes = nodes;
    for topic in &mut builder.repartition_topics {
        follow(&places, &mut topic.sink);
        follow(&places, &mut topic.source);
    }
    let draft = &mut builder.draft;
    follow_all(&places, &mut draft.repartition_filters);
    follow_all(&places, &mut draft.null_key_joins);
    for (one, other) in &mut draft.copartitioned {
        follow(&places, one);
        follow(&places, other);
    }
}

fn follow(places: &Map<NodeId, NodeId>, id: &mut NodeId) {
    *id = places.get(id).copied().unwrap_or(*id);
}

fn follow_all(places: &Map<NodeId, NodeId>, ids: &mut Vec<NodeId>) {
    *ids = ids.iter().filter_map(|id| places.get(id).copied()).collect();
}

/// The nodes that operators look into.
fn follow_in(places: &Map<NodeId, NodeId>, operator: &mut Operator) {
    match operator {
        Operator::TableFilter { table, .. }
        | Operator::TableMapValues { table, .. }
        | Operator::SubscriptionJoin { table } => follow(places, table),
        Operator::StreamJoin(join) => follow(places, &mut join.tracker),
        Operator::StreamTableJoin(join) => follow(places, &mut join.table),
        Operator::TableJoin(join) => {
            follow(places, &mut join.this);
            follow(places, &mut join.other);
        }
        Operator::TableJoinMerge(TableJoinMerge { left, right, .. }) => {
            follow(places, left);
            follow(places, right);
        }
        Operator::ResponseJoin(join) => follow(places, &mut join.table),
        _ => {}
    }
}
