//! `kafka-topics --create`.

use super::{Failure, assignment, refusal};
use crate::errors::Refused;
use crate::options::Given;
use crate::shell::Shell;
use millrace_broker::config::validate_topic;
use millrace_model::config::topic::TopicConfig;
use millrace_model::protocol::{ControllerRequest, CreateTopicsRequest, NewTopic};
use millrace_model::{BrokerId, ErrorCode, Map, Profile, Request, Response, TopicName};
use millrace_sim::{ClusterCommand, Command};

/// What a topic is to be like (`CommandTopicPartition`).
pub(super) struct NewTopicOptions {
    pub name: String,
    pub partitions: Option<i32>,
    pub replication_factor: Option<i32>,
    pub assignment: Option<Vec<Vec<i32>>>,
    pub config: TopicConfig,
}

impl NewTopicOptions {
    pub fn read(given: &Given, profile: Profile) -> Result<NewTopicOptions, Failure> {
        let name = given.value("topic")?.unwrap_or_default().to_owned();
        let partitions = given.number("partitions")?;
        let replication_factor = given.number("replication-factor")?;
        let assignment = match given.value("replica-assignment")? {
            Some(text) if !text.is_empty() => Some(assignment::parse(text)?),
            _ => None,
        };
        Ok(NewTopicOptions {
            name,
            partitions,
            replication_factor,
            assignment,
            config: config(given, profile)?,
        })
    }
}

/// `parseTopicConfigsToBeAdded`
fn config(given: &Given, profile: Profile) -> Result<TopicConfig, Failure> {
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for text in given.values("config") {
        let parts: Vec<&str> = text.split('=').collect();
        match parts.as_slice() {
            [key, value] if !value.trim().is_empty() => {
                let (key, value) = (key.trim(), value.trim());
                pairs.retain(|(known, _)| *known != key);
                pairs.push((key, value));
            }
            _ => {
                return Err(Failure::illegal(
                    "requirement failed: Invalid topic config: all configs to be added must be in the format \"key=val\".",
                ));
            }
        }
    }
    validate_topic(pairs.iter().copied(), profile)?;
    let mut config = TopicConfig::default();
    for (key, value) in pairs {
        config.set(key, Some(value));
    }
    Ok(config)
}

pub(super) fn create(shell: &mut Shell<'_>, given: &Given) -> Result<(), Failure> {
    let new = NewTopicOptions::read(given, shell.world().profile())?;
    if new.name.contains(['.', '_']) {
        shell.say(
            "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could collide. To \
             avoid issues it is best to use either, but not both.",
        );
    }
    let replication_factor = match new.replication_factor.map(|n| (i16::try_from(n), n)) {
        None => None,
        Some((Ok(short), 1..)) => Some(short),
        Some(_) => {
            return Err(Failure::illegal("The replication factor must be between 1 and 32767 inclusive"));
        }
    };
    if new.partitions.is_some_and(|n| n < 1) {
        return Err(Failure::illegal("The partitions must be greater than 0"));
    }
    if new.name.is_empty() {
        let words = "The given topic name '' cannot be represented in a request.";
        return Err(Refused::new(ErrorCode::InvalidTopicException, Some(words.into())).into());
    }
    let topic = TopicName::from(&*new.name);
    let count = new.assignment.as_ref().map(|assignment| i32::try_from(assignment.len()).unwrap_or(i32::MAX));
    let asked = NewTopic {
        name: topic.clone(),
        partitions: count.or(new.partitions),
        replication_factor,
        config: new.config,
    };
    let request = CreateTopicsRequest { topics: vec![asked.clone()] };
    // A controller checks an assignment itself.
    let assigned = new.assignment.as_ref().filter(|_| shell.world().controller().is_some());
    let assigned: Option<Vec<Vec<BrokerId>>> = assigned.map(|all| {
        let brokers = |ids: &Vec<i32>| ids.iter().copied().map(BrokerId).collect();
        all.iter().map(brokers).collect()
    });
    let request = match &assigned {
        Some(replicas) => {
            let new = NewTopic { partitions: None, ..asked.clone() };
            let request = CreateTopicsRequest { topics: vec![new] };
            let by_hand = Map::from([(topic.clone(), replicas.clone())]);
            Request::Controller(Box::new(ControllerRequest::CreateTopics(request, by_hand)))
        }
        None => Request::CreateTopics(request),
    };
    let NewTopic { partitions, replication_factor, config, .. } = asked;
    let command = match &assigned {
        Some(replicas) => {
            let (topic, replicas) = (topic.clone(), replicas.clone());
            Command::Cluster(Box::new(ClusterCommand::CreateTopic { topic, config, replicas }))
        }
        None => Command::CreateTopic { topic: topic.clone(), partitions, replication_factor, config },
    };
    shell.await_controller("createTopics", Some(command.clone())).map_err(Failure::timeout)?;
    let refused = match shell.ask(request) {
        Some(Response::CreateTopics(answer)) => refusal(answer.topics),
        _ => None,
    };
    let refused = refused.or_else(|| {
        let assignment = new.assignment.as_ref().filter(|_| assigned.is_none())?;
        assignment::check(shell, assignment, None).err()
    });
    match refused {
        Some(refused) if refused.error == ErrorCode::TopicAlreadyExists && given.has("if-not-exists") => {
            Ok(())
        }
        Some(refused) => Err(refused.into()),
        None => {
            shell.execute(command).map_err(Failure::illegal)?;
            shell.say(format!("Created topic {}.", new.name));
            Ok(())
        }
    }
}
