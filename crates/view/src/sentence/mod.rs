//! The text log: one plain sentence for each thing that happened, under Kafka's names. It says what the picture says.

mod broker;
mod consumer;
mod consumer_group;
mod controller;
mod group;
mod instance;
mod names;
mod producer;
mod quorum;
mod replica;
mod streams;
mod transaction;

pub(crate) use controller::is_notable as is_notable_at_controller;
pub(crate) use instance::failure;
pub use names::Names;
pub(crate) use producer::closed;
pub(crate) use quorum::is_notable as is_notable_in_quorum;
pub(crate) use replica::{ids, is_notable as is_notable_at_replica};

use crate::notable::is_notable_entry;
use millrace_sim::{Entry, Fact, Lifecycle, QueueDeed};
use millrace_words::{outside, sentences as say};

/// A sentence of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// The sentence, without a full stop.
    pub text: String,
    /// What it is about.
    pub kind: SentenceKind,
}

/// What a sentence is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SentenceKind {
    /// What the learner did.
    You,
    /// A producer.
    Producer,
    /// A broker's log or topic.
    Broker,
    /// A group's coordinator.
    Group,
    /// A consumer.
    Consumer,
    /// A listener and its retries.
    App,
    /// Tasks and windows.
    Streams,
    /// Processes that start, stop and crash.
    Process,
    /// Something was refused, failed or lost.
    Problem,
}

impl Sentence {
    pub(crate) fn new(kind: SentenceKind, text: impl Into<String>) -> Option<Sentence> {
        Some(Sentence { text: crate::words::without_uuids(&text.into()), kind })
    }
}

/// The sentence of an entry; `None` for background hum (heartbeats, empty fetches, departures and arrivals whose
/// consequences have sentences of their own).
pub fn sentence(entry: &Entry, names: &Names<'_>) -> Option<Sentence> {
    if !is_notable_entry(entry) {
        return None;
    }
    let who = names.actor(entry.actor);
    match &entry.fact {
        Fact::Commanded(command) => Sentence::new(SentenceKind::You, say::you(&crate::line_of(command))),
        // What follows from an arrival has a sentence of its own.
        Fact::Sent { .. } | Fact::Arrived { .. } | Fact::Woke(_) => None,
        Fact::Lost { message, from } => Sentence::new(
            SentenceKind::Problem,
            match (message.is_response, names.is_there(entry.actor)) {
                (true, false) => say::a_response_to_was_lost(&message.api, &who),
                (true, true) => say::a_response_to_was(&message.api, &who),
                (false, _) => say::a_request_from_was_lost(&message.api, &names.actor(*from)),
            },
        ),
        Fact::Lifecycle(lifecycle) => {
            Sentence::new(SentenceKind::Process, format!("{who} {}", life(*lifecycle)))
        }
        Fact::Administered { what, refused: None } => {
            Sentence::new(SentenceKind::Broker, say::the_cluster_has_answered(&what))
        }
        Fact::Administered { what, refused: Some(why) } => {
            Sentence::new(SentenceKind::Problem, say::the_cluster_refused(&what, &why))
        }
        Fact::Alarmed(alarm) => {
            let kind = if alarm.is_firing { SentenceKind::Problem } else { SentenceKind::App };
            Sentence::new(kind, crate::words::alarm(alarm))
        }
        Fact::Answered { service, error, .. } => Sentence::new(
            SentenceKind::Problem,
            outside::a_call_came_to_nothing(&service, &error.unwrap_or_default()),
        ),
        Fact::Throttled { client, by, quota, .. } => Sentence::new(
            SentenceKind::Broker,
            say::is_above_its_quota(&client, quota, &who, &crate::words::span(*by)),
        ),
        Fact::Connection(event) => crate::reach::sentence(event, &who, names),
        Fact::Queue(event) => {
            let (queue, number) = (&event.queue, &event.message);
            let said = match &event.deed {
                QueueDeed::Delivered(worker, times) => {
                    outside::hands_message_again(&queue, &number, &worker, &times)
                }
                QueueDeed::Worked(worker) => outside::is_done_with(&worker, &number, &queue),
                QueueDeed::Acknowledged => outside::is_gone(&number, &queue),
                QueueDeed::Returned => outside::stands_there_again(&number, &queue),
            };
            Sentence::new(SentenceKind::App, said)
        }
        Fact::Controller(event) => controller::sentence(event, names),
        Fact::Quorum(event) => quorum::sentence(event, &who, names),
        Fact::Broker(event) => broker::sentence(event, entry.actor, names),
        Fact::Producer(event) => producer::sentence(event, &who),
        Fact::Instance(event) => {
            let mut sentence = instance::sentence(event, &who)?;
            if names.has_epochs(entry.actor) {
                sentence.text = sentence.text.replace(say::in_generation(), say::in_epoch());
                sentence.text = sentence.text.replace(say::since_generation(), say::since_epoch());
            }
            Some(sentence)
        }
        Fact::Streams(event) => streams::sentence(event, &who, names),
    }
}

fn life(lifecycle: Lifecycle) -> &'static str {
    match lifecycle {
        Lifecycle::Started => say::started(),
        Lifecycle::Closing => say::begins_to_close(),
        Lifecycle::Stopped => say::has_stopped(),
        Lifecycle::Crashed => say::was_killed_it_says_nothing(),
        Lifecycle::Frozen => say::froze_no_poll_no_heartbeat(),
        Lifecycle::Thawed => say::goes_on_not_knowing_what(),
    }
}
