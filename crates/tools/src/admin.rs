//! What a tool with an admin client goes through before it can ask anything.

use crate::cluster::{check_bootstrap, has_listener, is_reachable};
use crate::configs::properties;
use crate::options::argparse::{Namespace, Parser, Stop};
use crate::quorum;
use crate::shell::{Exit, Shell};
use millrace_model::Span;
use millrace_sim::World;

/// `default.api.timeout.ms`
pub(crate) const API_TIMEOUT_MS: u64 = 60_000;

/// The call by which the quorum is described.
pub(crate) const DESCRIBE_QUORUM: &str = "describeMetadataQuorum";

/// What brokers only forward (`KafkaApis.forwardToController`).
const FORWARDED: [&str; 6] = [
    DESCRIBE_QUORUM,
    "listPartitionReassignments",
    "unregisterBroker",
    "updateFeatures",
    "createAcls",
    "deleteAcls",
];

const TIMEOUT: &str = "org.apache.kafka.common.errors.TimeoutException";

/// Reads the arguments as argparse4j does; `help` is how the tool ends after its help.
pub(crate) fn parse(
    shell: &mut Shell<'_>,
    parser: &'static Parser,
    arguments: &[String],
    help: u8,
) -> Result<Namespace, Exit> {
    parser.parse(arguments).map_err(|stop| match stop {
        Stop::Help(text) => {
            shell.print(&text);
            Exit(help)
        }
        Stop::Version => {
            shell.say(format!("{} (Commit:1eb7644349cb07139d6a3c1ad1986979647cac99)", crate::VERSION));
            Exit(0)
        }
        Stop::Mistake(text) => shell.mistake(&text),
    })
}

/// Reads the settings that a file has; only whether there is one matters here.
///
/// # Errors
/// Java's sentence: the path.
pub(crate) fn load(shell: &Shell<'_>, path: Option<&str>) -> Result<Vec<(String, String)>, String> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let text = shell.read(path).ok_or_else(|| path.to_owned())?;
    Ok(properties(&text).map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
}

/// Connects, or says in Java's words why it cannot: after a minute, if nobody is there. `call` is what is asked.
pub(crate) fn connect(shell: &mut Shell<'_>, given: &Namespace, call: &str) -> Result<(), String> {
    let (servers, controllers) = (given.value("--bootstrap-server"), given.value("--bootstrap-controller"));
    connect_to(shell, servers, controllers, call)
}

/// The same with the addresses.
pub(crate) fn connect_to(
    shell: &mut Shell<'_>,
    servers: Option<&str>,
    controllers: Option<&str>,
    call: &str,
) -> Result<(), String> {
    let is_there = match (servers, controllers) {
        (Some(servers), _) => is_reachable(shell.world(), servers),
        (None, Some(controllers)) => quorum::is_controller(shell.world(), controllers),
        (None, None) => false,
    };
    connected(shell, (servers.or(controllers), servers.is_some()), is_there, call)
}

/// The same for a tool that reaches every broker, whatever it advertises.
pub(crate) fn connect_anywhere(
    shell: &mut Shell<'_>,
    servers: Option<&str>,
    call: &str,
) -> Result<(), String> {
    let is_there = servers.is_some_and(|servers| has_listener(shell.world(), servers));
    connected(shell, (servers, true), is_there, call)
}

/// `are_brokers`: whether the addresses are those of brokers, which forward some calls to the active controller.
fn connected(
    shell: &mut Shell<'_>,
    (addresses, are_brokers): (Option<&str>, bool),
    is_there: bool,
    call: &str,
) -> Result<(), String> {
    let addresses = addresses.unwrap_or_default();
    if addresses.trim().is_empty() || check_bootstrap(addresses).is_err() {
        return Err("Failed to create new KafkaAdminClient".to_owned());
    }
    let forwarded = FORWARDED.contains(&call);
    if is_there && forwarded && are_brokers {
        let words =
            shell.await_controllers((call, API_TIMEOUT_MS), None, |world| has_controller(world, call));
        return words.map_err(|words| format!("{TIMEOUT}: {words}"));
    }
    // A controller that is asked itself names the active one, if there is one.
    let is_ready = |world: &World| !forwarded || is_led(world);
    if is_there && shell.await_controllers((call, API_TIMEOUT_MS), None, is_ready).is_ok() {
        return Ok(());
    }
    if is_there {
        return Err(format!("{TIMEOUT}: Timed out waiting for a node assignment. Call: {call}"));
    }
    shell.run_until(shell.world().now() + Span::from_millis(API_TIMEOUT_MS));
    Err(format!("{TIMEOUT}: Timed out waiting for a node assignment. Call: {call}"))
}

/// Whether there is an active controller, or a broker alone.
fn is_led(world: &World) -> bool {
    world.quorum().is_none() || world.active_controller().is_some()
}

/// Whether a request that brokers forward is answered now: the quorum is described by its leader alone.
fn has_controller(world: &World, call: &str) -> bool {
    if call == DESCRIBE_QUORUM { is_led(world) } else { world.can_decide() }
}
