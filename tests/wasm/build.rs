//! Runs the example scripts and the lessons natively while the tests are built, so that the browser can compare every step.
//!
//! A build script always runs on the machine that builds, whatever the tests are built for.
#![allow(clippy::panic, reason = "a build script has nobody to return an error to")]

mod replay;

use millrace_lessons::{parse, runs};
use std::fmt::Write;
use std::path::{Path, PathBuf};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut table = String::from("&[\n");
    for folder in ["tests/scripts", "static/scenes"] {
        let folder = root.join(folder);
        println!("cargo:rerun-if-changed={}", folder.display());
        let entries =
            std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut scripts: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        scripts.retain(|path| path.extension().is_some_and(|ending| ending == "mill"));
        scripts.sort();
        for path in scripts {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let script = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
            let _ = writeln!(table, "({name:?}, {script:?}, &{:?}),", replay::hashes(&script));
        }
    }
    table.push(']');
    write("native.rs", &table);
    write("lessons.rs", &lessons(&root.join("static/lessons")));
}

/// Every lesson with the runs that it comes to.
fn lessons(home: &Path) -> String {
    println!("cargo:rerun-if-changed={}", home.display());
    let entries = std::fs::read_dir(home).unwrap_or_else(|error| panic!("{}: {error}", home.display()));
    let mut files: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path().join("lesson.md"))).collect();
    files.retain(|file| file.is_file());
    files.sort();
    let mut table = String::from("&[\n");
    for file in files {
        let folder =
            file.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{folder}: {error}"));
        let lesson = parse(&text).unwrap_or_else(|problems| panic!("{folder}: {problems:?}"));
        let _ = write!(table, "({folder:?}, {text:?}, &[");
        for run in runs(&lesson) {
            let _ = write!(table, "({:?}, {:?}, &{:?}), ", run.name, run.hash, run.unmet);
        }
        table.push_str("]),\n");
    }
    table.push(']');
    table
}

fn write(name: &str, table: &str) {
    let out = std::env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default();
    std::fs::write(out.join(name), table).unwrap_or_else(|error| panic!("{name}: {error}"));
}
