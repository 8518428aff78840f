//! One entry of the trace as one JSON object.

use crate::line;
use millrace_sim::{Entry, Fact, World};
use serde_json::{Value, json};

/// `id`, `at_us`, `time`, `actor`, `cause`, `kind`, `text` for readers (null for background hum), `detail` for machines that compare.
pub fn entry(entry: &Entry, world: &World) -> Value {
    json!({
        "id": entry.id.0,
        "at_us": entry.at.0,
        "time": entry.at.to_string(),
        "actor": line::actor(entry.actor, world),
        "cause": entry.cause.map(|cause| cause.0),
        "kind": kind(&entry.fact),
        "text": line::text(entry, world),
        "detail": format!("{:?}", entry.fact),
    })
}

fn kind(fact: &Fact) -> &'static str {
    match fact {
        Fact::Commanded(_) => "commanded",
        Fact::Sent { .. } => "sent",
        Fact::Arrived { .. } => "arrived",
        Fact::Lost { .. } => "lost",
        Fact::Woke(_) => "woke",
        Fact::Lifecycle(_) => "lifecycle",
        Fact::Broker(_) => "broker",
        Fact::Producer(_) => "producer",
        Fact::Instance(_) => "instance",
        Fact::Streams(_) => "streams",
        Fact::Administered { .. } => "administered",
        Fact::Alarmed(_) => "alarmed",
        Fact::Answered { .. } => "answered",
        Fact::Queue(_) => "queue",
        Fact::Controller(_) => "controller",
        Fact::Throttled { .. } => "throttled",
        Fact::Connection(_) => "connection",
        Fact::Quorum(_) => "quorum",
    }
}
