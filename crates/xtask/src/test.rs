//! `cargo xtask test`: native, wasm in headless Chromium, the built site.

use std::ffi::OsString;
use std::time::{Duration, Instant};

use crate::args::{USAGE, nearest};
use crate::build::{Kind, PLAY, build, dist};
use crate::process::{cargo, root, run as run_command, say};
use crate::{Done, site_server, tools};

/// One of the three kinds of test.
struct Phase {
    name: &'static str,
    /// How long it may take with the tools in place and nothing built, on a
    /// machine with two cores. Printed, not enforced: machines differ.
    budget_minutes: u64,
    run: fn(&[String]) -> Done,
}

const PHASES: &[Phase] = &[
    Phase { name: "native", budget_minutes: 4, run: native },
    Phase { name: "wasm", budget_minutes: 4, run: wasm },
    Phase { name: "browser", budget_minutes: 6, run: browser },
];

/// Where the browser tests find the site on their server: below some path, as
/// on a static host.
const MOUNT: &str = "/some/sub/path/";

/// How long one wasm test may take, and how long the driver may take to start,
/// in seconds. The runner's own limits are 20 and 5: too short for a machine
/// that builds something else meanwhile.
const WASM_TEST_LIMIT: &str = "180";
const DRIVER_LIMIT: &str = "60";

/// Runs all phases in order, or one. What follows the phase goes to its
/// runner: a filter of names.
///
/// # Errors
/// With the first phase that fails.
pub fn run(args: &[String]) -> Done {
    let (phases, rest): (Vec<&Phase>, &[String]) = match args.split_first() {
        None => (PHASES.iter().collect(), args),
        Some((name, rest)) => (PHASES.iter().filter(|phase| phase.name == name).collect(), rest),
    };
    if phases.is_empty() {
        let names: Vec<&str> = PHASES.iter().map(|phase| phase.name).collect();
        let given = args.first().map_or("", String::as_str);
        return Err(format!("{USAGE}: no tests `{given}`; the nearest are `{}`", nearest(given, &names)));
    }
    let mut spent = Vec::new();
    for phase in phases {
        say(&format!("test {}", phase.name));
        let start = Instant::now();
        let end = (phase.run)(rest);
        spent.push(report(phase, start.elapsed()));
        end.map_err(|error| format!("test {}: {error}\n{}", phase.name, spent.join(", ")))?;
    }
    say(&spent.join(", "));
    Ok(())
}

fn report(phase: &Phase, spent: Duration) -> String {
    let tenths = (spent.as_secs() + 3) / 6;
    let over = if spent > Duration::from_secs(phase.budget_minutes * 60) { ", over" } else { "" };
    format!("{} {}.{} min (budget {}{over})", phase.name, tenths / 10, tenths % 10, phase.budget_minutes)
}

fn native(rest: &[String]) -> Done {
    let mut command = cargo();
    // What the page computes without a browser is tested here, too; what needs one, is in a package of its own.
    command.args(["test", "--workspace", "--exclude", "millrace-wasm-tests"]);
    run_command(command.args(rest))
}

fn wasm(rest: &[String]) -> Done {
    tools::wasm_target()?;
    let bindgen = tools::wasm_bindgen()?;
    let browser = tools::browser()?;
    let mut command = cargo();
    command
        .args(["test", "--target", tools::WASM_TARGET, "--package", "millrace-wasm-tests", "--test", "all"])
        .args(rest)
        .env("PATH", tools::path_with(&[&bindgen])?)
        .env("CHROMEDRIVER", browser.driver)
        .env("WASM_BINDGEN_TEST_TIMEOUT", WASM_TEST_LIMIT)
        .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", DRIVER_LIMIT);
    run_command(&mut command)
}

fn browser(rest: &[String]) -> Done {
    let browser = tools::browser()?;
    build(Kind::Release)?;
    let server = site_server::start(&dist(), MOUNT, "127.0.0.1", 0)?;
    let mut command = tools::node_script()?;
    command.args(["--test", "--test-reporter=tap", "--test-concurrency=1"]);
    if let [filter] = rest {
        command.arg(format!("--test-name-pattern={filter}"));
    }
    command
        .args(browser_tests()?)
        .env("MILLRACE_SITE", &server.url)
        .env("MILLRACE_URL", format!("{}{PLAY}", server.url))
        .env("MILLRACE_CHROMIUM", browser.chromium);
    run_command(&mut command)
}

/// The files by name: how Node takes a folder differs from version to version.
fn browser_tests() -> Result<Vec<OsString>, String> {
    let home = root().join("tests/browser");
    let entries = std::fs::read_dir(&home).map_err(|error| format!("{}: {error}", home.display()))?;
    let mut files: Vec<OsString> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|file| file.to_string_lossy().ends_with(".test.js"))
        .map(OsString::from)
        .collect();
    files.sort();
    if files.is_empty() { Err("tests/browser has no *.test.js".to_owned()) } else { Ok(files) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_against_the_budget() {
        let phase = Phase { name: "native", budget_minutes: 1, run: native };
        assert_eq!(report(&phase, Duration::from_secs(57)), "native 1.0 min (budget 1)");
        assert_eq!(report(&phase, Duration::from_secs(93)), "native 1.6 min (budget 1, over)");
    }

    #[test]
    fn the_browser_tests_are_found() {
        assert!(!browser_tests().unwrap().is_empty());
    }
}
