//! How much a world holds: what grows without end while its producers send.

use super::World;

/// See the module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    /// Records in all partitions of all topics.
    pub records: u64,
    /// Their bytes, as Kafka would count them.
    pub bytes: u64,
}

impl World {
    /// What its topics hold.
    pub fn volume(&self) -> Volume {
        let topics = self.brokers().flat_map(millrace_broker::Broker::topics);
        let logs = topics.flat_map(|topic| topic.partitions().map(|partition| &partition.log));
        logs.fold(Volume::default(), |volume, log| Volume {
            records: volume.records + log.record_count() as u64,
            bytes: volume.bytes + log.size_in_bytes(),
        })
    }
}
