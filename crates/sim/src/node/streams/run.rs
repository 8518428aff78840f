//! How a task stands on its instance: who runs it, how far its state is, what waits for it.

use millrace_model::{Map, Offset, Time, TopicPartition};
use millrace_streams::StoreId;
use millrace_streams::runtime::PartitionGroup;

/// A task's state (`Task.State`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// An active task whose stores are not whole yet.
    Restoring,
    /// An active task that takes records.
    Running,
    /// An active task whose partitions were revoked.
    Suspended,
    /// A standby task: it follows the changelogs.
    Standby,
    /// Closed; its state lies on the instance's disk for the case that it comes back.
    Dormant,
}

/// A changelog partition of a task.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Changelog {
    /// The store.
    pub store: StoreId,
    /// Up to where the store has it.
    pub position: Offset,
    /// Where it ended when restoring began; none if that is not known yet.
    pub end: Option<Offset>,
    /// Records that came back since then.
    pub restored: u64,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TaskRun {
    /// Its thread, from 0.
    pub thread: u8,
    /// Its state.
    pub phase: Phase,
    /// The records that wait.
    pub queue: PartitionGroup,
    /// Until when it waits for an empty partition.
    pub idle_until: Option<Time>,
    /// Its changelogs.
    pub changelogs: Map<TopicPartition, Changelog>,
    /// What was committed last.
    pub(super) committed: Map<TopicPartition, Offset>,
}

impl TaskRun {
    /// How many changelog records its stores hold, summed over the stores.
    pub fn offset_sum(&self) -> i64 {
        self.changelogs.values().map(|changelog| changelog.position.0).fold(0, i64::saturating_add)
    }

    /// True for an active task that takes records.
    pub fn takes_records(&self) -> bool {
        self.phase == Phase::Running
    }

    /// True if an active task's stores are whole.
    pub(super) fn is_restored(&self) -> bool {
        self.changelogs.values().all(|c| c.end.is_some_and(|end| c.position >= end))
    }
}
