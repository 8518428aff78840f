//! What happens to a membership. Callbacks are the consumer's own events (`PartitionsRevoked` and its neighbours).

use super::MembershipState;
use millrace_model::{ErrorCode, GroupEpoch, MemberId, Span, Time, TopicPartition};
use std::sync::Arc;

/// Something that happened to the membership.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum MembershipEvent {
    /// The state changed.
    Transitioned {
        /// From.
        from: MembershipState,
        /// To.
        to: MembershipState,
        /// When.
        at: Time,
    },
    /// The coordinator answered: the member is in this epoch.
    EpochReceived {
        /// Its id.
        member: MemberId,
        /// Its epoch.
        epoch: GroupEpoch,
        /// `group.consumer.heartbeat.interval.ms`.
        heartbeat_interval: Span,
        /// When.
        at: Time,
    },
    /// The coordinator wants something else of the member.
    TargetReceived {
        /// What it shall have, sorted.
        partitions: Vec<TopicPartition>,
    },
    /// The way to the target begins: commit (with auto-commit), give up, take.
    ReconciliationStarted {
        /// Where it leads, sorted.
        partitions: Arc<[TopicPartition]>,
    },
    /// The member has what it shall have.
    ReconciliationFinished,
    /// Everything that was assigned is forgotten.
    AssignmentCleared,
    /// A heartbeat failed; the next one, due then, tells everything again.
    HeartbeatFailed {
        /// Why.
        error: ErrorCode,
        /// When the next is due.
        retry_at: Time,
    },
}
