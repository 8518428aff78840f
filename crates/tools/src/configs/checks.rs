//! Which options of `kafka-configs` go together (`ConfigCommandOptions.checkArgs`).

use super::entity::{DEFAULT_FLAGS, Entity, FLAGS};
use super::{Failure, GRAMMAR, sentence};
use crate::options::{Given, exclusive, usage};
use crate::shell::Shell;

const TYPES: [&str; 8] =
    ["topics", "clients", "users", "brokers", "ips", "broker-loggers", "client-metrics", "groups"];

/// Types that have a default.
const WITH_DEFAULT: [&str; 4] = ["users", "clients", "brokers", "ips"];

pub(super) fn check(shell: &mut Shell<'_>, given: &Given, entity: &Entity) -> Result<(), Failure> {
    if given.has("alter") == given.has("describe") {
        let words = "Command must include exactly one action: --describe, --alter";
        return Err(usage(shell, &GRAMMAR, words).into());
    }
    exclusive(shell, &GRAMMAR, given, ("describe", &["alter", "add-config", "delete-config"]))?;
    let types = &entity.types;
    let twice: Vec<&str> = types
        .iter()
        .enumerate()
        .filter(|(at, kind)| types.iter().take(*at).any(|other| other == *kind))
        .map(|(_, kind)| kind.as_str())
        .collect();
    if !twice.is_empty() {
        return sentence(format!("Duplicate entity type(s) specified: {}", twice.join(",")));
    }
    let has_server = given.has("bootstrap-server") || given.has("bootstrap-controller");
    let (allowed, connection): (&[&str], &str) = if has_server {
        (&TYPES, "--bootstrap-server or --bootstrap-controller")
    } else {
        (&["users", "brokers"], "--zookeeper")
    };
    if let Some(kind) = types.iter().find(|kind| !allowed.contains(&kind.as_str())) {
        return sentence(format!(
            "Invalid entity type {kind}, the entity type must be one of {} with a {connection} argument",
            allowed.join(", ")
        ));
    }
    if types.is_empty() {
        return sentence("At least one entity type must be specified");
    }
    if types.len() > 1 && !types.iter().all(|kind| matches!(kind.as_str(), "users" | "clients")) {
        return sentence("Only 'users' and 'clients' entity types may be specified together");
    }
    let is_general = ["entity-name", "entity-type", "entity-default"].iter().any(|name| given.has(name));
    if is_general && FLAGS.iter().chain(&DEFAULT_FLAGS).any(|(option, _)| given.has(option)) {
        return sentence(
            "--entity-{type,name,default} should not be used in conjunction with specific entity flags",
        );
    }
    match ["bootstrap-server", "bootstrap-controller", "zookeeper"]
        .iter()
        .filter(|name| given.has(name))
        .count()
    {
        0 => {
            return sentence(
                "One of the required --bootstrap-server, --boostrap-controller, or --zookeeper arguments must be specified",
            );
        }
        1 => {}
        _ => {
            return sentence(
                "Only one of --bootstrap-server, --boostrap-controller, and --zookeeper can be specified",
            );
        }
    }
    if given.has("all") && given.has("zookeeper") {
        return sentence("--bootstrap-server must be specified for --all");
    }
    if given.has("zk-tls-config-file") && !given.has("zookeeper") {
        return sentence("Only the --zookeeper option can be used with the --zk-tls-config-file option.");
    }
    let has_name = entity.names.iter().any(|name| !name.is_empty());
    let has_default = entity.names.iter().any(String::is_empty);
    let first = types.first().map(String::as_str).unwrap_or_default();
    if has_name && entity.is_of(&["brokers", "broker-loggers"]) {
        for option in ["entity-name", "broker", "broker-logger"] {
            if let Some(id) = given.value(option)?.filter(|id| id.parse::<i32>().is_err()) {
                return sentence(format!(
                    "The entity name for {first} must be a valid integer broker id, but it is: {id}"
                ));
            }
        }
    }
    if has_name && entity.is_of(&["ips"]) {
        for option in ["entity-name", "ip"] {
            if let Some(ip) = given.value(option)?.filter(|ip| !may_be_a_host(ip)) {
                return sentence(format!(
                    "The entity name for {first} must be a valid IP or resolvable host, but it is: {ip}"
                ));
            }
        }
    }
    if given.has("describe") {
        if !entity.is_of(&WITH_DEFAULT) && given.has("entity-default") {
            return sentence(format!(
                "--entity-default must not be specified with --describe of {}",
                types.join(",")
            ));
        }
        if entity.is_of(&["broker-loggers"]) && !has_name {
            return sentence(format!(
                "An entity name must be specified with --describe of {}",
                types.join(",")
            ));
        }
        return Ok(());
    }
    check_alter(given, entity, (has_name, has_default))
}

fn check_alter(given: &Given, entity: &Entity, (has_name, has_default): (bool, bool)) -> Result<(), Failure> {
    if entity.is_of(&WITH_DEFAULT) {
        if !has_name && !has_default {
            return sentence(
                "An entity-name or default entity must be specified with --alter of users, clients, brokers or ips",
            );
        }
    } else if !has_name {
        return sentence(format!(
            "An entity name must be specified with --alter of {}",
            entity.types.join(",")
        ));
    }
    match (given.has("add-config"), given.has("add-config-file"), given.has("delete-config")) {
        (true, true, _) => sentence("Only one of --add-config or --add-config-file must be specified"),
        (false, false, false) => sentence(
            "At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter",
        ),
        _ => Ok(()),
    }
}

/// Nothing is resolved here: what can be a name of a host is one.
fn may_be_a_host(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':'))
}
