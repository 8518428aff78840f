//! Splits a topology's nodes into the groups that run in one task each.

use super::operator::{Node, Operator};
use super::{NodeId, StoreId, Subtopology};
use millrace_model::Map;
use millrace_model::collections::sort;

/// Joins nodes that share an edge or a store; numbered by their first source (`makeNodeGroups`).
pub(super) fn split(nodes: &[Node]) -> Vec<Subtopology> {
    let global: Vec<StoreId> = nodes
        .iter()
        .filter_map(|n| if let Operator::GlobalTable { store } = n.operator { Some(store) } else { None })
        .collect();
    // Parents come before children, so that a node's group is the smallest of its parents'.
    let mut group: Vec<usize> = (0..nodes.len()).collect();
    fn root(group: &[usize], mut of: usize) -> usize {
        while let Some(up) = group.get(of).copied().filter(|up| *up != of) {
            of = up;
        }
        of
    }
    let mut join = |a: usize, b: usize| {
        let (a, b) = (root(&group, a), root(&group, b));
        if let Some(slot) = group.get_mut(a.max(b)) {
            *slot = a.min(b);
        }
    };
    let mut first_user: Map<StoreId, usize> = Map::new();
    for (at, node) in nodes.iter().enumerate() {
        for child in &node.children {
            join(at, usize::try_from(child.0).unwrap_or(usize::MAX));
        }
        for store in node.stores.iter().filter(|s| !global.contains(s)) {
            join(at, *first_user.entry(*store).or_insert(at));
        }
    }
    let mut found: Map<usize, Subtopology> = Map::new();
    for (at, node) in nodes.iter().enumerate() {
        let empty = || Subtopology {
            nodes: Vec::new(),
            source_topics: Vec::new(),
            stores: Vec::new(),
            global: false,
        };
        let sub = found.entry(root(&group, at)).or_insert_with(empty);
        sub.nodes.push(NodeId(u32::try_from(at).unwrap_or(u32::MAX)));
        sub.global |= matches!(node.operator, Operator::GlobalTable { .. });
        if let Operator::Source { topics, .. } = &node.operator {
            sub.source_topics.extend(topics.iter().cloned());
        }
        // In the order in which nodes use them: that is how Kafka registers and flushes them.
        for store in &node.stores {
            if !sub.stores.contains(store) {
                sub.stores.push(*store);
            }
        }
    }
    for sub in found.values_mut() {
        sort::sort(&mut sub.source_topics);
    }
    found.into_values().collect()
}
