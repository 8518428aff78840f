//! What the trace tells of a producer: batches sent again, exceptions thrown.

use super::Value;
use super::eval::{missing, number};
use millrace_client::producer::{ProducerEvent, SendError, TransactionEvent};
use millrace_sim::node::Kind;
use millrace_sim::{Actor, EntryId, Fact, Timeline};

/// `retried(PRODUCER)`, `retried(PRODUCER, ERROR)`: batches that it had to send again (because of that error).
///
/// # Errors
/// A half sentence, if there is no such producer, or the beginning of the history has been forgotten.
pub(super) fn retried(timeline: &Timeline, name: &str, error: Option<&str>) -> Result<Value, String> {
    Ok(number(entries(timeline, name, error)?.len() as u64))
}

/// What tells of them.
pub(super) fn entries(timeline: &Timeline, name: &str, error: Option<&str>) -> Result<Vec<EntryId>, String> {
    let is_meant = |found: &SendError| error.is_none_or(|wanted| said(found) == wanted);
    telling(timeline, name, |event| match event {
        ProducerEvent::BatchRetried { error, .. } => is_meant(error),
        _ => false,
    })
}

/// `thrown(PRODUCER, EXCEPTION)`: records that failed, and transactional calls that returned, with this exception.
///
/// # Errors
/// As above.
pub(super) fn thrown(timeline: &Timeline, name: &str, class: &str) -> Result<Value, String> {
    Ok(number(throwing(timeline, name, class)?.len() as u64))
}

/// What tells of them.
pub(super) fn throwing(timeline: &Timeline, name: &str, class: &str) -> Result<Vec<EntryId>, String> {
    let is_meant = |found: &str| found == class || found.rsplit('.').next() == Some(class);
    telling(timeline, name, |event| match event {
        ProducerEvent::RecordsFailed { failure, .. } => is_meant(failure.class),
        ProducerEvent::Transaction(event) => match &**event {
            TransactionEvent::CallReturned { failure, .. } => {
                failure.as_ref().is_some_and(|failure| is_meant(failure.class))
            }
            _ => false,
        },
        _ => false,
    })
}

/// The entries of a producer that tell of something, the oldest first.
fn telling(
    timeline: &Timeline,
    name: &str,
    is_one: impl Fn(&ProducerEvent) -> bool,
) -> Result<Vec<EntryId>, String> {
    let producers = || {
        let world = timeline.world();
        world.nodes().filter(|(_, node)| matches!(node.kind, Kind::Producer(_)))
    };
    let Some((id, _)) = producers().find(|(_, node)| *node.name == *name) else {
        return Err(missing("producer", name, producers().map(|(_, node)| &*node.name)));
    };
    let branch = timeline.branch();
    if branch.forgotten_entries() > 0 {
        return Err("the beginning of this history is forgotten".to_owned());
    }
    let upto = usize::try_from(timeline.world().steps()).unwrap_or(usize::MAX);
    let entries = branch.steps().iter().take(upto).flat_map(|step| step.entries.iter());
    let of_it = entries.filter(|entry| entry.actor == Actor::Node(id));
    let found = of_it.filter(|entry| match &entry.fact {
        Fact::Producer(event) => is_one(event),
        _ => false,
    });
    Ok(found.map(|entry| entry.id).collect())
}

/// The error's name in Kafka; what the client finds out by itself has one, too.
fn said(error: &SendError) -> String {
    match error {
        SendError::Answered(code) => code.to_string(),
        SendError::TimedOut(_) => "REQUEST_TIMED_OUT".to_owned(),
        SendError::Disconnected(_) => "NETWORK_EXCEPTION".to_owned(),
    }
}
