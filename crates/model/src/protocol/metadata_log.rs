//! The records of the controller's log, `__cluster_metadata`: what it tells every broker, in order.

use super::alter::{ConfigChanges, ConfigResource};
use super::cluster::{LeaderRecoveryState, PartitionRegistration};
use crate::{BrokerEpoch, BrokerId, BrokerInfo, Offset, TopicId, TopicName, TopicPartition};
use std::sync::Arc;

/// One record. Kafka names topics by their ids in it; here a name does, since the log's order says which topic of that name
/// is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum MetadataRecord {
    /// `RegisterBrokerRecord`: a broker has started. Its epoch is this record's offset.
    RegisterBroker {
        /// Its number, address and rack.
        broker: BrokerInfo,
        /// The epoch of the registration.
        broker_epoch: BrokerEpoch,
        /// Tells one life of a process from the next.
        incarnation: u64,
        /// It begins fenced.
        fenced: bool,
    },
    /// `UnregisterBrokerRecord`: a broker was taken out of the cluster.
    UnregisterBroker {
        /// Which.
        broker: BrokerId,
    },
    /// `BrokerRegistrationChangeRecord`.
    BrokerRegistrationChange {
        /// Which broker.
        broker: BrokerId,
        /// Under which registration.
        broker_epoch: BrokerEpoch,
        /// Fenced or unfenced; `None` leaves it.
        fenced: Option<bool>,
        /// It has begun to stop cleanly.
        in_controlled_shutdown: bool,
    },
    /// `TopicRecord`: its partitions and settings follow.
    Topic {
        /// Its name.
        topic: TopicName,
        /// Its id.
        id: TopicId,
        /// Kafka's own?
        internal: bool,
    },
    /// `PartitionRecord`: a partition came to be. Partitions of a topic come in the order of their numbers.
    Partition(Box<(TopicPartition, PartitionRegistration)>),
    /// `PartitionChangeRecord`.
    PartitionChange(Box<PartitionChange>),
    /// `RemoveTopicRecord`.
    RemoveTopic {
        /// Its name.
        topic: TopicName,
    },
    /// `ConfigRecord`, several settings of one thing in one.
    Config {
        /// Whose settings.
        resource: ConfigResource,
        /// The names with their new values.
        changes: ConfigChanges,
    },
}

/// What changes for one partition; `None` leaves a field as it is. Each change raises the partition epoch by one, and the
/// leader epoch as well if it names a leader (the old one, when only the epoch shall rise).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartitionChange {
    /// The partition.
    pub tp: TopicPartition,
    /// The new in-sync replicas.
    pub isr: Option<Vec<BrokerId>>,
    /// The new leader, or (`Some(None)`) that there is none.
    pub leader: Option<Option<BrokerId>>,
    /// The new replicas.
    pub replicas: Option<Vec<BrokerId>>,
    /// The replicas that are on their way out.
    pub removing_replicas: Option<Vec<BrokerId>>,
    /// The replicas that are on their way in.
    pub adding_replicas: Option<Vec<BrokerId>>,
    /// Whether the leader has recovered.
    pub leader_recovery_state: Option<LeaderRecoveryState>,
    /// Who may lead without being in sync (KIP-966).
    pub elr: Option<Vec<BrokerId>>,
    /// Who was that before an unclean stop (KIP-966).
    pub last_known_elr: Option<Vec<BrokerId>>,
}

impl PartitionChange {
    /// A change of nothing.
    pub fn new(tp: TopicPartition) -> PartitionChange {
        PartitionChange {
            tp,
            isr: None,
            leader: None,
            replicas: None,
            removing_replicas: None,
            adding_replicas: None,
            leader_recovery_state: None,
            elr: None,
            last_known_elr: None,
        }
    }

    /// Whether nothing changes (`PartitionChangeBuilder.changeRecordIsNoOp`).
    pub fn is_no_op(&self) -> bool {
        *self == PartitionChange::new(self.tp.clone())
    }
}

impl PartitionRegistration {
    /// This state after `change` (`PartitionRegistration.merge`).
    pub fn merge(&self, change: &PartitionChange) -> PartitionRegistration {
        let mut new = self.clone();
        let take = |old: &mut Vec<BrokerId>, changed: &Option<Vec<BrokerId>>| {
            if let Some(changed) = changed {
                old.clone_from(changed);
            }
        };
        take(&mut new.isr, &change.isr);
        take(&mut new.replicas, &change.replicas);
        take(&mut new.removing_replicas, &change.removing_replicas);
        take(&mut new.adding_replicas, &change.adding_replicas);
        take(&mut new.elr, &change.elr);
        take(&mut new.last_known_elr, &change.last_known_elr);
        if let Some(state) = change.leader_recovery_state {
            new.leader_recovery_state = state;
        }
        if let Some(leader) = change.leader {
            new.leader = leader;
            new.leader_epoch.0 = new.leader_epoch.0.saturating_add(1);
        }
        new.partition_epoch.0 = new.partition_epoch.0.saturating_add(1);
        new
    }
}

/// A stretch of the controller's log on its way to a broker. Kafka's brokers fetch it; here the controller sends it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MetadataDelta {
    /// The offset of the first record.
    pub base_offset: Offset,
    /// The records.
    pub records: Arc<[MetadataRecord]>,
}

impl MetadataDelta {
    /// The offset behind the last record.
    pub fn end(&self) -> Offset {
        self.base_offset.plus(self.records.len())
    }
}
