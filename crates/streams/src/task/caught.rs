//! Exceptions and their handlers: the thread stops, or the record is dropped; and, if there is a queue for them, the record that
//! was read is written there with what went wrong in its headers (KIP-1034, `ExceptionHandlerUtils`).

use super::pass::Pass;
use super::{DropReason, Failure, Output, OutputKind, TaskEvent};
use crate::data::{Key, Value};
use crate::topology::{NodeId, SharedHeaders};
use millrace_model::Header;
use millrace_model::config::streams::ExceptionHandler;
use std::sync::Arc;

impl Failure {
    /// The class of the exception.
    fn class(&self) -> &'static str {
        match self {
            Failure::Deserialization { .. } => "org.apache.kafka.common.errors.SerializationException",
            Failure::Expression(_) => "java.lang.IllegalArgumentException",
            _ => "org.apache.kafka.streams.errors.StreamsException",
        }
    }
}

impl Pass<'_> {
    /// Hands an exception to its handler. The record is the one that was read from a topic, wherever it failed.
    pub(super) fn caught(&mut self, node: NodeId, failure: Failure, handler: ExceptionHandler) {
        self.bury(&failure);
        let input = match (handler, self.input) {
            (ExceptionHandler::LogAndContinue, Some(input)) => input,
            // Without a record (a punctuation, a commit) there is nothing to drop.
            _ => return self.fail(node, failure),
        };
        self.outcome.events.push(TaskEvent::RecordDropped {
            node,
            origin: input.record.origin,
            topic: input.topic.clone(),
            partition: input.partition,
            offset: input.offset,
            timestamp: input.timestamp,
            reason: DropReason::Exception(Box::new(failure)),
        });
    }

    fn bury(&mut self, failure: &Failure) {
        let task = self.task;
        let queue = &task.topology.config().errors_dead_letter_queue_topic_name;
        let (Some(topic), Some(input)) = (queue, self.input) else { return };
        let (class, message) = (failure.class(), failure.to_string());
        let stacktrace = [class, ": ", &message, "\n"].concat();
        let texts = [
            ("exception", class.to_owned()),
            ("stacktrace", stacktrace),
            ("message", message),
            ("topic", input.topic.to_string()),
            ("partition", input.partition.0.to_string()),
            ("offset", input.offset.0.to_string()),
        ];
        let headers = texts.map(|(name, text)| Header {
            key: ["__streams.errors.", name].concat().into(),
            value: Some(text.into_bytes().into()),
        });
        let headers: Arc<[Header]> = input.record.headers.iter().cloned().chain(headers).collect();
        self.outcome.outputs.push(Output {
            kind: OutputKind::Sink { topic: topic.clone() },
            key: input.record.key.clone().map(Key::Plain),
            value: input.record.value.clone().map(Value::Bytes),
            timestamp: input.timestamp,
            headers: SharedHeaders::from(&headers),
            origin: input.record.origin,
        });
    }
}
