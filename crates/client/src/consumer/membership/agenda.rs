//! When a member of the consumer protocol does what by itself.

use super::{MembershipManager, MembershipState};
use crate::consumer::state::Consumer;
use crate::consumer::timers::ConsumerTimer;
use millrace_model::Time;

impl Consumer {
    /// What Kafka's background thread does (`AbstractHeartbeatRequestManager.poll`).
    pub(in crate::consumer) fn membership_agenda(
        &self,
        manager: &MembershipManager,
        add: &mut impl FnMut(Time, ConsumerTimer),
    ) {
        let idle = self.closing.is_some() || self.coordinator.broker.is_none();
        if idle || manager.state.skips_heartbeat() {
            return;
        }
        if !self.in_poll && !manager.state.is_leaving() {
            add(self.heartbeat.poll_deadline, ConsumerTimer::PollTimeout);
        }
        if manager.in_flight.is_some() && manager.state != MembershipState::Leaving {
            return;
        }
        // Kafka joins without a back-off, too; after a failure the back-off is kept here, so that it cannot spin.
        let now = manager.state.heartbeats_now() && self.heartbeat.failures == 0;
        add(if now { Time::ZERO } else { self.heartbeat.next_at }, ConsumerTimer::Heartbeat);
    }

    /// What happens in `poll`: joining, and callbacks.
    pub(in crate::consumer) fn membership_poll_agenda(
        &self,
        manager: &MembershipManager,
        add: &mut impl FnMut(Time, ConsumerTimer),
    ) {
        let due = match manager.state {
            MembershipState::Unsubscribed | MembershipState::Stale | MembershipState::Fenced => {
                !self.subscription.is_empty()
            }
            MembershipState::Fatal => !self.partitions.is_empty(),
            MembershipState::Reconciling => manager.target != manager.current,
            MembershipState::Joining
            | MembershipState::Acknowledging
            | MembershipState::Stable
            | MembershipState::PrepareLeaving
            | MembershipState::Leaving => false,
        };
        if due {
            add(Time::ZERO, ConsumerTimer::Membership);
        }
    }
}
