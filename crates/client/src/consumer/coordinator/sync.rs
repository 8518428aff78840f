//! SyncGroup: the leader runs the assignor, everybody learns its partitions (`onLeaderElected`, `onJoinComplete`).

use crate::assignor::{Assignor, hash_order_by};
use crate::consumer::event::{ConsumerEvent, Purpose};
use crate::consumer::state::{MemberState, Pending};
use crate::consumer::timers::ConsumerTimer;
use crate::consumer::turn::Turn;
use millrace_model::protocol::{Assignment, SyncGroupRequest, SyncGroupResponse};
use millrace_model::{BrokerId, ErrorCode, Generation, MemberId, Request, Set, TopicPartition};

impl Turn<'_> {
    pub fn sync(&mut self) {
        let Some(to) = self.c.coordinator.broker else { return };
        let mut assignments = Vec::new();
        if let Some(members) = self.c.joined_members() {
            let assignor = Assignor::from_name(&self.c.membership.protocol).unwrap_or_default();
            let mut members = members.to_vec();
            hash_order_by(&mut members, |member| member.member.as_str());
            assignments = assignor.assign(&self.c.metadata.cluster, &members);
        }
        self.sync_with(to, assignments);
    }

    /// An application that assigns itself has done so.
    pub fn assign(&mut self, assignments: &[(MemberId, Assignment)]) {
        if let Some(to) = self.c.coordinator.broker
            && self.c.is_due(ConsumerTimer::Sync, self.now)
        {
            self.sync_with(to, assignments.to_vec());
        }
    }

    fn sync_with(&mut self, to: BrokerId, assignments: Vec<(MemberId, Assignment)>) {
        if self.c.membership.members.is_some() {
            let snapshot = self.c.snapshot();
            let protocol = self.c.membership.protocol.clone();
            let computed = assignments.clone();
            self.emit(ConsumerEvent::AssignmentComputed { protocol, assignments: computed, snapshot });
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
        if self.c.in_poll {
            self.complete_join(&answer.assignment);
        } else {
            self.emit(ConsumerEvent::AssignmentHeld { assignment: answer.assignment.clone() });
        }
    }

    /// `ConsumerCoordinator.onJoinComplete`: with the cooperative protocol only what moves is given up, and then the
    /// member joins once more.
    pub fn complete_join(&mut self, given: &Assignment) {
        let generation = self.c.membership.generation;
        let assigned: Set<TopicPartition> = given.partitions.iter().cloned().collect();
        if !assigned.iter().all(|tp| self.c.wants(&tp.topic)) {
            self.emit(ConsumerEvent::AssignmentMismatched { generation, at: self.now });
            let reason = "received assignment does not match the current subscription";
            return self.emit(ConsumerEvent::RejoinRequested { reason: reason.into() });
        }
        let owned = &self.c.partitions;
        let partitions: Vec<TopicPartition> =
            assigned.iter().filter(|tp| !owned.contains_key(*tp)).cloned().collect();
        let revoked: Vec<TopicPartition> =
            owned.keys().filter(|tp| !assigned.contains(*tp)).cloned().collect();
        let moves = !revoked.is_empty();
        if moves {
            self.emit(ConsumerEvent::PartitionsRevoked { partitions: revoked, generation });
        }
        let unknown = assigned.iter().any(|tp| self.c.metadata.cluster.leader(tp).is_none());
        let mut assignment: Vec<TopicPartition> = Vec::new();
        for tp in &given.partitions {
            if !assignment.contains(tp) {
                assignment.push(tp.clone());
            }
        }
        self.emit(ConsumerEvent::PartitionsAssigned { generation, partitions, assignment, at: self.now });
        if moves {
            let reason = "need to revoke partitions and re-join";
            self.emit(ConsumerEvent::RejoinRequested { reason: reason.into() });
        }
        if unknown {
            self.emit(ConsumerEvent::MetadataWanted { not_before: self.now });
        }
    }
}
