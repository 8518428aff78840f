//! Positions: the committed offsets first, then `auto.offset.reset` (`updateFetchPositions`, `OffsetFetcher`).

use super::event::{ConsumerEvent, Purpose, ResetReason};
use super::state::{Consumer, Position};
use super::turn::Turn;
use millrace_model::config::consumer::AutoOffsetReset;
use millrace_model::protocol::{
    ListOffsetsRequest, ListOffsetsResponse, OffsetFetchRequest, OffsetFetchResponse, OffsetSpec,
};
use millrace_model::{
    BrokerId, ErrorCode, Generation, GroupEpoch, Map, Offset, Request, Time, Timestamp, TopicPartition,
};
use std::sync::Arc;

impl Consumer {
    /// Partitions whose position can be looked up at a known leader, each with the moment from which it may be.
    pub(super) fn resettable(&self) -> impl Iterator<Item = (&TopicPartition, Time)> {
        self.partitions.iter().filter_map(|(tp, state)| {
            let wanted = matches!(state.position, Position::AwaitingReset(_))
                && self.metadata.cluster.leader(tp).is_some()
                && !self.is_pending(|purpose| match purpose {
                    Purpose::ListOffsets { partitions } => partitions.iter().any(|(p, _)| p == tp),
                    _ => false,
                });
            wanted.then_some((tp, state.retry_at))
        })
    }
}

impl Turn<'_> {
    pub fn fetch_committed_offsets(&mut self) {
        let Some(to) = self.c.coordinator.broker else { return };
        let partitions: Vec<TopicPartition> = self
            .c
            .partitions
            .iter()
            .filter(|(_, state)| state.position == Position::Initializing)
            .map(|(tp, _)| tp.clone())
            .collect();
        let (id, epoch) = (&self.c.membership.id, self.c.membership.generation);
        let in_group = self.c.manager.is_some() && epoch != Generation::NONE;
        let request = OffsetFetchRequest {
            group: self.c.group.clone(),
            member: in_group.then(|| (id.clone(), GroupEpoch(epoch.0))),
            partitions: Some(partitions.clone()),
            require_stable: true,
        };
        let purpose = Purpose::OffsetFetch { partitions: partitions.into() };
        self.send(to, purpose, Request::OffsetFetch(request));
    }

    pub fn committed_offsets_came(&mut self, asked: &Arc<[TopicPartition]>, answer: &OffsetFetchResponse) {
        match answer.error {
            ErrorCode::None => {}
            // The epoch has moved meanwhile, or will be told with the next heartbeat.
            ErrorCode::StaleMemberEpoch | ErrorCode::UnknownMemberId if self.c.manager.is_some() => {
                return self.offset_fetch_failed(answer.error);
            }
            // An open transaction has offsets of ours: whoever wrote them ends it, or its time runs out.
            ErrorCode::CoordinatorLoadInProgress | ErrorCode::UnstableOffsetCommit => {
                return self.offset_fetch_failed(answer.error);
            }
            ErrorCode::NotCoordinator | ErrorCode::CoordinatorNotAvailable => {
                self.mark_coordinator_unknown(&format!("error response {}", answer.error));
                return self.offset_fetch_failed(answer.error);
            }
            unexpected => {
                self.offset_fetch_failed(unexpected);
                let message = format!("Unexpected error in fetch offset response: {}", unexpected.message());
                return self.raise(unexpected, "KafkaException", &message);
            }
        }
        let found: Map<&TopicPartition, Option<Offset>> = answer
            .partitions
            .iter()
            .map(|(tp, committed)| (tp, committed.as_ref().map(|c| c.offset).filter(|o| o.0 >= 0)))
            .collect();
        let wanted: Vec<(TopicPartition, Option<Offset>)> = asked
            .iter()
            .filter(|tp| {
                self.c.partitions.get(*tp).is_some_and(|state| state.position == Position::Initializing)
            })
            .map(|tp| (tp.clone(), found.get(tp).copied().flatten()))
            .collect();
        self.emit(ConsumerEvent::CommittedOffsetsFetched { offsets: wanted.clone() });
        let policy = self.c.config.auto_offset_reset;
        let mut undefined = Vec::new();
        for (tp, committed) in wanted {
            match (committed, policy) {
                (Some(offset), _) => {
                    let why = ResetReason::Committed;
                    self.emit(ConsumerEvent::PositionReset { tp, offset, why });
                }
                (None, AutoOffsetReset::None) => undefined.push(tp),
                (
                    None,
                    AutoOffsetReset::Earliest | AutoOffsetReset::Latest | AutoOffsetReset::ByDuration(_),
                ) => {
                    let why = ResetReason::NoCommittedOffset(policy);
                    self.emit(ConsumerEvent::PositionResetNeeded { tp, why });
                }
            }
        }
        if !undefined.is_empty() {
            // Kafka asks again in the next poll, and throws again.
            let message = format!("Undefined offset with no reset policy for partitions: {undefined:?}");
            self.raise(ErrorCode::None, "NoOffsetForPartitionException", &message);
        }
    }

    pub fn offset_fetch_failed(&mut self, error: ErrorCode) {
        let retry_at = self.retry_at(self.c.offset_fetch_failures);
        self.emit(ConsumerEvent::OffsetFetchFailed { error, retry_at });
    }

    pub fn list_offsets(&mut self) {
        let mut by_leader: Map<BrokerId, Vec<(TopicPartition, OffsetSpec)>> = Map::new();
        for (tp, at) in self.c.resettable() {
            let Some(leader) = self.c.metadata.cluster.leader(tp) else { continue };
            let Some(spec) = self.reset_to(tp) else { continue };
            if at <= self.now {
                by_leader.entry(leader).or_default().push((tp.clone(), spec));
            }
        }
        for (leader, partitions) in by_leader {
            let request = ListOffsetsRequest {
                isolation_level: self.c.config.isolation_level,
                partitions: partitions.clone(),
            };
            let purpose = Purpose::ListOffsets { partitions: partitions.into() };
            self.send(leader, purpose, Request::ListOffsets(request));
        }
    }

    /// Where a position that awaits its reset goes.
    fn reset_to(&self, tp: &TopicPartition) -> Option<OffsetSpec> {
        match self.c.partitions.get(tp)?.position {
            Position::AwaitingReset(
                ResetReason::NoCommittedOffset(policy) | ResetReason::OutOfRange(policy),
            ) => match policy {
                AutoOffsetReset::Earliest => Some(OffsetSpec::Earliest),
                AutoOffsetReset::Latest | AutoOffsetReset::None => Some(OffsetSpec::Latest),
                // `AutoOffsetResetStrategy.timestamp`: so long before the moment of the request.
                AutoOffsetReset::ByDuration(span) => {
                    let ms = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
                    let since = self.now.timestamp().0.saturating_sub(ms);
                    Some(OffsetSpec::Timestamp(Timestamp(since)))
                }
            },
            Position::AwaitingReset(ResetReason::Committed | ResetReason::Seek)
            | Position::Initializing
            | Position::At(_) => None,
        }
    }

    pub fn listed_offsets_came(
        &mut self,
        asked: &Arc<[(TopicPartition, OffsetSpec)]>,
        answer: &ListOffsetsResponse,
    ) {
        for (tp, spec) in asked.iter() {
            let is_asked = |now: OffsetSpec| match (now, spec) {
                // The time has gone on since the request.
                (OffsetSpec::Timestamp(_), OffsetSpec::Timestamp(_)) => true,
                (now, spec) => now == *spec,
            };
            if !self.reset_to(tp).is_some_and(is_asked) {
                continue;
            }
            let Some(Position::AwaitingReset(why)) = self.c.partitions.get(tp).map(|p| p.position) else {
                continue;
            };
            match answer.partitions.iter().find(|listed| listed.tp == *tp) {
                Some(listed) if listed.error == ErrorCode::None && listed.offset.0 >= 0 => {
                    let offset = listed.offset;
                    self.emit(ConsumerEvent::PositionReset { tp: tp.clone(), offset, why });
                }
                Some(listed) if listed.error != ErrorCode::None => self.retry_partition(tp, listed.error),
                // Nothing that new: `SubscriptionState.setNextAllowedRetry` keeps it from asking for a while.
                Some(_) if matches!(spec, OffsetSpec::Timestamp(_)) => {
                    let retry_at = self.now + self.c.config.request_timeout;
                    self.emit(ConsumerEvent::NoOffsetForTime { tp: tp.clone(), retry_at });
                }
                Some(_) | None => self.retry_partition(tp, ErrorCode::UnknownTopicOrPartition),
            }
        }
    }

    /// Tries a partition again after a backoff, with new metadata: its leader may be another by now.
    pub fn retry_partition(&mut self, tp: &TopicPartition, error: ErrorCode) {
        let Some(state) = self.c.partitions.get(tp) else { return };
        let retry_at = self.retry_at(state.failures);
        self.emit(ConsumerEvent::PartitionRetryScheduled { tp: tp.clone(), error, retry_at });
        if self.c.metadata.refresh_at.is_none_or(|at| at > retry_at) {
            self.emit(ConsumerEvent::MetadataWanted { not_before: self.now });
        }
    }
}
