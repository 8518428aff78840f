//! `Topology.describe()`: Kafka's text, with Kafka's order of nodes.

use super::java::{TreeSet, hash_order};
use super::{Operator, Subtopology, Topology};
use std::cmp::Ordering;
use std::fmt::Write;

/// A node of a description.
struct Described<'t> {
    name: &'t str,
    kind: Kind,
    /// How many paths lead on from here, roughly: what nodes are sorted by.
    size: u64,
    before: TreeSet,
    after: TreeSet,
    parents: Vec<usize>,
}

enum Kind {
    Source(String),
    Processor(String),
    Sink(String),
}

impl Topology {
    /// What `Topology.describe().toString()` prints. Internal topics stand without their application's name, as in
    /// Kafka, where the name is given later.
    pub fn describe(&self) -> String {
        let mut text = "Topologies:\n ".to_owned();
        for (id, sub) in self.subtopologies().iter().enumerate() {
            let nodes = self.described(sub);
            let global = if sub.global { " for global store (will not generate tasks)" } else { "" };
            let _ = writeln!(text, "  Sub-topology: {id}{global}");
            for node in order(&nodes) {
                write_node(&mut text, node, &nodes);
            }
            // Kafka's global stores end without the line that sub-topologies end with.
            if !sub.global {
                text.push('\n');
            }
        }
        text
    }

    /// The topic as its sink or source names it.
    fn undecorated<'n>(&self, topic: &'n str) -> &'n str {
        let internal = self.repartition_topics.iter().any(|r| r.topic.as_str() == topic);
        let bare = topic.strip_prefix(self.application_id()).and_then(|t| t.strip_prefix('-'));
        bare.filter(|_| internal).unwrap_or(topic)
    }

    fn described(&self, sub: &Subtopology) -> Vec<Described<'_>> {
        let found: Vec<_> = sub.nodes.iter().filter_map(|id| Some((*id, self.node(*id)?))).collect();
        // A group is a HashSet of names, and a HashMap is filled from it.
        let found = hash_order(hash_order(found, |(_, n)| &*n.name), |(_, n)| &*n.name);
        let mut nodes: Vec<Described<'_>> = Vec::new();
        for (_, node) in &found {
            let kind = match &node.operator {
                Operator::Source { topics, .. } => {
                    let topics = topics.iter().map(|t| self.undecorated(t.as_str())).collect();
                    Kind::Source(hash_order(topics, |t: &&str| t).join(", "))
                }
                Operator::Sink { topic } => {
                    Kind::Sink(format!("topic: {}", self.undecorated(topic.as_str())))
                }
                Operator::DynamicSink(_) => Kind::Sink("extractor class: TOPIC_EXTRACTOR".to_owned()),
                _ => {
                    let stores = node.stores.iter().filter_map(|s| Some(&*self.store(*s)?.name)).collect();
                    Kind::Processor(hash_order(stores, |s: &&str| s).join(", "))
                }
            };
            let (before, after) = (TreeSet::default(), TreeSet::default());
            nodes.push(Described { name: &node.name, kind, size: 1, before, after, parents: Vec::new() });
        }
        for child in 0..nodes.len() {
            let Some((_, node)) = found.get(child) else { continue };
            let place = |id: &super::NodeId| found.iter().position(|(at, _)| at == id);
            let mut parents: Vec<usize> = Vec::new();
            for parent in node.parents.iter().filter_map(place) {
                if !parents.contains(&parent) {
                    parents.push(parent);
                }
            }
            for parent in parents {
                link(&mut nodes, parent, child);
            }
        }
        nodes
    }
}

/// `NodeComparator`: larger ones first, then by name.
fn compare(nodes: &[Described<'_>], one: usize, other: usize) -> Ordering {
    let key = |at: usize| nodes.get(at).map(|n| (std::cmp::Reverse(n.size), n.name));
    key(one).cmp(&key(other))
}

/// Makes two nodes parent and child. Sizes change with each link while the sets keep the order of their insertion:
/// so does Kafka's, and its text shows it.
fn link(nodes: &mut [Described<'_>], parent: usize, child: usize) {
    let add = |nodes: &mut [Described<'_>], to: usize, item: usize, after: bool| {
        let slot = |n: &mut Described<'_>| std::mem::take(if after { &mut n.after } else { &mut n.before });
        let Some(mut set) = nodes.get_mut(to).map(slot) else { return };
        set.add(item, |a, b| compare(nodes, a, b));
        if let Some(node) = nodes.get_mut(to) {
            *(if after { &mut node.after } else { &mut node.before }) = set;
        }
    };
    add(nodes, child, parent, false);
    add(nodes, parent, child, true);
    if let Some(node) = nodes.get_mut(child) {
        node.parents.push(parent);
    }
    let delta = nodes.get(child).map_or(0, |n| n.size);
    let mut grow = vec![parent];
    while let Some(at) = grow.pop() {
        if let Some(node) = nodes.get_mut(at) {
            node.size = node.size.saturating_add(delta);
            grow.extend(&node.parents);
        }
    }
}

/// The nodes as the description lists them.
fn order<'a, 't>(nodes: &'a [Described<'t>]) -> Vec<&'a Described<'t>> {
    let mut places: Vec<usize> = (0..nodes.len()).collect();
    millrace_model::collections::sort::sort_by(&mut places, |a, b| compare(nodes, *a, *b));
    places.into_iter().filter_map(|at| nodes.get(at)).collect()
}

fn write_node(text: &mut String, node: &Described<'_>, nodes: &[Described<'_>]) {
    let names = |set: &TreeSet| {
        let names: Vec<&str> = set.items().into_iter().filter_map(|at| Some(nodes.get(at)?.name)).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    };
    let (name, before, after) = (node.name, names(&node.before), names(&node.after));
    let _ = match &node.kind {
        Kind::Source(topics) => {
            writeln!(text, "    Source: {name} (topics: [{topics}])\n      --> {after}")
        }
        Kind::Processor(stores) => {
            writeln!(
                text,
                "    Processor: {name} (stores: [{stores}])\n      --> {after}\n      <-- {before}"
            )
        }
        Kind::Sink(topic) => writeln!(text, "    Sink: {name} ({topic})\n      <-- {before}"),
    };
}
