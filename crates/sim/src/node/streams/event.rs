//! What a streams application's instance is told, its timers, and what happens in it.

use millrace_client::consumer::{ConsumerEvent, ConsumerTimer};
use millrace_client::producer::{ProducerEvent, ProducerTimer};
use millrace_model::{Offset, Time, TopicPartition};
use millrace_streams::{TaskEvent, TaskId};

/// What the learner does to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamsInput {
    /// Subscribes and begins to poll.
    Start,
    /// Flushes, commits, leaves the group.
    Close,
}

/// A timer of it. Threads are numbered from 0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamsTimer {
    /// A producer's.
    Producer(u8, ProducerTimer),
    /// A consumer's.
    Consumer(u8, ConsumerTimer),
    /// The restore consumer, or that of global tables, asks for more.
    Read(u8),
    /// `commit.interval.ms` is over.
    Commit(u8),
    /// A processor's punctuation by wall-clock time is due.
    Punctuate,
    /// `max.task.idle.ms` is over.
    Idle,
    /// `probing.rebalance.interval.ms` is over.
    Probe(u8),
}

/// What happens in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamsEvent {
    /// A consumer's own event.
    Consumer(ConsumerEvent),
    /// A producer's own event.
    Producer(ProducerEvent),
    /// A task's own event.
    Task {
        /// The task.
        task: TaskId,
        /// What happened.
        event: TaskEvent,
    },
    /// A task began, with its partitions.
    TaskStarted {
        /// The task.
        task: TaskId,
    },
    /// A task went with its partition.
    TaskClosed {
        /// The task.
        task: TaskId,
    },
    /// Records went through a task's nodes.
    Passed {
        /// The task.
        task: TaskId,
        /// The nodes, once for each record that one took in, in order.
        nodes: Vec<millrace_streams::topology::NodeId>,
    },
    /// Results left a task.
    Emitted {
        /// The task.
        task: TaskId,
        /// How many to output topics.
        results: usize,
        /// How many to changelog topics.
        changes: usize,
    },
    /// A standby task began: it reads what the active one writes into its changelogs.
    StandbyStarted {
        /// The task.
        task: TaskId,
    },
    /// A standby task went.
    StandbyClosed {
        /// The task.
        task: TaskId,
    },
    /// A standby task became the active one; its state is here already.
    StandbyPromoted {
        /// The task.
        task: TaskId,
    },
    /// An active task's store is read from its changelog (`StateRestoreListener.onRestoreStart`).
    RestoreStarted {
        /// The task.
        task: TaskId,
        /// The changelog.
        changelog: TopicPartition,
        /// The first offset.
        from: Offset,
        /// The end of the changelog.
        to: Offset,
    },
    /// Records came back (`onBatchRestored`).
    RestoreProgressed {
        /// The task.
        task: TaskId,
        /// The changelog.
        changelog: TopicPartition,
        /// How many in all.
        restored: u64,
        /// How many are left.
        remaining: u64,
    },
    /// A store is whole again (`onRestoreEnd`).
    RestoreCompleted {
        /// The task.
        task: TaskId,
        /// The changelog.
        changelog: TopicPartition,
        /// How many records came back.
        restored: u64,
    },
    /// A task has records but takes none: this partition is empty, and may get some before `max.task.idle.ms` is over.
    TaskIdled {
        /// The task.
        task: TaskId,
        /// The empty partition.
        waits_for: TopicPartition,
        /// Until when.
        until: Time,
    },
    /// The instance has read its global tables to their end; its threads start.
    GlobalTablesRead {
        /// How many records.
        records: u64,
    },
    /// A thread was too late to commit its transaction: its tasks are somebody else's (`TaskMigratedException`).
    TaskMigrated {
        /// The thread, from 0.
        thread: u8,
    },
}
