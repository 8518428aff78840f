//! What goes into a task and what comes out.

use super::TaskEvent;
use crate::data::key::window_bytes;
use crate::data::{Key, Value, WindowKind};
use crate::topology::SharedHeaders;
use crate::topology::{NodeId, StoreId, StoreKind, Topology};
use millrace_model::{Bytes, Offset, Origin, Partition, Record, Timestamp, TopicName};

/// A record on its way into a task.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The topic that it was read from.
    pub topic: &'a TopicName,
    /// The partition.
    pub partition: Partition,
    /// The offset.
    pub offset: Offset,
    /// The timestamp that readers see ([`StoredBatch::timestamp`](millrace_model::StoredBatch::timestamp)).
    pub timestamp: Timestamp,
    /// The record.
    pub record: &'a Record,
}

/// What a decision comes to. The vectors are reused when an outcome is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskOutcome {
    /// What happened, in order.
    pub events: Vec<TaskEvent>,
    /// What leaves for topics, in order.
    pub outputs: Vec<Output>,
    /// The nodes that took in a record, once for each record and in order: what Kafka's `process-total` counts
    /// (`ProcessorNodeMetrics`). An observation for the picture; it changes no state.
    pub passed: Vec<NodeId>,
}

/// A record on its way out of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Where it goes.
    pub kind: OutputKind,
    /// Its key.
    pub key: Option<Key>,
    /// Its value.
    pub value: Option<Value>,
    /// Its timestamp: for results of an aggregation the largest of the records in it.
    pub timestamp: Timestamp,
    /// Its headers.
    pub headers: SharedHeaders,
    /// The record that caused it.
    pub origin: Origin,
}

/// Where an output goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OutputKind {
    /// To a topic; the producer chooses the partition by the key's bytes.
    Sink {
        /// The topic.
        topic: TopicName,
    },
    /// To the store's changelog topic ([`Topology::changelog_topic`]), into the partition of the task.
    Changelog {
        /// The store.
        store: StoreId,
    },
}

impl TaskOutcome {
    /// Empties it for the next use.
    pub fn clear(&mut self) {
        self.events.clear();
        self.outputs.clear();
        self.passed.clear();
    }
}

impl Output {
    /// True for a changelog record.
    pub fn is_changelog(&self) -> bool {
        matches!(self.kind, OutputKind::Changelog { .. })
    }

    /// The topic; `None` if the store is another topology's.
    pub fn topic(&self, topology: &Topology) -> Option<TopicName> {
        match &self.kind {
            OutputKind::Sink { topic } => Some(topic.clone()),
            OutputKind::Changelog { store } => topology.changelog_topic(*store),
        }
    }

    /// The key's bytes. A window store's changelog has key, start and a sequence number of four zero bytes
    /// (`WindowKeySchema.toStoreKeyBinary`).
    pub fn key_bytes(&self, topology: &Topology) -> Option<Bytes> {
        let key = self.key.as_ref()?;
        if let (OutputKind::Changelog { store }, Key::Windowed { key, window }) = (&self.kind, key) {
            let kind = topology.store(*store).map(|s| s.kind);
            if matches!(kind, Some(StoreKind::Window { .. })) && window.kind == WindowKind::Time {
                return Some(window_bytes(key, *window, &[0; 4]));
            }
        }
        Some(key.to_bytes())
    }

    /// The record as it goes to the producer.
    pub fn record(&self, topology: &Topology) -> Record {
        Record {
            timestamp: self.timestamp,
            key: self.key_bytes(topology),
            value: self.value.as_ref().map(Value::to_bytes),
            headers: self.headers.shared(),
            origin: self.origin,
        }
    }
}
