//! A task's stores come back from their changelogs, record by record.

use super::{Task, TaskEvent, TaskId};
use crate::data::{Key, Value};
use crate::store::stream_buffer::{WaitingPlace, WaitingRecord};
use crate::store::{Buffered, Store};
use crate::topology::SharedHeaders;
use crate::topology::evaluate::Context;
use crate::topology::{NodeId, Operator, StoreId, StoreKind, Topology, Windows};
use millrace_model::{Bytes, Offset, Partition, Record, Timestamp, TopicName};
use std::sync::Arc;

impl Task {
    /// What a record of a store's changelog brings about; nothing if it is no record of one. `timestamp` is the one
    /// that readers see.
    pub fn decide_restore(&self, store: StoreId, record: &Record, timestamp: Timestamp) -> Option<TaskEvent> {
        let def = self.topology.store(store)?;
        let (bytes, serde) = (record.key.clone()?, def.serde);
        let key = match def.kind {
            StoreKind::Window { size_ms, .. } => {
                // Key, start, and a sequence number of four bytes.
                let (key, _) = bytes.split_last_chunk::<4>()?;
                Key::from_time_windowed(key, size_ms)?
            }
            StoreKind::Session { .. } => Key::from_session_windowed(&bytes)?,
            StoreKind::SuppressBuffer => return self.restore_result(store, &bytes, record),
            StoreKind::StreamBuffer => return self.restore_waiting(store, &bytes, record),
            StoreKind::OuterJoin => {
                let value = record.value.clone().map(Value::Bytes);
                return Some(TaskEvent::StoreRestored { store, key: Key::Plain(bytes), value, timestamp });
            }
            StoreKind::KeyValue
            | StoreKind::PlainKeyValue
            | StoreKind::Join { .. }
            | StoreKind::Versioned { .. }
            | StoreKind::Subscriptions => Key::Plain(bytes),
        };
        let value = match &record.value {
            None => None,
            Some(bytes) => Some(serde.read(bytes)?),
        };
        Some(TaskEvent::StoreRestored { store, key, value, timestamp })
    }

    /// A task that begins with another's stores: what lies on disk when a task is opened again, or a standby task
    /// takes over. Everything else is as new.
    pub fn with_stores_of(topology: Arc<Topology>, id: TaskId, other: &Task) -> Task {
        let task = Task::new(topology, id);
        Task { stores: other.stores.clone(), digest: other.digest, ..task }
    }

    /// Takes a global table's rows from another task of the instance.
    pub fn adopt_global(&mut self, other: &Task) {
        for at in 0..self.stores.len() {
            let store = StoreId(u32::try_from(at).unwrap_or(u32::MAX));
            if self.topology.is_global_store(store)
                && let (Some(own), Some(there)) = (self.stores.get_mut(at), other.stores.get(at))
            {
                *own = there.clone();
            }
        }
    }

    fn suppression(&self, store: StoreId) -> Option<NodeId> {
        let nodes = self.topology.nodes().iter().zip(0..);
        let mut found =
            nodes.filter(|(n, _)| matches!(n.operator, Operator::Suppress { store: of, .. } if of == store));
        found.next().map(|(_, at)| NodeId(at))
    }

    /// The windows of the aggregation in front of a node.
    fn windows_above(&self, node: NodeId) -> Option<Windows> {
        let mut at = node;
        loop {
            let nodes = self.topology.nodes().iter().zip(0..);
            let (parent, id) = nodes.into_iter().find(|(n, _)| n.children.contains(&at))?;
            if let Some(windows) = parent.operator.windows() {
                return Some(windows);
            }
            at = NodeId(id);
        }
    }

    fn restore_result(&self, store: StoreId, bytes: &Bytes, record: &Record) -> Option<TaskEvent> {
        let node = self.suppression(store)?;
        let key = match self.windows_above(node) {
            None => Key::Plain(bytes.clone()),
            Some(Windows::Session(_)) => Key::from_session_windowed(bytes)?,
            Some(windows) => Key::from_time_windowed(bytes, windows.length_ms())?,
        };
        let Some(value) = &record.value else {
            return Some(TaskEvent::ResultReleased { node, store, key });
        };
        let serde = self.topology.store(store)?.serde;
        let mut read = Reader(value);
        let (timestamp, offset) = (Timestamp(read.long()?), Offset(read.long()?));
        let topic = TopicName::from(std::str::from_utf8(read.sized()?).ok()?);
        let partition = Partition(read.int()?);
        let mut headers = Vec::new();
        for _ in 0..read.int()? {
            let key = std::str::from_utf8(read.sized()?).ok()?.into();
            let value = read.optional()?.map(Bytes::from);
            headers.push(millrace_model::Header { key, value });
        }
        let context = Context {
            topic,
            partition,
            offset,
            headers: SharedHeaders::from(&Arc::from(headers)),
            origin: record.origin,
        };
        let of = |bytes: Option<&[u8]>| bytes.map(|bytes| serde.read(&Bytes::from(bytes)));
        let whole = |value: Option<Option<Value>>| match value {
            None => Some(None),
            Some(value) => value.map(Some),
        };
        let prior = whole(of(read.optional()?))?;
        let old = if read.0.starts_with(&(-2_i32).to_be_bytes()) {
            read.int()?;
            prior.clone()
        } else {
            whole(of(read.optional()?))?
        };
        let new = whole(of(read.optional()?))?;
        let time = Timestamp(read.long()?);
        let result = Box::new(Buffered { key, prior, old, new, timestamp, context });
        Some(TaskEvent::ResultBuffered { node, store, time, result })
    }

    fn restore_waiting(&self, store: StoreId, bytes: &Bytes, record: &Record) -> Option<TaskEvent> {
        let (time, rest) = bytes.split_first_chunk::<8>()?;
        let (key, sequence) = rest.split_last_chunk::<4>()?;
        let time = i64::from_be_bytes(*time);
        let place = WaitingPlace { time, key: key.into(), sequence: u32::from_be_bytes(*sequence) };
        // Which of the joins it is does not matter to the store.
        let node = NodeId(0);
        let Some(value) = &record.value else {
            return Some(TaskEvent::RecordLetGo { node, store, place });
        };
        let context = Context {
            topic: TopicName::from(""),
            partition: self.id.partition,
            offset: Offset(-1),
            headers: SharedHeaders::default(),
            origin: record.origin,
        };
        let value = self.topology.store(store)?.serde.read(value)?;
        let record = Box::new(WaitingRecord { key: Key::Plain(key.into()), value, context });
        Some(TaskEvent::RecordHeldBack { node, store, place, record })
    }

    /// True if a store has the same content as another task's.
    pub fn has_same(&self, store: StoreId, other: &Task) -> bool {
        match (self.store(store), other.store(store)) {
            (Some(Store::Buffer(a)), Some(Store::Buffer(b))) => {
                let shown = |buffer: &crate::store::SuppressBuffer| {
                    let all = buffer.all().map(|(time, key, r)| (time, key.clone(), r.new.clone()));
                    all.collect::<Vec<_>>()
                };
                shown(a) == shown(b)
            }
            _ => self.table(store) == other.table(store),
        }
    }
}

/// The front of some bytes.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn long(&mut self) -> Option<i64> {
        let (number, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(i64::from_be_bytes(*number))
    }

    fn int(&mut self) -> Option<i32> {
        let (number, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(i32::from_be_bytes(*number))
    }

    /// A length and so many bytes.
    fn sized(&mut self) -> Option<&'a [u8]> {
        self.optional()?
    }

    /// The same, or null with the length -1.
    fn optional(&mut self) -> Option<Option<&'a [u8]>> {
        let length = self.int()?;
        let Ok(length) = usize::try_from(length) else { return Some(None) };
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(Some(bytes))
    }
}
