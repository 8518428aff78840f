//! AlterPartitionReassignments and ListPartitionReassignments (`ReplicationControlManager`, `PartitionReassignmentReplicas`,
//! `PartitionReassignmentRevert`): replicas that come are added first, those that go are taken away once the others are in sync.

use super::{Controller, Draft, Refusal, refuse};
use millrace_model::protocol::{
    AlterPartitionReassignmentsRequest, MetadataRecord, OngoingReassignment, PartitionChange,
    PartitionRegistration,
};
use millrace_model::{BrokerId, ErrorCode, TopicPartition};
use std::sync::Arc;

impl Controller {
    pub(super) fn reassign(
        &self,
        request: &AlterPartitionReassignmentsRequest,
        draft: &mut Draft,
    ) -> Vec<(TopicPartition, ErrorCode, Option<Arc<str>>)> {
        let mut answers = Vec::with_capacity(request.partitions.len());
        for (tp, target) in &request.partitions {
            let (error, words) = match self.reassign_one(tp, target.as_deref()) {
                Ok(change) => {
                    let change = change.map(|change| MetadataRecord::PartitionChange(Box::new(change)));
                    draft.records.extend(change);
                    (ErrorCode::None, None)
                }
                Err(refusal) => {
                    draft.rejected("AlterPartitionReassignments", &tp.to_string(), &refusal);
                    refusal
                }
            };
            answers.push((tp.clone(), error, words));
        }
        answers
    }

    fn reassign_one(
        &self,
        tp: &TopicPartition,
        target: Option<&[BrokerId]>,
    ) -> Result<Option<PartitionChange>, Refusal> {
        let unknown = ErrorCode::UnknownTopicOrPartition;
        if !self.topics.contains_key(&tp.topic) {
            return refuse(unknown, format!("Unable to find a topic named {}.", tp.topic));
        }
        let Some(partition) = self.partition(tp) else {
            return refuse(unknown, format!("Unable to find partition {}:{}.", tp.topic, tp.partition));
        };
        match target {
            Some(target) => self.change_assignment(tp, partition, target),
            None => self.cancel(tp, partition),
        }
    }

    fn change_assignment(
        &self,
        tp: &TopicPartition,
        partition: &PartitionRegistration,
        target: &[BrokerId],
    ) -> Result<Option<PartitionChange>, Refusal> {
        self.check_assignment(target, None)?;
        let mut removing = without(&partition.replicas, target);
        removing.sort();
        let mut adding = without(target, &partition.replicas);
        adding.sort();
        let is_acceptable = |replica| self.is_active(replica);
        Ok(self.build_change(tp, partition, &is_acceptable, |builder| {
            builder.election = super::change::Election::Online;
            builder.target_replicas = target.iter().chain(&removing).copied().collect();
            if !removing.is_empty() {
                builder.target_removing = removing;
            }
            if !adding.is_empty() {
                builder.target_adding = adding;
            }
        }))
    }

    fn cancel(
        &self,
        tp: &TopicPartition,
        partition: &PartitionRegistration,
    ) -> Result<Option<PartitionChange>, Refusal> {
        if partition.adding_replicas.is_empty() && partition.removing_replicas.is_empty() {
            let error = ErrorCode::NoReassignmentInProgress;
            return refuse(error, error.message());
        }
        let replicas = without(&partition.replicas, &partition.adding_replicas);
        let mut isr = without(&partition.isr, &partition.adding_replicas);
        if isr.is_empty() {
            // Only those that were to come are in sync: going back means losing what the others lack.
            if !self.allows_unclean(&tp.topic) {
                let words = format!(
                    "Unable to revert partition assignment for {}:{} because it would require an unclean leader \
                     election.",
                    tp.topic, tp.partition
                );
                return refuse(ErrorCode::InvalidReplicaAssignment, words);
            }
            isr.extend(replicas.first());
        }
        let is_acceptable = |replica| self.is_active(replica);
        Ok(self.build_change(tp, partition, &is_acceptable, |builder| {
            builder.target_isr = isr;
            builder.target_replicas = replicas;
            builder.target_removing.clear();
            builder.target_adding.clear();
        }))
    }

    /// The partitions whose replicas are on their way (ListPartitionReassignments), of all or only of those that are named.
    pub fn reassignments(&self, of: Option<&[TopicPartition]>) -> Vec<OngoingReassignment> {
        let is_meant = |tp: &TopicPartition| of.is_none_or(|of| of.contains(tp));
        let moving = self.partitions().filter(|(tp, state)| {
            is_meant(tp) && !(state.adding_replicas.is_empty() && state.removing_replicas.is_empty())
        });
        moving
            .map(|(tp, state)| OngoingReassignment {
                tp,
                replicas: state.replicas.clone(),
                adding_replicas: state.adding_replicas.clone(),
                removing_replicas: state.removing_replicas.clone(),
            })
            .collect()
    }

    /// `validateManualPartitionAssignment`.
    pub(super) fn check_assignment(
        &self,
        replicas: &[BrokerId],
        factor: Option<usize>,
    ) -> Result<(), Refusal> {
        let error = ErrorCode::InvalidReplicaAssignment;
        if replicas.is_empty() {
            return refuse(error, "The manual partition assignment includes an empty replica list.");
        }
        let mut sorted = replicas.to_vec();
        sorted.sort();
        let mut last = None;
        for id in sorted {
            if !self.registrations.contains_key(&id) {
                let words = format!(
                    "The manual partition assignment includes broker {id}, but no such broker is registered."
                );
                return refuse(error, words);
            }
            if last == Some(id) {
                let words =
                    format!("The manual partition assignment includes the broker {id} more than once.");
                return refuse(error, words);
            }
            last = Some(id);
        }
        match factor {
            Some(factor) if factor != replicas.len() => {
                let words = format!(
                    "The manual partition assignment includes a partition with {} replica(s), but this is not \
                     consistent with previous partitions, which have {factor} replica(s).",
                    replicas.len()
                );
                refuse(error, words)
            }
            Some(_) | None => Ok(()),
        }
    }
}

fn without(all: &[BrokerId], some: &[BrokerId]) -> Vec<BrokerId> {
    all.iter().filter(|one| !some.contains(one)).copied().collect()
}
