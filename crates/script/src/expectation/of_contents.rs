//! What lies in a topic's logs: keys, tombstones, batches, and the producers that the brokers remember.

use super::Value;
use super::eval::{broker, no_topic, number};
use millrace_broker::{Event, PartitionLog, TxnEvent};
use millrace_model::{Bytes, Offset, Record, Set, StoredBatch, TopicName, TopicPartition};
use millrace_sim::{EntryId, Fact, Timeline, World};
use std::sync::Arc;

/// What.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfContents {
    /// `keys(TOPIC)`: how many different keys its records have.
    Keys,
    /// `copies(TOPIC, KEY)`: how many records have this key, tombstones included.
    Copies(Arc<str>),
    /// `tombstones(TOPIC)`: records with a key and without a value.
    Tombstones,
    /// `batches(TOPIC)`: batches of records, those of markers not counted.
    Batches,
    /// `bytes(TOPIC)`: bytes of its batches as they lie on disk, each once however many replicas there are; those of markers
    /// not counted.
    Bytes,
    /// `pids(TOPIC)`: producer ids that its partitions remember.
    Pids,
    /// `resent(TOPIC)`: batches that came a second time, were known by their sequence numbers, and were answered with their
    /// old offset.
    Resent,
}

/// Records and entries of the trace that are meant.
type Meant = (Vec<(TopicPartition, Offset)>, Vec<EntryId>);

impl OfContents {
    /// The name that it is written with.
    pub(super) fn name(&self) -> &'static str {
        match self {
            OfContents::Keys => "keys",
            OfContents::Copies(_) => "copies",
            OfContents::Tombstones => "tombstones",
            OfContents::Batches => "batches",
            OfContents::Bytes => "bytes",
            OfContents::Pids => "pids",
            OfContents::Resent => "resent",
        }
    }

    /// What stands behind the topic.
    pub(super) fn argument(&self) -> Option<String> {
        match self {
            OfContents::Copies(key) => Some(key.to_string()),
            OfContents::Keys
            | OfContents::Tombstones
            | OfContents::Batches
            | OfContents::Bytes
            | OfContents::Pids
            | OfContents::Resent => None,
        }
    }

    pub(super) fn value(&self, timeline: &Timeline, topic: &TopicName) -> Result<Value, String> {
        let logs = logs(timeline.world(), topic)?;
        Ok(number(match self {
            OfContents::Keys => {
                let mut keys: Set<&Bytes> = Set::new();
                each(&logs, |_, _, record| keys.extend(&record.key));
                keys.len() as u64
            }
            OfContents::Copies(_) | OfContents::Tombstones => self.records(&logs).len() as u64,
            OfContents::Batches => of_records(&logs).count() as u64,
            OfContents::Bytes => of_records(&logs).map(|stored| stored.batch.size_in_bytes as u64).sum(),
            OfContents::Pids => {
                let of = logs.iter().flat_map(|(_, log)| log.producers().producers());
                of.map(|entry| entry.producer_id).collect::<Set<_>>().len() as u64
            }
            OfContents::Resent => resent(timeline, topic)?.len() as u64,
        }))
    }

    /// Where they lie, or what tells of them.
    pub(super) fn evidence(&self, timeline: &Timeline, topic: &TopicName) -> Result<Meant, String> {
        let logs = logs(timeline.world(), topic)?;
        Ok(match self {
            OfContents::Copies(_) | OfContents::Tombstones => (self.records(&logs), Vec::new()),
            OfContents::Resent => (Vec::new(), resent(timeline, topic)?),
            OfContents::Keys | OfContents::Batches | OfContents::Bytes | OfContents::Pids => Meant::default(),
        })
    }

    fn records(&self, logs: &[(TopicPartition, &PartitionLog)]) -> Vec<(TopicPartition, Offset)> {
        let mut found = Vec::new();
        each(logs, |tp, offset, record| {
            let is_one = match self {
                OfContents::Copies(key) => record.key.as_deref() == Some(key.as_bytes()),
                _ => record.key.is_some() && record.value.is_none(),
            };
            if is_one {
                found.push((tp.clone(), offset));
            }
        });
        found
    }
}

fn logs<'a>(world: &'a World, topic: &TopicName) -> Result<Vec<(TopicPartition, &'a PartitionLog)>, String> {
    let broker = broker(world)?;
    let found = broker.topic(topic.as_str()).ok_or_else(|| no_topic(broker, topic.as_str()))?;
    let places = (0..found.partition_count()).map(|n| TopicPartition::new(topic.clone(), n));
    Ok(places.filter_map(|tp| world.log(&tp).map(|log| (tp, log))).collect())
}

/// Every batch, without markers.
fn of_records<'a>(logs: &[(TopicPartition, &'a PartitionLog)]) -> impl Iterator<Item = &'a StoredBatch> {
    let all = logs.iter().flat_map(|(_, log)| log.batches_from(log.log_start_offset()));
    all.filter(|stored| stored.batch.marker().is_none())
}

/// Every record, without markers.
fn each<'a>(
    logs: &[(TopicPartition, &'a PartitionLog)],
    mut look: impl FnMut(&TopicPartition, Offset, &'a Record),
) {
    for (tp, log) in logs {
        for stored in of_records(&[(tp.clone(), *log)]) {
            for (offset, record) in stored.records_from(log.log_start_offset()) {
                look(tp, offset, record);
            }
        }
    }
}

/// What the trace tells of batches that came again.
fn resent(timeline: &Timeline, topic: &TopicName) -> Result<Vec<EntryId>, String> {
    let branch = timeline.branch();
    if branch.forgotten_entries() > 0 {
        return Err("the beginning of this history is forgotten".to_owned());
    }
    let upto = usize::try_from(timeline.world().steps()).unwrap_or(usize::MAX);
    let entries = branch.steps().iter().take(upto).flat_map(|step| step.entries.iter());
    let is_one = |fact: &Fact| match fact {
        Fact::Broker(Event::Txn(event)) => {
            matches!(&**event, TxnEvent::DuplicateSequence { tp, .. } if tp.topic == *topic)
        }
        _ => false,
    };
    Ok(entries.filter(|entry| is_one(&entry.fact)).map(|entry| entry.id).collect())
}
