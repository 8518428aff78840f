//! The way from what a member has to what it shall have (`maybeReconcile`, `revokeAndAssign`).

use super::MembershipState;
use super::event::MembershipEvent;
use crate::consumer::event::{CommitKind, ConsumerEvent};
use crate::consumer::turn::Turn;
use millrace_model::TopicPartition;

impl Turn<'_> {
    /// `processAssignmentReceived`.
    pub(super) fn take_target(&mut self, state: MembershipState, mut partitions: Vec<TopicPartition>) {
        millrace_model::collections::sort::sort(&mut partitions);
        self.tell(MembershipEvent::TargetReceived { partitions });
        let reconciled = self.manager().is_some_and(|manager| manager.target == manager.current);
        if !reconciled {
            // A reconciliation that is on goes on; the new target is the next one's.
            if state != MembershipState::Reconciling {
                self.transition(MembershipState::Reconciling);
            }
        } else if matches!(state, MembershipState::Reconciling | MembershipState::Joining) {
            self.transition(MembershipState::Stable);
        }
    }

    /// The next thing that a membership does in `poll`.
    pub fn membership_step(&mut self) {
        let Some(state) = self.manager().map(|manager| manager.state) else { return };
        match state {
            MembershipState::Unsubscribed => self.transition(MembershipState::Joining),
            MembershipState::Stale | MembershipState::Fenced => {
                self.lose_assignment();
                self.transition(MembershipState::Joining);
            }
            MembershipState::Fatal => self.lose_assignment(),
            MembershipState::Reconciling => self.reconcile(),
            MembershipState::Joining
            | MembershipState::Acknowledging
            | MembershipState::Stable
            | MembershipState::PrepareLeaving
            | MembershipState::Leaving => {}
        }
    }

    /// One step: the commit, then `onPartitionsRevoked`, then `onPartitionsAssigned`. A commit of the application
    /// inside a callback comes between two steps.
    fn reconcile(&mut self) {
        let Some(manager) = self.manager() else { return };
        let Some(goal) = manager.reconciling.clone() else {
            let partitions = manager.target.partitions.clone();
            self.tell(MembershipEvent::ReconciliationStarted { partitions });
            if self.c.config.enable_auto_commit {
                let deadline = self.now + self.c.config.max_poll_interval;
                let offsets = self.c.all_consumed();
                self.start_commit(CommitKind::AutoBeforeRevocation, offsets, deadline);
            }
            return;
        };
        let revoked: Vec<TopicPartition> = self
            .c
            .partitions
            .keys()
            .filter(|tp| goal.partitions.binary_search(tp).is_err())
            .cloned()
            .collect();
        let generation = self.c.membership.joined_generation;
        if !revoked.is_empty() {
            return self.emit(ConsumerEvent::PartitionsRevoked { partitions: revoked, generation });
        }
        let assignment = goal.partitions.to_vec();
        let added: Vec<TopicPartition> =
            assignment.iter().filter(|tp| !self.c.partitions.contains_key(*tp)).cloned().collect();
        let unknown = assignment.iter().any(|tp| self.c.metadata.cluster.leader(tp).is_none());
        let (partitions, at) = (added, self.now);
        self.emit(ConsumerEvent::PartitionsAssigned { generation, partitions, assignment, at });
        if unknown {
            self.emit(ConsumerEvent::MetadataWanted { not_before: self.now });
        }
        self.tell(MembershipEvent::ReconciliationFinished);
        self.transition(MembershipState::Acknowledging);
    }

    /// `onPartitionsLost`, if there is anything, and the end of the assignment.
    pub(super) fn lose_assignment(&mut self) {
        let partitions: Vec<TopicPartition> = self.c.partitions.keys().cloned().collect();
        if !partitions.is_empty() {
            let generation = self.c.membership.joined_generation;
            self.emit(ConsumerEvent::PartitionsLost { partitions, generation });
        }
        self.tell(MembershipEvent::AssignmentCleared);
    }
}
