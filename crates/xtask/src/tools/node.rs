//! Node and the npm packages of `tests/browser` (wasm-opt, Playwright, axe) and
//! of `tests/audit` (Lighthouse).

use std::path::PathBuf;
use std::process::Command;

use super::NODE_MAJOR;
use crate::process::{answer, in_root, root, run, say};

/// Holds, among the packages, the lock file that they were installed from.
const STAMP: &str = ".installed-from";

/// The folder `node_modules` with exactly what the lock file says.
///
/// # Errors
/// If Node is missing or too old, or npm fails.
pub fn node_packages() -> Result<PathBuf, String> {
    packages("tests/browser", "wasm-opt, Playwright and axe")
}

/// The same with Lighthouse, which only the audit wants.
///
/// # Errors
/// If Node is missing or too old, or npm fails.
pub fn lighthouse() -> Result<PathBuf, String> {
    packages("tests/audit", "Lighthouse")
}

fn packages(folder: &str, what: &str) -> Result<PathBuf, String> {
    node()?;
    let home = root().join(folder);
    let modules = home.join("node_modules");
    let lock = home.join("package-lock.json");
    let lock = std::fs::read(&lock).map_err(|error| format!("{}: {error}", lock.display()))?;
    let stamp = modules.join(STAMP);
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(modules);
    }
    say(&format!("installing {what} with npm (seconds, once)"));
    run(Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&home))?;
    std::fs::write(&stamp, lock).map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(modules)
}

/// A Node process at the root of the repository.
///
/// # Errors
/// If Node is missing or too old.
pub fn node_script() -> Result<Command, String> {
    node()?;
    Ok(in_root("node"))
}

fn node() -> Result<(), String> {
    let wanted = format!("Node {NODE_MAJOR} or newer with npm is needed: https://nodejs.org");
    let Some(version) = answer(Command::new("node").arg("--version")) else {
        return Err(wanted);
    };
    match major(&version) {
        Some(major) if major >= NODE_MAJOR => Ok(()),
        _ => Err(format!("{wanted}; this one is {}", version.trim())),
    }
}

fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn reads_the_major_version() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("20"), None);
    }
}
