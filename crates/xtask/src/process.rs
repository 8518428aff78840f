//! Running other programs, and saying so in colour.

use std::ffi::OsStr;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Done;

/// The root of the repository.
pub fn root() -> PathBuf {
    // What `cargo run` says now comes before what was true when this program
    // was built: checkouts may share a target folder.
    let built = || env!("CARGO_MANIFEST_DIR").into();
    let here = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(built));
    here.ancestors().nth(2).unwrap_or(&here).to_owned()
}

/// The cargo that runs this program.
pub fn cargo() -> Command {
    let mut command = in_root(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // The variables that cargo set for xtask itself are no business of others:
    // with them build scripts of other packages would run again each time.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    // A clean machine builds once: what would quicken the next build only fills its disk.
    if std::env::var_os("CI").is_some() {
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

/// A command whose working directory is the root of the repository.
pub fn in_root(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// Runs a command to its end, its output going where ours goes.
///
/// # Errors
/// If it cannot be started or ends with anything but success.
pub fn run(command: &mut Command) -> Done {
    let shown = show(command);
    match command.status() {
        Err(error) => Err(format!("cannot start `{shown}`: {error}")),
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{shown}` ended with {status}")),
    }
}

/// Runs a command to its end; what it printed is shown only if that is bad.
///
/// # Errors
/// If it cannot be started or ends with anything but success.
pub fn run_quietly(command: &mut Command) -> Done {
    let shown = show(command);
    let output = command.output().map_err(|error| format!("cannot start `{shown}`: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{}`{shown}` ended with {}", String::from_utf8_lossy(&output.stderr), output.status))
}

/// Runs a command and returns what it printed; its errors go where ours go.
///
/// # Errors
/// If it cannot be started or ends with anything but success.
pub fn capture(command: &mut Command) -> Result<String, String> {
    let shown = show(command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot start `{shown}`: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("`{shown}` ended with {}", output.status))
    }
}

/// What a command prints, whatever its streams and its end; nothing if it
/// cannot be started. For asking a tool its version.
pub fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The first of `names` that is a file on PATH.
pub fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    names
        .iter()
        .find_map(|name| std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file()))
}

fn show(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Says on the error stream what starts now.
pub fn say(text: &str) {
    eprintln!("{} {text}", paint("1;36", "::"));
}

/// Red on a terminal, plain elsewhere.
pub fn red(text: &str) -> String {
    paint("1;31", text)
}

fn paint(code: &str, text: &str) -> String {
    if std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}
