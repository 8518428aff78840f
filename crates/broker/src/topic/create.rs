//! CreateTopics and CreatePartitions (`ReplicationControlManager`): what is checked, in Kafka's words.

use super::{Topic, invalid_topic_reason, unify_collision_chars};
use crate::assignor::TopicId;
use crate::{Broker, CONSUMER_OFFSETS, Event, Outcome, RequestId};
use millrace_model::config::topic::TopicConfig;
use millrace_model::protocol::{
    CreatePartitionsRequest, CreatePartitionsResponse, CreateTopicsRequest, CreateTopicsResponse, NewTopic,
};
use millrace_model::{Dice, ErrorCode, Map, Response, TopicName, limits};
use std::sync::Arc;

type Answer = (ErrorCode, Option<Arc<str>>);

fn error<T>(code: ErrorCode, words: impl Into<Arc<str>>) -> Result<T, Answer> {
    Err((code, Some(words.into())))
}

pub(crate) fn create_topics(
    broker: &Broker,
    from: RequestId,
    request: &CreateTopicsRequest,
    dice: &dyn Dice,
) -> Outcome {
    let mut times: Map<&TopicName, usize> = Map::new();
    for topic in &request.topics {
        *times.entry(&topic.name).or_default() += 1;
    }
    let mut outcome = Outcome::default();
    let mut answers = Vec::with_capacity(request.topics.len());
    for topic in &request.topics {
        let checked = if times.get(&topic.name).is_some_and(|times| *times > 1) {
            error(ErrorCode::InvalidRequest, "Duplicate topic name.")
        } else {
            check(broker, topic, created_so_far(&outcome), dice)
        };
        let (code, words) = match checked {
            Ok(event) => {
                outcome.events.push(event);
                (ErrorCode::None, None)
            }
            Err(answer) => answer,
        };
        if code != ErrorCode::None {
            outcome.events.push(Event::rejected("CreateTopics", topic.name.as_str(), code, words.as_deref()));
        }
        answers.push((topic.name.clone(), code, words));
    }
    outcome.replies.push((from, Response::CreateTopics(CreateTopicsResponse { topics: answers })));
    outcome
}

/// The creation of one topic, or why not. `more` topics are being created by the same request.
fn check(broker: &Broker, topic: &NewTopic, more: usize, dice: &dyn Dice) -> Result<Event, Answer> {
    let name = topic.name.as_str();
    if broker.topic(name).is_some() {
        return error(ErrorCode::TopicAlreadyExists, format!("Topic '{name}' already exists."));
    }
    if let Some(reason) = invalid_topic_reason(name) {
        return error(ErrorCode::InvalidTopicException, reason);
    }
    if let Some(other) = colliding(broker, name) {
        let words = format!("Topic '{name}' collides with existing topic: {other}");
        return error(ErrorCode::InvalidTopicException, words);
    }
    let replication_factor = match topic.replication_factor {
        None | Some(-1) => 1,
        Some(n) if n < 1 => {
            return error(
                ErrorCode::InvalidReplicationFactor,
                "Replication factor must be larger than 0, or -1 to use the default value.",
            );
        }
        Some(n) => n,
    };
    let partitions = match topic.partitions {
        None | Some(-1) => broker.config().num_partitions,
        Some(n) => n,
    };
    check_count(partitions, "Number of partitions was set to an invalid non-positive value.")?;
    let brokers = broker.brokers().len();
    if usize::try_from(replication_factor).is_ok_and(|n| n > brokers) {
        let words = format!(
            "Unable to replicate the partition {replication_factor} time(s): The target replication factor of \
             {replication_factor} cannot be reached because only {brokers} broker(s) are registered."
        );
        return error(ErrorCode::InvalidReplicationFactor, words);
    }
    if broker.topics().len() + more >= limits::TOPICS {
        return error(
            ErrorCode::PolicyViolation,
            format!("This cluster holds at most {} topics.", limits::TOPICS),
        );
    }
    let id = topic_id(broker, more, dice);
    Ok(created(broker, topic.name.clone(), id, partitions, topic.config.clone()))
}

fn check_count(partitions: i32, too_few: &str) -> Result<(), Answer> {
    if partitions < 1 {
        return error(ErrorCode::InvalidPartitions, too_few);
    }
    if partitions > limits::PARTITIONS_PER_TOPIC {
        let words = format!("A topic has at most {} partitions here.", limits::PARTITIONS_PER_TOPIC);
        return error(ErrorCode::InvalidPartitions, words);
    }
    Ok(())
}

fn colliding<'a>(broker: &'a Broker, name: &str) -> Option<&'a TopicName> {
    if !name.contains(['.', '_']) {
        return None;
    }
    let unified = unify_collision_chars(name);
    broker.topics().map(Topic::name).find(|other| unify_collision_chars(other.as_str()) == unified)
}

/// A random id (`Uuid.randomUuid`); `more` topics are being created by the same request.
fn topic_id(broker: &Broker, more: usize, dice: &dyn Dice) -> TopicId {
    let stream = format!("broker-{}/topic-id", broker.id());
    let n = broker.topics_created().saturating_add(more as u64).saturating_mul(2);
    let half = |n| dice.roll(&stream, n).cast_signed();
    TopicId { most: half(n), least: half(n.saturating_add(1)) }
}

fn created_so_far(outcome: &Outcome) -> usize {
    outcome.events.iter().filter(|event| matches!(event, Event::TopicCreated { .. })).count()
}

fn created(broker: &Broker, topic: TopicName, id: TopicId, partitions: i32, config: TopicConfig) -> Event {
    let internal = crate::is_internal(topic.as_str());
    Event::TopicCreated { topic, id, partitions, config, internal, leader: broker.id() }
}

/// The creation of a topic that somebody used before it was there (`AutoTopicCreationManager`).
pub(crate) fn creation(
    broker: &Broker,
    name: &TopicName,
    more: usize,
    dice: &dyn Dice,
) -> Result<Event, Answer> {
    let internal = name.as_str() == CONSUMER_OFFSETS;
    let new = NewTopic {
        name: name.clone(),
        partitions: internal.then(|| broker.config().offsets_topic_num_partitions),
        replication_factor: None,
        config: TopicConfig::default(),
    };
    check(broker, &new, more, dice)
}

pub(crate) fn create_partitions(
    broker: &Broker,
    from: RequestId,
    request: &CreatePartitionsRequest,
) -> Outcome {
    let mut times: Map<&TopicName, usize> = Map::new();
    for (topic, _) in &request.topics {
        *times.entry(topic).or_default() += 1;
    }
    let mut outcome = Outcome::default();
    let mut answers = Vec::with_capacity(request.topics.len());
    for (topic, count) in &request.topics {
        let checked = if times.get(topic).is_some_and(|times| *times > 1) {
            error(ErrorCode::InvalidRequest, "Duplicate topic name.")
        } else {
            check_growth(broker, topic, *count)
        };
        let (code, words) = match checked {
            Ok(from) => {
                let topic = topic.clone();
                outcome.events.push(Event::PartitionsAdded { topic, from, to: *count, leader: broker.id() });
                (ErrorCode::None, None)
            }
            Err(answer) => answer,
        };
        if code != ErrorCode::None {
            outcome.events.push(Event::rejected("CreatePartitions", topic.as_str(), code, words.as_deref()));
        }
        answers.push((topic.clone(), code, words));
    }
    outcome.replies.push((from, Response::CreatePartitions(CreatePartitionsResponse { topics: answers })));
    outcome
}

/// The present count, if `count` is more.
fn check_growth(broker: &Broker, name: &TopicName, count: i32) -> Result<i32, Answer> {
    let Some(topic) = broker.topic(name.as_str()) else {
        return Err((ErrorCode::UnknownTopicOrPartition, None));
    };
    let now = topic.partition_count();
    if count == now {
        return error(ErrorCode::InvalidPartitions, format!("Topic already has {now} partition(s)."));
    }
    if count < now {
        let words =
            format!("The topic {name} currently has {now} partition(s); {count} would not be an increase.");
        return error(ErrorCode::InvalidPartitions, words);
    }
    check_count(count, "")?;
    Ok(now)
}
