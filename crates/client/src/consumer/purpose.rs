//! Why a consumer asks a broker, who wanted a commit, and why a position was set.

use millrace_model::config::consumer::AutoOffsetReset;
use millrace_model::protocol::OffsetSpec;
use millrace_model::{Offset, TopicName, TopicPartition};
use std::sync::Arc;

/// Partitions with offsets, shared.
pub type SharedOffsets = Arc<[(TopicPartition, Offset)]>;

/// Who wanted a commit, which decides who waits for it and what a failure means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CommitKind {
    /// `commitSync` of the application, which is blocked meanwhile.
    Sync,
    /// `commitAsync` of the application.
    Async,
    /// `auto.commit.interval.ms` was over in a poll.
    Auto,
    /// Auto-commit before partitions are given up in a rebalance.
    AutoBeforeRevocation,
    /// Auto-commit in `close`.
    AutoOnClose,
}

/// Why a request was sent; kept until its reply.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Topics and leaders.
    Metadata {
        /// The topics asked for; none to ask for all of them, as a pattern subscription does.
        topics: Arc<[TopicName]>,
    },
    /// Who coordinates the group.
    FindCoordinator,
    /// To be let into the group.
    JoinGroup,
    /// To learn the assignment.
    SyncGroup,
    /// To stay alive.
    Heartbeat,
    /// To join, to stay alive, to say what is given up, or to go: the consumer protocol (KIP-848).
    ConsumerGroupHeartbeat {
        /// True for the last one.
        leaves: bool,
    },
    /// To go.
    LeaveGroup {
        /// KIP-800's reason.
        reason: Arc<str>,
    },
    /// To have positions remembered.
    OffsetCommit {
        /// Who wanted it.
        kind: CommitKind,
        /// The positions.
        offsets: SharedOffsets,
    },
    /// To learn the committed positions.
    OffsetFetch {
        /// Of these.
        partitions: Arc<[TopicPartition]>,
    },
    /// To learn the start or the end of logs.
    ListOffsets {
        /// Of these.
        partitions: Arc<[(TopicPartition, OffsetSpec)]>,
    },
    /// To get records.
    Fetch {
        /// From these positions on.
        positions: SharedOffsets,
    },
}

impl Purpose {
    /// True for requests that go to the group's coordinator and are lost with it.
    pub fn is_for_coordinator(&self) -> bool {
        match self {
            Purpose::JoinGroup
            | Purpose::SyncGroup
            | Purpose::Heartbeat
            | Purpose::ConsumerGroupHeartbeat { .. }
            | Purpose::LeaveGroup { .. }
            | Purpose::OffsetCommit { .. }
            | Purpose::OffsetFetch { .. } => true,
            Purpose::Metadata { .. }
            | Purpose::FindCoordinator
            | Purpose::ListOffsets { .. }
            | Purpose::Fetch { .. } => false,
        }
    }
}

/// Why a position was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResetReason {
    /// The group had committed it.
    Committed,
    /// No commit was there: `auto.offset.reset` decided.
    NoCommittedOffset(AutoOffsetReset),
    /// The position was out of the log's range: `auto.offset.reset` decided.
    OutOfRange(AutoOffsetReset),
    /// The application asked.
    Seek,
}
