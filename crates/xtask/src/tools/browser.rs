//! Chromium and its driver, from the system's packages.

use std::path::PathBuf;
use std::process::Command;

use crate::process::{answer, on_path, run, say};

const CHROMIUM: &[&str] = &["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const DRIVER: &[&str] = &["chromedriver"];
const BY_HAND: &str = "install Chromium and chromedriver of the same version by hand, so that `chromium` and `chromedriver` are on PATH";

/// The browser that runs the tests.
pub struct Browser {
    /// The browser itself.
    pub chromium: PathBuf,
    /// What drives it for wasm-bindgen-test.
    pub driver: PathBuf,
}

/// Finds both, or installs both with apt-get.
///
/// # Errors
/// If they are missing and cannot be installed here; says what to do by hand.
pub fn browser() -> Result<Browser, String> {
    if let Some(found) = find() {
        return Ok(found);
    }
    if on_path(&["apt-get"]).is_none() {
        return Err(format!("no Chromium here, and no apt-get: {BY_HAND}"));
    }
    say("installing chromium and chromium-driver with apt-get (about 1 minute, once)");
    run(apt_get()?.args(["update", "-q"]))?;
    run(apt_get()?.args(["install", "-y", "-q", "--no-install-recommends", "chromium", "chromium-driver"]))
        .map_err(|error| format!("{error}\n{BY_HAND}"))?;
    find().ok_or_else(|| format!("apt-get installed no chromium or no chromedriver: {BY_HAND}"))
}

fn find() -> Option<Browser> {
    Some(Browser { chromium: on_path(CHROMIUM)?, driver: on_path(DRIVER)? })
}

/// apt-get as root: directly, or through sudo.
fn apt_get() -> Result<Command, String> {
    let root = answer(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    let mut command = if root {
        Command::new("apt-get")
    } else if on_path(&["sudo"]).is_some() {
        let mut sudo = Command::new("sudo");
        sudo.args(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        sudo
    } else {
        return Err(format!("apt-get needs root and there is no sudo: {BY_HAND}"));
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    Ok(command)
}
