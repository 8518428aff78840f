//! `kafka-topics --create`.

use super::{Failure, assignment, refusal};
use crate::errors::Refused;
use crate::options::Given;
use crate::shell::Shell;
use millrace_broker::config::validate_topic;
use millrace_model::config::topic::TopicConfig;
use millrace_model::protocol::{CreateTopicsRequest, NewTopic};
use millrace_model::{ErrorCode, Request, Response, TopicName};
use millrace_sim::Command;

/// What a topic is to be like (`CommandTopicPartition`).
pub(super) struct NewTopicOptions {
    pub name: String,
    pub partitions: Option<i32>,
    pub replication_factor: Option<i32>,
    pub assignment: Option<Vec<Vec<i32>>>,
    pub config: TopicConfig,
}

impl NewTopicOptions {
    pub fn read(given: &Given) -> Result<NewTopicOptions, Failure> {
        let name = given.value("topic")?.unwrap_or_default().to_owned();
        let partitions = given.number("partitions")?;
        let replication_factor = given.number("replication-factor")?;
        let assignment = match given.value("replica-assignment")? {
            Some(text) if !text.is_empty() => Some(assignment::parse(text)?),
            _ => None,
        };
        Ok(NewTopicOptions { name, partitions, replication_factor, assignment, config: config(given)? })
    }
}

/// `parseTopicConfigsToBeAdded`
fn config(given: &Given) -> Result<TopicConfig, Failure> {
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
    validate_topic(pairs.iter().copied())?;
    let mut config = TopicConfig::default();
    for (key, value) in pairs {
        config.set(key, Some(value));
    }
    Ok(config)
}

pub(super) fn create(shell: &mut Shell<'_>, given: &Given) -> Result<(), Failure> {
    let new = NewTopicOptions::read(given)?;
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
    let refused = match shell.ask(Request::CreateTopics(request)) {
        Some(Response::CreateTopics(answer)) => refusal(answer.topics),
        _ => None,
    };
    let refused = refused.or_else(|| {
        let assignment = new.assignment.as_ref()?;
        assignment::check(shell, assignment, None).err()
    });
    match refused {
        Some(refused) if refused.error == ErrorCode::TopicAlreadyExists && given.has("if-not-exists") => {
            Ok(())
        }
        Some(refused) => Err(refused.into()),
        None => {
            let NewTopic { partitions, replication_factor, config, .. } = asked;
            let command = Command::CreateTopic { topic, partitions, replication_factor, config };
            shell.execute(command).map_err(Failure::illegal)?;
            shell.say(format!("Created topic {}.", new.name));
            Ok(())
        }
    }
}
