//! `cargo xtask export-check`: exports of the sample scenes and of a world with unpleasant names, each part read by
//! whoever would read it: shell, Compose's schema, Python, Rust, Java. What cannot be checked here is said, with its
//! reason. No container is ever started.
//!
//! Not part of what has to pass before anything lands: it fetches `rdkafka` and the schema from their registries.

mod parts;

use crate::Done;
use crate::args::Flags;
use crate::process::{self, root};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A part's verdict.
pub(crate) enum Verdict {
    /// So many files were looked at, and nothing is wrong.
    Checked(String),
    /// It could not be checked, and why.
    CouldNot(String),
    /// What is wrong.
    Wrong(String),
}

/// Looks at one part of the exports, with a place for what it needs.
type Check = fn(&Path, &[PathBuf]) -> Verdict;

/// Checks every part.
///
/// # Errors
/// If a part is wrong; what could not be checked is no error.
pub fn run(args: &[String]) -> Done {
    Flags::new(args).end()?;
    let root = root();
    let place = root.join("target").join("export-check");
    let _ = fs::remove_dir_all(place.join("exports"));
    let exports = write_exports(&root, &place)?;
    let mut wrong = 0_usize;
    let parts: [(&str, Check); 6] = [
        ("shell", parts::shell),
        ("compose", parts::compose),
        ("python", parts::python),
        ("rust", parts::rust),
        ("java", parts::java),
        ("data", parts::data),
    ];
    for (name, check) in parts {
        match check(&place, &exports) {
            Verdict::Checked(says) => println!("{name:8} checked: {says}"),
            Verdict::CouldNot(why) => println!("{name:8} could not be checked: {why}"),
            Verdict::Wrong(says) => {
                wrong += 1;
                println!("{name:8} {} {says}", process::red("wrong:"));
            }
        }
    }
    println!("containers never started, Kafka's own classes and a real broker never met");
    if wrong == 0 { Ok(()) } else { Err(format!("{wrong} parts of the exports are wrong")) }
}

/// Every scene as a folder, and the unpleasant one, which a script of its own makes.
fn write_exports(root: &Path, place: &Path) -> Result<Vec<PathBuf>, String> {
    let mut scripts: Vec<PathBuf> = fs::read_dir(root.join("static/scenes"))
        .map_err(|error| format!("static/scenes: {error}"))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "mill"))
        .collect();
    scripts.push(root.join("crates/export/tests/nasty.mill"));
    scripts.sort();
    let mut exports = Vec::new();
    for script in scripts {
        let name = script.file_stem().unwrap_or_default();
        let out = place.join("exports").join(name);
        let status = Command::new("cargo")
            .args(["run", "--quiet", "--package", "millrace-cli", "--", "export"])
            .arg(&script)
            .arg("--out")
            .arg(&out)
            .current_dir(root)
            .status()
            .map_err(|error| format!("cargo: {error}"))?;
        if !status.success() {
            return Err(format!("{} cannot be exported", script.display()));
        }
        exports.push(out);
    }
    Ok(exports)
}
