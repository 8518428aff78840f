//! Out of the playground and back.
//!
//! [`export()`] turns a world into the files of a real cluster: `docker-compose.yml`, `setup.sh` and `produce.sh` in
//! Kafka's own lines, clients in Java, Python and Rust, listeners for Spring Kafka, pipelines as Java with a test, and a README that says which of
//! them anybody has tried. [`zip::archive`] makes them one file. [`import`] goes the other way: what Kafka's tools list
//! becomes lines that show the same topology.
//!
//! Pure text from plain data: no file is written here, no clock is read.

mod clients;
mod comment;
mod compose;
mod guarded;
pub mod import;
mod java;
mod librdkafka;
mod partitioner;
mod pipelines;
mod places;
mod plan;
mod produce;
mod python;
mod quote;
mod readme;
mod records;
mod rust;
mod setup;
mod spring;
pub mod zip;

pub use plan::{Role, contents};

use millrace_sim::World;
use plan::Plan;

/// What kind of file it is, and with it what `cargo xtask export-check` does with every sample's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// YAML, parsed and held to the schema of the Compose specification. No container is ever started.
    Compose,
    /// Shell, read by `bash -n` and `shellcheck`; its lines are run by the playground's own tools.
    Shell,
    /// Python, compiled to bytecode (`py_compile`). It has never met a broker.
    Python,
    /// Rust, checked by the compiler against `rdkafka`. It has never met a broker.
    Rust,
    /// Java, read by the compiler's parser; against Kafka's classes only where they can be had. It has never run.
    Java,
    /// Data, read back.
    Data,
    /// For people.
    Text,
}

/// One file of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its place, with `/` between folders.
    pub path: String,
    /// What is in it.
    pub text: String,
    /// Whether it is a program to start as it is.
    pub executable: bool,
    /// How such files are checked.
    pub checked: Check,
}

/// What an export is told beside the world.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What the scenario is called.
    pub title: String,
}

/// The files for a real cluster that a world becomes, the README first.
pub fn export(world: &World, options: &Options) -> Vec<File> {
    let plan = Plan::of(world);
    let mut files = vec![
        File::new("docker-compose.yml", compose::text(&plan), Check::Compose),
        File::program("setup.sh", setup::text(&plan), Check::Shell),
        File::program("produce.sh", produce::text(&plan), Check::Shell),
        File::new("records.jsonl", records::text(&plan), Check::Data),
    ];
    files.extend(python::files(&plan));
    files.extend(java::files(&plan));
    files.extend(spring::files(&plan));
    files.extend(rust::files(&plan));
    files.extend(pipelines::files(&plan));
    files.insert(0, File::new("README.md", readme::text(&plan, options, &files), Check::Text));
    files
}

impl File {
    fn new(path: impl Into<String>, text: String, checked: Check) -> File {
        File { path: path.into(), text, executable: false, checked }
    }

    fn program(path: impl Into<String>, text: String, checked: Check) -> File {
        File { executable: true, ..File::new(path, text, checked) }
    }
}
