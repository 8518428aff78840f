//! What a board of windows is drawn from: the aggregation, and the windows that its store and its output topic remember.
//! No coordinates.

use crate::axis::Axis;
use crate::boards::window_text;
use crate::cast::Cast;
use crate::finals;
use crate::running::Running;
use crate::words;
use millrace_model::{Bytes, Map};
use millrace_streams::store::Store;
use millrace_streams::topology::function::Aggregation;
use millrace_streams::topology::{
    CustomShape, CustomWindows, EmitStrategy, NodeId, Operator, SessionWindows, StoreId, Windows,
};
use millrace_streams::{Task, Topology, Window};

/// Most windows that are read of one task's store.
pub const WINDOWS_READ: usize = 2_000;

/// The aggregation that a board shows.
#[derive(Clone, Copy)]
pub struct Aggregated<'a> {
    /// The node.
    pub node: NodeId,
    /// Its windows; those by expression as sessions that end when they do.
    pub windows: Windows,
    /// Its windows by expression, which are no part of Kafka Streams.
    pub custom: Option<&'a CustomWindows>,
    /// Its store.
    pub store: StoreId,
    /// What it computes.
    pub aggregation: &'a Aggregation,
    /// When it sends results.
    pub emit: EmitStrategy,
}

impl Aggregated<'_> {
    /// A window as Kafka draws it: `[12:00:10, 12:00:20)`; with both ends where both belong to it.
    pub fn text(&self, window: Window) -> String {
        match self.windows {
            // The key has the last millisecond, the expression the end.
            Windows::Session(_) if self.is_span() => {
                window_text(window.start.0, window.end.0.saturating_add(1))
            }
            Windows::Time(_) => window_text(window.start.0, window.end.0),
            Windows::Sliding(_) | Windows::Session(_) => {
                format!("[{}, {}]", words::clock(window.start), words::clock(window.end))
            }
        }
    }

    /// True for windows from one time to another by expression.
    pub fn is_span(&self) -> bool {
        self.custom.is_some_and(|custom| matches!(custom.shape(), CustomShape::Span { .. }))
    }

    /// How long a window, a time difference or a gap is, in milliseconds; by expression at most.
    pub fn length_ms(&self) -> i64 {
        self.custom.map_or_else(|| self.windows.length_ms(), CustomWindows::longest_ms)
    }

    /// The windows that an axis is made for.
    pub fn scale(&self) -> Windows {
        let by_longest = |custom: &CustomWindows| {
            SessionWindows::new(custom.longest_ms(), custom.grace_ms()).map(Windows::Session).ok()
        };
        self.custom.and_then(by_longest).unwrap_or(self.windows)
    }
}

/// One window's value.
pub struct Seen<'a> {
    /// Whose.
    pub task: &'a Task,
    /// The key.
    pub key: Bytes,
    /// The window.
    pub window: Window,
    /// Its value as text.
    pub value: String,
}

/// The first windowed aggregation of a topology.
pub fn aggregated(topology: &Topology) -> Option<Aggregated<'_>> {
    let nodes = topology.nodes().iter().zip(0..);
    nodes.into_iter().find_map(|(node, at)| {
        let (aggregation, emit) = match &node.operator {
            Operator::WindowAggregate { aggregation, emit, .. }
            | Operator::SlidingAggregate { aggregation, emit, .. }
            | Operator::SessionAggregate { aggregation, emit, .. } => (aggregation, *emit),
            Operator::CustomAggregate { aggregation, .. } => (aggregation, EmitStrategy::OnWindowUpdate),
            _ => return None,
        };
        let custom = match &node.operator {
            Operator::CustomAggregate { windows, .. } => Some(&**windows),
            _ => None,
        };
        let (windows, store) = (node.operator.windows()?, node.operator.store()?);
        Some(Aggregated { node: NodeId(at), windows, custom, store, aggregation, emit })
    })
}

/// The windows in sight: of the stores, and of known keys what only the output topic still remembers.
pub fn seen<'a>(cast: &Cast<'_>, running: &Running<'a>, shown: Aggregated<'_>, axis: &Axis) -> Vec<Seen<'a>> {
    let mut seen = running.tasks.values().flat_map(|task| read(task, shown, axis)).collect();
    given_up(cast, running, shown, axis, &mut seen);
    seen
}

/// What a task's store holds of the windows in sight. Windows beyond the store's retention are shown as long as their
/// segment is there: they are final, and a picture may remember more than a query may see.
fn read<'a>(task: &'a Task, shown: Aggregated<'_>, axis: &Axis) -> Vec<Seen<'a>> {
    match task.store(shown.store) {
        Some(Store::Window(windows)) => {
            // A sliding window that began before the picture may end in it.
            let from = match shown.windows {
                Windows::Time(_) => axis.from,
                Windows::Sliding(_) | Windows::Session(_) => {
                    axis.from.saturating_sub(shown.windows.length_ms())
                }
            };
            let cells = windows.range(from, axis.to).take(WINDOWS_READ);
            let size_ms = shown.windows.length_ms();
            cells
                .map(|(start, key, cell)| Seen {
                    task,
                    key: key.clone(),
                    window: Window::time(start, size_ms),
                    value: cell.value.to_text().into_owned(),
                })
                .collect()
        }
        Some(Store::Session(sessions)) => {
            let rows = sessions.ending(axis.from, axis.to.saturating_mul(2)).take(WINDOWS_READ);
            rows.map(|(window, key, value)| Seen {
                task,
                key: key.clone(),
                window,
                value: value.to_text().into_owned(),
            })
            .collect()
        }
        _ => Vec::new(),
    }
}

/// Adds the windows of known keys that only the output topic still remembers.
fn given_up<'a>(
    cast: &Cast<'_>,
    running: &Running<'a>,
    shown: Aggregated<'_>,
    axis: &Axis,
    seen: &mut Vec<Seen<'a>>,
) {
    let Windows::Time(windows) = shown.windows else { return };
    let starts = running.tasks.values().filter_map(|task| match task.store(shown.store) {
        Some(Store::Window(windows)) => windows.first_start(),
        _ => None,
    });
    let Some(first) = starts.min().filter(|first| *first > axis.from) else { return };
    let outputs = running.topology.sink_topics();
    let mut results = finals::remembered(cast, &outputs, windows, shown.aggregation, axis);
    results.retain(|(_, start), _| *start < first);
    let tasks: Map<Bytes, &'a Task> = seen.iter().map(|one| (one.key.clone(), one.task)).collect();
    seen.extend(results.into_iter().filter_map(|((key, start), value)| {
        let task = *tasks.get(&key)?;
        Some(Seen { task, key, window: Window::time(start, windows.size_ms()), value })
    }));
}
