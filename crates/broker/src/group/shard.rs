//! What a broker of a cluster knows of the groups of one partition of `__consumer_offsets` (`CoordinatorRuntime`): who leads
//! the partition reads it and coordinates its groups, who leads it no longer forgets them. A broker that is alone has all.

use super::{Group, answers, offsets_log, snapshot};
use crate::timer::Timers;
use crate::{Broker, RequestId, Timer};
use millrace_model::{ErrorCode, GroupId, Map, MemberId, ProducerId, Response, Time, TopicPartition};
use std::sync::Arc;

/// The groups as the log of their partition tells of them, from its first record to its last (`CoordinatorLoaderImpl`).
pub(crate) fn load(broker: &Broker, tp: &TopicPartition, now: Time) -> Vec<Arc<Group>> {
    let mut groups: Map<GroupId, Group> = Map::new();
    let Some(log) = broker.log(tp) else { return Vec::new() };
    let session_timeout = broker.config().group_consumer_session_timeout;
    for stored in log.batches_from(log.log_start_offset()) {
        let producer = stored.batch.producer.as_deref().filter(|producer| producer.is_transactional);
        if let Some((id, marker)) = producer.and_then(|producer| Some((producer.id, producer.marker?))) {
            for group in groups.values_mut() {
                group.transaction_ended(id, marker.committed, stored.appended_at);
            }
            continue;
        }
        for record in &stored.batch.records {
            if let Some((group, tp, committed)) = offsets_log::read_offset(record) {
                let group = groups.entry(group.clone()).or_insert_with(|| Group::new(group));
                match (producer, committed) {
                    (Some(producer), Some(committed)) => {
                        let pending = Arc::make_mut(&mut group.pending_txn_offsets);
                        pending.entry(producer.id).or_default().insert(tp, committed);
                    }
                    (_, committed) => group.remember(tp, committed, stored.appended_at),
                }
                continue;
            }
            let carried = record.header(snapshot::HEADER);
            if let Some(mut group) = carried.and_then(|bytes| snapshot::decode(bytes, now, session_timeout)) {
                if let Some(old) = groups.remove(&group.id) {
                    (group.offsets, group.committed_at) = (old.offsets, old.committed_at);
                    group.pending_txn_offsets = old.pending_txn_offsets;
                }
                groups.insert(group.id.clone(), group);
            } else if record.value.is_none()
                && let Some(group) = record.key.as_deref().and_then(|key| std::str::from_utf8(key).ok())
            {
                groups.remove(group);
            }
        }
    }
    groups.into_iter().map(|(_, group)| Arc::new(group)).collect()
}

/// Takes groups in that were loaded.
pub(crate) fn restore(groups: &mut Map<GroupId, Arc<Group>>, loaded: &[Arc<Group>], timers: &mut Timers) {
    for group in loaded {
        for (at, timer) in group.deadlines() {
            timers.replace(None, Some(at), || timer.clone());
        }
        groups.insert(group.id.clone(), Arc::clone(group));
    }
}

/// What those are told whose requests wait here for a group of a partition that is led elsewhere.
pub(crate) fn unload(broker: &Broker, tp: &TopicPartition) -> Vec<(RequestId, Response)> {
    let of_it = broker.groups().filter(|group| broker.offsets_partition(group.id()) == *tp);
    let mut replies = Vec::new();
    for member in of_it.flat_map(Group::members) {
        let error = ErrorCode::NotCoordinator;
        let join = member.awaiting_join;
        replies.extend(join.map(|request| (request, answers::join_failed(MemberId::unknown(), error))));
        replies.extend(member.awaiting_sync.map(|request| (request, answers::sync_failed(error))));
    }
    replies
}

/// Forgets the groups of that partition, and all that is waited for because of them.
pub(crate) fn unloaded(broker: &mut Broker, tp: &TopicPartition) {
    let ids: Vec<GroupId> = broker
        .groups()
        .map(|group| group.id().clone())
        .filter(|id| broker.offsets_partition(id) == *tp)
        .collect();
    for id in ids {
        for (at, timer) in broker.groups.remove(&id).iter().flat_map(|group| group.deadlines()) {
            broker.timers.replace(Some(at), None, || timer.clone());
        }
    }
}

impl Group {
    /// The marker of a transaction: what it wrote holds, or is forgotten.
    fn transaction_ended(&mut self, id: ProducerId, committed: bool, at: Time) {
        if !self.pending_txn_offsets.contains_key(&id) {
            return;
        }
        let pending = Arc::make_mut(&mut self.pending_txn_offsets).remove(&id);
        for (tp, offset) in pending.into_iter().flatten().filter(|_| committed) {
            self.remember(tp, Some(offset), at);
        }
    }

    fn remember(
        &mut self,
        tp: TopicPartition,
        committed: Option<millrace_model::protocol::CommittedOffset>,
        at: Time,
    ) {
        let (offsets, times) = (Arc::make_mut(&mut self.offsets), Arc::make_mut(&mut self.committed_at));
        match committed {
            Some(committed) => {
                times.insert(tp.clone(), at);
                offsets.insert(tp, committed);
            }
            None => {
                times.remove(&tp);
                offsets.remove(&tp);
            }
        }
    }

    /// Everything that a broker waits for because of this group.
    fn deadlines(&self) -> Vec<(Time, Timer)> {
        let session = |member: &MemberId| Timer::SessionTimeoutExpired(self.id.clone(), member.clone());
        let of_group = [
            (
                self.initial_delay.map(|delay| delay.until),
                Timer::InitialRebalanceDelayExpired(self.id.clone()),
            ),
            (self.join_deadline, Timer::RebalanceTimeoutExpired(self.id.clone())),
            (self.join_completed, Timer::JoinPhaseCompleted(self.id.clone())),
            (self.sync_deadline, Timer::SyncTimeoutExpired(self.id.clone())),
        ];
        let mut all: Vec<(Time, Timer)> =
            of_group.into_iter().filter_map(|(at, timer)| Some((at?, timer))).collect();
        all.extend(self.pending.iter().map(|(id, at)| (*at, session(id))));
        all.extend(self.members.iter().filter_map(|(id, of)| Some((of.session_deadline?, session(id)))));
        for member in self.consumer.iter().flat_map(|consumer| consumer.members()) {
            if member.session_deadline > Time::ZERO {
                all.push((member.session_deadline, session(&member.id)));
            }
            let timer = Timer::MemberRebalanceTimeoutExpired(self.id.clone(), member.id.clone());
            all.extend(member.rebalance_deadline.map(|at| (at, timer)));
        }
        all
    }
}
