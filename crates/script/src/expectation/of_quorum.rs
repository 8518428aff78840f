//! What goes on, and what does not, while no controller of several can decide anything: no active one, or no majority behind it.

use millrace_broker::quorum::Quorum;
use millrace_client::listener::InstanceEvent;
use millrace_client::producer::ProducerEvent;
use millrace_model::TopicName;
use millrace_sim::{Entry, EntryId, Fact, Timeline};

/// The records of a topic of which a producer was told meanwhile that they are written: how many, and the entries that say so.
pub(super) fn headless(timeline: &Timeline, topic: &TopicName) -> (u64, Vec<EntryId>) {
    let Some(now) = timeline.world().quorum() else { return (0, Vec::new()) };
    let mut quorum = Quorum::new(now.voters().keys().copied());
    let (mut records, mut entries) = (0, Vec::new());
    for entry in happened(timeline) {
        match &entry.fact {
            Fact::Quorum(event) => quorum.apply(event),
            Fact::Producer(event) | Fact::Instance(InstanceEvent::Producer(event)) => match event {
                ProducerEvent::BatchAcknowledged { tp, base_offset, batch, .. }
                    if tp.topic == *topic && base_offset.0 >= 0 && !quorum.can_commit() =>
                {
                    records += batch.len() as u64;
                    entries.push(entry.id);
                }
                _ => {}
            },
            _ => {}
        }
    }
    (records, entries)
}

/// The administrator's requests to create the topic that were not answered in time.
pub(super) fn unanswered(timeline: &Timeline, topic: &TopicName) -> Vec<EntryId> {
    let asked = format!("CreateTopics {topic}");
    let is_one = |entry: &Entry| match &entry.fact {
        Fact::Administered { what, refused: Some(why) } => **what == *asked && why.starts_with("Timed out"),
        _ => false,
    };
    happened(timeline).filter(|entry| is_one(entry)).map(|entry| entry.id).collect()
}

/// What has happened so far, in order.
fn happened(timeline: &Timeline) -> impl Iterator<Item = &Entry> {
    let upto = usize::try_from(timeline.world().steps()).unwrap_or(usize::MAX);
    timeline.branch().steps().iter().take(upto).flat_map(|step| step.entries.iter())
}
