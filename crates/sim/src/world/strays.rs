//! Keys that a join never brings together: as many partitions on both sides, and the key in another one on each. Kafka
//! checks the counts and nothing else (`CopartitionedTopicsEnforcer`), so that nothing complains and nothing comes out.
//!
//! Nobody in the application can know it: each task sees its own partitions. Here somebody looks at the logs.

use super::World;
use crate::limits;
use millrace_model::{Bytes, Map, Partition, TopicName, TopicPartition};

/// A key that lies in different partitions of two topics that a join reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stray {
    /// The key.
    pub key: Bytes,
    /// Where its newest record of the one topic lies.
    pub one: TopicPartition,
    /// Where that of the other one does.
    pub other: TopicPartition,
}

impl World {
    /// Such keys of an application, by topic and key. Repartition topics have none: the application writes them itself.
    /// Of each partition it looks at the first [`limits::STRAYS_SEARCHED`] records.
    pub fn strays(&self, name: &str) -> Vec<Stray> {
        let mut strays = Vec::new();
        let Some(topology) = self.topology_of(name) else { return strays };
        for group in topology.copartition_groups() {
            let places: Vec<(TopicName, Map<Bytes, Partition>)> = group
                .into_iter()
                .filter(|topic| !topology.is_internal(topic))
                .map(|topic| (topic.clone(), self.places(&topic)))
                .collect();
            let Some(((one, first), others)) = places.split_first() else { continue };
            for (other, second) in others {
                for (key, here) in first {
                    let there = second.get(key).filter(|there| *there != here);
                    strays.extend(there.map(|there| Stray {
                        key: key.clone(),
                        one: TopicPartition { topic: one.clone(), partition: *here },
                        other: TopicPartition { topic: other.clone(), partition: *there },
                    }));
                }
            }
        }
        strays
    }

    /// The partition of each key's newest record.
    fn places(&self, topic: &TopicName) -> Map<Bytes, Partition> {
        let mut places = Map::new();
        for partition in 0..self.partitions_of(topic.as_str()).unwrap_or_default() {
            let tp = TopicPartition::new(topic.clone(), partition);
            let Some(log) = self.log(&tp) else { continue };
            let batches = log.batches_from(log.log_start_offset());
            let records = batches.flat_map(|batch| {
                batch.records_from(batch.base_offset).map(|(_, record)| (batch.timestamp(record), record))
            });
            for (at, record) in records.take(limits::STRAYS_SEARCHED) {
                let Some(key) = &record.key else { continue };
                match places.get_mut(key) {
                    Some((before, _)) if *before > at => {}
                    Some(place) => *place = (at, tp.partition),
                    None => {
                        places.insert(key.clone(), (at, tp.partition));
                    }
                }
            }
        }
        places.into_iter().map(|(key, (_, partition))| (key, partition)).collect()
    }
}
