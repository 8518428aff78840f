//! Going: LeaveGroup, and the steps of `close()` (`maybeLeaveGroup`, `ConsumerCoordinator.close`).

use crate::consumer::event::{CommitKind, ConsumerEvent, Purpose};
use crate::consumer::state::MemberState;
use crate::consumer::turn::Turn;
use millrace_model::protocol::LeaveGroupRequest;
use millrace_model::{MemberId, Request, Span};

/// How long `close()` waits at most (`DEFAULT_CLOSE_TIMEOUT_MS`).
const DEFAULT_CLOSE_TIMEOUT: Span = Span::from_secs(30);

impl Turn<'_> {
    /// Only dynamic members say goodbye; a static one waits for its session to end (KIP-345).
    pub fn leave_group(&mut self, reason: &str) {
        if self.c.manager.is_some() {
            // It has said so already, with its last heartbeat.
            return;
        }
        let member = &self.c.membership;
        let joined = member.state != MemberState::Unjoined && member.id != MemberId::unknown();
        if let Some(to) = self.c.coordinator.broker
            && joined
            && self.c.group_instance_id.is_none()
        {
            let request = LeaveGroupRequest {
                group: self.c.group.clone(),
                member: member.id.clone(),
                group_instance_id: None,
                reason: reason.into(),
            };
            let purpose = Purpose::LeaveGroup { reason: reason.into() };
            self.send(to, purpose, Request::LeaveGroup(request));
        }
        let reason = "consumer pro-actively leaving the group".into();
        self.emit(ConsumerEvent::GenerationReset { reason, member_id_too: true });
    }

    /// `ConsumerCoordinator.onLeavePrepare`: in the middle of a rebalance partitions count as lost.
    pub fn prepare_leave(&mut self) {
        if self.c.manager.is_some() {
            return self.membership_leave();
        }
        if self.c.partitions.is_empty() {
            return;
        }
        match self.c.membership.state {
            MemberState::PreparingRebalance | MemberState::CompletingRebalance => self.lose_partitions(),
            MemberState::Unjoined | MemberState::Stable => self.give_up_partitions(),
        }
    }

    pub fn close(&mut self) {
        if self.c.closing.is_none() {
            self.emit(ConsumerEvent::CloseStarted { deadline: self.now + DEFAULT_CLOSE_TIMEOUT });
        }
    }

    pub fn commit_on_close(&mut self) {
        let Some(closing) = self.c.closing else { return };
        let offsets =
            if self.c.config.enable_auto_commit { self.c.all_consumed() } else { Vec::new().into() };
        self.start_commit(CommitKind::AutoOnClose, offsets, closing.deadline);
    }

    pub fn leave_on_close(&mut self) {
        self.prepare_leave();
        self.leave_group("the consumer is being closed");
        self.emit(ConsumerEvent::CloseLeft);
    }
}
