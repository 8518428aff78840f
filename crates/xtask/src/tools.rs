//! The tools that the project is built and tested with, at pinned versions.
//!
//! Every version stands here and nowhere else in xtask. Each function makes
//! sure of one tool: it returns at once if the right version is there, says
//! what it installs otherwise. Nothing is fetched from anywhere but rustup,
//! crates.io, npm and the system's packages.

mod browser;
mod cargo_tools;
mod node;

pub use browser::browser;
pub use cargo_tools::{trunk, wasm_bindgen, wasm_target};
pub use node::{lighthouse, node_packages, node_script};

use std::ffi::OsString;
use std::path::PathBuf;

/// The crate `wasm-bindgen` is pinned to the same version: its output and the
/// tool that reads it change together.
pub const WASM_BINDGEN: &str = "0.2.130";
/// 0.22 wants rustc 1.96.1.
pub const TRUNK: &str = "0.21.14";
/// The npm package that brings wasm-opt. Debian's own is too old (108 breaks
/// on `table.fill`), so is the crate `wasm-opt`.
#[cfg(test)]
pub const BINARYEN: &str = "132.0.0";
/// The oldest Node that playwright-core runs on.
pub const NODE_MAJOR: u32 = 20;
/// The target of the page.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// PATH with folders put before what is there.
///
/// # Errors
/// If a folder's name cannot stand in PATH.
pub fn path_with(dirs: &[&PathBuf]) -> Result<OsString, String> {
    let old = std::env::var_os("PATH").unwrap_or_default();
    let all = dirs.iter().map(|dir| (*dir).clone()).chain(std::env::split_paths(&old));
    std::env::join_paths(all).map_err(|error| format!("PATH: {error}"))
}

/// Where tools are kept that only this project wants at these versions.
fn tools_dir() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|dir| dir.is_absolute());
    let home = || std::env::home_dir().unwrap_or_else(std::env::temp_dir).join(".cache");
    cache.unwrap_or_else(home).join("millrace").join("tools")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::root;

    fn file(name: &str) -> String {
        std::fs::read_to_string(root().join(name)).unwrap()
    }

    #[test]
    fn the_pins_agree_with_the_files_that_repeat_them() {
        assert!(file("Cargo.toml").contains(&format!("wasm-bindgen = \"={WASM_BINDGEN}\"")));
        assert!(file("Trunk.toml").contains(&format!("wasm_bindgen = \"{WASM_BINDGEN}\"")));
        let major = BINARYEN.split('.').next().unwrap();
        assert!(file("Trunk.toml").contains(&format!("wasm_opt = \"version_{major}\"")));
        assert!(file("tests/browser/package.json").contains(&format!("\"binaryen\": \"{BINARYEN}\"")));
        assert!(file("tests/browser/package.json").contains(&format!("\"node\": \">={NODE_MAJOR}\"")));
    }

    #[test]
    fn npm_takes_packages_from_the_public_registry_only() {
        for folder in ["browser", "audit"] {
            let lock = file(&format!("tests/{folder}/package-lock.json"));
            for line in lock.lines().filter(|line| line.contains("\"resolved\"")) {
                assert!(line.contains("\"https://registry.npmjs.org/"), "{line}");
            }
        }
    }
}
