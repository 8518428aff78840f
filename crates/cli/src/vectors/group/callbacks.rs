//! What a member's application sees, in the recording's notation: `["revoked", ["ta-0"], 2]`.

use millrace_client::consumer::{CommitKind, ConsumerEvent};
use millrace_client::listener::{Errand, InstanceEvent, Port};
use millrace_model::{Generation, TopicPartition};
use serde_json::{Value, json};

/// The callback behind an event, if there is one.
pub fn of(event: &InstanceEvent) -> Option<Value> {
    match event {
        InstanceEvent::Consumer { port: Port::MAIN, event } => of_consumer(event),
        InstanceEvent::ErrandStarted { errand: Errand::Block(_), .. } => Some(json!(["block-start"])),
        InstanceEvent::BlockEnded { .. } => Some(json!(["block-end"])),
        InstanceEvent::ErrandStarted { errand: Errand::Subscribe(_), .. } => Some(json!(["resubscribed"])),
        _ => None,
    }
}

fn of_consumer(event: &ConsumerEvent) -> Option<Value> {
    let with = |name: &str, partitions: &[TopicPartition], generation: Generation| {
        let partitions: Vec<String> = partitions.iter().map(ToString::to_string).collect();
        Some(json!([name, partitions, generation.0]))
    };
    match event {
        ConsumerEvent::PartitionsAssigned { partitions, generation, .. } => {
            with("assigned", partitions, *generation)
        }
        ConsumerEvent::PartitionsRevoked { partitions, generation } => {
            with("revoked", partitions, *generation)
        }
        ConsumerEvent::PartitionsLost { partitions, generation } => with("lost", partitions, *generation),
        ConsumerEvent::PollFailed { exception, .. } => Some(json!(["poll-error", exception])),
        ConsumerEvent::CommitFailed { kind: CommitKind::Sync, exception, .. } => {
            Some(json!(["commit-error", exception]))
        }
        ConsumerEvent::OffsetsCommitted { kind: CommitKind::Sync, .. } => Some(json!(["committed"])),
        // The call returns after its callbacks.
        ConsumerEvent::Subscribed { topics } if topics.is_empty() => Some(json!(["unsubscribed"])),
        _ => None,
    }
}

/// The recording's callbacks with exceptions by their simple names, as the engine has them.
pub fn simple(recorded: &Value) -> Value {
    let mut recorded = recorded.clone();
    for callback in recorded.as_array_mut().into_iter().flatten().filter_map(Value::as_array_mut) {
        let is_error = callback.first().and_then(Value::as_str).is_some_and(|name| name.ends_with("-error"));
        if let Some(class) = callback.get_mut(1).filter(|_| is_error) {
            let name = class.as_str().and_then(|class| class.rsplit('.').next()).unwrap_or_default();
            *class = json!(name);
        }
    }
    recorded
}

/// The partitions that a callback names, and whether they come (or go).
pub fn change(callback: &Value) -> Option<(Vec<String>, bool)> {
    let comes = match callback.get(0)?.as_str()? {
        "assigned" => true,
        "revoked" | "lost" => false,
        _ => return None,
    };
    let names = callback.get(1)?.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned);
    Some((names.collect(), comes))
}
