//! Interactive queries: what an instance's stores answer, and which instance to ask (`ReadOnlyKeyValueStore`,
//! `ReadOnlyWindowStore`, `KafkaStreams.queryMetadataForKey`).

use super::{Phase, StreamsNode};
use millrace_client::partitioner::partition_for_key;
use millrace_model::{Bytes, Partition};
use millrace_streams::task::view::TableRow;
use millrace_streams::{Key, StoreId, TaskId};
use std::sync::Arc;

/// What is asked of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreQuery {
    /// `all()`.
    All,
    /// `get(key)`; of windows every one that the key has.
    Key(Bytes),
    /// `range(from, to)`, both included.
    Range(Bytes, Bytes),
    /// `fetch(key, from, to)`: the key's windows that start from one time to the other, both included.
    Windows(Bytes, i64, i64),
}

/// Who has a key (`KeyQueryMetadata`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyHosts {
    /// The partition that the key lies in; -1 of a global table, which every instance has.
    pub partition: Partition,
    /// The instance that runs its task, if any does.
    pub active: Option<Arc<str>>,
    /// The instances with a standby task.
    pub standby: Vec<Arc<str>>,
}

impl StreamsNode {
    /// What this instance's stores hold, caches included, by task. Standby tasks are asked only if the caller takes
    /// stale answers.
    ///
    /// # Errors
    /// Kafka's sentences: no such store, or not ready yet.
    pub fn query(
        &self,
        store: &str,
        query: &StoreQuery,
        takes_stale: bool,
    ) -> Result<Vec<(TaskId, TableRow)>, String> {
        let Some(id) = self.topology.store_named(store) else {
            return Err(format!(
                "Cannot get state store {store} because no such store is registered in the topology."
            ));
        };
        if let Some(global) = self.global.as_ref().filter(|_| self.topology.is_global_store(id)) {
            let rows = global.task.rows(id).into_iter().filter(|row| query.wants(&row.key));
            return Ok(rows.map(|row| (global.task.id(), row)).collect());
        }
        let mut found = Vec::new();
        let mut is_ready = false;
        for (task, run) in self.runs.iter().filter(|(task, _)| self.has_store(**task, id)) {
            let of = match run.phase {
                Phase::Running | Phase::Suspended => self.tasks.get(task),
                Phase::Standby if takes_stale => self.replicas.get(task),
                Phase::Restoring => {
                    return Err(format!(
                        "Cannot get state store {store} because the stream thread is PARTITIONS_ASSIGNED, not RUNNING"
                    ));
                }
                Phase::Standby | Phase::Dormant => None,
            };
            let Some(of) = of else { continue };
            is_ready = true;
            let rows = of.rows(id).into_iter().filter(|row| query.wants(&row.key));
            found.extend(rows.map(|row| (*task, row)));
        }
        match is_ready {
            true => Ok(found),
            false => Err(format!("The state store, {store}, may have migrated to another instance.")),
        }
    }

    fn has_store(&self, task: TaskId, store: StoreId) -> bool {
        let sub = usize::try_from(task.subtopology).ok().and_then(|at| self.topology.subtopologies().get(at));
        sub.is_some_and(|sub| sub.stores.contains(&store))
    }

    /// Which instance has a key of a store, as this one knows it: the key's bytes decide the partition, the leader's
    /// last assignment the instance. None if there is no such store, or no partition of it.
    pub fn key_hosts(&self, store: &str, key: &[u8]) -> Option<KeyHosts> {
        let id = self.topology.store_named(store)?;
        if self.topology.is_global_store(id) {
            let active = Some(self.name.clone());
            return Some(KeyHosts { partition: Partition(-1), active, standby: Vec::new() });
        }
        let sub = self.topology.subtopologies().iter().position(|sub| sub.stores.contains(&id))?;
        let subtopology = u32::try_from(sub).ok()?;
        let partitions = self.hosts.active_by_process.values().flatten();
        let partitions = partitions.filter(|task| task.subtopology == subtopology);
        let count = partitions.map(|task| task.partition.0.saturating_add(1)).max()?;
        let partition = Partition(partition_for_key(key, count));
        let task = TaskId { subtopology, partition };
        let standby = self.hosts.standby_by_process.iter().filter(|(_, tasks)| tasks.contains(&task));
        let standby = standby.map(|(process, _)| process.clone()).collect();
        Some(KeyHosts { partition, active: self.host_of(task).cloned(), standby })
    }
}

impl StoreQuery {
    fn wants(&self, key: &Key) -> bool {
        match self {
            StoreQuery::All => true,
            StoreQuery::Key(wanted) => key.inner() == wanted,
            StoreQuery::Range(from, to) => from <= key.inner() && key.inner() <= to,
            StoreQuery::Windows(wanted, from, to) => {
                let window = key.window();
                key.inner() == wanted && window.is_some_and(|w| *from <= w.start.0 && w.start.0 <= *to)
            }
        }
    }
}
