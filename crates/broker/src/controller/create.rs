//! CreateTopics, CreatePartitions and DeleteTopics as the controller of several brokers decides them
//! (`ReplicationControlManager`). For a broker alone see `topic::create`.

use super::{Controller, Draft, Refusal, refuse};
use crate::topic::{invalid_topic_reason, unify_collision_chars};
use crate::{CONSUMER_OFFSETS, TRANSACTION_STATE, is_internal};
use millrace_model::protocol::{
    ConfigChanges, ConfigResource, CreatePartitionsRequest, CreatePartitionsResponse, CreateTopicsRequest,
    CreateTopicsResponse, DeleteTopicsRequest, DeleteTopicsResponse, MetadataRecord, NewTopic,
    PartitionRegistration, ResourceKind,
};
use millrace_model::{BrokerId, Dice, ErrorCode, Map, Partition, TopicId, TopicName, TopicPartition, limits};

type Assigned = Map<TopicName, Vec<Vec<BrokerId>>>;

impl Controller {
    pub(super) fn create_topics(
        &self,
        request: &CreateTopicsRequest,
        assigned: &Assigned,
        draft: &mut Draft,
        dice: &dyn Dice,
    ) -> CreateTopicsResponse {
        let mut topics = Vec::with_capacity(request.topics.len());
        for topic in &request.topics {
            let times = request.topics.iter().filter(|other| other.name == topic.name).count();
            let created = match times {
                1 => self.create_topic(topic, assigned.get(&topic.name), draft, dice),
                _ => refuse(ErrorCode::InvalidRequest, "Duplicate topic name."),
            };
            let (error, words) = match created {
                Ok(()) => (ErrorCode::None, None),
                Err(refusal) => {
                    draft.rejected("CreateTopics", topic.name.as_str(), &refusal);
                    refusal
                }
            };
            topics.push((topic.name.clone(), error, words));
        }
        CreateTopicsResponse { topics }
    }

    fn create_topic(
        &self,
        new: &NewTopic,
        assigned: Option<&Vec<Vec<BrokerId>>>,
        draft: &mut Draft,
        dice: &dyn Dice,
    ) -> Result<(), Refusal> {
        let name = new.name.as_str();
        if self.topics.contains_key(&new.name) {
            return refuse(ErrorCode::TopicAlreadyExists, format!("Topic '{name}' already exists."));
        }
        if let Some(reason) = invalid_topic_reason(name) {
            return refuse(ErrorCode::InvalidTopicException, reason);
        }
        if name.contains(['.', '_'])
            && let unified = unify_collision_chars(name)
            && let Some(other) =
                self.topics.keys().find(|other| unify_collision_chars(other.as_str()) == unified)
        {
            let words = format!("Topic '{name}' collides with existing topic: {other}");
            return refuse(ErrorCode::InvalidTopicException, words);
        }
        let created =
            draft.records.iter().filter(|record| matches!(record, MetadataRecord::Topic { .. })).count();
        if self.topics.len().saturating_add(created) >= limits::TOPICS {
            let words = format!("This cluster holds at most {} topics.", limits::TOPICS);
            return refuse(ErrorCode::PolicyViolation, words);
        }
        let nth = self.topics_created.saturating_add(created as u64);
        let replicas = match assigned {
            Some(assigned) => self.check_assigned(assigned)?,
            None => self.place_new(new, nth, dice)?,
        };
        let partitions = self.new_partitions(&new.name, 0, replicas)?;
        let half =
            |n: u64| dice.roll("controller/topic-id", nth.saturating_mul(2).saturating_add(n)).cast_signed();
        let id = TopicId { most: half(0), least: half(1) };
        let internal = is_internal(name);
        draft.records.push(MetadataRecord::Topic { topic: new.name.clone(), id, internal });
        let changes: ConfigChanges =
            new.config.set_keys().iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
        if !changes.is_empty() {
            let resource = ConfigResource::new(ResourceKind::Topic, name);
            draft.records.push(MetadataRecord::Config { resource, changes });
        }
        draft.records.extend(partitions);
        Ok(())
    }

    fn check_assigned(&self, assigned: &[Vec<BrokerId>]) -> Result<Vec<Vec<BrokerId>>, Refusal> {
        let mut factor = None;
        for (n, replicas) in assigned.iter().enumerate() {
            self.check_assignment(replicas, factor)?;
            factor = Some(replicas.len());
            if !replicas.iter().any(|replica| self.is_active(*replica)) {
                let words = format!(
                    "All brokers specified in the manual partition assignment for partition {n} are fenced or in \
                     controlled shutdown."
                );
                return refuse(ErrorCode::InvalidReplicaAssignment, words);
            }
        }
        check_count(i32::try_from(assigned.len()).unwrap_or(i32::MAX))?;
        Ok(assigned.to_vec())
    }

    fn place_new(&self, new: &NewTopic, nth: u64, dice: &dyn Dice) -> Result<Vec<Vec<BrokerId>>, Refusal> {
        let factor = match (new.replication_factor, new.name.as_str()) {
            (None | Some(-1), CONSUMER_OFFSETS) => self.config.offsets_topic_replication_factor,
            (None | Some(-1), TRANSACTION_STATE) => self.config.transaction_state_log_replication_factor,
            (None | Some(-1), _) => self.config.default_replication_factor,
            (Some(factor), _) => factor,
        };
        let Some(factor) = usize::try_from(factor).ok().filter(|factor| *factor > 0) else {
            return refuse(
                ErrorCode::InvalidReplicationFactor,
                "Replication factor must be larger than 0, or -1 to use the default value.",
            );
        };
        let partitions = match new.partitions {
            None | Some(-1) => self.num_partitions,
            Some(partitions) => partitions,
        };
        check_count(partitions)?;
        self.place(usize::try_from(partitions).unwrap_or(0), factor, nth, dice)
    }

    /// The records of new partitions: led by the first replica that is alive, all that are alive in sync.
    fn new_partitions(
        &self,
        topic: &TopicName,
        first: i32,
        replicas: Vec<Vec<BrokerId>>,
    ) -> Result<Vec<MetadataRecord>, Refusal> {
        let mut records = Vec::with_capacity(replicas.len());
        for (n, replicas) in (first..).zip(replicas) {
            let isr: Vec<BrokerId> = replicas.iter().copied().filter(|id| self.is_active(*id)).collect();
            let Some(leader) = isr.first().copied() else {
                let words = format!(
                    "Unable to replicate the partition {} time(s): All brokers are currently fenced or in controlled \
                     shutdown.",
                    replicas.len()
                );
                return refuse(ErrorCode::InvalidReplicationFactor, words);
            };
            let tp = TopicPartition { topic: topic.clone(), partition: Partition(n) };
            let state = PartitionRegistration {
                replicas,
                isr,
                leader: Some(leader),
                ..PartitionRegistration::default()
            };
            records.push(MetadataRecord::Partition(Box::new((tp, state))));
        }
        Ok(records)
    }

    pub(super) fn create_partitions(
        &self,
        request: &CreatePartitionsRequest,
        draft: &mut Draft,
        dice: &dyn Dice,
    ) -> CreatePartitionsResponse {
        let mut topics = Vec::with_capacity(request.topics.len());
        for (topic, count) in &request.topics {
            let times = request.topics.iter().filter(|(other, _)| other == topic).count();
            let grown = match times {
                1 => self.grow(topic, *count, dice),
                _ => refuse(ErrorCode::InvalidRequest, "Duplicate topic name."),
            };
            let (error, words) = match grown {
                Ok(records) => {
                    draft.records.extend(records);
                    (ErrorCode::None, None)
                }
                Err(refusal) => {
                    draft.rejected("CreatePartitions", topic.as_str(), &refusal);
                    refusal
                }
            };
            topics.push((topic.clone(), error, words));
        }
        CreatePartitionsResponse { topics }
    }

    fn grow(&self, topic: &TopicName, count: i32, dice: &dyn Dice) -> Result<Vec<MetadataRecord>, Refusal> {
        let known = self.topics.get(topic).ok_or((ErrorCode::UnknownTopicOrPartition, None))?;
        let now = i32::try_from(known.partitions.len()).unwrap_or(i32::MAX);
        if count == now {
            let words = format!("Topic already has {now} partition(s).");
            return refuse(ErrorCode::InvalidPartitions, words);
        }
        if count < now {
            let words = format!(
                "The topic {topic} currently has {now} partition(s); {count} would not be an increase."
            );
            return refuse(ErrorCode::InvalidPartitions, words);
        }
        check_count(count)?;
        let factor = known.partitions.first().map_or(1, |first| first.replicas.len());
        let more = usize::try_from(count.saturating_sub(now)).unwrap_or(0);
        // Placements of new topics count from 0; those of more partitions have throws of their own.
        let nth = (1 << 32) + u64::try_from(self.end.0).unwrap_or(0);
        let replicas = self.place(more, factor, nth, dice)?;
        self.new_partitions(topic, now, replicas)
    }

    pub(super) fn delete_topics(
        &self,
        request: &DeleteTopicsRequest,
        draft: &mut Draft,
    ) -> DeleteTopicsResponse {
        let mut topics = Vec::with_capacity(request.topics.len());
        for (at, topic) in request.topics.iter().enumerate() {
            let is_again = request.topics.iter().position(|other| other == topic) != Some(at);
            let error = match self.topics.contains_key(topic) {
                _ if is_again => ErrorCode::InvalidRequest,
                // Groups and transactions live there: here nobody may delete it.
                true if is_internal(topic.as_str()) => ErrorCode::InvalidRequest,
                true => {
                    draft.records.push(MetadataRecord::RemoveTopic { topic: topic.clone() });
                    ErrorCode::None
                }
                false => ErrorCode::UnknownTopicOrPartition,
            };
            if error != ErrorCode::None {
                draft.rejected("DeleteTopics", topic.as_str(), &(error, None));
            }
            topics.push((topic.clone(), error, None));
        }
        DeleteTopicsResponse { topics }
    }
}

fn check_count(partitions: i32) -> Result<(), Refusal> {
    if partitions < 1 {
        let words = "Number of partitions was set to an invalid non-positive value.";
        return refuse(ErrorCode::InvalidPartitions, words);
    }
    if partitions > limits::PARTITIONS_PER_TOPIC {
        let words = format!("A topic has at most {} partitions here.", limits::PARTITIONS_PER_TOPIC);
        return refuse(ErrorCode::InvalidPartitions, words);
    }
    Ok(())
}
