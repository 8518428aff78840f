//! Who leads a partition, who is in sync, and what the trace tells of both. A broker alone leads all it has and is in sync.

use super::Value;
use super::eval::{broker, number};
use millrace_broker::controller::ControllerEvent;
use millrace_broker::{Event, ReplicaEvent};
use millrace_model::protocol::MetadataRecord;
use millrace_model::{BrokerId, Span, Time, TopicPartition};
use millrace_sim::{Entry, EntryId, Fact, Timeline};

/// What.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OfReplicas {
    /// `leader(TOPIC-N)`: the number of the broker that leads, or none.
    Leader,
    /// `isr(TOPIC-N)`: how many replicas are in sync, the leader among them.
    InSync,
    /// `shrinks(TOPIC-N)`: how often a leader has taken a follower out of the in-sync replicas because it was behind (the
    /// metric `IsrShrinksPerSec`). A broker that stops or dies is taken out by the controller.
    Shrinks,
    /// `leaderless(TOPIC-N)`: how long nobody has led it, in all.
    Leaderless,
    /// `truncated(TOPIC-N)`: records that replicas have taken back because their leader did not have them.
    Truncated,
}

impl OfReplicas {
    /// All, by name.
    pub const ALL: [(&'static str, OfReplicas); 5] = [
        ("leader", OfReplicas::Leader),
        ("isr", OfReplicas::InSync),
        ("shrinks", OfReplicas::Shrinks),
        ("leaderless", OfReplicas::Leaderless),
        ("truncated", OfReplicas::Truncated),
    ];

    /// The name that it is written with.
    pub(super) fn name(self) -> &'static str {
        OfReplicas::ALL.iter().find(|(_, of)| *of == self).map_or("", |(name, _)| name)
    }

    pub(super) fn value(self, timeline: &Timeline, tp: &TopicPartition) -> Result<Value, String> {
        let world = timeline.world();
        let state = world.controller().map(|controller| controller.partition(tp));
        Ok(match self {
            OfReplicas::Leader => match state {
                Some(state) => state.and_then(|state| state.leader).map_or(Value::None, id),
                None => id(broker(world)?.id()),
            },
            OfReplicas::InSync => {
                number(state.map_or(1, |state| state.map_or(0, |state| state.isr.len()) as u64))
            }
            OfReplicas::Shrinks => number(telling(timeline, |entry| is_shrink(entry, tp))?.len() as u64),
            OfReplicas::Leaderless => Value::Span(leaderless(timeline, tp)?),
            OfReplicas::Truncated => {
                let entries = telling(timeline, |entry| truncated(entry, tp) > 0)?;
                number(entries.into_iter().map(|entry| truncated(entry, tp)).sum())
            }
        })
    }

    /// What of the trace tells of it.
    pub(super) fn evidence(self, timeline: &Timeline, tp: &TopicPartition) -> Vec<EntryId> {
        let is_one = |entry: &Entry| match self {
            OfReplicas::Leader | OfReplicas::Leaderless => led_by(entry, tp).is_some(),
            OfReplicas::InSync | OfReplicas::Shrinks => is_shrink(entry, tp),
            OfReplicas::Truncated => truncated(entry, tp) > 0,
        };
        telling(timeline, is_one).unwrap_or_default().into_iter().map(|entry| entry.id).collect()
    }
}

fn id(broker: BrokerId) -> Value {
    Value::Number(i64::from(broker.0))
}

/// The entries that tell of something, the oldest first.
fn telling(timeline: &Timeline, is_one: impl Fn(&Entry) -> bool) -> Result<Vec<&Entry>, String> {
    let branch = timeline.branch();
    if branch.forgotten_entries() > 0 {
        return Err("the beginning of this history is forgotten".to_owned());
    }
    let upto = usize::try_from(timeline.world().steps()).unwrap_or(usize::MAX);
    let entries = branch.steps().iter().take(upto).flat_map(|step| step.entries.iter());
    Ok(entries.filter(|entry| is_one(entry)).collect())
}

fn is_shrink(entry: &Entry, of: &TopicPartition) -> bool {
    match replica_event(entry) {
        Some(ReplicaEvent::IsrAltered { tp, from, to, .. }) => tp == of && to.len() < from.len(),
        _ => false,
    }
}

fn truncated(entry: &Entry, of: &TopicPartition) -> u64 {
    match replica_event(entry) {
        Some(ReplicaEvent::Truncated { tp, records, .. }) if tp == of => *records,
        _ => 0,
    }
}

fn replica_event(entry: &Entry) -> Option<&ReplicaEvent> {
    match &entry.fact {
        Fact::Broker(Event::Replica(event)) => Some(event),
        _ => None,
    }
}

/// Who leads the partition from this entry on, if it says so.
fn led_by(entry: &Entry, of: &TopicPartition) -> Option<Option<BrokerId>> {
    let Fact::Controller(event) = &entry.fact else { return None };
    let ControllerEvent::Appended(delta) = &**event else { return None };
    let mut leaders = delta.records.iter().filter_map(|record| match record {
        MetadataRecord::Partition(partition) if partition.0 == *of => Some(partition.1.leader),
        MetadataRecord::PartitionChange(change) if change.tp == *of => change.leader,
        _ => None,
    });
    leaders.next_back()
}

fn leaderless(timeline: &Timeline, tp: &TopicPartition) -> Result<Span, String> {
    let between = |from: Time, to: Time| Span(to.0.saturating_sub(from.0));
    let mut since = None;
    let mut sum = Span::ZERO;
    for entry in telling(timeline, |entry| led_by(entry, tp).is_some())? {
        match led_by(entry, tp) {
            Some(None) => since = since.or(Some(entry.at)),
            _ => sum = sum + since.take().map_or(Span::ZERO, |from| between(from, entry.at)),
        }
    }
    let now = timeline.world().now();
    Ok(sum + since.map_or(Span::ZERO, |from| between(from, now)))
}
