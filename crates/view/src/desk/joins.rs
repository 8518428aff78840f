//! The joins of a topology, by kind, and the board of one of them.

use super::join::{self, JoinBoard};
use super::{apart, app, join_tables};
use crate::cast::Cast;
use millrace_sim::Timeline;
use millrace_streams::Topology;
use millrace_streams::topology::function::KeyMapper;
use millrace_streams::topology::join::StreamJoin;
use millrace_streams::topology::{JoinType, NodeId, Operator, Side, StoreId};
use millrace_words::flows as say;

/// Sentences below a board.
const REASONS: usize = 6;

/// A join.
pub(super) enum AnyJoin<'a> {
    /// Of two streams.
    Streams(&'a StreamJoin, &'a StreamJoin),
    /// With a table.
    Tables(Between),
}

/// What a join with a table brings together.
pub(super) enum Between {
    /// A stream and a table; with a mapper a global one.
    Stream {
        /// The join.
        node: NodeId,
        /// The table.
        table: NodeId,
        /// True if what finds no row comes out with null.
        left: bool,
        /// The key in a global table.
        mapper: Option<KeyMapper>,
    },
    /// Two tables, by key.
    Tables {
        /// The left one.
        left: NodeId,
        /// The right one.
        right: NodeId,
        /// Which rows come out alone.
        join_type: JoinType,
    },
    /// Two tables, by a foreign key in the left one.
    Foreign {
        /// What subscribes.
        send: NodeId,
        /// Where subscriptions are kept.
        subscriptions: StoreId,
        /// The right table.
        table: NodeId,
        /// True if a left row without a right one comes out.
        left: bool,
    },
}

impl Between {
    /// From which node a side's records come.
    pub(super) fn node(&self, side: Side) -> NodeId {
        match (self, side) {
            (Between::Stream { node, .. }, Side::Left) => *node,
            (Between::Stream { table, .. } | Between::Foreign { table, .. }, Side::Right) => *table,
            (Between::Tables { left, .. }, Side::Left) => *left,
            (Between::Tables { right, .. }, Side::Right) => *right,
            (Between::Foreign { send, .. }, Side::Left) => *send,
        }
    }

    /// What it is, and what it does.
    pub(super) fn title(&self) -> String {
        let left = |left: bool| if left { "left join" } else { "inner join" };
        match self {
            Between::Stream { left: is_left, mapper: Some(_), .. } => {
                say::of_a_stream_with_a(&left(*is_left))
            }
            Between::Stream { left: is_left, .. } => say::of_a_stream_with(&left(*is_left)),
            Between::Tables { join_type, .. } => {
                let kind = match join_type {
                    JoinType::Inner => "inner join",
                    JoinType::Left => "left join",
                    JoinType::Outer => "outer join",
                };
                say::of_two_tables_a_change(&kind)
            }
            Between::Foreign { left: is_left, .. } => say::of_two_tables_by_a(&left(*is_left)),
        }
    }
}

/// The joins of a topology, in its order.
pub(super) fn all(topology: &Topology) -> Vec<AnyJoin<'_>> {
    let nodes = || topology.nodes().iter().zip(0u32..).map(|(node, id)| (NodeId(id), &node.operator));
    let mut found = Vec::new();
    for (id, operator) in nodes() {
        match operator {
            Operator::StreamJoin(left) if left.side == Side::Left => {
                let right = nodes().find_map(|(_, other)| match other {
                    Operator::StreamJoin(right) => Some(&**right)
                        .filter(|right| right.side == Side::Right && right.tracker == left.tracker),
                    _ => None,
                });
                found.extend(right.map(|right| AnyJoin::Streams(left, right)));
            }
            Operator::StreamTableJoin(join) => found.push(AnyJoin::Tables(Between::Stream {
                node: id,
                table: join.table,
                left: join.left,
                mapper: join.key.clone(),
            })),
            Operator::TableJoin(join) if join.side == Side::Left => {
                let (left, right, join_type) = (join.this, join.other, join.join_type);
                found.push(AnyJoin::Tables(Between::Tables { left, right, join_type }));
            }
            Operator::SubscriptionSend(send) => {
                // The parts of one join follow each other.
                let mut after = nodes().filter(|(later, _)| *later > id);
                let subscriptions = after.find_map(|(_, operator)| match operator {
                    Operator::SubscriptionReceive { store } => Some(*store),
                    _ => None,
                });
                let table = after.find_map(|(_, operator)| match operator {
                    Operator::SubscriptionJoin { table } => Some(*table),
                    _ => None,
                });
                if let (Some(subscriptions), Some(table)) = (subscriptions, table) {
                    let left = send.left;
                    found.push(AnyJoin::Tables(Between::Foreign { send: id, subscriptions, table, left }));
                }
            }
            _ => {}
        }
    }
    found
}

/// What the joins of an application are called: for a choice, if there are several.
pub fn join_names(timeline: &Timeline, name: &str) -> Vec<String> {
    let cast = Cast::of(timeline.world());
    let Some((_, processes)) = app(&cast, name) else { return Vec::new() };
    let Some((_, streams)) = processes.first() else { return Vec::new() };
    let topology = streams.topology();
    let name = |join: &AnyJoin<'_>| {
        let (left, right) = match join {
            AnyJoin::Streams(left, right) => {
                (join::sources_of(topology, right.other), join::sources_of(topology, left.other))
            }
            AnyJoin::Tables(between) => {
                (sources(topology, between.node(Side::Left)), sources(topology, between.node(Side::Right)))
            }
        };
        say::with(&left, &right)
    };
    all(topology).iter().map(name).collect()
}

/// The board of the `which`th join of an application, from 0; none if there is none.
pub fn join(timeline: &Timeline, name: &str, which: usize, width: f32) -> Option<JoinBoard> {
    let cast = Cast::of(timeline.world());
    let (_, processes) = app(&cast, name)?;
    let (_, streams) = processes.first()?;
    let mut board = match all(streams.topology()).get(which)? {
        AnyJoin::Streams(left, right) => join::board(timeline, streams, (left, right), width),
        AnyJoin::Tables(between) => join_tables::board(timeline, &cast, streams, between, width)?,
    };
    board.reasons.extend(apart(timeline, name));
    let skip = board.reasons.len().saturating_sub(REASONS);
    board.reasons.drain(..skip).for_each(drop);
    Some(board)
}

/// The store in which a table's rows are, its own or that of the table that it is made of.
pub(super) fn store_of(topology: &Topology, table: NodeId) -> Option<StoreId> {
    let mut at = table;
    loop {
        let node = topology.node(at)?;
        if let Some(store) = node.operator.store() {
            return Some(store);
        }
        at = *node.parents.first()?;
    }
}

/// The topics from which a node's records come, with those behind a repartition topic.
pub(super) fn sources(topology: &Topology, node: NodeId) -> String {
    let mut next = vec![node];
    let mut topics: Vec<String> = Vec::new();
    while let Some((id, node)) = next.pop().and_then(|id| Some((id, topology.node(id)?))) {
        if let Operator::Source { topics: read, .. } = &node.operator {
            let through = topology.repartition_topics().iter().find(|through| through.source == id);
            match through {
                Some(through) => next.push(through.sink),
                None => topics.extend(read.iter().map(ToString::to_string)),
            }
        }
        next.extend(node.parents.iter().copied());
    }
    topics.join(", ")
}
