//! What a picture or a test asks a task.

use super::{Dropped, Failure, NodeState, Task, TaskId};
use crate::data::{Key, Value, Window};
use crate::store::{Cache, Store};
use crate::topology::{
    EmitStrategy, NodeId, Operator, StoreId, StoreKind, SuppressUntil, TimeWindows, Topology,
};
use millrace_model::collections::sort;
use millrace_model::{Bytes, Offset, Timestamp, TopicName};
use std::fmt;
use std::sync::Arc;

/// How far a window has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WindowPhase {
    /// Stream time has not reached its end.
    Open,
    /// Its end is past, but the grace is not: late records still count.
    Grace,
    /// Closed: the value is final.
    Closed,
}

/// One key's value in one window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowRow {
    /// The key.
    pub key: Bytes,
    /// The window.
    pub window: Window,
    /// The value.
    pub value: Value,
    /// The largest timestamp of the records in it.
    pub timestamp: Timestamp,
    /// How far the window has come.
    pub phase: WindowPhase,
}

/// One row of a store's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRow {
    /// The key, with its window in a window store.
    pub key: Key,
    /// The value.
    pub value: Value,
    /// Its timestamp.
    pub timestamp: Timestamp,
}

/// Why a node holds results back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The suppression, or the aggregation that emits on window close.
    pub node: NodeId,
    /// The next result to leave.
    pub key: Key,
    /// How many results wait.
    pub results: usize,
    /// The stream time at which the next one leaves.
    pub leaves_at: Timestamp,
    /// The node's stream time; -1 before the first record.
    pub stream_time: Timestamp,
}

/// A sentence: why nothing comes out.
impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Waiting { key, leaves_at, stream_time, .. } = self;
        write!(f, "{key} leaves at stream time {leaves_at}; stream time is {stream_time}, ")?;
        f.write_str("and only a record with a later timestamp moves it")
    }
}

impl Task {
    /// Its id.
    pub fn id(&self) -> TaskId {
        self.id
    }

    /// Its topology.
    pub fn topology(&self) -> &Arc<Topology> {
        &self.topology
    }

    /// The largest timestamp of the records it took in; -1 before the first. Nodes that keep one of their own
    /// (behind a filter, say) may be behind: [`node_stream_time`](Self::node_stream_time).
    pub fn stream_time(&self) -> Timestamp {
        self.stream_time
    }

    /// The largest timestamp that reached a windowed aggregation or a suppression; -1 before the first.
    pub fn node_stream_time(&self, node: NodeId) -> Timestamp {
        Timestamp(self.state_of(node).map_or(-1, |s| s.stream_time))
    }

    /// The offset after the last record taken in, per topic: what a commit would write.
    pub fn positions(&self) -> impl Iterator<Item = (&TopicName, Offset)> {
        self.positions.iter().map(|(topic, offset)| (topic, *offset))
    }

    /// `dropped-records-total`.
    pub fn dropped_total(&self) -> u64 {
        self.dropped_total
    }

    /// The newest dropped records, oldest first, at most [`REMEMBERED_DROPS`](crate::limits::REMEMBERED_DROPS).
    pub fn dropped(&self) -> impl ExactSizeIterator<Item = &Dropped> {
        self.dropped.iter()
    }

    /// What stopped it, if anything did.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// The hash of its history.
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// A store; `None` if it is another topology's.
    pub fn store(&self, id: StoreId) -> Option<&Store> {
        self.stores.get(usize::try_from(id.0).ok()?)
    }

    /// What a store's cache holds back.
    pub fn cache(&self, id: StoreId) -> Option<&Cache> {
        self.caches.get(usize::try_from(id.0).ok()?)
    }

    pub(super) fn state_of(&self, node: NodeId) -> Option<&NodeState> {
        self.nodes.get(usize::try_from(node.0).ok()?)
    }

    /// The tumbling and hopping aggregations: node, windows, store.
    pub fn windowed_nodes(&self) -> impl Iterator<Item = (NodeId, TimeWindows, StoreId)> {
        let nodes = self.topology.nodes().iter().enumerate();
        nodes.filter_map(|(at, node)| match &node.operator {
            Operator::WindowAggregate { windows, store, .. } => {
                Some((NodeId(u32::try_from(at).ok()?), *windows, *store))
            }
            _ => None,
        })
    }

    /// What a windowed aggregation's store shows: time and sliding windows by start and key, sessions by end, start
    /// and key.
    pub fn windows(&self, node: NodeId) -> Vec<WindowRow> {
        let operator = self.topology.node(node).map(|n| &n.operator);
        let Some((windows, store)) = operator.and_then(|o| Some((o.windows()?, o.store()?))) else {
            return Vec::new();
        };
        let stream_time = self.node_stream_time(node).0;
        let row = |key: &Bytes, window: Window, value: &Value, timestamp: Timestamp| {
            let phase = if stream_time >= windows.closes_at(window) {
                WindowPhase::Closed
            } else if stream_time >= windows.ends_at(window) {
                WindowPhase::Grace
            } else {
                WindowPhase::Open
            };
            WindowRow { key: key.clone(), window, value: value.clone(), timestamp, phase }
        };
        match self.store(store) {
            Some(Store::Window(rows)) => {
                let size_ms = rows.size_ms();
                let cells = rows.all().into_iter();
                cells
                    .map(|(start, key, cell)| {
                        row(key, Window::time(start, size_ms), &cell.value, cell.timestamp)
                    })
                    .collect()
            }
            Some(Store::Session(rows)) => {
                rows.all().map(|(window, key, value)| row(key, window, value, window.end)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What a store shows, by key (and window).
    pub fn table(&self, id: StoreId) -> Vec<TableRow> {
        match (self.store(id), self.topology.store(id).map(|s| s.kind)) {
            (Some(Store::KeyValue(table)), _) => table
                .all()
                .map(|(key, cell)| TableRow {
                    key: key.clone(),
                    value: cell.value.clone(),
                    timestamp: cell.timestamp,
                })
                .collect(),
            (Some(Store::Window(windows)), Some(StoreKind::Window { size_ms, .. })) => {
                let mut rows: Vec<TableRow> = windows
                    .all()
                    .into_iter()
                    .map(|(start, key, cell)| TableRow {
                        key: Key::Windowed { key: key.clone(), window: Window::time(start, size_ms) },
                        value: cell.value.clone(),
                        timestamp: cell.timestamp,
                    })
                    .collect();
                sort::sort_by(&mut rows, |a, b| a.key.cmp(&b.key));
                rows
            }
            (Some(Store::Session(sessions)), _) => {
                let row = |(window, key, value): (Window, &Bytes, &Value)| TableRow {
                    key: Key::Windowed { key: key.clone(), window },
                    value: value.clone(),
                    timestamp: window.end,
                };
                let mut rows: Vec<TableRow> = sessions.all().map(row).collect();
                sort::sort_by(&mut rows, |a, b| a.key.cmp(&b.key));
                rows
            }
            (Some(Store::Buffer(buffer)), _) => buffer
                .all()
                .filter_map(|(_, _, result)| {
                    let (key, timestamp) = (result.key.clone(), result.timestamp);
                    Some(TableRow { key, value: result.new.clone()?, timestamp })
                })
                .collect(),
            (Some(Store::Join(records)), _) => records
                .all()
                .map(|(key, time, value)| TableRow {
                    key: Key::Windowed { key: key.clone(), window: Window::time(time, records.size_ms()) },
                    value: value.clone(),
                    timestamp: Timestamp(time),
                })
                .collect(),
            (Some(Store::OuterJoin(waiting)), _) => waiting
                .all()
                .flat_map(|(key, values)| {
                    values.iter().map(|value| TableRow {
                        key: Key::Plain(key.key.clone()),
                        value: value.clone(),
                        timestamp: Timestamp(key.time),
                    })
                })
                .collect(),
            (Some(Store::Versioned(table)), _) => table
                .all()
                .map(|(key, value, since)| TableRow {
                    key: key.clone(),
                    value: value.clone(),
                    timestamp: Timestamp(since),
                })
                .collect(),
            (Some(Store::StreamBuffer(buffer)), _) => buffer
                .all()
                .map(|(place, record)| TableRow {
                    key: record.key.clone(),
                    value: record.value.clone(),
                    timestamp: Timestamp(place.time),
                })
                .collect(),
            (Some(Store::Window(_)) | None, _) => Vec::new(),
        }
    }

    /// What a query sees of a store: its rows, and on top of them what its cache holds back.
    pub fn rows(&self, id: StoreId) -> Vec<TableRow> {
        let mut rows = self.table(id);
        let is_table = matches!(self.store(id), Some(Store::KeyValue(_)));
        let cached = self.cache(id).filter(|_| is_table);
        for (key, entry) in cached.into_iter().flat_map(Cache::all) {
            let at = rows.binary_search_by(|row| row.key.cmp(key));
            let row = entry.cell.clone().map(|cell| TableRow {
                key: key.clone(),
                value: cell.value,
                timestamp: cell.timestamp,
            });
            match (at, row) {
                (Ok(at), Some(row)) => {
                    if let Some(known) = rows.get_mut(at) {
                        *known = row;
                    }
                }
                (Ok(at), None) => drop(rows.remove(at)),
                (Err(at), Some(row)) => rows.insert(at, row),
                (Err(_), None) => {}
            }
        }
        rows
    }

    /// Which nodes hold results back, and until when.
    pub fn waiting(&self) -> Vec<Waiting> {
        let nodes = self.topology.nodes().iter().zip(0..);
        nodes.filter_map(|(node, at)| self.waits(NodeId(at), &node.operator)).collect()
    }

    fn waits(&self, node: NodeId, operator: &Operator) -> Option<Waiting> {
        let stream_time = self.node_stream_time(node);
        match operator {
            Operator::Suppress { until, store, .. } => {
                let Store::Buffer(buffer) = self.store(*store)? else { return None };
                let (time, _, first) = buffer.all().next()?;
                let (SuppressUntil::WindowCloses { grace_ms: wait_ms }
                | SuppressUntil::TimeLimit { ms: wait_ms }) = *until;
                let leaves_at = Timestamp(time.saturating_add(wait_ms));
                Some(Waiting { node, key: first.key.clone(), results: buffer.len(), leaves_at, stream_time })
            }
            Operator::WindowAggregate { emit: EmitStrategy::OnWindowClose, .. }
            | Operator::SlidingAggregate { emit: EmitStrategy::OnWindowClose, .. }
            | Operator::SessionAggregate { emit: EmitStrategy::OnWindowClose, .. } => {
                let windows = operator.windows()?;
                let mut open = self.windows(node);
                open.retain(|row| row.phase != WindowPhase::Closed);
                let first = open.iter().min_by_key(|row| windows.closes_at(row.window))?;
                let key = Key::Windowed { key: first.key.clone(), window: first.window };
                let leaves_at = Timestamp(windows.closes_at(first.window));
                Some(Waiting { node, key, results: open.len(), leaves_at, stream_time })
            }
            _ => None,
        }
    }
}
