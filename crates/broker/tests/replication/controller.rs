//! The metadata of the tests: who is alive, who leads, who is in sync. A controller in a few lines, without faults of its
//! own.

use millrace_broker::CONTROLLER;
use millrace_model::protocol::*;
use millrace_model::*;
use std::collections::BTreeMap;

#[derive(Clone)]
pub struct TestController {
    pub log: Vec<MetadataRecord>,
    pub partitions: BTreeMap<TopicPartition, PartitionRegistration>,
    /// Each broker's registration, and whether it is fenced.
    pub brokers: BTreeMap<BrokerId, (BrokerEpoch, bool)>,
    pub unclean: bool,
}

impl TestController {
    pub fn new(unclean: bool) -> Self {
        assert_eq!(CONTROLLER, BrokerId(100));
        Self { log: Vec::new(), partitions: BTreeMap::new(), brokers: BTreeMap::new(), unclean }
    }

    pub fn register(&mut self, id: BrokerId) {
        if self.is_alive(id) {
            self.fence(id);
        }
        let broker_epoch = BrokerEpoch(self.log.len() as i64);
        let broker = BrokerInfo { id, host: format!("broker-{id}"), port: 9092, rack: None };
        self.log.push(MetadataRecord::RegisterBroker { broker, broker_epoch, incarnation: 0, fenced: true });
        self.brokers.insert(id, (broker_epoch, true));
    }

    fn is_alive(&self, id: BrokerId) -> bool {
        self.brokers.get(&id).is_some_and(|(_, fenced)| !fenced)
    }

    fn change_broker(&mut self, id: BrokerId, fenced: bool) {
        let Some(known) = self.brokers.get_mut(&id) else { return };
        known.1 = fenced;
        let broker_epoch = known.0;
        self.log.push(MetadataRecord::BrokerRegistrationChange {
            broker: id,
            broker_epoch,
            fenced: Some(fenced),
            in_controlled_shutdown: false,
        });
    }

    /// Out of all ISRs; what it led gets another leader, or none.
    pub fn fence(&mut self, id: BrokerId) {
        if !self.is_alive(id) {
            return;
        }
        self.change_broker(id, true);
        for tp in self.partitions.keys().cloned().collect::<Vec<_>>() {
            let registration = &self.partitions[&tp];
            let mut change = PartitionChange::new(tp.clone());
            let others: Vec<_> = registration.isr.iter().copied().filter(|of| *of != id).collect();
            if registration.isr.contains(&id) && !others.is_empty() {
                change.isr = Some(others);
            }
            if registration.leader == Some(id) {
                self.elect(registration, &mut change);
            }
            self.change(change);
        }
    }

    pub fn unfence(&mut self, id: BrokerId) {
        if self.is_alive(id) {
            return;
        }
        self.change_broker(id, false);
        for tp in self.partitions.keys().cloned().collect::<Vec<_>>() {
            let registration = &self.partitions[&tp];
            if registration.leader.is_none() {
                let mut change = PartitionChange::new(tp.clone());
                self.elect(registration, &mut change);
                if change.leader != Some(None) {
                    self.change(change);
                }
            }
        }
    }

    fn elect(&self, of: &PartitionRegistration, change: &mut PartitionChange) {
        let isr = change.isr.as_ref().unwrap_or(&of.isr);
        let in_sync = of.replicas.iter().find(|id| isr.contains(id) && self.is_alive(**id));
        change.leader = Some(in_sync.copied());
        if in_sync.is_none()
            && self.unclean
            && let Some(id) = of.replicas.iter().find(|id| self.is_alive(**id))
        {
            (change.leader, change.isr) = (Some(Some(*id)), Some(vec![*id]));
        }
    }

    /// Another leader, whoever it is: as an administrator's election.
    pub fn lead(&mut self, tp: &TopicPartition, id: BrokerId) {
        let registration = &self.partitions[tp];
        let mut change = PartitionChange::new(tp.clone());
        change.leader = Some(Some(id));
        if !registration.isr.contains(&id) {
            change.isr = Some(vec![id]);
        }
        self.change(change);
    }

    pub fn change(&mut self, change: PartitionChange) {
        if change.is_no_op() {
            return;
        }
        let registration = self.partitions.get_mut(&change.tp).unwrap();
        *registration = registration.merge(&change);
        self.log.push(MetadataRecord::PartitionChange(Box::new(change)));
    }

    pub fn create(&mut self, topic: &str, replicas: &[i32], min_isr: i32) {
        let id = TopicId { most: 1, least: self.log.len() as i64 };
        self.log.push(MetadataRecord::Topic { topic: topic.into(), id, internal: false });
        let resource = ConfigResource::new(ResourceKind::Topic, topic);
        let changes: ConfigChanges =
            [("min.insync.replicas".into(), Some(min_isr.to_string().into()))].into_iter().collect();
        self.log.push(MetadataRecord::Config { resource, changes });
        let tp = TopicPartition::new(topic, 0);
        let replicas: Vec<_> = replicas.iter().map(|id| BrokerId(*id)).collect();
        let registration = PartitionRegistration {
            isr: replicas.clone(),
            leader: replicas.first().copied(),
            replicas,
            ..PartitionRegistration::default()
        };
        self.partitions.insert(tp.clone(), registration.clone());
        self.log.push(MetadataRecord::Partition(Box::new((tp, registration))));
    }

    pub fn alter_partition(&mut self, request: &AlterPartitionRequest) -> AlterPartitionResponse {
        if self.brokers.get(&request.broker).is_none_or(|(epoch, _)| *epoch != request.broker_epoch) {
            return AlterPartitionResponse { error: ErrorCode::StaleBrokerEpoch, partitions: Vec::new() };
        }
        let answers = request.partitions.iter().map(|altered| {
            let answer = self.alter(request.broker, altered);
            (altered.tp.clone(), answer)
        });
        let partitions = answers.collect();
        AlterPartitionResponse { error: ErrorCode::None, partitions }
    }

    fn alter(&mut self, from: BrokerId, new: &AlteredPartition) -> Result<PartitionRegistration, ErrorCode> {
        let known = self.partitions.get(&new.tp).ok_or(ErrorCode::UnknownTopicOrPartition)?;
        if known.leader_epoch != new.leader_epoch || known.leader != Some(from) {
            return Err(ErrorCode::FencedLeaderEpoch);
        }
        if known.partition_epoch != new.partition_epoch {
            return Err(ErrorCode::InvalidUpdateVersion);
        }
        for (id, epoch) in &new.new_isr {
            let fits = |known: BrokerEpoch| *epoch == BrokerEpoch::NONE || *epoch == known;
            if !self.is_alive(*id) || !fits(self.brokers[id].0) {
                return Err(ErrorCode::IneligibleReplica);
            }
        }
        let mut change = PartitionChange::new(new.tp.clone());
        change.isr = Some(new.new_isr.iter().map(|(id, _)| *id).collect());
        self.change(change);
        Ok(self.partitions[&new.tp].clone())
    }
}
