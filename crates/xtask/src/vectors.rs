//! `cargo xtask vectors DIR`: hands over to the console program, which drives
//! the same entry points as the page.

use std::path::Path;

use crate::Done;
use crate::args::USAGE;
use crate::process::{cargo, say};

/// Replays the golden vectors below a directory.
///
/// # Errors
/// If no directory is given. The console program's exit code is passed on.
pub fn run(args: &[String]) -> Done {
    let [dir] = args else {
        return Err(format!("{USAGE}: cargo xtask vectors DIR"));
    };
    // Paths are the caller's, not the root's.
    let dir = std::path::absolute(Path::new(dir)).map_err(|error| format!("{dir}: {error}"))?;
    say("building the console program");
    let mut command = cargo();
    command.args(["run", "--quiet", "--release", "--package", "millrace-cli", "--", "vectors"]).arg(dir);
    let status = command.status().map_err(|error| format!("cannot start cargo: {error}"))?;
    if status.success() {
        return Ok(());
    }
    // The console program has said why; its exit code says how bad it is.
    std::process::exit(status.code().unwrap_or(1))
}
