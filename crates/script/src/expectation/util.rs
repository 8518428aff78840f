//! How busy an application's instances are: of the time that their listener threads had, what went into the listener.
//!
//! Read off the trace: each call of the listener method says when it began and when it is over. Waiting for a poll, for a
//! commit or for the group is no work. What Kafka's consumer measures in the same way is `1 - poll-idle-ratio-avg`.

use super::eval::number;
use super::{Told, Value};
use millrace_client::listener::{InstanceEvent, Port};
use millrace_model::{Map, Time};
use millrace_sim::node::{Activity, Kind};
use millrace_sim::{Actor, Entry, Fact, Lifecycle, NodeId, Timeline};

/// The percent of the busiest or of the idlest instance that runs; none if none does.
pub(super) fn value<'e>(
    timeline: &Timeline,
    group: &str,
    since: Time,
    told: &Told,
    entries: impl Iterator<Item = &'e Entry>,
) -> Value {
    let each = percents(timeline, group, since, entries);
    let found = if *told == Told::Busiest { each.iter().max() } else { each.iter().min() };
    found.map_or(Value::None, |percent| number(*percent))
}

fn percents<'e>(
    timeline: &Timeline,
    group: &str,
    since: Time,
    entries: impl Iterator<Item = &'e Entry>,
) -> Vec<u64> {
    let world = timeline.world();
    let now = world.now();
    let threads = world.apps().get(group).map_or(1, |app| u64::from(app.config.threads.max(1)));
    let is_one = |kind: &Kind| matches!(kind, Kind::Instance { group: of, .. } if of.as_str() == group);
    let live = world.nodes().filter(|(_, node)| is_one(&node.kind) && node.activity() != Activity::Gone);
    // Each with the time that it has had, and what of it went into calls.
    let mut of: Map<NodeId, (u64, u64)> = live.map(|(id, _)| (id, (now.0 - since.0.min(now.0), 0))).collect();
    for entry in entries {
        let Actor::Node(id) = entry.actor else { continue };
        let Some((had, worked)) = of.get_mut(&id) else { continue };
        match &entry.fact {
            Fact::Lifecycle(Lifecycle::Started) => *had = now.0.saturating_sub(entry.at.max(since).0),
            Fact::Instance(InstanceEvent::HandlingStarted { port: Port::MAIN, at, until, .. }) => {
                *worked += until.min(&now).0.saturating_sub((*at).max(since).0);
            }
            _ => {}
        }
    }
    of.iter().map(|(_, (had, worked))| (worked * 100).checked_div(had * threads).unwrap_or(0)).collect()
}
