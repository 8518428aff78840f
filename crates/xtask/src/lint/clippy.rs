//! Clippy with warnings as errors: natively, and for wasm32.
//!
//! What core crates may not name (hash maps, wall clocks) stands in
//! `crates/clippy.toml`, which governs everything below `crates/` that has no
//! file of its own.

use super::edges::CORE;
use super::graph::Graph;
use crate::process::{cargo, run as run_command, say};
use crate::{Done, tools};

/// What is built for the browser only.
const BROWSER_ONLY: &[&str] = &["millrace-web", "millrace-wasm-tests"];

/// Runs clippy twice.
///
/// # Errors
/// If it warns.
pub fn run() -> Done {
    let graph = Graph::load()?;
    say("clippy, native");
    let mut native = cargo();
    native.args(["clippy", "--workspace", "--all-targets"]);
    for package in BROWSER_ONLY {
        native.args(["--exclude", package]);
    }
    run_command(native.args(["--", "-D", "warnings"]))?;

    tools::wasm_target()?;
    say("clippy, wasm32: the page and its tests");
    let mut page = cargo();
    page.args(["clippy", "--target", tools::WASM_TARGET, "--all-targets"]);
    for package in BROWSER_ONLY {
        page.args(["--package", package]);
    }
    run_command(page.args(["--", "-D", "warnings"]))?;

    let core: Vec<&str> = CORE.iter().copied().filter(|name| graph.member(name).is_some()).collect();
    if core.is_empty() {
        return Ok(());
    }
    say("clippy, wasm32: the core crates");
    let mut libs = cargo();
    libs.args(["clippy", "--target", tools::WASM_TARGET, "--lib"]);
    for package in core {
        libs.args(["--package", package]);
    }
    run_command(libs.args(["--", "-D", "warnings"]))
}

#[cfg(test)]
mod tests {
    use crate::process::root;

    fn file(path: &str) -> String {
        std::fs::read_to_string(root().join(path)).unwrap()
    }

    #[test]
    fn core_crates_may_name_no_hash_map_and_no_wall_clock() {
        for name in ["HashMap", "HashSet", "Instant", "SystemTime"] {
            assert!(file("crates/clippy.toml").contains(&format!("::{name}\"")), "{name}");
            assert!(!file("clippy.toml").contains(name), "web may use {name}");
        }
        assert!(!file("crates/xtask/clippy.toml").contains("disallowed"));
    }

    #[test]
    fn no_crate_but_xtask_escapes_by_a_file_of_its_own() {
        for entry in std::fs::read_dir(root().join("crates")).unwrap() {
            let folder = entry.unwrap().path();
            let escapes = ["clippy.toml", ".clippy.toml"].iter().any(|name| folder.join(name).exists());
            assert!(!escapes || folder.ends_with("xtask"), "{}", folder.display());
        }
    }
}
