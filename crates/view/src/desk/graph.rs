//! The topology as a graph: sub-topologies as boxes, nodes in layers from source to sink, stores below the nodes that use
//! them, tasks by the instance that runs them. Nothing is drawn by chance: the same topology always looks the same.

use super::journeys::Journeys;
use super::{app, history, live};
use crate::cast::{self, Cast};
use crate::layout::{count, point, rect};
use crate::scene::{Point, Rect};
use crate::words;
use millrace_model::collections::sort;
use millrace_model::{Map, Time};
use millrace_sim::Timeline;
use millrace_sim::node::streams::StreamsEvent;
use millrace_streams::topology::function::Aggregation;
use millrace_streams::topology::{NodeId, Operator, StoreId, Subtopology};
use millrace_streams::{TaskEvent, Topology};
use millrace_words::flows as say;

const NODE_W: f32 = 160.0;
const NODE_H: f32 = 48.0;
const GAP_X: f32 = 32.0;
const GAP_Y: f32 = 16.0;
const PAD: f32 = 16.0;
const HEAD: f32 = 28.0;
const STORE_H: f32 = 28.0;
const CHIP_H: f32 = 24.0;
const BETWEEN: f32 = 32.0;
/// Over so long a stretch of virtual time a rate is told.
const RATE_MS: u64 = 10_000;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// How wide it is.
    pub width: f32,
    /// How high it is.
    pub height: f32,
    /// The sub-topologies.
    pub subs: Vec<SubBox>,
    /// The nodes.
    pub nodes: Vec<GraphNode>,
    /// The stores.
    pub stores: Vec<GraphStore>,
    /// What goes from where to where.
    pub edges: Vec<GraphEdge>,
    /// Records on their way through.
    pub tokens: Vec<GraphToken>,
}

/// A record on an edge. In the engine it passes all nodes in one moment; the picture takes a while for each edge.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphToken {
    /// Which one, for as long as it is there.
    pub id: String,
    /// When it leaves the one node.
    pub depart: Time,
    /// When it is at the next one.
    pub arrive: Time,
    /// Its way.
    pub curve: [Point; 4],
    /// One or two characters of its key.
    pub letter: String,
    /// Its key's hue.
    pub hue: u8,
}

/// A sub-topology and its tasks.
#[derive(Clone, Debug, PartialEq)]
pub struct SubBox {
    /// Its box.
    pub rect: Rect,
    /// "sub-topology 0".
    pub title: String,
    /// Its tasks, each with the instance that runs it.
    pub tasks: Vec<Placed>,
}

/// A task on an instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// Its box.
    pub rect: Rect,
    /// `0_1`.
    pub task: String,
    /// The instance's name.
    pub instance: String,
    /// "stream time 12:00:31 · 2 dropped".
    pub detail: String,
}

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphNode {
    /// Its box.
    pub rect: Rect,
    /// Kafka's name: `KSTREAM-FILTER-0000000001`.
    pub name: String,
    /// What it does, in the DSL's words: `filter`, or the topic that it reads or writes.
    pub label: String,
    /// `source`, `processor`, `state`, `sink`.
    pub kind: &'static str,
    /// What went through: "12 in · 1.2/s".
    pub detail: String,
    /// How many records it dropped.
    pub drops: usize,
    /// True if the newest record came this far.
    pub is_newest: bool,
}

/// A store.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphStore {
    /// Its box.
    pub rect: Rect,
    /// Its name.
    pub name: String,
    /// How many entries it shows, over all tasks.
    pub entries: usize,
}

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphEdge {
    /// Start, two control points, end.
    pub curve: [Point; 4],
    /// `flow`, `store`, or `topic` for what leaves a sub-topology and comes back through a repartition topic.
    pub kind: &'static str,
    /// The topic's name between two sub-topologies.
    pub label: Option<String>,
    /// The nodes at its ends, where records flow along it.
    pub(super) ends: Option<[NodeId; 2]>,
    /// True if the newest record went along it.
    pub is_newest: bool,
}

/// The graph of an application; none where it does not run.
pub fn graph(timeline: &Timeline, name: &str) -> Option<Graph> {
    let cast = Cast::of(timeline.world());
    let (_, processes) = app(&cast, name)?;
    let (_, streams) = processes.first()?;
    let topology = streams.topology();
    let mut graph = layout(topology);
    let since = Time(timeline.world().now().0.saturating_sub(RATE_MS * 1_000));
    let mut drops: Map<NodeId, usize> = Map::new();
    let mut seen: Map<NodeId, (usize, usize)> = Map::new();
    let mut newest: &[NodeId] = &[];
    let mut journey = Journeys::new(&cast, topology, timeline.world().now());
    for (entry, _, event) in history(timeline, streams) {
        journey.follow(entry, event);
        match event {
            StreamsEvent::Task { event: TaskEvent::RecordDropped { node, .. }, .. } => {
                *drops.entry(*node).or_default() += 1;
            }
            StreamsEvent::Passed { nodes, .. } => {
                for node in nodes {
                    let (all, lately) = seen.entry(*node).or_default();
                    *all += 1;
                    *lately += usize::from(entry.at > since);
                }
                newest = nodes;
            }
            _ => {}
        }
    }
    let apart = timeline.world().strays(name).len() as u64;
    for (node, id) in graph.nodes.iter_mut().zip(0u32..) {
        node.is_newest = newest.contains(&NodeId(id));
        node.drops = drops.get(&NodeId(id)).copied().unwrap_or(0);
        if let Some((all, lately)) = seen.get(&NodeId(id)) {
            let tenths = *lately as u64 * 10_000 / RATE_MS;
            node.detail = format!("{all} · {}.{}/s", tenths / 10, tenths % 10);
        }
        if apart > 0 && topology.node(NodeId(id)).is_some_and(|node| joins_partitions(&node.operator)) {
            node.detail = say::apart(&words::many(apart, "key"));
        }
        if let Some(Operator::Sink { topic }) = topology.node(NodeId(id)).map(|node| &node.operator) {
            let logs = cast::topic(cast.world, topic.as_str()).into_iter().flat_map(cast::logs);
            let written: u64 = logs.map(|(_, l)| l.log_end_offset().since(l.log_start_offset())).sum();
            node.detail = words::many(written, "record");
        }
    }
    for edge in &mut graph.edges {
        edge.is_newest = edge.ends.is_some_and(|ends| ends.iter().all(|end| newest.contains(end)));
    }
    for (store, id) in graph.stores.iter_mut().zip(0u32..) {
        let tasks = live(&processes).flat_map(|(_, streams)| streams.tasks().values());
        store.entries = tasks.map(|task| task.table(StoreId(id)).len()).sum();
    }
    for (sub, n) in graph.subs.iter_mut().zip(0u32..) {
        let (mut x, mut y) = (sub.rect.x + PAD, sub.rect.bottom() - PAD - CHIP_H);
        for (member, streams) in live(&processes) {
            for (id, task) in streams.tasks().iter().filter(|(id, _)| id.subtopology == n) {
                let at = task.stream_time();
                let time = if at.0 >= 0 { words::clock(at) } else { say::not_begun().to_owned() };
                let (task_id, instance) = (id.to_string(), member.node.name.to_string());
                let w = count(task_id.len() + instance.len() + 3) * 7.3 + 16.0;
                if x + w > sub.rect.right() - PAD && x > sub.rect.x + PAD {
                    (x, y) = (sub.rect.x + PAD, y + CHIP_H + 4.0);
                }
                let detail = say::stream_time_dropped(&time, &task.dropped_total());
                sub.tasks.push(Placed { rect: rect(x, y, w, CHIP_H), task: task_id, instance, detail });
                x += w + 8.0;
            }
        }
    }
    make_room(&mut graph);
    graph.tokens = journey.tokens(&graph.edges);
    Some(graph)
}

/// Tasks in several lines make their sub-topology higher, and push down what is below it.
fn make_room(graph: &mut Graph) {
    for n in 0..graph.subs.len() {
        let Some(sub) = graph.subs.get_mut(n) else { continue };
        let lowest = sub.tasks.iter().map(|task| task.rect.bottom()).fold(0.0, f32::max);
        let more = (lowest + PAD - sub.rect.bottom()).max(0.0);
        if more <= 0.0 {
            continue;
        }
        let from = sub.rect.bottom();
        sub.rect.h += more;
        let low = |y: f32| if y >= from { y + more } else { y };
        for sub in graph.subs.iter_mut().skip(n + 1) {
            sub.rect.y += more;
            sub.tasks.iter_mut().for_each(|task| task.rect.y += more);
        }
        graph.nodes.iter_mut().for_each(|node| node.rect.y = low(node.rect.y));
        graph.stores.iter_mut().for_each(|store| store.rect.y = low(store.rect.y));
        graph.edges.iter_mut().flat_map(|edge| &mut edge.curve).for_each(|p| p.y = low(p.y));
        graph.height += more;
    }
}

/// Boxes and lines of a topology, without what happens in it.
fn layout(topology: &Topology) -> Graph {
    let mut graph = Graph::default();
    let mut rects: Map<NodeId, Rect> = Map::new();
    let mut stores: Map<StoreId, Rect> = Map::new();
    let mut top = 0.0;
    for (sub, n) in topology.subtopologies().iter().zip(0..) {
        let sub_box = place(topology, sub, n, top, &mut rects, &mut stores);
        top = sub_box.rect.bottom() + BETWEEN;
        graph.width = graph.width.max(sub_box.rect.w);
        graph.subs.push(sub_box);
    }
    for sub in &mut graph.subs {
        sub.rect.w = graph.width;
    }
    graph.height = (top - BETWEEN).max(0.0);
    for (node, id) in topology.nodes().iter().zip(0..) {
        let rect = rects.get(&NodeId(id)).copied().unwrap_or_default();
        let (label, kind) = said(&node.operator);
        let name = node.name.to_string();
        graph.nodes.push(GraphNode {
            rect,
            name,
            label,
            kind,
            detail: String::new(),
            drops: 0,
            is_newest: false,
        });
        for (child, at) in node.children.iter().filter_map(|child| Some((child, rects.get(child)?))) {
            let curve = bow(right_of(rect), left_of(*at));
            let ends = Some([NodeId(id), *child]);
            graph.edges.push(GraphEdge { curve, kind: "flow", label: None, ends, is_newest: false });
        }
        for store in node.stores.iter().filter_map(|store| stores.get(store)) {
            let from = point(rect.x + rect.w / 2.0, rect.bottom());
            let to = point((rect.x + rect.w / 2.0).clamp(store.x + 8.0, store.right() - 8.0), store.y);
            let middle = (from.y + to.y) / 2.0;
            let curve = [from, point(from.x, middle), point(to.x, middle), to];
            graph.edges.push(GraphEdge { curve, kind: "store", label: None, ends: None, is_newest: false });
        }
    }
    for (store, id) in topology.stores().iter().zip(0..) {
        let rect = stores.get(&StoreId(id)).copied().unwrap_or_default();
        graph.stores.push(GraphStore { rect, name: store.name.to_string(), entries: 0 });
    }
    for through in topology.repartition_topics() {
        let (Some(from), Some(to)) = (rects.get(&through.sink), rects.get(&through.source)) else { continue };
        let (from, to) = (point(from.x + from.w / 2.0, from.bottom()), point(to.x + to.w / 2.0, to.y));
        let middle = (from.y + to.y) / 2.0;
        let curve = [from, point(from.x, middle), point(to.x, middle), to];
        let label = Some(through.topic.to_string());
        graph.edges.push(GraphEdge { curve, kind: "topic", label, ends: None, is_newest: false });
    }
    graph
}

fn place(
    topology: &Topology,
    sub: &Subtopology,
    n: usize,
    top: f32,
    rects: &mut Map<NodeId, Rect>,
    stores: &mut Map<StoreId, Rect>,
) -> SubBox {
    let layers = layers(topology, sub);
    let rows = layers.iter().map(Vec::len).max().unwrap_or(1).max(1);
    let room = count(rows) * (NODE_H + GAP_Y) - GAP_Y;
    for (layer, at) in layers.iter().zip(0..) {
        let high = count(layer.len()) * (NODE_H + GAP_Y) - GAP_Y;
        let x = PAD + count(at) * (NODE_W + GAP_X);
        for (id, row) in layer.iter().zip(0..) {
            let y = top + HEAD + (room - high) / 2.0 + count(row) * (NODE_H + GAP_Y);
            rects.insert(*id, rect(x, y, NODE_W, NODE_H));
        }
    }
    let mut bottom = top + HEAD + room;
    let mut right = PAD + count(layers.len()) * (NODE_W + GAP_X) - GAP_X;
    if !sub.stores.is_empty() {
        let (y, mut free) = (bottom + 20.0, PAD);
        for store in &sub.stores {
            let user =
                sub.nodes.iter().find(|id| topology.node(**id).is_some_and(|n| n.stores.contains(store)));
            let x = user.and_then(|id| rects.get(id)).map_or(free, |rect| rect.x.max(free));
            stores.insert(*store, rect(x, y, NODE_W * 1.5, STORE_H));
            free = x + NODE_W * 1.5 + 12.0;
            right = right.max(x + NODE_W * 1.5);
        }
        bottom = y + STORE_H;
    }
    let tasks = if sub.global { 0.0 } else { CHIP_H + PAD };
    let title = if sub.global { say::global_table_read_by_every().to_owned() } else { say::sub_topology(&n) };
    SubBox { rect: rect(0.0, top, right + PAD, bottom + PAD + tasks - top), title, tasks: Vec::new() }
}

/// The nodes of a sub-topology by the length of the longest way to them; within a layer by where their parents stand.
fn layers(topology: &Topology, sub: &Subtopology) -> Vec<Vec<NodeId>> {
    let mut depth: Map<NodeId, usize> = Map::new();
    // Parents stand before their children.
    for id in &sub.nodes {
        let parents = topology.node(*id).map_or(&[][..], |node| &node.parents);
        let after = parents.iter().filter_map(|parent| depth.get(parent)).max().map_or(0, |d| d + 1);
        depth.insert(*id, after);
    }
    let deepest = depth.values().max().copied().unwrap_or(0);
    let mut layers: Vec<Vec<NodeId>> = Vec::new();
    let mut row_of: Map<NodeId, usize> = Map::new();
    for at in 0..=deepest {
        let mut layer: Vec<NodeId> =
            sub.nodes.iter().copied().filter(|id| depth.get(id) == Some(&at)).collect();
        sort::sort_by_key(&mut layer, |id| {
            let parents = topology.node(*id).map_or(&[][..], |node| &node.parents);
            let rows: Vec<usize> = parents.iter().filter_map(|parent| row_of.get(parent).copied()).collect();
            (rows.iter().sum::<usize>() * 100 / rows.len().max(1), *id)
        });
        row_of.extend(layer.iter().copied().zip(0..));
        layers.push(layer);
    }
    layers
}

fn right_of(rect: Rect) -> Point {
    point(rect.right(), rect.y + rect.h / 2.0)
}

fn left_of(rect: Rect) -> Point {
    point(rect.x, rect.y + rect.h / 2.0)
}

fn bow(from: Point, to: Point) -> [Point; 4] {
    let middle = (from.x + to.x) / 2.0;
    [from, point(middle, from.y), point(middle, to.y), to]
}

fn computed(aggregation: &Aggregation) -> &'static str {
    match aggregation {
        Aggregation::Count => "count",
        Aggregation::Sum(_) => "sum",
        Aggregation::Reduce(_) => "reduce",
        Aggregation::Aggregate { .. } => "aggregate",
    }
}

/// A node in the DSL's words, and its kind.
fn said(operator: &Operator) -> (String, &'static str) {
    let (label, kind) = match operator {
        Operator::Source { topics, .. } => {
            let topics: Vec<String> = topics.iter().map(ToString::to_string).collect();
            return (topics.join(", "), "source");
        }
        Operator::Sink { topic } => return (topic.to_string(), "sink"),
        Operator::DynamicSink(_) => ("to a topic by record", "sink"),
        Operator::Filter { not: false, .. } | Operator::TableFilter { not: false, .. } => {
            ("filter", "processor")
        }
        Operator::Filter { .. } | Operator::TableFilter { .. } => ("filterNot", "processor"),
        Operator::MapValues(_) | Operator::TableMapValues { .. } => ("mapValues", "processor"),
        Operator::SelectKey(_) => ("selectKey", "processor"),
        Operator::Map(_) => ("map", "processor"),
        Operator::FlatMapValues(_) => ("flatMapValues", "processor"),
        Operator::FlatMap(_) => ("flatMap", "processor"),
        Operator::Peek(label) => return (format!("peek {label}"), "processor"),
        Operator::PassThrough => ("toStream", "processor"),
        Operator::TableMerge => ("cogroup", "processor"),
        Operator::Branch(_) => ("split", "processor"),
        Operator::TableGroupBy(_) => ("groupBy", "processor"),
        Operator::TableSource { .. } => ("table", "state"),
        Operator::GlobalTable { .. } => ("globalTable", "state"),
        Operator::TableAggregate { .. } => ("aggregate", "state"),
        Operator::Aggregate { aggregation, .. }
        | Operator::WindowAggregate { aggregation, .. }
        | Operator::SlidingAggregate { aggregation, .. }
        | Operator::SessionAggregate { aggregation, .. }
        | Operator::CustomAggregate { aggregation, .. } => (computed(aggregation), "state"),
        Operator::Suppress { .. } => ("suppress", "state"),
        Operator::JoinWindow { .. } => ("join window", "state"),
        Operator::StreamJoin(_) | Operator::SelfJoin(_) => ("join", "processor"),
        Operator::StreamTableJoin(_) => ("join with table", "processor"),
        Operator::TableJoin(_) => ("join tables", "processor"),
        Operator::TableJoinMerge(_) => ("join result", "processor"),
        Operator::SubscriptionSend(_) => ("subscribe", "processor"),
        Operator::SubscriptionReceive { .. } => ("subscriptions", "state"),
        Operator::SubscriptionJoin { .. } => ("join subscription", "processor"),
        Operator::ForeignTableJoin { .. } => ("join foreign table", "processor"),
        Operator::ResponseJoin(_) => ("join response", "processor"),
        Operator::Process { .. } => ("process", "processor"),
    };
    (label.to_owned(), kind)
}

/// True for a join that brings together what lies in equal partitions.
fn joins_partitions(operator: &Operator) -> bool {
    match operator {
        Operator::StreamTableJoin(join) => join.key.is_none(),
        Operator::StreamJoin(_) | Operator::TableJoin(_) => true,
        _ => false,
    }
}
