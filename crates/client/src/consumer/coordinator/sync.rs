//! SyncGroup: the leader runs the assignor, everybody learns its partitions (`onLeaderElected`, `onJoinComplete`).

use crate::assignor::Assignor;
use crate::consumer::event::{ConsumerEvent, Purpose};
use crate::consumer::state::{MemberState, Pending};
use crate::consumer::turn::Turn;
use millrace_model::protocol::{SyncGroupRequest, SyncGroupResponse};
use millrace_model::{ErrorCode, Generation, Request, TopicPartition};

impl Turn<'_> {
    pub fn sync(&mut self) {
        let Some(to) = self.c.coordinator.broker else { return };
        let mut assignments = Vec::new();
        if let Some(members) = self.c.membership.members.clone() {
            let assignor = Assignor::from_name(&self.c.membership.protocol).unwrap_or(self.c.assignor);
            assignments = assignor.assign(&self.c.metadata.cluster, &members);
            let snapshot = self.snapshot();
            self.emit(ConsumerEvent::AssignmentComputed { assignments: assignments.clone(), snapshot });
        }
        let request = SyncGroupRequest {
            group: self.c.group.clone(),
            generation: self.c.membership.generation,
            member: self.c.membership.id.clone(),
            group_instance_id: self.c.group_instance_id.clone(),
            assignments,
        };
        self.send(to, Purpose::SyncGroup, Request::SyncGroup(request));
    }

    pub fn sync_answered(&mut self, pending: &Pending, answer: &SyncGroupResponse) {
        let error = answer.error;
        match error {
            ErrorCode::None => self.synced(answer),
            ErrorCode::RebalanceInProgress => self.retry_join_now("SyncGroup", error),
            ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration => {
                if self.is_current(pending) {
                    self.reset_generation("SYNC_GROUP", error);
                }
                self.retry_join_now("SyncGroup", error);
            }
            ErrorCode::CoordinatorNotAvailable | ErrorCode::NotCoordinator => {
                self.mark_coordinator_unknown(&format!("error response {error}"));
                self.join_failed("SyncGroup", error);
            }
            ErrorCode::FencedInstanceId => {
                self.join_threw("SyncGroup", error, "FencedInstanceIdException", error.message())
            }
            unexpected => {
                let message = format!("Unexpected error from SyncGroup: {}", unexpected.message());
                self.join_threw("SyncGroup", unexpected, "KafkaException", &message);
            }
        }
    }

    fn synced(&mut self, answer: &SyncGroupResponse) {
        let member = &self.c.membership;
        if member.state != MemberState::CompletingRebalance || member.generation == Generation::NONE {
            // The heartbeat thread has reset the generation meanwhile.
            self.retry_join_now("SyncGroup", ErrorCode::IllegalGeneration);
            return;
        }
        if answer.protocol != member.protocol {
            let error = ErrorCode::InconsistentGroupProtocol;
            self.join_threw("SyncGroup", error, "InconsistentGroupProtocolException", error.message());
            return;
        }
        let generation = member.generation;
        let mut partitions: Vec<TopicPartition> = Vec::new();
        for tp in &answer.assignment.partitions {
            if !partitions.contains(tp) {
                partitions.push(tp.clone());
            }
        }
        let matches = partitions.iter().all(|tp| self.c.subscription.contains(&tp.topic));
        if !matches {
            partitions.clear();
        }
        let unknown = partitions.iter().any(|tp| self.c.metadata.cluster.leader(tp).is_none());
        self.emit(ConsumerEvent::PartitionsAssigned { generation, partitions, at: self.now });
        if !matches {
            let reason = "received assignment does not match the current subscription";
            self.emit(ConsumerEvent::RejoinRequested { reason: reason.into() });
        }
        if unknown {
            self.emit(ConsumerEvent::MetadataWanted { not_before: self.now });
        }
    }
}
