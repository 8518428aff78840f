//! Offsets that nobody needs any more, and groups without any (`GroupCoordinatorShard.cleanupGroupMetadata`,
//! `OffsetMetadataManager.cleanupExpiredOffsets`).
//!
//! Every `offsets.retention.check.interval.ms` the coordinator forgets what is older than `offsets.retention.minutes`: in
//! an empty group counted from when it became empty, in a group that reads on and for one that never had members from
//! the commit. A partition that is still subscribed to is never forgotten. An empty group without offsets goes.

use super::draft::Draft;
use super::{Group, GroupChange, GroupState, OffsetRemoval, offsets_log};
use crate::{Broker, Event, Outcome};
use millrace_model::{Set, Time, TopicPartition};

/// The check of all groups, one group a step: the next one is due at once while there was something to do.
pub(crate) fn check_retention(broker: &Broker, now: Time) -> Outcome {
    let mut outcome = broker.groups().find_map(|group| check(broker, now, group)).unwrap_or_default();
    let next = if !outcome.events.is_empty() {
        Some(now)
    } else if broker.groups().len() > 0 {
        Some(now + broker.config().offsets_retention_check_interval)
    } else {
        None
    };
    outcome.events.push(Event::RetentionChecked { at: now, next });
    outcome
}

/// What is to do for one group, if anything is.
fn check(broker: &Broker, now: Time, group: &Group) -> Option<Outcome> {
    let (expired, all) = group.expired(broker, now);
    let mut draft = Draft::of(broker, now, group);
    if !expired.is_empty() {
        let tombstones = expired.iter().map(|tp| offsets_log::tombstone(group.id(), tp, now)).collect();
        // A log at its limit keeps the offsets, too: the next check tries again.
        draft.write(tombstones).ok()?;
        draft.push(GroupChange::OffsetsRemoved { partitions: expired, why: OffsetRemoval::Expired });
    }
    if all && group.is_without_members() {
        super::admin::write_end(&mut draft).ok()?;
        draft.push(GroupChange::Deleted);
    }
    Some(draft.finish()).filter(|outcome| !outcome.events.is_empty())
}

impl Group {
    /// The partitions whose offsets have expired, and whether those are all.
    fn expired(&self, broker: &Broker, now: Time) -> (Vec<TopicPartition>, bool) {
        let wanted = match self.consumer() {
            Some(consumer) => consumer
                .members()
                .flat_map(|member| member.subscription.subscribed_topic_names.iter().cloned())
                .collect(),
            None => self
                .members()
                .flat_map(|member| member.protocols.iter().flat_map(|(_, subscription)| &subscription.topics))
                .cloned()
                .collect::<Set<_>>(),
        };
        let is_classic = self.consumer().is_none() && self.protocol_type().is_some();
        // `None`: each from its commit.
        let since = match self.state() {
            GroupState::Empty if is_classic => Some(self.state_since()),
            GroupState::Stable | GroupState::Empty => None,
            GroupState::PreparingRebalance | GroupState::CompletingRebalance | GroupState::Dead => {
                return (Vec::new(), false);
            }
        };
        let retention = broker.config().offsets_retention;
        let is_over = |tp: &TopicPartition| {
            let committed = self.committed_at.get(tp).copied().unwrap_or(Time::ZERO);
            !wanted.contains(&tp.topic) && now.since(since.unwrap_or(committed)) >= retention
        };
        let expired: Vec<TopicPartition> = self.offsets().keys().filter(|tp| is_over(tp)).cloned().collect();
        let all = expired.len() == self.offsets().len() && self.pending_txn_offsets.is_empty();
        (expired, all)
    }

    fn is_without_members(&self) -> bool {
        match self.consumer() {
            Some(consumer) => consumer.is_empty(),
            None => self.is(GroupState::Empty) && self.pending_members().len() == 0,
        }
    }
}
