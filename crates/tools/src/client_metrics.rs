//! `kafka-client-metrics` (`ClientMetricsCommand`): subscriptions to metrics of clients. They are kept; no client pushes any.

use crate::admin::load;
use crate::cluster::{broker, check_bootstrap};
use crate::configs_of::entries;
use crate::java_map;
use crate::options::{Given, Grammar, Opt, OptionError, exclusive, help_or_version, usage};
use crate::shell::{Exit, Shell};
use crate::storage::looks_random;
use millrace_model::ErrorCode;
use millrace_model::protocol::{AdminRequest, ConfigChanges, ConfigResource, ResourceKind};
use millrace_sim::World;

const ABOUT: &str = "This tool helps to manipulate and describe client metrics configurations.";
const LOGGER: &str = "org.apache.kafka.tools.ClientMetricsCommand";

const GRAMMAR: Grammar = Grammar {
    options: &[
        Opt::value("bootstrap-server", "host:port", "required: the cluster"),
        Opt::value("command-config", "file", "settings of the admin client"),
        Opt::flag("alter", "changes a subscription"),
        Opt::flag("delete", "deletes a subscription"),
        Opt::flag("describe", "shows subscriptions"),
        Opt::flag("list", "lists them"),
        Opt::value("name", "name", "its name"),
        Opt::flag("generate-name", "gives it a name"),
        Opt::value("interval", "ms", "how often clients push"),
        Opt::value("match", "k=v,k=v", "which clients"),
        Opt::value("metrics", "m,m", "which metrics, by the beginnings of their names"),
    ],
};

pub(crate) fn run(shell: &mut Shell<'_>, arguments: &[String]) -> Result<(), Exit> {
    let given = match GRAMMAR.parse(arguments) {
        Ok(given) => given,
        Err(error) => return Err(shell.die(&error.words)),
    };
    help_or_version(shell, &GRAMMAR, &given, (arguments.is_empty(), ABOUT))?;
    check(shell, &given)?;
    let path = given.value("command-config").map_err(|error| shell.die(&error.words))?;
    if let Err(path) = load(shell, path) {
        return Err(shell.die(&path));
    }
    if check_bootstrap(given.value("bootstrap-server").ok().flatten().unwrap_or_default()).is_err() {
        return Err(shell.die("Failed to create new KafkaAdminClient"));
    }
    let done = match given.value("name") {
        Ok(name) if given.has("alter") => alter(shell, &given, name),
        Ok(name) if given.has("delete") => delete(shell, name.unwrap_or_default()),
        Ok(name) if given.has("describe") => {
            let names = name.map_or_else(|| names(shell.world()), |name| vec![name.to_owned()]);
            names.iter().try_for_each(|name| describe(shell, name))
        }
        Ok(_) => {
            let names = names(shell.world()).join("\n");
            shell.say(names);
            Ok(())
        }
        Err(error) => Err(in_java(&error)),
    };
    done.map_err(|(class, words)| {
        shell.say(format!("Error while executing client metrics command : {words}"));
        shell.log("ERROR", &format!("{class}: {words}\n"), LOGGER);
        Exit(1)
    })
}

type Failure = (String, String);

fn in_java(error: &OptionError) -> Failure {
    (error.class.to_owned(), error.words.clone())
}

fn check(shell: &mut Shell<'_>, given: &Given) -> Result<(), Exit> {
    if ["alter", "delete", "describe", "list"].iter().filter(|action| given.has(action)).count() != 1 {
        let words = "Command must include exactly one action: --alter, --delete, --describe or --list.";
        return Err(usage(shell, &GRAMMAR, words));
    }
    if !given.has("bootstrap-server") {
        return Err(shell.die("--bootstrap-server must be specified."));
    }
    let settings = ["generate-name", "interval", "match", "metrics"];
    exclusive(shell, &GRAMMAR, given, ("delete", &settings))?;
    exclusive(shell, &GRAMMAR, given, ("describe", &settings))?;
    exclusive(shell, &GRAMMAR, given, ("list", &["name", "generate-name", "interval", "match", "metrics"]))?;
    if given.has("alter") && given.has("name") == given.has("generate-name") {
        return Err(shell.die("One of --name or --generate-name must be specified with --alter."));
    }
    if given.has("delete") && !given.has("name") {
        return Err(shell.die("A client metrics resource name must be specified with --delete."));
    }
    Ok(())
}

fn resource(name: &str) -> ConfigResource {
    ConfigResource::new(ResourceKind::ClientMetrics, name)
}

fn names(world: &World) -> Vec<String> {
    let all = broker(world).into_iter().flat_map(|broker| broker.configs().keys());
    let metrics = all.filter(|known| known.kind == ResourceKind::ClientMetrics);
    java_map::order_for(metrics.map(|known| known.name.to_string()).collect(), 0)
}

fn alter(shell: &mut Shell<'_>, given: &Given, name: Option<&str>) -> Result<(), Failure> {
    let name = match name {
        Some(name) => name.to_owned(),
        None => looks_random(&format!("{}{}", shell.world().now().0, names(shell.world()).len())),
    };
    let mut changes = ConfigChanges::new();
    let interval = given.number::<i32>("interval").map_err(|error| in_java(&error))?;
    changes.extend(interval.map(|ms| ("interval.ms".into(), Some(ms.to_string().into()))));
    for key in ["metrics", "match"] {
        if given.has(key) {
            let value = given.values(key).join(",");
            changes.push((key.into(), Some(value).filter(|value| !value.is_empty()).map(Into::into)));
        }
    }
    let request = AdminRequest::IncrementalAlterConfigs { resource: resource(&name), changes };
    shell
        .administer(request)
        .map_err(|refused| (crate::errors::class(refused.error), refused.words.to_string()))?;
    shell.say(format!("Altered client metrics config for {name}."));
    Ok(())
}

fn delete(shell: &mut Shell<'_>, name: &str) -> Result<(), Failure> {
    let old = broker(shell.world()).and_then(|broker| broker.configs().get(&resource(name)));
    let changes: ConfigChanges =
        old.into_iter().flat_map(|old| old.keys()).map(|key| (key.clone(), None)).collect();
    if !changes.is_empty() {
        let request = AdminRequest::IncrementalAlterConfigs { resource: resource(name), changes };
        shell
            .administer(request)
            .map_err(|refused| (crate::errors::class(refused.error), refused.words.to_string()))?;
    }
    shell.say(format!("Deleted client metrics config for {name}."));
    Ok(())
}

fn describe(shell: &mut Shell<'_>, name: &str) -> Result<(), Failure> {
    shell.say(format!("Client metrics configs for {name} are:"));
    if name.is_empty() {
        let words = "Client metrics subscription name must not be empty";
        return Err((crate::errors::class(ErrorCode::InvalidRequest), words.to_owned()));
    }
    let found = entries(shell.world(), ResourceKind::ClientMetrics, name);
    let keys = java_map::order_for(found.iter().map(|entry| entry.name.clone()).collect(), 0);
    for key in keys {
        if let Some(entry) = found.iter().find(|entry| entry.name == key) {
            shell.say(format!("  {key}={}", entry.value));
        }
    }
    Ok(())
}
