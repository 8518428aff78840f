//! Going: by `unsubscribe` and `close`, or because the application did not poll (`leaveGroup`,
//! `transitionToSendingLeaveGroup`).

use super::MembershipState;
use super::event::MembershipEvent;
use crate::consumer::event::ConsumerEvent;
use crate::consumer::turn::Turn;
use millrace_model::TopicPartition;

impl Turn<'_> {
    /// Callbacks, then the last heartbeat: epoch -1, or -2 from a static member, which will be back.
    pub fn membership_leave(&mut self) {
        let Some(manager) = self.manager() else { return };
        match manager.state {
            MembershipState::Unsubscribed | MembershipState::PrepareLeaving | MembershipState::Leaving => {}
            MembershipState::Fatal | MembershipState::Stale => self.lose_assignment(),
            MembershipState::Fenced => {
                self.lose_assignment();
                self.transition(MembershipState::Unsubscribed);
            }
            MembershipState::Joining
            | MembershipState::Reconciling
            | MembershipState::Acknowledging
            | MembershipState::Stable => {
                let is_member = manager.epoch.0 > 0;
                self.transition(MembershipState::PrepareLeaving);
                if is_member {
                    self.revoke_assignment();
                } else {
                    self.lose_assignment();
                }
                self.transition(MembershipState::Leaving);
                // Without a coordinator there is nobody to tell (`onHeartbeatRequestSkipped`).
                self.membership_heartbeat();
                self.transition(MembershipState::Unsubscribed);
            }
        }
    }

    fn revoke_assignment(&mut self) {
        let partitions: Vec<TopicPartition> = self.c.partitions.keys().cloned().collect();
        if !partitions.is_empty() {
            let generation = self.c.membership.joined_generation;
            self.emit(ConsumerEvent::PartitionsRevoked { partitions, generation });
        }
        self.tell(MembershipEvent::AssignmentCleared);
    }

    /// `max.poll.interval.ms` is over: the member leaves, and learns of it in its next poll.
    pub fn membership_poll_timed_out(&mut self) {
        self.emit(ConsumerEvent::PollTimeoutExpired { at: self.now });
        self.transition(MembershipState::PrepareLeaving);
        self.transition(MembershipState::Leaving);
        self.membership_heartbeat();
        self.transition(MembershipState::Stale);
    }
}
