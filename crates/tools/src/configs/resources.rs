//! Settings of topics, brokers, groups and client metrics (`describeResourceConfig`, `alterResourceConfig`).

use super::{Failure, sentence};
use crate::cluster::broker;
use crate::configs_of::{Entry, LOGGERS, entries};
use crate::errors::Refused;
use crate::java_map;
use crate::shell::Shell;
use millrace_broker::topic::invalid_topic_reason;
use millrace_model::protocol::{AdminRequest, ConfigResource, ResourceKind};
use millrace_model::{ErrorCode, Span};

fn kind_of(entity_type: &str) -> ResourceKind {
    match entity_type {
        "brokers" => ResourceKind::Broker,
        "groups" => ResourceKind::Group,
        "client-metrics" => ResourceKind::ClientMetrics,
        _ => ResourceKind::Topic,
    }
}

/// Where a setting that was set comes from, by its resource.
fn source_of(kind: ResourceKind, name: &str) -> &'static str {
    match kind {
        ResourceKind::Broker if name.is_empty() => "DYNAMIC_DEFAULT_BROKER_CONFIG",
        ResourceKind::Broker => "DYNAMIC_BROKER_CONFIG",
        ResourceKind::Group => "DYNAMIC_GROUP_CONFIG",
        ResourceKind::ClientMetrics => "DYNAMIC_CLIENT_METRICS_CONFIG",
        ResourceKind::Topic | ResourceKind::Quota | ResourceKind::Scram => "DYNAMIC_TOPIC_CONFIG",
    }
}

/// Asks a broker, if there is one of that number.
fn wait_for(shell: &mut Shell<'_>, id: &str) -> Result<(), Failure> {
    let number = id.parse::<i64>().ok();
    let is_known = broker(shell.world())
        .is_some_and(|broker| broker.brokers().iter().any(|info| Some(i64::from(info.id.0)) == number));
    if is_known {
        return Ok(());
    }
    // Nobody answers for it.
    let until = shell.world().now() + Span::from_secs(30);
    shell.run_until(until);
    Err(Failure::Exception("java.util.concurrent.TimeoutException".to_owned()))
}

/// `--alter` of `broker-loggers`: says which of them there are not. Nothing logs here, and so no level is kept.
pub(super) fn alter_loggers(shell: &mut Shell<'_>, id: &str, keys: &[&str]) -> Result<(), Failure> {
    wait_for(shell, id)?;
    let is_unknown = |key: &&str| LOGGERS.iter().all(|(name, _)| name != key);
    let unknown: Vec<&str> = keys.iter().copied().filter(is_unknown).collect();
    if unknown.is_empty() {
        return sentence("Levels of loggers do not change here: nothing logs");
    }
    sentence(format!("Invalid broker logger(s): {}", unknown.join(",")))
}

/// `getResourceConfig`
fn resource_config(
    shell: &mut Shell<'_>,
    kind: ResourceKind,
    name: &str,
    all: bool,
) -> Result<Vec<Entry>, Failure> {
    let invalid = |words: String| Refused::new(ErrorCode::InvalidTopicException, Some(words.into()));
    let request = |words: &str| Err(Refused::new(ErrorCode::InvalidRequest, Some(words.into())).into());
    match kind {
        ResourceKind::Topic => {
            if let Some(reason) = invalid_topic_reason(name) {
                // An empty name is the broker's to refuse.
                let refused = invalid(reason);
                return Err(if name.is_empty() {
                    refused.into()
                } else {
                    Failure::Exception(refused.in_java())
                });
            }
            if broker(shell.world()).is_none_or(|broker| broker.topic(name).is_none()) {
                // DescribeConfigs says nothing more of it.
                return Err(Refused::new(ErrorCode::UnknownTopicOrPartition, Some("".into())).into());
            }
        }
        ResourceKind::Broker if !name.is_empty() => wait_for(shell, name)?,
        ResourceKind::Group if name.is_empty() => return request("Group name must not be empty"),
        ResourceKind::ClientMetrics if name.is_empty() => {
            return request("Client metrics subscription name must not be empty");
        }
        _ => {}
    }
    let source = source_of(kind, name);
    let mut found = entries(shell.world(), kind, name);
    found.retain(|entry| all || entry.source() == source);
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

pub(super) fn alter(
    shell: &mut Shell<'_>,
    entity_type: &str,
    name: &str,
    added: &[(String, String)],
    deleted: &[String],
) -> Result<(), Failure> {
    let kind = kind_of(entity_type);
    // Kafka asks for what is there first; a topic that is not there is refused only by what follows.
    let old = match resource_config(shell, kind, name, false) {
        Err(_)
            if kind == ResourceKind::Topic
                && deleted.is_empty()
                && !name.is_empty()
                && invalid_topic_reason(name).is_none() =>
        {
            Vec::new()
        }
        other => other?,
    };
    let unset: Vec<&str> = deleted
        .iter()
        .filter(|key| old.iter().all(|entry| entry.name != **key))
        .map(String::as_str)
        .collect();
    if !unset.is_empty() {
        return sentence(format!("Invalid config(s): {}", unset.join(",")));
    }
    if kind == ResourceKind::Broker {
        // A broker is given all its settings at once, and those that are secret are not known.
        let stays = |entry: &&Entry| {
            !deleted.contains(&entry.name) && added.iter().all(|(key, _)| *key != entry.name)
        };
        let secret: Vec<&str> =
            old.iter().filter(stays).filter(|entry| entry.is_sensitive).map(|entry| &*entry.name).collect();
        if !secret.is_empty() {
            return sentence(format!(
                "All sensitive broker config entries must be specified for --alter, missing entries: Set({})",
                secret.join(", ")
            ));
        }
    }
    let set = added.iter().map(|(key, value)| (key.as_str().into(), Some(value.as_str().into())));
    let unset = deleted.iter().map(|key| (key.as_str().into(), None));
    let request = AdminRequest::IncrementalAlterConfigs {
        resource: ConfigResource::new(kind, name),
        changes: set.chain(unset).collect(),
    };
    shell.administer(request)?;
    Ok(())
}

pub(super) fn describe(
    shell: &mut Shell<'_>,
    entity_type: &str,
    name: Option<&str>,
    all: bool,
) -> Result<(), Failure> {
    let kind = kind_of(entity_type);
    let names: Vec<String> = match name {
        Some(name) => vec![name.to_owned()],
        None => known(shell, entity_type),
    };
    for name in names {
        if name.is_empty() {
            shell.say(format!("Default configs for {entity_type} in the cluster are:"));
        } else {
            let which = if all { "All" } else { "Dynamic" };
            let one = entity_type.get(..entity_type.len().saturating_sub(1)).unwrap_or_default();
            shell.say(format!("{which} configs for {one} {name} are:"));
        }
        if entity_type == "broker-loggers" {
            wait_for(shell, &name)?;
            for (logger, level) in LOGGERS {
                shell.say(format!("  {logger}={level} sensitive=false synonyms={{}}"));
            }
            continue;
        }
        for entry in resource_config(shell, kind, &name, all)? {
            let synonyms: Vec<String> = entry
                .synonyms
                .iter()
                .map(|(source, name, value)| format!("{source}:{name}={value}"))
                .collect();
            shell.say(format!(
                "  {}={} sensitive={} synonyms={{{}}}",
                entry.name,
                entry.value,
                entry.is_sensitive,
                synonyms.join(", ")
            ));
        }
    }
    Ok(())
}

/// Everything of a type that is there.
fn known(shell: &Shell<'_>, entity_type: &str) -> Vec<String> {
    let Some(broker) = broker(shell.world()) else { return Vec::new() };
    match entity_type {
        "topics" => java_map::order_for(broker.topics().map(|topic| topic.name().to_string()).collect(), 0),
        "brokers" => {
            let ids = broker.brokers().iter().map(|info| info.id.to_string());
            ids.chain([String::new()]).collect()
        }
        "groups" => java_map::order_for(broker.groups().map(|group| group.id().to_string()).collect(), 0),
        "client-metrics" => {
            let all = broker.configs().keys().filter(|known| known.kind == ResourceKind::ClientMetrics);
            all.map(|known| known.name.to_string()).collect()
        }
        _ => Vec::new(),
    }
}
