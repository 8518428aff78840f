//! State stores. Each is cheap to clone: what two clones have in common they share until one writes.

pub mod buffer;
pub mod cache;
pub mod join;
pub mod key_value;
mod keys;
pub mod outer_join;
pub mod session;
pub mod stream_buffer;
pub mod versioned;
pub mod window;

pub use buffer::{Buffered, SuppressBuffer};
pub use cache::{Cache, CacheEntry};
pub use join::{JoinRecord, JoinStore};
pub use key_value::KeyValueStore;
pub use outer_join::{Awaiting, OuterJoinStore};
pub use session::SessionStore;
pub use stream_buffer::StreamBuffer;
pub use versioned::VersionedStore;
pub use window::WindowStore;

use crate::data::Value;
use crate::topology::StoreKind;
use millrace_model::Timestamp;

/// A stored value with its timestamp (`ValueAndTimestamp`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cell {
    /// The value.
    pub value: Value,
    /// The largest timestamp of the records in it.
    pub timestamp: Timestamp,
}

/// A store of any kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    /// Keys and values.
    KeyValue(KeyValueStore),
    /// Windows.
    Window(WindowStore),
    /// Sessions.
    Session(SessionStore),
    /// Results that a suppression holds back.
    Buffer(SuppressBuffer),
    /// One side's records of a stream-stream join.
    Join(JoinStore),
    /// Records of a stream-stream join that wait for a partner.
    OuterJoin(OuterJoinStore),
    /// Keys and their values over time.
    Versioned(VersionedStore),
    /// Records of a stream that wait for a versioned table.
    StreamBuffer(StreamBuffer),
}

impl Store {
    /// An empty store of this kind.
    pub fn new(kind: StoreKind) -> Store {
        match kind {
            StoreKind::KeyValue | StoreKind::PlainKeyValue | StoreKind::Subscriptions => {
                Store::KeyValue(KeyValueStore::default())
            }
            StoreKind::Window { size_ms, retention_ms, layout } => {
                Store::Window(WindowStore::new(size_ms, retention_ms, layout))
            }
            StoreKind::Session { retention_ms } => Store::Session(SessionStore::new(retention_ms)),
            StoreKind::SuppressBuffer => Store::Buffer(SuppressBuffer::default()),
            StoreKind::Join { size_ms, retention_ms } => Store::Join(JoinStore::new(size_ms, retention_ms)),
            StoreKind::Versioned { history_ms } => Store::Versioned(VersionedStore::new(history_ms)),
            StoreKind::StreamBuffer => Store::StreamBuffer(StreamBuffer::default()),
            StoreKind::OuterJoin => Store::OuterJoin(OuterJoinStore::default()),
        }
    }
}
