//! One entry of the trace as one line: time, who, what.

use millrace_broker::{Event, GroupChange};
use millrace_client::listener::InstanceEvent;
use millrace_client::producer::ProducerEvent;
use millrace_script::print;
use millrace_sim::node::streams::StreamsEvent;
use millrace_sim::{Actor, Entry, Fact, Lifecycle, Message, World};
use std::fmt::Debug;

/// `12:00:01.003  broker-1      orders-0: 2 records at #0`.
pub fn line(entry: &Entry, world: &World) -> String {
    format!("{}  {:<16} {}", entry.at, actor(entry.actor, world), fact(&entry.fact, world))
}

/// Whether an entry is background hum, which a reader asks for with `--all`.
pub fn is_quiet(entry: &Entry) -> bool {
    match &entry.fact {
        Fact::Sent { message, .. } => {
            message.quiet || message.is_response && message.records == 0 || message.api == "Metadata"
        }
        // What follows from an arrival says more than the arrival.
        Fact::Arrived { .. } => true,
        Fact::Broker(Event::Group { change, .. }) => matches!(
            change,
            GroupChange::HeartbeatReceived { .. }
                | GroupChange::SessionSatisfied { .. }
                | GroupChange::SyncReceived { .. }
                | GroupChange::JoinAnswered { .. }
                | GroupChange::SyncAnswered { .. }
        ),
        Fact::Woke(_) => true,
        Fact::Broker(event) => !matches!(
            event,
            Event::TopicCreated { .. }
                | Event::PartitionsAdded { .. }
                | Event::BatchAppended { .. }
                | Event::ProduceRejected(_)
        ),
        Fact::Producer(event) => !matches!(
            event,
            ProducerEvent::StickyPartitionSwitched { .. }
                | ProducerEvent::SendBlocked { .. }
                | ProducerEvent::BatchClosed { .. }
                | ProducerEvent::BatchAcknowledged { .. }
                | ProducerEvent::BatchRetried { .. }
        ),
        Fact::Instance(InstanceEvent::Consumer { .. } | InstanceEvent::Producer(_)) => true,
        Fact::Instance(InstanceEvent::CommitIssued { .. } | InstanceEvent::HandlingStarted { .. }) => true,
        Fact::Streams(StreamsEvent::Consumer(_) | StreamsEvent::Producer(_)) => true,
        Fact::Instance(_) | Fact::Streams(_) => false,
        Fact::Commanded(_) | Fact::Lost { .. } | Fact::Lifecycle(_) | Fact::Administered { .. } => false,
    }
}

/// Who: `you`, `broker-1`, `checkout`, `billing/c1`.
pub fn actor(actor: Actor, world: &World) -> String {
    match actor {
        Actor::Learner => "you".to_owned(),
        Actor::Broker(id) => format!("broker-{id}"),
        Actor::Node(id) => match world.node(id) {
            Some(node) => match node.group() {
                Some(group) => format!("{group}/{}", node.name),
                None => node.name.to_string(),
            },
            None => "?".to_owned(),
        },
    }
}

/// What happened.
pub fn fact(fact: &Fact, world: &World) -> String {
    match fact {
        Fact::Commanded(command) => print(command, world.profile()),
        Fact::Sent { to, arrives, message } => {
            format!("→ {}: {}, arrives {arrives}", actor(*to, world), words(message))
        }
        Fact::Arrived { from, message } => format!("← {}: {}", actor(*from, world), words(message)),
        Fact::Lost { from, message } => {
            format!("lost: {} from {}, nobody is there", words(message), actor(*from, world))
        }
        Fact::Woke(timer) => format!("woke: {}", short(timer)),
        Fact::Lifecycle(lifecycle) => match lifecycle {
            Lifecycle::Started => "started",
            Lifecycle::Closing => "is closing",
            Lifecycle::Stopped => "stopped",
            Lifecycle::Crashed => "crashed",
            Lifecycle::Frozen => "is frozen",
            Lifecycle::Thawed => "goes on",
        }
        .to_owned(),
        Fact::Broker(event) => broker(event),
        Fact::Producer(event) => producer(event),
        Fact::Instance(event) => instance(event),
        Fact::Streams(event) => short(event),
        Fact::Administered { what, refused: None } => format!("{what}: done"),
        Fact::Administered { what, refused: Some(why) } => format!("{what}: refused. {why}"),
    }
}

fn words(message: &Message) -> String {
    let kind = if message.is_response { "response" } else { "request" };
    match message.records {
        0 => format!("{} {kind}", message.api),
        n => format!("{} {kind} with {}", message.api, many(n as usize, "record")),
    }
}

fn many(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

fn broker(event: &Event) -> String {
    match event {
        Event::TopicCreated { topic, partitions, .. } => {
            format!(
                "topic {topic} created with {}",
                many(usize::try_from(*partitions).unwrap_or(0), "partition")
            )
        }
        Event::PartitionsAdded { topic, from, to, .. } => {
            format!("topic {topic} has {to} partitions now, it had {from}")
        }
        Event::BatchAppended { tp, stored } => {
            format!("{tp}: {} appended at offset {}", many(stored.batch.len(), "record"), stored.base_offset)
        }
        Event::Group { group, change, .. } => format!("group {group}: {}", short(change)),
        other => short(other),
    }
}

fn producer(event: &ProducerEvent) -> String {
    match event {
        ProducerEvent::StickyPartitionSwitched { topic, from, to, .. } => match from {
            Some(from) => {
                format!("records without a key go to {topic}-{to} now, no longer to {topic}-{from}")
            }
            None => format!("records without a key go to {topic}-{to} now"),
        },
        ProducerEvent::BatchClosed { tp, reason, records, bytes, waited, .. } => {
            format!(
                "{tp}: batch of {}, {bytes} bytes, closed after {waited} ({})",
                many(*records, "record"),
                short(reason)
            )
        }
        ProducerEvent::BatchAcknowledged { tp, base_offset, batch, .. } => {
            format!("{tp}: {} acknowledged at offset {base_offset}", many(batch.len(), "record"))
        }
        other => short(other),
    }
}

fn instance(event: &InstanceEvent) -> String {
    match event {
        InstanceEvent::Started { .. } => "the listener is started".to_owned(),
        InstanceEvent::Handled(handled) => {
            let done = handled.ranges.iter().map(|range| match range.to.since(range.from) {
                1 => format!("{} #{}", range.tp, range.from),
                _ => format!("{} #{} up to #{}", range.tp, range.from, range.to),
            });
            let mut parts: Vec<String> = done.collect();
            parts.extend(handled.retried.iter().map(|record| {
                format!("{} #{} at attempt {}", record.original.0, record.original.1, record.attempt)
            }));
            let done = if parts.is_empty() {
                "handled nothing".to_owned()
            } else {
                format!("handled {}", parts.join(", "))
            };
            match &handled.failure {
                Some(failure) => format!("{done}; failed: {}", short(failure)),
                None => done,
            }
        }
        InstanceEvent::Published { to: (tp, offset), .. } => {
            format!("the failed record is in {tp} now, at offset {offset}")
        }
        InstanceEvent::PartitionPausedForBackoff { tp, offset, until, .. } => {
            format!("{tp} is paused at #{offset} until {until}")
        }
        InstanceEvent::BackoffElapsed { tp, .. } => format!("{tp} goes on: its pause is over"),
        InstanceEvent::SeekIssued { tp, offset, .. } => format!("{tp} is sought back to #{offset}"),
        other => short(other),
    }
}

/// What has no sentence yet: its name and its parts, cut to one line.
fn short(thing: &impl Debug) -> String {
    const LONGEST: usize = 160;
    let text = format!("{thing:?}");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(&text)),
        None => text,
    }
}
