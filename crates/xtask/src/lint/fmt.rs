//! rustfmt over the whole workspace.

use crate::Done;
use crate::process::{cargo, run as run_command};

/// Checks, changes nothing.
///
/// # Errors
/// If a file is not as rustfmt writes it.
pub fn run() -> Done {
    run_command(cargo().args(["fmt", "--all", "--check"])).map_err(|_| "run `cargo fmt --all`".to_owned())
}
