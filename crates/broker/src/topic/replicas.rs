//! A topic's partitions in a cluster, as far as replicas change them.

use super::Topic;
use crate::PartitionLog;
use millrace_model::{BrokerId, Partition, PartitionEpoch, PartitionInfo, Timestamp, TopicPartition};

impl Topic {
    /// The controller has answered the leader: others are in sync.
    pub(crate) fn alter_isr(&mut self, partition: Partition, isr: &[BrokerId], epoch: PartitionEpoch) {
        let Some(known) = self.partition(partition) else { return };
        let info = PartitionInfo { isr: isr.to_vec(), partition_epoch: epoch, ..known.info.clone() };
        self.set_partition(partition, info);
    }

    /// This broker holds no copy any more.
    pub(crate) fn forget_log(&mut self, partition: Partition) {
        let settings = self.log_config().segments;
        self.change(partition, |log| *log = PartitionLog::new(settings, Timestamp::NONE));
    }

    /// The broker has stopped: its logs are what is left on its disk.
    pub(crate) fn reload(&mut self, reload: &mut dyn FnMut(&TopicPartition, &mut PartitionLog)) {
        for n in 0..self.partition_count() {
            let tp = TopicPartition { topic: self.name().clone(), partition: Partition(n) };
            self.change(tp.partition, |log| reload(&tp, log));
        }
    }
}
