//! What Kafka's heartbeat thread does: heartbeats, session timeout, poll timeout (`HeartbeatThread`, `Heartbeat`).

use crate::consumer::event::{ConsumerEvent, Purpose};
use crate::consumer::state::{MemberState, Pending};
use crate::consumer::turn::Turn;
use millrace_model::protocol::HeartbeatRequest;
use millrace_model::{ErrorCode, Request};

impl Turn<'_> {
    pub fn heartbeat(&mut self) {
        let Some(to) = self.c.coordinator.broker else { return };
        let request = HeartbeatRequest {
            group: self.c.group.clone(),
            generation: self.c.membership.generation,
            member: self.c.membership.id.clone(),
            group_instance_id: self.c.group_instance_id.clone(),
        };
        self.send(to, Purpose::Heartbeat, Request::Heartbeat(request));
    }

    pub fn heartbeat_answered(&mut self, pending: &Pending, error: ErrorCode) {
        match error {
            ErrorCode::None => self.emit(ConsumerEvent::HeartbeatAcknowledged { at: self.now }),
            ErrorCode::RebalanceInProgress => {
                if self.c.membership.state == MemberState::Stable {
                    let reason = "group is already rebalancing".into();
                    self.emit(ConsumerEvent::RejoinRequested { reason });
                }
                self.emit(ConsumerEvent::HeartbeatAcknowledged { at: self.now });
            }
            ErrorCode::IllegalGeneration | ErrorCode::UnknownMemberId | ErrorCode::FencedInstanceId => {
                if !self.is_current(pending) {
                    // An answer to an older generation says nothing about this one.
                    self.emit(ConsumerEvent::HeartbeatAcknowledged { at: self.now });
                    return;
                }
                self.heartbeat_failed(error);
                self.reset_generation("HEARTBEAT", error);
                if error == ErrorCode::FencedInstanceId {
                    self.raise(error, "FencedInstanceIdException", error.message());
                }
            }
            ErrorCode::CoordinatorNotAvailable | ErrorCode::NotCoordinator => {
                self.mark_coordinator_unknown(&format!("error response {error}"));
                self.heartbeat_failed(error);
            }
            unexpected => self.heartbeat_failed(unexpected),
        }
    }

    pub fn heartbeat_failed(&mut self, error: ErrorCode) {
        let retry_at = self.retry_at(self.c.heartbeat.failures);
        self.emit(ConsumerEvent::HeartbeatFailed { error, retry_at });
    }

    pub fn session_timed_out(&mut self) {
        self.mark_coordinator_unknown("session timed out without receiving a heartbeat response");
    }

    /// The application was away too long: the member leaves by itself, and learns of it in its next poll.
    pub fn poll_timed_out(&mut self) {
        self.emit(ConsumerEvent::PollTimeoutExpired { at: self.now });
        self.leave_group("consumer poll timeout has expired.");
    }
}
