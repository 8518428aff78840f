//! A queue beside the log, and what is in it.

use super::Inspector;
use crate::queues::PREFIX;
use crate::scene::Target;
use crate::words;
use millrace_sim::{Command, QueueAction, QueueCommand, Timeline};
use millrace_words::outside as say;
use std::sync::Arc;

/// What the stage shows of a queue; none if it is of something else.
pub(super) fn inspect(timeline: &Timeline, target: &Target) -> Option<Inspector> {
    let (id, worker, message) = match target {
        Target::Group(group) => (group.as_str(), None, None),
        Target::Member(group, name) => (group.as_str(), Some(name), None),
        Target::Record(tp, offset) => (tp.topic.as_str(), None, u64::try_from(offset.0).ok()),
        _ => return None,
    };
    let name = id.strip_prefix(PREFIX)?;
    let queue = timeline.world().work_queue(name)?;
    let title = match (worker, message) {
        (Some(worker), _) => format!("{name} · {worker}"),
        (_, Some(message)) => say::message(&name, &message),
        _ => name.to_owned(),
    };
    let mut inspector = Inspector::new("queue", title);
    inspector.fact(say::not_kafka(), say::a_model());
    if let Some(times) = message.and_then(|message| queue.deliveries(message)) {
        inspector.fact(say::delivered(), words::many(times, "time"));
    }
    if let Some(state) = worker.and_then(|worker| queue.worker(worker)) {
        inspector.fact(say::alive(), if state.is_alive { say::yes() } else { say::no() });
        inspector.fact(say::time_for_a_message(), words::span(state.work));
    }
    inspector.fact(say::ready(), queue.ready().count());
    inspector.fact(say::not_acknowledged(), queue.unacknowledged().count());
    inspector.fact(say::gone(), queue.acknowledged);
    inspector.fact(say::redelivered(), queue.redelivered);
    inspector.fact(say::done(), queue.worked);
    inspector.fact(say::done_again(), queue.repeated);
    inspector.fact(say::done_after_a_later_one(), queue.overtaken);
    if queue.refused > 0 {
        inspector.fact(say::refused_when_full(), queue.refused);
    }
    inspector.fact(say::prefetch(), queue.config.prefetch);
    if let Some(timeout) = queue.config.visibility_timeout {
        inspector.fact(say::visibility_timeout(), words::span(timeout));
    }
    if let Some((worker, state)) = worker.and_then(|worker| Some((worker, queue.worker(worker)?))) {
        let mut act = |label: &str, action: QueueAction| {
            let command = QueueCommand { name: Arc::from(name), action };
            inspector.action(label, &Command::Queue(Box::new(command)));
        };
        match state.is_alive {
            true => act(say::kill_it(), QueueAction::Crash(worker.clone())),
            false => act(say::start_it_again(), QueueAction::Work(worker.clone(), state.work)),
        }
    }
    Some(inspector)
}
