//! `network`: how far the machines are apart.

use super::faults;
use crate::help::Help;
use crate::language::arguments::Arguments;
use crate::language::problem::Problem;
use crate::language::time::span;
use millrace_model::Span;
use millrace_sim::Command;

pub(super) const HELP: &[Help] = &[Help {
    name: "network latency",
    synopsis: "network latency DURATION",
    meaning: "sets how long a message takes one way",
    example: "network latency 150ms",
}];

pub(super) fn parse(arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let verbs = ["latency", "lose", "delay", "slow", "cut", "heal"];
    let verb = arguments.choice("what to change:", &verbs)?;
    if let Some(verb) = verbs.get(verb).filter(|_| verb > 0) {
        return faults::parse_network(verb, arguments);
    }
    let latency = span(&arguments.word("the latency, such as 150ms")?, "the latency", "ms")?;
    arguments.done()?;
    Ok(Command::SetNetwork { latency })
}

pub(super) fn print(latency: Span) -> String {
    format!("network latency {latency}")
}
