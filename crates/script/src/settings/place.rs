//! Where a client runs and whom it asks first: `--bootstrap-server`, as Kafka's tools have it, and `--network`, as Docker has it.

use crate::language::arguments::Arguments;
use crate::language::problem::Problem;
use crate::language::quote::option;
use millrace_model::config::bootstrap::Bootstrap;

/// The options.
pub const OPTIONS: &[&str] = &["bootstrap-server", "network"];

/// Takes one of them.
///
/// # Errors
/// No value, or none that fits.
pub fn read(bootstrap: &mut Bootstrap, name: &str, arguments: &mut Arguments<'_>) -> Result<(), Problem> {
    if name == "network" {
        let what = "a container network, or host";
        bootstrap.set_network(arguments.value(what)?.name(what)?);
        return Ok(());
    }
    let what = "addresses, such as localhost:9092";
    let value = arguments.value(what)?;
    if bootstrap.set_servers(value.text()) { Ok(()) } else { Err(value.wrong(what)) }
}

/// Writes what was said.
pub fn print(line: &mut String, bootstrap: &Bootstrap) {
    let (servers, network) = (bootstrap.shown(), bootstrap.network());
    if !servers.is_empty() {
        option(line, "bootstrap-server", &servers);
    }
    if !network.is_empty() {
        option(line, "network", network);
    }
}
