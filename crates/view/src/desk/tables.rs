//! Stores as tables and as logs: the same data twice. The table is what the newest record of each key left behind; the
//! changelog is how it came to be.

use super::keys::{Reading, row_key};
use super::{app, events, live};
use crate::cast::{self, Cast};
use crate::words;
use millrace_model::{Bytes, Map, Offset, Partition, TopicPartition};
use millrace_sim::Timeline;
use millrace_streams::topology::{StoreId, StoreKind};
use millrace_streams::{TaskEvent, Topology};
use millrace_words::flows as say;

/// Most lines of a table, and of a log.
const LINES: usize = 60;

/// A store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreView {
    /// Its name.
    pub name: String,
    /// "window store, kept for 1 min 15 s".
    pub kind: String,
    /// Its changelog topic; none for a store that is not logged.
    pub changelog: Option<String>,
    /// Key, value, and the task that holds it.
    pub rows: Vec<[String; 3]>,
    /// Rows that are not shown.
    pub more_rows: usize,
    /// How many records have come back from the changelog, after a crash or in another instance.
    pub restored: usize,
    /// The changelog, the oldest first, the newest records of each partition.
    pub log: Vec<LogLine>,
}

/// A record of a changelog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// `P0 @12`.
    pub place: String,
    /// The key, with its window.
    pub key: String,
    /// The value; "null" is a tombstone.
    pub value: String,
    /// True if it is the newest one of its key: what the table shows.
    pub is_newest: bool,
    /// True if it deletes its key.
    pub is_tombstone: bool,
}

/// The stores of an application.
pub fn tables(timeline: &Timeline, name: &str) -> Vec<StoreView> {
    let cast = Cast::of(timeline.world());
    let Some((_, processes)) = app(&cast, name) else { return Vec::new() };
    let Some((_, streams)) = processes.first() else { return Vec::new() };
    let topology = streams.topology();
    let mut restored: Map<StoreId, usize> = Map::new();
    for (_, _, event) in events(timeline, streams) {
        if let TaskEvent::StoreRestored { store, .. } = event {
            *restored.entry(*store).or_default() += 1;
        }
    }
    let view = |(store, id): (&millrace_streams::topology::StoreDef, u32)| {
        let id = StoreId(id);
        let mut rows = Vec::new();
        for task in live(&processes).flat_map(|(_, streams)| streams.tasks().values()) {
            for row in task.table(id) {
                let key = row_key(&row.key, store.kind);
                rows.push([key, words::cut(&row.value.to_text()), task.id().to_string()]);
            }
        }
        let more_rows = rows.len().saturating_sub(LINES);
        rows.truncate(LINES);
        let changelog = topology.changelog_topic(id);
        let log = changelog.as_ref().map(|topic| log(&cast, topology, id, topic)).unwrap_or_default();
        StoreView {
            name: store.name.to_string(),
            kind: kind(store.kind),
            changelog: changelog.map(|topic| topic.to_string()),
            rows,
            more_rows,
            restored: restored.get(&id).copied().unwrap_or(0),
            log,
        }
    };
    topology.stores().iter().zip(0..).map(view).collect()
}

fn log(cast: &Cast<'_>, topology: &Topology, id: StoreId, topic: &millrace_model::TopicName) -> Vec<LogLine> {
    let Some(store) = topology.store(id) else { return Vec::new() };
    let mut lines = Vec::new();
    let logs = cast::topic(cast.world, topic.as_str()).into_iter().flat_map(cast::logs);
    for (TopicPartition { partition, .. }, log) in logs {
        let end = log.log_end_offset();
        let least = i64::try_from(LINES).unwrap_or(i64::MAX);
        let from = Offset(end.0.saturating_sub(least)).max(log.log_start_offset());
        if from >= end {
            continue;
        }
        let mut newest: Map<Bytes, usize> = Map::new();
        for (offset, record) in log.batches_from(from).flat_map(|batch| batch.records_from(from)) {
            let key = record.key.clone().unwrap_or_default();
            newest.insert(key.clone(), lines.len());
            let is_own = topology.is_logged(id);
            lines.push(line(partition, offset, &key, record.value.as_ref(), store.kind, is_own));
        }
        for at in newest.into_values() {
            if let Some(line) = lines.get_mut(at) {
                line.is_newest = true;
            }
        }
    }
    let skip = lines.len().saturating_sub(LINES);
    lines.drain(..skip).for_each(drop);
    lines
}

fn line(
    partition: Partition,
    offset: Offset,
    key: &Bytes,
    value: Option<&Bytes>,
    kind: StoreKind,
    is_own: bool,
) -> LogLine {
    let (_, key) = Reading::Store(kind).key(key);
    LogLine {
        place: format!("P{partition} @{offset}"),
        key,
        value: value.map_or_else(|| "null".to_owned(), |value| text(value, is_own)),
        is_newest: false,
        is_tombstone: value.is_none(),
    }
}

/// A value as text; a count is eight bytes.
fn text(value: &Bytes, is_own: bool) -> String {
    match <[u8; 8]>::try_from(&**value) {
        Ok(long) if is_own && std::str::from_utf8(value).is_ok_and(|t| t.contains('\0')) => {
            i64::from_be_bytes(long).to_string()
        }
        Ok(long) if is_own && std::str::from_utf8(value).is_err() => i64::from_be_bytes(long).to_string(),
        _ => words::bytes(Some(value)),
    }
}

fn kind(kind: StoreKind) -> String {
    match kind {
        StoreKind::KeyValue | StoreKind::PlainKeyValue => say::key_value_store().to_owned(),
        StoreKind::Window { retention_ms, .. } => say::window_store_a_window_is(&words::millis(retention_ms)),
        StoreKind::Session { retention_ms } => say::session_store_a_session_is(&words::millis(retention_ms)),
        StoreKind::SuppressBuffer => say::what_suppress_holds_back().to_owned(),
        StoreKind::Join { retention_ms, .. } => say::one_side_of_a_join(&words::millis(retention_ms)),
        StoreKind::OuterJoin => say::records_that_wait_for_a().to_owned(),
        StoreKind::Versioned { history_ms } => say::versioned_store_of_history(&words::millis(history_ms)),
        StoreKind::StreamBuffer => say::records_that_wait_for().to_owned(),
        StoreKind::Subscriptions => say::subscriptions_of_a_foreign_key().to_owned(),
    }
}
