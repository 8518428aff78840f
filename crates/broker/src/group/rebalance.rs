//! The start of a rebalance (`prepareRebalance`).

use super::draft::Draft;
use super::{GroupChange, GroupState, RebalanceWait, answers};
use millrace_model::{ErrorCode, Span};

impl Draft<'_> {
    /// Starts a rebalance if none is on. If one is, the join phase ends by itself as soon as all have joined.
    pub(super) fn rebalance_or_wait(&mut self, reason: &str) {
        if self.group.can_rebalance() {
            self.prepare_rebalance(reason);
        }
    }

    /// Starts a rebalance.
    pub(super) fn prepare_rebalance(&mut self, reason: &str) {
        if self.group.is(GroupState::CompletingRebalance) {
            let waiting: Vec<_> = self.group.members().filter_map(|member| member.awaiting_sync).collect();
            self.push(GroupChange::AssignmentDropped);
            for request in waiting {
                self.reply(request, answers::sync_failed(ErrorCode::RebalanceInProgress));
            }
        }
        let timeout = self.group.rebalance_timeout();
        let wait = if self.group.is(GroupState::Empty) {
            let delay = self.broker().config().group_initial_rebalance_delay;
            let remaining = Span(timeout.0.saturating_sub(delay.0));
            RebalanceWait::ForCompany { until: self.now + delay, delay, remaining }
        } else {
            RebalanceWait::ForMembers { until: self.now + timeout }
        };
        let old_generation = self.group.generation();
        self.push(GroupChange::RebalanceStarted { reason: reason.into(), old_generation, wait });
        self.go(GroupState::PreparingRebalance);
    }
}
