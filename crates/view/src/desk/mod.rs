//! The desks below the stage: what a look at the whole stage has no room for. The brokers of a cluster ([`rooms`]), the
//! transactions of producers ([`board`]), and of a streams application event time against processing time, the topology as a
//! graph, a join's two lanes, a store beside its changelog.
//!
//! Each part is a pure function of a timeline and is computed only while somebody looks at it: unlike the scene it reads
//! the trace, and never more of it than [`SEARCHED`] entries.

pub mod board;
mod dashboard;
mod graph;
mod instances;
mod join;
mod join_tables;
mod joins;
mod journeys;
mod keys;
mod query;
mod retime;
pub mod rooms;
mod scale;
pub mod storage;
mod tables;
mod timing;
mod told;

pub use dashboard::{Change, DashboardView, Row, Seam, dashboards, shown_topics};
pub use graph::{Graph, GraphEdge, GraphNode, GraphStore, GraphToken, Placed, SubBox, graph};
pub use instances::{InstanceView, LogView, TaskView, instances, restores};
pub use join::{JoinBoard, JoinDot, JoinFate, JoinLane, Match};
pub use joins::{join, join_names};
pub use query::{Askable, Asked, Reply, StoreName, askable, reply};
pub use retime::{Retimed, retime};
pub use scale::Scale;
pub use tables::{LogLine, StoreView, tables};
pub use timing::{Dot, DotFate, ResultMark, Stair, Timing, WindowBox, timing};
pub use told::Told;

use crate::cast::{Body, Cast, GroupCast, GroupKind, MemberCast};
use crate::words;
use millrace_sim::node::streams::{StreamsEvent, StreamsNode};
use millrace_sim::node::{Activity, Kind};
use millrace_sim::world::Stray;
use millrace_sim::{Actor, Entry, Fact, NodeId, Timeline, World};
use millrace_streams::{TaskEvent, TaskId};
use millrace_words::flows as say;

/// Entries of the trace that one part reads, the newest.
pub const SEARCHED: usize = 30_000;

/// An application on stage: its group, and each process of it.
fn app<'b, 'a>(
    cast: &'b Cast<'a>,
    name: &str,
) -> Option<(&'b GroupCast<'a>, Vec<(&'b MemberCast<'a>, &'a StreamsNode)>)> {
    let is_it = |kind: &GroupKind<'_>| matches!(kind, GroupKind::Streams(of) if **of == *name);
    let group = cast.groups.iter().find(|group| is_it(&group.kind))?;
    let processes = group.members.iter().filter_map(|member| match member.body {
        Body::Streams(streams) => Some((member, streams)),
        Body::Instance(_) => None,
    });
    let processes: Vec<_> = processes.collect();
    (!processes.is_empty()).then_some((group, processes))
}

/// Those of an application's processes that are there.
fn live<'b, 'a>(
    processes: &'b [(&'b MemberCast<'a>, &'a StreamsNode)],
) -> impl Iterator<Item = (&'b MemberCast<'a>, &'a StreamsNode)> {
    processes.iter().copied().filter(|(member, _)| member.node.activity() != Activity::Gone)
}

/// All processes that an application has had under its `application.id`.
fn every_process(world: &World, streams: &StreamsNode) -> Vec<NodeId> {
    let is_it =
        |kind: &Kind| matches!(kind, Kind::Streams(of) if of.application_id() == streams.application_id());
    world.nodes().filter(|(_, node)| is_it(&node.kind)).map(|(id, _)| id).collect()
}

/// What happened in an application's processes up to the playhead, the oldest first.
fn history<'a>(timeline: &'a Timeline, streams: &StreamsNode) -> Vec<(&'a Entry, NodeId, &'a StreamsEvent)> {
    let processes = every_process(timeline.world(), streams);
    let before = timeline.branch().entries_before(timeline.moment().step).take(SEARCHED);
    let mut events: Vec<_> = before
        .filter_map(|entry| match (&entry.fact, entry.actor) {
            (Fact::Streams(event), Actor::Node(id)) if processes.contains(&id) => Some((entry, id, event)),
            _ => None,
        })
        .collect();
    events.reverse();
    events
}

/// What happened in an application's tasks up to the playhead, the oldest first.
fn events<'a>(timeline: &'a Timeline, streams: &StreamsNode) -> Vec<(&'a Entry, TaskId, &'a TaskEvent)> {
    let of_task = |(entry, _, event): (&'a Entry, NodeId, &'a StreamsEvent)| match event {
        StreamsEvent::Task { task, event } => Some((entry, *task, event)),
        _ => None,
    };
    history(timeline, streams).into_iter().filter_map(of_task).collect()
}

/// What no exception says: the topics of a join have as many partitions, and a key lies in another one on each side.
pub fn apart(timeline: &Timeline, name: &str) -> Vec<String> {
    let said = |stray: &Stray| {
        let key = words::key(Some(&stray.key));
        let (one, other) = (&stray.one, &stray.other);
        say::lies_in_and_in_no(&key, &one, &other)
    };
    timeline.world().strays(name).iter().map(said).collect()
}
