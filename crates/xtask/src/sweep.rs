//! `cargo xtask sweep`: hands over to the program that runs seeds with faults.

use crate::Done;
use crate::args::Flags;
use crate::process::{cargo, say};

/// Runs seeds and says what failed in them.
///
/// # Errors
/// If an argument is wrong. The program's exit code is passed on.
pub fn run(args: &[String]) -> Done {
    let mut flags = Flags::new(args);
    let seeds: Option<u64> = flags.number("--seeds")?;
    let from: Option<u64> = flags.number("--from")?;
    flags.end()?;
    say("building the sweep");
    let mut command = cargo();
    command.args(["run", "--quiet", "--release", "--package", "millrace-sweep", "--"]);
    for (flag, value) in [("--seeds", seeds), ("--from", from)] {
        if let Some(value) = value {
            command.args([flag, &value.to_string()]);
        }
    }
    let status = command.status().map_err(|error| format!("cannot start cargo: {error}"))?;
    if status.success() {
        return Ok(());
    }
    // The program has said why.
    std::process::exit(status.code().unwrap_or(1))
}
