//! ConsumerGroupHeartbeat: what it tells, and what its answer means (`ConsumerHeartbeatRequestManager`).

use super::event::MembershipEvent;
use super::{MembershipManager, MembershipState};
use crate::consumer::event::{ConsumerEvent, Purpose};
use crate::consumer::state::Pending;
use crate::consumer::turn::Turn;
use millrace_model::protocol::{ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse};
use millrace_model::{ErrorCode, Request};
use std::sync::Arc;

impl Turn<'_> {
    pub(super) fn manager(&self) -> Option<&MembershipManager> {
        self.c.manager.as_deref()
    }

    pub(super) fn tell(&mut self, event: MembershipEvent) {
        self.emit(ConsumerEvent::Membership(event));
    }

    pub(super) fn transition(&mut self, to: MembershipState) {
        let Some(from) = self.manager().map(|manager| manager.state) else { return };
        self.tell(MembershipEvent::Transitioned { from, to, at: self.now });
    }

    /// Sends a heartbeat; what follows from its leaving, follows (`onHeartbeatRequestGenerated`).
    pub fn membership_heartbeat(&mut self) {
        let Some(to) = self.c.coordinator.broker else { return };
        let Some(manager) = self.manager() else { return };
        let (state, leaves) = (manager.state, manager.state == MembershipState::Leaving);
        let request = self.membership_request(manager);
        let purpose = Purpose::ConsumerGroupHeartbeat { leaves };
        self.send(to, purpose, Request::ConsumerGroupHeartbeat(request));
        if state == MembershipState::Acknowledging {
            let reconciled = self.manager().is_some_and(|manager| manager.current == manager.target);
            self.transition(if reconciled { MembershipState::Stable } else { MembershipState::Reconciling });
        }
    }

    fn membership_request(&self, manager: &MembershipManager) -> ConsumerGroupHeartbeatRequest {
        let (c, sent) = (&self.c, &manager.sent);
        let all = manager.state == MembershipState::Joining;
        let (timeout, assignor) = (c.config.max_poll_interval, &c.config.group_remote_assignor);
        let topics_known = sent.topics.as_ref() == Some(&c.subscription);
        let owned_known = sent.assignment.as_ref() == Some(&manager.current);
        ConsumerGroupHeartbeatRequest {
            group: c.group.clone(),
            member: c.membership.id.clone(),
            member_epoch: manager.epoch,
            group_instance_id: c.group_instance_id.clone(),
            rack: None,
            client_id: c.client_id.clone(),
            client_host: c.host.clone(),
            rebalance_timeout: (all || sent.rebalance_timeout != Some(timeout)).then_some(timeout),
            subscribed_topic_names: (all || !topics_known).then(|| c.subscription.clone()),
            server_assignor: assignor.clone().filter(|_| all || sent.server_assignor != *assignor),
            topic_partitions: (all || !owned_known).then(|| manager.current.partitions.to_vec()),
        }
    }

    pub fn membership_answered(
        &mut self,
        pending: &Pending,
        leaves: bool,
        answer: &ConsumerGroupHeartbeatResponse,
    ) {
        // The answer to a goodbye says nothing; one to an older membership nothing about this one.
        if leaves || !self.is_current(pending) {
            return;
        }
        if answer.error != ErrorCode::None {
            return self.membership_failed(answer);
        }
        let Some(state) = self.manager().map(|manager| manager.state) else { return };
        if state.is_leaving() || state.skips_heartbeat() {
            return;
        }
        self.tell(MembershipEvent::EpochReceived {
            member: answer.member.clone(),
            epoch: answer.member_epoch,
            heartbeat_interval: answer.heartbeat_interval,
            at: self.now,
        });
        if let Some(partitions) = &answer.assignment
            && state.takes_assignment()
        {
            self.take_target(state, partitions.clone());
        }
    }

    /// `onErrorResponse`.
    fn membership_failed(&mut self, answer: &ConsumerGroupHeartbeatResponse) {
        let error = answer.error;
        let words = answer.error_message.clone().unwrap_or_else(|| Arc::from(error.message()));
        match error {
            ErrorCode::NotCoordinator | ErrorCode::CoordinatorNotAvailable => {
                self.tell(MembershipEvent::HeartbeatFailed { error, retry_at: self.now });
                self.mark_coordinator_unknown(&words);
            }
            ErrorCode::CoordinatorLoadInProgress => self.membership_lost_request(error),
            ErrorCode::FencedMemberEpoch | ErrorCode::UnknownMemberId => {
                self.tell(MembershipEvent::HeartbeatFailed { error, retry_at: self.now });
                self.fenced();
            }
            _ => {
                self.tell(MembershipEvent::HeartbeatFailed { error, retry_at: self.now });
                self.raise(error, exception(error), &words);
                self.transition(MembershipState::Fatal);
            }
        }
    }

    /// A heartbeat is lost: the next one tells everything again.
    pub fn membership_lost_request(&mut self, error: ErrorCode) {
        let retry_at = self.retry_at(self.c.heartbeat.failures);
        self.tell(MembershipEvent::HeartbeatFailed { error, retry_at });
    }

    /// `transitionToFenced`: what it owns is lost, which the application learns in its next poll.
    fn fenced(&mut self) {
        self.transition(MembershipState::Fenced);
        if self.c.partitions.is_empty() {
            self.tell(MembershipEvent::AssignmentCleared);
            self.transition(MembershipState::Joining);
        }
    }
}

/// The simple name of the exception that poll throws.
fn exception(error: ErrorCode) -> &'static str {
    match error {
        ErrorCode::UnsupportedAssignor => "UnsupportedAssignorException",
        ErrorCode::UnreleasedInstanceId => "UnreleasedInstanceIdException",
        ErrorCode::FencedInstanceId => "FencedInstanceIdException",
        ErrorCode::GroupMaxSizeReached => "GroupMaxSizeReachedException",
        ErrorCode::InvalidRequest => "InvalidRequestException",
        ErrorCode::GroupIdNotFound => "GroupIdNotFoundException",
        ErrorCode::PolicyViolation => "PolicyViolationException",
        _ => "KafkaException",
    }
}
