//! `cargo xtask`: the one door to set-up, serve, build, test, lint and size.
//!
//! Each command first makes sure of just the tools that it needs (see
//! [`tools`]) and says what it installs; the second time it is quick. This is
//! not part of the product: nothing here is shipped.

mod args;
mod audit;
mod bench;
mod build;
mod csp;
mod export_check;
mod halves;
mod integrations;
mod lint;
mod minify;
mod offline;
mod pack;
mod pages;
mod process;
mod profile;
mod serve;
mod short_names;
mod shots;
mod single;
mod site_server;
mod size;
mod split;
mod styles;
mod sweep;
mod test;
mod tools;
mod vectors;
mod versions;
mod widget;

use std::process::ExitCode;

/// What a command ends with: nothing, or what went wrong in a sentence.
type Done = Result<(), String>;

/// A command: its name, its arguments as shown, what it does, its function.
struct Command {
    name: &'static str,
    args: &'static str,
    does: &'static str,
    run: fn(&[String]) -> Done,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "serve",
        args: "[--port N] [--host ADDR] [--debug] [--no-build]",
        does: "build the site, serve it, print the address",
        run: serve::run,
    },
    Command {
        name: "build",
        args: "[--debug] [--pages|--widget]",
        does: "build the site into dist/, for any path of any static host; or of it one part",
        run: build::run,
    },
    Command {
        name: "test",
        args: "[native|wasm|browser] [FILTER]",
        does: "native tests, wasm tests in headless Chromium, the built site in a browser",
        run: test::run,
    },
    Command {
        name: "lint",
        args: "[fmt|clippy|edges|licences]",
        does: "formatting, clippy native and wasm32, crate edges, licences",
        run: lint::run,
    },
    Command {
        name: "size",
        args: "[--build] [--functions page|widget]",
        does: "raw, gzip and brotli of every shipped file against budgets.toml",
        run: size::run,
    },
    Command {
        name: "profile",
        args: "[--page|--widget]",
        does: "record what a first visit runs, of the page and of a widget: which half of its module a function goes to",
        run: profile::run,
    },
    Command {
        name: "bench",
        args: "[native|browser]",
        does: "steps and records per second, seek time, frames per second",
        run: bench::run,
    },
    Command {
        name: "shots",
        args: "[--build] [--readme] [--social] [--hash H] [--eval JS] [--wait MS]",
        does: "screenshots of the built site at three sizes in both themes",
        run: shots::run,
    },
    Command {
        name: "audit",
        args: "[--page PATH]",
        does: "Lighthouse with mobile emulation on the built site's pages, against the least scores",
        run: audit::run,
    },
    Command {
        name: "export-check",
        args: "",
        does: "read the exports of the sample scenes by shellcheck, Compose's schema, Python, Rust and Java",
        run: export_check::run,
    },
    Command {
        name: "integrations",
        args: "[NAME]",
        does: "test the integrations with documentation generators, build their example sites, look for the widgets",
        run: integrations::run,
    },
    Command {
        name: "sweep",
        args: "[--seeds N] [--from N]",
        does: "run a small cluster with faults by seed, under checkers of what Kafka promises; runs, faults by kind, violations",
        run: sweep::run,
    },
    Command {
        name: "vectors",
        args: "DIR",
        does: "replay golden vectors, one line for each family",
        run: vectors::run,
    },
];

fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = given.split_first() else {
        print!("{}", help());
        return ExitCode::from(2);
    };
    if matches!(name.as_str(), "--help" | "-h" | "help") || args::asks_for_help(rest) {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        eprintln!("{}", unknown(name));
        return ExitCode::from(2);
    };
    match (command.run)(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{} {message}", process::red("error:"));
            ExitCode::from(if message.starts_with(args::USAGE) { 2 } else { 1 })
        }
    }
}

fn unknown(name: &str) -> String {
    let names: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
    format!(
        "{} no command `{name}`; the nearest is `{}`. All: {}",
        process::red("error:"),
        args::nearest(name, &names),
        names.join(", ")
    )
}

fn help() -> String {
    let mut text = String::from("cargo xtask COMMAND\n\n");
    for command in COMMANDS {
        let usage = format!("{} {}", command.name, command.args);
        text.push_str(&format!("  {}\n      {}\n", usage.trim_end(), command.does));
    }
    text.push_str("\nEach command installs what it lacks, at pinned versions, and says so.\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_names_every_command() {
        for command in COMMANDS {
            assert!(help().contains(command.does), "{}", command.name);
        }
    }

    #[test]
    fn an_unknown_command_is_answered_with_the_nearest() {
        assert!(unknown("serv").contains("the nearest is `serve`"));
        assert!(unknown("tset").contains("the nearest is `test`"));
    }
}
