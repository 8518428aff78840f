//! What the trace tells of a streams application's crashes, and of its stores that came back from their changelogs
//! (`StateRestoreListener`).

use millrace_model::{Map, Span, Time, TopicPartition};
use millrace_sim::node::Kind;
use millrace_sim::node::streams::StreamsEvent;
use millrace_sim::{Actor, Fact, Lifecycle, NodeId, Timeline};

/// See the module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Restores {
    /// Instances that crashed.
    pub crashes: u64,
    /// Changelog records that were read back into stores of active tasks.
    pub restored: u64,
    /// The longest time from `onRestoreStart` to `onRestoreEnd`, or up to now.
    pub longest: Span,
}

/// One walk from the first entry to the newest over what the instances with this `application.id` did.
///
/// # Errors
/// A half sentence, if the beginning of the history has been forgotten.
pub(super) fn told(timeline: &Timeline, application_id: &str) -> Result<Restores, String> {
    let world = timeline.world();
    let branch = timeline.branch();
    if branch.forgotten_entries() > 0 {
        return Err("the beginning of this history is forgotten".to_owned());
    }
    let is_own = |id: NodeId| {
        let node = world.node(id);
        node.is_some_and(|node| match &node.kind {
            Kind::Streams(streams) => streams.application_id().as_str() == application_id,
            Kind::Admin | Kind::Producer(_) | Kind::Instance { .. } => false,
        })
    };
    let upto = usize::try_from(world.steps()).unwrap_or(usize::MAX);
    let mut found = Restores::default();
    let mut since: Map<(NodeId, &TopicPartition), Time> = Map::new();
    for entry in branch.steps().iter().take(upto).flat_map(|step| step.entries.iter()) {
        let Actor::Node(id) = entry.actor else { continue };
        match &entry.fact {
            Fact::Lifecycle(Lifecycle::Crashed) if is_own(id) => {
                found.crashes += 1;
                since.retain(|(of, _), _| *of != id);
            }
            Fact::Streams(StreamsEvent::RestoreStarted { changelog, .. }) if is_own(id) => {
                since.insert((id, changelog), entry.at);
            }
            Fact::Streams(StreamsEvent::RestoreCompleted { changelog, restored, .. }) if is_own(id) => {
                found.restored += restored;
                if let Some(from) = since.remove(&(id, changelog)) {
                    found.longest = found.longest.max(Span(entry.at.0.saturating_sub(from.0)));
                }
            }
            _ => {}
        }
    }
    let open = since.values().map(|from| Span(world.now().0.saturating_sub(from.0)));
    found.longest = open.fold(found.longest, Span::max);
    Ok(found)
}
