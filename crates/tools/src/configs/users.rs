//! Quotas of users, clients and addresses, and SCRAM credentials. They are kept; brokers throttle by those of users and clients,
//! and nobody is asked for a password.

use super::entity::Entity;
use super::{Failure, sentence};
use crate::cluster::broker;
use crate::java_map;
use crate::java_number;
use crate::shell::Shell;
use millrace_model::protocol::{AdminRequest, ConfigChanges, ConfigResource, ResourceKind};

/// Quotas of users and clients (`QuotaConfig`).
const QUOTAS: [&str; 4] =
    ["producer_byte_rate", "consumer_byte_rate", "request_percentage", "controller_mutation_rate"];
/// Quotas of addresses.
const IP_QUOTAS: [&str; 1] = ["connection_creation_rate"];
/// `ScramMechanism`
const SCRAM: [&str; 2] = ["SCRAM-SHA-256", "SCRAM-SHA-512"];
const MIN_ITERATIONS: i64 = 4096;
const MAX_ITERATIONS: i64 = 16384;

type Added = [(String, String)];

pub(super) fn alter(
    shell: &mut Shell<'_>,
    entity: &Entity,
    added: &Added,
    deleted: &[String],
) -> Result<(), Failure> {
    let is_quota = |key: &str| QUOTAS.contains(&key);
    let is_scram = |key: &str| SCRAM.contains(&key);
    let of_client = entity.types.first().is_some_and(|kind| kind == "clients") || entity.types.len() == 2;
    let is_unknown = |key: &str| !is_quota(key) && (of_client || !is_scram(key));
    let (what, whose) =
        if of_client { ("quota", "clients") } else { ("quota and SCRAM credential", "users") };
    let refuse = |verb: &str, names: Vec<&str>, list: &str| {
        let names = names.join(", ");
        sentence(format!(
            "Only {what} configs can be {verb} for '{whose}' using --bootstrap-server. Unexpected config names: {list}({names})"
        ))
    };
    let unknown: Vec<&str> =
        added.iter().map(|(key, _)| key.as_str()).filter(|key| is_unknown(key)).collect();
    if !unknown.is_empty() {
        return refuse("added", unknown, "Set");
    }
    let unknown: Vec<&str> = deleted.iter().map(String::as_str).filter(|key| is_unknown(key)).collect();
    if !unknown.is_empty() {
        return refuse("deleted", unknown, "ArrayBuffer");
    }
    let keys = || added.iter().map(|(key, _)| key.as_str()).chain(deleted.iter().map(String::as_str));
    let has_quotas = keys().any(is_quota);
    if !of_client && keys().any(is_scram) {
        if entity.names.iter().any(String::is_empty) {
            return sentence(
                "The use of --entity-default or --user-defaults is not allowed with User SCRAM Credentials using \
                 --bootstrap-server.",
            );
        }
        if has_quotas {
            return sentence(
                "Cannot alter both quota and SCRAM credential configs simultaneously for 'users' using --bootstrap-server.",
            );
        }
        let name = entity.names.first().map(String::as_str).unwrap_or_default();
        return alter_scram(shell, name, added, deleted);
    }
    alter_quotas(shell, entity, added, deleted)
}

pub(super) fn alter_ips(
    shell: &mut Shell<'_>,
    entity: &Entity,
    added: &Added,
    deleted: &[String],
) -> Result<(), Failure> {
    let keys = added.iter().map(|(key, _)| key.as_str()).chain(deleted.iter().map(String::as_str));
    let unknown: Vec<&str> = keys.filter(|key| !IP_QUOTAS.contains(key)).collect();
    if !unknown.is_empty() {
        return sentence(format!(
            "Only connection quota configs can be added for 'ips' using --bootstrap-server. Unexpected config names: {}",
            unknown.join(",")
        ));
    }
    alter_quotas(shell, entity, added, deleted)
}

fn alter_quotas(
    shell: &mut Shell<'_>,
    entity: &Entity,
    added: &Added,
    deleted: &[String],
) -> Result<(), Failure> {
    let names = entity.names.iter().map(|name| Some(name.as_str()).filter(|name| !name.is_empty()));
    let mut parts: Vec<(&str, Option<&str>)> = entity.types.iter().map(String::as_str).zip(names).collect();
    // One entity, however it was written: users come before clients.
    parts.sort_by_key(|(kind, _)| std::cmp::Reverse(*kind));
    let resource = ConfigResource::quota(parts);
    let old = broker(shell.world()).and_then(|broker| broker.configs().get(&resource));
    let unset: Vec<&str> = deleted
        .iter()
        .map(String::as_str)
        .filter(|key| old.is_none_or(|old| !old.contains_key(*key)))
        .collect();
    if !unset.is_empty() {
        return sentence(format!("Invalid config(s): {}", unset.join(",")));
    }
    let mut changes = ConfigChanges::new();
    for (key, value) in added {
        let Some(number) = java_number::read_double(value) else {
            return sentence(format!("Cannot parse quota configuration value for {key}: {value}"));
        };
        changes.push((key.as_str().into(), Some(java_number::double(number).into())));
    }
    changes.extend(deleted.iter().map(|key| (key.as_str().into(), None)));
    if !changes.is_empty() {
        shell.administer(AdminRequest::IncrementalAlterConfigs { resource, changes })?;
    }
    Ok(())
}

/// The credential is refused by the client or by the controller.
fn unacceptable<T>(words: &str) -> Result<T, Failure> {
    Err(Failure::Exception(format!(
        "java.util.concurrent.ExecutionException: org.apache.kafka.common.errors.UnacceptableCredentialException: {words}"
    )))
}

fn alter_scram(shell: &mut Shell<'_>, user: &str, added: &Added, deleted: &[String]) -> Result<(), Failure> {
    let mut changes = ConfigChanges::new();
    for (mechanism, text) in added {
        let invalid = || sentence(format!("Invalid credential property {mechanism}={text}"));
        let (iterations, password) = match text.split_once(',') {
            Some((first, rest)) if first.starts_with("iterations=") => {
                (first.trim_start_matches("iterations="), rest)
            }
            _ => ("", text.as_str()),
        };
        if !password.starts_with("password=") {
            return invalid();
        }
        let iterations: i64 = match iterations {
            "" | "-1" => MIN_ITERATIONS,
            digits => match digits.parse() {
                Ok(number) => number,
                Err(_) => return invalid(),
            },
        };
        if password == "password=" {
            return unacceptable("Password must not be empty");
        }
        if iterations > MAX_ITERATIONS {
            return unacceptable("Too many iterations");
        }
        if iterations < MIN_ITERATIONS {
            return sentence(format!(
                "Iterations {iterations} is less than the minimum {MIN_ITERATIONS} required for {mechanism}"
            ));
        }
        // The password stays here.
        changes.push((mechanism.as_str().into(), Some(format!("iterations={iterations}").into())));
    }
    changes.extend(deleted.iter().map(|key| (key.as_str().into(), None)));
    let resource = ConfigResource::new(ResourceKind::Scram, user);
    let old = broker(shell.world()).and_then(|broker| broker.configs().get(&resource));
    if deleted.iter().any(|key| old.is_none_or(|old| !old.contains_key(key.as_str()))) {
        return Err(Failure::Exception(
            "java.util.concurrent.ExecutionException: org.apache.kafka.common.errors.ResourceNotFoundException: \
             Attempt to delete a user credential that does not exist"
                .to_owned(),
        ));
    }
    shell.administer(AdminRequest::IncrementalAlterConfigs { resource, changes })?;
    Ok(())
}

pub(super) fn describe(shell: &mut Shell<'_>, entity: &Entity, with_scram: bool) -> Result<(), Failure> {
    if entity.names.len() > entity.types.len() {
        return sentence("More entity names specified than entity types");
    }
    let Some(broker) = broker(shell.world()) else { return Ok(()) };
    let mut lines = Vec::new();
    for (resource, settings) in broker.configs() {
        if resource.kind != ResourceKind::Quota {
            continue;
        }
        let parts = resource.entity();
        let fits = |(at, kind): (usize, &String)| {
            let wanted = entity.names.get(at);
            parts.iter().any(|(known, name)| {
                known == kind && wanted.is_none_or(|wanted| wanted == name.as_deref().unwrap_or_default())
            })
        };
        if parts.len() != entity.types.len() || !entity.types.iter().enumerate().all(fits) {
            continue;
        }
        let shown: Vec<String> = parts
            .iter()
            .map(|(kind, name)| {
                let kind = match kind.as_str() {
                    "users" => "user-principal",
                    "clients" => "client-id",
                    _ => "ip",
                };
                match name {
                    Some(name) => format!("{kind} '{name}'"),
                    None => format!("the default {kind}"),
                }
            })
            .collect();
        let keys = java_map::order(settings.keys().map(ToString::to_string).collect());
        let values: Vec<String> = keys
            .iter()
            .filter_map(|key| settings.get(key.as_str()).map(|value| format!("{key}={value}")))
            .collect();
        lines.push(format!("Quota configs for {} are {}", shown.join(", "), values.join(", ")));
    }
    let of_client = entity.types.iter().any(|kind| kind == "clients");
    if with_scram && !of_client && !entity.names.iter().any(String::is_empty) {
        for (resource, settings) in broker.configs() {
            let is_wanted =
                entity.names.is_empty() || entity.names.iter().any(|name| **name == *resource.name);
            if resource.kind == ResourceKind::Scram && is_wanted {
                let shown: Vec<String> =
                    settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
                lines.push(format!(
                    "SCRAM credential configs for user-principal '{}' are {}",
                    resource.name,
                    shown.join(", ")
                ));
            }
        }
    }
    for line in lines {
        shell.say(line);
    }
    Ok(())
}
