//! One decision under way: a scratch copy of the consumer on which each event is applied as soon as it is decided, so
//! that what follows in the same decision sees it. The owner's consumer is not touched.

use super::event::{ConsumerEvent, Purpose};
use super::state::{Consumer, Pending};
use super::timers::ConsumerTimer;
use crate::{Correlation, Outcome, Outgoing, Reply};
use millrace_model::{BrokerId, Dice, ErrorCode, Request, Response, Span, Time};

pub(super) struct Turn<'a> {
    pub c: Consumer,
    pub now: Time,
    dice: &'a dyn Dice,
    out: Outcome<ConsumerEvent>,
}

impl<'a> Turn<'a> {
    pub fn new(consumer: &Consumer, now: Time, dice: &'a dyn Dice) -> Self {
        Turn { c: consumer.clone(), now, dice, out: Outcome::nothing() }
    }

    pub fn finish(self) -> Outcome<ConsumerEvent> {
        self.out
    }

    pub fn emit(&mut self, event: ConsumerEvent) {
        self.c.apply(&event);
        self.out.events.push(event);
    }

    /// Sends a request that counts as lost after `request.timeout.ms`.
    pub fn send(&mut self, to: BrokerId, purpose: Purpose, request: Request) {
        let timeout = self.c.config.request_timeout;
        self.send_within(timeout, to, purpose, request);
    }

    pub fn send_within(&mut self, timeout: Span, to: BrokerId, purpose: Purpose, request: Request) {
        let correlation = Correlation(self.c.next_correlation);
        let (at, deadline) = (self.now, self.now + timeout);
        self.emit(ConsumerEvent::Requested { correlation, to, purpose, at, deadline });
        self.out.requests.push(Outgoing { correlation, to, request });
    }

    /// `ExponentialBackoff`: `retry.backoff.ms` doubled with each failure up to `retry.backoff.max.ms`, 20 % jitter.
    /// The draw is numbered by the requests sent so far.
    pub fn retry_at(&self, failures: u32) -> Time {
        let doubled =
            self.c.config.retry_backoff.times(1u64.checked_shl(failures.min(32)).unwrap_or(u64::MAX));
        let capped = doubled.min(self.c.config.retry_backoff_max);
        let stream = format!("{} retry.backoff.ms", self.c.client_id);
        let per_mille = 800 + self.dice.below(&stream, self.c.next_correlation, 401);
        let jittered = Span(capped.times(per_mille).0 / 1_000);
        self.now + jittered.min(self.c.config.retry_backoff_max)
    }

    pub fn timer(&mut self, timer: ConsumerTimer) {
        if !self.c.is_due(timer, self.now) {
            return;
        }
        match timer {
            ConsumerTimer::RequestTimeout(correlation) => self.request_lost(correlation),
            ConsumerTimer::SessionTimeout => self.session_timed_out(),
            ConsumerTimer::PollTimeout if self.c.manager.is_some() => self.membership_poll_timed_out(),
            ConsumerTimer::PollTimeout => self.poll_timed_out(),
            ConsumerTimer::Heartbeat if self.c.manager.is_some() => self.membership_heartbeat(),
            ConsumerTimer::Heartbeat => self.heartbeat(),
            ConsumerTimer::Membership => self.membership_step(),
            ConsumerTimer::Metadata => self.request_metadata(),
            ConsumerTimer::FindCoordinator => self.find_coordinator(),
            ConsumerTimer::CloseTimeout | ConsumerTimer::CloseEnd => self.emit(ConsumerEvent::Closed),
            ConsumerTimer::CommitTimeout => self.commit_timed_out(),
            ConsumerTimer::Commit => self.send_blocking_commit(),
            ConsumerTimer::QueuedCommit => self.send_queued_commits(),
            ConsumerTimer::CloseCommit => self.commit_on_close(),
            ConsumerTimer::CloseLeave => self.leave_on_close(),
            ConsumerTimer::PollFail => self.fail_poll(),
            ConsumerTimer::CompleteJoin => self.complete_held(),
            ConsumerTimer::Rejoin => self.request_rejoin(),
            ConsumerTimer::JoinPrepare => self.prepare_join(),
            ConsumerTimer::Join => self.join(),
            ConsumerTimer::Sync => self.sync(),
            ConsumerTimer::OffsetFetch => self.fetch_committed_offsets(),
            ConsumerTimer::ListOffsets => self.list_offsets(),
            ConsumerTimer::AutoCommit => self.auto_commit(),
            ConsumerTimer::PollReturn => self.return_records(),
            ConsumerTimer::Fetch => self.send_fetches(),
        }
    }

    pub fn reply(&mut self, reply: &Reply) {
        let Some(pending) = self.c.pending.get(&reply.correlation).cloned() else { return };
        if pending.to != reply.from {
            return;
        }
        if matches!(reply.response, Response::Disconnected(_)) {
            return self.disconnected(reply.correlation, &pending);
        }
        self.emit(ConsumerEvent::Answered { correlation: reply.correlation, at: self.now });
        match (&pending.purpose, &reply.response) {
            (Purpose::Metadata { topics }, Response::Metadata(answer)) => self.metadata_came(topics, answer),
            (Purpose::FindCoordinator, Response::FindCoordinator(answer)) => self.coordinator_came(answer),
            (Purpose::JoinGroup, Response::JoinGroup(answer)) => {
                self.join_came((pending.generation, pending.member.clone()), answer)
            }
            (Purpose::SyncGroup, Response::SyncGroup(answer)) => self.sync_answered(&pending, answer),
            (Purpose::Heartbeat, Response::Heartbeat(answer)) => {
                self.heartbeat_answered(&pending, answer.error)
            }
            (Purpose::ConsumerGroupHeartbeat { leaves }, Response::ConsumerGroupHeartbeat(answer)) => {
                self.membership_answered(&pending, *leaves, answer)
            }
            (Purpose::LeaveGroup { .. }, Response::LeaveGroup(_)) => {}
            (Purpose::OffsetCommit { kind, offsets }, Response::OffsetCommit(answer)) => {
                self.commit_answered(&pending, *kind, offsets, answer)
            }
            (Purpose::OffsetFetch { partitions }, Response::OffsetFetch(answer)) => {
                self.committed_offsets_came(partitions, answer)
            }
            (Purpose::ListOffsets { partitions }, Response::ListOffsets(answer)) => {
                self.listed_offsets_came(partitions, answer)
            }
            (Purpose::Fetch { positions }, Response::Fetch(answer)) => self.fetch_answered(positions, answer),
            // An answer of another API than was asked: the connection is good for nothing.
            _ => self.failed(&pending, ErrorCode::InvalidRequest),
        }
    }

    /// No answer will come: the connection to that broker counts as broken.
    pub fn request_lost(&mut self, correlation: Correlation) {
        let Some(pending) = self.c.pending.get(&correlation).cloned() else { return };
        self.disconnected(correlation, &pending);
    }

    fn disconnected(&mut self, correlation: Correlation, pending: &Pending) {
        let api = api(&pending.purpose);
        self.emit(ConsumerEvent::Disconnected { correlation, api, at: self.now });
        self.failed(pending, ErrorCode::RequestTimedOut);
        if pending.purpose.is_for_coordinator() && self.c.coordinator.broker == Some(pending.to) {
            self.mark_coordinator_unknown(&format!("{api} got no answer"));
        }
    }

    /// The coordinator is given up, and with it everything that was asked of it.
    pub fn mark_coordinator_unknown(&mut self, cause: &str) {
        if self.c.coordinator.broker.is_none() {
            return;
        }
        self.emit(ConsumerEvent::CoordinatorMarkedUnknown { cause: cause.into(), retry_at: self.now });
        let lost: Vec<Correlation> = self
            .c
            .pending
            .iter()
            .filter(|(_, pending)| pending.purpose.is_for_coordinator())
            .map(|(correlation, _)| *correlation)
            .collect();
        for correlation in lost {
            self.request_lost(correlation);
        }
    }

    /// What a lost request means for the one who waits for it.
    fn failed(&mut self, pending: &Pending, error: ErrorCode) {
        match &pending.purpose {
            Purpose::Metadata { .. } => self.metadata_failed(),
            Purpose::FindCoordinator => self.coordinator_lookup_failed(error),
            Purpose::JoinGroup => self.join_failed("JoinGroup", error),
            Purpose::SyncGroup => self.join_failed("SyncGroup", error),
            Purpose::Heartbeat => self.heartbeat_failed(error),
            Purpose::ConsumerGroupHeartbeat { leaves: false } => self.membership_lost_request(error),
            Purpose::ConsumerGroupHeartbeat { leaves: true } | Purpose::LeaveGroup { .. } => {}
            Purpose::OffsetCommit { kind, offsets } => self.commit_failed_retriably(*kind, offsets, error),
            Purpose::OffsetFetch { .. } => self.offset_fetch_failed(error),
            Purpose::ListOffsets { partitions } => {
                for (tp, _) in partitions.iter() {
                    self.retry_partition(tp, error);
                }
            }
            Purpose::Fetch { positions } => {
                for (tp, _) in positions.iter() {
                    self.reads_from_its_leader_again(tp);
                    self.retry_partition(tp, error);
                }
            }
        }
    }
}

/// Kafka's name of the API behind a purpose.
fn api(purpose: &Purpose) -> &'static str {
    match purpose {
        Purpose::Metadata { .. } => "Metadata",
        Purpose::FindCoordinator => "FindCoordinator",
        Purpose::JoinGroup => "JoinGroup",
        Purpose::SyncGroup => "SyncGroup",
        Purpose::Heartbeat => "Heartbeat",
        Purpose::ConsumerGroupHeartbeat { .. } => "ConsumerGroupHeartbeat",
        Purpose::LeaveGroup { .. } => "LeaveGroup",
        Purpose::OffsetCommit { .. } => "OffsetCommit",
        Purpose::OffsetFetch { .. } => "OffsetFetch",
        Purpose::ListOffsets { .. } => "ListOffsets",
        Purpose::Fetch { .. } => "Fetch",
    }
}
