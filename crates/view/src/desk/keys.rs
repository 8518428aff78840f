//! The keys of topics and stores as a reader sees them: the windows that their bytes hold are told.

use crate::words;
use millrace_model::{Bytes, TopicName};
use millrace_streams::topology::{StoreId, StoreKind, Windows};
use millrace_streams::{Key, Topology};
use millrace_words::flows as say;

/// How the keys of a topic are to be read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reading {
    /// A changelog's.
    Store(StoreKind),
    /// Results of windows.
    Results(Windows),
    /// As they are.
    Plain,
}

impl Reading {
    /// For a topic that a topology writes.
    pub(super) fn of(topology: &Topology, topic: &TopicName) -> Reading {
        let stores = topology.stores().iter().zip(0u32..);
        let mut logged =
            stores.filter(|(_, id)| topology.changelog_topic(StoreId(*id)).as_ref() == Some(topic));
        if let Some((store, _)) = logged.next() {
            return Reading::Store(store.kind);
        }
        let windows = topology.nodes().iter().find_map(|node| node.operator.windows());
        windows.map_or(Reading::Plain, Reading::Results)
    }

    /// The key without its window, and its text with it.
    pub(super) fn key(&self, bytes: &Bytes) -> (Bytes, String) {
        let plain = |bytes: &Bytes| (bytes.clone(), words::bytes(Some(bytes)));
        match self {
            Reading::Plain => plain(bytes),
            Reading::Store(kind) => {
                let windowed = match *kind {
                    StoreKind::Window { size_ms, .. } => in_window_store(bytes, size_ms),
                    StoreKind::Session { .. } => Key::from_session_windowed(bytes),
                    _ => None,
                };
                match windowed {
                    Some(key) => (key.inner().clone(), row_key(&key, *kind)),
                    None => plain(bytes),
                }
            }
            // A key that was mapped to a text behind the windows has no such bytes.
            Reading::Results(_) if is_text(bytes) => plain(bytes),
            Reading::Results(windows) => {
                let windowed = match windows {
                    Windows::Session(_) => Key::from_session_windowed(bytes),
                    Windows::Time(_) | Windows::Sliding(_) => {
                        Key::from_time_windowed(bytes, windows.length_ms())
                    }
                };
                let of = |key: &Key| {
                    let window = key.window()?;
                    let (start, end) = (words::clock(window.start), words::clock(window.end));
                    let close = if matches!(windows, Windows::Time(_)) { ')' } else { ']' };
                    Some((
                        key.inner().clone(),
                        format!("{} [{start}, {end}{close}", words::bytes(Some(key.inner()))),
                    ))
                };
                windowed.as_ref().and_then(of).unwrap_or_else(|| plain(bytes))
            }
        }
    }
}

fn is_text(bytes: &Bytes) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| !text.chars().any(char::is_control))
}

/// `WindowKeySchema`: key, start, and a sequence number of four bytes.
fn in_window_store(bytes: &Bytes, size_ms: i64) -> Option<Key> {
    let (rest, _) = bytes.split_last_chunk::<4>()?;
    Key::from_time_windowed(rest, size_ms)
}

/// A store's key with its window.
pub(super) fn row_key(key: &Key, kind: StoreKind) -> String {
    let inner = words::bytes(Some(key.inner()));
    match key.window() {
        None => inner,
        Some(window) => match kind {
            StoreKind::Join { .. } => say::at_clock(&inner, &words::clock(window.start)),
            StoreKind::Session { .. } => {
                format!("{inner} [{}, {}]", words::clock(window.start), words::clock(window.end))
            }
            _ => format!("{inner} {}", crate::boards::window_text(window.start.0, window.end.0)),
        },
    }
}
