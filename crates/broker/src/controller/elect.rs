//! Who leads: what follows from a broker that comes or goes, ElectLeaders, and the way back to the preferred leaders
//! (`ReplicationControlManager.generateLeaderAndIsrUpdates`, `electLeaders`, `maybeBalancePartitionLeaders`).

use super::change::{ChangeBuilder, Election};
use super::{Controller, ControllerEvent, Draft};
use millrace_model::protocol::{
    ElectLeadersRequest, ElectionType, MetadataRecord, PartitionChange, PartitionRegistration,
};
use millrace_model::{BrokerId, ErrorCode, Time, TopicPartition};
use std::sync::Arc;

impl Controller {
    /// A change of `partition` with the settings of its topic; `change` sets the targets.
    pub(super) fn build_change(
        &self,
        tp: &TopicPartition,
        partition: &PartitionRegistration,
        is_acceptable: &dyn Fn(BrokerId) -> bool,
        change: impl FnOnce(&mut ChangeBuilder<'_>),
    ) -> Option<PartitionChange> {
        let min_isr = self.effective_min_isr(&tp.topic);
        let mut builder = ChangeBuilder::new(partition, tp.clone(), is_acceptable, min_isr);
        builder.elr_enabled = self.config.eligible_leader_replicas;
        if self.allows_unclean(&tp.topic) {
            builder.election = Election::Unclean;
        }
        change(&mut builder);
        builder.build()
    }

    /// New leaders and in-sync replicas after a broker has gone, come, or lost its memory. Who comes still counts as fenced in
    /// the registrations, who goes still as alive.
    pub(super) fn update_leaders(
        &self,
        to_remove: Option<BrokerId>,
        to_add: Option<BrokerId>,
        unclean_shutdown: Option<BrokerId>,
        draft: &mut Draft,
    ) {
        let is_acceptable = |replica: BrokerId| {
            Some(replica) != to_remove
                && Some(replica) != unclean_shutdown
                && (Some(replica) == to_add || self.is_active(replica))
        };
        let gone = to_remove.or(unclean_shutdown);
        for (tp, partition) in self.partitions() {
            let is_concerned = match gone {
                Some(gone) => {
                    partition.isr.contains(&gone) || (to_remove.is_none() && partition.elr.contains(&gone))
                }
                None => partition.leader.is_none(),
            };
            if !is_concerned {
                continue;
            }
            let change = self.build_change(&tp, partition, &is_acceptable, |builder| {
                builder.target_isr.retain(|replica| Some(*replica) != gone);
                builder.unclean_shutdown = unclean_shutdown;
            });
            draft.records.extend(change.map(|change| MetadataRecord::PartitionChange(Box::new(change))));
        }
    }

    pub(super) fn elect_leaders(
        &self,
        request: &ElectLeadersRequest,
        draft: &mut Draft,
    ) -> Vec<(TopicPartition, ErrorCode, Option<Arc<str>>)> {
        let all = || self.partitions().map(|(tp, _)| tp).collect();
        let partitions: Vec<TopicPartition> = request.partitions.clone().unwrap_or_else(all);
        let mut answers = Vec::with_capacity(partitions.len());
        for tp in partitions {
            let (error, words) = match self.elect_leader(&tp, request.election_type) {
                Ok(change) => {
                    draft.records.push(MetadataRecord::PartitionChange(Box::new(change)));
                    (ErrorCode::None, None)
                }
                // Of all partitions, those are not told that have what was wanted.
                Err((ErrorCode::ElectionNotNeeded, _)) if request.partitions.is_none() => continue,
                Err(refusal) => {
                    draft.rejected("ElectLeaders", &tp.to_string(), &refusal);
                    refusal
                }
            };
            answers.push((tp, error, words));
        }
        answers
    }

    fn elect_leader(
        &self,
        tp: &TopicPartition,
        wanted: ElectionType,
    ) -> Result<PartitionChange, super::Refusal> {
        let Some(partition) = self.partition(tp) else {
            let words = match self.topics.contains_key(&tp.topic) {
                false => format!("No such topic as {}", tp.topic),
                true => format!("No such partition as {tp}"),
            };
            return super::refuse(ErrorCode::UnknownTopicOrPartition, words);
        };
        let is_needed = match wanted {
            ElectionType::Preferred => partition.leader != partition.replicas.first().copied(),
            ElectionType::Unclean => partition.leader.is_none(),
        };
        if !is_needed {
            return Err((ErrorCode::ElectionNotNeeded, None));
        }
        let change = self.build_change(tp, partition, &|replica| self.is_active(replica), |builder| {
            builder.election = match wanted {
                ElectionType::Preferred => Election::Preferred,
                ElectionType::Unclean => Election::Unclean,
            };
        });
        change.ok_or(match wanted {
            ElectionType::Preferred => (ErrorCode::PreferredLeaderNotAvailable, None),
            ElectionType::Unclean => (ErrorCode::EligibleLeadersNotAvailable, None),
        })
    }

    /// Brings leaders back to the preferred replicas, `leader.imbalance.check.interval.seconds` after one has moved away, and
    /// as long as one is away.
    pub(super) fn balance_leaders(&self, now: Time, draft: &mut Draft) {
        if self.rebalance_at.is_none_or(|at| at > now) {
            return;
        }
        let mut next = None;
        for (tp, partition) in self.partitions() {
            if partition.leader.is_none() || partition.leader == partition.replicas.first().copied() {
                continue;
            }
            next = Some(now + self.config.leader_imbalance_check_interval);
            let change = self.build_change(&tp, partition, &|replica| self.is_active(replica), |builder| {
                builder.election = Election::Preferred;
            });
            draft.records.extend(change.map(|change| MetadataRecord::PartitionChange(Box::new(change))));
        }
        draft.events.push(ControllerEvent::RebalanceChecked { next });
    }

    /// Looks after the leaders later, if one has just moved (`maybeScheduleNextBalancePartitionLeaders`).
    pub(super) fn plan_balance(&self, now: Time, draft: &mut Draft) {
        let moves = |record: &MetadataRecord| matches!(record, MetadataRecord::PartitionChange(change) if change.leader.is_some());
        if self.config.auto_leader_rebalance && self.rebalance_at.is_none() && draft.records.iter().any(moves)
        {
            let next = Some(now + self.config.leader_imbalance_check_interval);
            draft.events.push(ControllerEvent::RebalanceChecked { next });
        }
    }
}
