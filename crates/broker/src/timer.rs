//! Everything a broker waits for, and the ordered set that finds the next one without a scan.

use crate::RequestId;
use crate::replica::ReplicaTimer;
use millrace_model::{GroupId, MemberId, Set, Time};
use std::sync::Arc;

/// A moment that a broker waits for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// A held fetch has `fetch.min.bytes` now, or its partition has changed: answer it.
    FetchSatisfied(RequestId),
    /// A held fetch has waited `fetch.max.wait.ms`.
    FetchWaitExpired(RequestId),
    /// Every member has joined again: the next generation may start.
    JoinPhaseCompleted(GroupId),
    /// `group.initial.rebalance.delay.ms` is over for a group that was empty.
    InitialRebalanceDelayExpired(GroupId),
    /// The longest `max.poll.interval.ms` of the members is over; who has not joined again is out.
    RebalanceTimeoutExpired(GroupId),
    /// As long again for the SyncGroup of every member; who has not asked is out.
    SyncTimeoutExpired(GroupId),
    /// No sign of life for `session.timeout.ms` (of a member, or of one that was only given its id).
    SessionTimeoutExpired(GroupId, MemberId),
    /// `offsets.retention.check.interval.ms` is over: offsets may have expired.
    RetentionCheckDue,
    /// A member of the consumer protocol has not given up in time what it should (`max.poll.interval.ms`).
    MemberRebalanceTimeoutExpired(GroupId, MemberId),
    /// `log.retention.check.interval.ms` is over: segments may be due for deletion.
    LogRetentionCheckDue,
    /// `log.cleaner.backoff.ms` is over: a log may be worth cleaning.
    LogCleanerDue,
    /// It is time to speak to the controller.
    CommunicationDue,
    /// Something in replication.
    Replica(ReplicaTimer),
    /// A transaction is decided: its partitions get their markers.
    TxnMarkersDue(Arc<str>),
    /// `transaction.abort.timed.out.transaction.cleanup.interval.ms` is over.
    TxnTimeoutCheckDue,
    /// A transactional id's next state is known to all in-sync replicas, or they take too long.
    TxnAppendDue(Arc<str>),
    /// `producer.id.expiration.check.interval.ms` is over: producers may have been silent for too long.
    ProducerIdExpirationDue,
    /// `transaction.remove.expired.transaction.cleanup.interval.ms` is over: nobody may have used a transactional id for long.
    TransactionalIdExpirationDue,
    /// A leader asks a transaction's coordinator again, or has waited for its answer long enough.
    CoordinatorAnswerDue(u64),
}

/// The deadlines of one broker, ordered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Timers(Set<(Time, Timer)>);

impl Timers {
    /// Moves a deadline from `old` to `new`; `None` is no deadline.
    pub(crate) fn replace(&mut self, old: Option<Time>, new: Option<Time>, timer: impl Fn() -> Timer) {
        if old == new {
            return;
        }
        if let Some(old) = old {
            self.0.remove(&(old, timer()));
        }
        if let Some(new) = new {
            self.0.insert((new, timer()));
        }
    }

    pub(crate) fn first(&self) -> Option<(Time, Timer)> {
        self.0.first().cloned()
    }
}
