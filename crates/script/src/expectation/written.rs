//! What producers were told is written, and what of it is no longer there.

use super::eval::{broker, no_topic, number};
use super::{Value, of_quorum};
use millrace_client::listener::InstanceEvent;
use millrace_client::producer::ProducerEvent;
use millrace_model::{Batch, Offset, Time, TopicName, TopicPartition};
use millrace_sim::{EntryId, Fact, Timeline};
use std::sync::Arc;

/// What can be looked at in what producers were told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Written {
    /// `acknowledged(TOPIC)`: records of which a producer was told that they are written, and where.
    Acknowledged,
    /// `vanished(TOPIC)`: of those, the ones that are not there any more, as the partition's leader has it.
    Vanished,
    /// `headless(TOPIC)`: of those, the ones that were acknowledged while no majority of several controllers was there.
    Headless,
    /// `unanswered(TOPIC)`: how often the cluster was asked to create the topic and has not answered in time.
    Unanswered,
}

impl Written {
    /// All, by name.
    pub const ALL: [(&'static str, Written); 4] = [
        ("acknowledged", Written::Acknowledged),
        ("vanished", Written::Vanished),
        ("headless", Written::Headless),
        ("unanswered", Written::Unanswered),
    ];

    /// The name that it is written with.
    pub(super) fn name(self) -> &'static str {
        Written::ALL.iter().find(|(_, of)| *of == self).map_or("", |(name, _)| name)
    }

    pub(super) fn value(self, timeline: &Timeline, topic: &TopicName) -> Result<Value, String> {
        let known = broker(timeline.world())?;
        if self != Written::Unanswered && known.topic(topic.as_str()).is_none() {
            return Err(no_topic(known, topic.as_str()));
        }
        let branch = timeline.branch();
        if branch.forgotten_entries() > 0 {
            let remembered = branch.steps().iter().find(|step| !step.entries.is_empty());
            let from = remembered.map_or(Time::ZERO, |step| step.at);
            return Err(format!("this history is remembered from {from} on only"));
        }
        let told = || told(timeline, topic);
        Ok(number(match self {
            Written::Acknowledged => told().iter().map(|told| told.batch.len() as u64).sum(),
            Written::Vanished => vanished(timeline, &told()).len() as u64,
            Written::Headless => of_quorum::headless(timeline, topic).0,
            Written::Unanswered => of_quorum::unanswered(timeline, topic).len() as u64,
        }))
    }
}

/// What a producer was told, in which entry.
struct Told<'a> {
    entry: EntryId,
    tp: &'a TopicPartition,
    base: Offset,
    batch: &'a Arc<Batch>,
}

fn told<'a>(timeline: &'a Timeline, topic: &TopicName) -> Vec<Told<'a>> {
    let entries = timeline.branch().entries_before(timeline.world().steps());
    let mut told: Vec<Told<'a>> = entries
        .filter_map(|entry| {
            let (Fact::Producer(event) | Fact::Instance(InstanceEvent::Producer(event))) = &entry.fact else {
                return None;
            };
            match event {
                // With acks=0 nobody has said anything.
                ProducerEvent::BatchAcknowledged { tp, base_offset, batch, .. }
                    if tp.topic == *topic && base_offset.0 >= 0 =>
                {
                    Some(Told { entry: entry.id, tp, base: *base_offset, batch })
                }
                _ => None,
            }
        })
        .collect();
    millrace_model::collections::sort::sort_by_key(&mut told, |told| told.entry);
    told
}

fn vanished(timeline: &Timeline, told: &[Told<'_>]) -> Vec<(TopicPartition, Offset, EntryId)> {
    let mut gone = Vec::new();
    for Told { entry, tp, base, batch } in told {
        // While nobody leads, nobody can say.
        let is_led = |of: &millrace_sim::World| {
            of.controller()
                .is_none_or(|controller| controller.partition(tp).is_some_and(|now| now.leader.is_some()))
        };
        let Some(log) = timeline.world().log(tp).filter(|_| is_led(timeline.world())) else { continue };
        for (n, record) in batch.records.iter().enumerate() {
            let offset = base.plus(n);
            // What retention took was not lost.
            if offset < log.log_start_offset() {
                continue;
            }
            let there = log.batches_from(offset).next().and_then(|stored| stored.record(offset));
            if there.is_none_or(|there| (&there.key, &there.value) != (&record.key, &record.value)) {
                gone.push(((*tp).clone(), offset, *entry));
            }
        }
    }
    gone
}

/// Which records have vanished, and the entries that tell of it.
pub(super) fn evidence(
    of: Written,
    timeline: &Timeline,
    topic: &TopicName,
) -> (Vec<(TopicPartition, Offset)>, Vec<EntryId>) {
    match of {
        Written::Acknowledged => return (Vec::new(), Vec::new()),
        Written::Headless => return (Vec::new(), of_quorum::headless(timeline, topic).1),
        Written::Unanswered => return (Vec::new(), of_quorum::unanswered(timeline, topic)),
        Written::Vanished => {}
    }
    let mut entries = Vec::new();
    let mut records = Vec::new();
    for (tp, offset, entry) in vanished(timeline, &told(timeline, topic)) {
        records.push((tp, offset));
        if entries.last() != Some(&entry) {
            entries.push(entry);
        }
    }
    (records, entries)
}
