//! `cargo xtask bench`: the engine's speed natively and in the browser, from
//! one run, their ratio, and the page's frames. It prints; it never fails for
//! being slow.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::build::{self, play};
use crate::process::{capture, cargo, in_root, root, run as run_command, say};
use crate::{Done, args::USAGE, halves, site_server, tools};

/// Runs both halves and prints them side by side.
///
/// # Errors
/// If anything cannot be built or run.
pub fn run(args: &[String]) -> Done {
    if let [argument, ..] = args {
        return Err(format!("{USAGE}: cargo xtask bench takes no argument, not `{argument}`"));
    }
    let native = native()?;
    let browser = browser()?;
    print(&native, &browser);
    Ok(())
}

/// A figure: its name, its value, its unit, and Kafka's own if there is one.
type Figures = Vec<(String, f64, String, Option<u64>)>;

fn native() -> Result<Figures, String> {
    say("measuring natively (profile release)");
    let mut command = cargo();
    command.args(["run", "--quiet", "--release", "--package", "millrace-bench", "--example", "native"]);
    Ok(read(&capture(&mut command)?))
}

fn browser() -> Result<Figures, String> {
    build::must_exist()?;
    let module = module()?;
    let chromium = tools::browser()?.chromium;
    tools::node_packages()?;
    let bench = site_server::start(&module, "/", "127.0.0.1", 0)?;
    let site = site_server::start(&play(), "/", "127.0.0.1", 0)?;
    say("measuring in headless Chromium (profile site)");
    let mut command = tools::node_script()?;
    command
        .arg("tests/browser/bench.js")
        .env("MILLRACE_BENCH", bench.url)
        .env("MILLRACE_URL", site.url)
        .env("MILLRACE_CHROMIUM", chromium);
    Ok(read(&capture(&mut command)?))
}

/// The engine as the page ships it, without the page.
fn module() -> Result<PathBuf, String> {
    tools::wasm_target()?;
    let bindgen = tools::wasm_bindgen()?;
    let target = root().join("target");
    let out = target.join("bench-web");
    say("building the engine for the browser");
    run_command(cargo().env_remove("CARGO_TARGET_DIR").args([
        "build",
        "--quiet",
        "--profile",
        "site",
        "--target",
        "wasm32-unknown-unknown",
        "--package",
        "millrace-bench",
        "--lib",
    ]))?;
    let built = target.join("wasm32-unknown-unknown/site/millrace_bench.wasm");
    run_command(
        in_root(bindgen.join("wasm-bindgen")).args(["--target", "web", "--out-dir"]).arg(&out).arg(built),
    )?;
    let wasm = out.join("millrace_bench_bg.wasm");
    halves::shrink(&wasm, &[])?;
    halves::write(&out.join("index.html"), b"<!doctype html><meta charset=\"utf-8\"><title>bench</title>")?;
    Ok(out)
}

fn read(lines: &str) -> Figures {
    let figure = |line: &str| {
        let mut parts = line.split('\t');
        let (name, value, unit) = (parts.next()?, parts.next()?, parts.next()?);
        let kafka = parts.next().and_then(|figure| figure.parse().ok());
        Some((name.to_owned(), value.parse().ok()?, unit.to_owned(), kafka))
    };
    lines.lines().filter_map(figure).collect()
}

fn print(native: &Figures, browser: &Figures) {
    let by_name: BTreeMap<&str, f64> = browser.iter().map(|(name, value, ..)| (&**name, *value)).collect();
    println!("{:<40} {:>14} {:>14} {:>8}", "", "native", "wasm", "ratio");
    for (name, value, unit, kafka) in native {
        let beside =
            kafka.map_or(String::new(), |kafka| format!("; Kafka {kafka}, recorded on another machine"));
        match by_name.get(&**name) {
            Some(wasm) => {
                println!("{name:<40} {value:>14.3} {wasm:>14.3} {:>8.2}  {unit}{beside}", wasm / value)
            }
            None => println!("{name:<40} {value:>14.3} {:>14} {:>8}  {unit}{beside}", "", ""),
        }
    }
    for (name, value, unit, _) in
        browser.iter().filter(|(name, ..)| native.iter().all(|(other, ..)| other != name))
    {
        println!("{name:<40} {:>14} {value:>14.3} {:>8}  {unit}", "", "");
    }
}
