//! `kafka-configs` (`ConfigCommand`): settings of topics, brokers and groups here and in [`resources`], quotas and SCRAM
//! credentials in [`users`].

mod add;
mod checks;
mod entity;
mod resources;
#[cfg(test)]
mod tests;
mod users;

pub(crate) use add::properties;

use crate::admin::load;
use crate::cluster::check_bootstrap;
use crate::errors::Refused;
use crate::options::{Given, Grammar, Opt, OptionError, help_or_version};
use crate::shell::{Exit, Shell};
use entity::Entity;

const ABOUT: &str = "This tool helps to manipulate and describe entity config for a topic, client, user, broker, ip, \
                     client-metrics or group";

const GRAMMAR: Grammar = Grammar {
    options: &[
        Opt::value("zookeeper", "urls", "not for this cluster"),
        Opt::value("bootstrap-server", "host:port", "the cluster"),
        Opt::value("bootstrap-controller", "host:port", "the controllers"),
        Opt::value("command-config", "file", "settings of the admin client"),
        Opt::flag("alter", "changes settings"),
        Opt::flag("describe", "shows settings"),
        Opt::flag("all", "shows also those that are not set"),
        Opt::value(
            "entity-type",
            "type",
            "topics, clients, users, brokers, broker-loggers, ips, client-metrics or groups",
        ),
        Opt::value("entity-name", "name", "whose settings"),
        Opt::flag("entity-default", "the defaults of clients, users, brokers or ips"),
        Opt::value("add-config", "k=v,k=[v,v]", "settings to set"),
        Opt::value("add-config-file", "file", "a properties file of settings to set"),
        Opt::value("delete-config", "k,k", "settings to take back"),
        Opt::flag("force", "asks nothing"),
        Opt::value("topic", "topic", "a topic's settings"),
        Opt::value("client", "client id", "a client's quotas"),
        Opt::flag("client-defaults", "the default quotas of clients"),
        Opt::value("user", "user", "a user's quotas and credentials"),
        Opt::flag("user-defaults", "the default quotas of users"),
        Opt::value("broker", "id", "a broker's settings"),
        Opt::flag("broker-defaults", "the default settings of brokers"),
        Opt::value("broker-logger", "id", "a broker's loggers"),
        Opt::flag("ip-defaults", "the default quotas of addresses"),
        Opt::value("ip", "address", "an address's quotas"),
        Opt::value("group", "group", "a group's settings"),
        Opt::value("client-metrics", "name", "a subscription to client metrics"),
        Opt::value("zk-tls-config-file", "file", "not for this cluster"),
    ],
};

/// What ends the tool with exit code 1.
enum Failure {
    /// The sentence (`IllegalArgumentException`, `InvalidConfigurationException`, `OptionException`).
    Sentence(String),
    /// The arguments, and what Java prints of an exception.
    Exception(String),
    /// It was said already.
    Exit(Exit),
}

impl From<Exit> for Failure {
    fn from(exit: Exit) -> Failure {
        Failure::Exit(exit)
    }
}

impl From<OptionError> for Failure {
    fn from(error: OptionError) -> Failure {
        Failure::Sentence(error.words)
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Failure {
        Failure::Exception(format!("java.util.concurrent.ExecutionException: {}", refused.in_java()))
    }
}

fn sentence<T>(words: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::Sentence(words.into()))
}

pub(crate) fn run(shell: &mut Shell<'_>, arguments: &[String]) -> Result<(), Exit> {
    match try_run(shell, arguments) {
        Ok(()) => Ok(()),
        Err(Failure::Exit(exit)) => Err(exit),
        Err(Failure::Sentence(words)) => Err(shell.die(&words)),
        Err(Failure::Exception(text)) => {
            shell.complain(format!(
                "Error while executing config command with args '{}'",
                arguments.join(" ")
            ));
            Err(shell.die(&text))
        }
    }
}

fn try_run(shell: &mut Shell<'_>, arguments: &[String]) -> Result<(), Failure> {
    let given = GRAMMAR.parse(arguments)?;
    help_or_version(shell, &GRAMMAR, &given, (arguments.is_empty(), ABOUT))?;
    let entity = Entity::of(&given)?;
    checks::check(shell, &given, &entity)?;
    if given.has("zookeeper") {
        shell.say("Warning: --zookeeper is deprecated and will be removed in a future version of Kafka.");
        shell.say("Use --bootstrap-server instead to specify a broker to connect to.");
        return Err(Failure::Exception(
            "org.apache.kafka.common.KafkaException: there is no ZooKeeper here".to_owned(),
        ));
    }
    if let Err(path) = load(shell, given.value("command-config")?) {
        return Err(Failure::Exception(format!("java.nio.file.NoSuchFileException: {path}")));
    }
    for name in ["bootstrap-server", "bootstrap-controller"] {
        if given.value(name)?.is_some_and(|servers| check_bootstrap(servers).is_err()) {
            return Err(Failure::Exception(
                "org.apache.kafka.common.KafkaException: Failed to create new KafkaAdminClient".to_owned(),
            ));
        }
    }
    if given.has("alter") { alter(shell, &given, &entity) } else { describe(shell, &given, &entity) }
}

fn alter(shell: &mut Shell<'_>, given: &Given, entity: &Entity) -> Result<(), Failure> {
    if entity.types.len() != entity.names.len() {
        return sentence("An entity name must be specified for every entity type");
    }
    let added = add::read(shell, given)?;
    let deleted: Vec<String> = given
        .values("delete-config")
        .iter()
        .flat_map(|text| text.split(','))
        .map(|key| key.trim().to_owned())
        .collect();
    let (Some(kind), Some(name)) = (entity.types.first(), entity.names.first()) else {
        return Ok(());
    };
    match kind.as_str() {
        "users" | "clients" => users::alter(shell, entity, &added, &deleted)?,
        "ips" => users::alter_ips(shell, entity, &added, &deleted)?,
        "broker-loggers" => {
            let keys = deleted.iter().chain(added.iter().map(|(key, _)| key)).map(String::as_str);
            resources::alter_loggers(shell, name, &keys.collect::<Vec<_>>())?;
        }
        _ => resources::alter(shell, kind, name, &added, &deleted)?,
    }
    if name.is_empty() {
        shell.say(format!("Completed updating default config for {kind} in the cluster."));
    } else {
        let one = kind.strip_suffix('s').unwrap_or(kind);
        let one = if kind == "client-metrics" { "client-metric" } else { one };
        shell.say(format!("Completed updating config for {one} {name}."));
    }
    Ok(())
}

fn describe(shell: &mut Shell<'_>, given: &Given, entity: &Entity) -> Result<(), Failure> {
    match entity.types.first().map(String::as_str) {
        Some("users" | "clients") => users::describe(shell, entity, true),
        Some("ips") => users::describe(shell, entity, false),
        Some(kind) => {
            resources::describe(shell, kind, entity.names.first().map(String::as_str), given.has("all"))
        }
        None => Ok(()),
    }
}
