//! A task: one sub-topology over one partition of its topics, with its stores and its stream time.
//!
//! ```text
//! let outcome = task.decide(&input);                   // thinks, cannot mutate
//! for event in &outcome.events { task.apply(event) }   // mutates, cannot fail
//! ```
//!
//! [`Task::process`] does both for many records; it is made of the same two pieces.

mod aggregate;
mod apply;
mod caught;
mod commit;
mod custom_windows;
mod emit_final;
mod event;
mod foreign_key;
mod getter;
mod murmur3;
mod outcome;
mod pass;
mod pattern;
mod processor;
mod restore;
mod session_windows;
mod sliding_windows;
mod stream_join;
mod stream_table_join;
mod suppress;
mod table;
mod table_join;
mod time_windows;
mod versioned;
pub mod view;
mod window_store;

pub use event::{DropReason, Failure, TaskEvent};
pub use outcome::{Input, Output, OutputKind, TaskOutcome};

use crate::store::{Cache, Store};
use crate::topology::{NodeId, Operator, StoreKind, Topology};
use millrace_model::{Map, Offset, Partition, Timestamp, TopicName};
use std::collections::VecDeque;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A task's id. Prints as Kafka does: `0_2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId {
    /// The sub-topology's number.
    pub subtopology: u32,
    /// The partition.
    pub partition: Partition,
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.subtopology, self.partition)
    }
}

/// What a node keeps beside its store; gone after a crash, as in Kafka.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct NodeState {
    /// The largest timestamp it saw (`observedStreamTime`); -1 before the first.
    stream_time: i64,
    /// Up to which close time its final results are sent (`lastEmitWindowCloseTime`); -1 before the first.
    emitted_until: i64,
    /// The earliest time of a record that may wait for a partner (`TimeTracker.minTime`); the end of time if none.
    min_time: i64,
    /// When something happens next: a search for records without a partner, a punctuation.
    next: i64,
}

impl NodeState {
    /// Of a node that has seen nothing.
    const NEW: NodeState = NodeState { stream_time: -1, emitted_until: -1, min_time: i64::MAX, next: 0 };
}

/// A dropped record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The topic.
    pub topic: TopicName,
    /// The partition.
    pub partition: Partition,
    /// The offset.
    pub offset: Offset,
    /// Its timestamp.
    pub timestamp: Timestamp,
    /// Why it was dropped.
    pub reason: DropReason,
}

/// A task. A clone is cheap and shares the stores until one of the two writes.
///
/// Its hash is that of its id and of every event that it has applied, in order: two tasks with the same hash have
/// the same history, and computing it costs nothing however large the stores are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    topology: Arc<Topology>,
    id: TaskId,
    stores: Vec<Store>,
    nodes: Vec<NodeState>,
    caches: Vec<Cache>,
    /// True if a processor has a schedule.
    punctuates: bool,
    /// Sources of global tables that another sub-topology counts.
    copied: Vec<NodeId>,
    /// The wall-clock time that it was last told.
    wall_clock: Option<Timestamp>,
    positions: Map<TopicName, Offset>,
    stream_time: Timestamp,
    dropped_total: u64,
    dropped: VecDeque<Dropped>,
    failure: Option<Failure>,
    digest: u64,
}

impl Hash for Task {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
        self.digest.hash(state);
    }
}

impl Task {
    /// A task that has seen nothing.
    pub fn new(topology: Arc<Topology>, id: TaskId) -> Task {
        let caching = topology.config().caching;
        let kind = |kind| if caching { kept_by_cache(kind) } else { kind };
        let stores = topology.stores().iter().map(|s| Store::new(kind(s.kind))).collect();
        let nodes = topology.nodes().iter().map(|_| NodeState::NEW).collect();
        let caches = topology.stores().iter().map(|_| Cache::default()).collect();
        let punctuates = topology.nodes().iter().any(
            |n| matches!(&n.operator, Operator::Process { processor, .. } if processor.punctuation().is_some()),
        );
        let own = usize::try_from(id.subtopology).ok().and_then(|at| topology.subtopologies().get(at));
        let others = topology.subtopologies().iter().filter(|s| s.global && Some(*s) != own);
        let copied = others.flat_map(|s| s.nodes.iter().copied()).collect();
        Task {
            topology,
            id,
            stores,
            nodes,
            caches,
            punctuates,
            copied,
            wall_clock: None,
            positions: Map::new(),
            stream_time: Timestamp::NONE,
            dropped_total: 0,
            dropped: VecDeque::new(),
            failure: None,
            digest: 0,
        }
    }

    /// What one record brings about. A task that has failed does nothing more; a record of a topic that it does not
    /// read does nothing either.
    pub fn decide(&self, input: &Input<'_>) -> TaskOutcome {
        let mut outcome = TaskOutcome::default();
        self.decide_into(input, &mut outcome);
        outcome
    }

    /// As [`decide`](Self::decide), behind what the outcome already holds.
    pub fn decide_into(&self, input: &Input<'_>, outcome: &mut TaskOutcome) {
        if self.failure.is_none() {
            pass::run(self, input, outcome);
        }
    }

    /// True for the source of a global table that this task only keeps a copy of.
    fn copies(&self, source: NodeId) -> bool {
        !self.copied.is_empty() && self.copied.contains(&source)
    }

    /// Decides and applies each record in order. What happened and what leaves is put behind what `outcome` holds.
    pub fn process<'a>(&mut self, inputs: impl IntoIterator<Item = Input<'a>>, outcome: &mut TaskOutcome) {
        for input in inputs {
            let before = outcome.events.len();
            self.decide_into(&input, outcome);
            for event in outcome.events.iter().skip(before) {
                self.apply(event);
            }
        }
    }
}

/// A cached store shows what the cache has, and the cache knows no retention.
fn kept_by_cache(kind: StoreKind) -> StoreKind {
    match kind {
        StoreKind::Window { size_ms, layout, .. } => {
            StoreKind::Window { size_ms, retention_ms: i64::MAX, layout }
        }
        StoreKind::Session { .. } => StoreKind::Session { retention_ms: i64::MAX },
        other => other,
    }
}
