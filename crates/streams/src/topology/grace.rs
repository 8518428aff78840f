//! How long `suppress until window closes` waits: as long as the windows somewhere in front of it say
//! (`GraphGraceSearchUtil`).

use super::operator::{Node, Operator};
use super::{NodeId, RepartitionTopic, TopologyError};
use millrace_model::Map;

/// The longest wait of the windows in front of `from`, that node included.
pub(super) fn suppress_ms(
    nodes: &[Node],
    repartitions: &[RepartitionTopic],
    from: NodeId,
) -> Result<i64, TopologyError> {
    search(nodes, repartitions, from, "", &mut Map::new())
}

fn search(
    nodes: &[Node],
    repartitions: &[RepartitionTopic],
    at: NodeId,
    chain: &str,
    known: &mut Map<NodeId, i64>,
) -> Result<i64, TopologyError> {
    if let Some(known) = known.get(&at) {
        return Ok(*known);
    }
    let node = usize::try_from(at.0).ok().and_then(|at| nodes.get(at));
    let Some(node) = node else { return Err(TopologyError::NotWindowed { chain: chain.to_owned() }) };
    if let Operator::CustomAggregate { windows, .. } = &node.operator {
        return Ok(windows.suppress_ms());
    }
    if let Some(windows) = node.operator.windows() {
        return Ok(windows.suppress_ms());
    }
    let chain = if chain.is_empty() { node.name.to_string() } else { format!("{}->{chain}", node.name) };
    let before = (0..).zip(nodes).filter(|(_, node)| node.children.contains(&at)).map(|(n, _)| NodeId(n));
    // Behind a repartition topic the search goes on where the topic is written.
    let behind = repartitions.iter().filter(|r| r.source == at).map(|r| r.sink);
    let mut longest = None;
    for parent in before.chain(behind) {
        let found = search(nodes, repartitions, parent, &chain, known)?;
        longest = Some(longest.map_or(found, |longest: i64| longest.max(found)));
    }
    let longest = longest.ok_or_else(|| TopologyError::NotWindowed { chain: format!("root->{chain}") })?;
    known.insert(at, longest);
    Ok(longest)
}
