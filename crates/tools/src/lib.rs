//! Kafka's command-line tools over the simulated cluster, with Kafka's flags, defaults, output, error sentences and exit
//! codes (Kafka 4.0).
//!
//! ```text
//! let outcome = millrace_tools::run(&world, &Invocation { argv, stdin, files });
//! print(outcome.stdout); complain(outcome.stderr);
//! for (at, command) in outcome.commands { timeline.run_until(at); timeline.dispatch(command) }
//! timeline.run_until(outcome.until);
//! ```
//!
//! A tool works on a copy of the world. Because the simulation is deterministic, what it saw there is what happens when
//! its commands are carried out in the world that it was started in. One file is one tool; how options are read is
//! `options`. Not here: anything of the host (arguments, files and the standard input are handed in), and Java's stack
//! traces.

mod acls;
mod admin;
mod api_versions;
mod client_metrics;
mod cluster;
mod configs;
mod configs_of;
mod console;
mod consumer_groups;
mod delegation_tokens;
mod delete_records;
mod dump_log;
mod errors;
mod features;
mod filter;
mod get_offsets;
mod java_map;
mod java_number;
mod leader_election;
mod log_dirs;
mod options;
mod outlines;
mod perf;
mod quorum;
mod reassign;
mod shell;
mod storage;
mod streams_reset;
mod table;
mod topics;
mod transactions;

pub use cluster::shown_id;
pub use shell::{Files, Invocation, NoFiles, Outcome};

use millrace_sim::World;
use shell::{Exit, Shell};

/// A tool: what it does with its arguments (the first word is not among them).
type Tool = fn(&mut Shell<'_>, &[String]) -> Result<(), Exit>;

/// Every tool by its name without `.sh`.
const TOOLS: &[(&str, Tool)] = &[
    ("kafka-acls", acls::run),
    ("kafka-broker-api-versions", api_versions::run),
    ("kafka-client-metrics", client_metrics::run),
    ("kafka-cluster", quorum::cluster_tool::run),
    ("kafka-configs", configs::run),
    ("kafka-console-consumer", console::consumer::run),
    ("kafka-console-producer", console::producer::run),
    ("kafka-consumer-groups", consumer_groups::run),
    ("kafka-consumer-perf-test", perf::consumer::run),
    ("kafka-delegation-tokens", delegation_tokens::run),
    ("kafka-delete-records", delete_records::run),
    ("kafka-dump-log", dump_log::run),
    ("kafka-e2e-latency", perf::e2e::run),
    ("kafka-features", features::run),
    ("kafka-get-offsets", get_offsets::run),
    ("kafka-leader-election", leader_election::run),
    ("kafka-log-dirs", log_dirs::run),
    ("kafka-metadata-quorum", quorum::describe::run),
    ("kafka-producer-perf-test", perf::producer::run),
    ("kafka-reassign-partitions", reassign::run),
    ("kafka-storage", storage::run),
    ("kafka-streams-application-reset", streams_reset::run),
    ("kafka-topics", topics::run),
    ("kafka-transactions", transactions::run),
];

/// What `--version` prints: the version whose tools these are.
pub const VERSION: &str = "4.0.0-SNAPSHOT";

/// The names of all tools.
pub fn names() -> impl Iterator<Item = &'static str> {
    TOOLS.iter().map(|(name, _)| *name).chain(outlines::names())
}

/// Runs one line; `None` if its first word is no tool of these.
pub fn run(world: &World, invocation: &Invocation<'_>) -> Option<Outcome> {
    let (first, arguments) = invocation.argv.split_first()?;
    let name = first.strip_suffix(".sh").unwrap_or(first);
    let mut shell = Shell::new(world, invocation);
    let done = match TOOLS.iter().find(|(known, _)| *known == name) {
        Some((_, tool)) => tool(&mut shell, arguments),
        None => outlines::run(&mut shell, name, arguments)?,
    };
    let exit = match done {
        Ok(()) => 0,
        Err(Exit(code)) => code,
    };
    Some(shell.finish(exit))
}
