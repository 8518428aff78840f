//! The listener of the dead letters (`@DltHandler`), and what follows when a record cannot be published there.

use crate::listener::config::FailureRule;
use crate::listener::container::Container;
use crate::listener::event::{Failure, Handled, HandledRange, InstanceEvent, InstanceOutcome, Port};
use crate::listener::hand::Hand;
use crate::listener::handle::record_ref;
use crate::listener::handler;
use crate::listener::instance::Instance;
use crate::listener::topics::{DestinationKind, PublishFailure};
use millrace_model::{Dice, Time};
use std::sync::Arc;

/// What the container that cannot publish stops with.
const NOT_PUBLISHED: &str = "KafkaException";

impl Instance {
    /// The port of the container that reads the dead letters, if there is one.
    pub fn dlt_port(&self) -> Option<Port> {
        let last = self.stages.last().filter(|stage| stage.kind == DestinationKind::DeadLetter);
        last.and_then(|_| u8::try_from(self.stages.len()).ok()).map(Port)
    }

    /// Hands the next letter to its handler. It is no side effect of the listener's: no ledger counts it.
    pub(super) fn handle_letter(
        &self,
        now: Time,
        port: Port,
        container: &Container,
        hand: &Hand,
        dice: &dyn Dice,
        out: &mut InstanceOutcome,
    ) {
        let Some((tp, offset, record, batch)) = hand.next() else { return };
        let attempt = self.attempt(container, tp, offset, record);
        let timestamp = batch.timestamp(record);
        let handler = self.config.retry.retry_topics().and_then(|retry| retry.dlt_handler.as_ref());
        let rule = handler.and_then(|handler| handler.fails.as_ref()).map(|when| FailureRule {
            when: when.clone(),
            exception: "IllegalStateException".into(),
            message: "the dead letter's handler failed".into(),
            fatal: false,
        });
        let mut handled = Handled::nothing(port, now);
        match handler::call(rule.as_slice(), tp, offset, timestamp, record, attempt) {
            Ok(()) => {
                let (from, to) = (offset, offset.plus(1));
                handled.ranges.push(HandledRange { tp: tp.clone(), from, to });
            }
            Err(exception) => {
                let record = record_ref(tp, offset, record, attempt);
                let fate = self.fate((now, port), &record, timestamp, &exception, dice);
                handled.failure = Some(Failure { record, exception, fate, at: now });
            }
        }
        out.events.push(InstanceEvent::Handled(handled));
    }

    /// The producer has given up.
    pub(super) fn not_published(
        &self,
        port: Port,
        failure: &Arc<Failure>,
        cause: &Arc<str>,
    ) -> Vec<InstanceEvent> {
        let (failure, cause) = (failure.clone(), cause.clone());
        let failed = InstanceEvent::PublishFailed { port, failure: failure.clone(), cause };
        match self.on_publish_failure() {
            PublishFailure::Retry => vec![failed],
            PublishFailure::Ignore => vec![failed, InstanceEvent::Skipped { port, failure }],
            PublishFailure::Fail => {
                vec![failed, InstanceEvent::ContainerStopped { port, exception: NOT_PUBLISHED }]
            }
        }
    }

    pub(super) fn on_publish_failure(&self) -> PublishFailure {
        // "Could not produce message to dead letter queue" is a line in Connect's log, nothing more.
        if self.config.retry.connect().is_some() {
            return PublishFailure::Ignore;
        }
        self.config.retry.retry_topics().map(|retry| retry.on_publish_failure).unwrap_or_default()
    }
}
