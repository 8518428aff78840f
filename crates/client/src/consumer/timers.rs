//! The agenda: everything that a consumer would do by itself next, and from which moment on.
//!
//! `next_timer` answers with the earliest entry, `decide(Timer(_))` does it. An entry that could be done at once has a
//! moment that has already come. The order of the variants is the order at the same moment: what Kafka's heartbeat
//! thread does, then what `poll` does, in `poll`'s own order.

use super::event::Purpose;
use super::state::{Consumer, MemberState, Position};
use crate::Correlation;
use millrace_model::{Set, Time};

/// Something that a consumer does by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConsumerTimer {
    /// A request is lost: `request.timeout.ms` (JoinGroup: `max.poll.interval.ms` and 5 s).
    RequestTimeout(Correlation),
    /// No heartbeat was acknowledged for `session.timeout.ms`: the coordinator counts as unknown.
    SessionTimeout,
    /// No poll for `max.poll.interval.ms`: leave the group.
    PollTimeout,
    /// `heartbeat.interval.ms` is over.
    Heartbeat,
    /// Ask for metadata.
    Metadata,
    /// Ask for the coordinator.
    FindCoordinator,
    /// `close()` has waited long enough.
    CloseTimeout,
    /// A blocking commit has waited long enough.
    CommitTimeout,
    /// Send (again) what a blocking commit wants.
    Commit,
    /// Send a commit that waited for a coordinator.
    QueuedCommit,
    /// `close()`: auto-commit.
    CloseCommit,
    /// `close()`: give partitions up and leave.
    CloseLeave,
    /// `close()`: nothing is left to wait for.
    CloseEnd,
    /// Join, or take the next step of a reconciliation, in the consumer protocol.
    Membership,
    /// Throw an error out of poll.
    PollFail,
    /// Look at an answer to JoinGroup or SyncGroup that came outside of poll.
    CompleteJoin,
    /// The member has to join again by its own judgement: topics or the subscription have changed.
    Rejoin,
    /// Begin to rejoin: auto-commit, give partitions up (`onJoinPrepare`).
    JoinPrepare,
    /// Send JoinGroup.
    Join,
    /// Send SyncGroup (the leader runs the assignor before).
    Sync,
    /// Fetch committed offsets.
    OffsetFetch,
    /// Look up the start or end of logs.
    ListOffsets,
    /// `auto.commit.interval.ms` is over, and the application is inside poll.
    AutoCommit,
    /// Hand buffered records to the application.
    PollReturn,
    /// Send fetches.
    Fetch,
}

impl Consumer {
    /// The next thing that this consumer would do by itself, and when; a moment in the past means at once.
    pub fn next_timer(&self) -> Option<(Time, ConsumerTimer)> {
        let mut next: Option<(Time, ConsumerTimer)> = None;
        self.agenda(|at, timer| {
            let entry = (at.max(self.clock), timer);
            if next.is_none_or(|known| entry < known) {
                next = Some(entry);
            }
        });
        next
    }

    /// True if `timer` stands on the agenda and its moment has come.
    pub(super) fn is_due(&self, timer: ConsumerTimer, now: Time) -> bool {
        let mut due = false;
        self.agenda(|at, entry| due = due || (entry == timer && at <= now));
        due
    }

    fn agenda(&self, mut add: impl FnMut(Time, ConsumerTimer)) {
        if self.closed {
            return;
        }
        for (correlation, pending) in &self.pending {
            add(pending.deadline, ConsumerTimer::RequestTimeout(*correlation));
        }
        self.heartbeat_agenda(&mut add);
        self.background_agenda(&mut add);
        let metadata_pending = self.is_pending(|p| matches!(p, Purpose::Metadata { .. }));
        if let Some(at) = self.metadata.refresh_at
            && !metadata_pending
            && self.closing.is_none()
            && self.any_broker(self.metadata.failures).is_some()
        {
            add(at, ConsumerTimer::Metadata);
        }
        if self.wants_coordinator() {
            add(self.coordinator.not_before, ConsumerTimer::FindCoordinator);
        }
        self.commit_agenda(&mut add);
        self.close_agenda(&mut add);
        if self.in_poll && self.closing.is_none() && self.commit.is_none() {
            self.poll_agenda(&mut add);
        }
    }

    /// What the heartbeat thread does (`HeartbeatThread.run`).
    fn heartbeat_agenda(&self, add: &mut impl FnMut(Time, ConsumerTimer)) {
        if let Some(manager) = &self.manager {
            return self.membership_agenda(manager, add);
        }
        let joined = matches!(self.membership.state, MemberState::Stable | MemberState::CompletingRebalance);
        if !self.heartbeat.enabled || !joined || self.coordinator.broker.is_none() || self.closing.is_some() {
            return;
        }
        add(self.heartbeat.session_deadline, ConsumerTimer::SessionTimeout);
        if !self.in_poll {
            add(self.heartbeat.poll_deadline, ConsumerTimer::PollTimeout);
        }
        add(self.heartbeat.next_at, ConsumerTimer::Heartbeat);
    }

    /// librdkafka's main thread commits what the application was given, whether it is done with it or not.
    fn background_agenda(&self, add: &mut impl FnMut(Time, ConsumerTimer)) {
        if self.config.enable_auto_commit
            && self.config.auto_commit_in_background
            && self.coordinator.broker.is_some()
            && self.membership.state == MemberState::Stable
            && self.closing.is_none()
        {
            add(self.auto_commit_at, ConsumerTimer::AutoCommit);
        }
    }

    fn wants_coordinator(&self) -> bool {
        let stable = self.membership.state == MemberState::Stable;
        let heartbeats = self.heartbeat.enabled && (stable || self.manager.is_some());
        let somebody = self.in_poll && self.is_subscribed()
            || self.commit.is_some()
            || !self.queued_commits.is_empty()
            || heartbeats && self.closing.is_none();
        somebody
            && self.coordinator.broker.is_none()
            && !self.is_pending(|p| matches!(p, Purpose::FindCoordinator))
            && self.any_broker(self.coordinator.failures).is_some()
    }

    fn commit_agenda(&self, add: &mut impl FnMut(Time, ConsumerTimer)) {
        if let Some(commit) = &self.commit {
            add(commit.deadline, ConsumerTimer::CommitTimeout);
            if !commit.in_flight && self.coordinator.broker.is_some() {
                add(commit.not_before, ConsumerTimer::Commit);
            }
        }
        if !self.queued_commits.is_empty() && self.coordinator.broker.is_some() {
            add(Time::ZERO, ConsumerTimer::QueuedCommit);
        }
    }

    fn close_agenda(&self, add: &mut impl FnMut(Time, ConsumerTimer)) {
        let Some(closing) = &self.closing else { return };
        add(closing.deadline, ConsumerTimer::CloseTimeout);
        let commits = self.is_pending(|p| matches!(p, Purpose::OffsetCommit { .. }));
        if self.commit.is_some() {
            // The auto-commit runs; its end puts the next step here.
        } else if !closing.committed {
            add(Time::ZERO, ConsumerTimer::CloseCommit);
        } else if !closing.left {
            if !commits && self.queued_commits.is_empty() {
                add(Time::ZERO, ConsumerTimer::CloseLeave);
            }
        } else if !self.is_pending(Purpose::is_for_coordinator) {
            add(Time::ZERO, ConsumerTimer::CloseEnd);
        }
    }

    /// What happens inside poll only (`KafkaConsumer.poll`).
    fn poll_agenda(&self, add: &mut impl FnMut(Time, ConsumerTimer)) {
        if let Some(manager) = &self.manager {
            self.membership_poll_agenda(manager, add);
        }
        if self.raised.is_some() {
            add(Time::ZERO, ConsumerTimer::PollFail);
            return;
        }
        let coordinator = self.coordinator.broker.is_some();
        let member = &self.membership;
        if member.held.is_some() {
            add(Time::ZERO, ConsumerTimer::CompleteJoin);
            return;
        }
        let joining = self.is_pending(|p| matches!(p, Purpose::JoinGroup | Purpose::SyncGroup));
        let syncing = member.state == MemberState::CompletingRebalance && !joining;
        let classic = self.manager.is_none();
        if classic && coordinator && self.is_subscribed() && self.metadata.topics.is_some() {
            if self.rejoin_cause().is_some() {
                add(Time::ZERO, ConsumerTimer::Rejoin);
            }
            if syncing {
                if !member.leader || self.metadata_covers_group() {
                    add(Time::ZERO, ConsumerTimer::Sync);
                }
            } else if self.rejoin_needed() && !joining {
                if self.refreshes_before_join() {
                    self.refresh_agenda(add);
                } else {
                    self.join_agenda(add);
                }
            }
        }
        self.positions_agenda(add);
        if coordinator
            && self.config.enable_auto_commit
            && !self.config.auto_commit_in_background
            && member.state == MemberState::Stable
            && !self.rejoin_needed()
        {
            add(self.auto_commit_at, ConsumerTimer::AutoCommit);
        }
        if self.has_returnable() {
            add(Time::ZERO, ConsumerTimer::PollReturn);
        }
        if let Some(at) = self.fetch_due_at() {
            add(at, ConsumerTimer::Fetch);
        }
    }

    /// A subscription by pattern looks at what topics there are before it joins, unless it has just done so: if all
    /// members do, one new topic causes one rebalance (`ConsumerCoordinator.poll`, `Metadata.timeToAllowUpdate`).
    fn refreshes_before_join(&self) -> bool {
        self.pattern.is_some() && self.metadata.updated_at + self.config.retry_backoff <= self.clock
    }

    fn refresh_agenda(&self, add: &mut impl FnMut(Time, ConsumerTimer)) {
        let asked = self.is_pending(|p| matches!(p, Purpose::Metadata { .. }));
        // After a failure the back-off counts, which the general agenda knows.
        if !asked && self.metadata.failures == 0 && self.any_broker(0).is_some() {
            add(Time::ZERO, ConsumerTimer::Metadata);
        }
    }

    fn join_agenda(&self, add: &mut impl FnMut(Time, ConsumerTimer)) {
        if self.membership.needs_join_prepare {
            add(Time::ZERO, ConsumerTimer::JoinPrepare);
        } else {
            add(self.membership.not_before, ConsumerTimer::Join);
        }
    }

    fn positions_agenda(&self, add: &mut impl FnMut(Time, ConsumerTimer)) {
        let initializing = self.partitions.values().any(|p| p.position == Position::Initializing);
        if initializing
            && self.coordinator.broker.is_some()
            && !self.is_pending(|p| matches!(p, Purpose::OffsetFetch { .. }))
        {
            add(self.offset_fetch_not_before, ConsumerTimer::OffsetFetch);
        }
        if let Some(at) = self.resettable().map(|(_, at)| at).min() {
            add(at, ConsumerTimer::ListOffsets);
        }
    }

    /// `ConsumerCoordinator.rejoinNeededOrPending`.
    pub(super) fn rejoin_needed(&self) -> bool {
        self.membership.rejoin_needed
    }

    /// True once the leader knows the partitions of every topic that any member wants.
    pub(super) fn metadata_covers_group(&self) -> bool {
        let Some(known) = &self.metadata.topics else { return false };
        let known: Set<&millrace_model::TopicName> = known.iter().collect();
        self.group_topics().iter().all(|topic| known.contains(topic))
    }
}
