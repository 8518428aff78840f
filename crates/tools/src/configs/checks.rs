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
            if let Some(ip) = given.value(option)?.filter(|ip| !is_address(ip)) {
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

/// What Java takes for an address, and the one name that every machine knows; nothing else is resolved here.
pub(super) fn is_address(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    // The last of fewer than four numbers stands for all the bytes that are left.
    let is_v4 = parts.len() <= 4
        && parts.iter().enumerate().all(|(at, part)| {
            let left = if at + 1 == parts.len() {
                5_u32.saturating_sub(u32::try_from(parts.len()).unwrap_or(5))
            } else {
                1
            };
            let is_number = !part.is_empty() && part.bytes().all(|c| c.is_ascii_digit());
            is_number && part.parse::<u64>().is_ok_and(|number| number < 1 << (8 * left))
        });
    let v6 = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    text.is_empty() || is_v4 || v6.parse::<std::net::Ipv6Addr>().is_ok() || text == "localhost"
}

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn addresses_are_those_of_java() {
        assert!(
            ["10.0.0.1", "10.1", "1.2.65535", "::1", "[::1]", "localhost", "7"].into_iter().all(is_address)
        );
        assert!(
            !["300.1.1.1", "1.2.3.4.5", "1.2.3.256", "nohost", "not an ip", "1..2"]
                .into_iter()
                .any(is_address)
        );
    }
}
