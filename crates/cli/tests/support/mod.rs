//! What the tests of the command line share.

use std::path::Path;
use std::process::Command;

/// Runs `millrace` at the top of the checkout: how it ended, what it printed, what it complained about.
pub fn millrace(arguments: &[&str]) -> (Option<i32>, String, String) {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output =
        Command::new(env!("CARGO_BIN_EXE_millrace")).args(arguments).current_dir(home).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}
