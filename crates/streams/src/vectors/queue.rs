//! Waiting records of TopologyTestDriver's one task, by topic: its partitions are all 0.

use crate::runtime::{PartitionGroup, Queued};
use millrace_model::{Offset, Record, TopicName, TopicPartition};

/// See the module.
#[derive(Default)]
pub(super) struct Queue(PartitionGroup);

impl Queue {
    pub(super) fn push(&mut self, topic: TopicName, record: Record) {
        let queued = Queued { offset: Offset(0), timestamp: record.timestamp, record };
        self.0.push(&TopicPartition::new(topic, 0), queued);
    }

    pub(super) fn pop(&mut self) -> Option<(TopicName, Record)> {
        self.0.pop().map(|(tp, queued)| (tp.topic, queued.record))
    }
}
