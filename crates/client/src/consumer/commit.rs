//! Commits: `commitSync`, `commitAsync`, auto-commit (`ConsumerCoordinator.sendOffsetCommitRequest` and its handler).

use super::event::{CommitKind, ConsumerEvent, Purpose, SharedOffsets};
use super::input::Offsets;
use super::state::{MemberState, Pending};
use super::turn::Turn;
use millrace_model::config::consumer::ConsumerConfig;
use millrace_model::protocol::{CommittedOffset, OffsetCommitRequest, OffsetCommitResponse};
use millrace_model::{ErrorCode, Generation, MemberId, Offset, Request, Span, Time, TopicPartition};

/// `default.api.timeout.ms`: how long `commitSync` blocks at most.
pub(super) const DEFAULT_API_TIMEOUT: Span = Span::from_secs(60);

const NOT_IN_GROUP: &str = "Offset commit cannot be completed since the consumer is not part of an active group for auto partition assignment; it is likely that the consumer was kicked out of the group.";
const IN_REBALANCE: &str = "Offset commit cannot be completed since the consumer is undergoing a rebalance for auto partition assignment. You can try completing the rebalance by calling poll() and then retry the operation.";
const GROUP_REBALANCES: &str = "Offset commit cannot be completed since the consumer group is executing a rebalance at the moment. You can try completing the rebalance by calling poll() and then retry commit again";
const STALE_GENERATION: &str = "Offset commit cannot be completed since the consumer member's generation is already stale, meaning it has already participated another rebalance and got a new generation. You can try completing the rebalance by calling poll() and then retry commit again";
const STALE_INSTANCE: &str = "Offset commit cannot be completed since the consumer member's old generation is fenced by its group instance id, it is possible that this consumer has already participated another rebalance and got a new generation";
const ALREADY_REBALANCED: &str = "Commit cannot be completed since the group has already rebalanced and assigned the partitions to another member. This means that the time between subsequent calls to poll() was longer than the configured max.poll.interval.ms, which typically implies that the poll loop is spending too much time message processing. You can address this either by increasing max.poll.interval.ms or by reducing the maximum size of batches returned in poll() with max.poll.records.";
const RETRIABLE: &str = "Offset commit failed with a retriable exception. You should retry committing the latest consumed offsets.";

/// The classic protocol's rebalance timeout is `max.poll.interval.ms`.
pub(super) fn rebalance_timeout(config: &ConsumerConfig) -> Span {
    config.max_poll_interval
}

impl Turn<'_> {
    pub fn commit_sync(&mut self, offsets: Option<&Offsets>) {
        if self.c.commit.is_some() || self.c.closing.is_some() {
            return;
        }
        let offsets = self.wanted(offsets);
        self.start_commit(CommitKind::Sync, offsets, self.now + DEFAULT_API_TIMEOUT);
    }

    pub fn commit_async(&mut self, offsets: Option<&Offsets>) {
        if self.c.closing.is_none() {
            let offsets = self.wanted(offsets);
            self.commit_without_waiting(CommitKind::Async, offsets);
        }
    }

    fn wanted(&self, offsets: Option<&Offsets>) -> SharedOffsets {
        offsets.map_or_else(|| self.c.all_consumed(), |offsets| offsets.as_slice().into())
    }

    /// In a poll whose group is fine, once `auto.commit.interval.ms` is over.
    pub fn auto_commit(&mut self) {
        let at = self.now + self.c.config.auto_commit_interval;
        self.emit(ConsumerEvent::AutoCommitScheduled { at });
        let mut offsets = self.c.all_consumed();
        if self.c.config.auto_commit_in_background {
            // librdkafka says nothing twice; the Java client does.
            let is_new = |(tp, at): &&(TopicPartition, Offset)| {
                self.c.partitions.get(tp).is_none_or(|p| p.committed != Some(Some(*at)))
            };
            offsets = offsets.iter().filter(is_new).cloned().collect();
        }
        if !offsets.is_empty() {
            self.commit_without_waiting(CommitKind::Auto, offsets);
        }
    }

    fn commit_without_waiting(&mut self, kind: CommitKind, offsets: SharedOffsets) {
        if offsets.is_empty() {
            self.emit(ConsumerEvent::OffsetsCommitted { kind, offsets });
        } else if self.c.coordinator.broker.is_none() {
            self.emit(ConsumerEvent::CommitQueued { kind, offsets });
        } else {
            self.send_commit(kind, offsets);
        }
    }

    pub fn send_queued_commits(&mut self) {
        for (kind, offsets) in self.c.queued_commits.clone() {
            self.send_commit(kind, offsets);
        }
    }

    /// A commit that somebody waits for; without anything to commit it is done at once.
    pub fn start_commit(&mut self, kind: CommitKind, offsets: SharedOffsets, deadline: Time) {
        self.emit(ConsumerEvent::CommitStarted { kind, offsets: offsets.clone(), deadline });
        if offsets.is_empty() {
            self.emit(ConsumerEvent::OffsetsCommitted { kind, offsets });
        } else if self.c.coordinator.broker.is_some() {
            self.send_commit(kind, offsets);
        }
    }

    pub fn send_blocking_commit(&mut self) {
        if let Some(commit) = self.c.commit.clone() {
            self.send_commit(commit.kind, commit.offsets);
        }
    }

    fn send_commit(&mut self, kind: CommitKind, offsets: SharedOffsets) {
        let Some(to) = self.c.coordinator.broker else { return };
        match self.c.membership.state {
            // In the consumer protocol a commit is sent always; the coordinator decides.
            _ if self.c.manager.is_some() => {}
            MemberState::Stable => {}
            MemberState::Unjoined => {
                let error = ErrorCode::UnknownMemberId;
                return self.commit_threw(kind, &offsets, error, "CommitFailedException", NOT_IN_GROUP);
            }
            MemberState::PreparingRebalance | MemberState::CompletingRebalance => {
                let error = ErrorCode::RebalanceInProgress;
                return self.commit_threw(
                    kind,
                    &offsets,
                    error,
                    "RebalanceInProgressException",
                    IN_REBALANCE,
                );
            }
        }
        let committed = |tp: &TopicPartition, offset: Offset| CommittedOffset {
            offset,
            leader_epoch: self.c.partitions.get(tp).and_then(|partition| partition.leader_epoch),
            metadata: "".into(),
        };
        let outside = self.c.manager.is_some() && self.c.membership.generation == Generation::NONE;
        let request = OffsetCommitRequest {
            group: self.c.group.clone(),
            generation: self.c.membership.generation,
            member: if outside { MemberId::unknown() } else { self.c.membership.id.clone() },
            group_instance_id: self.c.group_instance_id.clone(),
            offsets: offsets.iter().map(|(tp, offset)| (tp.clone(), committed(tp, *offset))).collect(),
        };
        self.emit(ConsumerEvent::CommitSent { kind, offsets: offsets.clone() });
        let purpose = Purpose::OffsetCommit { kind, offsets };
        self.send(to, purpose, Request::OffsetCommit(request));
    }

    pub fn commit_answered(
        &mut self,
        pending: &Pending,
        kind: CommitKind,
        offsets: &SharedOffsets,
        answer: &OffsetCommitResponse,
    ) {
        let first = answer.partitions.iter().find(|(_, error)| *error != ErrorCode::None);
        let Some((_, error)) = first else {
            return self.emit(ConsumerEvent::OffsetsCommitted { kind, offsets: offsets.clone() });
        };
        let error = *error;
        if self.c.manager.is_some() {
            return self.membership_commit_failed(kind, offsets, error);
        }
        let current = self.is_current(pending);
        let preparing = self.c.membership.state == MemberState::PreparingRebalance;
        match error {
            ErrorCode::CoordinatorLoadInProgress | ErrorCode::UnknownTopicOrPartition => {
                self.commit_failed_retriably(kind, offsets, error)
            }
            ErrorCode::CoordinatorNotAvailable | ErrorCode::NotCoordinator | ErrorCode::RequestTimedOut => {
                self.mark_coordinator_unknown(&format!("error response {error}"));
                self.commit_failed_retriably(kind, offsets, error);
            }
            ErrorCode::RebalanceInProgress => {
                let reason = "offset commit failed since group is already rebalancing".into();
                self.emit(ConsumerEvent::RejoinRequested { reason });
                self.commit_threw(kind, offsets, error, "RebalanceInProgressException", GROUP_REBALANCES);
            }
            ErrorCode::FencedInstanceId if current => {
                self.commit_threw(kind, offsets, error, "FencedInstanceIdException", error.message())
            }
            ErrorCode::FencedInstanceId if preparing => {
                self.commit_threw(kind, offsets, error, "RebalanceInProgressException", STALE_INSTANCE)
            }
            ErrorCode::FencedInstanceId => {
                self.commit_threw(kind, offsets, error, "CommitFailedException", ALREADY_REBALANCED)
            }
            ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration if !current && preparing => {
                self.commit_threw(kind, offsets, error, "RebalanceInProgressException", STALE_GENERATION)
            }
            ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration => {
                self.reset_generation("OFFSET_COMMIT", error);
                self.commit_threw(kind, offsets, error, "CommitFailedException", ALREADY_REBALANCED);
            }
            unexpected => {
                let message = format!("Unexpected error in commit: {}", unexpected.message());
                self.commit_threw(kind, offsets, unexpected, "KafkaException", &message);
            }
        }
    }

    /// A blocking commit is tried again; nobody waits for the others, so they fail.
    pub fn commit_failed_retriably(&mut self, kind: CommitKind, offsets: &SharedOffsets, error: ErrorCode) {
        if let Some(commit) = self.c.commit.as_ref().filter(|commit| commit.kind == kind) {
            let retry_at = self.retry_at(commit.attempts);
            self.emit(ConsumerEvent::CommitRetryScheduled { kind, error, retry_at });
            return;
        }
        self.commit_threw(kind, offsets, error, "RetriableCommitFailedException", RETRIABLE);
        if kind == CommitKind::Auto {
            self.emit(ConsumerEvent::AutoCommitScheduled { at: self.retry_at(0) });
        }
    }

    pub fn commit_threw(
        &mut self,
        kind: CommitKind,
        offsets: &SharedOffsets,
        error: ErrorCode,
        exception: &'static str,
        message: &str,
    ) {
        let overtaken = matches!(kind, CommitKind::Async | CommitKind::Auto).then(|| self.later(offsets));
        let (offsets, message) = (offsets.clone(), message.into());
        self.emit(ConsumerEvent::CommitFailed { kind, offsets, error, exception, message });
        if let Some(offsets) = overtaken.filter(|later| !later.is_empty()) {
            self.emit(ConsumerEvent::CommitOvertaken { kind, offsets });
        }
    }

    /// What is behind these positions and committed, or on its way to be.
    fn later(&self, offsets: &SharedOffsets) -> SharedOffsets {
        let sent = |tp: &TopicPartition| {
            let commits = self.c.pending.values().filter_map(|pending| match &pending.purpose {
                Purpose::OffsetCommit { offsets, .. } => offsets.iter().find(|(known, _)| known == tp),
                _ => None,
            });
            commits.map(|(_, offset)| *offset).max()
        };
        let known = |tp: &TopicPartition| self.c.partitions.get(tp).and_then(|p| p.committed.flatten());
        let later = offsets.iter().filter_map(|(tp, offset)| {
            let latest = sent(tp).max(known(tp))?;
            (latest > *offset).then(|| (tp.clone(), latest))
        });
        later.collect()
    }

    pub fn commit_timed_out(&mut self) {
        let Some(commit) = self.c.commit.clone() else { return };
        let offsets: Vec<String> = commit
            .offsets
            .iter()
            .map(|(tp, offset)| {
                format!("{tp}=OffsetAndMetadata{{offset={offset}, leaderEpoch=null, metadata=''}}")
            })
            .collect();
        let message = format!(
            "Timeout of {}ms expired before successfully committing offsets {{{}}}",
            DEFAULT_API_TIMEOUT.as_millis(),
            offsets.join(", ")
        );
        let error = ErrorCode::RequestTimedOut;
        self.commit_threw(commit.kind, &commit.offsets, error, "TimeoutException", &message);
    }
}
