//! Who coordinates the group (`AbstractCoordinator.lookupCoordinator`).

use crate::consumer::event::{ConsumerEvent, Purpose};
use crate::consumer::turn::Turn;
use millrace_model::protocol::{FindCoordinatorRequest, FindCoordinatorResponse};
use millrace_model::{ErrorCode, Request};

impl Turn<'_> {
    pub fn find_coordinator(&mut self) {
        let Some(to) = self.c.any_broker(self.c.coordinator.failures) else { return };
        let request = FindCoordinatorRequest { group: self.c.group.clone() };
        self.send(to, Purpose::FindCoordinator, Request::FindCoordinator(request));
    }

    pub fn coordinator_came(&mut self, answer: &FindCoordinatorResponse) {
        match (answer.error, answer.coordinator) {
            (ErrorCode::None, Some(broker)) => {
                self.emit(ConsumerEvent::CoordinatorFound { broker, at: self.now })
            }
            (ErrorCode::None, None) => self.coordinator_lookup_failed(ErrorCode::CoordinatorNotAvailable),
            (error, _) => self.coordinator_lookup_failed(error),
        }
    }

    pub fn coordinator_lookup_failed(&mut self, error: ErrorCode) {
        let retry_at = self.retry_at(self.c.coordinator.failures);
        self.emit(ConsumerEvent::CoordinatorNotFound { error, retry_at });
        if error != ErrorCode::InvalidRequest && !error.is_retriable() {
            self.raise(error, "KafkaException", error.message());
        }
        for (kind, offsets) in self.c.queued_commits.clone() {
            self.commit_failed_retriably(kind, &offsets, error);
        }
    }
}
