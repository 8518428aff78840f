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

mod cluster;
mod configs_of;
mod consumer_groups;
mod delete_records;
mod errors;
mod filter;
mod get_offsets;
mod java_map;
mod options;
mod shell;
mod topics;

pub use cluster::shown_id;
pub use shell::{Files, Invocation, NoFiles, Outcome};

use millrace_sim::World;
use shell::{Exit, Shell};

/// A tool: what it does with its arguments (the first word is not among them).
type Tool = fn(&mut Shell<'_>, &[String]) -> Result<(), Exit>;

/// Every tool by its name without `.sh`.
const TOOLS: &[(&str, Tool)] = &[
    ("kafka-consumer-groups", consumer_groups::run),
    ("kafka-delete-records", delete_records::run),
    ("kafka-get-offsets", get_offsets::run),
    ("kafka-topics", topics::run),
];

/// What `--version` prints: the version whose tools these are.
pub const VERSION: &str = "4.0.0-SNAPSHOT";

/// The names of all tools.
pub fn names() -> impl Iterator<Item = &'static str> {
    TOOLS.iter().map(|(name, _)| *name)
}

/// Runs one line; `None` if its first word is no tool of these.
pub fn run(world: &World, invocation: &Invocation<'_>) -> Option<Outcome> {
    let (first, arguments) = invocation.argv.split_first()?;
    let name = first.strip_suffix(".sh").unwrap_or(first);
    let (_, tool) = TOOLS.iter().find(|(known, _)| *known == name)?;
    let mut shell = Shell::new(world, invocation);
    let exit = match tool(&mut shell, arguments) {
        Ok(()) => 0,
        Err(Exit(code)) => code,
    };
    Some(shell.finish(exit))
}
