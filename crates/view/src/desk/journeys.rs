//! Records on their way through a topology. A record passes all its nodes in one moment of the engine's time; drawn, each
//! edge takes [`HOP`], so that an eye can follow it.

use super::graph::{GraphEdge, GraphToken};
use crate::cast::{self, Cast};
use crate::hue;
use millrace_model::{Map, Offset, Span, Time, TopicPartition};
use millrace_sim::Entry;
use millrace_sim::node::streams::StreamsEvent;
use millrace_streams::topology::{NodeId, Operator};
use millrace_streams::{TaskEvent, TaskId, Topology};

/// How long a token is on one edge.
const HOP: Span = Span::from_millis(240);
/// So long ago a record may have passed and still be drawn on its way.
const SEEN: Span = Span::from_secs(3);
/// Most records on their way, the newest.
const RECORDS: usize = 24;

struct Journey {
    id: String,
    at: Time,
    letter: String,
    hue: u8,
    nodes: Vec<NodeId>,
}

/// See the module.
pub(super) struct Journeys<'b, 'a> {
    cast: &'b Cast<'a>,
    topology: &'a Topology,
    now: Time,
    /// What was taken in and has not been told to have passed.
    taken: Map<TaskId, Vec<(TopicPartition, Offset)>>,
    all: Vec<Journey>,
}

impl<'b, 'a> Journeys<'b, 'a> {
    pub(super) fn new(cast: &'b Cast<'a>, topology: &'a Topology, now: Time) -> Journeys<'b, 'a> {
        Journeys { cast, topology, now, taken: Map::new(), all: Vec::new() }
    }

    pub(super) fn follow(&mut self, entry: &Entry, event: &StreamsEvent) {
        if self.now.since(entry.at) > SEEN {
            return;
        }
        match event {
            StreamsEvent::Task {
                task,
                event: TaskEvent::RecordConsumed { topic, partition, offset, .. },
            } => {
                let tp = TopicPartition { topic: topic.clone(), partition: *partition };
                self.taken.entry(*task).or_default().push((tp, *offset));
            }
            StreamsEvent::Passed { task, nodes } => self.passed(entry, *task, nodes),
            _ => {}
        }
    }

    /// The nodes of several records stand behind each other; each begins at a source.
    fn passed(&mut self, entry: &Entry, task: TaskId, nodes: &[NodeId]) {
        let mut taken = self.taken.remove(&task).unwrap_or_default().into_iter();
        let is_source = |id: NodeId| {
            self.topology.node(id).is_some_and(|node| matches!(node.operator, Operator::Source { .. }))
        };
        for (n, node) in nodes.iter().enumerate() {
            if is_source(*node) {
                let place = taken.next();
                let record =
                    place.as_ref().and_then(|(tp, offset)| cast::record(self.cast.world, tp, *offset));
                let (letter, hue) = hue::of_key(record.and_then(|record| record.key.as_deref()));
                let id = match place {
                    Some((tp, offset)) => format!("{tp} @{} {n}", offset.0),
                    None => format!("{task} {} {n}", entry.at.0),
                };
                self.all.push(Journey { id, at: entry.at, letter, hue, nodes: Vec::new() });
            }
            // What a punctuation or a commit sends has no source; it travels with nobody.
            if let Some(journey) = self.all.last_mut().filter(|journey| journey.at == entry.at) {
                journey.nodes.push(*node);
            }
        }
    }

    /// A token for each edge that a record goes along, one after the other.
    pub(super) fn tokens(&self, edges: &[GraphEdge]) -> Vec<GraphToken> {
        let skip = self.all.len().saturating_sub(RECORDS);
        let mut tokens = Vec::new();
        for journey in self.all.iter().skip(skip) {
            let mut depth: Map<NodeId, u64> = Map::new();
            for node in &journey.nodes {
                let parents = self.topology.node(*node).map_or(&[][..], |node| &node.parents);
                let from = parents.iter().find(|parent| depth.contains_key(*parent));
                let hops = from.and_then(|from| depth.get(from)).copied();
                depth.entry(*node).or_insert(hops.map_or(0, |hops| hops + 1));
                let (Some(from), Some(hops)) = (from, hops) else { continue };
                let depart = journey.at + Span(HOP.0 * hops);
                let arrive = depart + HOP;
                let edge = edges.iter().find(|edge| edge.ends == Some([*from, *node]));
                if let (Some(edge), true) = (edge, arrive > self.now) {
                    tokens.push(GraphToken {
                        id: format!("{} {}", journey.id, node.0),
                        depart,
                        arrive,
                        curve: edge.curve,
                        letter: journey.letter.clone(),
                        hue: journey.hue,
                    });
                }
            }
        }
        tokens
    }
}
